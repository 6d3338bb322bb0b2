# SPDX-License-Identifier: MIT
# tools/studies/store.py - keeps what cases have measured, so that a study can be resumed.
"""A file of JSON Lines: the first says what was measured, each other line is a case and its rows.
"""

import hashlib
import json
import os

from launcher import command, host, settings
from studies import bench


class Results:
    """The rows of cases that have run, in a file that belongs to one provenance."""

    def __init__(self, path, provenance):
        """Take up the file if it is of this provenance, else begin it anew."""
        self.path = path
        self.provenance = provenance
        self.rows = {}
        if path.exists():
            old, rows = read(path)
            if same_subject(old, provenance):
                self.provenance, self.rows = old, rows
                return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"provenance": provenance}) + "\n")

    def add(self, case, rows):
        """Keep the rows of a case, on the disk too."""
        self.rows[case.key()] = rows
        with open(self.path, "a", encoding="ascii") as file:
            file.write(line_of(case.key(), rows))

    def write(self, path, keys):
        """Write the cases with these keys, in this order, to another file."""
        lines = [json.dumps({"provenance": self.provenance}) + "\n"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines + [line_of(key, self.rows[key]) for key in keys]))


def line_of(key, rows):
    """Return a case as a line."""
    return json.dumps({"case": key, "rows": rows}) + "\n"


def read(path):
    """Return (the provenance, {case: its rows}) of a file. A line that was cut short is left out:
    its case runs again."""
    first, *rest = path.read_text().splitlines()
    rows = {}
    for line in rest:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        rows[entry["case"]] = entry["rows"]
    return json.loads(first)["provenance"], rows


def same_subject(one, other):
    """Return whether two provenances are of the same kernel, model and QEMU, so that their rows
    are the same."""
    return all(one.get(name) == other[name] for name in ("image", "model", "qemu"))


def digest(paths):
    """Return a short hash of files' contents."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def in_words(found):
    """Return a provenance as a sentence."""
    return (
        f"Revision {found['rev']}, kernel image {found['image']}, model {found['model']}, built "
        f"with LLVM {found['llvm'].lstrip('-')}, on QEMU {found['qemu']}; on a host with "
        f"{found['cores']} cores, which changes nothing but how long it takes."
    )


def provenance():
    """Return what is measured now. The kernel must have been built."""
    chosen = {name: os.environ.get(name, "") for name in ("LLVM", "QEMU")}
    run = settings.resolve(chosen | bench.COMMON)
    model = settings.ROOT / "tools/model"
    sources = [path for kind in ("*.c", "*.h", "*.toml") for path in model.rglob(kind)]
    return {
        "rev": host.revision(settings.ROOT),
        "image": digest([command.image(run)]),
        "model": digest(sources),
        "qemu": host.qemu_version(run["QEMU"]),
        "llvm": run["LLVM"],
        "cores": host.cores(),
    }
