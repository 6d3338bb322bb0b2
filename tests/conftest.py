# SPDX-License-Identifier: MIT
# tests/conftest.py - fixtures that several tests share.
"""A stand-in for QEMU, changed device trees, a way to see whether a process still runs; and the
order of the tests: of several workers none may be left alone with a long test at the end."""

import os
import re
import stat
import textwrap
import time

import pytest
from harness import qemu_command, run

# What takes longest goes first; what is not named goes last, as it comes. Where a file has short
# tests too, some word of the long ones' names.
LONG = [
    "test_user_bombs.py", "test_translations.py::test_the_suites", "test_user_matrix.py",
    "test_kernel.py", "test_compilers.py", "test_additions.py", "test_model_sched.py",
    "test_build.py", "test_figures.py", "test_matrix.py", "test_gdb.py", "test_uboot.py",
    "test_user_inject.py", "test_translations.py", "test_programs.py::test_utest", "test_model.py",
    "test_profile.py", "test_harts.py", "test_races.py", "test_plant.py", "test_prompt.py",
    "test_machines.py", "test_why.py", "test_threads.py",
]

FAKE = """\
#!/usr/bin/python3
import os, sys, time
if "--version" in sys.argv:
    print("QEMU emulator version 0.0.0")
    sys.exit(0)
def out(text):
    sys.stdout.write(text)
    sys.stdout.flush()
"""


def length_rank(item):
    """Return the place in LONG of a test."""
    return next((i for i, words in enumerate(LONG) if words in item.nodeid), len(LONG))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Sort the tests. Those of one file stay together, for its fixtures. Bombs go off one at a
    time: what is tried beside one shall not have several."""
    items.sort(key=length_rank)
    for item in items:
        if "test_user_bombs.py" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("bombs"))


@pytest.fixture
def fake_qemu(tmp_path):
    """Return a function that makes a QEMU out of Python lines and returns its path."""

    def fake(body):
        path = tmp_path / "qemu-fake"
        path.write_text(FAKE + textwrap.dedent(body))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return fake


@pytest.fixture
def device_tree(tmp_path):
    """Return a function that changes the device tree of the machine with these variables.

    Each edit is a regular expression that is found in the source and what replaces it, once. The
    function returns the variables, with the new tree among them.
    """

    def changed(machine, *edits):
        blob, source = tmp_path / "machine.dtb", tmp_path / "machine.dts"
        argv = qemu_command("help", **machine)
        argv[argv.index("-M") + 1] += f",dumpdtb={blob}"
        assert run(argv).status == 0
        text = run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(blob)]).out
        for pattern, new in edits:
            text, count = re.subn(pattern, new, text, count=1, flags=re.DOTALL)
            assert count == 1, pattern
        source.write_text(text)
        assert run(["dtc", "-q", "-O", "dtb", "-o", str(blob), str(source)]).status == 0
        return {**machine, "QEMUFLAGS": f"-dtb {blob}"}

    return changed


def is_running(pid):
    """Return whether a process exists and is not merely waiting to be collected."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def ends():
    """Return a function that waits until a process has ended; kills it if it does not."""

    def wait(pid, seconds=120):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not is_running(pid):
                return True
            time.sleep(0.05)
        os.kill(pid, 9)
        return False

    return wait
