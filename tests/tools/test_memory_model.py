# SPDX-License-Identifier: MIT
# tests/tools/test_memory_model.py - no fence and no memory order without its reason.
"""docs/memory-model.md lists every fence by the function it is in, and no other. An atomic access
is named there, or a comment near it, or near what it accesses, names its order. Nothing else orders
memory, so nothing can lean on a host that orders more than RISC-V does."""

import fnmatch
import pathlib
import re

import pytest
from harness import ROOT

FOLDERS = ("boot", "kernel", "mm", "sched", "sync")
DOC = ROOT / "docs/memory-model.md"
# Where the fences are defined, and where each is spelled as an instruction.
DEFINITIONS = ("kernel/riscv/fence.h", "kernel/riscv/sbi.h", "kernel/riscv/sbi.c")
C_FENCE = re.compile(
    r"\b(fence_io|fence_full|fence_code|sfence_vma_(?:all|page|asid|user_page)"
    r"|sbi_remote_(?:sfence_vma|fence_i))\("
)
ASM_FENCE = re.compile(r"^\s*(?:\d+:)?\s*(fence(?:\.i)?|sfence\.vma|amo\w+\.[wd]\.\w+|sc\.[wd])\b")
C_FUNCTION = re.compile(r"^[a-z].*?\b(\w+)\((?!.*;$)")
ASM_FUNCTION = re.compile(r"^\s*(?:FUNC|\.macro) +(\w+)|^([a-z_]\w*):")
ACCESS = re.compile(r"\batomic_\w+_explicit\(")
BARE = re.compile(
    r"\batomic_(?:thread|signal)_fence\b|\b__(?:sync|atomic)_\w+|\b(?:__)?asm(?:__)?\b.*\bfence\b"
)
COMMENT_LINES = 7


def sources(folder=ROOT):
    """Return {path: text} of the kernel's sources, without its tests and benches."""
    found = {}
    for top in FOLDERS:
        for path in sorted((pathlib.Path(folder) / top).rglob("*.[chS]")):
            name = str(path.relative_to(folder))
            if "/test/" not in name and "/bench/" not in name:
                found[name] = path.read_text()
    return found


def code(line):
    """Return the line without its comment."""
    return line.split("//", 1)[0]


def fences(files):
    """Return the set of (fence, function that it is in)."""
    found = set()
    for name, text in files.items():
        fence, head = (ASM_FENCE, ASM_FUNCTION) if name.endswith(".S") else (C_FENCE, C_FUNCTION)
        function = name
        for line in map(code, text.splitlines()):
            match = head.match(line)
            function = next(filter(None, match.groups())) if match else function
            if name not in DEFINITIONS:
                found |= {(kind, function) for kind in fence.findall(line)}
    return found


def listed(doc):
    """Return [(fence, pattern of a function)] of the table under `## Fences`; a row without a
    fence goes on with the one before."""
    pairs, kinds = [], []
    for row in re.search(r"\n## Fences\n(.*?)\n## ", doc, re.S)[1].splitlines():
        cells = row.split("|")[1:-1]
        if len(cells) != 3:
            continue
        calls = re.findall(r"`(\w+)\(\)`", cells[0])  # with the instruction that each stands for
        kinds = calls or re.findall(r"`([a-z.]+)[^`]*`", cells[0]) or kinds
        functions = [word.rstrip("()") for word in re.findall(r"`([^`/]+)`", cells[1])]
        pairs += [(kind, function) for kind in kinds for function in functions]
    return pairs


def difference(files, doc):
    """Return the fences that are not listed, and what is listed and is no fence."""
    used, rows = fences(files), listed(doc)
    unlisted = {
        f"{kind} in {function}" for kind, function in used
        if not any(kind == k and fnmatch.fnmatch(function, f) for k, f in rows)
    }
    stale = {
        f"{kind} in {function}" for kind, function in rows
        if not any(kind == k and fnmatch.fnmatch(f, function) for k, f in used)
    }
    return unlisted, stale


def comments_before(lines, number):
    """Return what the comments on a line and on the few before it say."""
    near = lines[max(0, number - COMMENT_LINES) : number + 1]
    return " ".join(line.partition("//")[2] for line in near).lower()


def arguments(text, start):
    """Return the text from `start` to the parenthesis that closes what is open there."""
    depth = 1
    for end in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return text[start:end]
    return text[start:]


def object_of(call):
    """Return the name of what a call's first argument points to: the field or the variable."""
    first = re.sub(r"\[[^\[\]]*\]", "", re.sub(r"\([^()]*\)", "", call)).split(",", 1)[0]
    return re.findall(r"\w+", first)[-1]


