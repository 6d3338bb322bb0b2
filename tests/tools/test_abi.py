# SPDX-License-Identifier: MIT
# tests/tools/test_abi.py - the numbers and layouts of kernel/abi are those of Linux's own headers.
"""Needs no kernel, but the cross compiler and its C library, and qemu-riscv64."""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = {
    "fcntl": ["fcntl.h", "unistd.h", "limits.h", "sys/file.h", "sys/uio.h", "linux/fs.h",
              "linux/falloc.h", "linux/close_range.h"],
    "stat": ["sys/stat.h", "linux/stat.h", "linux/magic.h"],
    "dirent": ["dirent.h"],
    "poll": ["poll.h", "sys/select.h"],
    "eventfd": ["sys/eventfd.h"],
    "socket": ["sys/socket.h"],
    "ioctl": ["sys/ioctl.h", "termios.h", "asm/termbits.h"],
}
# What C libraries say otherwise, or nowhere: O_LARGEFILE is 0 where off_t has 64 bits.
OTHER = {"O_LARGEFILE"}
# Our structure and its fields, and Linux's.
LAYOUTS = {
    ("stat", "kstat", "sys/stat.h", "stat"): ["dev", "ino", "mode", "nlink", "uid", "gid", "rdev",
                                              "size", "blksize", "blocks"],
    ("stat", "kstatx", "linux/stat.h", "statx"): ["mask", "nlink", "mode", "ino", "size", "btime",
                                                  "rdev_major", "dev_minor"],
    ("stat", "kstatfs", "sys/statfs.h", "statfs"): ["type", "bsize", "blocks", "bavail", "ffree",
                                                    "namelen", "frsize", "flags"],
    ("poll", "kpollfd", "poll.h", "pollfd"): ["fd", "events", "revents"],
    ("ioctl", "kwinsize", "sys/ioctl.h", "winsize"): [],
    ("ioctl", "ktermios", "asm/termbits.h", "termios"): [],
}


def run(source, folder):
    """Compile and run a program. Returns: what it printed, or None if it cannot be compiled."""
    (folder / "x.c").write_text(source)
    argv = ["riscv64-linux-gnu-gcc", "-w", "-D_GNU_SOURCE", "-static", f"-I{ROOT}",
            folder / "x.c", "-o", folder / "x"]
    if subprocess.run(argv, capture_output=True, check=False).returncode != 0:
        return None
    argv = ["qemu-riscv64", folder / "x"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def values(include, names, folder):
    """Return the values of those macros that `include` has, by name."""
    body = "\n".join(f'#ifdef {n}\nprintf("{n} %ld\\n", (long)({n}));\n#endif' for n in names)
    text = run(f"{include}\n#include <stdio.h>\nint main(void) {{\n{body}\nreturn 0; }}\n", folder)
    return dict(line.split() for line in (text or "").splitlines())


@pytest.mark.parametrize("name", HEADERS)
def test_numbers_are_linuxs(name, tmp_path):
    """Each macro of the header has the value that Linux's headers give it; most are in them."""
    text = (ROOT / f"kernel/abi/{name}.h").read_text()
    names = re.findall(r"^#define (\w+) +\S", text, re.MULTILINE)
    ours = values(f'#include "kernel/abi/{name}.h"', names, tmp_path)
    theirs = {}
    for header in HEADERS[name]:
        theirs = {**values(f"#include <{header}>", names, tmp_path), **theirs}
    common = (set(ours) & set(theirs)) - OTHER
    assert len(common) >= len(ours) * 3 // 4, sorted(set(ours) - set(theirs))
    assert {n: ours[n] for n in common} == {n: theirs[n] for n in common}


def offsets(include, struct, fields, folder):
    """Return the size of a structure and where its fields are."""
    parts = [f"sizeof(struct {struct})", *(f"offsetof(struct {struct}, {f})" for f in fields)]
    body = "".join(f'printf("%zu ", {part});' for part in parts)
    return run(f"{include}\n#include <stddef.h>\n#include <stdio.h>\n"
               f"int main(void) {{ {body} return 0; }}\n", folder)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout[1])
def test_layouts_are_linuxs(layout, tmp_path):
    """Each structure is as large as Linux's, its fields where they are there."""
    name, ours, header, theirs = layout
    fields = LAYOUTS[layout]
    prefix = {"stat": "st_", "statx": "stx_", "statfs": "f_"}.get(theirs, "")
    there = offsets(f"#include <{header}>", theirs, [prefix + f for f in fields], tmp_path)
    assert there is not None
    assert offsets(f'#include "kernel/abi/{name}.h"', ours, fields, tmp_path) == there
