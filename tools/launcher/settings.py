# SPDX-License-Identifier: MIT
# tools/launcher/settings.py - every variable of a run: its default, its values, its check.
"""The table VARIABLES is also what `make help` prints, so a variable is described once, here."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess

from launcher import machines
from launcher.boards import BOARDS, MAX_HARTS, board, kernel_harts, name_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
# As the Makefile has it, if LLVM is not given.
LLVM_FOUND = subprocess.run(
    [ROOT / "tools/llvm"], capture_output=True, text=True, check=True
).stdout.strip()

# Whose timers the timing model drives; how many MiB it tells apart on several memory nodes.
MODELLED_MACHINE = "virt"
MODELLED_NODES_MIB = 1024
# What would be silently ignored without it.
OF_MODEL = ("MODEL", "LIMIT", "REPORT", "CHECK")
# Boot arguments that say what time is, which records repeat.
OF_TIME = ("timing=", "model=", "counters=")


class BadSetting(Exception):
    """A value that is refused; the message names the allowed ones."""


def policies():
    """Return the names SCHED may take: each .c file of sched/ is one policy."""
    return sorted(path.stem for path in (ROOT / "sched").glob("*.c"))


def locks():
    """Return the names LOCK may take: each SPIN(name) of sync/spin/all.def is one lock."""
    lines = (ROOT / "sync/spin/all.def").read_text().splitlines()
    return [m[1] for m in map(re.compile(r"SPIN\((\w+)\)").match, lines) if m]


class Choice:
    """A check that a value is one of values()."""

    def __init__(self, values):
        self.values = values

    def __call__(self, name, value):
        if value not in self.values():
            raise BadSetting(f"{name}={value} is not one of: {' '.join(self.values())}")


def choice(*values):
    """Return a check that a value is one of `values`."""
    return Choice(lambda: list(values))


class ModelChoice(Choice):
    """A check that a value is a machine of the timing model, with figures that may be changed."""

    def __init__(self):
        super().__init__(machines.names)

    def __call__(self, name, value):
        try:
            machines.load(value)
        except machines.BadMachine as error:
            raise BadSetting(error) from error


class Integer:
    """A check that a value is a decimal number in low..high."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __call__(self, name, value):
        if not re.fullmatch(r"[0-9]{1,20}", value) or not self.low <= int(value) <= self.high:
            raise BadSetting(f"{name}={value} is not a whole number in {self.low}..{self.high}")


def program(name, value):
    """Check that the value is a program that can be run."""
    if not shutil.which(value):
        raise BadSetting(f"{name}={value} is not an executable program; tools/setup installs QEMU")


def llvm(name, value):
    """Check that the compiler with this suffix is there."""
    if not shutil.which(f"clang{value}"):
        raise BadSetting(f"{name}={value}: there is no clang{value}; tools/setup installs LLVM")


def one_line(name, value):
    """Check that the value fits on the kernel's command line."""
    if any(ord(c) < 32 or ord(c) > 126 for c in value):
        raise BadSetting(f"{name} must be one line of printable ASCII characters")


def flags(name, value):
    """Check that the value is words as a shell would read them."""
    one_line(name, value)
    try:
        shlex.split(value)
    except ValueError as error:
        raise BadSetting(f"{name}={value}: {error}") from error


def new_file(name, value):
    """Check that a file of this name can be written; empty is none."""
    one_line(name, value)
    path = pathlib.Path(value)
    if value and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise BadSetting(f"{name}={value} is not a file in a folder that exists")


def words(name, value):
    """Check APPEND: words for the kernel. None may start the command, or say another time than the
    machine has."""
    one_line(name, value)
    for word in value.split():
        if word.startswith("cmd="):
            raise BadSetting(f"{name} may not hold cmd=...; give the command as CMD='...'")
        if word.startswith(OF_TIME):
            raise BadSetting(f"{name} may not hold {word}: of {' '.join(OF_TIME)} none is allowed; "
                             "give TIMING=... and MODEL=...")


def anything(name, value):
    """Check nothing: the value goes to QEMU or the tools as given, and they judge it."""


