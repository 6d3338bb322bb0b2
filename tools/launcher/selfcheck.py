# SPDX-License-Identifier: MIT
# tools/launcher/selfcheck.py - whether the timing model works with a QEMU; once for each build.
"""Versions are not asked. The plugin itself refuses where a symbol or a hook is missing; then a
guest without a kernel (tools/model/payload/) runs twice: it has to see the model's counters,
timers and interrupts, and both runs have to be the same. What has passed is remembered by the
contents of QEMU, plugin and guest."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess

from launcher import child, host, plugin, session, settings

PAYLOAD = plugin.FOLDER / "payload"
PARAMETERS_AT = 0x80200000
MEMORY = "16M"
TIMEOUT_S = 60
HARTS = 4
MODEL = "flat"
# struct parameters of the payload. Where turns are one instruction long, no lock is taken: an
# increment that loses none then shows that they are not.
PARAMETERS = {"cs": 10, "think": 20, "total": 2000, "window": 0, "tick": 200, "checks": 1}
# What a run has to report, as (least, most); see tools/model/payload/checks.h.
COMMON = {
    "loop_instructions": (2000, 2010),
    "slept": (1000, 1010),
    "flushes": (11, 11),
    "satp_changes": (2, 2),
    "sum_changes": (4, 4),
}
MODELLED = {"loop_cycles": (2000, 2100), "hits": (99, 110), "answers": (HARTS - 1, HARTS - 1)}
REMEDY = (
    "install QEMU 7.2 or 10.0 as Debian 12 or 13 has it (tools/setup), and give it as QEMU=...; "
    "or take {}"
)
FALLBACK = "TIMING=host to use the kernel, or TIMING=count with SMP=1 for exact figures of one hart"


class Unfit(Exception):
    """The model does not work with this QEMU; the message says why."""


class Hung(Unfit):
    """It got as far as running the guest, which did not end: no other plugin will do."""


def harts(timing):
    """Return on how many harts the guest runs."""
    return 1 if timing == "count" else HARTS


def parameters(timing):
    """Return the payload's parameters for a trial by name, as `struct parameters` has them."""
    lock = settings.locks().index("null" if timing == "explore" else "ticket")
    return {"lock": lock, "harts": harts(timing), **PARAMETERS}


def placed(values):
    """Return QEMU's flags that put the payload's parameters where it looks for them."""
    argv = []
    for i, value in enumerate(values.values()):
        argv += ["-device", f"loader,addr={PARAMETERS_AT + 8 * i},data={value},data-len=8"]
    return argv


def command_line(run, loaded, values=None):
    """Return QEMU's command line for the payload; `loaded` are the flags that load the plugin,
    `values` the payload's parameters if it is not a trial."""
    timing = run["TIMING"]
    values = values or parameters(timing)
    argv = [run["QEMU"], "-M", "virt", "-cpu", "rv64", "-smp", str(values["harts"]), "-m", MEMORY]
    argv += ["-bios", "none", "-kernel", str(PAYLOAD), "-seed", "1", "-display", "none"]
    argv += ["-monitor", "none", "-serial", "stdio"]
    return argv + placed(values) + plugin.flags(timing, run["QEMU"]) + loaded


def complaint(text):
    """Return the line of standard error that says most: the plugin's own, else the last one."""
    lines = [line for line in text.splitlines() if line.strip()]
    own = [line for line in lines if line.startswith("model: ")]
    return (own or lines[-1:] or ["it said nothing"])[0]


