# SPDX-License-Identifier: MIT
# tests/system/test_uboot.py - a start through U-Boot, as on a board.
"""OpenSBI starts U-Boot in S-mode; U-Boot finds the image's header, moves it and starts it."""

import struct

import pexpect
import pytest
from harness import ROOT, TIMEOUT_S, build, environment, hang_up, qemu_command

U_BOOT = "/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf"
U_BOOT_PROMPT, PROMPT = "=> ", "hartbeat> "
# Where the image is put; U-Boot moves it to where it wants to be.
LOADED_AT = 0x88000000


@pytest.fixture(name="u_boot", params=["rv64"])
def fixture_u_boot(request):
    """Return a session at U-Boot's prompt, on four harts, with the kernel's image in memory."""
    argv = qemu_command("", SMP=4, CPU=request.param)
    argv[argv.index("-kernel") + 1] = U_BOOT
    append = argv.index("-append")
    argv[append : append + 2] = ["-device", f"loader,file={build()}.bin,addr={LOADED_AT}"]
    session = pexpect.spawn(argv[0], argv[1:], cwd=str(ROOT), env=environment(),
                            timeout=TIMEOUT_S, encoding="utf-8")
    session.expect_exact("stop autoboot")
    session.send("\r")
    session.expect_exact(U_BOOT_PROMPT)
    yield session
    hang_up(session)


def ask(session, line, prompt):
    """Type a command line. Returns: what was printed up to the next prompt."""
    session.send(line + "\r")
    session.expect_exact(prompt)
    return session.before


def test_u_boot_starts_the_kernel(u_boot):
    """The boot arguments are those of U-Boot's environment; `exit` ends the machine."""
    ask(u_boot, "setenv bootargs sched=fifo seed=7", U_BOOT_PROMPT)
    shown = ask(u_boot, f"booti {LOADED_AT:x} - ${{fdtcontroladdr}}", PROMPT)
    assert f"Moving Image from {LOADED_AT:#x} to 0x80200000" in shown
    assert "Hartbeat: 4 of 4 harts, policy fifo," in shown
    assert ask(u_boot, "threads 4", PROMPT).count("hello from kernel thread") == 4
    assert "no violations" in ask(u_boot, "stress ops=300", PROMPT)
    u_boot.send("exit\r")
    u_boot.expect(pexpect.EOF)
    u_boot.close()
    assert u_boot.exitstatus == 0


@pytest.mark.parametrize("u_boot", ["rv64,sstc=off"], indirect=True)
def test_a_timer_that_is_announced_is_tried(u_boot):
    """The device tree comes to say that there is Sstc, after the firmware has looked. QEMU 7.2 has
    such a machine: spike, with its default CPU."""
    ask(u_boot, "fdt addr ${fdtcontroladdr}", U_BOOT_PROMPT)
    for hart in range(4):
        ask(u_boot, f"fdt set /cpus/cpu@{hart} riscv,isa rv64imac_sstc", U_BOOT_PROMPT)
    shown = ask(u_boot, "fdt print /cpus/cpu@3 riscv,isa", U_BOOT_PROMPT)
    assert shown.count("rv64imac_sstc") == 1, shown
    ask(u_boot, f"booti {LOADED_AT:x} - ${{fdtcontroladdr}}", PROMPT)
    assert "no violations" in ask(u_boot, "stress ops=300", PROMPT)


def test_the_header_says_how_much_memory_the_image_needs():
    """Its file ends where .bss begins, and what the header asks for holds both."""
    image = build().with_suffix(".bin").read_bytes()
    offset, needed, flags, version = struct.unpack_from("<QQQI", image, 8)
    assert (offset, flags, version) == (2 << 20, 0, 2)
    assert image[48:60] == b"RISCV\0\0\0RSC\5"
    assert len(image) < needed < len(image) + 2**20 and needed % 4096 == 0
