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
# The timing model runs on the host; of the kernel it knows only how the two talk. The guest that
# tries it (payload/) is a kernel of its own.
MODEL = "tools/model/"
MODEL_GUEST = "tools/model/payload/"
MODEL_INTERFACE = "kernel/abi/model.h"


def layer(name):
    """Return (height, layer) of a file, or None if it is in no layer's folder."""
    parts = name.split("/")
    if {"test", "bench", "workload"} & set(parts):
        return TESTS, "/".join(parts[:-1])
    for length in range(len(parts), 0, -1):
        if "/".join(parts[:length]) in LAYERS:
            return LAYERS["/".join(parts[:length])]
    return None


def model_fault(quote, target):
    """Return what is wrong with the timing model including `target`, or None."""
    if quote == "<" or target == MODEL_INTERFACE:
        return None
    own = target.startswith(MODEL) and not target.startswith(MODEL_GUEST)
    return None if own else f"{MODEL} sees itself and {MODEL_INTERFACE} only, not {target}"


def fault(name, quote, target):
    """Return what is wrong with `name` including `target`, or None."""
    if quote == "<" and name.startswith("user/"):
        return None
    if name.startswith(MODEL):
        return model_fault(quote, target)
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
    model = [name for name in tree.model(".c", ".h") if not name.startswith(MODEL_GUEST)]
    for name in [*tree.kernel(".c", ".h", ".S", ".inc"), *model]:
        for number, line in enumerate(tree.text(name).splitlines(), 1):
            match = INCLUDE.match(line)
            wrong = match and fault(name, *match.groups())
            if wrong:
                problems.append(f"{name}:{number}: {wrong}")
    return problems
