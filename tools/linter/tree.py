# SPDX-License-Identifier: MIT
# tools/linter/tree.py - the files to lint.
"""Knows which files there are, and which of them are C, assembly, shell and so on."""

import pathlib
import subprocess

KERNEL = ("boot", "kernel", "mm", "sched", "sync", "user")
# Programs that stay as others wrote them, so that their figures can be compared.
BORROWED = ("user/bench/kbench.c", "user/bench/tiny.c")
SKIPPED = {".git", "build", "__pycache__", ".pytest_cache"}


class Tree:
    """The files under `root`: all of them, or only those in `names` (paths from the root)."""

    def __init__(self, root, names=None):
        self.root = pathlib.Path(root)
        self.names = sorted(names if names is not None else self.walk())

    def walk(self):
        """Return the paths of all files, but for what is built."""
        paths = (path for path in self.root.rglob("*") if path.is_file())
        relative = (path.relative_to(self.root) for path in paths)
        return [str(path) for path in relative if not SKIPPED & set(path.parts)]

    def changed(self):
        """Return the tree of only the files that differ from git's last commit."""
        git = ["git", "-C", str(self.root)]
        listing = subprocess.run(
            git + ["status", "--porcelain", "--untracked-files=all", "--no-renames"],
            capture_output=True, text=True, check=True,
        ).stdout
        differ = {line[3:].strip('"') for line in listing.splitlines()}
        return Tree(self.root, differ & set(self.names))

    def text(self, name):
        """Return a file's text."""
        return (self.root / name).read_text(errors="replace")

    def ending(self, *suffixes):
        """Return the names that end in one of `suffixes`."""
        return [name for name in self.names if name.endswith(suffixes)]

    def kernel(self, *suffixes):
        """Return those of them that are in the kernel's or the programs' folders."""
        names = [name for name in self.ending(*suffixes) if name.split("/")[0] in KERNEL]
        return [name for name in names if name not in BORROWED]

    def model(self, *suffixes):
        """Return those of them that are the timing model's."""
        return [name for name in self.ending(*suffixes) if name.startswith("tools/model/")]

    def scripts(self, *shells):
        """Return the names of files whose first line names one of `shells`."""
        found = []
        for name in self.names:
            first = self.text(name).split("\n", 1)[0]
            if first.startswith("#!") and first.split("/")[-1].split()[-1] in shells:
                found.append(name)
        return found
