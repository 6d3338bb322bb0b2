# SPDX-License-Identifier: MIT
# tools/launcher/host.py - what the kernel's results record about this host and this source.
"""Cores and free cores of the host, git's revision, QEMU's version."""

import os
import pathlib
import re
import subprocess
import time

SAMPLE_S = 0.2
REVISION_CHARS = 12
DIRTY = "-dirty"
PROC_STAT = pathlib.Path("/proc/stat")
CPU_MAX = pathlib.Path("/sys/fs/cgroup/cpu.max")


def cores():
    """Return how many cores this process may use: its affinity mask, its cgroup's quota."""
    count = len(os.sched_getaffinity(0))
    try:
        quota, period = CPU_MAX.read_text().split()
        return count if quota == "max" else max(1, min(count, int(quota) // int(period)))
    except (OSError, ValueError):
        return count


def idle_and_total(stat, cpus):
    """Return (idle ticks, all ticks), summed over the cores in `cpus`, from /proc/stat's text."""
    idle = total = 0
    for line in stat.splitlines():
        match = re.match(r"cpu(\d+) (.*)", line)
        if match and int(match[1]) in cpus:
            ticks = [int(word) for word in match[2].split()[:8]]
            idle += ticks[3] + ticks[4]
            total += sum(ticks)
    return idle, total


def free_cores():
    """Return how many cores were idle over a short sample, to the nearest whole one."""
    cpus = os.sched_getaffinity(0)
    idle, total = idle_and_total(PROC_STAT.read_text(), cpus)
    time.sleep(SAMPLE_S)
    idle_after, total_after = idle_and_total(PROC_STAT.read_text(), cpus)
    share = (idle_after - idle) / max(1, total_after - total)
    return min(cores(), int(share * len(cpus) + 0.5))


def output_of(*command):
    """Return a command's standard output, or None if it failed."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def revision(root):
    """Return git's short revision of the source; if tracked files are changed, a shorter one and
    -dirty, just as long: the guest reads it, and takes no other turn because of a changed file."""
    git = ("git", "-C", str(root))
    head = output_of(*git, "rev-parse", f"--short={REVISION_CHARS}", "HEAD")
    if head is None:
        return "unknown"
    changed = output_of(*git, "status", "--porcelain", "--untracked-files=no")
    return head[: REVISION_CHARS - len(DIRTY)] + DIRTY if changed else head


def qemu_version(program):
    """Return QEMU's version, such as 7.2.22."""
    match = re.search(r"version (\S+)", output_of(program, "--version") or "")
    return match[1] if match else "unknown"
