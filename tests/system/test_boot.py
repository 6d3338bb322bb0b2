# SPDX-License-Identifier: MIT
# tests/system/test_boot.py - what a boot may not take for granted, on machines made to show it.
"""Tests are named after the defects of other kernels that they guard against."""

import re
import subprocess
import time

import pytest
from harness import ROOT, boot_ok, qemu_command, run
from launcher.settings import LLVM_FOUND

HELLO = sorted(f"hello from kernel thread {i}" for i in range(8))


def hart_ids(output):
    """Return the hart ids in the output of `harts`, in the order of the cpus; all are online."""
    rows = [line.split() for line in output.splitlines()[1:]]
    assert [row[0] for row in rows] == [str(cpu) for cpu in range(len(rows))], output
    assert {row[2] for row in rows} == {"online"}, output
    return [int(row[1]) for row in rows]


def test_d20_the_boot_hart_need_not_be_hart_0():
    """On sifive_u hart 0 has no supervisor mode, so another one boots and starts the rest."""
    assert hart_ids(boot_ok("harts", SMP=5, MACHINE="sifive_u")) == [1, 2, 3, 4]


def flat(image, folder):
    """Return a copy of an image without the ELF headers that have its loader clear .bss."""
    target = folder / "hartbeat.bin"
    subprocess.run([f"llvm-objcopy{LLVM_FOUND}", "-O", "binary", image, target], check=True)
    return target


@pytest.mark.parametrize("kind", ["release", "debug"])
@pytest.mark.parametrize("smp", [1, 4])
def test_d21_memory_is_not_zero_at_reset(tmp_path, kind, smp):
    """All of memory holds a pattern but what is loaded: .bss is cleared before it is used."""
    memory = tmp_path / "memory"
    memory.write_bytes(b"\xa5" * (64 * 2**20))
    backend = f"-object memory-backend-file,id=ram,size=64M,share=off,mem-path={memory}"
    argv = qemu_command("threads 8", SMP=smp, MEM="64M", BUILD=kind,
                        MACHINE="virt,memory-backend=ram", QEMUFLAGS=backend)
    argv[argv.index("-kernel") + 1] = flat(ROOT / f"build/{kind}-ticket/hartbeat", tmp_path)
    done = run(argv)
    assert done.status == 0, done.out + done.err
    assert sorted(re.findall("^hello .*[0-9]", done.out, re.MULTILINE)) == HELLO


@pytest.fixture(name="device_tree")
def fixture_device_tree(tmp_path):
    """Return a function that changes virt's device tree, once, by a regular expression, and
    returns the new blob."""

    def changed(pattern, new, smp):
        blob, source = tmp_path / "virt.dtb", tmp_path / "virt.dts"
        argv = ["qemu-system-riscv64", "-cpu", "rv64", "-smp", str(smp), "-m", "64M"]
        assert run([*argv, "-M", f"virt,dumpdtb={blob}"]).status == 0
        text = run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(blob)]).out
        text, count = re.subn(pattern, new, text, count=1, flags=re.DOTALL)
        assert count == 1
        source.write_text(text)
        assert run(["dtc", "-q", "-O", "dtb", "-o", str(blob), str(source)]).status == 0
        return blob

    return changed


def test_d23_d24_the_timebase_is_that_of_the_device_tree(device_tree):
    """The clock is said to tick twice as fast as it does, so two seconds must take four."""
    blob = device_tree("timebase-frequency = <0x989680>", "timebase-frequency = <0x1312d00>", 2)
    started = time.monotonic()
    boot_ok("stress seconds=2", SMP=2, MEM="64M", QEMUFLAGS=f"-dtb {blob}")
    assert time.monotonic() - started > 4


def test_a_hart_that_is_disabled_is_not_started(device_tree):
    blob = device_tree(r'(cpu@1 {.*?status = )"okay"', r'\1"disabled"', 3)
    assert hart_ids(boot_ok("harts", SMP=3, MEM="64M", QEMUFLAGS=f"-dtb {blob}")) == [0, 2]
