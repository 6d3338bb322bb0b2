# SPDX-License-Identifier: MIT
# tests/system/test_gdb.py - gdb looks into machines that were hung on purpose.
"""Each machine starts halted, is let go by a first gdb, hangs, and is looked at by a second one."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import time

import pytest
from harness import ROOT, TIMEOUT_S, build, build_model, environment, make, run, variables
from launcher import debugger

CONNECT = re.compile(r"connect with: gdb-multiarch -x (\S+)$")


def gdb(gdbinit, *commands):
    """Run gdb's commands on a machine. Returns: [what each printed]."""
    argv = ["gdb-multiarch", "-nx", "-batch", "-ex", "set pagination off", "-x", gdbinit]
    for command in commands:
        argv += ["-ex", "echo %%\\n", "-ex", command]
    done = run(argv)
    assert "is not being run" not in done.err, done.err  # it was not connected
    parts = (done.out + "%%\n" + done.err).split("%%\n")
    assert len(parts) == len(commands) + 2, done.out + done.err
    return parts[1:]


@contextlib.contextmanager
def halted(argv):
    """Start a machine that waits for gdb. Gives (the process, the file for gdb)."""
    with subprocess.Popen(
        argv, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:
        try:
            found = next(filter(None, map(CONNECT.search, process.stderr)))
            yield process, found[1]
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # of the session that was started for it


@contextlib.contextmanager
def hung(kind, **values):
    """Start a machine that hangs. Gives a function that runs gdb's commands on it."""
    build(values.get("BUILD", "release"))
    settings = {"CMD": f"hang {kind}", "INIT": "kernel", "TIMEOUT": TIMEOUT_S, **values}
    with halted(["tools/run", "--gdb", *variables(settings)]) as (process, gdbinit):
        gdb(gdbinit, "detach")
        assert process.stdout.readline() == f"hang {kind}: planted\n"
        yield lambda *commands: gdb(gdbinit, *commands)


def rows(table):
    """Return {first two columns: the rest of the line} of a table, without its head."""
    lines = [line.split(maxsplit=2) for line in table.splitlines()[1:]]
    return {(first, second): rest for first, second, rest in lines}


def by_name(table):
    """Return {name: (tid, the rest of its line)} of `hb threads`."""
    return {name: (tid, rest) for (tid, name), rest in rows(table).items()}


def functions(backtrace):
    """Return the functions of a backtrace, innermost first."""
    return re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\w+) \(", backtrace, re.MULTILINE)


@pytest.mark.parametrize("kind", ["release", "debug"])
def test_a_deadlock_is_named(kind):
    names = ["left-first", "right-first", "joiner", "taker", "parker"]
    with hung("deadlock", SMP=2, BUILD=kind) as ask:
        waits, threads, locks, queues, harts, *stacks, _ = ask(
            "hb waits", "hb threads", "hb locks", "hb queues", "hb harts",
            *(f"hb bt {name}" for name in names),
        )
    thread = by_name(threads)
    left, right = (f"{thread[name][0]} {name}" for name in names[:2])
    circle = re.findall(r"^deadlock: (.*)$", waits, re.MULTILINE)
    assert circle in ([f"{left} -> {right} -> {left}"], [f"{right} -> {left} -> {right}"]), waits
    assert f"{left} -> mutex right owned by {right}\n" in waits
    assert f"joiner -> the exit of {left}\n" in waits
    assert f"mutex left owned by {left}; waiters: {right}\n" in locks
    assert re.search(r"^Sleeping .* semaphore nobody_gives$", thread["taker"][1]), threads
    assert re.search(r"^Sleeping .* unpark$", thread["parker"][1]), threads
    assert set(re.findall(r": (\d+) waiting", queues)) == {"0"}, queues
    assert [rest.split()[:2] for rest in rows(harts).values()] == [["idle", "off"]] * 2, harts
    called = ["hang_left_first", "hang_right_first", "thread_join", "semaphore_down", "thread_park"]
    for function, stack in zip(called, stacks):
        assert function in " ".join(functions(stack)) and "thread_main" in functions(stack), stack


@pytest.mark.parametrize("kind", ["release", "debug"])
def test_threads_that_run_and_that_wait_to(kind):
    with hung("spin", SMP=2, BUILD=kind) as ask:
        tids = ["2", "3", "4", "5"]  # after init: the machine goes on between two gdbs
        waits, threads, queues, plain, *stacks, _ = ask(
            "hb waits", "hb threads", "hb queues", "backtrace", *(f"hb bt {tid}" for tid in tids)
        )
    assert "deadlock" not in waits
    states = {tid: rest.split("(")[0].split()[0] for (tid, _), rest in rows(threads).items()}
    ready = sorted(tid for tid in tids if states[tid] == "Ready")
    assert sorted(states[tid] for tid in tids) == ["Ready"] * 2 + ["Running"] * 2, threads
    assert sorted(re.findall(r"(?:^  |, )(\d+) ", queues, re.MULTILINE)) == ready, queues
    assert sum(map(int, re.findall(r": (\d+) waiting", queues))) == len(ready), queues
    assert "hang_turn" in functions(plain), plain
    for tid, stack in zip(tids, stacks):
        assert functions(stack)[-3:] == ["hang_turn", "hang_spin", "thread_main"], stack
        assert "trap_entry" in functions(stack) or tid not in ready, stack


def test_the_way_into_a_trap_knows_what_it_interrupts():
    """Instruction by instruction, from the first one to the call of C."""
    steps = (
        "python for i in range(40): gdb.execute('backtrace'); gdb.execute('stepi', to_string=True)"
    )
    with hung("spin", SMP=1) as ask:
        *_, entry, _ = ask("tbreak *trap_entry", "continue", steps)
    stacks = [functions(f"#0{stack}") for stack in entry.split("#0")[1:]]
    assert len(stacks) == 40 and stacks[0][0] == "trap_entry", entry
    for stack in stacks:
        assert stack[-3:] == ["hang_turn", "hang_spin", "thread_main"], entry


def test_a_thread_that_never_ran():
    with hung("spin", SMP=1, SCHED="fifo") as ask:
        stack, _ = ask("hb bt pinned")
    assert functions(stack) == ["thread_main"], stack


def test_a_spinlock_has_a_holder_and_a_waiter():
    """Stopped where the watchdog is about to say so: both are there by then."""
    build("debug")
    waits_long = "tbreak hart_spun if ((struct processor *)$tp)->hart.held.waiting != 0"
    settings = variables({"CMD": "hang lock-held", "INIT": "kernel", "SMP": 3, "BUILD": "debug",
                          "APPEND": "watchdog=1", "TIMEOUT": TIMEOUT_S})
    with halted(["tools/run", "--gdb", *settings]) as (_, gdbinit):
        *_, locks, waits, harts, threads, _ = gdb(
            gdbinit, waits_long, "continue", "hb locks", "hb waits", "hb harts", "hb threads"
        )
    holder, waiter = (f"{by_name(threads)[name][0]} {name}" for name in ("holder", "waiter"))
    cpu = {rest.split()[3]: cpu for (cpu, _), rest in rows(harts).items()}
    assert f"spinlock 'held on' held_on held by cpu {cpu['holder']}\n" in locks, harts + locks
    assert f"spinlock 'held on' held_on waited for by cpu {cpu['waiter']}\n" in locks, locks
    assert f"{waiter} -> spinlock 'held on' held_on held by {holder}\n" in waits, waits
    assert "deadlock" not in waits, waits


def test_mistakes_are_answered():
    with hung("deadlock", SMP=1) as ask:
        *_, errors = ask("hb bt 99", "hb bt", "hb threads now")
    assert "no thread has the tid or the name 99" in errors
    assert "usage: hb bt TID" in errors and "usage: hb threads\n" in errors
    script = str(ROOT / "tools/gdb/hartbeat.py")
    alone = run(["gdb-multiarch", "-nx", "-batch", "-x", script, "-ex", "hb threads"])
    assert "no machine is connected" in alone.err


def test_make_starts_it_before_the_first_instruction():
    build()
    argv = ["make", "--no-print-directory", "qemu-gdb", "SMP=2", "CMD=help"]
    with halted(argv) as (_, gdbinit):
        start, early, _, stack, errors = gdb(
            gdbinit, "info registers pc", "hb threads", "tbreak boot_main", "continue",
        )
        assert "0x1000" in start and early == "", start
        assert "the kernel has not begun" in errors
        assert "boot_main" in stack, stack


def watch_the_race(command, *watch):
    """Run to where a plant says that its bug has shown, watching. Returns: how often harts have
    come to a meeting until then; what gdb says of its breakpoints."""
    with halted(shlex.split(command)) as (process, gdbinit):
        *_, stack, arrivals, breakpoints, _, _ = gdb(
            gdbinit, 'tbreak printk if $_caller_is("showed")', *watch, "continue", "backtrace",
            "output arrivals", "info breakpoints", "continue",
        )
        assert functions(stack)[:2] == ["printk", "showed"], stack
        assert "the bug showed" in process.stdout.read()
    return int(arrivals), breakpoints


def test_breakpoints_leave_the_interleaving_that_explore_found():
    """Harts that are stopped in each round come to the same failure, in the same round."""
    build("test")
    build_model()
    found = make("explore", SEEDS=200, JOBS=2, BUILD="test", SMP=2, CMD="plant double-free")
    command = re.search(r"^  (make qemu-gdb .*)$", found.out, re.MULTILINE)[1]
    alone, _ = watch_the_race(command)
    watched, breakpoints = watch_the_race(
        command, "break plant_double_free.c:turn", "ignore 2 100000"
    )
    rounds = int(re.search(r"already hit (\d+) times", breakpoints)[1]) // 2
    assert watched == alone and rounds >= 1, (alone, breakpoints)
    assert (watched - 2) // 4 == rounds, "two harts meet twice a round, and twice before the first"


def test_gdb_waits_for_a_machine_that_is_late():
    build()
    with debugger.stub(ROOT / "build/release-ticket/hartbeat") as (flags, gdbinit):
        argv = ["gdb-multiarch", "-nx", "-batch", "-x", gdbinit, "-ex", "kill"]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as early:
            time.sleep(1)  # long enough for a gdb that does not wait
            done = run(["qemu-system-riscv64", "-M", "virt", "-display", "none", "-monitor", "none",
                        "-serial", "none", *flags])
            assert "Kill the program" in early.communicate()[0]  # else: it is not being run
    assert done.status == 0, done.err  # killed, by gdb
