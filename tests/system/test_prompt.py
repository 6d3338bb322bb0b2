# SPDX-License-Identifier: MIT
# tests/system/test_prompt.py - an interactive session, with a terminal.
"""The prompt takes commands; `exit` and Ctrl-A X end the session."""

import re

import pexpect
import pytest
from harness import ROOT, TIMEOUT_S, build, environment, hang_up, variables

PROMPT = "hartbeat> "


@pytest.fixture(name="start")
def fixture_start():
    """Return a function that starts a session and returns it at its first prompt."""
    sessions = []

    def start(**values):
        build(values.get("BUILD", "release"))
        argv = ["--no-print-directory", "qemu", "INIT=kernel", *variables(values)]
        session = pexpect.spawn("make", argv, cwd=str(ROOT), env=environment(), timeout=TIMEOUT_S,
                                encoding="utf-8")
        sessions.append(session)
        session.expect_exact(PROMPT)
        return session

    yield start
    for session in sessions:
        hang_up(session)


@pytest.fixture(name="session")
def fixture_session(start):
    """Return a session with four harts."""
    return start(SMP=4)


def ask(session, line):
    """Type a command line. Returns: the lines it prints."""
    session.sendline(line)
    session.expect_exact(PROMPT)
    return [shown.strip() for shown in session.before.splitlines()[1:]]


def ask_by_keys(session, line):
    """Type a command line as a person does: spike's console loses keys that come faster than they
    are taken. Returns: the lines it prints."""
    for key in line:
        session.send(key)
        session.expect_exact(key)
    return ask(session, "")


@pytest.mark.parametrize(
    "machine, console, polled",
    [
        ("virt", "ns16550a", False),
        ("virt,aia=aplic-imsic", "ns16550a", True),
        ("sifive_u", "sifive,uart0", False),
        ("spike", "sbi", True),
    ],
)
def test_input_comes_by_interrupt_or_is_polled(start, machine, console, polled):
    session = start(MACHINE=machine, SMP=2)
    assert f"console {console}\r" in session.before
    assert ("console input is polled" in session.before) == polled
    assert "hello from kernel thread 1" in ask_by_keys(session, "threads 2")


def test_input_is_polled_where_its_interrupt_does_not_reach_the_boot_hart(start, device_tree):
    """With two nodes QEMU has an interrupt controller for each, and the console is at the first."""
    disabled = [(rf'(cpu@{hart} {{.*?status = )"okay"', r'\1"disabled"') for hart in (0, 1)]
    session = start(**device_tree({"SMP": 4, "NUMA": 2}, *disabled))
    assert "hello from kernel thread 1" in ask(session, "threads 2")


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


@pytest.mark.parametrize("build_kind", ["release", "debug"])
def test_one_thread_too_many_and_everything_goes_on(start, build_kind):
    """The same boot: more threads than there is memory for, an error, and then as if nothing had
    been."""
    session = start(SMP=2, MEM="64M", BUILD=build_kind)
    for _ in range(2):
        lines = ask(session, "threads 131071")
        assert re.search(r"^threads: \d+ of 131071 were started: error 12$", "\n".join(lines), re.M)
        assert "status 1" in lines
        lines = ask(session, "threads 8")
        assert sorted(lines)[-8:] == [f"hello from kernel thread {i}" for i in range(8)]
    assert "stress: no violations" in ask(session, "stress ops=300")
    session.sendline("exit 5")
    session.expect(pexpect.EOF)
    session.close()
    assert session.exitstatus != 0


def test_a_failed_command_shows_its_status_and_the_prompt_goes_on(session):
    assert "status 2" in ask(session, "threads x")
    assert "status 127" in ask(session, "nonesuch")
    assert "hello from kernel thread 0" in ask(session, "threads 1")
