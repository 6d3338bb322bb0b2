# SPDX-License-Identifier: MIT
# tests/system/test_bench.py - the benches measure what they say, and their records are complete.
"""Numbers are not judged here (test_figures.py does), only that they can be trusted."""

import pytest
from harness import boot, boot_ok, qemu_command, results, run
from launcher import host
from launcher.settings import locks

KEYS = {
    "bench", "metric", "value", "unit", "harts", "smp", "lock", "kernel_lock", "sched", "queues",
    "victim", "take", "quantum", "threads", "timing", "build", "seed", "rev", "qemu", "host_cpus",
    "host_free", "valid", "model",
}
LOCK_METRICS = {
    "per_acquisition", "acquisitions", "hart_share_min", "hart_share_max", "handoffs", "jain",
}
SCHED_METRICS = {
    "yield_switch", "yield_alone", "event_pingpong", "create_join", "mutex_pair", "wakeup", "pick",
    "boot",
}


def metrics(records):
    """Return the names of all metrics."""
    return {record["metric"] for record in records}


def check_record(record, timing, smp):
    """Check what holds for every record."""
    assert set(record) >= KEYS, record
    assert ("reason" in record) == (not record["valid"]), record
    unit = {"host": "ns", "count": "instructions"}[timing]
    assert record["unit"] in (unit, "count", "ratio"), record
    assert (record["timing"], record["smp"]) == (timing, smp), record
    assert 1 <= record["harts"] <= smp, record
    assert record["model"] is None, record
    known = timing == "host"
    assert (record["host_cpus"] is not None, record["host_free"] is not None) == (known, known)


@pytest.mark.parametrize("timing, smp", [("host", 1), ("host", 4), ("count", 1)])
def test_lock_records(timing, smp):
    records = results(boot_ok("bench locks", TIMING=timing, SMP=smp, SEED=5))
    for record in records:
        check_record(record, timing, smp)
        assert record["seed"] == 5 and record["bench"] == "locks"
    assert {record["lock"] for record in records} == set(locks())
    assert {record["harts"] for record in records} == ({1, 2, 4} if smp == 4 else {1})
    assert metrics(records) >= LOCK_METRICS | {"irqsave_pair", "nested_pair"}


@pytest.mark.parametrize("timing, smp", [("host", 1), ("host", 4), ("count", 1)])
def test_sched_records(timing, smp):
    records = results(boot_ok("bench sched", TIMING=timing, SMP=smp, SCHED="fifo"))
    for record in records:
        check_record(record, timing, smp)
        assert record["sched"] == "fifo" and record["bench"] == "sched"
    assert metrics(records) >= SCHED_METRICS
    assert {r["threads"] for r in records if r["metric"] == "pick"} >= {10, 10000}


@pytest.mark.parametrize("queues", ["global", "perhart", "steal"])
def test_sched_across_harts(queues):
    """Not judged, but that each is there, whatever the topology."""
    done = boot_ok("bench sched wakeup_other steal", SMP=2, QUEUES=queues, TAKE="half")
    assert metrics(results(done)) == {"wakeup_other", "steal"}
    for record in results(done):
        assert (record["queues"], record["victim"], record["take"]) == (queues, "longest", "half")
        assert (record["unit"], record["harts"]) == ("ns", 2) and record["value"] > 0


def test_one_hart_says_what_takes_a_second():
    done = boot_ok("bench sched wakeup_other steal", SMP=1)
    assert "wakeup_other takes a second hart" in done and not results(done)


def test_lists_choose_what_is_measured():
    records = results(boot_ok("bench locks harts=1,3 locks=tas,mcs cs=5 think=7", SMP=4))
    assert {(r["lock"], r["harts"]) for r in records} == {
        ("tas", 1), ("tas", 3), ("mcs", 1), ("mcs", 3)
    }


def test_a_sample_has_as_many_acquisitions_as_asked_for():
    records = results(boot_ok("bench locks locks=mcs acquisitions=123", TIMING="count"))
    assert [r["value"] for r in records if r["metric"] == "acquisitions"] == [123]


def test_shares_and_jain_are_shares():
    records = results(boot_ok("bench locks harts=2 locks=ticket", SMP=2))
    value = {record["metric"]: record["value"] for record in records}
    assert 0 <= value["hart_share_min"] <= 0.5 <= value["hart_share_max"] <= 1
    assert 0.5 <= value["jain"] <= 1
    assert value["handoffs"] <= value["acquisitions"]


@pytest.mark.parametrize("timing, smp", [("count", 1), ("host", 1), ("host", 4)])
def test_the_busted_lock_is_caught(timing, smp):
    done = boot("bench locks locks=busted", TIMING=timing, SMP=smp)
    assert done.status == 1, done.out + done.err
    assert "violat" in done.out.lower(), done.out


def test_more_harts_than_cores_is_not_valid():
    """A record of one hart is valid all the same."""
    smp = host.cores() + 2
    records = results(boot_ok(f"bench locks harts=1,{smp} locks=tas", SMP=smp))
    assert {record["harts"] for record in records} == {1, smp}
    for record in records:
        assert record["host_free"] < smp
        if record["harts"] == smp:
            assert not record["valid"] and record["reason"], record


def test_a_bench_says_beforehand_what_will_be_invalid():
    """At the prompt, too: it is the bench that says it."""
    smp = host.cores() + 2
    assert f"Run instead: make qemu SMP={smp} CMD='bench locks'" in boot_ok(
        "bench locks harts=1 locks=tas", SMP=smp
    )
    assert "Run instead" not in boot_ok("bench locks locks=tas", SMP=1)


@pytest.mark.parametrize("words", [
    "timing=model", "timing=model model=flat", "timing=explore counters=1", "counters=2",
    "timing=sundial",
])
def test_time_that_is_not_there_is_refused(words):
    """The launcher never writes these, and refuses them; somebody who boots by hand might."""
    argv = qemu_command("help", SMP=1, TIMING="host")
    at = argv.index("-append") + 1
    argv[at] = argv[at].replace("timing=host", words)
    done = run(argv)
    assert "bootargs: " in done.out and "%%hartbeat begin%%" not in done.out, done.out
