# SPDX-License-Identifier: MIT
# tests/system/test_whole.py - defects of other kernels that only a machine as a whole can show.
"""The rest are tests inside the kernel (*/test/*_test.c) and boots (test_boot.py)."""

import os
import pathlib
import subprocess
import time

import pytest
from harness import ROOT, boot, boot_ok, build, environment

TICKS = os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("smp", [9, 64])
def test_d22_as_many_harts_as_there_can_be(smp):
    """Each hart has its stack and runs threads; an affinity may name the last one."""
    boot_ok("test d22_every_hart affinity_spawn affinity_self", SMP=smp, MEM="512M", BUILD="test")


@pytest.mark.parametrize("smp", [1, 4])
def test_d26_an_overflow_is_found_before_it_does_harm(smp):
    """The release build too stops at the guard, on a stack of its own, and says what happened."""
    done = boot("crash stack-overflow", SMP=smp)
    assert done.status == 3, done.out + done.err
    assert "PANIC: kernel stack overflow" in done.out
    assert "crash_recurse" in done.out.partition("PANIC: ")[2]


def qemu_of(launcher):
    """Return the process id of the QEMU that a launcher started; wait until there is one."""
    while True:
        for task in pathlib.Path(f"/proc/{launcher}/task").iterdir():
            children = (task / "children").read_text().split()
            if children:
                return int(children[0])
        time.sleep(0.05)


def cpu_seconds(pid):
    """Return the processor time that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def read_until(pipe, text):
    """Read a pipe until it has printed `text`."""
    seen = b""
    while text not in seen:
        data = os.read(pipe.fileno(), 4096)
        assert data, seen
        seen += data


def test_d48_a_machine_at_the_prompt_idles():
    """Four harts with nothing to do. One that polled would use all the time it can get."""
    build()
    process = subprocess.Popen(["tools/run", "INIT=kernel", "SMP=4", "LOCKWAIT=queue"], cwd=ROOT,
                               env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        read_until(process.stdout, b"hartbeat> ")
        qemu = qemu_of(process.pid)
        time.sleep(1)
        before = cpu_seconds(qemu)
        time.sleep(4)
        assert cpu_seconds(qemu) - before < 1
    finally:
        process.terminate()
        process.wait()
