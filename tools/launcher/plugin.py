# SPDX-License-Identifier: MIT
# tools/launcher/plugin.py - the timing model as QEMU takes it: plugin, arguments, flags.
"""One source makes a plugin for each version of QEMU's plugin interface; `selfcheck` finds the one
that a QEMU takes. Nothing that differs between runs or hosts may reach a guest that is modelled."""

import re
import subprocess
from typing import NamedTuple

from launcher import host, machines, reports, settings, translations

FOLDER = settings.ROOT / "build/model"
# A program that takes the harts and the plugin's arguments.
JUDGE = FOLDER / "judge"
INTERFACES = (4, 3, 2, 1)
MODELLED = ("model", "explore")
# The first QEMU in which blocks of one instruction are a property of the accelerator.
PROPERTY_SINCE = (8, 1)
BYTES_A_MEBIBYTE = 1 << 20
# The guest's clock of the wall: any constant will do. No network card: QEMU's user network has a
# timer that would keep a machine alive in which all harts sleep for good.
SEALED = ["-rtc", "base=2000-01-01,clock=vm", "-nic", "none"]


class Options(NamedTuple):
    """What one run wants of the plugin beside the machine: `report` is where the regions of
    interest are written, `limit` the model cycles after which the run is ended, 0 for never,
    `image` the kernel, whose data a report holds, `check` where CHECK=translations says what it has
    found; "" for none."""

    report: str = ""
    limit: int = 0
    image: str = ""
    check: str = ""


def path(interface):
    """Return the plugin that was built for a version of the interface."""
    return FOLDER / f"model-{interface}.so"


def built():
    """Return the interfaces for which there is a plugin, the newest first."""
    return [interface for interface in INTERFACES if path(interface).exists()]


def escape(text):
    """Return text as a value in one of QEMU's lists of options."""
    return str(text).replace(",", ",,")


def arguments(run, options):
    """Return the plugin's arguments, `key=value` with commas between."""
    if run["TIMING"] == "count":
        return "mode=count"
    words = [f"mode={run['TIMING']}", f"seed={run['SEED']}"]
    words.append(f"ram={settings.mebibytes(run['MEM']) * BYTES_A_MEBIBYTE},nodes={run['NUMA']}")
    if run["TIMING"] == "explore":
        words.append("asleep=end")
    if options.report:
        words.append(f"out={escape(options.report)}")
    if options.report and options.image:
        words.append(reports.plugin_arguments(options.image))
    if options.check:
        words.append(f"check={escape(options.check)}")
        words.append(translations.plugin_arguments(options.image))
    if options.limit:
        words.append(f"limit={options.limit}")
    return ",".join([*words, machines.plugin_arguments(run["MODEL"])])


def judge(run):
    """Have the plugin's own code judge what it will be told. Raises BadSetting."""
    argv = [JUDGE, run["SMP"], *arguments(run, Options()).split(",")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().removeprefix("model: ")
        raise settings.BadSetting(f"SMP={run['SMP']} MEM={run['MEM']} MODEL={run['MODEL']} with "
                                  f"TIMING={run['TIMING']}: {reason}")


def load(interface, words):
    """Return QEMU's flags that load the plugin for `interface` with these arguments."""
    return ["-plugin", f"{escape(path(interface))},{words}"]


def numbers(version):
    """Return a version such as 8.1.0 as (8, 1, 0)."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def single_instructions(qemu):
    """Return (property of the accelerator, flags) with which a QEMU makes a block of each
    instruction."""
    if numbers(host.qemu_version(qemu)) >= PROPERTY_SINCE:
        return ",one-insn-per-tb=on", []
    return "", ["-singlestep"]


def flags(timing, qemu):
    """Return QEMU's flags for a TIMING, without those that load the plugin."""
    if timing == "host":
        return ["-accel", "tcg,thread=multi"]
    if timing == "count":
        return ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"]
    single, more = single_instructions(qemu) if timing == "explore" else ("", [])
    return ["-accel", f"tcg,thread=single{single}", *more, *SEALED]
