# SPDX-License-Identifier: MIT
# tools/figures.py - takes the figures of goals.toml and judges them.
"""Runs the benches and reads their RESULT lines: under TIMING=count, where a figure is an exact
number of instructions, and what concerns several harts under TIMING=model."""

import json
import pathlib
import re
import struct
import subprocess
import tomllib

from launcher import command, host, settings

ROOT = pathlib.Path(__file__).resolve().parents[1]
GOALS = ROOT / "tools/goals.toml"
MACHINE = {"TIMING": "count", "INIT": "kernel", "MEM": "128M", "BUILD": "release", "LOCK": "ticket",
           "SCHED": "rr"}
TOPOLOGIES = ("global", "perhart", "steal")
PATHS = "bench sched yield_switch event_pingpong create_join"
CROWDS = "bench sched pick wakeup crowd=10,100000"
EACH = "bench sched switch_each wake_each"
MCS = "bench locks harts=4,32 locks=mcs acquisitions=4000 waits=0"
# What the key `run` of a figure names: boots, each of them settings beside MACHINE and a command.
COUNTED = {
    "base": [({}, "bench locks harts=1"), ({}, "bench sched")],
    "perhart": [({"QUEUES": "perhart"}, PATHS)],
    "steal": [({"QUEUES": "steal"}, PATHS)],
    **{f"crowds-{queues}": [({"QUEUES": queues, "MEM": "2G"}, CROWDS)] for queues in TOPOLOGIES},
}
MODELLED = {
    "model-locks": [({"TIMING": "model", "SMP": "32"}, MCS)],
    **{f"model-{queues}": [({"TIMING": "model", "SMP": smp, "QUEUES": queues}, EACH)
                           for smp in ("1", "64")] for queues in ("perhart", "steal")},
}
# Programs, on INIT=user. What kbench prints is no RESULT line: kbench_records() reads it.
KBENCH = "/bin/kbench "
KBENCH_RUNS = {
    "calls": "rounds=2 only=getppid only=clock only=yield only=futex only=pipe only=signal "
             "only=pthread only=sleep skip=hb_ skip=sleep_ skip=_free",
    "memory": "rounds=2 only=fork only=exec_ only=spawn only=mmap1 only=touch only=cow",
    "hackbench": "rounds=1 hbloops=100 only=hb_process_pipe",
}
PROGRAMS = {f"kbench-{name}": [({"INIT": "user"}, KBENCH + words)]
            for name, words in KBENCH_RUNS.items()}
PROGRAMS["crowd"] = [({"INIT": "user", "MEM": "1G"}, "crowd 10 10000")]
COUNTED |= PROGRAMS
RUNS = COUNTED | MODELLED
# A row of kbench, and one of how late it woke. ns are instructions under TIMING=count.
KBENCH_COST = re.compile(r"^B (\S+) +\d+ \S+ +ns: ([\d.]+) ([\d.]+) ([\d.]+)", re.M)
KBENCH_LATE = re.compile(r"^L (\S+) +late-ns: .* p50 (\d+) .* max (\d+) mean", re.M)
PT_LOAD = 1
# What the ceilings were taken with, to the instruction. Another compiler makes other code, and
# another QEMU a longer or shorter device tree, which the boot reads.
CEILINGS_LLVM, CEILINGS_QEMU = "-16", "7.2"


class BenchFailed(Exception):
    """A bench did not run to its end."""


def load_goals():
    """Return {figure: its table} in the order of the file."""
    return tomllib.loads(GOALS.read_text())


def ceilings_hold(run):
    """Return whether the ceilings say something about these settings."""
    qemu = host.qemu_version(run["QEMU"])
    return run["LLVM"] == CEILINGS_LLVM and qemu.startswith(CEILINGS_QEMU + ".")


def goals_for(run):
    """Return the goals, without ceilings where these do not hold."""
    goals = load_goals()
    if not ceilings_hold(run):
        for figure in goals.values():
            figure.pop("ceiling", None)
    return goals


def parse(output):
    """Return the records of the RESULT lines."""
    lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
    return [json.loads(line.removeprefix("RESULT ")) for line in lines]


