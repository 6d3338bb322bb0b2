# SPDX-License-Identifier: MIT
# tests/system/test_crash.py - each `crash KIND` ends in a panic that says what happened.
"""The panic screen: cause, registers, a symbolised backtrace of every hart, held locks."""

import re

import pytest
from harness import boot

# (kind, build, words that the screen must hold)
CRASHES = [
    ("stack", "release", ["stack overflow"]),
    ("stack", "debug", ["stack overflow"]),
    ("pointer", "release", ["page fault"]),
    ("pointer", "debug", ["page fault"]),
    ("assert", "release", ["assertion failed"]),
    ("assert", "debug", ["assertion failed"]),
    ("rank", "debug", ["rank"]),
    ("deadlock", "debug", ["deadlock"]),
]


@pytest.mark.parametrize("smp", [1, 4])
@pytest.mark.parametrize("kind, build, words", CRASHES)
def test_crash(kind, build, words, smp):
    done = boot(f"crash {kind}", SMP=smp, BUILD=build, timeout=60)
    assert done.status == 3, f"status {done.status}\n{done.out}\n{done.err}"
    assert "the kernel panicked" in done.err
    panic = done.out.partition("PANIC: ")[2]
    assert panic, done.out
    for word in words:
        assert word in panic.lower(), panic
    for hart in range(smp):
        assert re.search(rf"\b(hart|cpu) {hart}\b", panic), panic
    assert re.search(r"\w+\+0x[0-9a-f]+", panic), "no symbolised backtrace\n" + panic
