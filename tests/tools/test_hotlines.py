# SPDX-License-Identifier: MIT
# tests/tools/test_hotlines.py - addresses become variables, fields and functions; false sharing.
"""A small program with known layouts stands for the kernel; its linker puts all where it says."""

import subprocess

import pytest
from launcher import functions, hotlines, objects, owners, reports
from launcher.settings import LLVM_FOUND

DATA = 0x80030000
RAM = 0x80100000
LINEAR = 0xFFFFFFC000000000
KSTACK = 0xFFFFFFE000000000
KSTACK_STRIDE = 0x8000
PAGE = 4096

SOURCE = """
typedef unsigned long word;
struct ticket { unsigned owner, next; };
struct mcs { _Atomic(void *) tail; };
union any { struct ticket ticket; struct mcs mcs; };
struct inner { word a; struct { char b; _Atomic short c; } ; };
struct outer {
    union any lock;
    word pad_after_lock;
    struct inner inner[3];
    word grid[2][3];
    const volatile word last;
};
struct outer one;
struct outer many[2];
word scalar;
static _Alignas(64) word hidden[4];
_Alignas(64) word left;
word right;
struct list { struct list *next, *prev; };
struct objcache { word before, object_bytes, stride, first; };
struct slab { struct list link; struct objcache *cache; };
struct thread { word sched; int tid; char name[12]; word state; };
struct other { word x[8]; };
struct list node;
unsigned char bytes[16];
struct objcache thread_cache, oddly_named;
struct thread *newest;
struct other *others[2];

__attribute__((noinline)) word take(word i)
{
    static word inside;
    hidden[i] += ++inside;
    return hidden[i - 1] + scalar;
}
static inline __attribute__((always_inline)) void ticket_lock(struct ticket *l) { l->next++; }
static inline __attribute__((always_inline)) void mcs_lock(struct mcs *l) { l->tail = l; }
__attribute__((noinline)) void turns_ticket(void) { ticket_lock(&one.lock.ticket); }
__attribute__((noinline)) void turns_mcs(void) { mcs_lock(&one.lock.mcs); }
struct slab a_slab;
void _start(void) { turns_ticket(); turns_mcs(); take(scalar); }
"""
# Offsets in the structures above, by the ABI.
INNER, GRID, LAST, OUTER_BYTES = 16, 64, 112, 120


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Return the path of the program, its Image, and its symbols' addresses."""
    folder = tmp_path_factory.mktemp("program")
    source, path = folder / "program.c", folder / "program"
    source.write_text(SOURCE)
    flags = ["--target=riscv64-unknown-elf", "-march=rv64imac", "-mabi=lp64", "-mcmodel=medany",
             "-mno-relax", "-O2", "-g", "-ffreestanding", "-fno-common"]
    subprocess.run([f"clang{LLVM_FOUND}", *flags, "-c", source, "-o", f"{path}.o"], check=True)
    places = ["-Ttext=0x80010000", "-Tdata=0x80020000", f"--section-start=.bss={DATA:#x}"]
    subprocess.run([f"ld.lld{LLVM_FOUND}", "-static", *places, f"{path}.o", "-o", path], check=True)
    listing = subprocess.run([f"llvm-nm{LLVM_FOUND}", path], capture_output=True, text=True,
                             check=True)
    rows = [line.split() for line in listing.stdout.splitlines()]
    return path, objects.Image(path), {name: int(at, 16) for at, _, name in rows}


def name_at(program, symbol, offset=0, functions_=()):
    """Return what the program calls a byte, as a string."""
    _, image, symbols = program
    return str(image.place(symbols[symbol] + offset, functions_))


@pytest.mark.parametrize(
    "symbol, offset, expected",
    [
        ("scalar", 0, "scalar"),
        ("scalar", 7, "scalar"),
        ("hidden", 8, "hidden[1]"),
        ("one", 8, "one.pad_after_lock"),
        ("one", INNER, "one.inner[0].a"),
        ("one", INNER + 16 + 8, "one.inner[1].b"),
        ("one", INNER + 32 + 10, "one.inner[2].c"),
        ("one", INNER + 9, "one.inner[0]"),  # padding
        ("one", GRID, "one.grid[0][0]"),
        ("one", GRID + 5 * 8, "one.grid[1][2]"),
        ("one", LAST, "one.last"),
        ("many", OUTER_BYTES + LAST, "many[1].last"),
        ("take.inside", 0, "take.inside"),
    ],
)
def test_fields(program, symbol, offset, expected):
    assert name_at(program, symbol, offset) == expected


def test_member_of_a_union_is_the_one_that_the_code_works_on(program):
    assert name_at(program, "one", 4, ["ticket_lock", "turns_ticket"]) == "one.lock.ticket.next"
    assert name_at(program, "one", 4, ["mcs_lock"]) == "one.lock.mcs.tail"
    assert name_at(program, "one", 4, ["take"]) == "one.lock"
    assert name_at(program, "one", 4) == "one.lock"