# name: (default, what it is for a reader, check)
VARIABLES = {
    "SMP": (
        "4",
        "harts, 1..64; the least with TIMING=count or LOCK=null; spike: 1..8; sifive_u: 2..5, "
        "one of them not for the kernel",
        Integer(1, MAX_HARTS),
    ),
    "NUMA": ("1", "memory nodes, 1..2, that share MEM and SMP evenly; virt only", Integer(1, 2)),
    "MEM": ("256M", "memory, QEMU's -m", anything),
    "MACHINE": (
        "virt",
        f"QEMU's -M, options after a comma included; {', '.join(BOARDS)} are tested",
        anything,
    ),
    "CPU": (
        "rv64",
        "QEMU's -cpu, options after a comma; sifive_u: sifive-u54; spike: rv64,sstc=off",
        anything,
    ),
    "BUILD": (
        "release",
        "debug has every checker on; test is release with the kernel's own tests",
        choice("release", "debug", "test"),
    ),
    "SCHED": ("rr", "the scheduling policy", Choice(policies)),
    "QUEUES": ("global", "the topology", choice("global", "perhart", "steal")),
    "VICTIM": ("longest", "whom an idle hart takes from", choice("longest", "random")),
    "TAKE": ("one", "what it takes of what it may", choice("one", "half")),
    "QUANTUM": ("10000", "microseconds, 10..10000000", Integer(10, 10_000_000)),
    "LOCK": ("ticket", "the kernel's own spinlock", Choice(locks)),
    "LOCKWAIT": ("auto", "how it waits", choice("queue", "try", "auto")),
    "TIMING": (
        "host",
        "what time is: docs/time.md; CMD='bench ...' on virt: model",
        choice("host", "count", "model", "explore"),
    ),
    "MODEL": (
        "flat",
        "the machine of TIMING=model and explore; with other figures: flat,llc=60,quantum=100",
        ModelChoice(),
    ),
    "LIMIT": (
        "0",
        "model cycles after which TIMING=model or explore ends it; 0 is never",
        Integer(0, 2**63 - 1),
    ),
    "REPORT": ("", "file for what harts waited for, which tools/why prints", new_file),
    "CHECK": (
        "none",
        "translations: ends the run at an access for which a hart lacks a fence; TIMING=model then",
        choice("none", "translations"),
    ),
    "SEED": ("1", "0..2^64-1, of QEMU and of everything random", Integer(0, 2**64 - 1)),
    "QEMU": ("qemu-system-riscv64", "the QEMU to run", program),
    "QEMUFLAGS": ("", "more flags for QEMU", flags),
    "APPEND": ("", "more words for the kernel's bootargs", words),
    "CMD": ("", "one command line to run, by /bin/sh -c if INIT=user, instead of the prompt",
            one_line),
    "INIT": (
        "user",
        "what runs first: /init of the initial files, a Linux program, or the kernel's own prompt",
        choice("user", "kernel"),
    ),
    "INITRD_ADD": (
        "",
        "INIT=user: files, which land in /bin, and folders, whose contents land in /",
        anything,
    ),
    "SYSCALLS": (
        "quiet",
        "whether the end lists the system calls that programs asked for in vain",
        choice("quiet", "report"),
    ),
    "TIMEOUT": ("0", "seconds after which it is ended; 0 is never", Integer(0, 10**6)),
    "LLVM": (LLVM_FOUND, "suffix of the LLVM tools", llvm),
}


def is_bench(settings):
    """Return whether the command measures."""
    return settings.get("CMD", "").split()[:1] == ["bench"]


def default(name, settings):
    """Return the default of a variable; SMP's is the least where only one hart is possible."""
    full_name = settings.get("MACHINE", VARIABLES["MACHINE"][0])
    machine = board(full_name)
    if name == "CPU":
        return machine.cpu
    if name == "TIMING" and is_bench(settings) and name_of(full_name) == MODELLED_MACHINE:
        return "model"
    if name == "TIMING" and settings.get("CHECK") == "translations":
        return "model"
    if name != "SMP":
        return VARIABLES[name][0]
    if settings.get("TIMING") == "count" or settings.get("LOCK") == "null":
        return str(1 + machine.monitors)
    return machine.smp


def check_harts(settings):
    """Check that the machine can have so many harts, and that the kernel can use them."""
    smp, machine = settings["SMP"], settings["MACHINE"]
    allowed = board(machine).harts
    if int(smp) not in allowed:
        name, low, high = name_of(machine), allowed[0], allowed[-1]
        raise BadSetting(f"SMP={smp} with MACHINE={name}: it has {low}..{high} harts")
    if settings["TIMING"] == "count" and smp != "1":
        raise BadSetting(f"SMP={smp} with TIMING=count: counting allows only SMP=1")
    if settings["LOCK"] == "null" and kernel_harts(settings) != 1:
        least = 1 + board(machine).monitors
        raise BadSetting(f"SMP={smp} with LOCK=null: no lock allows only SMP={least}")


