# SPDX-License-Identifier: MIT
# tools/launcher/child.py - QEMU as a child that never outlives the launcher or its parent.
"""Signals that end the launcher end QEMU; so does the death of the launcher or of its parent.

The launcher asks for SIGUSR1 when its parent dies, not for SIGTERM: Linux sends that signal also
when only the thread that started the launcher ends, and then the parent is still the same.
"""

import ctypes
import os
import signal
import subprocess

PR_SET_PDEATHSIG = 1
GRACE_S = 2
LIBC = ctypes.CDLL(None, use_errno=True)


class Ended(BaseException):
    """The launcher was told to end; carries the exit status. Not an Exception: nothing eats it."""

    def __init__(self, status):
        super().__init__(status)
        self.status = status


def die_with_parent(number, parent):
    """Ask for signal `number` at the parent's death; end at once if it is dead already."""
    LIBC.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(128 + signal.SIGTERM)


def install_handlers():
    """Turn the signals that end the launcher, and its parent's death, into Ended."""
    parent = os.getppid()

    def end(number, _frame):
        raise Ended(128 + number)

    def parent_died(_number, _frame):
        if os.getppid() != parent:
            raise Ended(128 + signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    signal.signal(signal.SIGUSR1, parent_died)
    die_with_parent(signal.SIGUSR1, parent)


def start(argv, **streams):
    """Start QEMU; it is killed when the launcher dies, whatever the launcher dies of."""
    parent = os.getpid()
    return subprocess.Popen(
        argv, preexec_fn=lambda: die_with_parent(signal.SIGKILL, parent), **streams
    )


def end(process):
    """End a child that may still be running, kindly first, and collect it."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
