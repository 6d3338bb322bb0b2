# SPDX-License-Identifier: MIT
# tests/system/test_prompt.py - an interactive session, with a terminal.
"""The prompt takes commands; `exit` and Ctrl-A X end the session."""

import pexpect
import pytest
from harness import ROOT, TIMEOUT_S, build, environment

PROMPT = "hartbeat> "


@pytest.fixture(name="session")
def fixture_session():
    """Return a session at its first prompt."""
    build()
    child = pexpect.spawn("make", ["--no-print-directory", "qemu", "SMP=4"], cwd=str(ROOT),
                          env=environment(), timeout=TIMEOUT_S, encoding="utf-8")
    child.expect_exact(PROMPT)
    yield child
    child.close(force=True)


def test_commands_then_exit(session):
    session.sendline("threads 3")
    session.expect_exact(PROMPT)
    lines = [line.strip() for line in session.before.splitlines()]
    for i in range(3):
        assert lines.count(f"hello from kernel thread {i}") == 1
    session.sendline("help")
    session.expect_exact(PROMPT)
    for word in ("ps", "harts", "threads", "bench", "stress", "crash", "exit"):
        assert word in session.before
    session.sendline("nonesuch")
    session.expect_exact(PROMPT)
    session.sendline("ps")
    session.expect_exact(PROMPT)
    session.sendline("exit")
    session.expect(pexpect.EOF)
    session.close()
    assert session.exitstatus == 0


def test_an_empty_line_is_nothing(session):
    session.sendline("")
    session.expect_exact(PROMPT)
    session.sendline("   ")
    session.expect_exact(PROMPT)


def test_backspace_corrects_the_line(session):
    session.send("threadx\x7fs 1\r")
    session.expect_exact("hello from kernel thread 0")
    session.expect_exact(PROMPT)


def test_ctrl_a_x_ends_it(session):
    session.send("\x01x")
    session.expect(pexpect.EOF)
    session.close()
    assert session.exitstatus == 0
