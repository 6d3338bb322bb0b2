# SPDX-License-Identifier: MIT
# tests/tools/test_defects.py - each known defect of other kernels that applies here has its test.
"""The numbers are those of the project's list of defects; a test carries its number in its name."""

import re

import pytest
from harness import ROOT

NUMBERS = [*range(1, 13), 15, *range(20, 25), *range(26, 30), *range(31, 35), 40, 41, 43, 44, 48,
           50, 51, 52]


def numbers_in(text):
    """Return the numbers in the names of the tests in a source: KTEST(d05_...), test_d20_..."""
    names = re.findall(r"^(?:KTEST\(|def test_|static void test_)((?:d\d\d_)+)", text, re.MULTILINE)
    titles = re.findall(r'^KTEST\(\w+,\s+"((?:D-\d\d(?:, )?)+)', text, re.MULTILINE)
    return {int(number) for name in names + titles for number in re.findall(r"\d\d", name)}


def test_numbers_are_read_from_names_and_titles():
    assert numbers_in('KTEST(d05_x, "x")\ndef test_d23_d24_y():\nKTEST(z,\n  "D-08, D-11: z")') == {
        5, 8, 11, 23, 24}


@pytest.fixture(scope="module", name="tested")
def fixture_tested():
    """Return the numbers of all defects that a test is named after."""
    patterns = ("*/test/*.c", "*/*/test/*.c", "tests/host/*.c", "tests/system/*.py")
    sources = [path for pattern in patterns for path in ROOT.glob(pattern)]
    return set().union(*(numbers_in(source.read_text()) for source in sources))


@pytest.mark.parametrize("number", NUMBERS)
def test_defect_has_its_test(tested, number):
    assert number in tested, f"no test is named after D-{number:02}"
