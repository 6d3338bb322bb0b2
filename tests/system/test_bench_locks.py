# SPDX-License-Identifier: MIT
# tests/system/test_bench_locks.py - what `bench locks` finds out under the timing model.
"""Ranking, scaling and order of service are properties of the algorithms, so they are judged here;
what a number is on a machine is not. All is exact, so the tolerances are not for noise."""

import pytest
from harness import boot, boot_ok, results

HARTS = [4, 8, 16]
FIFO = ["ticket", "mcs", "clh"]
LOCKS = ["tas", "ttas", *FIFO]
PERCENTILES = ["p50", "p90", "p99", "p99.9", "max"]
TRACED = {f"{what}_{p}" for what in ("wait", "hold") for p in PERCENTILES}
TRACED |= {"longest_run", "fifo_violations"}
LINES = {"transfers_per_acquisition", "upgrades_per_acquisition"}


def modelled(line, **values):
    """Run a command on the timing model. Returns: its output."""
    return boot_ok(line, TIMING="model", **values)


def metric(records, name):
    """Return the values of a metric as {(lock, harts): value}."""
    return {(r["lock"], r["harts"]): r["value"] for r in records if r["metric"] == name}


@pytest.fixture(name="output", scope="module")
def fixture_output():
    """Return what the contended locks print."""
    harts = ",".join(str(n) for n in HARTS)
    return modelled(f"bench locks harts={harts} locks={','.join(LOCKS)} acquisitions=3000", SMP=16)


@pytest.fixture(name="records", scope="module")
def fixture_records(output):
    """Return the contended locks' records."""
    return results(output)


def test_every_lock_has_every_metric(records):
    for lock in LOCKS:
        for harts in HARTS:
            names = {r["metric"] for r in records if (r["lock"], r["harts"]) == (lock, harts)}
            assert names >= TRACED | LINES | {"per_acquisition", "jain"}, (lock, harts)
    for record in records:
        assert record["valid"] and record["model"] == "flat", record
        assert record["unit"] in ("cycles", "count", "ratio"), record


def test_ranking(records):
    """The textbook's, with 16 harts and a short section."""
    price = metric(records, "per_acquisition")
    ranked = sorted(LOCKS, key=lambda lock: price[lock, 16], reverse=True)
    assert ranked == ["tas", "ttas", "ticket", "clh", "mcs"], price


def test_queue_locks_are_flat_and_the_others_are_not(records):
    price = metric(records, "per_acquisition")
    for lock in ("mcs", "clh"):
        prices = [price[lock, harts] for harts in HARTS]
        assert max(prices) <= 1.1 * min(prices), (lock, prices)
    for lock in ("tas", "ttas", "ticket"):
        assert price[lock, 16] > 1.4 * price[lock, 8] > 1.4 * price[lock, 4], (lock, price)


def test_mcs_is_flat_up_to_32_harts():
    line = "bench locks harts=4,32 locks=mcs waits=0 acquisitions=3000"
    price = metric(results(modelled(line, SMP=32)), "per_acquisition")
    assert 0.9 < price["mcs", 32] / price["mcs", 4] < 1.1, price


def test_transfers_are_those_that_the_algorithms_are_known_for(records):
    """Of mcs and clh a constant; of ticket so many a waiter; of tas at least linear."""
    moved = metric(records, "transfers_per_acquisition")
    for lock in ("mcs", "clh"):
        assert abs(moved[lock, 16] - moved[lock, 4]) < 0.5, moved
    waiter = (moved["ticket", 16] - moved["ticket", 8]) / 8
    assert 1 <= waiter <= 2.1, moved
    assert abs((moved["ticket", 8] - moved["ticket", 4]) / 4 - waiter) < 0.1, moved
    assert moved["tas", 16] - moved["tas", 8] >= 0.95 * 8, moved


def test_who_overtakes(records):
    """The locks with a queue are FIFO, to the last acquisition; the others are the control."""
    violations = metric(records, "fifo_violations")
    for harts in HARTS:
        assert [violations[lock, harts] for lock in FIFO] == [0, 0, 0], violations
        assert violations["tas", harts] > 100 and violations["ttas", harts] > 100, violations


def test_longest_run(records):
    """A queue that is never empty serves nobody twice; one hart alone has all."""
    assert {metric(records, "longest_run")[lock, 16] for lock in FIFO} == {1}
    alone = results(modelled("bench locks harts=1 locks=tas acquisitions=500"))
    assert metric(alone, "longest_run") == {("tas", 1): 500}


