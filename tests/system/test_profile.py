# SPDX-License-Identifier: MIT
# tests/system/test_profile.py - the profile by function.
"""mutex_lock() and mutex_unlock() are all that `bench sched mutex_pair` does."""

from harness import run

LOOPS = 1000
# Not the firmware's, which takes most of a boot's instructions: only where the kernel is linked.
KERNEL_ONLY = "QEMUFLAGS=-dfilter 0xffffffff80000000+0x10000000"


def test_profile_finds_the_functions_of_a_bench():
    done = run(["tools/profile", KERNEL_ONLY, "bench sched mutex_pair", str(LOOPS), "60"])
    assert done.status == 0, done.err
    counted = {name: float(number) for number, name in map(str.split, done.out.splitlines())}
    assert 5 < counted["mutex_lock"] < 20 and 5 < counted["mutex_unlock"] < 20, done.out


def test_profile_says_how_it_is_used():
    done = run(["tools/profile", "help"])
    assert done.status != 0 and "usage: tools/profile" in done.err
