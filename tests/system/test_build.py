# SPDX-License-Identifier: MIT
# tests/system/test_build.py - what is built depends on the source alone, and quickly.
"""Reproducible images, rebuilds, the segments of the image, the targets of make."""

import os
import re
import time

import pytest
from harness import build, copy_built, copy_source, make, make_in, run
from launcher.settings import LLVM_FOUND


@pytest.fixture(name="built")
def fixture_built(tmp_path):
    """Return a folder with a copy of the source and all that it is built to."""
    return copy_built(tmp_path / "source", "release")


def test_same_source_gives_the_same_image(tmp_path):
    """In a folder of another name. Of a release build, test_another_compiler_… says it."""
    (tmp_path / "another").mkdir()
    folder = copy_source(tmp_path / "another/longer")
    make_in(folder, "-j3", "kernel", "BUILD=debug")
    image = folder / "build/debug-ticket/hartbeat"
    assert image.read_bytes() == build("debug").read_bytes()


def test_nothing_is_built_twice_and_a_rebuild_is_quick(built):
    image = built / "build/release-ticket/hartbeat"
    before = image.stat().st_mtime_ns
    assert make_in(built).out == ""
    assert image.stat().st_mtime_ns == before

    os.utime(built / "kernel/base/format.h")
    started = time.monotonic()
    assert "kernel/base/format.c" in make_in(built, "-j2").out
    assert time.monotonic() - started < 60  # under 3 s on an idle machine; this one may be busy


def test_a_new_file_and_a_removed_one_are_noticed(built):
    extra = built / "kernel/extra.c"
    extra.write_text("int extra(void);\nint extra(void)\n{\n    return 1;\n}\n")
    assert "kernel/extra.c" in make_in(built).out
    extra.unlink()
    assert "LD" in make_in(built).out


def test_another_compiler_makes_everything_anew_and_the_same(built):
    """Folders are named without the LLVM that tools/llvm finds, and that may change. As it has not
    changed really, the image does not either, in a folder of another name."""
    variant = built / "build/release-ticket"
    (variant / "llvm").write_text("-another\n")
    made = re.findall(r"^  (?:CC|AS) +(\S+)$", make_in(built, "-j3").out, re.MULTILINE)
    objects = (variant / "objects").read_text().split()
    assert sorted(f"build/release-ticket/{name}.o" for name in made) == sorted(objects)
    assert (variant / "hartbeat").read_bytes() == build().read_bytes()
    assert make_in(built).out == ""


def test_a_warning_is_an_error(built):
    (built / "kernel/extra.c").write_text("static int unused;\n")
    done = run(["make"], cwd=built)
    assert done.status != 0 and "unused" in done.err, done.err


def test_an_unlocked_access_is_an_error(built):
    """The control of the thread-safety annotations: they are checked by every compilation."""
    (built / "kernel/extra.c").write_text(
        '#include "sync/spinlock.h"\n'
        "void locked(struct spinlock *l) REQUIRES(*l);\n"
        "void unlocked(struct spinlock *l);\n"
        "void unlocked(struct spinlock *l)\n{\n    locked(l);\n}\n"
    )
    done = run(["make"], cwd=built)
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


def test_verbose_make_prints_the_commands(built):
    os.utime(built / "kernel/base/format.c")
    assert f"clang{LLVM_FOUND} " in make_in(built, "V=1").out


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
