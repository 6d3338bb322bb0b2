# SPDX-License-Identifier: MIT
# tests/system/test_options.py - a wrong variable or argument is refused, and says what is right.
"""A table of bad options of `make qemu`, one of bad command lines in the kernel."""

import re
import time

import pytest
from harness import boot, boot_ok, build, make

# (variables, words that the message must hold)
REFUSED = [
    ({"SMP": "0"}, ["SMP=0", "1..64"]),
    ({"SMP": "65"}, ["SMP=65", "1..64"]),
    ({"SMP": "four"}, ["SMP=four", "1..64"]),
    ({"SMP": "-1"}, ["SMP=-1", "1..64"]),
    ({"SMP": "2.5"}, ["SMP=2.5", "1..64"]),
    ({"SCHED": "nonesuch"}, ["SCHED=nonesuch", "fifo", "rr"]),
    ({"SCHED": "lose"}, ["SCHED=lose", "fifo", "rr"]),
    ({"QUEUES": "nonesuch"}, ["QUEUES=nonesuch", "global perhart steal"]),
    ({"VICTIM": "nonesuch"}, ["VICTIM=nonesuch", "longest random"]),
    ({"TAKE": "nonesuch"}, ["TAKE=nonesuch", "one half"]),
    ({"QUANTUM": "0"}, ["QUANTUM=0", "10..10000000"]),
    ({"QUANTUM": "1ms"}, ["QUANTUM=1ms", "10..10000000"]),
    ({"LOCK": "nonesuch"}, ["LOCK=nonesuch", "ticket", "tas", "ttas", "mcs", "clh", "null"]),
    ({"LOCK": "busted"}, ["LOCK=busted", "ticket"]),
    ({"LOCK": "null", "SMP": "2"}, ["LOCK=null", "SMP=1"]),
    ({"LOCK": "null", "SMP": "3", "MACHINE": "sifive_u"}, ["LOCK=null", "SMP=2"]),
    ({"SMP": "1", "MACHINE": "sifive_u"}, ["SMP=1", "MACHINE=sifive_u", "2..5"]),
    ({"SMP": "6", "MACHINE": "sifive_u,start-in-flash=on"}, ["SMP=6", "MACHINE=sifive_u:", "2..5"]),
    ({"SMP": "9", "MACHINE": "spike"}, ["SMP=9", "MACHINE=spike", "1..8"]),
    ({"TIMING": "count", "MACHINE": "sifive_u"}, ["TIMING=count", "SMP=1"]),
    ({"NUMA": "0"}, ["NUMA=0", "1..2"]),
    ({"NUMA": "3"}, ["NUMA=3", "1..2"]),
    ({"NUMA": "2", "MACHINE": "spike"}, ["NUMA=2", "MACHINE=spike", "NUMA=1"]),
    ({"NUMA": "2", "SMP": "3"}, ["SMP=3", "NUMA=2", "multiple of 2"]),
    ({"NUMA": "2", "SMP": "4", "MEM": "65M"}, ["MEM=65M", "NUMA=2", "multiple of 2"]),
    ({"NUMA": "2", "SMP": "4", "MEM": "lots"}, ["MEM=lots", "NUMA=2", "number of M or G"]),
    ({"LOCKWAIT": "nonesuch"}, ["LOCKWAIT=nonesuch", "queue", "try", "auto"]),
    ({"BUILD": "nonesuch"}, ["BUILD=nonesuch", "release", "debug"]),
    ({"TIMING": "nonesuch"}, ["TIMING=nonesuch", "host count model explore"]),
    ({"TIMING": "model", "MACHINE": "spike"}, ["TIMING=model", "MACHINE=spike", "MACHINE=virt"]),
    ({"TIMING": "explore", "MACHINE": "sifive_u"}, ["TIMING=explore", "MACHINE=virt", "host"]),
    ({"TIMING": "model", "MEM": "lots"}, ["MEM=lots", "number of M or G"]),
    ({"TIMING": "model", "NUMA": "2", "MEM": "1026M"}, ["MEM=1026M", "NUMA=1", "1G or less"]),
    ({"TIMING": "model", "QEMUFLAGS": "-m 1G"}, ["QEMUFLAGS=-m 1G", "TIMING=model", "as MEM"]),
    ({"TIMING": "model", "MODEL": "jh7110", "SMP": "5"}, ["SMP=5", "MODEL=jh7110", "1..4"]),
    ({"CMD": "bench locks", "MODEL": "sg2042x2", "SMP": "65"}, ["SMP=65"]),
    ({"MODEL": "nonesuch"}, ["MODEL=nonesuch", "flat", "jh7110", "sg2042", "sg2042x2", "tight"]),
    ({"MODEL": "sg2042"}, ["MODEL=sg2042", "TIMING=host", "TIMING=model and explore"]),
    ({"TIMING": "count", "LIMIT": "9"}, ["LIMIT=9", "TIMING=count", "TIMING=model and explore"]),
    ({"LIMIT": "1s"}, ["LIMIT=1s", "0..9223372036854775807"]),
    ({"REPORT": "/no/such/folder/report"}, ["REPORT=/no/such/folder/report", "folder"]),
    ({"TIMING": "count", "SMP": "2"}, ["TIMING=count", "SMP=1"]),
    ({"SEED": "one"}, ["SEED=one", "0..18446744073709551615"]),
    ({"SEED": "18446744073709551616"}, ["0..18446744073709551615"]),
    ({"QEMU": "no-such-qemu"}, ["QEMU=no-such-qemu"]),
    ({"QEMUFLAGS": "-append 'x"}, ["QEMUFLAGS=-append 'x", "No closing quotation"]),
    ({"LLVM": "-99"}, ["LLVM=-99", "clang-99"]),
    ({"LLVM": "-14 -16"}, ["LLVM=-14 -16", "such as -16"]),
    ({"APPEND": "cmd=help"}, ["APPEND", "CMD="]),
    ({"APPEND": "watchdog=0 timing=count"}, ["APPEND", "timing=count", "none is", "TIMING="]),
    ({"TIMING": "model", "APPEND": "model=tight"}, ["APPEND", "model=tight", "none is", "MODEL="]),
    ({"TIMING": "count", "APPEND": "counters=1"}, ["APPEND", "counters=1", "none is allowed"]),
    ({"TIMEOUT": "soon"}, ["TIMEOUT=soon"]),
    ({"CMD": "one\ntwo"}, ["CMD", "one line"]),
    ({"SCHED": "rr fifo"}, ["SCHED=rr fifo", "fifo", "rr"]),
]

