# SPDX-License-Identifier: MIT
# tests/system/test_why.py - what a modelled run waited for, and where in the code.
"""The guest marks a region, the model counts, tools/why names."""

import json
import re

import pytest
from harness import build, build_model, make, run


@pytest.fixture(scope="module", autouse=True)
def built():
    """Build what most tests here run."""
    build()
    build_model()


def why(folder, line, **values):
    """Run a command on the model. Returns: what tools/why prints, and the report's objects."""
    report = folder / "report.jsonl"
    done = make("why", CMD=line, REPORT=report, **values)
    assert done.status == 0, done.out + done.err
    objects = [json.loads(text) for text in report.read_text().splitlines()]
    return done.out, objects


def hottest(out, region=1):
    """Return the block of text of a region's hottest line."""
    text = out.partition(f"\nRegion {region}")[2]
    return re.search(r"\n 1\. .*?(?=\n 2\. )", text, re.DOTALL)[0]


@pytest.fixture(scope="module")
def locks(tmp_path_factory):
    """Return tools/why of the ticket lock on four harts, and the report."""
    return why(tmp_path_factory.mktemp("locks"), "bench locks harts=4 locks=ticket", SMP=4)


def test_ticket_lock_is_what_its_waiters_wait_for(locks):
    block = hottest(locks[0])
    assert "sample.lock.ticket.owner  (sync/bench/locks.c)" in block, block
    assert re.search(r"% +sample\.lock\.ticket\.next: harts 0, 1, 2, 3, written", block), block
    assert re.search(r"% +ticket_lock\(\), inlined in turns_ticket\(\)  sync/spin/ticket.h:", block)
    assert "ticket_unlock()" in block, block
    assert "FALSE SHARING" not in locks[0]


def test_region_is_headed_by_what_it_measured(locks):
    assert "\nRegion 1: bench locks, lock ticket, harts 4: per_acquisition " in locks[0]
    assert "MODEL=flat SMP=4 SEED=1" in locks[0]


def test_lines_never_have_more_than_the_harts_counted(locks):
    region = locks[1][0]
    assert len(region["harts"]) == 4 and len(region["lines"]) == 10, region["harts"]
    for counter in ("misses", "transfers", "upgrades", "stall_cycles", "queued_cycles"):
        counted = sum(hart[counter] for hart in region["harts"])
        on_lines = sum(line[counter] for line in region["lines"])
        # The lock's lines are nearly all there is.
        assert 0.99 * counted < on_lines <= counted, (counter, on_lines, counted)
    assert region["discarded"] == {"misses": 0, "stall_cycles": 0}


def test_counters_in_one_line_are_false_sharing(tmp_path):
    out, _ = why(tmp_path, "test sharing_false", BUILD="test", INIT="kernel", SMP=4)
    sharing = r"FALSE SHARING: (in_one_line\.\w+ \(hart .\)) and (in_one_line\.\w+ \(hart .\)) are"
    found = re.search(sharing, hottest(out))
    # Both are missed on as often: which one is named first is chance.
    assert found and set(found.groups()) == {
        "in_one_line.left (hart 0)",
        "in_one_line.right (hart 1)",
    }, out


def test_counters_in_two_lines_are_not(tmp_path):
    out, _ = why(tmp_path, "test sharing_none", BUILD="test", INIT="kernel", SMP=4)
    assert "ok 1 - sharing_none" in out and "\nRegion 1\n" in out, out
    assert "FALSE SHARING" not in out, out


def test_report_does_not_change_what_is_measured(tmp_path, locks):
    def records(text):
        return [line for line in text.splitlines() if line.startswith("RESULT")]

    done = make("qemu", CMD="bench locks harts=4 locks=ticket", SMP=4, TIMING="model")
    assert done.status == 0, done.err
    assert records(done.out) and records(done.out) == records(locks[0])


def test_report_needs_the_model(tmp_path):
    for timing in ("host", "count"):
        done = run(["tools/run", "--check", f"TIMING={timing}", f"REPORT={tmp_path}/report"])
        assert done.status == 2 and "REPORT" in done.err and "model" in done.err


@pytest.mark.parametrize("words", [[], ["no/such/file"], ["a", "b"]])
def test_wrong_arguments_are_refused(words):
    done = run(["tools/why", *words])
    assert done.status == 2 and done.err and not done.out


def test_a_run_without_regions_says_what_has_some(tmp_path):
    report = tmp_path / "report.jsonl"
    done = make("why", CMD="harts", SMP=1, REPORT=report)
    assert done.status != 0 and "no region of interest" in done.err, done.out + done.err
    assert "bench locks" in done.err


def test_wrong_region_is_refused(tmp_path):
    report = tmp_path / "report.jsonl"
    done = make("qemu", CMD="bench locks harts=1 locks=tas", SMP=1, TIMING="model", REPORT=report)
    assert done.status == 0 and f"tools/why {report}" in done.err, done.err
    done = run(["tools/why", str(report), "2"])
    assert done.status == 2 and "no region 2; it has 1..1" in done.err
