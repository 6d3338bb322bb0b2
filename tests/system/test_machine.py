# SPDX-License-Identifier: MIT
# tests/system/test_machine.py - machines other than the default one.
"""Memory sizes, a timer without Sstc, other boards, several memory nodes, an initrd."""

import re

import pytest
from harness import boot, boot_ok

HELLO = sorted(f"hello from kernel thread {i}" for i in range(8))


@pytest.mark.parametrize("kind", ["release", "debug"])
@pytest.mark.parametrize("mem", ["64M", "100M", "1G", "4G"])
def test_memory_sizes(mem, kind):
    out = boot_ok("threads 8", SMP=4, MEM=mem, BUILD=kind)
    assert sorted(out.splitlines()) == HELLO


@pytest.mark.parametrize("smp", [1, 4])
@pytest.mark.parametrize("command", ["threads 8", "test"])
def test_timer_through_the_sbi(smp, command):
    boot_ok(command, SMP=smp, CPU="rv64,sstc=off", BUILD="test")


@pytest.mark.parametrize("machine", ["virt,aclint=on", "virt,aia=aplic-imsic", "virt"])
def test_variants_of_the_machine(machine):
    out = boot_ok("threads 8", SMP=4, MACHINE=machine)
    assert sorted(out.splitlines()) == HELLO


@pytest.mark.parametrize("machine, smp", [("sifive_u", 2), ("sifive_u", 5), ("spike", 3)])
def test_other_boards(machine, smp):
    """No 16550, so the SBI's console; no way to power off, so the launcher ends QEMU at the end
    marker. sifive_u: hart 0 has no MMU and does not take part."""
    out = boot_ok("threads 8", SMP=smp, MACHINE=machine, CPU="rv64,sstc=off")
    assert sorted(out.splitlines()) == HELLO


def threads_that_fit(**values):
    """Return how many threads memory allows."""
    done = boot("threads 131071", SMP=2, MEM="64M", **values)
    found = re.search(r"^threads: (\d+) of 131071 were started", done.out, re.MULTILINE)
    assert found, done.out[-2000:] + done.err
    return int(found[1])


def test_an_initrd_is_not_given_away(tmp_path):
    initrd = tmp_path / "initrd"
    initrd.write_bytes(bytes(24 * 2**20))
    assert threads_that_fit(QEMUFLAGS=f"-initrd {initrd}") < 0.7 * threads_that_fit()


def test_two_memory_nodes():
    numa = (
        "-object memory-backend-ram,id=a,size=128M -object memory-backend-ram,id=b,size=128M "
        "-numa node,memdev=a,cpus=0-1 -numa node,memdev=b,cpus=2-3"
    )
    out = boot_ok("threads 8", SMP=4, MEM="256M", QEMUFLAGS=numa)
    assert sorted(out.splitlines()) == HELLO
