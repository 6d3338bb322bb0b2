# SPDX-License-Identifier: MIT
# tests/system/test_user_scale.py - many processes in little memory.
"""With more messages, and ten thousand processes, it is `make soak` and test_figures.py."""

import pytest
from harness import boot_ok

HACKBENCH = "hackbench -g 10 -l 10"


@pytest.mark.parametrize("smp", [1, 2, 4])
def test_400_processes_of_hackbench_need_no_more_than_128_mib(smp):
    out = boot_ok(f"hackbench -g 1 -l 1 | wc -l; leaks {HACKBENCH}",
                  INIT="user", SMP=smp, MEM="128M")
    assert "(== 400 tasks)" in out and "\nTime: " in out


def test_a_crowd_that_does_not_fit_fails_and_the_machine_goes_on():
    """Either a fork is refused, or a page of its own, which ends it without its children."""
    line = "crowd 10 3000 || { killall -KILL crowd; until crowd 100; do :; done; }"
    out = boot_ok(line, INIT="user", SMP=2, MEM="64M")
    assert '"threads": 10}' in out and '"threads": 3000}' not in out
    assert '"threads": 100}' in out
