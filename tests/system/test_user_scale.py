# SPDX-License-Identifier: MIT
# tests/system/test_user_scale.py - many processes in little memory.
"""With more messages, and ten thousand processes, it is `make soak` and test_figures.py."""

import re
import struct

import pytest
from harness import ROOT, boot_ok

KIB, PAGE = 1024, 4096
RAM = 128 << 20
PT_LOAD = 1
# The shell reads it itself: there is init, and there is the shell.
MEMORY = "exec 3</proc/meminfo; while read line <&3; do echo \"$line\"; done"
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


def image_memory():
    """Return how many bytes of memory the kernel's image takes, whole pages."""
    data = (ROOT / "build/release-ticket/hartbeat").read_bytes()
    (offset,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = [struct.unpack_from("<IIQQQQQ", data, offset + i * size) for i in range(count)]
    spans = [(at, at + memory) for kind, _, _, at, _, _, memory in headers if kind == PT_LOAD]
    first, end = min(start for start, _ in spans), max(end for _, end in spans)
    return -(-(end - first) // PAGE) * PAGE


def in_use(out):
    """Return how many KiB are in use: the image, a byte a frame for the allocator, and what is no
    longer free of what it was given. Firmware and initial files are no part of it."""
    total, free = (int(re.search(rf"^{name}: +([0-9]+) kB$", out, re.M)[1])
                   for name in ("MemTotal", "MemFree"))
    return (image_memory() + RAM // PAGE) // KIB + total - free


def test_memory_in_use_after_boot():
    values = {"INIT": "user", "MEM": "128M", "TIMING": "count"}
    after_boot = in_use(boot_ok(MEMORY, **values))
    assert after_boot <= 1024
    # One more program is seen.
    asleep = "until grep -q '(sleep) S' /proc/$!/stat; do true; done"
    assert in_use(boot_ok(f"sleep 1000 & {asleep}; {MEMORY}", **values)) >= after_boot + 32