def mebibytes(memory):
    """Return MEM in MiB, or None if it is not a whole number of M or G."""
    match = re.fullmatch(r"([0-9]{1,12})([MmGg]?)", memory)
    return match and int(match[1]) * (1024 if match[2] in ("G", "g") else 1)


def check_model(settings):
    """Check that the timing model can have this machine, its memory and so many harts."""
    timing, smp = settings["TIMING"], int(settings["SMP"])
    if timing not in ("model", "explore"):
        for name in OF_MODEL:
            if settings[name] != VARIABLES[name][0]:
                raise BadSetting(f"{name}={settings[name]} with TIMING={timing}: only TIMING=model "
                                 "and explore take it")
        return
    name = name_of(settings["MACHINE"])
    if name != MODELLED_MACHINE:
        raise BadSetting(
            f"TIMING={timing} with MACHINE={name}: the model knows the timers of "
            f"{MODELLED_MACHINE} only; MACHINE={MODELLED_MACHINE}, or TIMING=host or count"
        )
    if not mebibytes(settings["MEM"]):
        raise BadSetting(f"MEM={settings['MEM']} with TIMING={timing}: MEM must be a number of "
                         "M or G")
    if "-m" in shlex.split(settings["QEMUFLAGS"]):
        raise BadSetting(f"QEMUFLAGS={settings['QEMUFLAGS']} with TIMING={timing}: the model has "
                         "to know how much memory there is; give it as MEM")
    if settings["NUMA"] != "1" and mebibytes(settings["MEM"]) > MODELLED_NODES_MIB:
        raise BadSetting(f"MEM={settings['MEM']} with TIMING={timing} and NUMA={settings['NUMA']}: "
                         "MEM must be 1G or less, or NUMA=1")
    harts = machines.load(settings["MODEL"]).harts
    if smp > harts:
        raise BadSetting(f"SMP={smp} with MODEL={settings['MODEL']}: it has 1..{harts} harts")


def check_nodes(settings):
    """Check that memory and harts can be split evenly over the memory nodes."""
    nodes, smp, memory = int(settings["NUMA"]), settings["SMP"], settings["MEM"]
    if nodes == 1:
        return
    if not board(settings["MACHINE"]).nodes:
        name = name_of(settings["MACHINE"])
        raise BadSetting(f"NUMA={nodes} with MACHINE={name}: it has NUMA=1 only; virt has 1..2")
    if int(smp) % nodes:
        raise BadSetting(f"SMP={smp} with NUMA={nodes}: SMP must be a multiple of {nodes}")
    if not mebibytes(memory) or mebibytes(memory) % nodes:
        raise BadSetting(
            f"MEM={memory} with NUMA={nodes}: MEM must be a number of M or G, its MiB a multiple "
            f"of {nodes}"
        )


def given(arguments, known):
    """Return those variables of `known` that the environment sets, or an argument NAME=VALUE, which
    comes before it. Blank counts as not set. Raises BadSetting."""
    values = {name: os.environ[name] for name in known if name in os.environ}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if name not in known or not equals:
            raise BadSetting(f"{argument}: not NAME=VALUE with one of: {' '.join(known)}")
        values[name] = value
    return {name: value.strip() for name, value in values.items() if value.strip()}


def resolve(chosen):
    """Return every variable's value: what is given (empty counts as not given) or its default.

    Raises BadSetting for the first value that is refused.
    """
    chosen = {name: value.strip() for name, value in chosen.items() if value.strip()}
    settings = {name: chosen.get(name, default(name, chosen)) for name in VARIABLES}
    for name, (_, _, check) in VARIABLES.items():
        check(name, settings[name])
    settings["SMP"] = str(int(settings["SMP"]))
    check_harts(settings)
    check_model(settings)
    check_nodes(settings)
    return settings


def help_lines():
    """Return one line a variable: name, default, allowed values and what it is."""
    lines = []
    for name, (value, text, check) in VARIABLES.items():
        allowed = f"{' | '.join(check.values())}: " if isinstance(check, Choice) else ""
        lines.append(f"  {name:<10}{value or '(empty)':<21}{allowed}{text}")
    return lines