def test_file_is_the_one_that_defines_the_variable(program):
    _, image, symbols = program
    assert image.place(symbols["hidden"]).file.endswith("program.c")


def test_no_variable(program):
    _, image, symbols = program
    assert image.place(symbols["_start"]) is None
    assert image.place(0) is None


def test_functions_and_what_they_are_inlined_in(program):
    path, image, symbols = program
    body = range(symbols["turns_ticket"], symbols["turns_mcs"], 2)
    found = functions.chains(image, path, [*body, symbols["take"], 0x80000000])
    names = {tuple(frame.function for frame in found[pc]) for pc in body}
    assert ("ticket_lock", "turns_ticket") in names
    assert [frame.function for frame in found[symbols["take"]]] == ["take"]
    assert [frame.function for frame in found[0x80000000]] == [functions.FIRMWARE]


# ---- False sharing -----------------------------------------------------------------------------


def site(offset, harts, stores=0, pc=0, stall=1):
    """Return a site of a report."""
    return {"offset": offset, "pc": pc, "harts": harts, "misses": sum(harts.values()),
            "stores": stores, "stall_cycles": stall}


def line_of(program, symbol, sites):
    """Return the Line that sites at offsets from a symbol make."""
    path, image, symbols = program
    start = symbols[symbol]
    line = {"pa": start, "sites": [{**one, "pc": symbols["take"]} for one in sites]}
    region = {"lines": [line]}
    return hotlines.Names(image, path, [region]).line(region, line)


def shared(program, symbol, *sites):
    """Return the names of the two objects that share falsely, or ()."""
    return tuple(str(field.place) for field in line_of(program, symbol, sites).sharing)


def test_counters_of_two_harts_share_falsely(program):
    sites = site(0, {"0": 50}, 50), site(8, {"1": 50}, 50)
    assert shared(program, "hidden", *sites) == ("hidden[0]", "hidden[1]")


def test_one_counter_a_line_does_not(program):
    assert shared(program, "hidden", site(0, {"0": 50, "1": 50}, 100)) == ()


def test_fields_of_one_variable_that_the_same_harts_fight_for_do_not(program):
    both = {"0": 50, "1": 50}
    assert shared(program, "hidden", site(0, both, 100), site(8, both, 100)) == ()


def test_reader_of_all_counters_does_not_hide_it(program):
    sites = site(0, {"0": 50, "2": 5}, 50), site(8, {"1": 50, "2": 5}, 50)
    assert shared(program, "hidden", *sites) == ("hidden[0]", "hidden[1]")


def test_two_variables_share_falsely_whoever_fights_for_them(program):
    _, _, symbols = program
    apart = symbols["right"] - symbols["left"]
    assert 0 < apart < 64, "the linker has put them apart; change the program"
    both = {"0": 50, "1": 50}
    sites = site(0, both, 100), site(apart, both, 100)
    assert shared(program, "left", *sites) == ("left", "right")


def test_bytes_and_links_are_used_as_one(program):
    sites = site(0, {"0": 50}, 50), site(8, {"1": 50}, 50)
    assert shared(program, "bytes", *sites) == ()
    assert shared(program, "node", *sites) == ()
    assert shared(program, "bytes", *sites, site(9, {"2": 50}, 50)) == ()
    names = [str(field.place) for field in line_of(program, "node", sites).fields]
    assert names == ["node.next", "node.prev"]
    assert name_at(program, "bytes", 8) == "bytes[8]"


@pytest.mark.parametrize(
    "sites",
    [
        (site(0, {"0": 50}), site(8, {"1": 50})),  # nobody writes
        (site(0, {"0": 50}, 50), site(8, {"0": 50}, 50)),  # one hart
        (site(0, {"0": 500}, 500), site(8, {"1": 20}, 20)),  # hardly ever
        (site(0, {"0": 9}, 9), site(8, {"1": 9}, 9)),  # set up, not fought for
    ],
)
def test_no_false_sharing(program, sites):
    assert shared(program, "hidden", *sites) == ()


def test_fields_and_functions_are_ranked(program):
    sites = site(0, {"0": 1}, stall=9), site(8, {"1": 4}, stall=1), site(8, {"0": 3}, stall=1)
    line = line_of(program, "hidden", sites)
    assert [(str(f.place), f.misses) for f in line.fields] == [("hidden[1]", 7), ("hidden[0]", 1)]
    assert [(use.function.name, use.stalled) for use in line.uses] == [("take", 11)]
    assert line.harts == 2


# ---- Memory outside of the image ---------------------------------------------------------------


def little(value, size=8):
    """Return a number as it is in memory."""
    return value.to_bytes(size, "little")


