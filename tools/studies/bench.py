# SPDX-License-Identifier: MIT
# tools/studies/bench.py - runs `bench locks` under the timing model and reads what it reports.
"""A case is one boot; what comes of it are rows, one for each lock and number of harts."""

import json
import os
import subprocess
import sys
from typing import NamedTuple

import figures
from launcher.settings import BadSetting

LOCKS = ("tas", "ttas", "ticket", "mcs", "clh")
# What every case runs with unless it says otherwise.
COMMON = {"TIMING": "model", "MEM": "256M", "BUILD": "release", "LOCK": "ticket"}


class BadRun(Exception):
    """A case did not run to its end, or its records may not be compared; the message says why."""


class Case(NamedTuple):
    """One boot: which study it is for, the launcher's variables, and the arguments of the bench."""

    study: str
    settings: tuple  # of (name, value)
    words: tuple  # of (name, value)

    def key(self):
        """Return the case as one line of words."""
        pairs = [*self.settings, *self.words]
        return " ".join([self.study, *(f"{name}={value}" for name, value in pairs)])

    def value(self, name):
        """Return a setting, or an argument of the bench."""
        return dict([*self.settings, *self.words])[name]


def listed(values):
    """Return values as one argument takes them."""
    return ",".join(map(str, values))


def case(study, settings, **words):
    """Return a case; lists among `words` are joined by commas, what is common is filled in."""
    joined = {k: listed(v) if isinstance(v, (list, tuple)) else str(v) for k, v in words.items()}
    values = COMMON | {name: str(value) for name, value in settings.items()}
    return Case(study, tuple(values.items()), tuple(joined.items()))


def command_line(one):
    """Return the launcher's command line for a case."""
    command = " ".join(["bench locks", *(f"{name}={value}" for name, value in one.words)])
    settings = [f"{name}={value}" for name, value in one.settings]
    return [str(figures.ROOT / "tools/run"), "INIT=kernel", *settings, f"CMD={command}"]


def rows(records):
    """Return [{"lock", "harts", and each metric: its value}], in the order of the records."""
    found = {}
    for record in records:
        if record["bench"] != "locks":
            continue
        if not record["valid"] or record["timing"] != "model":
            raise BadRun(f"not to be compared with others: {json.dumps(record)}")
        place = record["lock"], record["harts"]
        row = found.setdefault(place, {"lock": place[0], "harts": place[1]})
        row[record["metric"]] = record["value"]
    return list(found.values())


def run(one):
    """Return the rows of a case. Raises BadRun."""
    done = subprocess.run(command_line(one), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BadRun(f"{' '.join(command_line(one))}\n{done.stdout}{done.stderr}")
    found = rows(figures.parse(done.stdout))
    if not found:
        raise BadRun(f"no records of `bench locks` in:\n{done.stdout}")
    return found


def refuse_report():
    """Raise BadSetting if a report is wanted: every boot would write the same file."""
    if os.environ.get("REPORT"):
        raise BadSetting(f"REPORT={os.environ['REPORT']}: there is no report of many boots; take "
                         "one of them: make why CMD='bench locks ...'")


def build():
    """Build the kernel and the model that are measured, whatever variant make was asked for."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    variant = [f"{name}={COMMON[name]}" for name in ("BUILD", "LOCK")]
    argv = ["make", "--no-print-directory", "kernel", "model", *variant]
    done = subprocess.run(argv, cwd=figures.ROOT, env=clean, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise BadRun(f"{' '.join(argv)} failed")
