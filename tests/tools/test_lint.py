# SPDX-License-Identifier: MIT
# tests/tools/test_lint.py - the control of each check of lint: a bad file that it must report.
"""Every check is also given a good file, which it must let pass."""

import shutil

import pytest
from harness import ROOT, run
from linter import layers, programs, text
from linter.tree import Tree

HEAD = "// SPDX-License-Identifier: MIT\n// {} - a file for a test.\n"


def tree_of(folder, files):
    """Write files, each with the right first lines if it is C, and return their tree."""
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body)
    return Tree(folder)


@pytest.mark.parametrize(
    "name, target, good",
    [
        ("kernel/abi/a.h", "kernel/base/list.h", False),
        ("kernel/base/a.c", "kernel/riscv/csr.h", False),
        ("kernel/base/a.c", "kernel/abi/errno.h", True),
        ("kernel/riscv/a.c", "sync/spin/ticket.h", False),
        ("sync/spin/a.h", "sync/block/mutex.h", False),
        ("sync/spinlock.h", "sync/spin/ticket.h", True),
        ("mm/a.c", "sched/policy.h", False),
        ("sched/a.c", "mm/frame.h", False),
        ("sched/a.c", "kernel/dispatch.h", False),
        ("kernel/a.c", "sched/policy.h", True),
        ("kernel/a.c", "kernel/drivers/uart.h", True),
        ("kernel/a.c", "sync/block/mutex.h", False),
        ("sync/block/a.c", "kernel/waitq.h", True),
        ("kernel/fs/a.c", "kernel/proc/process.h", False),
        ("sync/bench/a.c", "sync/block/mutex.h", True),
        ("sync/bench/a.c", "sched/bench/other.h", False),
        ("kernel/a.c", "kernel/test/ktest.h", False),
        ("boot/boot.c", "kernel/test/ktest.h", True),
        ("kernel/a.c", "boot/boot.h", False),
        ("user/a.c", "kernel/base/list.h", False),
        ("user/a.c", "kernel/abi/errno.h", True),
        ("kernel/a.c", "list.h", False),
        ("kernel/a.c", "offsets.h", False),
        ("kernel/riscv/trap.S", "offsets.h", True),
        ("sync/bench/a.h", "spin_all.h", True),
        ("kernel/riscv/a.h", "spin_all.h", False),
        ("tools/model/a.c", "tools/model/b.h", True),
        ("tools/model/a.c", "kernel/abi/model.h", True),
        ("tools/model/a.c", "kernel/base/list.h", False),
        ("tools/model/a.h", "tools/model/payload/b.h", False),
        ("tools/model/payload/a.c", "kernel/riscv/csr.h", True),
        ("kernel/a.c", "tools/model/b.h", False),
    ],
)
def test_layers(tmp_path, name, target, good):
    problems = layers.check(tree_of(tmp_path, {name: f'#include "{target}"\n'}))
    assert (problems == []) == good


@pytest.mark.parametrize("target, good", [("stdint.h", True), ("stdio.h", False)])
def test_system_headers(tmp_path, target, good):
    problems = layers.check(tree_of(tmp_path, {"kernel/a.c": f"#include <{target}>\n"}))
    assert (problems == []) == good


@pytest.mark.parametrize(
    "body, good",
    [
        (HEAD.format("kernel/a.c"), True),
        (HEAD.format("kernel/b.c"), False),
        ("// kernel/a.c - no licence.\n", False),
        ("", False),
    ],
)
def test_headers(tmp_path, body, good):
    assert (text.check_headers(tree_of(tmp_path, {"kernel/a.c": body})) == []) == good


@pytest.mark.parametrize(
    "line, good",
    [
        ("    sd t0, 8(sp)", False),
        ("    sd t0, -16(sp)", False),
        ("    sd t0, 0x20(a0)", False),
        ("    sd t0, 0(sp)", True),
        ("    sd t0, CTX_RA(a0)", True),
        ("    sd s\\n, CTX_S0 + 8 * \\n(a0)", True),
        ("    nop // 8(sp)", True),
    ],
)
def test_literal_offsets(tmp_path, line, good):
    problems = text.check_assembly(tree_of(tmp_path, {"kernel/riscv/a.S": line + "\n"}))
    assert (problems == []) == good


def test_assembly_elsewhere(tmp_path):
    assert text.check_assembly(tree_of(tmp_path, {"mm/a.S": "    nop\n"}))


