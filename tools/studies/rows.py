# SPDX-License-Identifier: MIT
# tools/studies/rows.py - picks values out of rows, and sums up what several seeds gave.
"""A row is what `bench locks` says of one lock with one number of harts: {metric: value}, with
`lock` and `harts` beside them."""

import statistics


def curve(rows, lock, metric="per_acquisition"):
    """Return {harts: value} of one lock, in the order of harts."""
    points = {row["harts"]: row[metric] for row in rows if row["lock"] == lock}
    return dict(sorted(points.items()))


def median_curve(runs, lock, metric="per_acquisition"):
    """Return {harts: the median} over several runs' rows, such as those of several seeds."""
    curves = [curve(rows, lock, metric) for rows in runs]
    return {harts: statistics.median(one[harts] for one in curves) for harts in curves[0]}


def spread(runs, lock, least=1, metric="per_acquisition"):
    """Return by how much, at most over `least` harts and more, the runs differ: the highest less
    the lowest, as a part of the median."""
    curves = [curve(rows, lock, metric) for rows in runs]
    medians = median_curve(runs, lock, metric)
    return max(
        (max(one[harts] for one in curves) - min(one[harts] for one in curves)) / median
        for harts, median in medians.items()
        if harts >= least
    )


def costs(rows, metric="per_acquisition"):
    """Return {harts: {lock: value}}."""
    found = {}
    for row in rows:
        found.setdefault(row["harts"], {})[row["lock"]] = row[metric]
    return found


def joined(runs, metric="per_acquisition"):
    """Return {harts: {lock: the median}} over several runs' rows."""
    every = [costs(rows, metric) for rows in runs]
    return {
        harts: {lock: statistics.median(one[harts][lock] for one in every) for lock in locks}
        for harts, locks in every[0].items()
    }