class Guest:
    """The memory of a guest: pages from RAM on, and the image's data."""

    def __init__(self, program):
        _, self.image, self.symbols = program
        self.ram = bytearray(16 * PAGE)
        self.data = bytearray(self.image.data.size)

    def poke(self, offset, value):
        """Write to RAM."""
        self.ram[offset : offset + len(value)] = value

    def poke_data(self, symbol, offset, value):
        """Write to a variable of the image."""
        at = self.symbols[symbol] + offset - self.image.data.va
        self.data[at : at + len(value)] = value

    def place(self, offset):
        """Return what the byte at an offset of RAM is called."""
        line = offset - offset % 64
        bases = [line - (RAM + line) % (PAGE << order) for order in range(4)]
        page = line - line % PAGE
        report = {
            "pa": RAM + line,
            "page": self.ram[page : page + PAGE].hex(),
            "heads": [self.ram[base : base + 64].hex() for base in bases if base >= 0],
        }
        found = owners.Owners(self.image, {"data": self.data.hex()}, report)
        return str(found.place(offset % 64))


@pytest.fixture
def guest(program):
    """Return a guest with empty memory."""
    return Guest(program)


THREAD_BYTES, FIRST = 32, 64


def slab_of(guest, cache, stride=THREAD_BYTES):
    """Make the block at 8 pages from RAM a slab of `cache`."""
    guest.poke_data(cache, 8, little(THREAD_BYTES) + little(stride) + little(FIRST))
    guest.poke(8 * PAGE, little(1) + little(2) + little(guest.symbols[cache]))
    return 8 * PAGE + FIRST


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_object_of_a_cache(guest, order):
    start = slab_of(guest, "thread_cache") + ((PAGE << order) - PAGE)
    thread = start + 3 * THREAD_BYTES
    guest.poke(thread + 8, little(17, 4) + b"pingpong\0")
    assert guest.place(thread + 24) == 'thread 17 "pingpong".state'


def test_head_of_a_slab(guest):
    slab_of(guest, "thread_cache")
    assert guest.place(8 * PAGE + 8) == "slab of thread_cache.link.prev"


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_object_of_a_cache_whose_type_is_not_known(guest, order):
    index = 40 + ((1 << order) - 1) * 86  # on the last page of the slab
    start = slab_of(guest, "oddly_named", stride=48)
    assert guest.place(start + index * 48 + 8) == f"object {index} of oddly_named+0x8"


def test_cache_of_objects_of_another_size_is_not_taken_for_threads(guest):
    start = slab_of(guest, "thread_cache")
    guest.poke_data("thread_cache", 8, little(THREAD_BYTES + 8))
    assert guest.place(start) == "object 0 of thread_cache+0x0"


def test_what_a_variable_points_to(guest):
    guest.poke_data("newest", 0, little(LINEAR + RAM + 64))
    guest.poke_data("others", 8, little(LINEAR + RAM + PAGE))
    assert guest.place(64 + 24) == "newest->state"
    assert guest.place(PAGE + 16) == "others[1]->x[2]"
    assert guest.place(PAGE + 64).startswith("(memory at 0x80101040")


def test_kernel_stack_is_known_by_its_frames(guest):
    frame = KSTACK + 5 * KSTACK_STRIDE + 0x7000
    guest.poke(3 * PAGE + 256, little(frame))
    assert guest.place(3 * PAGE + 64).startswith("(memory at")  # one may be chance
    guest.poke(3 * PAGE + 512, little(frame + 64))
    assert guest.place(3 * PAGE + 64) == "kernel stack 5"


# ---- Reports -----------------------------------------------------------------------------------


def test_report_is_read_back(tmp_path, program):
    path, run = tmp_path / "report", dict.fromkeys(reports.HEADING, "x")
    path.write_text('{"region": 1, "harts": []}\n')
    reports.finish(path, run, program[0], ["noise", 'RESULT {"metric": "m", "region": 1}'])
    report = reports.read(path)
    assert [region["region"] for region in report.regions] == [1]
    assert report.results == [{"metric": "m", "region": 1}]
    assert "SMP=x" in report.run["heading"]


def test_report_of_an_image_that_was_built_anew_is_refused(tmp_path):
    path, image = tmp_path / "report", tmp_path / "image"
    path.write_text("")
    image.write_text("old")
    reports.finish(path, dict.fromkeys(reports.HEADING, "x"), image, [])
    assert reports.read(path).regions == []
    image.write_text("new")
    with pytest.raises(reports.BadReport, match="built anew"):
        reports.read(path)


@pytest.mark.parametrize("text", ["", "{", '{"region": 1, "harts": []}\n'])
def test_report_that_is_none_is_refused(tmp_path, text):
    path = tmp_path / "report"
    path.write_text(text)
    with pytest.raises(reports.BadReport):
        reports.read(path)


def test_kernel_constants():
    assert owners.constant("mm/regions.h", "LINEAR_BASE") == LINEAR
    assert owners.constant("mm/regions.h", "KSTACK_BASE") == KSTACK
    assert owners.constant("mm/kstack.h", "KSTACK_STRIDE") == KSTACK_STRIDE
