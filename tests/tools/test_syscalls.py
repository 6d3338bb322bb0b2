# SPDX-License-Identifier: MIT
# tests/tools/test_syscalls.py - docs/syscalls.md lists the system calls that there are.
"""Needs no kernel."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def defined(text):
    """Return the calls of kernel/abi/syscalls.def: names by number."""
    line = r"^SYSCALL(?:_FULL|_ANEW)?\((\d+), (\w+)\)"
    return {int(n): name for n, name in re.findall(line, text, re.MULTILINE)}


def numbers_of(cell):
    """Return the numbers of a first cell such as `17, 34–37`."""
    numbers = []
    for part in cell.split(","):
        first, _, last = part.strip().partition("–")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def listed(text):
    """Return the calls of the tables of a page, name and number paired in order; those that there
    are by what the third column has."""
    calls = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) >= 4 and re.fullmatch(r"[\d, –]+", cells[0]):
            names = [name.strip(" `") for name in cells[1].split(",")]
            numbers = numbers_of(cells[0])
            assert len(names) == len(numbers), line
            calls |= dict(zip(numbers, names))
    return calls


def differences(page, definitions):
    """Return what the page does not say, or says of what is not there."""
    calls, there_are = listed(page), defined(definitions)
    missing = [f"{n} {name} is not on the page" for n, name in there_are.items()
               if calls.get(n) != name]
    absent = [line for line in page.splitlines() if "`ENOSYS`" in line]
    extra = [f"{n} {name} is not there" for n, name in calls.items()
             if n not in there_are and not any(name in line for line in absent)]
    return missing + extra


def page():
    """Return the page."""
    return (ROOT / "docs/syscalls.md").read_text()


def definitions():
    """Return the list."""
    return (ROOT / "kernel/abi/syscalls.def").read_text()


def test_the_page_lists_the_calls():
    """Each call by its number and name; and none that is not there, unless it says so."""
    assert differences(page(), definitions()) == []


def test_controls():
    """The control: a call too many or too few on either side, and a wrong name, are seen."""
    assert differences(page(), definitions() + "SYSCALL(511, fancy)\n")
    assert differences(page(), definitions().replace("SYSCALL(221, execve)\n", "").replace(
        "SYSCALL_FULL(221, execve)\n", ""))
    assert differences(page().replace("| 172, 173, 178 |", "| 172, 178, 173 |"), definitions())
