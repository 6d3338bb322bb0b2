# SPDX-License-Identifier: MIT
# tests/system/test_translations.py - CHECK=translations is silent, and loud where a fence lacks.
"""The kernel's test builds leave out a fence that the boot argument `omit=` names. Each of these
has to be found; with the fence, the same run finds nothing."""

import re

import pytest
from harness import boot

# What to leave out: (the tests that show it, more boot arguments, words of the report).
OMISSIONS = {
    "unmap-fence": ("shootdown_unmap", "", ["changed by hart", "hide in table_zap"]),
    "fork-fence": ("shootdown_fork", "", ["changed by hart", "aspace_fork", "store of"]),
    "asid-fence": ("shootdown_processes", " asids=3", ["the ASID was another table's before"]),
    "hart-fence": ("shootdown_protect", "",
                   ["another thread", "aspace_protect", "supervisor store"]),
}
# The kernel's own tests of page tables and what harts remember of them.
SPACES = ("test space_faults space_fenced space_asids space_end space_model space_fork "
          "tlb_rollover tlb_fork_code kernel_map kstack_guard kstack_shrink kstack_fenced")
FOUND = r"hart \d+ could still use an old translation, at cycle \d+"


def check(line, **values):
    """Run a command of the user's shell with the checker on, on a build that may lack fences."""
    values = {"TIMING": "model", "INIT": "user", "BUILD": "test", "SMP": 4, **values}
    return boot(line, CHECK="translations", **values)


@pytest.mark.parametrize("omitted", OMISSIONS)
def test_a_missing_fence_is_found(omitted):
    test, more, words = OMISSIONS[omitted]
    done = check(f"utest {test}", APPEND=f"omit={omitted}{more}")
    assert done.status == 3
    assert re.search(FOUND, done.err), done.err
    assert "no sfence.vma of this hart covers it since" in done.err or omitted == "asid-fence"
    assert all(word in done.err for word in words), done.err


@pytest.mark.parametrize("omitted", OMISSIONS)
def test_its_twin_is_silent(omitted):
    test, more, _ = OMISSIONS[omitted]
    done = check(f"utest {test}", APPEND=f"omit=nothing{more}")
    assert done.status == 0, done.out + done.err
    assert not re.search(FOUND, done.err)


def test_it_is_found_under_explore_and_by_one_hart():
    """The three omissions that need only one hart, in instructions that are blocks of their own."""
    for omitted in ("unmap-fence", "fork-fence", "asid-fence"):
        test, more, words = OMISSIONS[omitted]
        done = check(f"utest {test}", TIMING="explore", SMP=1, APPEND=f"omit={omitted}{more}")
        assert done.status == 3 and re.search(FOUND, done.err), done.err
        assert words[0] in done.err


@pytest.mark.parametrize("line, values", [
    ("utest", {"SMP": 4, "BUILD": "release"}),
    ("utest memory process storm thread shootdown", {"SMP": 2}),
    ("utest memory process storm shootdown", {"SMP": 1}),
    ("utest shootdown race", {"SMP": 4, "APPEND": "asids=0"}),
    ("utest shootdown", {"SMP": 4, "APPEND": "asids=3"}),
    ("hackbench -g 2 -l 20", {"SMP": 4, "BUILD": "release"}),
    (SPACES, {"SMP": 4, "INIT": "kernel"}),
    (SPACES, {"SMP": 1, "INIT": "kernel"}),
])
def test_the_suites_are_silent(line, values):
    done = check(line, **values)
    assert done.status == 0, done.out + done.err
    assert not re.search(FOUND, done.err)


def test_checking_changes_nothing():
    """The clock of one hart is the same to the cycle."""
    line, values = "bench locks harts=1 locks=mcs acquisitions=400", {"SMP": 1, "TIMING": "model"}
    checked = boot(line, CHECK="translations", **values)
    assert checked.status == 0, checked.err
    assert checked.out == boot(line, **values).out


def test_it_takes_the_model():
    done = boot("help", CHECK="translations")
    assert done.status == 2 and "CHECK=translations with TIMING=host" in done.err


@pytest.mark.parametrize("word, allowed", [
    ("omit=unmap-fence", "omit=unmap-fence is not one of: nothing; BUILD=test and debug have more"),
    ("asids=65536", "asids=65536 is not in 0..65535"),
])
def test_a_release_build_has_all_fences(word, allowed):
    done = boot("help", APPEND=word)
    assert done.status == 3 and allowed in done.out + done.err
