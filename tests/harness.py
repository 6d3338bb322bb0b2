# SPDX-License-Identifier: MIT
# tests/harness.py - runs make and the launcher as a user would, in a clean environment.
"""Everything here runs the real programs; nothing imports the launcher but for its tables."""

import fcntl
import functools
import json
import os
import pathlib
import shlex
import shutil
import subprocess
from typing import NamedTuple

from launcher.settings import VARIABLES

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCES = ["Makefile", "config.mk", "boot", "kernel", "mm", "sched", "sync", "tools", "tests"]
# Generous: the machine that runs the tests may be slow and busy.
TIMEOUT_S = 300


class Run(NamedTuple):
    """How a program ended and what it printed."""

    status: int
    out: str
    err: str


def environment():
    """Return this environment without the variables of make and of the launcher."""
    ours = {*VARIABLES, "UPDATE", "V", "MFLAGS"}
    return {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("MAKE")}


def run(argv, timeout=TIMEOUT_S, **options):
    """Run a program to its end."""
    options = {"cwd": ROOT, "env": environment(), "stdin": subprocess.DEVNULL, **options}
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=timeout, check=False, **options
    )
    return Run(done.returncode, done.stdout, done.stderr)


def variables(values):
    """Return {"SMP": 4} as ["SMP=4"]."""
    return [f"{name}={value}" for name, value in values.items()]


def make(*targets, timeout=TIMEOUT_S, **values):
    """Run make with variables on its command line."""
    return run(["make", "--no-print-directory", *targets, *variables(values)], timeout)


def copy_source(folder):
    """Copy what a build needs into a new folder, for tests that change it. Returns: the folder."""
    folder.mkdir()
    for source in SOURCES:
        path = ROOT / source
        if path.is_dir():
            shutil.copytree(path, folder / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, folder / source)
    return folder


def make_in(folder, *arguments):
    """Run make in a copy; it must succeed."""
    done = run(["make", *arguments], cwd=folder)
    assert done.status == 0, done.out + done.err
    return done


@functools.cache
def build(kind="release", lock="ticket"):
    """Build a kernel, once a process and one process at a time. Returns: the image's path."""
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    with open(folder / f".{kind}-{lock}.lock", "w", encoding="ascii") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        done = make("-j2", "kernel", BUILD=kind, LOCK=lock)
    assert done.status == 0, done.out + done.err
    return folder / f"{kind}-{lock}" / "hartbeat"


def boot(command, timeout=TIMEOUT_S, **values):
    """Run one command line in the kernel through the launcher."""
    build(values.get("BUILD", "release"), values.get("LOCK", "ticket"))
    argv = ["tools/run", f"CMD={command}", f"TIMEOUT={timeout}", *variables(values)]
    return run(argv, timeout + 30)


def boot_ok(command, **values):
    """Run one command line that must succeed. Returns: its output."""
    done = boot(command, **values)
    assert done.status == 0, f"status {done.status}\n{done.out}\n{done.err}"
    return done.out


def qemu_command(command, **values):
    """Return QEMU's command line for one command, for tests that change it."""
    build(values.get("BUILD", "release"), values.get("LOCK", "ticket"))
    done = run(["tools/run", "--print", *variables({"CMD": command, **values})])
    assert done.status == 0, done.err
    return shlex.split(done.out)


def results(output):
    """Return the records of the RESULT lines in a command's output."""
    lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
    return [json.loads(line.removeprefix("RESULT ")) for line in lines]
