# SPDX-License-Identifier: MIT
# tests/system/test_model_sched.py - what a switch and a wake-up cost on every hart at once.
"""Under the timing model, where a figure is one and the same on every host."""

import pytest
from harness import boot_ok, results

EACH = "bench sched switch_each wake_each"
COUNTED = ("tlb_flushes", "satp_changes", "sum_changes")
MODELLED = (*COUNTED, "transfers", "upgrades")


def values(smp, queues, **more):
    """Return {metric: value} of the two benches, all of them valid."""
    records = results(boot_ok(EACH, TIMING="model", SMP=smp, QUEUES=queues, **more))
    assert all(record["valid"] and record["harts"] == smp for record in records), records
    return {record["metric"]: record["value"] for record in records}


@pytest.mark.parametrize("queues, harts", [("perhart", 64), ("steal", 16)])
def test_neither_depends_on_the_number_of_harts(queues, harts):
    """Many harts beside one, each with a pair of threads of its own."""
    one, many = values(1, queues), values(harts, queues)
    for metric in ("switch_each", "wake_each"):
        assert abs(many[metric] / one[metric] - 1) <= 0.05, (one, many)


def test_an_uncontended_switch_moves_no_line():
    found = values(4, "perhart")
    assert found["switch_each_transfers"] < 0.01 and found["switch_each_upgrades"] < 0.01, found


def test_a_shared_queue_does():
    """The control: what `global` costs is what the two tests above would see."""
    one, four = values(1, "global"), values(4, "global")
    assert four["switch_each"] > 1.5 * one["switch_each"], (one, four)


def test_counters_are_recorded_for_each_loop():
    found = values(2, "steal")
    assert set(found) == {
        name for each in ("switch_each", "wake_each")
        for name in (each, *(f"{each}_{counter}" for counter in MODELLED))
    }


def test_count_reports_what_an_instruction_count_hides():
    """A thread whose stack has to be made changes the kernel's page table, and flushes."""
    records = results(boot_ok("bench sched yield_switch create_join", TIMING="count", SMP=1))
    found = {record["metric"]: record["value"] for record in records}
    for loop in ("yield_switch", "create_join", "create_join_first"):
        assert all(f"{loop}_{counter}" in found for counter in COUNTED), found
    assert found["create_join_first_tlb_flushes"] > 0 == found["yield_switch_tlb_flushes"], found
    assert not any("transfers" in metric for metric in found)
