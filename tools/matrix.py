# SPDX-License-Identifier: MIT
# tools/matrix.py - the combinations of settings that the kernel is tested with.
"""The full matrix for `make soak`, and a sample of it for `make test` in which every two settings
that can meet do meet. Both are the same from run to run."""

import itertools
import json
import shlex

from launcher.settings import locks, policies

SEEDS = range(1, 21)
JOBS = {
    "threads": "threads 50",
    "stress": "stress ops={OPS}",
    "locks": "bench locks harts={SMP} locks={LOCK}",
    "sched": "bench sched",
}
TOPOLOGIES = ["global", "perhart", "steal"]
# What idle harts do; each is used in turn where only one of them is needed.
TAKING = list(itertools.product(["longest", "random"], ["one", "half"]))
CHECKING = list(itertools.product(["release", "debug"], ["queue", "try"]))
MACHINES = [
    *({"MACHINE": "sifive_u", "SMP": str(harts)} for harts in (2, 5)),
    *({"MACHINE": "spike", "SMP": str(harts)} for harts in (1, 4, 8)),
    {"MACHINE": "virt,aclint=on", "SMP": "4"},
    {"MACHINE": "virt,aia=aplic-imsic", "SMP": "4"},
    {"NUMA": "2", "SMP": "4"},
    {"CPU": "rv64,sstc=off", "SMP": "4"},
    {"SMP": "32", "MEM": "1G"},
]


def axes():
    """Return {variable: its values}; JOB stands for the command."""
    return {
        "SMP": ["1", "2", "3", "4", "8"],
        "SCHED": policies(),
        "QUEUES": TOPOLOGIES,
        "LOCK": locks(),
        "LOCKWAIT": ["queue", "try"],
        "BUILD": ["release", "debug"],
        "JOB": list(JOBS),
    }


def possible(case):
    """Return whether a case can run: no lock at all is right on one hart only."""
    return case["LOCK"] != "null" or case["SMP"] == "1"


def product(values):
    """Return every possible case of {variable: its values}."""
    cases = [dict(zip(values, combination)) for combination in itertools.product(*values.values())]
    return [case for case in cases if possible(case)]


def pairs(case):
    """Return the pairs of settings that a case covers."""
    return set(itertools.combinations(case.items(), 2))


def sample():
    """Return few cases that cover every possible pair of settings.

    Each is chosen among some that start from pairs not covered yet, not among all there are: that
    would take a minute.
    """
    values = axes()
    missing = set().union(*map(pairs, product(values)))
    chosen = []
    while missing:
        start = dict(min(missing))
        best = grow(start, values, missing)
        chosen.append(best)
        missing -= pairs(best)
    return chosen


def grow(case, values, missing):
    """Return a possible case that has the settings of `case` and many of the `missing` pairs."""
    for name in values:
        if name in case:
            continue
        options = [{**case, name: value} for value in values[name]]
        options = [o for o in options if possible({"LOCK": "", "SMP": "1", **o})]
        case = max(options, key=lambda option: len(pairs(in_order(option, values)) & missing))
    return in_order(case, values)


def in_order(case, values):
    """Return a case with its settings in the order of `values`."""
    return {name: case[name] for name in values if name in case}


def varied(case, number):
    """Return a case with a seed of its own, and what is not named taken in turn."""
    build, wait = CHECKING[number % len(CHECKING)]
    taking = TAKING[number // len(CHECKING) % len(TAKING)]
    varied_too = {"LOCKWAIT": wait, "BUILD": build, "JOB": "stress", "SEED": str(number)}
    if case["QUEUES"] != "global":
        varied_too |= dict(zip(("VICTIM", "TAKE"), taking))
    return {**case, **varied_too}


def everything_once():
    """Return stress under every policy x topology x lock x number of harts, each with its seed."""
    cases = product({
        "SMP": ["1", "2", "4", "8", "16"],
        "SCHED": policies(),
        "QUEUES": TOPOLOGIES,
        "LOCK": locks(),
    })
    return [varied(case, 1001 + number) for number, case in enumerate(cases)]


def seeds():
    """Return stress on four harts under every policy x topology, with each of the seeds."""
    cases = product({"SMP": ["4"], "SCHED": policies(), "QUEUES": TOPOLOGIES, "LOCK": ["ticket"]})
    return [varied(case, seed) for case in cases for seed in SEEDS]


def machines():
    """Return `threads` and `stress` on every machine, each in both builds and all topologies."""
    common = {"SCHED": "rr", "LOCK": "ticket", "LOCKWAIT": "try"}
    return [
        {**common, **machine, "QUEUES": queues, "BUILD": build, "JOB": job}
        for machine in MACHINES
        for queues, build in zip(TOPOLOGIES, ["release", "debug", "test"])
        for job in ("threads", "stress")
    ]


def soak():
    """Return all cases of `make soak`, without repeating one; the longest first, since those that
    are left at the end cannot share the cores."""
    cases = everything_once() + seeds() + machines() + sample()
    cases.sort(key=lambda case: -int(case["SMP"]))
    return list({label(case): case for case in cases}.values())


def stress_ops(case):
    """Return how long to stress: less where waiters queue, for then each hand-over to a hart that
    the host is not running costs milliseconds, and many harts share few cores."""
    harts = int(case["SMP"])
    if case["LOCKWAIT"] == "queue" and harts > 2:
        return 2000 // harts
    return 5000 if harts <= 8 else 20000 // harts


def command(case):
    """Return the command of a case, with its numbers still to be filled in.

    Each decision of hrrn looks at all that wait: `pick`, with 10 000 of them, would take minutes.
    """
    if case["JOB"] == "sched" and case.get("SCHED") == "hrrn":
        return f"{JOBS['sched']} yield_switch event_pingpong create_join wakeup wakeup_other steal"
    return JOBS[case["JOB"]]


def settings(case):
    """Return the launcher's variables for a case."""
    values = {name: value for name, value in case.items() if name != "JOB"}
    return {**values, "CMD": command(case).format(OPS=stress_ops(case), **case)}


def label(case):
    """Return a case as one line of words; SEED=1 is the default and not named."""
    named = {k: v for k, v in case.items() if (k, v) != ("SEED", "1")}
    return " ".join(f"{name}={value}" for name, value in named.items())


def reproduce(case):
    """Return the command that runs a case again."""
    words = [f"{name}={shlex.quote(value)}" for name, value in settings(case).items()]
    return "make qemu " + " ".join(words)


def wrong_threads(output):
    """Return whether `threads 50` printed anything but each line once."""
    return sorted(output.splitlines()) != sorted(f"hello from kernel thread {i}" for i in range(50))


def wrong_bench(output):
    """Return whether a bench printed no record, or one that is not JSON."""
    lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
    try:
        return not [json.loads(line.removeprefix("RESULT ")) for line in lines]
    except ValueError:
        return True


def wrong_output(case, output):
    """Return whether the output of a command that succeeded is still not what it should be."""
    judges = {"threads": wrong_threads, "locks": wrong_bench, "sched": wrong_bench}
    return case["JOB"] in judges and judges[case["JOB"]](output)
