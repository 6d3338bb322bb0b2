# SPDX-License-Identifier: MIT
# tests/system/test_user_prompt.py - a session at the user shell, at a terminal and through a pipe.
"""What a new user does: types, corrects, completes, interrupts, and leaves."""

import re
import subprocess

import pexpect
import pytest
from harness import ROOT, TIMEOUT_S, build_for, environment, hang_up, run, variables

PROMPT = "hartbeat# "
BEGIN = "\x01\x01"  # Ctrl-A, which QEMU takes for itself unless it comes twice
LEFT, UP, DOWN, HOME, DELETE = "\033[D", "\033[A", "\033[B", "\033[H", "\033[3~"
FIRST_LINE = "`exit` turns the machine off."


class Session:
    """A machine at its user shell."""

    def __init__(self, **values):
        build_for({"INIT": "user", **values})
        argv = ["--no-print-directory", "qemu", *variables({"INIT": "user", **values})]
        self.terminal = pexpect.spawn("make", argv, cwd=str(ROOT), env=environment(),
                                      timeout=TIMEOUT_S, encoding="utf-8")
        self.terminal.expect_exact(FIRST_LINE)
        self.terminal.expect_exact(PROMPT)

    def send(self, keys):
        """Press keys."""
        self.terminal.send(keys)

    def sees(self, text):
        """Wait until `text` is printed."""
        self.terminal.expect_exact(text)

    def after(self, keys):
        """Press keys and Enter. Returns: the lines that are printed before the next prompt."""
        self.send(keys + "\r")
        # Enter leaves the line; so what comes now is not an echo.
        self.sees("\n")
        self.sees("\r" + PROMPT)
        return self.terminal.before.replace("\r", "").splitlines()

    def ends(self):
        """Wait for the end. Returns: the exit status of make."""
        self.terminal.expect(pexpect.EOF)
        self.terminal.close()
        return self.terminal.exitstatus


@pytest.fixture(name="start")
def fixture_start():
    """Return a function that starts a session at its first prompt."""
    sessions = []

    def start(**values):
        sessions.append(Session(**values))
        return sessions[-1]

    yield start
    for session in sessions:
        hang_up(session.terminal)


def test_a_line_is_edited(start):
    session = start(SMP=2)
    assert session.after("echo ac" + LEFT + "b") == ["abc"]
    assert session.after("cho home" + BEGIN + "e") == ["home"]
    assert session.after("xecho home" + HOME + DELETE + "\x05 end") == ["home end"]
    assert session.after("echo one two\x17three") == ["one three"]
    assert session.after("echo lost\x15echo kept") == ["kept"]
    assert session.after("echo a bc" + LEFT * 3 + "\x0b") == ["a"]
    assert session.after("echo wrong\x7f\x7f\x7f\x7f\x7fright") == ["right"]
    assert session.after("echo " + "long " * 40) == [("long " * 40).strip()]
    session.send("echo screen")
    session.send("\x0c")
    session.sees("\033[H\033[J")
    assert session.after("") == ["screen"]


def test_earlier_lines_come_back(start):
    session = start(SMP=2)
    session.after("echo first")
    session.after("echo second")
    assert session.after(UP + UP) == ["first"]
    assert session.after("ech" + UP + DOWN + "o typed") == ["typed"]
    assert [line.split(None, 1)[1] for line in session.after("history")][-4:] == [
        "echo second", "echo first", "echo typed", "history"]


def test_tab_completes_commands_and_files(start):
    session = start(SMP=2)
    assert session.after("ech\thi") == ["hi"]
    assert session.after("ls /proc/mem\t") == ["/proc/meminfo"]
    assert session.after("mkdir -p /tmp/folder/in") == []
    assert session.after("ls /tmp/fo\t") == ["in"]
    session.send("/proc/self/stat\t")
    session.sees("stat    statm   status\r")
    session.sees("\r" + PROMPT)
    session.send("\x15")
    assert session.after("nosuchprefix\tx; echo end")[-1] == "end"


def test_ctrl_c_ends_what_runs_in_the_foreground(start):
    session = start(SMP=4)
    for line in ("sleep 100 | sleep 100", "cat", "while true; do true; done",
                 "(sleep 100; echo never)", "sh -c 'sleep 100; echo never'"):
        session.send(f"echo started; {line}\r")
        session.sees("\nstarted\r")
        session.send("\x03")
        session.sees("^C")
        session.sees("\r" + PROMPT)
        assert "never" not in session.terminal.before
        assert session.after("echo $?") == ["130"]
    session.send("echo dropped\x03")
    session.sees("\r" + PROMPT)
    assert session.after("ps | grep -c 'sleep$'") == ["0"]


