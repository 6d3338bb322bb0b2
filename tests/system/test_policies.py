# SPDX-License-Identifier: MIT
# tests/system/test_policies.py - what a decision of each policy costs, as docs/policies.md has it.
"""Counted, so exact."""

import re

import pytest
from harness import ROOT, boot_ok, results

CONSTANT = ["fifo", "prio", "o1"]
MOST_MORE = 30  # instructions that an O(1) policy may take more than rr


def costs(sched):
    """Return {(metric, threads): instructions} of one policy."""
    out = boot_ok("bench sched yield_switch pick", SCHED=sched, TIMING="count", MEM="256M")
    return {(r["metric"], r["threads"]): r["value"] for r in results(out)}


@pytest.fixture(name="base", scope="module")
def fixture_base():
    """Return the costs of rr."""
    return costs("rr")


def differences(mine, base):
    """Return what a policy takes more than rr, in the order of the table."""
    keys = [("yield_switch", 2), ("pick", 10), ("pick", 10000)]
    return [mine[key] - base[key] for key in keys]


def documented(sched):
    """Return the differences in the table of docs/policies.md, in its order."""
    table = (ROOT / "docs/policies.md").read_text().split("<!-- costs: ")[1]
    rows = [re.findall(r"[^|]+", line) for line in table.splitlines() if line.startswith("|")]
    column = [cell.strip() for cell in rows[0]].index(sched)
    return [float(row[column]) for row in rows[2:]]


@pytest.mark.parametrize("sched", CONSTANT)
def test_a_decision_in_constant_time(base, sched):
    mine = costs(sched)
    for key, value in mine.items():
        assert value - base[key] <= MOST_MORE, key
    assert mine["pick", 10000] <= 1.05 * mine["pick", 10]
    assert differences(mine, base) == pytest.approx(documented(sched), abs=1)


def test_stride_in_logarithmic_time(base):
    """A thousand times the threads, and 10 more levels of a heap that has 4."""
    mine = costs("stride")
    assert mine["pick", 10000] <= 4 * mine["pick", 10]
    assert differences(mine, base) == pytest.approx(documented("stride"), rel=0.05)


def test_prio_preempts_at_once():
    """Judged by the instruction; test_kernel.py judges what is not about time, on several harts."""
    out = boot_ok("test prio_preempts", SCHED="prio", TIMING="count", BUILD="test")
    assert "\nok 1 - prio_preempts" in f"\n{out}" and "# 1 passed, 0 failed" in out
