# SPDX-License-Identifier: MIT
# tests/system/test_figures.py - what has been reached stays reached; counting is exact.
"""Under TIMING=count two runs are the same bit for bit, so a ceiling has no tolerance."""

import re

import figures
import pytest
from harness import boot_ok, build, build_model, build_user, qemu_command, results, run


@pytest.fixture(scope="module", name="measured")
def fixture_measured():
    """Return {figure: (value, verdict)} of what is counted, measured once."""
    build()
    build_model()
    build_user()
    return figures.measure(figures.settings_of({}), figures.counted())


@pytest.mark.xdist_group("measured")
@pytest.mark.parametrize("name", figures.counted())
def test_figure_is_under_its_ceiling(measured, name):
    value, verdict = measured[name]
    assert verdict in ("ok", "above goal"), f"{name} is {value}: {figures.load_goals()[name]}"


def test_what_is_modelled_is_taken():
    """Whether several harts meet their goals is tested elsewhere, and `make bench` says it."""
    build()
    build_model()
    names = ["mcs_growth_percent"]
    (value, verdict), = figures.measure(figures.settings_of({}), names).values()
    assert verdict == "ok", value


@pytest.mark.xdist_group("measured")
def test_the_image_meets_its_goal(measured):
    assert measured["image_bytes"][0] <= figures.load_goals()["image_bytes"]["goal"]


@pytest.mark.parametrize("command", ["bench sched", "bench locks", "stress ops=500"])
def test_two_counted_runs_are_identical(command):
    one, other = (boot_ok(command, TIMING="count", MEM="128M", SEED=3) for _ in range(2))
    assert one == other


def test_nothing_of_the_host_reaches_a_counted_run():
    out = boot_ok("bench locks harts=1 locks=ticket", TIMING="count")
    assert re.search(r'"host_cpus": ?null', out) and re.search(r'"host_free": ?null', out)


def test_the_plugin_changes_no_count():
    """It only adds what it alone can count."""
    words = {"TIMING": "count", "MEM": "128M"}
    line = "bench sched yield_switch event_pingpong create_join mutex_pair boot"
    argv = qemu_command(line, **words)
    at = argv.index("-plugin")
    assert sum("counters=1" in word for word in argv) == 1
    bare = [word.replace("counters=1", "counters=0") for word in argv[:at] + argv[at + 2:]]
    counted, without = (results(run(command).out) for command in (argv, bare))
    counters = ("_tlb_flushes", "_satp_changes", "_sum_changes")
    own = [record for record in counted if record["metric"].endswith(counters)]
    assert own and without == [record for record in counted if record not in own]
