# SPDX-License-Identifier: MIT
# tests/system/test_contention.py - `make contention`, as a user runs it.
"""Two machines, two locks, few acquisitions: what is printed and drawn, and that it repeats; and
that the docs are of this model."""

import re

import pytest
from harness import ROOT, build, build_model, make
from studies import bench, sensitivity, store

WANTED = {"MODELS": "flat,jh7110", "HARTS": "4,8", "LOCKS": "ticket,mcs", "ACQUISITIONS": "200"}


def test_contention_compares_machines_and_draws():
    build()
    build_model()
    first, second = (make("contention", **WANTED) for _ in range(2))
    assert first.status == 0, first.out + first.err
    assert first.out == second.out
    assert re.search(r"^flat: .*\n +harts .*\n +4 .*\n +8 ", first.out, re.MULTILINE)
    assert re.search(r"^jh7110: .*\n +harts .*\n +4 .*\n\n", first.out, re.MULTILINE)
    assert re.search(r"^The ranking (holds|does not hold) on: flat jh7110", first.out, re.MULTILINE)
    for model in ("flat", "jh7110"):
        assert (ROOT / f"build/contention/{model}.svg").read_text().startswith("<?xml")


def test_contention_refuses_a_machine_that_is_too_small():
    done = make("contention", **WANTED | {"HARTS": "8"})
    assert done.status == 2 and "jh7110 has at most 4" in done.err, done.out + done.err


@pytest.mark.parametrize("target", ["contention", "study"])
def test_many_boots_have_no_report(target, tmp_path):
    """They would all write the same file."""
    done = make(target, REPORT=tmp_path / "report")
    assert done.status == 2 and "REPORT=" in done.err and "make why" in done.err
    assert list(tmp_path.iterdir()) == []


def test_what_the_docs_say_is_what_comes_out():
    """One case of docs/timing-model.md again: `make study` is due if the model or a lock changes
    what it says by more than code that lies elsewhere does."""
    build()
    build_model()
    _, kept = store.read(ROOT / "docs/data/timing-model.jsonl")
    case = sensitivity.varied("quantum", 40, 1)
    for now, then in zip(bench.run(case), kept[case.key()], strict=True):
        assert now["lock"] == then["lock"]
        for metric in ("per_acquisition", "transfers_per_acquisition"):
            assert abs(now[metric] / then[metric] - 1) < 0.02, (metric, now, then)
