# SPDX-License-Identifier: MIT
# tools/linter/layers.py - a file includes its own layer's folder or a lower layer.
"""The table is the one of docs/architecture.md. Folders on one line of it share a layer; mm and
sched have the same height and are two layers, so that neither includes the other."""

import re

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')

# path: (height, layer); a file belongs to the longest path that starts its own.
LAYERS = {
    "kernel/abi": (0, "abi"),
    "kernel/base": (1, "base"),
    # The queue nodes that struct hart_state holds for the locks: plain data over kernel/base.
    "sync/spin/node.h": (1, "node"),
    "kernel/riscv": (2, "riscv"),
    # It tells assembly about structures of any layer, and nothing includes it.
    "kernel/riscv/offsets.c": (11, "offsets"),
    "sync": (3, "spin"),
    "sync/spin": (3, "spin"),
    "spin_all.h": (3, "spin"),  # generated: it includes every lock of sync/spin
    "mm": (4, "mm"),
    "sched": (4, "sched"),
    "kernel": (5, "kernel"),
    "kernel/drivers": (5, "kernel"),
    "sync/block": (6, "block"),
    "mm/user": (7, "mm/user"),
    "kernel/fs": (8, "fs"),
    "kernel/proc": (9, "proc"),
    "boot": (11, "boot"),
}
TESTS = 10
# What a freestanding compiler brings with it.
SYSTEM = {
    "float.h", "iso646.h", "limits.h", "stdalign.h", "stdarg.h", "stdatomic.h", "stdbool.h",
    "stddef.h", "stdint.h", "stdnoreturn.h",
}
GENERATED = {"offsets.h", "vdso_offsets.h"}


def layer(name):
    """Return (height, layer) of a file, or None if it is in no layer's folder."""
    parts = name.split("/")
    if {"test", "bench", "workload"} & set(parts):
        return TESTS, "/".join(parts[:-1])
    for length in range(len(parts), 0, -1):
        if "/".join(parts[:length]) in LAYERS:
            return LAYERS["/".join(parts[:length])]
    return None


def fault(name, quote, target):
    """Return what is wrong with `name` including `target`, or None."""
    if quote == "<" and name.startswith("user/"):
        return None
    if quote == "<":
        return None if target in SYSTEM else f"<{target}> is not a freestanding header"
    if target in GENERATED:
        return None if name.endswith((".S", ".inc")) else f"{target} is for assembly only"
    if name.startswith("user/"):
        allowed = target.startswith(("user/", "kernel/abi/"))
        return None if allowed else f"user/ sees user/ and kernel/abi/ only, not {target}"
    here, there = layer(name), layer(target)
    if there is None:
        return f"{target} is not a path from the root, in a layer's folder"
    below = there[0] < here[0] or there == here or (here[1], there[1]) == ("node", "base")
    if below:
        return None
    return f"layer {here[1]} may not include {target} of layer {there[1]}"


def check(tree):
    """Report every include that leads upward or sideways."""
    problems = []
    for name in tree.kernel(".c", ".h", ".S", ".inc"):
        for number, line in enumerate(tree.text(name).splitlines(), 1):
            match = INCLUDE.match(line)
            wrong = match and fault(name, *match.groups())
            if wrong:
                problems.append(f"{name}:{number}: {wrong}")
    return problems
