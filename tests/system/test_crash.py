# SPDX-License-Identifier: MIT
# tests/system/test_crash.py - each `crash KIND` ends in a panic that says what happened.
"""The panic screen: cause, registers, a symbolised backtrace of every hart, held locks."""

import re

import pytest
from harness import boot, qemu_command, run

# kind: (words of the PANIC line, the function that went wrong, the locks that its hart holds)
ALWAYS = {
    "stack-overflow": ("stack overflow", "crash_recurse", []),
    "wild-pointer": ("page fault", "crash_wild_pointer", []),
    "assertion": ("assertion failed: thread_count() == 0", "crash_assertion", []),
}
DEBUG_ONLY = {
    "rank-inversion": ("rank inversion", "crash_rank_inversion", ["crash inner"]),
    "self-deadlock": ("self-deadlock", "crash_self_deadlock", ["crash outer"]),
    "wrong-release": ("wrong release", "crash_wrong_release", []),
    "double-free": ("freed twice", "crash_double_free", []),
    "write-after-free": ("was written after it was freed", "crash_write_after_free", []),
    "object-double-free": ("freed twice", "crash_object_double_free", []),
    "object-write-after-free": ("written after it was freed", "crash_object_write_after_free", []),
    "object-overrun": ("was written past its end", "crash_object_overrun", []),
}
CASES = [("release", kind) for kind in ALWAYS] + [("debug", kind) for kind in ALWAYS | DEBUG_ONLY]

HART = re.compile(r"^hart (\d+) \(cpu \d+\), thread (\d+) (\S+):$", re.MULTILINE)
FRAME = re.compile(r"^  #\d+ +[0-9a-f]{16}  (\w+)\+0x[0-9a-f]+$", re.MULTILINE)


def panic_screen(done):
    """Return the PANIC line and what follows it, with every hart's part by its number."""
    assert done.status == 3, f"status {done.status}\n{done.out}\n{done.err}"
    assert "the kernel panicked" in done.err
    line, _, rest = done.out.partition("PANIC: ")[2].partition("\n")
    assert line, done.out
    found = list(HART.finditer(rest))
    ends = [match.start() for match in found[1:]] + [len(rest)]
    return line, {int(m[1]): (m[3], rest[m.end() : end]) for m, end in zip(found, ends)}, rest


@pytest.mark.parametrize("smp", [1, 4])
@pytest.mark.parametrize("build, kind", CASES)
def test_crash(build, kind, smp):
    words, function, held = (ALWAYS | DEBUG_ONLY)[kind]
    line, harts, rest = panic_screen(boot(f"crash {kind}", SMP=smp, BUILD=build))
    assert words in line
    assert set(harts) == set(range(smp)), rest
    thread, text = next(iter(harts.values()))  # the hart that panicked comes first
    assert thread == "init", rest
    assert function in FRAME.findall(text), "the function that crashed is not named\n" + rest
    for _, other in harts.values():
        assert FRAME.search(other), "a hart without a backtrace\n" + rest
    if build == "debug":
        assert re.findall(r"^  holds (.*) \(", text, re.MULTILINE) == held, rest


@pytest.mark.parametrize("kind", ["stack-overflow", "wild-pointer"])
def test_a_trap_shows_its_registers(kind):
    _, _, rest = panic_screen(boot(f"crash {kind}", SMP=1))
    assert re.search(r"sepc [0-9a-f]{16}  stval [0-9a-f]{16}  scause f", rest), rest
    assert re.search(r"^  ra +ffffffff8", rest, re.MULTILINE), rest


@pytest.mark.parametrize("kind", DEBUG_ONLY)
def test_a_release_build_says_that_it_cannot_tell(kind):
    done = boot(f"crash {kind}", SMP=1, BUILD="release")
    assert (done.status, done.out) == (1, f"crash: only debug builds detect {kind}\n")


@pytest.mark.parametrize("command, fails", [("help", False), ("crash assertion", True)])
def test_qemu_itself_ends_with_a_status(command, fails):
    """Without the launcher, which reads the markers: for scripts that run QEMU themselves."""
    assert (run(qemu_command(command, SMP=1)).status != 0) == fails


@pytest.mark.parametrize("command", ["crash", "crash nonesuch", "crash assertion now"])
def test_a_kind_that_there_is_not(command):
    done = boot(command, SMP=1)
    assert done.status == 1 and done.out.startswith("usage: crash "), done.out + done.err