@pytest.mark.parametrize(
    "line, good",
    [
        ("x = atomic_load(&a);", False),
        ("atomic_store(&a, 1);", False),
        ("atomic_fetch_add(&a, 1);", False),
        ("atomic_compare_exchange_strong(&a, &b, 1);", False),
        ("atomic_flag_test_and_set(&a);", False),
        ("x = atomic_load_explicit(&a, memory_order_relaxed);", True),
        ("atomic_fetch_add_explicit(&a, 1, memory_order_relaxed);", True),
        ("volatile int x;", False),
        ('__asm__ volatile("nop");', True),
        ("// never volatile", True),
    ],
)
def test_atomics(tmp_path, line, good):
    assert (text.check_atomics(tree_of(tmp_path, {"kernel/a.c": line + "\n"})) == []) == good


def test_a_drivers_registers_are_volatile(tmp_path):
    files = ("kernel/drivers/a.h", "tools/model/payload/a.c")
    tree = tree_of(tmp_path, {name: "volatile uint8_t *byte;\n" for name in files})
    assert text.check_atomics(tree) == []


@pytest.mark.parametrize("name", ["tools/model/a.c", "tools/model/payload/a.c"])
def test_the_timing_model_is_checked_like_the_kernel(tmp_path, name):
    shutil.copy(ROOT / ".clang-tidy", tmp_path)
    tree = tree_of(tmp_path, {name: "volatile int  x;\n" + LONG})
    assert text.check_headers(tree) and programs.check_format(tree)
    assert programs.check_tidy(tree, flags_of=lambda _root, _kind: ["-std=gnu17"])


def test_the_timing_model_names_its_memory_orders(tmp_path):
    tree = tree_of(tmp_path, {"tools/model/a.c": "x = atomic_load(&a);\n"})
    assert text.check_atomics(tree)


@pytest.mark.parametrize("name, kind", [
    ("kernel/a.c", "kernel"),
    ("tests/host/a_test.c", "host"),
    ("tools/model/a.c", "model"),
    ("tools/model/payload/a.c", "payload"),
])
def test_each_file_is_checked_with_the_flags_it_is_compiled_with(name, kind):
    assert programs.kind_of(name) == kind
    assert programs.compile_flags(ROOT, kind)


def test_width(tmp_path):
    files = {"tools/long.py": "#" * 101 + "\n", "tools/short.py": "#" * 100 + "\n"}
    problems = text.check_width(tree_of(tmp_path, files))
    assert [problem.split(":")[0] for problem in problems] == ["tools/long.py"]


def test_shellcheck(tmp_path):
    files = {"tools/bad": "#!/bin/bash\nrm $1/*\n", "tools/good": "#!/bin/bash\nrm -- \"$1\"\n"}
    problems = programs.check_shell(tree_of(tmp_path, files))
    assert problems and all("tools/bad" in line for line in problems)


def test_clang_format(tmp_path):
    shutil.copy(ROOT / ".clang-format", tmp_path)
    assert programs.check_format(tree_of(tmp_path, {"kernel/a.c": "int  x ;\n"}))
    assert programs.check_format(tree_of(tmp_path, {"kernel/a.c": "int x;\n"})) == []


LONG = "int f(int x)\n{\n" + "    x += 1;\n" * 60 + "    return x;\n}\n"
DEEP = """int f(int x)
{
    if (x) {
        if (x > 1) {
            if (x > 2) {
                if (x > 3) {
                    return 1;
                }
            }
        }
    }
    return 0;
}
"""
BARE = "int f(int x)\n{\n    if (x)\n        return 1;\n    return 0;\n}\n"
WIDE = "int f(int a, int b, int c, int d, int e, int g)\n{\n    return a + b + c + d + e + g;\n}\n"
GOOD = "int f(int x)\n{\n    return x + 1;\n}\n"


@pytest.mark.parametrize("body, good",
                         [(LONG, False), (DEEP, False), (BARE, False), (WIDE, False), (GOOD, True)],
                         ids=["long", "deep", "bare", "wide", "good"])
def test_clang_tidy(tmp_path, body, good):
    shutil.copy(ROOT / ".clang-tidy", tmp_path)
    tree = tree_of(tmp_path, {"kernel/a.c": body})
    problems = programs.check_tidy(tree, flags_of=lambda _root, _kind: ["-std=gnu17"])
    assert (problems == []) == good


def test_clang_tidy_asks_again_when_the_file_changes(tmp_path):
    shutil.copy(ROOT / ".clang-tidy", tmp_path)
    for body, good in ((GOOD, True), (BARE, False), (GOOD, True)):
        tree = tree_of(tmp_path, {"kernel/a.c": body})
        problems = programs.check_tidy(tree, flags_of=lambda _root, _kind: ["-std=gnu17"])
        assert (problems == []) == good


def test_lint_refuses_an_unknown_check():
    assert run(["tools/lint", "nonesuch"]).status == 2
