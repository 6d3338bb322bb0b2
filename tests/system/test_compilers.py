# SPDX-License-Identifier: MIT
# tests/system/test_compilers.py - the kernel of the oldest LLVM; all other tests are of one LLVM.
"""tools/setup installs two. The oldest has -Werror like the other, so a warning is a failure.
What it makes of BUILD=test is for `make soak`: a debug build has those sources, too."""

import pytest
from harness import boot_ok, build, run

OLDEST = run(["tools/llvm", "--oldest"]).out.strip()
HELLO = sorted(f"hello from kernel thread {i}" for i in range(8))


@pytest.mark.parametrize("kind, lock", [("release", "ticket"), ("debug", "mcs")])
def test_the_oldest_llvm_builds_a_kernel_that_runs(kind, lock):
    variant = {"BUILD": kind, "LOCK": lock, "LLVM": OLDEST}
    number = OLDEST.removeprefix("-").encode()
    assert b"clang version " + number in (build(kind, lock, OLDEST)).read_bytes()
    assert sorted(boot_ok("threads 8", SMP=4, **variant).splitlines()) == HELLO
    assert boot_ok("stress ops=300", SMP=4, **variant) == "stress: no violations\n"
