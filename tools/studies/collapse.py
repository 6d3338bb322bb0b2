# SPDX-License-Identifier: MIT
# tools/studies/collapse.py - the collapse of the ticket lock, beside what the Markov model says.
"""Six loops of Boyd-Wickizer et al., OLS 2012, figures 8 and 9, run with our ticket lock.

The Markov model (markov.py) gets our own constants. They are taken from runs in which the lock is
never free: then a hand-over with k harts at the lock takes s + c k / 2, a straight line in k.
"""

import math
import statistics
from typing import NamedTuple

from studies import bench, markov, plot, rows, tables

LOCKS = ("ticket", "mcs")
MOST = 48
# An iteration of the bench's loops is two instructions of a cycle each.
ITERATION_CYCLES = 2
TURNS = 10


class Pair(NamedTuple):
    """A loop of the paper, and the peaks that its figures show: (cores, speed-up) measured and
    modelled there, read off them to about 5 %."""

    section: int  # cycles
    fraction: float
    measured: tuple
    modelled: tuple


PAIRS = (
    Pair(400, 0.032, (9, 8.3), (7, 5.5)),
    Pair(400, 0.02, (12, 11.5), (10, 8)),
    Pair(400, 0.004, (28, 28), (27, 25.5)),
    Pair(400, 0.002, (41, 41), (41, 39.5)),
    Pair(1600, 0.02, (23, 22.3), (20, 16.7)),
    Pair(25600, 0.02, (48, 48), (47, 40)),
)
# The loops that each machine runs; on sg2042, which was not fitted, the two shortest.
PAIRS_OF = {"opteron48": PAIRS, "sg2042": PAIRS[:2]}
# Each turn of the longest loop takes 1.28 million cycles.
LONG_SECTION, LONG_TURNS = 25600, 4
# A sample begins with all harts at the lock at once and ends with an acquisition, not with the work
# after it. What that changes is seen in these loops, near their peaks, with more turns.
LONGER_MODEL, LONGER_PAIRS, LONGER_TURNS = "opteron48", PAIRS[:2], 40
# How far around the peak that the Markov model has, every number of harts is run.
NEAR = 3
# In this loop ours peaks farther from it: there every number of harts is run up to this one.
FAR_PAIR, FAR = PAIRS[4], 33
# How far past a peak it is judged how abruptly the throughput falls.
PAST = 2
# In these the lock is never free: the harts think for less than one hand-over.
FIT_SECTION, FIT_THINK = 400, 400
FIT_HARTS = (8, 16, 32, 48)


class Constants(NamedTuple):
    """What a hand-over takes on a machine, in cycles, with k harts at the lock: `overhead` beside
    the section itself, and `per_waiter` * k / 2."""

    overhead: float
    per_waiter: float


def iterations(cycles):
    """Return how many iterations of the bench's loops take so many cycles."""
    return round(cycles / ITERATION_CYCLES)


# ---- What has to run ---------------------------------------------------------------------------


def work(section, parallel):
    """Return the bench's arguments for a section and what is outside it, both in cycles."""
    return {"cs": iterations(section), "think": iterations(parallel)}


def fit_case(model, lock):
    """Return the case in which the lock is never free."""
    words = {"harts": FIT_HARTS, "locks": lock, **work(FIT_SECTION, FIT_THINK)}
    return boot(model, words, TURNS * MOST)


def boot(model, words, acquisitions):
    """Return a case."""
    settings = {"MODEL": model, "SMP": MOST}
    return bench.case("collapse", settings, **words, acquisitions=acquisitions, waits=0)


