# SPDX-License-Identifier: MIT
# tests/system/test_ps.py - the tables of ps and harts.
"""kernel/test/account_test.c tests the numbers. What release builds do not keep is a dash
there, and a number elsewhere."""

import re

import pytest
from harness import boot_ok

NUMBER = re.compile(r"\d+(\.\d{3})?$")


def table(command, **values):
    """Return the rows of a table, each as {column: cell}."""
    head, *rows = boot_ok(command, **values).splitlines()
    # A column may be two words: its unit is the second, in small letters.
    columns = re.findall(r"\S+(?: [a-z]+)?", head)
    cells = [row.split() for row in rows]
    assert all(len(row) == len(columns) for row in cells), (head, rows)
    return [dict(zip(columns, row)) for row in cells]


@pytest.mark.parametrize("kind", ["release", "test", "debug"])
def test_ps(kind):
    (init,) = table("ps", SMP=2, BUILD=kind)
    assert init["NAME"] == "init" and init["STATE"] == f"Running({init['HART']})"
    for column in ("SWITCHES", "RUN ms"):
        assert NUMBER.match(init[column]), init
    for column in ("WAIT ms", "MIGRATIONS", "STACK"):
        assert NUMBER.match(init[column]) if kind != "release" else init[column] == "-", init
    if kind != "release":
        assert 256 < int(init["STACK"]) < 16384, init


@pytest.mark.parametrize("kind", ["release", "test", "debug"])
def test_harts(kind):
    rows = table("harts", SMP=3, BUILD=kind)
    assert [row["HARTID"] for row in rows] == ["0", "1", "2"]
    assert sorted(row["STATE"] for row in rows) == ["busy", "idle", "idle"], rows
    (busy,) = (row for row in rows if row["STATE"] == "busy")
    for column in ("BUSY ms", "SWITCHES", "MIGRATIONS"):
        assert NUMBER.match(busy[column]) if kind != "release" else busy[column] == "-", busy
    if kind != "release":
        assert float(busy["BUSY ms"]) > 0 and int(busy["SWITCHES"]) > 0, rows
