# SPDX-License-Identifier: MIT
# tools/launcher/session.py - runs QEMU for a prompt or for one command.
"""Returns exit statuses: 0; 1 the command failed; 3 the kernel or QEMU failed; 124 TIMEOUT."""

import os
import re
import subprocess
import sys
import tempfile
import termios
import time

from launcher import child, piped
from launcher.transcript import Transcript

FAILED, BROKEN, TIMED_OUT = 1, 3, 124
# A guest that has finished powers off at once; a panic first prints a backtrace of every hart,
# which takes a busy host a while.
POWER_OFF_S = 5
QUIT_S = 2
# How often to look for more output, and how much of it to take at once.
POLL_S = 0.02
READ_BYTES = 1 << 16
PANIC_S = 60
# What QEMU says when the launcher ends it.
ENDED_HERE = ": terminating on signal 15 "


def say(text):
    """Print a line of the launcher's own, which is never part of a command's output."""
    print(f"tools/run: {text}", file=sys.stderr, flush=True)


def terminal_state():
    """Return the state of the terminal on standard input, or None where there is none."""
    return termios.tcgetattr(0) if os.isatty(0) else None


def interactive(argv, timeout):
    """Run QEMU on this terminal, or whatever takes its place. Returns: QEMU's exit status; no line
    of its output is kept."""
    if not os.isatty(0):
        status = piped.run(argv, time.monotonic() + timeout if timeout else None)
        if status is None:
            say(f"ended after {timeout} s")
        return TIMED_OUT if status is None else status, []
    saved = terminal_state()
    process = child.start(argv)
    try:
        return process.wait(timeout or None), []
    except subprocess.TimeoutExpired:
        say(f"ended after {timeout} s")
        return TIMED_OUT, []
    finally:
        child.end(process)
        if saved:
            termios.tcsetattr(0, termios.TCSADRAIN, saved)


class Lines:
    """Lines of a file that a child writes to, each with a deadline.

    It is a file and not a pipe: a pipe that is full would have the guest wait for the host.
    """

    def __init__(self, file, process):
        self.file, self.process = file, process
        self.offset = 0
        self.pending = b""

    def more(self):
        """Take what has been written since the last time. Returns: whether that is anything."""
        data = os.pread(self.file.fileno(), READ_BYTES, self.offset)
        self.offset += len(data)
        self.pending += data
        return bool(data)

    def read(self, deadline):
        """Return the next line; "" after the last one; None if the deadline passes first."""
        while b"\n" not in self.pending:
            ended = self.process.poll() is not None
            if self.more():
                continue
            if ended:
                line, self.pending = self.pending, b""
                return line.decode(errors="replace")
            if deadline is not None and time.monotonic() >= deadline:
                return None
            time.sleep(POLL_S)
        line, self.pending = self.pending.split(b"\n", 1)
        return (line + b"\n").decode(errors="replace")


def follow(lines, deadline):
    """Show the command's output as it comes. Returns: the transcript; whether time ran out."""
    transcript = Transcript()
    while True:
        line = lines.read(deadline)
        if not line:
            return transcript, line is None and not transcript.finished()
        was_finished = transcript.finished()
        shown = transcript.feed(line)
        if shown is not None:
            print(shown, flush=True)
        if transcript.off:
            return transcript, False
        if transcript.finished() and not was_finished:
            deadline = time.monotonic() + (PANIC_S if transcript.panicked else POWER_OFF_S)


def qemu_errors(text):
    """Return what QEMU complained about."""
    complaint = re.compile(r"qemu[^:]*: (?!warning: )")
    return [line for line in text.splitlines() if complaint.match(line)]


def trouble(transcript, status, text):
    """Return what is wrong with the run, apart from a command that failed; None if nothing is."""
    if qemu_errors(text):
        return "QEMU reported an error"
    if transcript.problem():
        return transcript.problem()
    if status and not transcript.status:
        return f"QEMU ended with status {status}"
    return None


def verdict(transcript, problem):
    """Say what went wrong, with the whole log if it was not the command. Returns: exit status."""
    if problem:
        say(f"{problem}; the whole log:")
        print("\n".join(transcript.log), flush=True)
        return BROKEN
    if transcript.status:
        say(f"the command failed with status {transcript.status}")
        return FAILED
    return 0


def end_status(process, transcript):
    """Return the status QEMU ends with by itself; None if it has to be ended here."""
    try:
        return process.wait(0 if transcript.off else QUIT_S)
    except subprocess.TimeoutExpired:
        return None


def one_command(argv, timeout):
    """Run QEMU for one command; print only that command's output. Returns: exit status; all
    lines that the console printed."""
    deadline = time.monotonic() + timeout if timeout else None
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile("w+") as stderr:
        process = child.start(argv, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
        try:
            transcript, timed_out = follow(Lines(stdout, process), deadline)
            status = end_status(process, transcript)
        finally:
            child.end(process)
        stderr.seek(0)
        text = "".join(line for line in stderr if ENDED_HERE not in line)
    sys.stderr.write(text)
    if timed_out:
        verdict(transcript, f"it took longer than {timeout} s")
        return TIMED_OUT, transcript.log
    return verdict(transcript, trouble(transcript, status, text)), transcript.log
