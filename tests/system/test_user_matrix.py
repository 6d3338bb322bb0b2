# SPDX-License-Identifier: MIT
# tests/system/test_user_matrix.py - programs under policies, topologies, locks and harts.
"""Nothing that programs do may leave anything behind: /proc/hartbeat/usage says how much of
everything is in use, and `leaks` compares it before and after. The full matrix is `make soak`."""

import matrix
import pytest
from harness import boot, boot_ok


def run_case(case):
    """Run one case of the matrix, which must pass. Returns: its output."""
    values = matrix.settings(case)
    return boot_ok(values.pop("CMD"), **values)


@pytest.mark.parametrize("case", matrix.user_sample(), ids=matrix.label)
def test_utest(case):
    assert "0 failed" in run_case(case)


@pytest.mark.parametrize("smp", ["1", "4"])
@pytest.mark.parametrize("build", ["release", "debug"])
def test_system_calls_with_made_up_arguments(smp, build):
    case = {"SMP": smp, "BUILD": build, "INIT": "user", "JOB": "sysfuzz", "SEED": "5"}
    assert "sysfuzz: seed 5, 10000 calls" in run_case(case)


@pytest.mark.parametrize(
    "command, left",
    [("touch /tmp/x", "inodes"), ("sh -c 'sleep 100 & true'", "threads"),
     ("sh -c 'seq 5000 >/tmp/x'", "frames")],
    ids=["a file", "a process", "memory"],
)
def test_what_is_left_behind_is_found(command, left):
    done = boot(f"true | head | wc; leaks {command}", INIT="user", SMP="2")
    assert done.status == 1, done.out + done.err
    assert f"leaks: {left} " in done.out
