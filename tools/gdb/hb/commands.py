# SPDX-License-Identifier: MIT
# tools/gdb/hb/commands.py - the command `hb` and its subcommands.
"""Each subcommand's docstring is its help in gdb: `help hb`, `help hb bt`."""

import gdb

from hb import machine, queues, unwind, waits


class Command(gdb.Command):
    """A subcommand of `hb` that takes `usage`; run() prints, with a hart selected that can read."""

    usage = ""

    def __init__(self):
        super().__init__(f"hb {type(self).__name__.lower()}", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        """Check the arguments and that there is a machine, and run."""
        del from_tty
        words = gdb.string_to_argv(argument)
        if len(words) != len(self.usage.split()):
            raise gdb.GdbError(f"usage: hb {type(self).__name__.lower()} {self.usage}".rstrip())
        if gdb.selected_thread() is None:
            raise gdb.GdbError("hb: no machine is connected; start one with `make qemu-gdb`")
        with machine.keep_selection():
            machine.select_reader()
            self.run(*words)

    def run(self, *words):
        """Print what the subcommand is for."""
        raise NotImplementedError


def print_table(*rows):
    """Print rows of words in columns."""
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows)]
    for row in rows:
        print("  ".join(f"{cell!s:<{width}}" for cell, width in zip(row, widths)).rstrip())


def lock_name(lock):
    """Return a spinlock's name and where it is."""
    return f"'{lock['name'].string()}' {machine.symbol(int(lock.address))}"


class Harts(Command):
    """List the harts: thread, interrupts, spinlocks held (BUILD=debug knows), lock waited for."""

    @staticmethod
    def row(hart):
        """Return the line of one hart."""
        thread = machine.label(hart.current) if hart.current else "-"
        held = ", ".join(map(lock_name, hart.held())) or "-"
        waiting = hart.spins_for()
        return (hart.cpu, hart.hartid, hart.state(), hart.interrupts(), thread, held,
                lock_name(waiting) if waiting else "-")

    def run(self):
        head = ("CPU", "HARTID", "STATE", "INTERRUPTS", "THREAD", "HOLDS", "SPINS FOR")
        print_table(head, *map(self.row, machine.harts()))


class Threads(Command):
    """List the threads, the idle ones last: state, hart, priority, what each waits for."""

    def run(self):
        threads = machine.threads()
        waiting = waits.waits(threads)
        rows = [
            (int(t["tid"]), t["name"].string(), machine.status(t), int(t["state"]["cpu"]),
             int(t["sched"]["params"]["priority"]), waiting.get(int(t.address), "-"))
            for t in threads
        ]
        print_table(("TID", "NAME", "STATE", "CPU", "PRIO", "WAITS FOR"), *rows)


class Bt(Command):
    """Show the backtrace of the thread with a tid or a name, whether or not a hart runs it."""

    usage = "TID"

    def run(self, word):
        thread = machine.find_thread(word)
        print(f"thread {machine.label(thread)}, {machine.status(thread)}:")
        print(unwind.backtrace(thread), end="")


class Queues(Command):
    """List the run queues and who waits in each, in order where the policy keeps lists."""

    @staticmethod
    def show(address, label, threads):
        """Print one queue."""
        queue = gdb.Value(address).cast(gdb.lookup_type("struct sched_queue").pointer())
        order = queues.lists(queue.dereference(), threads)
        print(f"{label}: {int(queue['waiting'])} waiting"
              + ("" if order is not None else ", in no order that can be seen"))
        for line in [threads] if order is None else order:
            print("  " + ", ".join(map(machine.label, line)))

    def run(self):
        labels = queues.known_queues()
        for address, threads in queues.ready_by_queue(machine.threads()).items():
            self.show(address, labels.get(address, machine.symbol(address)), threads)


class Locks(Command):
    """List held spinlocks by hart (BUILD=debug knows), and each mutex that somebody waits for.

    A mutex that is held but not waited for is on no list; print it by its name.
    """

    def run(self):
        for hart in machine.harts():
            for lock in hart.held():
                print(f"spinlock {lock_name(lock)} held by cpu {hart.cpu}")
            if hart.spins_for():
                print(f"spinlock {lock_name(hart.spins_for())} waited for by cpu {hart.cpu}")
        for queue, waiters in waits.queues(machine.threads()):
            if queue["lock"]["name"].string() == "mutex":
                print(f"{waits.of_mutex(queue)}; waiters: "
                      + ", ".join(map(machine.label, waiters)))


class Waits(Command):
    """List who waits for what, and each circle of threads that wait for each other."""

    def run(self):
        threads = {int(thread.address): thread for thread in machine.threads()}
        found = waits.waits(list(threads.values()))
        for address, wait in found.items():
            print(f"{machine.label(threads[address])} -> {wait}")
        for circle in waits.cycles(found):
            names = [machine.label(threads[address]) for address in [*circle, circle[0]]]
            print(f"deadlock: {' -> '.join(names)}")


class Hb(gdb.Command):
    """Hartbeat: its harts, threads, queues, locks and waits."""

    def __init__(self):
        super().__init__("hb", gdb.COMMAND_STATUS, prefix=True)


def register():
    """Make the commands known to gdb."""
    for command in (Hb, Harts, Threads, Bt, Queues, Locks, Waits):
        command()
