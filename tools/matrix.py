# SPDX-License-Identifier: MIT
# tools/matrix.py - the combinations of settings that the kernel is tested with.
"""What the cases of the matrix are, how one runs and is judged, and the sample of `make test`, in
which every two settings that can meet do meet. It is the same from run to run."""

import itertools
import json
import re
import shlex

from launcher.settings import locks, policies

PLANTS = ["lost-update", "abba", "missed-wakeup", "double-free"]
# What programs do with each other, in interleavings of single instructions.
RACES = {
    "processes": "utest race_wait race_exit_group race_orphan",
    "futexes": "utest race_wake race_requeue race_robust",
    "shootdowns": "utest shootdown",
}
# Bytes that look random are now and then a path, of a name below the root: what was not there
# before goes.
FUZZ = ("sysfuzz --calls 100 | wc -l; cd /; export keep=\" $(echo *) \"; "
        "leaks sh -c 'sysfuzz --calls {CALLS} --seed {{SEED}}; s=$?; "
        "for f in * .[!.]*; do case \"$keep\" in *\" $f \"*) ;; "
        "*) rm -r -f \"./$f\" ;; esac; done; "
        "rm -r -f tmp/*; exit $s'")
JOBS = {
    "threads": "threads 50",
    "stress": "stress ops={OPS}",
    "locks": "bench locks harts={SMP} locks={LOCK}",
    "sched": "bench sched",
    "test": "test",
    "fail": "stress ops=60 fail=all",
    "control": "stress ops=1000",
    "explored": "stress ops=300",
    "every-lock": "bench locks harts={SMP}",
    "crowd": "bench crowd threads=100000",
    "programs": "utest",
    "kernel-tests": "test",
    "hackbench": "hackbench -g 2 -l 20",
    "hackbench-400": "hackbench -g 1 -l 1 | wc -l; leaks hackbench -g 10",
    "processes": "crowd 10 | wc -l; leaks crowd 10000",
    **{f"race-{name}": line for name, line in RACES.items()},
    # First what stays: the program is known once it has run, and after the first task_info() calls
    # are counted, init's too, which makes some when it gets an orphan.
    "utest": "utest task_info orphan | wc -l; leaks utest",
    "storms": "utest task_info orphan | wc -l; leaks utest -s 10 storm memory_storm signal_storm "
              "thread_storm futex_storm futexcall_storm pipe_storm",
    "inject": "inject -e 7",
    "inject-all": "inject",
    "sysfuzz": FUZZ.format(CALLS=10000),
    "sysfuzz-long": FUZZ.format(CALLS=1000000),
    **{f"twin-{name}": f"plant {name} fixed" for name in PLANTS},
    **{f"workload-{name}": f"workload {name}"
       for name in ("stride", "priority", "sleepers", "matrix")},
}
SAMPLED_JOBS = ["threads", "stress", "locks", "sched"]
# Exit statuses of the launcher.
COMMAND_FAILED, PANICKED = 1, 3
TOPOLOGIES = ["global", "perhart", "steal"]


def user_axes():
    """Return the same for programs. Under fifo a program that computes keeps its hart for ever,
    which is what fifo is, and what tests of programs do not expect."""
    return {
        "SMP": ["1", "2", "4", "8"],
        "SCHED": [policy for policy in policies() if policy != "fifo"],
        "QUEUES": TOPOLOGIES,
        "LOCK": [lock for lock in locks() if lock != "null"],
        "BUILD": ["release", "debug"],
        "INIT": ["user"],
        "JOB": ["utest"],
    }


def axes():
    """Return {variable: its values}; JOB stands for the command."""
    return {
        "SMP": ["1", "2", "3", "4", "8"],
        "SCHED": policies(),
        "QUEUES": TOPOLOGIES,
        "LOCK": locks(),
        "LOCKWAIT": ["queue", "try"],
        "BUILD": ["release", "debug"],
        "JOB": SAMPLED_JOBS,
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


def user_sample():
    """Return few cases of what programs are tested with, in which every policy, topology and number
    of harts comes: the first comes with the first, and so on."""
    values = {name: options for name, options in user_axes().items() if len(options) > 1}
    rows = max(len(options) for options in values.values())
    return [
        {**{name: options[row % len(options)] for name, options in values.items()}, "INIT": "user",
         "JOB": "utest"}
        for row in range(rows)
    ]


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


def stress_ops(case):
    """Return how long to stress: less where waiters queue, for then each hand-over to a hart that
    the host is not running costs milliseconds, and many harts share few cores."""
    harts = int(case["SMP"])
    if case.get("LOCKWAIT") == "queue" and harts > 2:
        return 2000 // harts
    return 5000 if harts <= 8 else 20000 // harts


def command(case):
    """Return the command of a case, with its numbers still to be filled in.

    Each decision of hrrn looks at all that wait: `pick`, with 10 000 of them, would take minutes.
    """
    if case["JOB"] == "sched" and case["SCHED"] == "hrrn":
        return f"{JOBS['sched']} crowd=10,100"
    return JOBS[case["JOB"]]


def settings(case):
    """Return the launcher's variables for a case."""
    values = {name: value for name, value in case.items() if name != "JOB"}
    line = command(case).format(**{"OPS": stress_ops(case), "SEED": "1", **case})
    # Benches run here to see that they run; by default they would be modelled.
    return {"TIMING": "host", "INIT": "kernel", **values, "CMD": line}


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


def wrong_stress(output):
    """Return whether stress, or the watchdog meanwhile, said anything but that all was well."""
    return output.splitlines() != ["stress: no violations"]


def wrong_bench(output):
    """Return whether a bench printed no record, or one that is not JSON."""
    lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
    try:
        return not [json.loads(line.removeprefix("RESULT ")) for line in lines]
    except ValueError:
        return True


def wrong_output(case, output):
    """Return whether the output of a command that succeeded is still not what it should be."""
    judges = {"threads": wrong_threads, "stress": wrong_stress, "explored": wrong_stress,
              "locks": wrong_bench, "every-lock": wrong_bench, "sched": wrong_bench,
              "crowd": wrong_bench}
    return case["JOB"] in judges and judges[case["JOB"]](output)


def convicted(status, output):
    """Return whether a broken policy was found out by a check, and neither hung nor passed."""
    found = re.search(r"^(PANIC: policy|INVARIANT:) ", output, re.MULTILINE)
    return status in (COMMAND_FAILED, PANICKED) and found is not None


def passed(case, status, output):
    """Return whether a case ended as it should."""
    if case["JOB"] == "control":
        return convicted(status, output)
    return status == 0 and not wrong_output(case, output)
