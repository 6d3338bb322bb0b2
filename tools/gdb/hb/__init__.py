# SPDX-License-Identifier: MIT
# tools/gdb/hb/__init__.py - what the command `hb` of gdb is made of.
"""machine and waits read the kernel's structures, unwind walks stacks, commands print."""