# What only QEMU can judge: its refusal is the error.
REFUSED_BY_QEMU = [
    {"CPU": "nonesuch"},
    {"CPU": "rv64,nonesuch=on"},
    {"MACHINE": "nonesuch"},
    {"MACHINE": "virt,nonesuch=on"},
    {"MEM": "lots"},
    {"QEMUFLAGS": "-nonesuch"},
]

BAD_COMMANDS = [
    "bench sched crowd=0", "bench sched crowd=ten", "bench sched crowd=1,2,3,4,5",
    "nonesuch",
    "threads",
    "threads x",
    "threads 0",
    "threads 131072",
    "threads -1",
    "threads 1 2",
    "bench",
    "bench nonesuch",
    "bench locks harts=0",
    "bench locks harts=x",
    "bench locks harts=1,9",
    "bench locks locks=nonesuch",
    "bench locks harts=",
    "bench locks locks=",
    "bench locks cs=x",
    "bench locks acquisitions=0",
    "bench locks waits=2",
    "bench locks acquisitions=100000001",
    "bench locks nonesuch=1",
    "bench sched nonesuch=1",
    "bench crowd threads=0",
    "bench crowd threads=131001",
    "bench crowd threads=",
    "bench crowd nonesuch=1",
    "bench crowd threads=1 threads=2",
    "help now",
    "ps now",
    "harts now",
    "exit 256",
    "stress ops=x",
    "stress ops=0",
    "stress seconds=0",
    "stress fail=0",
    "stress fail=each",
    "stress nonesuch=1",
    "crash",
    "crash nonesuch",
    "hang",
    "hang nonesuch",
]


def name_of(values):
    """Return a readable test id."""
    return " ".join(f"{k}={v}" for k, v in values.items()) if isinstance(values, dict) else ""


@pytest.mark.parametrize("values, words", REFUSED, ids=name_of)
@pytest.mark.parametrize("command", ["", "help"])
def test_a_wrong_value_is_refused_before_anything_is_built(values, words, command):
    done = make("qemu", **{"CMD": command, **values})
    assert done.status != 0
    assert done.out == ""
    for word in words:
        assert word in done.err


@pytest.mark.parametrize("values", REFUSED_BY_QEMU, ids=name_of)
@pytest.mark.parametrize("command", ["", "help"])
def test_what_qemu_refuses_is_refused(values, command):
    build()
    done = make("qemu", CMD=command, **values)
    assert done.status != 0
    assert "qemu-system-riscv64: " in done.err


@pytest.mark.parametrize("command", BAD_COMMANDS)
def test_a_bad_command_line_gets_usage_and_fails(command):
    done = boot(command, SMP=2)
    assert done.status == 1, done.out + done.err
    assert "usage" in done.out.lower() or "help" in done.out, done.out


def test_a_test_that_there_is_not():
    done = boot("test nonesuch", SMP=2, BUILD="test")
    assert done.status == 1 and "usage" in done.out, done.out + done.err


def test_a_release_build_says_that_it_has_no_tests():
    done = boot("test", SMP=2)
    assert done.status == 1 and "BUILD=test" in done.out, done.out + done.err


def test_a_seed_and_an_smp_of_many_digits_are_numbers_too():
    build()
    done = make("qemu", CMD="help", SMP="01", SEED=str(2**64 - 1))
    assert done.status == 0, done.err


def test_stress_for_seconds_is_for_host_timing_only():
    done = boot("stress seconds=1", TIMING="count")
    assert done.status == 1, done.out + done.err


def test_stress_for_seconds():
    started = time.monotonic()
    assert boot_ok("stress seconds=2", SMP=2) == "stress: no violations\n"
    assert time.monotonic() - started > 2


@pytest.mark.parametrize("values", [{"LOCK": "nonesuch"}, {"BUILD": "nonesuch"}], ids=name_of)
def test_make_refuses_a_variant_that_there_is_not(values):
    done = make("kernel", **values)
    assert done.status != 0 and "is not one of" in done.err


def test_lockwait_auto_is_said_once():
    done = boot("help", SMP=2)
    assert len(re.findall(r"LOCKWAIT=(queue|try) \(SMP=2, \d+ of \d+ cores free\)", done.err)) == 1
    assert done.err.count("LOCKWAIT") == 1
    assert "LOCKWAIT" not in boot("help", SMP=2, LOCKWAIT="queue").err
