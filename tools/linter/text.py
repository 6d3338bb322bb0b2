# SPDX-License-Identifier: MIT
# tools/linter/text.py - checks that need only the lines of a file.
"""First lines, literal offsets in assembly, memory orders left to their default, long lines."""

import re

LICENCE = "SPDX-License-Identifier: MIT"
HEADED = (".c", ".h", ".S", ".inc", ".ld", ".py", ".mk", ".toml")
WIDTH = 100
OFFSET = re.compile(r"(?<![\w)*+] )(?<![\w)*+])(-?(?:0x[0-9a-fA-F]+|[0-9]+))\([a-z]\w*\)")
DEFAULT_ORDER = re.compile(
    r"\batomic_(load|store|exchange|fetch_\w+?|compare_exchange_\w+?|flag_\w+?)(?<!_explicit)\("
)
DRIVERS = ("kernel/drivers/", "tools/model/payload/")
VOLATILE = re.compile(r"\bvolatile\b(?!\s*\()")


def headed(tree):
    """Return the files that must start with the licence and their path."""
    scripts = set(tree.scripts("bash", "sh", "python3"))
    return [name for name in tree.names if name.endswith(HEADED) or name in scripts]


def check_headers(tree):
    """Report files that do not start with the licence, then `path - what it is`."""
    problems = []
    for name in headed(tree):
        lines = [line for line in tree.text(name).splitlines()[:3] if not line.startswith("#!")]
        if LICENCE not in "".join(lines[:1]):
            problems.append(f"{name}:1: the first line is not {LICENCE}")
        elif f" {name} - " not in "".join(lines[1:2]):
            problems.append(f"{name}:2: the second line is not `{name} - what it is`")
    return problems


def without_comments(line):
    """Return the line without a `//` comment."""
    return line.split("//", 1)[0]


def matches(tree, names, pattern, message):
    """Report the lines of `names` in which `pattern` is found outside a comment."""
    problems = []
    for name in names:
        for number, line in enumerate(tree.text(name).splitlines(), 1):
            match = pattern.search(without_comments(line))
            if match:
                problems.append(f"{name}:{number}: {message}: {match[0].strip()}")
    return problems


def check_assembly(tree):
    """Report literal offsets other than 0, and assembly outside boot/ and kernel/riscv/."""
    names = tree.kernel(".S", ".inc")
    problems = [
        problem
        for problem in matches(tree, names, OFFSET, "literal offset; take it from offsets.c")
        if not re.search(r": -?0\(", problem)
    ]
    outside = [name for name in names if not name.startswith(("boot/", "kernel/riscv/"))]
    return problems + [f"{name}:1: assembly belongs in boot/ or kernel/riscv/" for name in outside]


def check_atomics(tree):
    """Report atomic accesses without an explicit order, and `volatile` on anything but an asm.

    A device's registers are the exception, and they are the drivers' business (DRIVERS).
    """
    names = [*tree.kernel(".c", ".h"), *tree.model(".c", ".h")]
    shared = [name for name in names if not name.startswith(DRIVERS)]
    return matches(tree, names, DEFAULT_ORDER, "name the memory order") + matches(
        tree, shared, VOLATILE, "use <stdatomic.h>, not volatile"
    )


def check_width(tree):
    """Report lines that are too long, where clang-format does not see to it."""
    problems = []
    makefiles = [name for name in tree.names if name.split("/")[-1] == "Makefile"]
    for name in sorted({*tree.ending(".py", ".mk"), *tree.scripts("bash", "python3"), *makefiles}):
        for number, line in enumerate(tree.text(name).splitlines(), 1):
            if len(line) > WIDTH:
                problems.append(f"{name}:{number}: longer than {WIDTH} columns")
    return problems
