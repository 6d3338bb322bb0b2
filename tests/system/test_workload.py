# SPDX-License-Identifier: MIT
# tests/system/test_workload.py - the workloads, and what each policy makes of them.
"""Counted: one hart, and the same to the instruction in every run, so that a share is a fact about
the policy and not about the host. With several harts only those are judged that are not about
time."""

import pytest
from harness import boot, boot_ok, copy_built, make_in, results, run
from launcher.settings import policies

COUNTED = {"TIMING": "count", "QUANTUM": 1000}
NAMES = ["stride", "priority", "matrix", "sleepers", "lab4"]
# By docs/policies.md; the other policies must fail.
HOLDS = {
    "stride": {"stride", "o1"},
    "priority": {"stride", "o1"},
    "sleepers": {"stride", "o1", "prio", "rr"},
    "matrix": set(policies()),
    "lab4": set(policies()),
}
WITHOUT_PRIORITIES = {"fifo", "rr", "hrrn"}
CASES = [(name, sched) for name in NAMES for sched in policies()]
# In each body, one thread that does wrong.
BROKEN = {
    "matrix": ("w->result = compute(w->number);", "w->result = compute(w->number | 1);"),
    "lab4": ("w->result++;", "w->result += w->number != 3;"),
    "sleepers": ("(void)thread_sleep(end - now);", "(void)thread_sleep((end - now) / 2);"),
}


def metrics(records, metric):
    """Return {thread: value} of one metric."""
    return {r["thread"]: r["value"] for r in records if r["metric"] == metric}


def verdict(done, name):
    """Return the verdict in a workload's output, which must be that of its status and record."""
    (check,) = [r["value"] for r in results(done.out) if r["metric"] == "check"]
    word = "pass" if check else "FAIL"
    assert f"\nworkload {name}: {word}" in done.out, done.out
    assert done.status == (0 if check else 1), done.out + done.err
    return bool(check)


@pytest.mark.parametrize("name, sched", CASES, ids="-".join)
def test_a_workload_passes_where_it_should_and_only_there(name, sched):
    done = boot(f"workload {name}", SCHED=sched, **COUNTED)
    assert verdict(done, name) == (sched in HOLDS[name]), done.out
    excused = name in ("stride", "priority") and sched in WITHOUT_PRIORITIES
    assert ("FAIL: the policy has no priorities" in done.out) == excused


def test_times_add_up():
    records = results(boot_ok("workload sleepers", SCHED="stride", **COUNTED))
    turnaround, response, wait, ran = (
        metrics(records, metric) for metric in ("turnaround", "response", "wait", "run")
    )
    assert set(turnaround) == set(range(6))
    for thread, total in turnaround.items():
        slept = total - wait[thread] - ran[thread]
        assert 0 <= response[thread] <= wait[thread] <= total
        assert (slept > 0.3 * total) == (thread % 2 == 0), (thread, slept)
    assert sum(ran.values()) <= max(turnaround.values()) + 1e6, "one hart"


def test_jains_index_is_that_of_the_records():
    records = results(boot_ok("workload stride", SCHED="stride", **COUNTED))
    shares = [r["value"] / r["priority"] for r in records if r["metric"] == "run"]
    jain = sum(shares) ** 2 / (len(shares) * sum(share * share for share in shares))
    (found,) = [r["value"] for r in records if r["metric"] == "jain"]
    assert len(shares) == 6 and found == pytest.approx(jain, abs=0.0011)


def test_two_counted_runs_are_identical():
    one, other = (boot_ok("workload stride", SCHED="o1", **COUNTED) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("sched", policies())
def test_several_harts(sched):
    assert verdict(boot("workload matrix", SMP=4, SCHED=sched), "matrix")


@pytest.mark.parametrize("words", ["", " nonesuch", " stride lab4"])
def test_wrong_words_are_refused(words):
    done = boot(f"workload{words}")
    assert done.status != 0
    assert "stride|priority|matrix|sleepers|lab4" in done.out + done.err


def test_a_workload_that_goes_wrong_is_seen(tmp_path):
    """The control of the checks that every policy passes."""
    folder = copy_built(tmp_path / "source", "release")
    for name, (right, wrong) in BROKEN.items():
        path = folder / f"sched/workload/{name}.c"
        text = path.read_text()
        assert text.count(right) == 1
        path.write_text(text.replace(right, wrong))
    make_in(folder, "-j2", "kernel")
    for name in BROKEN:
        done = run(["make", "qemu", f"CMD=workload {name}", "TIMING=count", "QUANTUM=1000"],
                   cwd=folder)
        assert done.status != 0 and f"workload {name}: FAIL" in done.out, done.out + done.err
