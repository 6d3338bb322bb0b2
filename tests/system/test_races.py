# SPDX-License-Identifier: MIT
# tests/system/test_races.py - what programs do with each other, in many interleavings.
"""A few seeds of each kind; `make soak` has 200. A kernel that does not look at a futex's word is
found out."""

import re

import pytest
from harness import boot, build, build_model, build_user, make
from matrix import RACES

SEEDS = 3


def explore(line, **values):
    """Run make explore with the programs, on a test build."""
    build("test")
    build_model()
    build_user()
    return make("explore", BUILD="test", INIT="user", CMD=line, **values)


@pytest.mark.parametrize("race", RACES)
def test_no_seed_fails(race):
    check = "translations" if race == "shootdowns" else "none"
    done = explore(RACES[race], SMP=3, SEEDS=SEEDS, JOBS=2, CHECK=check)
    assert (done.status, done.out) == (0, f"explore: {SEEDS} seeds, none failed\n"), done.err


def test_some_seed_finds_the_futex_that_is_not_looked_at():
    """One hart goes to sleep on a word that another has just changed; again with the same seed."""
    values = {"SMP": 2, "APPEND": "omit=futex-check"}
    done = explore("utest race_wake", SEEDS=100, JOBS=2, **values)
    seed = re.search(r"explore: seed (\d+) fails", done.out)
    assert done.status != 0 and seed, done.out + done.err
    values |= {"TIMING": "explore", "BUILD": "test", "INIT": "user", "SEED": seed[1]}
    line = "utest race_wake"
    assert boot(line, LIMIT=10**9, **values).status != 0
    assert boot(line, LIMIT=10**9, **{**values, "APPEND": "omit=nothing"}).status == 0