def kbench_records(output):
    """Return what kbench printed as records: the least that each row cost; how late it woke in the
    middle and at most. Raises BenchFailed if it did not run to its end."""
    if "KBENCH-DONE" not in output or re.search(r"^X ", output, re.M):
        raise BenchFailed(f"kbench did not run to its end:\n{output}")
    rows = [(name, float(least)) for name, least, _, _ in KBENCH_COST.findall(output)]
    for name, middle, most in KBENCH_LATE.findall(output):
        rows += [(f"{name}_p50", float(middle)), (f"{name}_max", float(most))]
    return [{"bench": "kbench", "metric": name, "threads": 1, "value": value}
            for name, value in rows]


def output_of(run, extra, line):
    """Return what one bench command prints, with settings beside those of `run`."""
    values = {name: run[name] for name in (*MACHINE, "LLVM", "QEMU")} | extra
    chosen = [f"{name}={value}" for name, value in values.items()]
    argv = [ROOT / "tools/run", *chosen, f"CMD={line}"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchFailed(f"`{line}` failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def records_of(run, boots):
    """Return the records of several boots, as RUNS has them."""
    found = []
    for extra, line in boots:
        output = output_of(run, extra, line)
        found += kbench_records(output) if line.startswith(KBENCH) else parse(output)
    return found


def image_bytes(image):
    """Return how many bytes of an ELF image are loaded from the file."""
    data = image.read_bytes()
    (offset,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = [struct.unpack_from("<IIQQQQ", data, offset + i * size) for i in range(count)]
    return sum(filesz for kind, _, _, _, _, filesz in headers if kind == PT_LOAD)


def select(records, figure):
    """Return the values of a figure's records as {threads: value}."""
    wanted = {"bench": figure["bench"], "metric": figure["metric"], **figure.get("where", {})}
    return {
        record["threads"]: record["value"]
        for record in records
        if all(record[key] == value for key, value in wanted.items())
    }


def value_of(figure, records, image):
    """Return what a figure is now, or None if nothing measured it."""
    if "bench" not in figure:
        return image_bytes(image)
    values = select(records, figure)
    if "flat" not in figure:
        return values[min(values)] if values else None
    few, many = (values.get(threads) for threads in figure["flat"])
    if few is None or many is None:
        return None
    return round(100 * (many - few) / few, 2)


def verdict(value, figure):
    """Return ok, or what is wrong with a value: no value, above the ceiling, or above the goal."""
    if value is None:
        return "MISSING"
    if value > figure.get("ceiling", value) + figure.get("slack", 0):
        return "ABOVE CEILING"
    return "ok" if value <= figure["goal"] else "above goal"


def settings_of(given):
    """Return the settings of a measurement; `given` may choose LLVM and QEMU."""
    return settings.resolve({name: given.get(name, "") for name in ("LLVM", "QEMU")} | MACHINE)


def run_of(figure):
    """Return the name of the run that has a figure."""
    return figure.get("run", "base")


def counted():
    """Return the names of the figures that are taken under TIMING=count."""
    return [name for name, figure in load_goals().items() if run_of(figure) in COUNTED]


def measure(run, names=None):
    """Return {figure: (value, verdict)} of all figures, or of `names`. The kernel must have been
    built, and for those that are modelled the model."""
    goals = {name: goal for name, goal in goals_for(run).items() if names is None or name in names}
    needed = {run_of(goal) for goal in goals.values()}
    records = {name: records_of(run, boots) for name, boots in RUNS.items() if name in needed}
    values = {
        name: value_of(goal, records[run_of(goal)], command.image(run))
        for name, goal in goals.items()
    }
    return {name: (value, verdict(value, goals[name])) for name, value in values.items()}


def with_ceilings(text, values):
    """Return goals.toml's text with the ceilings that are absent or too high set to `values`.
    What is modelled has none: where a line happens to lie moves it a little."""
    for name, value in values.items():
        figure = tomllib.loads(text)[name]
        old = figure.get("ceiling")
        if value is None or run_of(figure) in MODELLED or (old is not None and old <= value):
            continue
        table = re.compile(rf"(^\[{name}\]\n(?:[a-z].*\n)*?goal = .*\n)(ceiling = .*\n)?", re.M)
        exact = int(value) if value == int(value) else value
        text = table.sub(rf"\g<1>ceiling = {exact}\n", text)
    return text
