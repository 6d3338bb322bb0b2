# SPDX-License-Identifier: MIT
# tools/matrix.py - the combinations of settings that the kernel is tested with.
"""The full matrix for `make soak`, and a sample of it for `make test` in which every two settings
that can meet do meet. Both are the same from run to run."""

import itertools
import json
import shlex

from launcher.settings import locks, policies

SEEDS = range(1, 21)
STRESS_HARTS = (1, 2, 4, 8)
JOBS = {
    "threads": "threads 50",
    "stress": "stress ops={OPS}",
    "locks": "bench locks harts={SMP} locks={LOCK}",
    "sched": "bench sched",
}


def axes():
    """Return {variable: its values}; JOB stands for the command."""
    return {
        "SMP": ["1", "2", "3", "4", "8"],
        "SCHED": policies(),
        "LOCK": locks(),
        "LOCKWAIT": ["queue", "try"],
        "BUILD": ["release", "debug"],
        "JOB": list(JOBS),
    }


def possible(case):
    """Return whether a case can run: no lock at all is right on one hart only."""
    return case["LOCK"] != "null" or case["SMP"] == "1"


def full():
    """Return every possible case."""
    names, values = zip(*axes().items())
    cases = [dict(zip(names, combination)) for combination in itertools.product(*values)]
    return [case for case in cases if possible(case)]


def pairs(case):
    """Return the pairs of settings that a case covers."""
    return set(itertools.combinations(case.items(), 2))


def sample():
    """Return few cases that cover every possible pair of settings."""
    cases = full()
    missing = set().union(*map(pairs, cases))
    chosen = []
    while missing:
        best = max(cases, key=lambda case: len(pairs(case) & missing))
        chosen.append(best)
        missing -= pairs(best)
    return chosen


def stress():
    """Return the stress cases: harts x policies x locks, each with every seed.

    The seeds alternate over the builds and the slow paths.
    """
    wanted = [
        case
        for case in full()
        if case["JOB"] == "stress" and case["SMP"] in map(str, STRESS_HARTS)
    ]
    kinds = list(itertools.product(["release", "debug"], ["queue", "try"]))
    return [
        {**case, "SEED": str(seed)}
        for case in wanted
        for seed in SEEDS
        if (case["BUILD"], case["LOCKWAIT"]) == kinds[seed % len(kinds)]
    ]


def soak():
    """Return all cases of `make soak`, without repeating one."""
    cases = {label(case): case for case in full() + stress()}
    return list(cases.values())


def stress_ops(case):
    """Return how long to stress: less where waiters queue, for then each hand-over to a hart that
    the host is not running costs milliseconds, and many harts share few cores."""
    harts = int(case["SMP"])
    return 2000 // harts if case["LOCKWAIT"] == "queue" and harts > 2 else 5000


def settings(case):
    """Return the launcher's variables for a case."""
    values = {name: value for name, value in case.items() if name != "JOB"}
    return {**values, "CMD": JOBS[case["JOB"]].format(OPS=stress_ops(case), **case)}


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
