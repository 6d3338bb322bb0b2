# SPDX-License-Identifier: MIT
# tests/system/test_stress.py - `stress` under attack: allocations that fail, wrong policies.
"""What soak does at length, in short."""

import re

import pytest
from harness import boot, boot_ok
from launcher.settings import policies

FAILED = re.compile(
    r"^stress: runs: (\d+), allocations of the longest: (\d+), "
    r"failures: (\d+) reported, (\d+) absorbed$",
    re.MULTILINE,
)


@pytest.mark.parametrize("smp, build", [(1, "test"), (4, "debug")])
def test_each_allocation_fails_once(smp, build):
    out = boot_ok("stress ops=60 fail=all", SMP=smp, BUILD=build)
    runs, longest, reported, absorbed = map(int, FAILED.search(out).groups())
    assert runs == longest > 50, "a run for each allocation of the longest"
    assert reported > 10 and absorbed > 10, "of spawns and of what is below them"
    assert reported + absorbed <= runs
    assert out.endswith("stress: no violations\n")


def test_one_allocation_fails():
    out = boot_ok("stress ops=60 fail=3", SMP=1, BUILD="test")
    runs, _, reported, absorbed = map(int, FAILED.search(out).groups())
    assert (runs, reported + absorbed) == (1, 1), out


def test_an_allocation_that_is_not_made_does_not_fail():
    out = boot_ok("stress ops=10 fail=1000000", SMP=1, BUILD="test")
    runs, _, reported, absorbed = map(int, FAILED.search(out).groups())
    assert (runs, reported + absorbed) == (1, 0), out


@pytest.mark.parametrize("fail", ["3", "all"])
def test_a_release_build_fails_nothing_on_purpose(fail):
    done = boot(f"stress fail={fail}", SMP=1)
    assert done.status == 1 and "BUILD=test" in done.out, done.out + done.err


BROKEN = ["lose", "twice", "forget"]
CAUGHT = re.compile(r"^(PANIC: policy|INVARIANT:) ", re.MULTILINE)


@pytest.mark.parametrize("policy", BROKEN)
@pytest.mark.parametrize("smp, build, seeds", [(1, "test", [1, 2]), (4, "debug", [3, 4])])
def test_a_broken_policy_is_caught(policy, smp, build, seeds):
    """In every run: it says what is wrong, and ends. Soak has more seeds."""
    for seed in seeds:
        done = boot("stress ops=1000", SMP=smp, BUILD=build, SEED=seed, APPEND=f"sched={policy}")
        assert done.status in (1, 3), done.out + done.err
        assert CAUGHT.search(done.out), done.out


@pytest.mark.parametrize("policy", BROKEN)
def test_a_release_build_has_no_broken_policy(policy):
    done = boot("help", APPEND=f"sched={policy}")
    assert done.status == 3 and f"sched={policy} is not one of: " in done.out, done.out + done.err


def test_no_list_names_a_broken_policy():
    done = boot("help", APPEND="sched=nonesuch", BUILD="test")
    listed = done.out.partition("sched=nonesuch is not one of:")[2].split("\n")[0].split()
    assert set(listed) == set(policies()), done.out
    assert not set(listed) & set(BROKEN)
