# SPDX-License-Identifier: MIT
# tools/launcher/transcript.py - finds a command's output and status in what the console prints.
"""A filter over lines; it does no input or output of its own, so that it can be tested alone."""

import re

BEGIN = "%%hartbeat begin%%"
END = re.compile(r"%%hartbeat end (-?\d+)%%$")
OFF = re.compile(r"%%hartbeat off -?\d+%%$")
PANIC = "PANIC: "


class Transcript:
    """Takes console lines in order; knows the whole log, the status, and whether it panicked,
    and whether the guest has stopped without ending the machine."""

    def __init__(self):
        self.log = []
        self.begun = False
        self.panicked = False
        self.off = False
        self.status = None

    def feed(self, line):
        """Take one line. Returns: the line to show, or None."""
        line = line.replace("\r", "").removesuffix("\n")
        self.log.append(line)
        if line.startswith(PANIC):
            self.panicked = True
        if OFF.match(line):
            self.off = True
        if self.off or self.status is not None or self.panicked:
            return None
        if not self.begun:
            self.begun = line == BEGIN
            return None
        match = END.match(line)
        if match:
            self.status = int(match[1])
            return None
        return line

    def finished(self):
        """Return whether the guest has nothing more to say: it should power off now."""
        return self.status is not None or self.panicked

    def problem(self):
        """Return what is wrong with a run that has ended, or None."""
        if self.panicked:
            return "the kernel panicked"
        if not self.begun:
            return "the command never started"
        if self.status is None:
            return "QEMU ended before the command did"
        return None