def explanations(files, name, doc):
    """Return all that is said where `name` is declared; and, if the page names it, every order."""
    declared = re.compile(rf"(?:\b_Atomic\b.*|\batomic_\w+ +\**){name}\b")
    said = "relaxed acquire release acq_rel" if re.search(rf"`[^`]*\b{name}\b[^`]*`", doc) else ""
    for text in files.values():
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if declared.search(code(line)):
                said += " " + comments_before(lines, number)
    return said


def unexplained(files, doc):
    """Return the atomic accesses whose order nothing explains."""
    problems = []
    for path, text in files.items():
        lines = text.splitlines()
        plain = "\n".join(map(code, lines))
        for match in ACCESS.finditer(plain):
            call = arguments(plain, match.end())
            name = object_of(call)
            number = plain.count("\n", 0, match.end() + len(call))
            said = comments_before(lines, number) + explanations(files, name, doc)
            problems += [
                f"{path}:{number + 1}: {order} on {name}"
                for order in re.findall(r"memory_order_(\w+)", call)
                if order not in said
            ]
    return problems


def unread(files):
    """Return the sources in which a memory order is named outside the calls that are judged."""
    odd = []
    for path, text in files.items():
        plain = "\n".join(map(code, text.splitlines()))
        calls = "".join(arguments(plain, match.end()) for match in ACCESS.finditer(plain))
        odd += [path] * (calls.count("memory_order_") != plain.count("memory_order_"))
    return odd


def bare(files):
    """Return fences and atomics that are spelled in some other way."""
    return [f"{name}: {match}" for name, text in files.items() if name not in DEFINITIONS
            for line in text.splitlines() if name.endswith((".c", ".h"))
            for match in BARE.findall(code(line))]


def test_every_fence_is_in_the_page_and_the_page_lists_no_other():
    assert difference(sources(), DOC.read_text()) == (set(), set())


def test_every_order_is_explained():
    assert not unexplained(sources(), DOC.read_text())
    assert not unread(sources())


def test_nothing_else_orders_memory():
    assert not bare(sources())


PAGE = """
## Fences

| fence | where | orders |
|---|---|---|
| `fence_full()`, `fence rw, rw` | `kick()`, `read*` | |
| `sfence.vma` | `enter` in `boot/x.S` | |
| | `leave` | |

## Next
`known.word`
"""


@pytest.mark.parametrize("name, text, unlisted, stale", [
    ("kernel/a.c", "void kick(void)\n{\n    fence_full();\n", set(),
     {"fence_full in read*"}),
    ("kernel/a.c", "void other(void)\n{\n    fence_full();\n", {"fence_full in other"},
     {"fence_full in kick", "fence_full in read*"}),
    ("kernel/a.c", "int read8(int a)\n{\n    // fence_io()\n    fence_io();\n",
     {"fence_io in read8"}, {"fence_full in kick", "fence_full in read*"}),
    ("boot/x.S", "FUNC other\n1:  sfence.vma\n", {"sfence.vma in other"},
     {"fence_full in kick", "fence_full in read*"}),
])
def test_control_a_fence_that_is_not_listed_is_found(name, text, unlisted, stale):
    """And one that is listed but not there."""
    found = difference({name: text, "boot/y.S": ".macro enter\n    sfence.vma\nFUNC leave\n"
                        "    sfence.vma\n"}, PAGE)
    assert found[0] == unlisted
    assert {s for s in found[1] if "fence in" not in s} == stale


LOAD = "x = atomic_load_explicit(&p->{}, memory_order_{});\n"


@pytest.mark.parametrize("text, problems", [
    (LOAD.format("word", "relaxed"), 0),  # the page names it
    (LOAD.format("other", "relaxed"), 1),
    ("// relaxed: a hint\n" + LOAD.format("other", "relaxed"), 0),
    ("// relaxed: a hint\n" + LOAD.format("other", "acquire"), 1),
    ("// relaxed: a hint\n" + "\n" * 9 + LOAD.format("other", "relaxed"), 1),
    ("atomic_int other; // acquire: pairs\n" + "\n" * 9 + LOAD.format("other", "acquire"), 0),
    ("// relaxed fails\nif (atomic_compare_exchange_strong_explicit(&other, &a, b,\n"
     "    memory_order_acquire, memory_order_relaxed)) {\n", 1),
])
def test_control_an_order_without_a_reason_is_found(text, problems):
    assert len(unexplained({"kernel/a.c": text}, PAGE)) == problems


def test_control_an_order_that_is_not_judged_is_found():
    assert unread({"kernel/a.c": "#define ORDER memory_order_relaxed\n"}) == ["kernel/a.c"]
    assert not unread({"kernel/a.c": LOAD.format("word", "relaxed")})


@pytest.mark.parametrize("text", [
    "atomic_thread_fence(memory_order_seq_cst);", "__sync_synchronize();",
    'asm volatile("fence rw, rw");'])
def test_control_another_spelling_is_found(text):
    assert bare({"kernel/a.c": text})
    assert not bare({DEFINITIONS[0]: text})