def test_waits_and_holds(records):
    for lock in LOCKS:
        for what in ("wait", "hold"):
            steps = [metric(records, f"{what}_{p}")[lock, 16] for p in PERCENTILES]
            assert 0 < steps[0] and steps == sorted(steps), (lock, what, steps)
        # 15 others come first; the section itself takes no longer for them.
        median = {w: metric(records, f"{w}_p50")[lock, 16] for w in ("wait", "hold")}
        assert median["wait"] > 10 * median["hold"], (lock, median)
    wait = {p: metric(records, f"wait_{p}") for p in PERCENTILES}
    for lock in FIFO:
        assert wait["p99"][lock, 16] < 1.2 * wait["p50"][lock, 16], wait
    assert wait["p99"]["ttas", 16] > 2 * wait["p50"]["ttas", 16], wait


def test_harts_begin_together():
    """Even a short sample is everybody's: nobody is still on the way when it begins."""
    line = "bench locks harts=2,4 locks=mcs,ticket acquisitions=200 waits=0"
    shares = metric(results(modelled(line, SMP=4)), "hart_share_min")
    assert all(share > 0.8 / harts for (_, harts), share in shares.items()), shares


def test_a_plain_sample_is_a_region(records):
    """The traced one is not: what the model counts in a region is the lock's alone."""
    regions = [r["region"] for r in records if r["metric"] == "per_acquisition"]
    assert regions == list(range(1, len(LOCKS) * len(HARTS) + 1))
    assert all(("region" in r) == (r["metric"] not in TRACED) for r in records)


def test_the_plot_fits_a_terminal(output):
    plot = output.split("\ncycles per acquisition, logarithmic:\n")[1].split("\n\n")[0].split("\n")
    assert all(len(line) <= 80 for line in plot), plot
    assert len([line for line in plot if " |" in line]) == 16
    assert plot[-2].split() == ["harts", "4", "8", "16"]
    mark = {lock: letter for letter, lock in (pair.split() for pair in plot[-1].split("   "))}
    assert set(mark) == {*LOCKS, "several"} and len(set(mark.values())) == len(mark)
    # What is highest is tas with 16 harts, and mcs is lowest everywhere.
    assert plot[0].split("|")[1].split() == [mark["tas"]], plot
    assert plot[15].split("|")[1].split() == [mark["mcs"]] * 3, plot


def test_no_plot_of_one_point():
    assert "logarithmic" not in modelled("bench locks harts=2 locks=mcs acquisitions=500", SMP=2)


def test_a_seed_gives_the_same_records_and_another_gives_others():
    line = "bench locks harts=4 locks=tas,mcs acquisitions=2000"
    first = results(modelled(line, SMP=4, SEED=1))
    assert first == results(modelled(line, SMP=4, SEED=1))
    other = results(modelled(line, SMP=4, SEED=2))
    price, prices = metric(first, "per_acquisition"), metric(other, "per_acquisition")
    assert price != prices
    assert all(abs(price[key] / prices[key] - 1) < 0.05 for key in price), (price, prices)


def test_a_fifth_of_the_acquisitions_says_the_same():
    """So a sample may be short: there is no noise that more of them would average out."""
    line = "bench locks harts=4 locks=tas,ticket,mcs waits=0"
    prices = [
        metric(results(modelled(f"{line} acquisitions={count}", SMP=4)), "per_acquisition")
        for count in (20000, 100000)
    ]
    for key, price in prices[0].items():
        assert abs(price / prices[1][key] - 1) < 0.01, (key, prices)


def test_the_busted_lock_is_invalid_under_the_model_too():
    done = boot("bench locks harts=4 locks=busted acquisitions=2000", SMP=4, TIMING="model")
    assert done.status == 1 and "VIOLATION" in done.out, done.out + done.err
    records = results(done.out)
    assert records and not any(record["valid"] for record in records)


def test_explore_has_no_times():
    records = results(
        boot_ok("bench locks harts=2 locks=tas acquisitions=200", SMP=2, TIMING="explore")
    )
    timed = [record for record in records if record["unit"] == "cycles"]
    assert timed and not any(record["valid"] for record in timed)
    assert not {record["metric"] for record in records} & TRACED


@pytest.mark.parametrize("timing", ["host", "count"])
def test_no_model_no_such_metrics(timing):
    records = results(boot_ok("bench locks locks=mcs acquisitions=500", TIMING=timing))
    assert records and not {record["metric"] for record in records} & (TRACED | LINES)
    assert not any("region" in record for record in records if timing == "host")
