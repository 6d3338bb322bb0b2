# SPDX-License-Identifier: MIT
# tools/figures.py - takes the figures of goals.toml and judges them.
"""Runs the benches under TIMING=count, where a figure is exact, and reads their RESULT lines."""

import json
import pathlib
import re
import struct
import subprocess
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[1]
GOALS = ROOT / "tools/goals.toml"
MACHINE = ["TIMING=count", "MEM=128M", "BUILD=release", "LOCK=ticket", "SCHED=rr"]
COMMANDS = ["bench locks harts=1", "bench sched"]
PT_LOAD = 1


class BenchFailed(Exception):
    """A bench did not run to its end."""


def load_goals():
    """Return {figure: its table} in the order of the file."""
    return tomllib.loads(GOALS.read_text())


def parse(output):
    """Return the records of the RESULT lines."""
    lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
    return [json.loads(line.removeprefix("RESULT ")) for line in lines]


def run_bench(command):
    """Return the records of one bench command."""
    argv = [ROOT / "tools/run", *MACHINE, f"CMD={command}"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchFailed(f"`{command}` failed:\n{done.stdout}{done.stderr}")
    return parse(done.stdout)


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


def measure():
    """Return {figure: (value, verdict)}. The kernel must have been built."""
    records = [record for command in COMMANDS for record in run_bench(command)]
    image = ROOT / "build/release-ticket/hartbeat"
    values = {name: value_of(figure, records, image) for name, figure in load_goals().items()}
    return {name: (value, verdict(value, load_goals()[name])) for name, value in values.items()}


def with_ceilings(text, values):
    """Return goals.toml's text with the ceilings that are absent or too high set to `values`."""
    for name, value in values.items():
        old = tomllib.loads(text)[name].get("ceiling")
        if value is None or (old is not None and old <= value):
            continue
        table = re.compile(rf"(^\[{name}\]\n(?:[a-z].*\n)*?goal = .*\n)(ceiling = .*\n)?", re.M)
        exact = int(value) if value == int(value) else value
        text = table.sub(rf"\g<1>ceiling = {exact}\n", text)
    return text
