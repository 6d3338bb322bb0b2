# SPDX-License-Identifier: MIT
# tools/studies/contention.py - the five locks on 1 to 32 harts: cost and transfers.
"""README's first picture, and what each acquisition moves, beside the bounds of the literature."""

import statistics

from studies import bench, plot, ranking, rows, tables

MODEL = "flat"
HARTS = (1, 2, 4, 8, 16, 32)
SEEDS = (1, 2, 3, 4, 5)
# Enough for 100 turns of each of 32 harts.
ACQUISITIONS = 3200
# The bounds are for many waiters.
FEW, MANY = 8, 32
Y_LABEL = "cycles per acquisition"


def case_of(model, seed, harts=HARTS, locks=bench.LOCKS):
    """Return the case of a machine and a seed."""
    settings = {"MODEL": model, "SMP": max(harts), "SEED": seed}
    words = {"harts": harts, "locks": locks, "cs": 10, "think": 20}
    return bench.case("contention", settings, **words, acquisitions=ACQUISITIONS, waits=0)


def cases(_results=None):
    """Return what has to run, whatever has run before."""
    return [case_of(MODEL, seed) for seed in SEEDS]


def runs(results):
    """Return the rows of each seed."""
    return [results[one.key()] for one in cases()]


def curve_table(runs_of, metric, last):
    """Return a table of a metric by lock and harts; `last` is what each line ends with: the heads
    of more columns, and a function that gives a lock's cells."""
    heads, cells = last
    lines = []
    for lock in bench.LOCKS:
        values = rows.median_curve(runs_of, lock, metric).values()
        lines.append([lock, *map(tables.number, values), *cells(lock)])
    return tables.table(["lock", *map(str, HARTS), *heads], lines)


def slope(runs_of, lock, metric):
    """Return by how much a metric grows with each hart from FEW to MANY."""
    points = rows.median_curve(runs_of, lock, metric)
    chosen = {harts: value for harts, value in points.items() if FEW <= harts <= MANY}
    return statistics.linear_regression(list(chosen), list(chosen.values())).slope


def spreads(runs_of, lock):
    """Return by how much the seeds differ: with any number of harts, and from 4 on."""
    return [f"{100 * rows.spread(runs_of, lock, least):.1f} %" for least in (1, 4)]


def cost_table(runs_of):
    """Return the table of costs."""
    last = ["seeds differ by", "from 4 harts on"], lambda lock: spreads(runs_of, lock)
    return curve_table(runs_of, "per_acquisition", last)


def transfer_table(runs_of):
    """Return the table of transfers."""
    metric = "transfers_per_acquisition"
    last = ["each hart more adds"], lambda lock: [f"{slope(runs_of, lock, metric):.2f}"]
    return curve_table(runs_of, metric, last)


def blocks(results):
    """Return {name of a block: its text}."""
    found = runs(results)
    return {"contention": cost_table(found), "transfers": transfer_table(found)}


def listing(model, costs, locks=bench.LOCKS):
    """Return {harts: {lock: cycles}} on a machine as a table for a terminal."""
    lines = [f"{model}: cycles per acquisition",
             f"{'harts':>6}{''.join(f'{lock:>11}' for lock in locks)}  cheapest first"]
    for harts, of_locks in costs.items():
        cells = "".join(f"{of_locks[lock]:>11.1f}" for lock in locks)
        lines.append(f"{harts:>6}{cells}  {ranking.in_words(ranking.order(of_locks))}")
    return "\n".join(lines)


def chart(model, costs, locks=bench.LOCKS):
    """Return the chart of {lock: {harts: cycles}} on a machine."""
    lines = [plot.Line(lock, list(costs[lock].items())) for lock in locks]
    title = f"Spin locks under the timing model, machine {model}"
    return plot.Chart(title, "harts", Y_LABEL, lines, log_x=True, log_y=True)


def charts(results):
    """Return {file name: chart}."""
    found = runs(results)
    costs = {lock: rows.median_curve(found, lock) for lock in bench.LOCKS}
    return {"contention.svg": chart(MODEL, costs)}
