# SPDX-License-Identifier: MIT
# tests/system/test_build.py - what is built depends on the source alone, and quickly.
"""Reproducible images, rebuilds, the segments of the image, the targets of make."""

import os
import time

import pytest
from harness import build, copy_source, make, make_in, run
from launcher.settings import LLVM_FOUND

@pytest.fixture(name="copy")
def fixture_copy(tmp_path):
    """Return a function that copies the source into a new folder of the given name."""

    def copy(name):
        return copy_source(tmp_path / name)

    return copy


@pytest.mark.parametrize("kind", ["release", "debug"])
def test_same_source_gives_the_same_image(copy, kind):
    images = []
    for name, jobs in (("one", "-j1"), ("another/longer", "-j4")):
        folder = copy(name.split("/", maxsplit=1)[0])
        make_in(folder, jobs, f"BUILD={kind}")
        images.append((folder / f"build/{kind}-ticket/hartbeat").read_bytes())
    assert images[0] == images[1]


def test_nothing_is_built_twice_and_a_rebuild_is_quick(copy):
    folder = copy("source")
    make_in(folder, "-j4")
    image = folder / "build/release-ticket/hartbeat"
    before = image.stat().st_mtime_ns
    assert make_in(folder).out == ""
    assert image.stat().st_mtime_ns == before

    os.utime(folder / "kernel/base/types.h")
    started = time.monotonic()
    assert "kernel/base/format.c" in make_in(folder, "-j2").out
    assert time.monotonic() - started < 60  # under 3 s on an idle machine; this one may be busy


def test_a_new_file_and_a_removed_one_are_noticed(copy):
    folder = copy("source")
    make_in(folder, "-j4")
    extra = folder / "kernel/extra.c"
    extra.write_text("int extra(void);\nint extra(void)\n{\n    return 1;\n}\n")
    assert "kernel/extra.c" in make_in(folder).out
    extra.unlink()
    assert "LD" in make_in(folder).out


def test_another_compiler_makes_everything_anew(copy):
    """Folders are named without the LLVM that tools/llvm finds, and that may change."""
    folder = copy("source")
    make_in(folder, "-j4")
    (folder / "build/release-ticket/llvm").write_text("-another\n")
    assert "CC      kernel/thread.c" in make_in(folder, "-j2").out
    assert make_in(folder).out == ""


def test_a_warning_is_an_error(copy):
    folder = copy("source")
    (folder / "kernel/extra.c").write_text("static int unused;\n")
    assert run(["make", "-j2"], cwd=folder).status != 0


def test_an_unlocked_access_is_an_error(copy):
    """The control of the thread-safety annotations: they are checked by every compilation."""
    folder = copy("source")
    (folder / "kernel/extra.c").write_text(
        '#include "sync/spinlock.h"\n'
        "void locked(struct spinlock *l) REQUIRES(*l);\n"
        "void unlocked(struct spinlock *l);\n"
        "void unlocked(struct spinlock *l)\n{\n    locked(l);\n}\n"
    )
    done = run(["make", "-j2"], cwd=folder)
    assert done.status != 0
    assert "thread-safety" in done.err


def segments(image):
    """Return the flags of the image's loaded segments, such as `R E`."""
    text = run([f"llvm-readelf{LLVM_FOUND}", "--program-headers", "--wide", str(image)]).out
    return [line[line.rindex("0x", 0, line.rindex("0x")) :].split(None, 1)[1].rsplit(" 0x", 1)[0]
            for line in text.splitlines() if line.lstrip().startswith("LOAD")]


@pytest.mark.parametrize("kind", ["release", "debug"])
def test_no_segment_is_writable_and_executable(kind):
    flags = segments(build(kind))
    assert len(flags) >= 3
    assert not [f for f in flags if "W" in f and "E" in f]


def test_verbose_make_prints_the_commands(copy):
    folder = copy("source")
    assert f"clang{LLVM_FOUND} " in make_in(folder, "-j4", "V=1").out


def test_help_names_every_target_and_variable():
    done = make("help")
    assert done.status == 0
    for word in ("qemu", "bench", "explore", "model", "quick", "test", "soak", "lint", "clean",
                 "host-tests", "format"):
        assert f"  {word} " in done.out
    for word in ("SMP", "MEM", "MACHINE", "CPU", "BUILD", "SCHED", "QUEUES", "QUANTUM", "LOCK",
                 "LOCKWAIT", "TIMING", "MODEL", "LIMIT", "REPORT", "SEEDS", "JOBS", "SEED", "QEMU",
                 "QEMUFLAGS", "APPEND", "CMD", "LLVM", "V"):
        assert f"  {word} " in done.out
