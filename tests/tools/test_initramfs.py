# SPDX-License-Identifier: MIT
# tests/tools/test_initramfs.py - tools/initramfs, with cpio as the judge of what it packs.
"""Needs no kernel."""

import os
import pathlib
import stat
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = 4096


def pack(*arguments, output):
    """Run tools/initramfs. Returns: what it did."""
    argv = [ROOT / "tools/initramfs", "-o", output, *map(str, arguments)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def extract(archive, folder):
    """Unpack `archive` into `folder` with cpio, which must find nothing to say about it."""
    folder.mkdir()
    argv = ["cpio", "--quiet", "-i", "-d", "-m", "--no-absolute-filenames"]
    with archive.open("rb") as stream:
        done = subprocess.run(argv, stdin=stream, cwd=folder, capture_output=True, text=True,
                              check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.fixture(name="tree")
def made_tree(tmp_path):
    """A folder to add, and a program."""
    (tmp_path / "add/etc/deep").mkdir(parents=True)
    (tmp_path / "add/etc/motd").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "add/etc/deep/empty").write_bytes(b"")
    (tmp_path / "add/etc/link").symlink_to("motd")
    (tmp_path / "prog").write_bytes(b"#!/bin/sh\n")
    (tmp_path / "prog").chmod(0o750)
    return tmp_path


def packed(tree, *more):
    """Pack the tree. Returns: the archive's path."""
    output = tree / "out.cpio"
    done = pack("--add", tree / "add", "--add", tree / "prog", *more, output=output)
    assert done.returncode == 0, done.stderr
    return output


def test_cpio_extracts_what_was_packed(tree):
    """A file lands in bin with its mode, a folder's contents at the root, links stay links."""
    archive = packed(tree, "--dir", "tmp=1777", "--link", "bin/sh=prog")
    out = extract(archive, tree / "out")
    assert (out / "etc/motd").read_bytes() == (tree / "add/etc/motd").read_bytes()
    assert (out / "etc/deep/empty").read_bytes() == b""
    assert os.readlink(out / "etc/link") == "motd"
    assert os.readlink(out / "bin/sh") == "prog"
    assert stat.S_IMODE((out / "bin/prog").stat().st_mode) == 0o750
    assert stat.S_IMODE((out / "tmp").stat().st_mode) == 0o1777


def test_an_addition_replaces(tree):
    """A program that is added takes the place of a file or link of the same name."""
    (tree / "other").write_bytes(b"other")
    for given in (f"--file=bin/prog={tree / 'other'}", "--link=bin/prog=sh"):
        archive = packed(tree, given)
        out = extract(archive, tree / f"out{given[2]}")
        assert (out / "bin/prog").read_bytes() == (tree / "prog").read_bytes()
        assert not (out / "bin/prog").is_symlink()


def test_data_begins_on_a_page(tree):
    """All data that there is begins at a multiple of 4096, whatever comes before."""
    for i in range(40):
        (tree / f"add/{'n' * (i + 1)}").write_bytes(b"data%04d" % i + b"x" * (i * 701))
    archive = packed(tree).read_bytes()
    for i in range(40):
        assert archive.index(b"data%04d" % i + b"x" * (i * 701)) % PAGE == 0
    assert archive.index((tree / "prog").read_bytes()) % PAGE == 0
    assert len(archive) % PAGE == 0


def test_names_stay_short_enough(tree):
    """No name with its padding is longer than 4096 bytes, which Linux would pass over."""
    (tree / ("add/" + "n" * 200)).write_bytes(b"data")
    archive = packed(tree).read_bytes()
    sizes = [int(archive[at + 94 : at + 102], 16) for at in headers(archive)]
    assert max(sizes) <= 4096


def headers(archive):
    """Return where the headers are."""
    found, at = [], 0
    while archive[at : at + 6] == b"070701":
        found.append(at)
        data = -(-(at + 110 + int(archive[at + 94 : at + 102], 16)) // 4) * 4
        at = -(-(data + int(archive[at + 54 : at + 62], 16)) // 4) * 4
    return found


def test_the_same_again(tree):
    """Two archives of the same files are the same, whatever their dates."""
    first = packed(tree).read_bytes()
    os.utime(tree / "prog", (1, 1))
    assert packed(tree).read_bytes() == first


@pytest.mark.parametrize(
    "arguments, text",
    [
        (["--add", "nowhere"], "no such file or directory"),
        (["--file", "x"], "is not DEST=SOMETHING"),
        (["--file", "x=nowhere"], "no such file"),
        (["--dir", "x=9"], "not an octal number"),
        (["--dir", "../x"], "not a place"),
        (["--link", "bin/other=x", "--link", "bin/other=y"], "both"),
        (["--dir", "bin/prog"], "both"),
        (["--add", "twin/prog"], "both"),
    ],
)
def test_mistakes_are_named(tree, arguments, text):
    """What cannot be packed is an error that says what is wrong; nothing is written."""
    output = tree / "none.cpio"
    (tree / "twin").mkdir()
    (tree / "twin/prog").write_bytes(b"")
    words = [word.replace("twin", str(tree / "twin")) for word in arguments]
    done = pack("--add", tree / "prog", *words, output=output)
    assert done.returncode == 2
    assert text in done.stderr
    assert not output.exists()