def test_pipes_and_background(start):
    session = start(SMP=4)
    assert session.after("seq 100 | grep 7 | tail -2 | wc -l") == ["2"]
    session.after("sleep 100 &")
    session.after("sleep 99 &")
    assert len([line for line in session.after("jobs") if line.endswith("runs")]) == 2
    assert session.after("kill $!; wait $!; echo $?")[-1] == "143"
    session.send("echo waiting; wait\r")
    session.sees("\nwaiting\r")
    session.send("\x03")
    session.sees("\r" + PROMPT)
    session.after("killall sleep; wait")
    assert session.after("jobs") == []


def test_top_is_live_and_leaves(start):
    session = start(SMP=2)
    session.send("top\r")
    for _ in range(2):
        session.terminal.expect(r"hart 1 +\[[ |]*\] +[0-9.]+ %\r")
    session.send("q")
    session.sees("\r" + PROMPT)
    assert session.after("echo $?") == ["0"]


def test_the_kernel_s_commands_are_at_hand(start):
    session = start(SMP=2)
    assert "hello from kernel thread 1" in session.after("threads 2")
    assert "hello from kernel thread 1" in session.after("kernel threads 2")
    assert session.after("nosuch 2>/dev/null; echo $?") == ["127"]
    assert session.after("kernel nosuch")[0].startswith("kernel: nosuch: not found")
    assert session.after("kernel threads x; echo $?")[-1] == "2"


@pytest.mark.parametrize("line, ok", [("exit", True), ("exit 3", False), ("\x04", True),
                                      ("kill -9 $$", False), ("poweroff", True)])
def test_the_machine_ends_with_the_shell(start, line, ok):
    session = start(SMP=2)
    session.send(line + "\r")
    assert (session.ends() == 0) == ok


# ---- Through a pipe ----------------------------------------------------------------------------

def piped(text, **values):
    """Run a session whose keys are `text`. Returns: exit status; what is printed from the first
    prompt on."""
    build_for({"INIT": "user", **values})
    argv = ["tools/run", *variables({"INIT": "user", "SMP": 2, **values})]
    done = subprocess.run(argv, input=text, capture_output=True, text=True, cwd=ROOT, check=False,
                          env=environment(), timeout=TIMEOUT_S)
    return done.returncode, done.stdout.replace("\r", "").partition(FIRST_LINE)[2]


def test_keys_from_a_pipe_all_arrive():
    status, out = piped("echo hi\nexit 5\n")
    assert status == 5
    assert "echo hi\n" in out and "\nhi\n" in out


def test_more_keys_than_anything_has_room_for():
    lines = "".join(f"echo {i} >>/tmp/f\n" for i in range(800))
    status, out = piped(lines + "sort -u /tmp/f | wc -l; exit 9\n")
    assert status == 9
    assert re.search(r"^800$", out, re.MULTILINE)


@pytest.mark.parametrize("text, status", [("", 0), ("ls /\n", 0), ("cat\n", 0), ("sh\n", 0),
                                          ("cat\nsome\nlines\n", 0), ("echo no newline", 0),
                                          ("read x\n", 1)])
def test_the_end_of_the_pipe_ends_the_session(text, status):
    """With the status of the last command, as at any shell."""
    assert piped(text)[0] == status


# ---- One command -------------------------------------------------------------------------------

@pytest.mark.parametrize("line, said", [("exit 3", "status 3"), ("nosuch", "status 127"),
                                        ("kill -9 $$", "status 137"),
                                        ("sh -c 'kill -TERM $$'", "status 143")])
def test_a_command_that_fails_fails_make(line, said):
    build_for({"INIT": "user"})
    done = run(["tools/run", "INIT=user", "SMP=2", f"CMD={line}"])
    assert done.status == 1 and said in done.err


def test_what_two_processes_write_is_not_mixed_within_a_write():
    build_for({"INIT": "user"})
    loop = "i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo {0}{0}{0}{0}{0}{0}{0}{0}; done"
    line = f"({loop.format('aaaaaaaaaa')}) & ({loop.format('bbbbbbbbbb')}) & wait"
    done = run(["tools/run", "INIT=user", "SMP=4", f"CMD={line}"])
    assert done.status == 0, done.err
    lines = done.out.splitlines()
    assert sorted(set(lines)) == ["a" * 80, "b" * 80] and len(lines) == 600
