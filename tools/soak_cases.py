# SPDX-License-Identifier: MIT
# tools/soak_cases.py - what `make soak` runs.
"""Every policy, topology, lock and number of harts once; twenty seeds; every machine; attacks;
interleavings; every machine of the timing model."""

import itertools

from launcher import machines as models
from launcher.settings import locks, policies
from matrix import PLANTS, RACES, TOPOLOGIES, label, product, sample, user_axes

SEEDS = range(1, 21)
# What runs on the host only: argv by JOB. As much again as `make test` does, and more.
PROGRAMS = {
    "models": ["/usr/bin/python3", "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir=tests",
               "-q", "tests/tools/test_models.py"],
    "fuzz": ["make", "--no-print-directory", "fuzz", "RUNS=1000000"],
    "host": ["make", "--no-print-directory", "-k", "host-tests"],
}
WORKLOADS = {
    "stride": ["stride", "o1"],
    "priority": ["stride", "o1"],
    "sleepers": ["rr", "prio", "o1", "stride"],
}
BROKEN = ["lose", "twice", "forget"]
# What idle harts do; each is used in turn where only one of them is needed.
TAKING = list(itertools.product(["longest", "random"], ["one", "half"]))
CHECKING = list(itertools.product(["release", "debug"], ["queue", "try"]))
MACHINES = [
    *({"MACHINE": "sifive_u", "SMP": str(harts)} for harts in (2, 3, 5)),
    *({"MACHINE": "spike", "SMP": str(harts)} for harts in (1, 2, 4, 8)),
    {"MACHINE": "virt,aclint=on", "SMP": "4"},
    {"MACHINE": "virt,aia=aplic-imsic", "SMP": "4"},
    {"NUMA": "2", "SMP": "4"},
    {"CPU": "rv64,sstc=off", "SMP": "4"},
    {"NUMA": "2", "SMP": "8"},
    {"SMP": "32", "MEM": "1G"},
    {"LLVM": "-14", "SMP": "4"},
]


def varied(case, number):
    """Return a case with a seed of its own, and what is not named taken in turn."""
    build, wait = CHECKING[number % len(CHECKING)]
    if int(case["SMP"]) > 8 and number % 8 != 0:
        wait = "try"  # in line behind harts that the host does not run, a case takes half a minute
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


def failures():
    """Return stress in which each allocation fails in turn, for every policy and topology. Eight
    harts make so many allocations that one case takes minutes."""
    cases = product({"SMP": ["1", "2", "4"], "SCHED": policies(), "QUEUES": TOPOLOGIES,
                     "LOCK": ["ticket"]})
    return [
        {**case, "BUILD": ["test", "debug"][number % 2], "JOB": "fail", "SEED": str(number + 1)}
        for number, case in enumerate(cases)
    ]


def controls():
    """Return stress of every broken policy, with each seed: each has to be found out."""
    kinds = itertools.cycle(itertools.product(["1", "4"], ["test", "debug"]))
    return [
        {"SMP": smp, "QUEUES": queues, "LOCK": "ticket", "BUILD": build, "JOB": "control",
         "APPEND": f"sched={broken}", "SEED": str(seed)}
        for broken, queues, seed in itertools.product(BROKEN, TOPOLOGIES, SEEDS)
        for smp, build in [next(kinds)]
    ]


def kernel_tests():
    """Return the kernel's own tests under every policy and topology, and crowds of 100 000."""
    cases = product({"SMP": ["4"], "SCHED": policies(), "QUEUES": TOPOLOGIES, "LOCK": ["ticket"]})
    tests = [{**case, "MEM": "64M", "BUILD": "debug", "JOB": "test"} for case in cases]
    crowds = [
        {"SMP": "4", "QUEUES": queues, "LOCK": "ticket", "MEM": "2G", "BUILD": "release",
         "JOB": "crowd"}
        for queues in TOPOLOGIES
    ]
    return tests + crowds


def workloads():
    """Return the workloads under the policies that pass their checks: those that judge shares
    counted, and so exact; the one that judges results everywhere."""
    counted = [
        {"SMP": "1", "SCHED": policy, "QUEUES": queues, "LOCK": "ticket", "BUILD": "release",
         "TIMING": "count", "JOB": f"workload-{name}"}
        for name, judged in WORKLOADS.items()
        for policy, queues in itertools.product(judged, TOPOLOGIES)
    ]
    cases = product({"SMP": ["4"], "SCHED": policies(), "QUEUES": TOPOLOGIES, "LOCK": ["ticket"]})
    return counted + [{**case, "BUILD": "debug", "JOB": "workload-matrix"} for case in cases]


