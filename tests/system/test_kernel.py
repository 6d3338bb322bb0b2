# SPDX-License-Identifier: MIT
# tests/system/test_kernel.py - the tests inside the kernel, through its `test` command.
"""The kernel prints TAP; here it is read strictly, so that a lost line is a failure."""

import re

import pytest
from harness import boot

CASES = [
    {"SMP": 1, "BUILD": "debug"},
    # Some tests take all memory there is, and debug builds fill it: little is enough.
    {"SMP": 4, "BUILD": "debug", "LOCKWAIT": "try", "MEM": "64M"},
    # As many harts as the host may have cores: who queues waits for those that it does not run.
    {"SMP": 2, "BUILD": "debug", "LOCKWAIT": "queue", "SCHED": "fifo", "LOCK": "mcs", "MEM": "64M"},
    {"SMP": 4, "BUILD": "test"},
    {"SMP": 4, "BUILD": "debug", "QUEUES": "perhart", "SCHED": "prio", "MEM": "64M"},
    {"SMP": 4, "BUILD": "debug", "QUEUES": "steal", "SCHED": "o1", "MEM": "64M"},
    {"SMP": 8, "BUILD": "test", "QUEUES": "perhart", "SCHED": "fifo", "MEM": "64M"},
    {"SMP": 2, "BUILD": "test", "QUEUES": "steal", "SCHED": "stride", "VICTIM": "random",
     "TAKE": "half", "MEM": "64M"},
    {"SMP": 3, "BUILD": "test", "SCHED": "hrrn", "MEM": "64M"},
    {"SMP": 1, "BUILD": "debug", "SCHED": "fifo", "LOCK": "null"},
    {"SMP": 1, "BUILD": "test", "TIMING": "count"},
]


def read_tap(text):
    """Return (planned, passed, names of the failed) of TAP output."""
    plan = re.search(r"^1\.\.(\d+)$", text, re.MULTILINE)
    lines = re.findall(r"^(ok|not ok) (\d+)\b(.*)$", text, re.MULTILINE)
    failed = [f"{number}{name}" for verdict, number, name in lines if verdict == "not ok"]
    return int(plan[1]) if plan else None, len(lines) - len(failed), failed


@pytest.mark.parametrize("values", CASES, ids=lambda v: " ".join(map(str, v.values())))
def test_kernel_tests_pass(values):
    done = boot("test", **values)
    planned, passed, failed = read_tap(done.out)
    assert not failed and done.status == 0, done.out + done.err
    assert planned == passed and planned > 0, done.out


def test_the_order_in_a_queue_does_not_depend_on_time():
    """A quantum of 10 microseconds is over before a thread has done anything, as one of 10 ms is
    where the host keeps a hart from running."""
    names = "queue_order queue_yield queue_moved queue_wake_order"
    done = boot(f"test {names}", BUILD="test", QUANTUM=10)
    assert done.status == 0, done.out
    assert read_tap(done.out)[1] == len(names.split())
