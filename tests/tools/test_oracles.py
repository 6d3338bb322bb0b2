# SPDX-License-Identifier: MIT
# tests/tools/test_oracles.py - what is read in damaged executables and archives, and by others.
"""The kernel's readers of ELF and cpio, against readelf and cpio, on files damaged by chance.

Each file is a sound one with one or two changes, always the same ones. What the two say has to
agree, but for the differences that are meant, which are listed here with their reasons.
"""

import os
import random
import re
import stat
import subprocess
import time

import pytest
from harness import ROOT
from launcher.settings import LLVM_FOUND as LLVM

FILES = 400
PAGE = 4096
USER_END = 0x4000000000
HEAD_BYTES = 2048
SEGMENTS_MAX = 16
CFLAGS = ["-std=gnu17", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
          "-Itests/host/shim", "-I.", "-DCONFIG_DEBUG=1", "-DCONFIG_TEST=1", "-DCONFIG_HOST=1",
          f"-DHEAD_BYTES={HEAD_BYTES}", f"-DUSER_END={USER_END:#x}UL"]
# A mistake in each reader, as a control: where, what is there, what comes instead.
PLANTS = {
    "elf": ("elf.c", "segment->filesz <= segment->memsz && ", ""),
    "elf-fields": ("elf.c", "image->nr++;", "image->segment[image->nr++].flags &= 6;"),
    "cpio": ("cpio.c", "digit <= 'f'", "digit <= 'z'"),
    "cpio-fields": ("cpio.c", "entry->uid = field[UID]", "entry->uid = field[GID]"),
}


def made_reader(folder, plant=None):
    """Compile read_image with the kernel's sources, one of them changed. Returns: its path."""
    sources = {name: ROOT / "kernel/base" / name for name in ("elf.c", "cpio.c")}
    if plant is not None:
        name, old, new = PLANTS[plant]
        text = sources[name].read_text()
        assert text.count(old) == 1
        sources[name] = folder / name
        sources[name].write_text(text.replace(old, new))
    program = folder / "read_image"
    argv = [f"clang{LLVM}", *CFLAGS, "tests/tools/read_image.c", *sources.values(), "-o", program]
    subprocess.run(argv, cwd=ROOT, check=True)
    return program


def readings(program, kind, paths):
    """Return what the kernel's reader says of each file, as a list of lists of lines."""
    out = subprocess.run([program, kind, *paths], capture_output=True, text=True, check=True).stdout
    return [part.splitlines()[1:] for part in re.split(r"^file ", out, flags=re.MULTILINE)[1:]]


def written(folder, files):
    """Write each of `files`. Returns: their paths."""
    paths = [folder / f"{i:04}" for i in range(len(files))]
    for path, data in zip(paths, files):
        path.write_bytes(data)
    return paths


def oracle(argv, stdin):
    """Run an oracle. Returns: what it printed, and what it had to say about it."""
    env = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    done = subprocess.run(argv, input=stdin, capture_output=True, check=False, env=env)
    said = done.stderr.decode("latin1").splitlines()
    return done.stdout.decode("latin1"), said or ["fails"] * (done.returncode != 0)


# ---- Executables -------------------------------------------------------------------------------

HEADER_FIELDS = [(16, 2), (18, 2), (20, 4), (24, 8), (32, 8), (48, 4), (52, 2), (54, 2), (56, 2)]
SEGMENT_FIELDS = [(0, 4), (4, 4), (8, 8), (16, 8), (24, 8), (32, 8), (40, 8), (48, 8)]
SEGMENTS_AT, SEGMENT_BYTES, SEGMENTS_CHANGED = 64, 56, 5
# What readelf finds wrong and does not matter to who only loads: there is no dynamic linking, and
# what is not PT_LOAD or PT_INTERP is not looked at. Linux takes all of these, too.
NO_MATTER = re.compile(r"PHDR segment|dynamic|DT_|not located in any PT_LOAD segment")
SEGMENT_LINE = re.compile(r"^  (\S+) +" + r"0x([0-9a-f]+) +" * 5 + r"([R ][W ][E ]) ", re.MULTILINE)


