# SPDX-License-Identifier: MIT
# tools/studies/speed.py - how many instructions the timing model runs in a second.
"""The guest is that of the self-check, without its checks. A run costs more than its instructions:
QEMU has to start, and each block to be translated. So each case runs twice, the second time for a
moment only, and what counts is the difference."""

import resource
from typing import NamedTuple

from launcher import plugin, selfcheck, settings


class Case(NamedTuple):
    """A lock, and how many harts want it."""

    lock: str
    harts: int


class Sample(NamedTuple):
    """What a run took: the guest's instructions, all harts together; QEMU's CPU seconds."""

    instructions: int
    seconds: float


CASES = (Case("mcs", 1), Case("mcs", 4), Case("mcs", 8), Case("mcs", 16), Case("ticket", 8))
# Iterations of two instructions with the lock held, and without.
WORK = {"cs": 50, "think": 400}
# Cycles that the harts have together: of those in which all of them wait, few are instructions.
CYCLES = 100_000_000
MOMENT = 100_000
ROUNDS = 3
# Generous: the host may have other things to do.
TIMEOUT_S = 600
# `virt` counts time in steps of 100 ns, and a cycle is one.
CYCLES_A_TICK = 100


def parameters(case, cycles):
    """Return the payload's parameters, as `struct parameters` has them."""
    return {"lock": settings.locks().index(case.lock), "harts": case.harts, **WORK, "total": 0,
            "window": cycles // case.harts // CYCLES_A_TICK, "tick": 0, "checks": 0}


def command_line(run, interface, case, cycles):
    """Return QEMU's command line for a case that lasts so many cycles."""
    words = plugin.arguments(run, plugin.Options())
    return selfcheck.command_line(run, plugin.load(interface, words), parameters(case, cycles))


def cpu_seconds():
    """Return the CPU time of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def sample(argv):
    """Return what a run takes. Raises selfcheck.Unfit."""
    before = cpu_seconds()
    record = selfcheck.observe(argv, TIMEOUT_S)
    return Sample(sum(record["retired"]), cpu_seconds() - before)


def least(argv, rounds):
    """Return the run that took the least time: the others were held up by something else."""
    return min((sample(argv) for _ in range(rounds)), key=lambda one: one.seconds)


def beyond(whole, start):
    """Return what a run took beyond what one takes that has barely started."""
    return Sample(whole.instructions - start.instructions, whole.seconds - start.seconds)


def per_second(taken):
    """Return millions of instructions a second."""
    return taken.instructions / taken.seconds / 1e6


def measure(run, interface, case, rounds=ROUNDS):
    """Return what a case takes on this host. Raises selfcheck.Unfit."""
    whole, start = (least(command_line(run, interface, case, cycles), rounds)
                    for cycles in (CYCLES, MOMENT))
    return beyond(whole, start)
