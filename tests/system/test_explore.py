# SPDX-License-Identifier: MIT
# tests/system/test_explore.py - seeds are tried until one fails, and that one fails again.
"""The races that are planted in the kernel are found elsewhere; one of them serves here."""

import os
import re
import shlex
import signal
import subprocess
import time

import pytest
from conftest import is_running
from harness import ROOT, build, build_model, environment, make, run

RACE = {"BUILD": "test", "CMD": "plant double-free"}
# Generous, as in harness.py.
WAIT_S = 120


def explore(**values):
    """Run make explore."""
    build(values["BUILD"])
    build_model()
    return make("explore", **values)


def test_a_race_is_found_and_its_command_repeats_it():
    done = explore(SEEDS=200, JOBS=2, **RACE)
    assert done.status != 0 and "the bug showed" in done.out, done.out + done.err
    assert re.search(r"explore: seed \d+ fails with status 1", done.out)
    again = re.search(r"^  (make qemu .*)$", done.out, re.MULTILINE)[1]
    repeated = run(shlex.split(again))
    assert repeated.status != 0 and "the bug showed" in repeated.out


def test_all_seeds_pass_without_a_bug():
    done = explore(SEEDS=3, JOBS=2, BUILD="test", CMD="plant double-free fixed")
    assert (done.status, done.out) == (0, "explore: 3 seeds, none failed\n")
    assert "3 of 3 seeds" in done.err


def test_a_hang_is_a_failure():
    """Spinning harts get to the model's clock's limit, whatever the host's says."""
    done = explore(SEEDS=1, BUILD="test", CMD="hang spin", LIMIT=200000000)
    assert done.status != 0
    assert "the limit has been reached" in done.out
    assert "make qemu-gdb" in done.out and "LIMIT=200000000" in done.out


def test_a_machine_that_sleeps_for_good_is_a_failure():
    done = explore(SEEDS=1, BUILD="test", CMD="hang deadlock")
    assert done.status != 0
    assert "all harts sleep, and nothing will wake them" in done.out


@pytest.mark.parametrize("values, words", [
    ({}, ["CMD is empty"]),
    ({"CMD": " "}, ["CMD is empty"]),
    ({"CMD": "x", "SEEDS": "0"}, ["SEEDS=0", "1..1000000000"]),
    ({"CMD": "x", "JOBS": "two"}, ["JOBS=two", "1..1024"]),
    ({"CMD": "x", "TIMING": "model"}, ["TIMING=model", "TIMING=explore"]),
    ({"CMD": "x", "MACHINE": "spike"}, ["TIMING=explore", "MACHINE=virt"]),
    ({"CMD": "x", "REPORT": "x"}, ["REPORT=x", "many seeds"]),
    ({"CMD": "x", "SEED": str(2**64 - 5), "SEEDS": "10"}, ["0..18446744073709551615"]),
])
def test_wrong_variables_are_refused(values, words):
    done = run(["tools/explore", *(f"{name}={value}" for name, value in values.items())])
    assert done.status == 2
    assert all(word in done.err for word in words), done.err


def children(pid):
    """Return the processes below a process that still run."""
    found = []
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            for child in map(int, file.read().split()):
                found += [child, *children(child)]
    except OSError:
        pass
    return found


def test_ctrl_c_ends_everything(ends):
    build("test")
    build_model()
    argv = ["tools/explore", "SEEDS=50", "JOBS=2", "BUILD=test", "CMD=hang spin",
            "LIMIT=1000000000000"]
    search = subprocess.Popen(argv, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + WAIT_S
    while len(children(search.pid)) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    below = children(search.pid)
    os.kill(search.pid, signal.SIGINT)
    assert search.wait(WAIT_S) == 128 + signal.SIGINT
    assert len(below) >= 4 and all(ends(pid) for pid in below)
    assert not any(map(is_running, below))