def groups(lock, pair, found):
    """Return the numbers of harts that a pair is run with, by boot, given a machine's constants:
    few before the peak that the Markov model has, every one near it, few after it."""
    peak, _ = markov.peak(predicted(found, pair, range(1, MOST + 1)))
    if lock != "ticket":
        return [sorted({1, peak, MOST})]
    before = {1, peak // 2}
    near = set(range(max(2, peak - NEAR), min(MOST, peak + NEAR) + 1)) - before
    beyond = {after(peak), (after(peak) + MOST) // 2, MOST} - near - before
    later = {harts for harts in beyond if harts <= MOST}
    far = set(range(peak, FAR + 1)) - near - later if pair == FAR_PAIR else set()
    return [sorted(group) for group in (before - {0}, near, later, far) if group]


def after(peak):
    """Return the number of harts that is a fifth more than a peak's."""
    return math.ceil(1.2 * peak)


def pair_cases(model, lock, pair, found):
    """Return the cases of a pair."""
    loop = markov.loop_of(pair.section, pair.fraction)
    turns = LONG_TURNS if pair.section == LONG_SECTION else TURNS
    shared = {"locks": lock, **work(loop.serial, loop.parallel)}
    return [
        boot(model, {"harts": harts, **shared}, turns * max(harts))
        for harts in groups(lock, pair, found)
    ]


def longer_case(pair, found):
    """Return the case in which a loop is run near its peak with more turns."""
    loop = markov.loop_of(pair.section, pair.fraction)
    harts = groups("ticket", pair, found)[1]
    words = {"harts": harts, "locks": "ticket", **work(loop.serial, loop.parallel)}
    return boot(LONGER_MODEL, words, LONGER_TURNS * max(harts))


def cases(results):
    """Return what has to run; which harts are of interest is known when a machine's constants
    are."""
    found = [fit_case(model, "ticket") for model in PAIRS_OF]
    for model, pairs in PAIRS_OF.items():
        if fit_case(model, "ticket").key() not in results:
            continue
        for pair in pairs:
            for lock in LOCKS:
                found += pair_cases(model, lock, pair, constants(results, model))
        if model == LONGER_MODEL:
            found += [longer_case(pair, constants(results, model)) for pair in LONGER_PAIRS]
    return found


# ---- What came of it ---------------------------------------------------------------------------


def constants(results, model):
    """Return a machine's constants: the straight line through what hand-overs take."""
    costs = rows.curve(results[fit_case(model, "ticket").key()], "ticket")
    line = statistics.linear_regression(list(costs), list(costs.values()))
    return Constants(line.intercept - FIT_SECTION, 2 * line.slope)


def costs_of(results, model, lock, pair):
    """Return {harts: cycles per acquisition} of a pair."""
    costs = {}
    for one in pair_cases(model, lock, pair, constants(results, model)):
        costs |= rows.curve(results[one.key()], lock)
    return dict(sorted(costs.items()))


def measured(results, model, lock, pair):
    """Return {harts: speed-up} of a pair."""
    costs = costs_of(results, model, lock, pair)
    return {harts: costs[1] / cost for harts, cost in costs.items()}


def predicted(found, pair, harts):
    """Return {harts: speed-up} of a pair as the Markov model has it with these constants."""
    loop = markov.loop_of(pair.section, pair.fraction)
    loop = loop._replace(serial=loop.serial + found.overhead)
    return {n: markov.speedup(n, loop, found.per_waiter) for n in harts}


def drop(points):
    """Return what is left, as a part of the peak, with PAST harts more; None if it was not run."""
    harts, best = markov.peak(points)
    return points[harts + PAST] / best if harts + PAST in points else None


def name_of(pair):
    """Return a pair in words."""
    return f"{pair.section} cycles, {100 * pair.fraction:g} %"


def spot(point):
    """Return a peak as text; where the most harts are the fastest there is none."""
    harts, speedup = point
    return f"none: {speedup:.1f} at {harts}" if harts == MOST else f"{harts}: {speedup:.1f}"


def percent(part):
    """Return a part as text."""
    return "-" if part is None else f"{100 * part:.0f} %"


def peaks(results, model, pair):
    """Return the peak of our ticket lock, and the Markov model's with our constants."""
    curve = predicted(constants(results, model), pair, range(1, MOST + 1))
    return markov.peak(measured(results, model, "ticket", pair)), markov.peak(curve)


def pair_line(results, model, pair):
    """Return a pair's line of a machine's table."""
    ticket = measured(results, model, "ticket", pair)
    mcs = measured(results, model, "mcs", pair)
    model_points = predicted(constants(results, model), pair, ticket)
    ours, theirs = peaks(results, model, pair)
    return [
        name_of(pair), spot(ours), spot(theirs), f"{ours[0] - theirs[0]:+d}",
        percent(drop(ticket)), f"{ticket[MOST]:.1f}", f"{model_points[MOST]:.1f}",
        f"{mcs[MOST]:.1f}", percent(mcs[MOST] / markov.peak(mcs)[1]),
    ]


def machine_table(results, model):
    """Return the table of a machine."""
    heads = [
        "section, serial part", "peak of ours", "of the Markov model", "harts apart",
        f"left {PAST} harts past it", f"ours at {MOST}", f"model at {MOST}", f"mcs at {MOST}",
        "of its peak",
    ]
    return tables.table(heads, [pair_line(results, model, pair) for pair in PAIRS_OF[model]])


def paper_table():
    """Return the paper's peaks beside those of our implementation of its model."""
    lines = []
    for pair in PAIRS:
        loop = markov.loop_of(pair.section, pair.fraction)
        ours = markov.peak(markov.curve(MOST, loop, markov.PAPER_PER_WAITER))
        cells = [pair.measured, pair.modelled, ours]
        lines.append([name_of(pair), *(f"{harts}: {speedup:.1f}" for harts, speedup in cells)])
    heads = ["section, serial part", "measured there", "model there", "our model, c = 1000"]
    return tables.table(heads, lines)


def constants_table(results):
    """Return the table of each machine's constants."""
    lines = []
    for model in PAIRS_OF:
        found = constants(results, model)
        lines.append([f"`{model}`", *map(tables.number, found)])
    return tables.table(["machine", "overhead of a hand-over", "c"], lines)


def longer_line(results, pair):
    """Return a pair's line of the table of longer samples."""
    costs = rows.curve(results[longer_case(pair, constants(results, LONGER_MODEL)).key()], "ticket")
    points = measured(results, LONGER_MODEL, "ticket", pair)
    one_hart = costs_of(results, LONGER_MODEL, "ticket", pair)[1]
    longer = {harts: one_hart / cost for harts, cost in costs.items()}
    cells = [f"{spot(markov.peak(of))}, {percent(drop(of))}" for of in (points, longer)]
    return [name_of(pair), *cells]


def longer_table(results):
    """Return the table of longer samples."""
    heads = ["section, serial part", *(
        f"{turns} turns a hart: peak, left {PAST} harts past it" for turns in (TURNS, LONGER_TURNS)
    )]
    return tables.table(heads, [longer_line(results, pair) for pair in LONGER_PAIRS])


def blocks(results):
    """Return {name of a block: its text}."""
    found = {"markov": paper_table(), "constants": constants_table(results),
             "collapse-longer": longer_table(results)}
    return found | {f"collapse-{model}": machine_table(results, model) for model in PAIRS_OF}


def chart(results, model):
    """Return the chart of a machine's curves, the Markov model's dashed."""
    lines = []
    for pair in PAIRS_OF[model]:
        ticket = measured(results, model, "ticket", pair)
        points = predicted(constants(results, model), pair, range(1, MOST + 1))
        lines.append(plot.Line(name_of(pair), list(ticket.items())))
        lines.append(plot.Line(name_of(pair), list(points.items()), dashed=True))
    title = f"ticket on {model}: speed-up (dashed: the Markov model)"
    return plot.Chart(title, "harts", "times one hart's throughput", lines)


def charts(results):
    """Return {file name: chart}."""
    return {f"collapse-{model}.svg": chart(results, model) for model in PAIRS_OF}
