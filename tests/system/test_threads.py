# SPDX-License-Identifier: MIT
# tests/system/test_threads.py - every hart boots, and threads run on them.
"""The main job of the kernel: `threads N`."""

import re

import pytest
from harness import boot, boot_ok, make, results
from launcher.settings import policies

HARTS = [
    pytest.param(1, marks=pytest.mark.quick),
    2,
    3,
    pytest.param(4, marks=pytest.mark.quick),
    8,
]


def hello(count):
    """Return the lines that `threads count` prints, sorted."""
    return sorted(f"hello from kernel thread {i}" for i in range(count))


@pytest.mark.parametrize("smp", HARTS)
def test_each_thread_says_hello_once(smp):
    assert sorted(boot_ok("threads 20", SMP=smp).splitlines()) == hello(20)


def test_make_prints_nothing_but_the_commands_output():
    done = make("qemu", SMP=3, CMD="threads 5")
    assert done.status == 0, done.err
    assert sorted(done.out.splitlines()) == hello(5)


@pytest.mark.parametrize("sched", policies())
@pytest.mark.parametrize("wait", ["queue", "try"])
def test_debug_build_runs_many_threads(sched, wait):
    out = boot_ok("threads 300", SMP=4, BUILD="debug", SCHED=sched, LOCKWAIT=wait)
    assert sorted(out.splitlines()) == hello(300)


@pytest.mark.parametrize("smp", [1, 4, 64])
def test_harts_lists_every_hart(smp):
    out = boot_ok("harts", SMP=smp)
    numbers = {int(m[1]) for m in re.finditer(r"^\s*(\d+)\b", out, re.MULTILINE)}
    assert numbers >= set(range(smp)), out


def test_ten_thousand_threads_fit_in_512_mib():
    out = boot_ok("threads 10000", SMP=4, MEM="512M")
    assert sorted(out.splitlines()) == hello(10000)


def crowd(out):
    """Return {(metric, threads): value} of `bench crowd`."""
    return {(r["metric"], r["threads"]): r["value"] for r in results(out)}


def test_a_hundred_thousand_threads_fit_in_2_gib_and_cost_no_more_each():
    """All of them alive at once, in instructions a thread, which do not depend on the host."""
    few, many = 1000, 100000
    cost = crowd(boot_ok(f"bench crowd threads={few},{many}", TIMING="count", MEM="2G"))
    assert cost["create_park", many] < 1.2 * cost["create_park", few], cost
    end = {n: cost["unpark", n] + cost["exit_join", n] for n in (few, many)}
    assert end[many] < 1.5 * end[few], cost


def test_too_many_threads_for_the_memory_are_refused_and_all_end():
    """The command says how many there were; those that were started run and are joined."""
    done = boot("threads 20000", SMP=2, MEM="64M")
    assert done.status == 1 and "error 12" in done.out, done.out[-500:] + done.err
    assert len(re.findall("^hello from", done.out, re.MULTILINE)) > 1000
