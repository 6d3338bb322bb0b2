# SPDX-License-Identifier: MIT
# tools/studies/litl.py - how far the locks are apart on a whole machine of 64 harts.
"""Beside it: what LiTL measured (Guiroux, Lachaize, Quema, ATC 2016). Its data are medians of five
runs of applications in github.com/multicore-locks/litl at 916469c, paper/multicore_locks/datasets.

An application cannot be run here. What decides how far locks are apart is how soon the lock is
never free, so the think time is chosen by what LiTL's own curves show: its mcs stops getting faster
at a quarter or a half of the machine. So many harts, then, fill one hand-over of mcs.
"""

from typing import NamedTuple

from studies import bench, plot, rows, tables

MODEL = "sg2042"
HARTS = (1, 8, 16, 32, 64)
MOST = 64
SEEDS = (1, 2)
ACQUISITIONS = 1920
SECTION_ITERATIONS = 10


class Application(NamedTuple):
    """Thousands of operations a second on a whole machine, by lock, and where mcs was fastest."""

    name: str
    machine: str
    harts: int
    fastest: int
    tas: float
    ttas: float
    ticket: float
    mcs: float
    clh: float


# A-64 has 64 Opteron 6272 cores, I-48 has 48 of Xeon E7-4830 v3.
APPLICATIONS = (
    Application("s_raytrace_ll", "A-64", 64, 32, 11.1, 12.7, 25.3, 137.1, 123.3),
    Application("radiosity_ll", "A-64", 64, 32, 10.4, 16.2, 34.4, 218.3, 208.6),
    Application("pca_ll", "A-64", 64, 32, 55.0, 79.9, 164.4, 251.2, 247.6),
    Application("s_raytrace_ll", "I-48", 48, 36, 22.7, 94.1, 105.4, 348.3, 270.8),
    Application("radiosity_ll", "I-48", 48, 48, 27.8, 86.4, 97.5, 289.3, 241.1),
    Application("pca_ll", "I-48", 48, 24, 127.2, 404.7, 407.8, 809.3, 686.2),
)
# Name, and iterations of think time.
WORKLOADS = {"think=20": 20, "think=4000": 4000, "think=8000": 8000, "think=16000": 16000}


def case_of(think, seed):
    """Return the case of a workload and a seed."""
    words = {"harts": HARTS, "locks": bench.LOCKS, "cs": SECTION_ITERATIONS, "think": think}
    settings = {"MODEL": MODEL, "SMP": MOST, "SEED": seed}
    return bench.case("litl", settings, **words, acquisitions=ACQUISITIONS, waits=0)


def cases(_results=None):
    """Return what has to run, whatever has run before."""
    return [case_of(think, seed) for think in WORKLOADS.values() for seed in SEEDS]


def throughput(results, think, lock):
    """Return {harts: acquisitions in a million cycles}."""
    runs = [results[case_of(think, seed).key()] for seed in SEEDS]
    return {harts: 1e6 / cost for harts, cost in rows.median_curve(runs, lock).items()}


def ratios(values):
    """Return what ticket, ttas, mcs and clh do as a multiple of what tas does."""
    return [f"{values[lock] / values['tas']:.1f}" for lock in ("ttas", "ticket", "mcs", "clh")]


def our_line(results, name, think):
    """Return a workload's line."""
    curves = {lock: throughput(results, think, lock) for lock in bench.LOCKS}
    fastest = max(curves["mcs"], key=curves["mcs"].get)
    whole = {lock: points[MOST] for lock, points in curves.items()}
    return [f"ours, {name}", f"`{MODEL}`, {MOST}", fastest, *ratios(whole)]


def their_line(one):
    """Return an application's line."""
    return [one.name, f"{one.machine}, {one.harts}", one.fastest, *ratios(one._asdict())]


def blocks(results):
    """Return {name of a block: its text}."""
    heads = ["program", "machine, harts", "mcs is fastest at", "ttas / tas", "ticket / tas",
             "mcs / tas", "clh / tas"]
    lines = [their_line(one) for one in APPLICATIONS]
    lines += [our_line(results, name, think) for name, think in WORKLOADS.items()]
    return {"litl": tables.table(heads, lines)}


def charts(results):
    """Return {file name: chart}."""
    name, think = list(WORKLOADS.items())[-1]
    lines = [
        plot.Line(lock, list(throughput(results, think, lock).items())) for lock in bench.LOCKS
    ]
    chart = plot.Chart(f"Five spin locks on {MODEL}, {name}", "harts",
                       "acquisitions in a million cycles", lines, log_x=True)
    return {"whole-machine.svg": chart}