def explored():
    """Return stress in interleavings of single instructions, each policy x topology x number of
    harts with four seeds, and each lock of the kernel with four."""
    every = product({"SMP": ["2", "3", "4", "8"], "SCHED": policies(), "QUEUES": TOPOLOGIES,
                     "LOCK": ["ticket"], "BUILD": ["test"]})
    every += product({"SMP": ["4"], "SCHED": ["rr"], "QUEUES": TOPOLOGIES, "LOCK": locks(),
                      "BUILD": ["debug"]})
    return [
        {**case, "TIMING": "explore", "JOB": "explored", "SEED": str(4 * number + seed)}
        for number, case in enumerate(every) for seed in range(1, 5)
    ]


def twins():
    """Return the correct twins of the planted races: fifty seeds each show nothing. That some seed
    shows each race is for `make test`."""
    kinds = itertools.cycle(itertools.product(["2", "3", "4", "8"], ["release", "debug"]))
    return [
        {"SMP": smp, "LOCK": "ticket", "BUILD": build, "TIMING": "explore", "JOB": f"twin-{plant}",
         "SEED": str(seed)}
        for plant, seed in itertools.product(PLANTS, range(1, 51))
        for smp, build in [next(kinds)]
    ]


def raced():
    """Return what programs do with each other in 200 interleavings each, on two to four harts; the
    checker of translations looks on where spaces lose pages."""
    harts = itertools.cycle(["2", "3", "4"])
    return [
        {"SMP": next(harts), "LOCK": "ticket", "BUILD": "debug", "TIMING": "explore",
         "INIT": "user", "CHECK": "translations" if race == "shootdowns" else "none",
         "JOB": f"race-{race}", "SEED": str(seed)}
        for race, seed in itertools.product(RACES, range(1, 201))
    ]


def checked():
    """Return the suites with the checker of translations, on one to four harts, with all ASIDs, few
    and none."""
    return [
        {"SMP": smp, "LOCK": "ticket", "BUILD": build, "TIMING": "model", "CHECK": "translations",
         "APPEND": f"asids={asids}", **job}
        for smp, asids, build in itertools.product("124", ["65535", "3", "0"], ["test", "debug"])
        for job in ({"INIT": "user", "JOB": "programs"}, {"INIT": "user", "JOB": "hackbench"},
                    {"INIT": "kernel", "JOB": "kernel-tests"})
    ]


def modelled():
    """Return stress in model time under every policy x topology, and every lock measured on each
    machine of the model with as many harts as it has, sixteen at most."""
    cases = product({"SMP": ["8"], "SCHED": policies(), "QUEUES": TOPOLOGIES, "LOCK": ["ticket"],
                     "BUILD": ["debug"]})
    stress = [{**case, "TIMING": "model", "JOB": "stress"} for case in cases]
    measured = [
        {"SMP": str(min(16, models.load(name).harts)), "LOCK": "ticket", "BUILD": "release",
         "TIMING": "model", "MODEL": name, "JOB": "every-lock"}
        for name in models.names()
    ]
    return stress + measured


def programs():
    """Return the tests of what programs ask of the kernel under every policy x topology x number of
    harts, locks and builds in turn; storms of processes; a million system calls; many processes in
    little memory. Each must leave the kernel with what it had."""
    values = user_axes()
    kinds = itertools.cycle(itertools.product(values.pop("LOCK"), values.pop("BUILD")))
    tests = [
        {**case, "LOCK": lock, "BUILD": build}
        for case in product({**values, "LOCK": ["ticket"]}) for lock, build in [next(kinds)]
    ]
    others = [
        {"SMP": smp, "LOCK": "ticket", "BUILD": build, "INIT": "user", "JOB": job,
         "SEED": str(seed)}
        for job, seeds_of in (("storms", [1]), ("sysfuzz-long", [1, 2]))
        for seed in seeds_of for smp in values["SMP"] for build in ("release", "debug")
        if job == "storms" or smp in ("1", "4")
    ]
    many = [
        {"SMP": smp, "MEM": mem, "LOCK": "ticket", "BUILD": "release", "INIT": "user", "JOB": job}
        for smp, (job, mem) in itertools.product(
            "124", [("hackbench-400", "128M"), ("processes", "1G")])
    ]
    return tests + others + many


def refusals():
    """Return programs of which each allocation that the kernel makes for them fails in turn."""
    return [
        {"SMP": smp, "QUEUES": queues, "LOCK": "ticket", "BUILD": build, "INIT": "user",
         "JOB": "inject-all"}
        for smp, queues, build in itertools.product("124", TOPOLOGIES, ["test", "debug"])
    ]


def soak():
    """Return all cases, without repeating one; the longest first, since those that are left at the
    end cannot share the cores."""
    cases = everything_once() + seeds() + machines() + sample()
    cases += failures() + controls() + kernel_tests() + workloads()
    cases += explored() + twins() + modelled() + raced() + checked() + programs() + refusals()
    cases.sort(key=lambda case: (case["JOB"] != "test", -int(case["SMP"])))
    cases = [{"JOB": name} for name in PROGRAMS] + cases
    return list({label(case): case for case in cases}.values())
