# SPDX-License-Identifier: MIT
# tests/system/test_contention.py - `make contention`, as a user runs it.
"""Two machines, two locks, few acquisitions: what is printed and drawn, and that it repeats."""

import re

from harness import ROOT, build, build_model, make

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
