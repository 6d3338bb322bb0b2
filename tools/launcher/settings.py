# SPDX-License-Identifier: MIT
# tools/launcher/settings.py - every variable of a run: its default, its values, its check.
"""The table VARIABLES is also what `make help` prints, so a variable is described once, here."""

import pathlib
import re
import shutil

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_HARTS = 64
MAX_SEED = 2**64 - 1
QUANTUM_US = (10, 10_000_000)


class BadSetting(Exception):
    """A value that is refused; the message names the allowed ones."""


def policies():
    """Return the names SCHED may take: each .c file of sched/ is one policy."""
    return sorted(path.stem for path in (ROOT / "sched").glob("*.c"))


def locks():
    """Return the names LOCK may take: each SPIN(name) of sync/spin/all.def is one lock."""
    lines = (ROOT / "sync/spin/all.def").read_text().splitlines()
    return [m[1] for m in map(re.compile(r"SPIN\((\w+)\)").match, lines) if m]


def one_of(values, later=()):
    """Return a check that a value is one of values(); those in `later` are refused by name."""

    def check(name, value):
        if value in later:
            allowed = " ".join(values())
            raise BadSetting(f"{name}={value} comes later; until then {name} is one of: {allowed}")
        if value not in values():
            raise BadSetting(f"{name}={value} is not one of: {' '.join(values())}")

    return check


def integer(low, high):
    """Return a check that a value is a decimal number in low..high."""

    def check(name, value):
        if not re.fullmatch(r"[0-9]{1,20}", value) or not low <= int(value) <= high:
            raise BadSetting(f"{name}={value} is not a whole number in {low}..{high}")

    return check


def program(name, value):
    """Check that the value is a program that can be run."""
    if not shutil.which(value):
        raise BadSetting(f"{name}={value} is not an executable program; tools/setup installs QEMU")


def one_line(name, value):
    """Check that the value fits on the kernel's command line."""
    if any(ord(c) < 32 or ord(c) > 126 for c in value):
        raise BadSetting(f"{name} must be one line of printable ASCII characters")


def words(name, value):
    """Check APPEND: words for the kernel, of which none may start the command."""
    one_line(name, value)
    if any(word.startswith("cmd=") for word in value.split()):
        raise BadSetting(f"{name} may not hold cmd=...; give the command as CMD='...'")


def anything(name, value):
    """Check nothing: the value goes to QEMU or the tools as given, and they judge it."""


def fixed(*values):
    """Return a function that returns `values`."""
    return lambda: list(values)


# name: (default, allowed values for a reader, check)
VARIABLES = {
    "SMP": ("4", f"harts, 1..{MAX_HARTS}", integer(1, MAX_HARTS)),
    "MEM": ("256M", "memory, QEMU's -m", anything),
    "MACHINE": ("virt", "QEMU's -M, options after a comma included", anything),
    "CPU": ("rv64", "QEMU's -cpu, options after a comma included", anything),
    "BUILD": ("release", None, one_of(fixed("release", "debug"))),
    "SCHED": ("rr", None, one_of(policies)),
    "QUEUES": ("global", None, one_of(fixed("global"), later=("perhart", "steal"))),
    "QUANTUM": ("10000", f"microseconds, {QUANTUM_US[0]}..{QUANTUM_US[1]}", integer(*QUANTUM_US)),
    "LOCK": ("ticket", None, one_of(locks)),
    "LOCKWAIT": ("auto", None, one_of(fixed("queue", "try", "auto"))),
    "TIMING": ("host", None, one_of(fixed("host", "count"), later=("model", "explore"))),
    "SEED": ("1", f"0..{MAX_SEED}", integer(0, MAX_SEED)),
    "QEMU": ("qemu-system-riscv64", "the QEMU to run", program),
    "QEMUFLAGS": ("", "more flags for QEMU", one_line),
    "APPEND": ("", "more words for the kernel's bootargs", words),
    "CMD": ("", "one command line to run instead of the prompt", one_line),
    "TIMEOUT": ("0", "end it after so many seconds; 0 is never", integer(0, 10**6)),
    "LLVM": ("-16", "suffix of the LLVM tools", anything),
}
CHOICES = {
    "BUILD": fixed("release", "debug"),
    "SCHED": policies,
    "QUEUES": fixed("global"),
    "LOCK": locks,
    "LOCKWAIT": fixed("queue", "try", "auto"),
    "TIMING": fixed("host", "count"),
}


def default(name, settings):
    """Return the default of a variable; SMP's is 1 where only one hart is possible."""
    if name == "SMP" and (settings.get("TIMING") == "count" or settings.get("LOCK") == "null"):
        return "1"
    return VARIABLES[name][0]


def check_together(settings):
    """Check what each variable alone does not show."""
    if settings["SMP"] == "1":
        return
    if settings["TIMING"] == "count":
        raise BadSetting(f"SMP={settings['SMP']} with TIMING=count: counting allows only SMP=1")
    if settings["LOCK"] == "null":
        raise BadSetting(f"SMP={settings['SMP']} with LOCK=null: no lock allows only SMP=1")


def resolve(given):
    """Return every variable's value: what is given (empty counts as not given) or its default.

    Raises BadSetting for the first value that is refused.
    """
    given = {name: value.strip() for name, value in given.items() if value.strip()}
    settings = {name: given.get(name, default(name, given)) for name in VARIABLES}
    for name, (_, _, check) in VARIABLES.items():
        check(name, settings[name])
    settings["SMP"] = str(int(settings["SMP"]))
    check_together(settings)
    return settings


def help_lines():
    """Return one line a variable: name, default, allowed values."""
    lines = []
    for name, (value, text, _) in VARIABLES.items():
        allowed = text or " | ".join(CHOICES[name]())
        lines.append(f"  {name:<10}{value or '(empty)':<21}{allowed}")
    return lines
