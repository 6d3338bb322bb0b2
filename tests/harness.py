# SPDX-License-Identifier: MIT
# tests/harness.py - runs make and the launcher as a user would, in a clean environment.
"""Everything here runs the real programs; nothing imports the launcher but for its tables."""

import contextlib
import fcntl
import functools
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import time
from typing import NamedTuple

from launcher import command
from launcher.settings import LLVM_FOUND, VARIABLES, resolve

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCES = ["Makefile", "config.mk", "boot", "kernel", "mm", "sched", "sync", "tools",
           "tests", "user"]
# Generous: the machine that runs the tests may be slow and busy.
TIMEOUT_S = 300


class Run(NamedTuple):
    """How a program ended and what it printed."""

    status: int
    out: str
    err: str


def environment():
    """Return this environment without the variables of make and of the launcher."""
    ours = {*VARIABLES, "UPDATE", "SEEDS", "JOBS", "V", "MFLAGS"}
    return {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("MAKE")}


def hang_up(session):
    """End a pexpect session as a terminal that goes away does, and wait until it has ended: its own
    close() gives what it ends a tenth of a second, which on a busy host is not always enough."""
    deadline = time.monotonic() + TIMEOUT_S
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session.pid, signal.SIGHUP)
    while session.isalive():
        assert time.monotonic() < deadline, "it does not end"
        time.sleep(0.02)
    session.close()


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
            shutil.copy2(path, folder / source)
    return folder


def copy_built(folder, *kinds):
    """Copy the source and what it has been built to, for tests that change a part: the programs,
    and a kernel of each kind. Returns: the folder."""
    build_user()
    images = [build(kind) for kind in kinds]
    copy_source(folder)
    for built in [ROOT / "build/user", *(image.parent for image in images)]:
        shutil.copytree(built, folder / "build" / built.name, symlinks=True)
    return folder


def make_in(folder, *arguments):
    """Run make in a copy; it must succeed."""
    done = run(["make", *arguments], cwd=folder)
    assert done.status == 0, done.out + done.err
    return done


def make_alone(what, *targets, **values):
    """Run make, which must succeed, while no other process makes the same."""
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    with open(folder / f".{what}.lock", "w", encoding="ascii") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        done = make(*targets, **values)
    assert done.status == 0, done.out + done.err


@functools.cache
def build_model():
    """Build the timing model, once a process and one process at a time."""
    make_alone("model", "model")


@functools.cache
def build_user():
    """Build the programs, once a process and one process at a time."""
    make_alone("user", "-j2", "user")


@functools.cache
def build(kind="release", lock="ticket", llvm=LLVM_FOUND):
    """Build a kernel, once a process and one process at a time. Returns: the image's path."""
    variant = {"BUILD": kind, "LOCK": lock, "LLVM": llvm}
    image = command.image(resolve(variant))
    make_alone(image.parent.name, "-j2", "kernel", **variant)
    return image


def build_for(values):
    """Build what the launcher needs with these variables: the kernel, the timing model, and the
    programs."""
    if values.get("TIMING", "host") != "host":
        build_model()
    if values.get("INIT", VARIABLES["INIT"][0]) == "user":
        build_user()
    names = {"BUILD": "kind", "LOCK": "lock", "LLVM": "llvm"}
    build(**{names[name]: value for name, value in values.items() if name in names})


def boot(line, timeout=TIMEOUT_S, **values):
    """Run one command line in the kernel through the launcher; time is the host's, if not said
    otherwise, for benches too, and what runs first the kernel's prompt."""
    values = {"TIMING": "host", "INIT": "kernel", **values}
    build_for(values)
    argv = ["tools/run", f"CMD={line}", f"TIMEOUT={timeout}", *variables(values)]
    return run(argv, timeout + 30)


def boot_ok(line, **values):
    """Run one command line that must succeed. Returns: its output."""
    done = boot(line, **values)
    assert done.status == 0, f"status {done.status}\n{done.out}\n{done.err}"
    return done.out


def qemu_command(line, **values):
    """Return QEMU's command line for one command, for tests that change it."""
    values = {"INIT": "kernel", **values}
    build_for(values)
    done = run(["tools/run", "--print", *variables({"CMD": line, **values})])
    assert done.status == 0, done.err
    return shlex.split(done.out)


def hart_ids(output):
    """Return the hart ids in the output of `harts`, in the order of the cpus; all are online."""
    rows = [line.split() for line in output.splitlines()[1:]]
    assert [row[0] for row in rows] == [str(cpu) for cpu in range(len(rows))], output
    assert {row[2] for row in rows} <= {"busy", "idle"}, output
    return [int(row[1]) for row in rows]


def results(output):
    """Return the records of the RESULT lines in a command's output."""
    lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
    return [json.loads(line.removeprefix("RESULT ")) for line in lines]
