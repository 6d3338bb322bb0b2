# SPDX-License-Identifier: MIT
# tools/launcher/machines.py - the machines that the timing model knows: tools/model/machines/.
"""A machine is a TOML file: `about`, one line for people, and the tables [shape] and [costs], whose
keys are the plugin's arguments. Which keys there are, and what values they take, tools/model/
machine.c knows alone; here it is made sure that a file is one that can be handed to it.

A name may be followed by figures that are another, with commas between: `flat,quantum=100,llc=60`.
The quantum is no figure of the machine: by how many cycles a hart may run ahead of the others."""

import pathlib
import re
import tomllib
from typing import NamedTuple

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "model/machines"
TABLES = ("shape", "costs")
QUANTUM = "quantum"
# What the kernel's records have room for.
NAME_MAX = 31


class BadMachine(Exception):
    """A machine that is not known, or whose file is not as it has to be; says what is."""


class Machine(NamedTuple):
    """A machine: its name, what it is, and the figures by key; `turns` is not of the machine."""

    name: str
    about: str
    shape: dict
    costs: dict
    turns: dict

    @property
    def harts(self):
        """How many harts it has: the most that SMP may be."""
        return self.shape["harts"]


def names(folder=FOLDER):
    """Return the machines' names, in order."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def load(model, folder=FOLDER):
    """Read a machine's file, and change the figures that are named with it. Raises BadMachine."""
    name, *changes = model.split(",")
    if name not in names(folder):
        raise BadMachine(f"MODEL={name} is not one of: {' '.join(names(folder))}")
    path = folder / f"{name}.toml"
    try:
        tables = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise BadMachine(f"{path}: {error}") from error
    fault = fault_in(tables)
    if fault:
        raise BadMachine(f"{path}: {fault}")
    machine = Machine(name, tables["about"], *(tables[table] for table in TABLES), {})
    return changed(machine, model, changes)


def changed(machine, model, changes):
    """Return the machine with other figures, each `key=value`. Raises BadMachine."""
    if len(model) > NAME_MAX:
        raise BadMachine(f"MODEL={model} is longer than {NAME_MAX} characters")
    keys = [*machine.shape, *machine.costs, QUANTUM]
    for change in changes:
        key, _, value = change.partition("=")
        if key not in keys:
            raise BadMachine(f"MODEL={model}: {key} is not one of: {' '.join(keys)}")
        if not re.fullmatch("[0-9]{1,10}", value):
            raise BadMachine(f"MODEL={model}: {change} is not {key}=NUMBER")
        tables = (machine.shape, machine.costs, machine.turns)
        next((table for table in tables if key in table), machine.turns)[key] = int(value)
    return machine


def fault_in(tables):
    """Return what is wrong with the contents of a file, None if nothing is."""
    if set(tables) != {"about", *TABLES}:
        return f"wanted are about, [{'] and ['.join(TABLES)}], and nothing else"
    if not isinstance(tables["about"], str) or "\n" in tables["about"]:
        return "about is not one line of text"
    for table in TABLES:
        if not isinstance(tables[table], dict):
            return f"[{table}] is not a table"
        for key, value in tables[table].items():
            if type(value) is not int or value < 0:
                return f"{key} is not a whole number from 0 up"
    twice = set(tables["shape"]) & set(tables["costs"])
    if twice:
        return f"{min(twice)} is in both tables"
    return None if "harts" in tables["shape"] else "[shape] does not say how many harts there are"


def plugin_arguments(model, folder=FOLDER):
    """Return what tells the plugin about the machine: `key=value`, with commas between."""
    machine = load(model, folder)
    figures = {**machine.shape, **machine.costs, **machine.turns}
    return ",".join(f"{key}={value}" for key, value in figures.items())


def describe(name, folder=FOLDER):
    """Return the machine in one line for people."""
    machine = load(name, folder)
    return f"{name}: {machine.about} (up to {machine.harts} harts)"
