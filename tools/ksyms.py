#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# tools/ksyms.py - turn `llvm-nm --numeric-sort` lines into the kernel's own symbol table.
"""Reads symbols on standard input, writes an assembler file on standard output.

Section .ksyms then holds, for every text symbol in order of address:
    ksyms_count      u32, how many there are
    ksyms_addresses  u32 each, offset of the symbol from __text_start
    ksyms_names      u32 each, offset of its name in ksyms_strings
    ksyms_strings    the names, each ended by NUL
Of several symbols at one address the first in alphabetical order stands for all, so that the table
does not depend on the order in which the linker met them.
"""

import sys


def read_symbols(lines):
    """Return {address: name} of the text symbols and the address of __text_start (None: absent)."""
    symbols, start = {}, None
    for line in lines:
        address, kind, name = line.split()
        if name == "__text_start":
            start = int(address, 16)
        elif kind in "tTwW" and not name.startswith((".L", "$", "__text_")):
            value = int(address, 16)
            symbols[value] = min(name, symbols.get(value, name))
    return symbols, start


def table(name, words):
    """Return the lines of one u32 table."""
    return [f"    .globl {name}", f"{name}:"] + [f"    .word {word}" for word in words]


def assembler(symbols, start):
    """Return the whole file as one string."""
    addresses = sorted(a for a in symbols if start is not None and a >= start)
    names = [symbols[a] for a in addresses]
    offsets, end = [], 0
    for name in names:
        offsets.append(end)
        end += len(name) + 1
    lines = ['    .section .ksyms, "a", @progbits', "    .balign 4"]
    lines += table("ksyms_count", [len(names)])
    lines += table("ksyms_addresses", [a - start for a in addresses])
    lines += table("ksyms_names", offsets)
    lines += ["    .globl ksyms_strings", "ksyms_strings:"]
    lines += [f'    .asciz "{name}"' for name in names]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(assembler(*read_symbols(sys.stdin)))
