# SPDX-License-Identifier: MIT
# tools/launcher/boards.py - what QEMU's machines differ in.
"""Anything that is not listed here is left to QEMU to judge, with the values of `virt`."""

from typing import NamedTuple

MAX_HARTS = 64


class Board(NamedTuple):
    """A machine of QEMU: the default CPU and SMP, and which SMP it allows."""

    cpu: str = "rv64"
    smp: str = "4"
    harts: range = range(1, MAX_HARTS + 1)
    monitors: int = 0  # how many of the harts have no MMU, and never run the kernel
    nodes: bool = False  # whether it can have several memory nodes


BOARDS = {
    "virt": Board(nodes=True),
    # Its default CPU announces a timer that the machine has not got; newer firmware believes it.
    "spike": Board(cpu="rv64,sstc=off", harts=range(1, 9)),
    "sifive_u": Board(cpu="sifive-u54", smp="5", harts=range(2, 6), monitors=1),
}


def name_of(machine):
    """Return the machine's name, without the options after it."""
    return machine.split(",", maxsplit=1)[0]


def board(machine):
    """Return what is known of the machine that MACHINE names."""
    return BOARDS.get(name_of(machine), Board())


def kernel_harts(settings):
    """Return how many of the SMP harts can run the kernel."""
    return int(settings["SMP"]) - board(settings["MACHINE"]).monitors
