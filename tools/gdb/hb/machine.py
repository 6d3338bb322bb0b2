# SPDX-License-Identifier: MIT
# tools/gdb/hb/machine.py - the harts and threads of a stopped machine, read from its memory.
"""Structures are found by the names that C gives them; values are gdb.Values of those types.

QEMU shows each hart to gdb as a thread of one process. It reads memory as the selected hart would,
so a hart that is in the firmware, where nothing is translated, cannot show the kernel's.
"""

import contextlib

import gdb

SUPERVISOR = 1
SSTATUS_SIE = 2
# As ps has them: whoever moves from one queue to another is as good as ready.
STATUS_NAMES = {"EXITED": "Exited", "MOVING": "Ready", "READY": "Ready", "SLEEPING": "Sleeping"}
PAGE_BYTES = 4096


def variable(file, name):
    """Return a variable that is static in a file."""
    return gdb.parse_and_eval(f"'{file}'::{name}")


def register(name):
    """Return a register of the selected hart, unsigned; None if QEMU does not show it."""
    value = gdb.parse_and_eval(f"${name}")
    return None if value.type.code == gdb.TYPE_CODE_VOID else int(value) % 2**64


def container_of(pointer, kind, member):
    """Return a pointer to the structure `struct kind` that holds what `pointer` points at."""
    structure = gdb.lookup_type(f"struct {kind}")
    offset = next(f.bitpos // 8 for f in structure.fields() if f.name == member)
    return gdb.Value(int(pointer) - offset).cast(structure.pointer())


def symbol(address):
    """Return the name of the variable or function at an address, else the address."""
    text = gdb.execute(f"info symbol {address:#x}", to_string=True)
    return text.split(" in section")[0] if " in section" in text else f"{address:#x}"


@contextlib.contextmanager
def keep_selection():
    """Select again, at the end, the hart and frame that are selected now."""
    thread, frame = gdb.selected_thread(), gdb.selected_frame()
    try:
        yield
    finally:
        thread.switch()
        if frame.is_valid():
            frame.select()


def can_read():
    """Return whether the selected hart sees the kernel's memory."""
    try:
        gdb.selected_inferior().read_memory(int(gdb.parse_and_eval("&harts_present_mask")), 8)
        return True
    except gdb.MemoryError:
        return False


def all_cpus():
    """Return what gdb shows the harts as, in QEMU's order."""
    threads = [thread for inferior in gdb.inferiors() for thread in inferior.threads()]
    return sorted(threads, key=lambda thread: thread.num)


def select_reader():
    """Select a hart that sees the kernel's memory; the one that is selected if it does."""
    for thread in [gdb.selected_thread(), *all_cpus()]:
        thread.switch()
        if can_read():
            return
    raise gdb.GdbError("hb: the kernel has not begun, or every hart is in the firmware; continue")


class Hart:
    """A hart that the device tree names: its Processor and what gdb shows it as."""

    def __init__(self, cpu, processor, thread):
        self.cpu, self.processor, self.thread = cpu, processor, thread
        self.hartid = int(processor["hart"]["hartid"]["raw"])
        online = int(variable("processor.c", "online_mask")) >> cpu & 1
        self.current = processor["current"].dereference() if online else None

    def register(self, name):
        """Return a register of this hart, without selecting it."""
        with keep_selection():
            self.thread.switch()
            return register(name)

    def in_firmware(self):
        """Return whether the hart is not in the kernel just now."""
        return self.register("priv") not in (SUPERVISOR, None)

    def state(self):
        """Return what the hart is doing, in a word or two."""
        if self.current is None:
            return "not online"
        if self.in_firmware():
            return "firmware"
        return "idle" if is_idle(self.current) else "busy"

    def interrupts(self):
        """Return `on` or `off`; `?` where the firmware is what runs."""
        if self.current is None or self.in_firmware():
            return "?"
        return "on" if self.register("sstatus") & SSTATUS_SIE else "off"

    def held(self):
        """Return the spinlocks it holds, oldest first; debug builds know them."""
        held = self.processor["hart"]["held"]
        return [held["lock"][i].dereference() for i in range(int(held["count"]))]

    def spins_for(self):
        """Return the spinlock that it waits for, or None."""
        waiting = self.processor["hart"]["held"]["waiting"]
        return waiting.dereference() if int(waiting) else None


def cpus_by_hartid():
    """Return {hartid: what gdb shows it as}."""
    found = {}
    with keep_selection():
        for thread in all_cpus():
            thread.switch()
            hartid = register("mhartid")
            found[thread.ptid[1] - 1 if hartid is None else hartid] = thread
    return found


def harts():
    """Return every hart, by cpu."""
    cpus = cpus_by_hartid()
    processors = variable("processor.c", "processors")
    found = []
    for cpu in range(int(variable("processor.c", "present"))):
        processor = processors[cpu].dereference()
        found.append(Hart(cpu, processor, cpus[int(processor["hart"]["hartid"]["raw"])]))
    return found


def is_idle(thread):
    """Return whether a thread is some hart's idle thread, or the boot code."""
    return int(thread["tid"]) == 0


def threads():
    """Return every thread, by slot, the idle threads last."""
    slots = variable("pool.c", "pages")
    per_page = PAGE_BYTES // slots.type.target().target().sizeof
    found = []
    for index in range(int(variable("pool.c", "pages_used")) * per_page):
        thread = slots[index // per_page][index % per_page]["thread"]
        if int(thread):
            found.append(thread.dereference())
    return found + [hart.processor["idle"].dereference() for hart in harts() if hart.current]


def label(thread):
    """Return a thread's tid and name."""
    return f"{int(thread['tid'])} {thread['name'].string()}"


def status(thread):
    """Return a thread's state as ps shows it."""
    name = str(thread["state"]["status"]).removeprefix("THREAD_")
    return STATUS_NAMES.get(name, f"Running({int(thread['state']['cpu'])})")


def find_thread(word):
    """Return the thread with the tid or the name `word`; a name may be an idle thread's."""
    for thread in threads():
        if word in (str(int(thread["tid"])), thread["name"].string()) and word != "0":
            return thread
    raise gdb.GdbError(f"hb: no thread has the tid or the name {word}; `hb threads` lists them")


def hart_of(thread):
    """Return the hart that a thread is on, None if it is on none."""
    for hart in harts():
        if hart.current and hart.current.address == thread.address:
            return hart
    return None
