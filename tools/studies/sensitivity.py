# SPDX-License-Identifier: MIT
# tools/studies/sensitivity.py - what moves the results: quantum, jitter, order, seed, machine.
"""A conclusion that depends on a constant that was only chosen is none."""

import statistics

from launcher import machines
from studies import bench, ranking, rows, tables

MODEL, HARTS = "flat", 16
# The values of each constant; which one a machine has is in its file, and the quantum is 40.
CONSTANTS = {"quantum": (1, 40, 100, 1000), "jitter": (0, 20, 80), "overtake": (0, 12, 50)}
SEEDS = (1, 2)
ACQUISITIONS = 1600
# What each machine is asked for, if it has so many.
MACHINE_HARTS = (2, 4, 16, 32)


def case_of(model, harts, seed=1):
    """Return the case of a machine."""
    settings = {"MODEL": model, "SMP": max(harts), "SEED": seed}
    words = {"harts": harts, "locks": bench.LOCKS, "cs": 10, "think": 20}
    return bench.case("sensitivity", settings, **words, acquisitions=ACQUISITIONS, waits=0)


def varied(key, value, seed):
    """Return the case in which one constant is another."""
    return case_of(f"{MODEL},{key}={value}", (HARTS,), seed)


def harts_of(model):
    """Return the numbers of harts that a machine is asked for."""
    most = machines.load(model).harts
    return tuple(n for n in MACHINE_HARTS if n <= most) or (most,)


def machine_cases():
    """Return {machine: its cases, one a seed}."""
    return {
        model: [case_of(model, harts_of(model), seed) for seed in SEEDS]
        for model in machines.names()
    }


def cases(_results=None):
    """Return what has to run, whatever has run before."""
    constants = [
        varied(key, value, seed)
        for key, values in CONSTANTS.items()
        for value in values
        for seed in SEEDS
    ]
    return constants + [one for those in machine_cases().values() for one in those]


def constant_line(results, key, value):
    """Return the line of a constant's value: the median over the seeds, and the ranking."""
    runs = [results[varied(key, value, seed).key()] for seed in SEEDS]
    costs = rows.joined(runs)[HARTS]
    shares = statistics.median(
        row["hart_share_max"] / row["hart_share_min"] if row["hart_share_min"] else float("inf")
        for run in runs for row in run if row["lock"] == "tas"
    )
    cells = [tables.number(costs[lock]) for lock in bench.LOCKS]
    return [value, *cells, f"{shares:.2f}", ranking.in_words(ranking.order(costs))]


def constant_table(results, key):
    """Return the table of a constant."""
    heads = [key, *bench.LOCKS, "tas: most / least share", "ranking"]
    return tables.table(heads, [constant_line(results, key, value) for value in CONSTANTS[key]])


def machine_costs(results):
    """Return {machine: {harts: {lock: the median over the seeds}}}."""
    return {
        model: rows.joined([results[one.key()] for one in those])
        for model, those in machine_cases().items()
    }


def machine_table(results):
    """Return the table of the machines, each with all the harts that it was asked for."""
    lines = []
    for model, costs in machine_costs(results).items():
        for harts, of_harts in costs.items():
            cells = [tables.number(of_harts[lock]) for lock in bench.LOCKS]
            lines.append([f"`{model}`", harts, *cells,
                          ranking.in_words(ranking.order(of_harts))])
    return tables.table(["machine", "harts", *bench.LOCKS, "ranking"], lines)


def blocks(results):
    """Return {name of a block: its text}."""
    found = {key: constant_table(results, key) for key in CONSTANTS}
    verdict = "\n".join(f"- {line}" for line in ranking.verdict(machine_costs(results)))
    return found | {"machines": machine_table(results), "verdict": verdict}


def charts(_results):
    """Return {file name: chart}: the tables say it all."""
    return {}
