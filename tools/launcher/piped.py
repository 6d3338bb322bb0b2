# SPDX-License-Identifier: MIT
# tools/launcher/piped.py - runs QEMU for a prompt whose keys come from a file or a pipe.
"""A serial line is not a pipe: firmware drops what arrives before the kernel has the line, and it
has no end. So nothing is sent before the kernel's first line, and after the end of the input comes
Ctrl-D, again and again, since each program that reads is to find the end."""

import os
import select
import subprocess
import sys
import time

from launcher import child

READY = b"Hartbeat: "  # what the kernel's first line begins with
END_OF_INPUT = b"\x04"
END_EVERY_S = 0.5
POLL_S = 0.1
CHUNK_BYTES = 1 << 14


class Keys:
    """What is typed: standard input, and then its end."""

    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        self.pending = b""
        self.last = b"\n"
        self.ended = False
        self.next_end = 0.0

    def take(self):
        """Take what can be read from standard input now."""
        if self.ended or self.pending or not select.select([self.source], [], [], 0)[0]:
            return
        self.pending = os.read(self.source, CHUNK_BYTES)
        self.ended = not self.pending
        self.last = self.pending[-1:] or self.last

    def end(self):
        """At the end: press Ctrl-D from time to time, first on a line of its own."""
        if self.ended and not self.pending and time.monotonic() >= self.next_end:
            self.pending = END_OF_INPUT if self.last == b"\n" else b"\n"
            self.last = b"\n"
            self.next_end = time.monotonic() + END_EVERY_S

    def send(self):
        """Send as much as QEMU takes now."""
        try:
            self.pending = self.pending[os.write(self.sink, self.pending):]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self.pending = b""

    def pump(self):
        """Move on by a step."""
        self.take()
        self.end()
        if self.pending:
            self.send()


class Screen:
    """What is printed, up to its end."""

    def __init__(self, source):
        self.source = source
        self.seen = b""
        self.ready = False
        self.ended = False

    def pump(self):
        """Print what comes within a moment."""
        if not select.select([self.source], [], [], POLL_S)[0]:
            return
        data = os.read(self.source, CHUNK_BYTES)
        self.ended = not data
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        if not self.ready:
            self.seen += data
            self.ready = READY in self.seen


def run(argv, deadline):
    """Run QEMU. Returns: its exit status, None if the deadline passed first."""
    process = child.start(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    os.set_blocking(process.stdin.fileno(), False)
    keys = Keys(sys.stdin.fileno(), process.stdin.fileno())
    screen = Screen(process.stdout.fileno())
    try:
        while not screen.ended and (deadline is None or time.monotonic() < deadline):
            screen.pump()
            if screen.ready:
                keys.pump()
        return process.wait() if screen.ended else None
    finally:
        child.end(process)
