# SPDX-License-Identifier: MIT
# tools/launcher/command.py - QEMU's command line and the kernel's bootargs for a run.
"""Unless TIMING=host, nothing that differs between runs or hosts may reach the guest."""

import shlex

from launcher import boards, host, plugin, settings


def image(run):
    """Return the path of the kernel that the Makefile builds for these settings."""
    found = run["LLVM"] == settings.LLVM_FOUND
    llvm = "" if found else "-llvm" + run["LLVM"].removeprefix("-")
    return settings.ROOT / "build" / f"{run['BUILD']}-{run['LOCK']}{llvm}" / "hartbeat"


def supply(run, free):
    """Return in words what the harts run on."""
    timing = run["TIMING"]
    return f"{free} of {host.cores()} cores free" if timing == "host" else f"TIMING={timing}"


def time_in_words(run):
    """Return what time is in this run."""
    model = f"machine {run['MODEL']}, seed {run['SEED']}"
    return {
        "host": "time is the host's",
        "count": "time is the instructions that one hart executes",
        "model": f"time is the model's: {model}",
        "explore": f"time is the model's, a turn is one instruction, no figure counts: {model}",
    }[run["TIMING"]]


def lockwait(run, free):
    """Return the slow path of the kernel's lock, and why if it was chosen here.

    A FIFO hand-off to a hart whose host thread is not running costs milliseconds; where the host
    has fewer free cores than harts, waiters therefore try again and again instead.
    """
    if run["LOCKWAIT"] != "auto":
        return run["LOCKWAIT"], None
    if run["TIMING"] != "host" or free >= boards.kernel_harts(run):
        return "queue", f"LOCKWAIT=queue (SMP={run['SMP']}, {supply(run, free)})"
    return "try", f"LOCKWAIT=try (SMP={run['SMP']}, {supply(run, free)})"


def bootargs(run, wait, free, counters):
    """Return the kernel's command line; `counters` is whether the plugin answers the model's.
    The command comes last and is the rest of the line."""
    args = [
        f"sched={run['SCHED']}",
        f"queues={run['QUEUES']}",
        f"victim={run['VICTIM']}",
        f"take={run['TAKE']}",
        f"quantum={run['QUANTUM']}",
        f"lockwait={wait}",
        f"seed={run['SEED']}",
        f"timing={run['TIMING']}",
        f"rev={host.revision(settings.ROOT)}",
        f"qemu={host.qemu_version(run['QEMU'])}",
    ]
    if run["TIMING"] in plugin.MODELLED:
        args.append(f"model={run['MODEL']}")
    if counters:
        args.append("counters=1")
    if run["TIMING"] == "host":
        args += [f"host_cpus={host.cores()}", f"host_free={free}"]
    if run["INIT"] != "kernel":
        args.append(f"init={run['INIT']}")
    if run["SYSCALLS"] != "quiet":
        args.append(f"syscalls={run['SYSCALLS']}")
    args += run["APPEND"].split()
    if run["CMD"]:
        args.append(f"cmd={run['CMD']}")
    return " ".join(args)


def nodes(run):
    """Return the options that split memory and harts evenly over NUMA nodes; none for one."""
    count, memory = int(run["NUMA"]), settings.mebibytes(run["MEM"])
    if count == 1:
        return []
    harts = int(run["SMP"]) // count
    argv = []
    for i in range(count):
        cpus = f"{i * harts}-{(i + 1) * harts - 1}"
        argv += ["-object", f"memory-backend-ram,id=node{i},size={memory // count}M"]
        argv += ["-numa", f"node,nodeid={i},memdev=node{i},cpus={cpus}"]
    return argv


def qemu(run, append, loaded=(), files=None):
    """Return QEMU's command line as a list; `loaded` are the flags that load the plugin, `files`
    the archive of the initial files."""
    argv = [run["QEMU"], "-M", run["MACHINE"], "-cpu", run["CPU"], "-smp", run["SMP"]]
    argv += nodes(run)
    argv += ["-m", run["MEM"], "-bios", "default", "-kernel", str(image(run))]
    argv += ["-append", append, "-seed", run["SEED"], "-no-reboot", "-display", "none"]
    argv += [*plugin.flags(run["TIMING"], run["QEMU"]), *loaded]
    if files:
        argv += ["-initrd", str(files)]
    if run["CMD"]:
        argv += ["-monitor", "none", "-serial", "stdio"]
    else:
        argv += ["-serial", "mon:stdio"]
    return argv + shlex.split(run["QEMUFLAGS"])