def linked(folder, name, *flags):
    """Link a small RISC-V program. Returns: it, without the table of sections."""
    source = "int data = 1, zeros[9999]; void _start(void); void _start(void) { zeros[data]++; }"
    argv = [f"clang{LLVM}", "--target=riscv64", "-mno-relax", "-x", "c", "-", "-nostdlib",
            "-fuse-ld=lld", *flags, "-o", folder / name]
    subprocess.run(argv, input=source, text=True, check=True)
    data = bytearray((folder / name).read_bytes())
    data[40:48] = bytes(8)
    data[58:64] = bytes(6)
    return bytes(data)


def changed_executable(data, chance):
    """Return `data` with one or two changes in its headers, or cut off."""
    data = bytearray(data)
    if chance.randrange(20) == 0:
        return bytes(data[:chance.randrange(1, len(data))])
    for _ in range(chance.randint(1, 2)):
        at, size = chance.choice(HEADER_FIELDS)
        if chance.randrange(3) != 0:
            at, size = chance.choice(SEGMENT_FIELDS)
            at += SEGMENTS_AT + SEGMENT_BYTES * chance.randrange(SEGMENTS_CHANGED)
        old = int.from_bytes(data[at:at + size], "little")
        new = chance.choice([0, 1, 2, 3, 7, old + 1, old - 1, old + PAGE, old - PAGE, 2 * old,
                             USER_END, -1, old ^ 1 << chance.randrange(8 * size)])
        data[at:at + size] = (new % 2 ** (8 * size)).to_bytes(size, "little")
    return bytes(data)


def field(listing, name):
    """Return what readelf lists under `name`, "" if it does not."""
    found = re.search(rf"^ +{name}: +(.*)$", listing, re.MULTILINE)
    return found[1] if found else ""


def segments(listing):
    """Return the segments that readelf lists: type, offset, vaddr, filesz, memsz, flags."""
    bits = {"R": 4, "W": 2, "E": 1, " ": 0}
    return [(kind, int(offset, 16), int(vaddr, 16), int(filesz, 16), int(memsz, 16),
             sum(bits[c] for c in flags))
            for kind, offset, vaddr, _, filesz, memsz, flags in SEGMENT_LINE.findall(listing)]


def is_ours(listing):
    """Is it, as readelf reads it, of this machine's kind, and read whole by the kernel?"""
    count = int(field(listing, "Number of program headers").split()[0] or 0)
    start = int(field(listing, "Start of program headers").split()[0] or 0)
    return (field(listing, "Class") == "ELF64" and "little" in field(listing, "Data")
            and field(listing, "Type").split()[0] in ("EXEC", "DYN")
            and field(listing, "Machine") == "RISC-V"
            and field(listing, "Size of program headers").startswith(f"{SEGMENT_BYTES} ")
            and start + count * SEGMENT_BYTES <= HEAD_BYTES)


