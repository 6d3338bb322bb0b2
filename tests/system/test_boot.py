# SPDX-License-Identifier: MIT
# tests/system/test_boot.py - what a boot may not take for granted, on machines made to show it.
"""Tests are named after the defects of other kernels that they guard against."""

import re
import time

import pytest
from harness import boot_ok, build, qemu_command, run

HELLO = sorted(f"hello from kernel thread {i}" for i in range(8))


@pytest.mark.parametrize("kind", ["release", "debug"])
@pytest.mark.parametrize("smp", [1, 4])
def test_d21_memory_is_not_zero_at_reset(tmp_path, kind, smp):
    """All of memory holds a pattern but what is loaded: .bss is cleared before it is used."""
    memory = tmp_path / "memory"
    memory.write_bytes(b"\xa5" * (64 * 2**20))
    backend = f"-object memory-backend-file,id=ram,size=64M,share=off,mem-path={memory}"
    argv = qemu_command("threads 8", SMP=smp, MEM="64M", BUILD=kind,
                        MACHINE="virt,memory-backend=ram", QEMUFLAGS=backend)
    argv[argv.index("-kernel") + 1] = f"{build(kind)}.bin"  # no ELF headers to clear .bss by
    done = run(argv)
    assert done.status == 0, done.out + done.err
    assert sorted(re.findall("^hello .*[0-9]", done.out, re.MULTILINE)) == HELLO


def test_d23_d24_the_timebase_is_that_of_the_device_tree(device_tree):
    """The clock is said to tick twice as fast as it does, so two seconds must take four."""
    twice = ("timebase-frequency = <0x989680>", "timebase-frequency = <0x1312d00>")
    machine = device_tree({"SMP": 2}, twice)
    started = time.monotonic()
    boot_ok("stress seconds=2", **machine)
    assert time.monotonic() - started > 4
