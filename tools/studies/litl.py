# SPDX-License-Identifier: MIT
# tools/studies/litl.py - how far the locks are apart on a whole machine of 64 harts.
"""Beside it: what LiTL measured (Guiroux, Lachaize, Quema, ATC 2016). Its data are medians of five
runs of applications in github.com/multicore-locks/litl at 916469c, paper/multicore_locks/datasets.

An application cannot be run here. Two things decide how far locks are apart: whether the lock is
ever free, and how long the sections are beside a hand-over. So both are varied. From how many harts
on the lock is never free, LiTL's data and ours show alike: there mcs gains no more.
"""

from typing import NamedTuple

from studies import bench, plot, rows, tables

MODEL = "sg2042"
HARTS = (8, 16, 32, 64)
MOST = 64
SEEDS = (1,)
ACQUISITIONS = 960
# What counts as no more: so much of the highest throughput.
ENOUGH = 0.95


class Application(NamedTuple):
    """Thousands of operations a second on a whole machine, by lock, and from how many harts on mcs
    gained no more."""

    name: str
    machine: str
    harts: int
    enough: int
    tas: float
    ttas: float
    ticket: float
    mcs: float
    clh: float


# A-64 has 64 Opteron 6272 cores, I-48 has 48 of Xeon E7-4830 v3.
APPLICATIONS = (
    Application("s_raytrace_ll", "A-64", 64, 32, 11.1, 12.7, 25.3, 137.1, 123.3),
    Application("radiosity_ll", "A-64", 64, 32, 10.4, 16.2, 34.4, 218.3, 208.6),
    Application("pca_ll", "A-64", 64, 16, 55.0, 79.9, 164.4, 251.2, 247.6),
    Application("s_raytrace_ll", "I-48", 48, 36, 22.7, 94.1, 105.4, 348.3, 270.8),
    Application("radiosity_ll", "I-48", 48, 24, 27.8, 86.4, 97.5, 289.3, 241.1),
    Application("pca_ll", "I-48", 48, 24, 127.2, 404.7, 407.8, 809.3, 686.2),
)
# Iterations inside and outside of the section.
WORKLOADS = ((10, 20), (10, 16000), (100, 16000), (300, 16000))


def case_of(workload, seed):
    """Return the case of a workload and a seed."""
    section, think = workload
    words = {"harts": HARTS, "locks": bench.LOCKS, "cs": section, "think": think}
    settings = {"MODEL": MODEL, "SMP": MOST, "SEED": seed}
    return bench.case("litl", settings, **words, acquisitions=ACQUISITIONS, waits=0)


def cases(_results=None):
    """Return what has to run, whatever has run before."""
    return [case_of(workload, seed) for workload in WORKLOADS for seed in SEEDS]


def throughput(results, workload, lock):
    """Return {harts: acquisitions in a million cycles}."""
    runs = [results[case_of(workload, seed).key()] for seed in SEEDS]
    return {harts: 1e6 / cost for harts, cost in rows.median_curve(runs, lock).items()}


def enough(points):
    """Return from how many harts on nothing is gained any more, of {harts: throughput}."""
    return min(harts for harts, value in points.items() if value >= ENOUGH * max(points.values()))


def ratios(values):
    """Return what ttas, ticket, mcs and clh do as a multiple of what tas does."""
    return [f"{values[lock] / values['tas']:.1f}" for lock in ("ttas", "ticket", "mcs", "clh")]


def name_of(workload):
    """Return a workload as the bench takes it."""
    return "cs={} think={}".format(*workload)


def our_line(results, workload):
    """Return a workload's line."""
    curves = {lock: throughput(results, workload, lock) for lock in bench.LOCKS}
    whole = {lock: points[MOST] for lock, points in curves.items()}
    return [f"ours, {name_of(workload)}", f"`{MODEL}`, {MOST}", enough(curves["mcs"]),
            *ratios(whole)]


def their_line(one):
    """Return an application's line."""
    return [one.name, f"{one.machine}, {one.harts}", one.enough, *ratios(one._asdict())]


def blocks(results):
    """Return {name of a block: its text}."""
    heads = ["program", "machine, harts", "mcs gains until", "ttas / tas", "ticket / tas",
             "mcs / tas", "clh / tas"]
    lines = [their_line(one) for one in APPLICATIONS]
    lines += [our_line(results, workload) for workload in WORKLOADS]
    return {"litl": tables.table(heads, lines)}


def charts(results):
    """Return {file name: chart}."""
    workload = WORKLOADS[2]
    lines = [
        plot.Line(lock, list(throughput(results, workload, lock).items())) for lock in bench.LOCKS
    ]
    title = f"Spin locks on machine {MODEL}, {name_of(workload)}"
    return {
        "whole-machine.svg": plot.Chart(
            title, "harts", "acquisitions in a million cycles", lines, log_x=True
        )
    }
