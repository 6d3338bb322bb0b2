# SPDX-License-Identifier: MIT
# tests/system/test_user_inject.py - allocations for programs that fail, one in each run.
"""`inject` lets allocation after allocation fail while programs fork, exec, map, start threads and
use files: whoever is told gets ENOMEM or EAGAIN or is killed, and nothing stays behind. Every
seventh here; all of them are `make soak`."""

import re

import matrix
import pytest
from harness import boot, boot_ok

CASE = {"BUILD": "test", "INIT": "user", "JOB": "inject"}
SUMS = re.compile(r"inject: (\d+) runs, of which (\d+) were refused something, (\d+) killed, and "
                  r"(\d+) noticed nothing; 0 faults")


@pytest.mark.parametrize("smp", ["1", "4"])
def test_any_allocation_may_fail(smp):
    values = matrix.settings({**CASE, "SMP": smp})
    out = boot_ok(values.pop("CMD"), **values)
    runs, refused, killed, absorbed = map(int, SUMS.search(out).groups())
    asked = int(re.search(r"inject: (\d+) allocations", out)[1])
    assert runs >= asked // 7 and runs == refused + killed + absorbed
    assert refused > 0 and killed > 0


def test_what_a_refused_fork_leaves_behind_is_found():
    done = boot("inject", BUILD="test", INIT="user", SMP="1", APPEND="omit=fork-undo")
    assert done.status == 1, done.out + done.err
    assert re.search(r"inject: aspaces \d+, was", done.out)


def test_release_builds_let_nothing_fail():
    done = boot("inject", BUILD="release", INIT="user", SMP="1")
    assert done.status == 1 and "BUILD=test and debug" in done.out
