# SPDX-License-Identifier: MIT
# tests/system/test_user_bombs.py - a program that takes all there is, and a shell beside it.
"""Programs start from the shell while `bomb KIND` runs in the background, and end it; then what it
had is there again. Beside `bomb -u KIND`, which lifts its limits, they soon do not."""

import signal
import time

import pexpect
import pytest
from harness import ROOT, TIMEOUT_S, build, build_user, environment, hang_up, variables

PROMPT = "hartbeat# "
BOMB_S = 2
SILENT_S = 10  # a shell that does not answer for so long does not at all
# What the shell itself has come to use meanwhile: its history, and pages it wrote to.
OWN_FRAMES = 32
# What the bomb took, by name in /proc/hartbeat/usage. Caches may keep objects for the next.
TAKEN = ["threads", "files", "aspaces", "frames"]


class Shell:
    """An interactive session with the shell of a small machine."""

    def __init__(self, **values):
        self.asked = 0
        argv = variables({"MEM": "64M", "INIT": "user", **values})
        self.session = pexpect.spawn("tools/run", argv, cwd=str(ROOT), env=environment(),
                                     timeout=TIMEOUT_S, encoding="utf-8", dimensions=(24, 200))
        self.session.expect_exact(PROMPT)

    def ask(self, line):
        """Type a command line. Returns: what it prints."""
        self.asked += 1
        # What is echoed does not have the mark in one piece.
        self.session.sendline(f"{line} echo ma''rk{self.asked}.")
        self.session.expect_exact(f"mark{self.asked}.")
        return self.session.before

    def usage(self):
        """Return {name: number} of /proc/hartbeat/usage."""
        rows = [line.split() for line in self.ask("cat /proc/hartbeat/usage;").splitlines()]
        return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


@pytest.fixture(name="start")
def fixture_start():
    build()
    build_user()
    shells = []

    def start(**values):
        shells.append(Shell(**values))
        return shells[-1]

    yield start
    for shell in shells:
        hang_up(shell.session)


def more_than(before, after):
    """Return what is in use of which more is than before."""
    slack = {"frames": OWN_FRAMES}
    return {name: (after[name], before[name]) for name in TAKEN
            if after[name] > before[name] + slack.get(name, 0)}


def end_bombs(shell, before):
    """End all bombs, and wait until all that they took is there again. Returns: what is not after a
    while."""
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        shell.ask("kill -15 -1; chrt -f 1 killall -9 bomb;")  # the shell ignores the first
        left = more_than(before, shell.usage())
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.2)


KINDS = ["areas", "cpu", "files", "folder", "fork", "futex", "memories", "memory", "signals",
         "stack", "threads"]
BOMBS = {kind: f"bomb {kind}" for kind in KINDS} | {"realtime": "chrt -f 50 bomb cpu"}
EACH = [{"SMP": 1}, {"SMP": 4}]
SOME = [{"SMP": 1, "SCHED": "prio"}, {"SMP": 2, "SCHED": "stride", "QUEUES": "steal"},
        {"SMP": 4, "SCHED": "o1", "QUEUES": "perhart"}]
CASES = [(kind, machine) for machine in EACH for kind in BOMBS]
CASES += [(kind, machine) for machine in SOME
          for kind in ("fork", "futex", "realtime")]


def name_of(case):
    """Return what a kind of bomb, or a machine, is called among the names of tests."""
    return case if isinstance(case, str) else " ".join(variables(case))


def programs_start(shell):
    """Return whether those of a pipeline do."""
    return "1 and 2" in shell.ask("seq 2 | tail -n 1 | env sh -c 'read x; echo 1 and $x';")


@pytest.mark.parametrize("kind, machine", CASES, ids=name_of)
def test_programs_start_beside(start, kind, machine):
    shell = start(**machine)
    shell.ask("bomb; true;")
    before = shell.usage()
    assert before["threads"] > 0
    shell.ask(f"{BOMBS[kind]} &")
    time.sleep(BOMB_S)
    assert "alive 42" in shell.ask("echo alive $((6 * 7));")
    assert programs_start(shell)
    assert end_bombs(shell, before) == {}


@pytest.mark.parametrize("kind", ["folder", "fork", "threads"])
def test_nothing_starts_beside_one_without_limits(start, kind):
    shell = start(SMP=2)
    shell.ask(f"bomb -u {kind} &")
    deadline = time.monotonic() + TIMEOUT_S
    try:
        while programs_start(shell):
            assert time.monotonic() < deadline, "it takes less than there is"
    except pexpect.EOF:  # no page was left for the shell, with which the machine ends
        shell.session.close()
        assert shell.session.exitstatus == 128 + signal.SIGKILL


def test_the_shell_is_silent_where_real_time_threads_may_have_all(start):
    shell = start(SMP=1)
    shell.ask("echo -1 >/proc/sys/kernel/sched_rt_runtime_us;")
    shell.session.sendline(f"{BOMBS['realtime']} &")
    deadline = time.monotonic() + TIMEOUT_S
    shell.session.timeout = SILENT_S
    with pytest.raises(pexpect.TIMEOUT):
        while time.monotonic() < deadline:
            shell.ask("true;")