def can_be_mapped(loaded, size):
    """Can the segments be mapped, one behind the other, from a file of `size` bytes?"""
    end = 0
    for _, offset, vaddr, filesz, memsz, _ in loaded:
        if (filesz > memsz or offset + filesz > size or offset % PAGE != vaddr % PAGE
                or vaddr >= USER_END or vaddr + memsz > USER_END or vaddr // PAGE * PAGE < end):
            return False
        end = -(-(vaddr + memsz) // PAGE) * PAGE
    return 0 < len(loaded) <= SEGMENTS_MAX


def expected_of_executable(path):
    """Return what the kernel should read in a file, by readelf's reading of it."""
    argv = ["readelf", "--file-header", "--program-headers", "--wide", path]
    listing, said = oracle(argv, None)
    if any(not NO_MATTER.search(line) for line in said) or not is_ours(listing):
        return ["refused"]
    found = segments(listing)
    loaded = [s for s in found if s[0] == "LOAD" and s[3] | s[4] != 0]
    if any(s[0] == "INTERP" for s in found) or not can_be_mapped(loaded, path.stat().st_size):
        return ["refused"]
    kind = field(listing, "Type").split()[0].lower()
    entry = int(field(listing, "Entry point address"), 16)
    return [f"{kind} {entry:x}", *(" ".join(f"{x:x}" for x in s[1:]) for s in loaded)]


def read_low_flags(lines):
    """Return the lines with the flags that mean something: the lowest three bits."""
    return [f"{line[:line.rindex(' ')]} {int(line.split()[4], 16) & 7:x}"
            if line.count(" ") == 4 else line for line in lines]


def executables_that_differ(program, folder):
    """Return the files of which the kernel and readelf say different things; how many are taken."""
    chance = random.Random(1)
    sound = [linked(folder, "exec", "-static"),
             linked(folder, "pie", "-fPIE", "-Wl,-pie,--no-dynamic-linker")]
    files = sound + [changed_executable(chance.choice(sound), chance) for _ in range(FILES)]
    paths = written(folder, files)
    read = readings(program, "elf", paths)
    assert len(read) == len(paths)
    differ = [(path.name, lines) for path, lines in zip(paths, read)
              if read_low_flags(lines) != expected_of_executable(path)]
    return differ, sum(lines != ["refused"] for lines in read)


def test_an_executable_is_read_as_readelf_does(tmp_path):
    """What is taken and what is refused, and the segments."""
    differ, taken = executables_that_differ(made_reader(tmp_path), tmp_path)
    assert differ == []
    assert FILES // 5 < taken < FILES * 4 // 5


@pytest.mark.parametrize("plant", ["elf", "elf-fields"])
def test_a_mistake_in_the_reader_of_executables_is_seen(tmp_path, plant):
    differ, _ = executables_that_differ(made_reader(tmp_path, plant), tmp_path)
    assert differ != []


# ---- Archives ----------------------------------------------------------------------------------

MAGIC, NAME_AT, NAME_BYTES_AT = b"070701", 110, 94
TRAILER = b"TRAILER!!!\0"
LINE = re.compile(r"(.)(.{9}) +(\d+) (\d+) +(\d+) +(\d+|\d+, +\d+) (... .. .....) (.*)")
# What cpio complains about and the kernel takes: an archive needs no trailer (a machine may be
# given one that was cut there), and zeros between entries mean nothing. So does Linux.
TAKEN_ALL_THE_SAME = re.compile(r"premature end of file|skipped \d+ bytes? of junk")


def made_archive(folder):
    """Return an archive by cpio of files, links and folders."""
    tree = folder / "tree"
    (tree / "folder").mkdir(parents=True)
    (tree / "file").write_bytes(b"hello")
    (tree / "empty").write_bytes(b"")
    (tree / "link").symlink_to("file")
    os.link(tree / "file", tree / "other")
    names = "\n".join(sorted(path.name for path in tree.iterdir()))
    argv = ["cpio", "--quiet", "-o", "-H", "newc", "--reproducible"]
    return subprocess.run(argv, input=names.encode(), cwd=tree, capture_output=True,
                          check=True).stdout


def changed_number(data, chance):
    """Put another number, or none, into a field of a header."""
    head = chance.choice([m.start() for m in re.finditer(MAGIC, data)])
    at = head + len(MAGIC) + 8 * chance.randrange(13)
    numbers = [b"00000000", b"ffffffff", b"FFFFFFFF", b"0000000g", b" 0000001", b"0x000001",
               b"+0000001", b"%08x" % chance.randrange(64), b"%08X" % chance.randrange(2**32)]
    data[at:at + 8] = chance.choice(numbers)


def changed_archive(data, chance):
    """Return `data` with one or two changes. None brings in the end of a line, which cpio's list
    could not be told from the end of a name."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(1, len(data))
        kind = chance.randrange(6)
        if kind == 0 and data[at:]:
            data[at] = chance.choice([byte for byte in range(256) if byte != ord("\n")])
        elif kind == 1:
            del data[at:at + chance.choice([1, 2, 4, 8, NAME_AT])]
        elif kind == 2:
            data[at:at] = bytes(chance.choice([1, 2, 4, 512]))
        elif kind == 3:
            return bytes(data[:at])
        elif data.count(MAGIC) > 0:
            changed_number(data, chance)
    return bytes(data)


def date(mtime):
    """Return the two forms in which cpio may list a time: of this year, of another."""
    return [time.strftime(form, time.gmtime(mtime)) for form in ("%b %e %H:%M", "%b %e  %Y")]


def listed(entry):
    """Return the kernel's entry as cpio would list it, in both forms of the date."""
    numbers, _, name = entry.rpartition(" ")
    mode, nlink, uid, gid, size, mtime, major, minor = numbers.split()
    mode = int(mode, 8)
    what = f"{major},{minor}" if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else size
    name = bytes.fromhex(name).decode("latin1")
    return [(stat.filemode(mode), nlink, uid, gid, what, when, name) for when in date(int(mtime))]


def lines_of(listing):
    """Return cpio's list as tuples like listed()'s; of a link, not where it leads."""
    found = []
    for line in listing.split("\n")[:-1]:
        kind, rights, nlink, uid, gid, what, when, name = LINE.fullmatch(line).groups()
        name = name.split(" -> ")[0] if kind == "l" else name
        found.append((kind + rights, nlink, uid, gid, what.replace(" ", ""), when, name))
    return found


def is_beginning(entries, lines):
    """Are `entries` the first of cpio's `lines`?"""
    return len(entries) <= len(lines) and all(
        line in listed(entry) for entry, line in zip(entries, lines))


def is_list(entries, lines, data):
    """Is it the same list? The kernel goes on behind the trailer. Without one, its list may have
    another entry: one that is whole, but for the zeros behind it."""
    more = len(entries) - len(lines)
    return is_beginning(entries[:len(lines)], lines) and (
        more == 0 or more > 0 and TRAILER in data or more == 1)


def stricter_rule(data, at):
    """Return the rule that what is at `at` breaks, and that cpio does not have, or None."""
    header = data[at:at + NAME_AT]
    if TRAILER in data[:at]:
        return "behind a trailer is nothing, or another archive"
    if header[:6] == MAGIC and re.search(rb"[ \0]", header):
        return "a number has eight digits: none is a blank or a 0 that ends it"
    if data[at + NAME_AT:].startswith(TRAILER) and int(header[54:62], 16) > len(data):
        return "a trailer's data are in the archive, too"
    size = int(header[NAME_BYTES_AT:NAME_BYTES_AT + 8], 16)
    if data[at + NAME_AT + size - 1] != 0:
        return "a name ends with a 0"
    return None


def difference(data, lines):
    """Return what is wrong with the kernel's reading of an archive by cpio's, or None."""
    *entries, end = lines
    listing, said = oracle(["cpio", "-itvn", "--quiet", "-H", "newc"], data)
    if all(TAKEN_ALL_THE_SAME.search(line) for line in said):
        theirs = lines_of(listing)
        if end == "end":
            return None if is_list(entries, theirs, data) else "list"
        if not is_beginning(entries, theirs):
            return "beginning of the list"
        return None if said or stricter_rule(data, int(end.split()[1])) else "refused"
    return None if end.startswith("refused") else f"taken, though {said}"


def archives_that_differ(program, folder):
    """Return the archives of which the kernel and cpio say different things; how many are taken."""
    chance = random.Random(2)
    sound = made_archive(folder)
    files = [sound, sound + sound] + [changed_archive(sound, chance) for _ in range(FILES)]
    read = readings(program, "cpio", written(folder, files))
    assert len(read) == len(files)
    differ = [(i, why) for i, (data, lines) in enumerate(zip(files, read))
              if (why := difference(data, lines)) is not None]
    return differ, sum(lines[-1] == "end" for lines in read)


def test_an_archive_is_read_as_cpio_does(tmp_path):
    """What is taken and what is refused, and the list."""
    differ, taken = archives_that_differ(made_reader(tmp_path), tmp_path)
    assert differ == []
    assert FILES // 5 < taken < FILES * 4 // 5


@pytest.mark.parametrize("plant", ["cpio", "cpio-fields"])
def test_a_mistake_in_the_reader_of_archives_is_seen(tmp_path, plant):
    differ, _ = archives_that_differ(made_reader(tmp_path, plant), tmp_path)
    assert differ != []
