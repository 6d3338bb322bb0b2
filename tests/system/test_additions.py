# SPDX-License-Identifier: MIT
# tests/system/test_additions.py - README on adding a policy or a lock, done to the letter.
"""Each section's example goes into a copy of the source, in the steps that the section names and
no others, and the section's own commands are run there."""

import re
import shlex

import pytest
from harness import ROOT, copy_built, make_in, results, run

HOST_TESTS = [f"build/host/{kind}/spin_test.passed" for kind in ("asan", "tsan")]


def section(title):
    """Return the text of a section of README."""
    return (ROOT / "README.md").read_text().split(f"\n## {title}\n")[1].split("\n## ")[0]


def add(text, folder):
    """Do what a section says: save its code, and add the line that it names, if it does."""
    (target,) = re.findall(r"Save it as\s+`(\S+)`", text)
    (code,) = re.findall(r"^```c\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (folder / target).write_text(code)
    for line, listing in re.findall(r"add the line `(\S+)` to\s+`(\S+)`", text):
        with open(folder / listing, "a", encoding="ascii") as file:
            file.write(line + "\n")


def commands(text):
    """Return the make command lines of a section, without their comments."""
    lines = re.findall(r"^    make (.*)$", text, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


@pytest.fixture(name="policy", scope="module")
def fixture_policy(tmp_path_factory):
    """Return a copy of the source with README's policy added."""
    folder = copy_built(tmp_path_factory.mktemp("policy") / "source", "release", "debug")
    add(section("Add a policy"), folder)
    return folder


@pytest.fixture(name="lock", scope="module")
def fixture_lock(tmp_path_factory):
    """Return a copy of the source with README's lock added."""
    folder = copy_built(tmp_path_factory.mktemp("lock") / "source", "release")
    add(section("Add a lock"), folder)
    return folder


def test_sections_have_commands():
    """The control of the parser: both sections run stress, and it sees the host tests."""
    policy, lock = commands(section("Add a policy")), commands(section("Add a lock"))
    assert ["qemu", "SMP=4", "SCHED=toy", "CMD=stress"] in policy
    assert ["qemu", "SMP=4", "LOCK=toy", "CMD=stress"] in lock
    assert ["host-tests"] in lock


@pytest.mark.xdist_group("policy")
@pytest.mark.parametrize("words", commands(section("Add a policy")), ids=" ".join)
def test_policy(policy, words):
    output = make_in(policy, "-j2", *words).out
    assert {record["sched"] for record in results(output)} <= {"toy"}


@pytest.mark.xdist_group("lock")
@pytest.mark.parametrize("words", commands(section("Add a lock")), ids=" ".join)
def test_lock(lock, words):
    """Of the host tests only those are run that the lock is in."""
    targets = HOST_TESTS if words == ["host-tests"] else words
    output = make_in(lock, "-j2", *targets).out
    if any("bench locks" in word for word in words):
        assert "toy" in {record["lock"] for record in results(output)}


@pytest.mark.xdist_group("lock")
def test_a_wrong_lock_is_convicted(lock):
    """The control: let the lock admit everybody, and what was run above must fail."""
    header = lock / "sync/spin/toy.h"
    good = header.read_text()
    header.write_text(good.replace("memory_order_acquire) == 0;", "memory_order_acquire) <= 1;"))
    assert header.read_text() != good
    for words, verdict in ((["qemu", "CMD=bench locks locks=toy"], "violat"),
                           (HOST_TESTS[:1], "host asan spin_test FAILED")):
        done = run(["make", "-j2", *words], cwd=lock)
        assert done.status != 0 and verdict in done.out, done.out + done.err
    header.write_text(good)
