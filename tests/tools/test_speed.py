# SPDX-License-Identifier: MIT
# tests/tools/test_speed.py - what `make model-speed` counts, and what it subtracts.
"""How fast the model is depends on the host, so nothing here wants it to be fast."""

import subprocess

from harness import build_model
from launcher import selfcheck, settings
from studies import speed


def test_starting_is_not_counted():
    taken = speed.beyond(speed.Sample(250_000_000, 1.5), speed.Sample(50_000_000, 0.5))
    assert taken == speed.Sample(200_000_000, 1.0)
    assert speed.per_second(taken) == 200


def test_a_sample_has_the_instructions_of_all_harts_and_the_childs_time(monkeypatch):
    def observe(argv, _timeout):
        subprocess.run(argv, check=True)
        return {"instructions": 7, "retired": [10, 20, 30]}

    monkeypatch.setattr(selfcheck, "observe", observe)
    busy = speed.sample(["/usr/bin/python3", "-c", "sum(range(10**6))"])
    idle = speed.sample(["sleep", "0.1"])
    assert busy.instructions == 60 and busy.seconds > idle.seconds >= 0


def test_the_least_time_counts(monkeypatch):
    samples = iter([speed.Sample(5, 3.0), speed.Sample(5, 2.0), speed.Sample(5, 4.0)])
    monkeypatch.setattr(speed, "sample", lambda argv: next(samples))
    assert speed.least([], 3).seconds == 2.0


def test_harts_share_the_cycles():
    four = speed.parameters(speed.Case("mcs", 4), 1_000_000)
    assert (four["harts"], four["window"]) == (4, 2500)
    assert settings.locks()[four["lock"]] == "mcs"
    assert list(four)[:8] == ["lock", "harts", "cs", "think", "total", "window", "tick", "checks"]


def test_a_run_gives_a_figure():
    build_model()
    run = settings.resolve({"TIMING": "model", "MEM": selfcheck.MEMORY})
    taken = speed.measure(run, selfcheck.require(run), speed.Case("mcs", 1), rounds=1)
    assert taken.seconds > 0 and speed.per_second(taken) > 0
    # A lone hart makes about an instruction a cycle.
    assert 0.5 * speed.CYCLES < taken.instructions < speed.CYCLES
