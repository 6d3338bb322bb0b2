# SPDX-License-Identifier: MIT
# tools/linter/programs.py - checks that other programs make.
"""clang-format, clang-tidy and shellcheck. clang-tidy is slow: what it has passed once it is not
asked again until the file, a header that it includes, or .clang-tidy changes."""

import concurrent.futures
import hashlib
import os
import pathlib
import re
import shlex
import subprocess

from launcher.settings import LLVM_FOUND as LLVM
from linter.tree import BORROWED

# Versions of clang-format lay out macros differently; the sources are as this one has them.
FORMAT_LLVM = "-16"
SOURCE_FOLDERS = (
    "boot/", "kernel/", "mm/", "sched/", "sync/", "user/", "tests/host/", "tools/model/"
)
# Whose flags the files in a folder are compiled with, by the first that fits.
FLAGS_OF = {
    "tests/": "host", "tools/model/payload/": "payload", "tools/model/": "model", "user/": "user",
}


def run(argv, root):
    """Run a program. Returns: None if it is content, else what it printed."""
    done = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else (done.stdout + done.stderr).strip()


def sources(tree, *suffixes):
    """Return the C files of the kernel, the programs, the host tests and the timing model."""
    names = [name for name in tree.ending(*suffixes) if name.startswith(SOURCE_FOLDERS)]
    return [name for name in names if name not in BORROWED]


def check_format(tree):
    """Report C files that clang-format would lay out differently."""
    names = sources(tree, ".c", ".h")
    wrong = names and run([f"clang-format{LLVM}", "--dry-run", "-Werror", *names], tree.root)
    return wrong.splitlines() if wrong else []


def check_shell(tree):
    """Report what shellcheck finds."""
    names = tree.scripts("bash", "sh")
    wrong = names and run(["shellcheck", "--format=gcc", *names], tree.root)
    return wrong.splitlines() if wrong else []


def compile_flags(root, kind):
    """Return the flags that the Makefile compiles with; see FLAGS_OF."""
    argv = ["make", "--no-print-directory", "-s", f"{kind}-flags"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    text = subprocess.run(argv, cwd=root, env=clean, capture_output=True, text=True, check=True)
    return shlex.split(text.stdout)


def passed_stamp(root, name, flags):
    """Return the file that exists if clang-tidy has passed exactly this; None: do not cache."""
    argv = [f"clang{LLVM}", *flags, "-MM", "-MF", "-", name]
    listing = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)
    if listing.returncode != 0:
        return None
    digest = hashlib.sha256(shlex.join(flags).encode())
    names = listing.stdout.replace("\\\n", " ").split(":", 1)[1].split()
    for needed in [*names, ".clang-tidy"]:
        digest.update((pathlib.Path(root) / needed).read_bytes())
    stamp = f"{pathlib.Path(name).name}.{digest.hexdigest()[:16]}"
    return pathlib.Path(root) / "build/lint" / stamp


def diagnostics(text, root):
    """Return [error line and the notes below it] for each error in clang-tidy's output."""
    found = []
    for line in text.replace(f"{root}/", "").splitlines():
        line = line.removeprefix("./")
        if re.match(r"\S+:\d+:\d+: error: ", line):
            found.append(line)
        elif found and re.match(r"\S+:\d+:\d+: note: ", line):
            found[-1] += "\n    " + line
    return found or [text]


def tidy(root, name, flags):
    """Return what clang-tidy says of one file, None if nothing."""
    stamp = passed_stamp(root, name, flags)
    if stamp and stamp.exists():
        return None
    wrong = run([f"clang-tidy{LLVM}", "--quiet", name, "--", *flags], root)
    if wrong is None and stamp:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
    return wrong


def kind_of(name):
    """Return whose flags a C file is compiled with."""
    return next((kind for folder, kind in FLAGS_OF.items() if name.startswith(folder)), "kernel")


def check_tidy(tree, flags_of=compile_flags):
    """Report what clang-tidy finds in .c files, and through them in headers."""
    names = sources(tree, ".c")
    flags = {kind: flags_of(tree.root, kind) for kind in set(map(kind_of, names))}

    def one(name):
        return tidy(tree.root, name, flags[kind_of(name)])

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outputs = [wrong for wrong in pool.map(one, names) if wrong]
    # An error in a header comes once for each file that includes it.
    return list(dict.fromkeys(d for text in outputs for d in diagnostics(text, tree.root)))
