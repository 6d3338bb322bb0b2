# SPDX-License-Identifier: MIT
# tests/tools/test_locking.py - docs/locking.md names the lock ranks of sync/lock_rank.h, in order.
"""Needs no kernel."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_rank_table_mirrors_the_enum():
    """The table and the enumeration name the same ranks in the same order."""
    enum = re.findall(r"^    (RANK_\w+)", (ROOT / "sync/lock_rank.h").read_text(), re.MULTILINE)
    table = re.findall(r"^\| `(RANK_\w+)`", (ROOT / "docs/locking.md").read_text(), re.MULTILINE)
    assert enum == [*table, "RANK_COUNT"]
