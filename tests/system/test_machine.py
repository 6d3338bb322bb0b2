# SPDX-License-Identifier: MIT
# tests/system/test_machine.py - machines other than the default one.
"""Memory sizes, a timer without Sstc, other interrupt controllers, several memory nodes."""

import pytest
from harness import boot_ok

HELLO = sorted(f"hello from kernel thread {i}" for i in range(8))


@pytest.mark.parametrize("kind", ["release", "debug"])
@pytest.mark.parametrize("mem", ["64M", "100M", "1G", "4G"])
def test_memory_sizes(mem, kind):
    out = boot_ok("threads 8", SMP=4, MEM=mem, BUILD=kind)
    assert sorted(out.splitlines()) == HELLO


@pytest.mark.parametrize("smp", [1, 4])
@pytest.mark.parametrize("command", ["threads 8", "test"])
def test_timer_through_the_sbi(smp, command):
    boot_ok(command, SMP=smp, CPU="rv64,sstc=off")


@pytest.mark.parametrize("machine", ["virt,aclint=on", "virt,aia=aplic-imsic", "virt"])
def test_variants_of_the_machine(machine):
    out = boot_ok("threads 8", SMP=4, MACHINE=machine)
    assert sorted(out.splitlines()) == HELLO


def test_two_memory_nodes():
    numa = (
        "-object memory-backend-ram,id=a,size=128M -object memory-backend-ram,id=b,size=128M "
        "-numa node,memdev=a,cpus=0-1 -numa node,memdev=b,cpus=2-3"
    )
    out = boot_ok("threads 8", SMP=4, MEM="256M", QEMUFLAGS=numa)
    assert sorted(out.splitlines()) == HELLO