def observe(argv, timeout=TIMEOUT_S):
    """Run the payload, for so many seconds at most. Returns: its record. Raises Unfit."""
    process = child.start(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise Hung(f"the trial run did not end within {timeout} s") from error
    finally:
        child.end(process)
    try:
        return json.loads(out)
    except json.JSONDecodeError as error:
        raise Unfit(complaint(err)) from error


def fault(record, timing):
    """Return what is wrong with what a run reported, None if nothing is."""
    wanted = COMMON if timing == "count" else {**COMMON, **MODELLED}
    for name, (least, most) in wanted.items():
        if not least <= record[name] <= most:
            return f"{name} is {record[name]}, not within {least}..{most}"
    if not all(record["interrupts"]):
        return "a hart got no timer interrupt"
    if timing == "explore" and record["racy"] >= sum(record["acquired"]):
        return "no increment was torn apart: turns are longer than one instruction"
    return None


def without_counters(record):
    """Return what a machine without the plugin reports alike."""
    counters = ("hits", "flushes", "satp_changes", "sum_changes")
    return {name: value for name, value in record.items() if name not in counters}


def examine(run, interface):
    """Make the runs with one plugin. Raises Unfit."""
    trial = {**run, "SEED": "1", "MEM": MEMORY, "NUMA": "1", "MODEL": MODEL}
    words = plugin.arguments(trial, plugin.Options())
    argv = command_line(run, plugin.load(interface, words))
    record = observe(argv)
    wrong = fault(record, run["TIMING"])
    if wrong:
        raise Unfit(wrong)
    if observe(argv) != record:
        raise Unfit("two equal runs had different outcomes")
    if run["TIMING"] == "count":
        bare = observe(command_line(run, []))
        if without_counters(bare) != without_counters(record):
            raise Unfit("the plugin changes what the guest sees")


def fingerprint(run, interfaces):
    """Return a hash of all that the outcome depends on."""
    digest = hashlib.sha256(run["TIMING"].encode())
    digest.update((host.output_of(run["QEMU"], "--version") or "").encode())
    files = [pathlib.Path(shutil.which(run["QEMU"])), PAYLOAD, pathlib.Path(__file__)]
    for file in [*files, *map(plugin.path, interfaces)]:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def remember(stamp, interface):
    """Write down that a plugin has passed; others may do so at the same time."""
    new = stamp.with_suffix(f".{os.getpid()}")
    new.write_text(f"{interface}\n")
    new.rename(stamp)


def search(run, interfaces):
    """Return the first interface whose plugin passes. Raises Unfit with each one's reason."""
    reasons = {}
    for interface in interfaces:
        try:
            examine(run, interface)
            return interface
        except Hung:
            raise
        except Unfit as unfit:
            reasons.setdefault(str(unfit), interface)
    own = [reason for reason in reasons if not re.search(r"plugin requires API version", reason)]
    raise Unfit("; ".join(own or reasons))


def find(run):
    """Return the interface of the plugin for this run's QEMU and TIMING. Raises Unfit, and
    BadSetting if the plugin or the payload has not been built."""
    interfaces = plugin.built()
    if not interfaces or not PAYLOAD.exists() or not plugin.JUDGE.exists():
        raise settings.BadSetting(f"TIMING={run['TIMING']} needs {plugin.FOLDER}: `make model`")
    stamp = plugin.FOLDER / f"passed-{fingerprint(run, interfaces)}"
    if not stamp.exists():
        session.say("trying the timing model with this QEMU, once")
        remember(stamp, search(run, interfaces))
    return int(stamp.read_text())


def in_words(run, unfit):
    """Return with what the model does not work, and why."""
    return f"does not work with {run['QEMU']} {host.qemu_version(run['QEMU'])}: {unfit}"


def require(run):
    """As find(), but where the model does not work BadSetting says so and what to do; so it does
    if the model cannot have the machine that this run wants."""
    try:
        interface = find(run)
        plugin.judge(run)
        return interface
    except Unfit as unfit:
        raise settings.BadSetting(
            f"TIMING={run['TIMING']} {in_words(run, unfit)}\n" + REMEDY.format(FALLBACK)
        ) from unfit


def optional(run):
    """Return as find(), or None where the model does not work; then it is said what is missing."""
    try:
        return find(run)
    except Unfit as unfit:
        session.say(f"TLB flushes are not counted: the plugin {in_words(run, unfit)}")
        return None
