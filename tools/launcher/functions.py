# SPDX-License-Identifier: MIT
# tools/launcher/functions.py - which function an instruction belongs to, through what was inlined.
"""llvm-symbolizer reads the image's DWARF."""

import json
import posixpath
import subprocess
from typing import NamedTuple

from launcher import settings

FIRMWARE = "(firmware)"


class Frame(NamedTuple):
    """A function, and the line of it that the instruction was made from."""

    function: str
    file: str
    line: int


def frames(image, answer, pc):
    """Return the frames of one answer, innermost first.

    The last one is no inlined function, and is called by its symbol: the symbolizer takes any
    label for one.
    """
    found = [
        Frame(f["FunctionName"], posixpath.normpath(f["FileName"]) if f["FileName"] else "",
              f["Line"])
        for f in answer["Symbol"]
    ] or [Frame("", "", 0)]
    return [*found[:-1], found[-1]._replace(function=image.function(pc) or FIRMWARE)]


def chains(image, path, pcs):
    """Return {pc: [Frame, innermost first, then what it is inlined in]}."""
    pcs = sorted(set(pcs))
    if not pcs:
        return {}
    argv = [f"llvm-symbolizer{settings.LLVM_FOUND}", f"--obj={path}", "--output-style=JSON"]
    asked = "".join(f"{pc:#x}\n" for pc in pcs)
    done = subprocess.run(argv, input=asked, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {pc: frames(image, answer, pc) for pc, answer in zip(pcs, answers, strict=True)}
