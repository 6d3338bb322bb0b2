# SPDX-License-Identifier: MIT
# tests/system/test_watchdog.py - what is stuck on purpose is reported, and nothing else is.
"""`hang irqs-off` and `hang lock-held` end when the watchdog has said so; each must go on after."""

import re

import pytest
from harness import boot, boot_ok

HART = re.compile(r"^watchdog: hart (\d+) has taken no interrupt for (\d+) ticks of cpu \d+$", re.M)
LOCK = re.compile(r"^watchdog: hart \d+ has made (\d+) turns for lock 'held on'$", re.M)
REPORTED = re.compile(r"^hart (\d+) \(cpu \d+\), thread \d+ (\S+):$", re.MULTILINE)


@pytest.mark.parametrize("kind", ["release", "debug"])
def test_a_hart_with_interrupts_off(kind):
    out = boot_ok("hang irqs-off", SMP=4, BUILD=kind, APPEND="watchdog=2")
    found = HART.search(out)
    assert found and found[2] == "2", out
    assert (found[1], "deaf") in REPORTED.findall(out), out
    assert len(HART.findall(out)) == 1, "reported again\n" + out


@pytest.mark.parametrize("wait", ["try", "queue"])
@pytest.mark.parametrize("kind", ["release", "debug"])
def test_a_lock_that_is_held_on(kind, wait):
    """The waiter comes to have the lock in the end, or the command would not."""
    out = boot_ok("hang lock-held", SMP=4, BUILD=kind, LOCKWAIT=wait, APPEND="watchdog=1")
    assert LOCK.findall(out) == ["10000000"], out  # once
    told = LOCK.split(out, maxsplit=1)[2]
    assert REPORTED.findall(told)[0][1] == "waiter" and "hang_want_lock+" in told, out
    assert "holder" in [name for _, name in REPORTED.findall(told)], out
    if kind == "debug":
        owner = told.split(" holder:\n")[1]
        assert owner.startswith("  holds held on (") and "hang_hold_lock+" in owner, out


@pytest.mark.parametrize(
    "kind, smp, bound", [("irqs-off", 1, 1), ("irqs-off", 4, 0), ("lock-held", 1, 1)]
)
def test_what_nobody_would_see_is_refused(kind, smp, bound):
    done = boot(f"hang {kind}", SMP=smp, APPEND=f"watchdog={bound}")
    assert (done.status, done.out) == (
        1, "hang: this takes more than one hart, and the watchdog on\n"
    )


@pytest.mark.parametrize("wait", ["try", "queue"])
def test_no_false_alarm(wait):
    """More harts than the host has cores, all of them after the same locks."""
    out = boot_ok("stress ops=20", SMP=8, BUILD="debug", LOCKWAIT=wait, APPEND="watchdog=10")
    assert out == "stress: no violations\n"


@pytest.mark.parametrize("value", ["3601", "-1", "soon"])
def test_a_bound_that_is_refused(value):
    done = boot("help", SMP=1, APPEND=f"watchdog={value}")
    assert done.status == 3 and f"bootargs: watchdog={value} is not " in done.out, done.out
