# SPDX-License-Identifier: MIT
# tests/system/test_harts.py - harts that come late, or never.
"""The kernel waits ten seconds for them, reports them, and goes on; each test waits as long."""

import re

import pexpect
import pytest
from harness import ROOT, TIMEOUT_S, environment, hang_up, hart_ids, qemu_command, run
from heldharts import HeldHarts

PROMPT = "hartbeat> "


HART_9 = """
    cpu@9 {
        device_type = "cpu"; reg = <9>; status = "okay"; compatible = "riscv";
        riscv,isa = "rv64imac"; mmu-type = "riscv,sv39";
        interrupt-controller {
            #interrupt-cells = <1>; interrupt-controller; compatible = "riscv,cpu-intc";
        };
    };
"""


def test_a_hart_that_never_comes_is_reported(device_tree):
    """The device tree names one that does not exist, and the firmware believes it."""
    machine = device_tree({"SMP": 2}, ("cpu-map {", HART_9 + "cpu-map {"))
    done = run(qemu_command("threads 3", **machine))
    assert done.status == 0, done.out + done.err
    assert "hart 9 (cpu 2) has not come up; it joins if it does" in done.out
    assert "Hartbeat: 2 of 3 harts" in done.out
    assert len(re.findall("^hello from kernel thread", done.out, re.MULTILINE)) == 3


@pytest.fixture(name="held")
def fixture_held(tmp_path):
    """Return HeldHarts of a machine with four harts, and a session with it."""
    harts = HeldHarts(tmp_path)
    argv = qemu_command("", SMP=4) + harts.options()
    session = pexpect.spawn(argv[0], argv[1:], cwd=str(ROOT), env=environment(),
                            timeout=TIMEOUT_S, encoding="utf-8")
    harts.connect()
    yield harts, session
    harts.close()
    hang_up(session)


def ask(session, line):
    """Type a command line. Returns: what it prints."""
    session.sendline(line)
    session.expect_exact(PROMPT)
    return session.before.replace("\r", "").partition("\n")[2]


def test_a_hart_that_comes_late_joins(held):
    harts, session = held
    harts.release(0, 1, 2)
    session.expect_exact("hart 3 (cpu 3) has not come up; it joins if it does")
    session.expect_exact("Hartbeat: 3 of 4 harts")
    session.expect_exact(PROMPT)
    assert re.search(r"^ +3 +3 missing ", ask(session, "harts"), re.MULTILINE)
    assert ask(session, "threads 3").count("hello") == 3
    harts.release_all()
    while "missing" in (out := ask(session, "harts")):
        pass
    assert hart_ids(out) == [0, 1, 2, 3]
    assert "no violations" in ask(session, "stress ops=300")
