# SPDX-License-Identifier: MIT
# tools/launcher/translations.py - what CHECK=translations has found, in words and with names.
"""The plugin writes one JSON object, see tools/model/checker_report.h. Without a mistake there is
none."""

import contextlib
import json
import os
import pathlib
import tempfile

SIZES = ("4 KiB", "2 MiB", "1 GiB")
BITS = "VRWXUGAD"
KERNEL_HALF = 1 << 63


def plugin_arguments(image):
    """Return what the plugin has to know of an image to tell its threads apart."""
    # Here, so that a host without python3-pyelftools boots all that checks nothing.
    from launcher import objects

    return f"current={objects.member_offset(image, 'processor', 'current')}"


@contextlib.contextmanager
def report(run):
    """Yield the name of a file for the report, "" if nothing is checked; it goes at the end."""
    if run["CHECK"] != "translations":
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="hartbeat-") as folder:
        yield os.path.join(folder, "report")


def entry_in_words(entry):
    """Return an entry of a page table as its page's number and its bits."""
    bits = "".join(name if entry >> i & 1 else "-" for i, name in enumerate(BITS))
    return f"{entry >> 10 << 12 & (1 << 56) - 1:#x} {bits}"


class Code:
    """Names the places in the kernel's code."""

    def __init__(self, image, pcs):
        from launcher import functions, objects

        known = objects.Image(image)
        self.chains = functions.chains(known, image, [pc for pc in pcs if pc >= KERNEL_HALF])

    def name(self, pc):
        """Return an address of code as a reader wants it."""
        if pc not in self.chains:
            return f"pc {pc:#x} (a program's)"
        inside = " in ".join(frame.function for frame in self.chains[pc])
        innermost = self.chains[pc][0]
        return f"pc {pc:#x}, {inside} ({innermost.file}:{innermost.line})"


def who_changed(found, code):
    """Return who made the page table say something else."""
    change = found["changed"]
    if found["reused"]:
        return "the ASID was another table's before"
    if change is None:
        return "it is not known who changed the entry"
    own = "the same thread" if change["thread"] == found["thread"] else "another thread"
    return f"changed by hart {change['hart']}, {own}, at {code.name(change['pc'])}"


def in_words(found, image):
    """Return the lines that say what was found."""
    changed = found["changed"]
    code = Code(image, [found["pc"], *([changed["pc"]] if changed else [])])
    mode = "user" if found["user"] else "supervisor"
    asid = "all ASIDs" if found["global"] else f"ASID {found['asid']}"
    kind = f"a {SIZES[found['level']]} entry"
    return [
        f"hart {found['hart']} could still use an old translation, at cycle {found['cycle']}:",
        f"  {mode} {found['use']} of {found['va']:#x} under {asid}",
        f"  at {code.name(found['pc'])}",
        f"  {kind} was  {entry_in_words(found['old'])}",
        f"  the table says {entry_in_words(found['now'])}",
        f"  {who_changed(found, code)}; no sfence.vma of this hart covers it since",
    ]


def findings(path, image):
    """Return what was found as lines; none if nothing was."""
    file = pathlib.Path(path)
    if not path or not file.exists():
        return []
    return in_words(json.loads(file.read_text(encoding="utf-8")), image)
