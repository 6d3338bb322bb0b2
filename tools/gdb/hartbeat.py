# SPDX-License-Identifier: MIT
# tools/gdb/hartbeat.py - teaches gdb the kernel's threads; `make qemu-gdb` has gdb source it.
"""Adds the command `hb`, and a backtrace that goes on below a trap. Runs in gdb's own Python.

Everything is read from the stopped machine and nothing is written to it.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from hb import commands, unwind  # noqa: E402  (it has to be found first)

unwind.register()
commands.register()
