# SPDX-License-Identifier: MIT
# tests/system/test_machines.py - machines other than the default one.
"""Other boards and variants, memory sizes and nodes, timers, disabled harts, an initrd."""

import re

import pytest
from harness import boot, boot_ok, hart_ids, results

MACHINES = [
    {"MACHINE": "sifive_u", "SMP": 2},
    {"MACHINE": "sifive_u", "SMP": 5},
    {"MACHINE": "spike", "SMP": 1},
    {"MACHINE": "spike", "SMP": 4},
    {"MACHINE": "spike", "SMP": 8},
    {"MACHINE": "virt,aclint=on", "SMP": 4},
    {"MACHINE": "virt,aia=aplic-imsic", "SMP": 4},
    {"MACHINE": "virt", "SMP": 4, "NUMA": 2},
]


def name_of(values):
    """Return a readable test id."""
    return " ".join(f"{name}={value}" for name, value in values.items())


def check_threads(**values):
    """Run `threads 20`: each thread says hello once."""
    out = boot_ok("threads 20", **values)
    assert sorted(out.splitlines()) == sorted(f"hello from kernel thread {i}" for i in range(20))


@pytest.mark.parametrize("machine", MACHINES, ids=name_of)
def test_machine(machine):
    """With the CPU that MACHINE alone gives."""
    check_threads(**machine)
    assert "no violations" in boot_ok("stress ops=300", **machine)


def test_64_harts():
    check_threads(SMP=64)


@pytest.mark.parametrize("smp", [2, 5])
def test_d20_the_boot_hart_need_not_be_hart_0(smp):
    """On sifive_u hart 0 has no supervisor mode, so another one boots and starts the rest."""
    assert hart_ids(boot_ok("harts", SMP=smp, MACHINE="sifive_u")) == list(range(1, smp))


@pytest.mark.parametrize("mem", ["64M", "100M", "1G", "4G"])
@pytest.mark.parametrize("kind", ["release", "debug"])
def test_memory_sizes(mem, kind):
    check_threads(SMP=4, MEM=mem, BUILD=kind)


@pytest.mark.parametrize("smp", [1, 4])
@pytest.mark.parametrize("command", ["threads 8", "test"])
def test_timer_through_the_sbi(smp, command):
    boot_ok(command, SMP=smp, CPU="rv64,sstc=off", BUILD="test")


def test_vector_registers_are_turned_off():
    """The firmware leaves them on and dirty: then every trap would look like one of a program."""
    boot_ok("threads 8", SMP=2, CPU="rv64,v=on")


def threads_that_fit(**values):
    """Return how many threads memory allows."""
    done = boot("threads 131071", SMP=2, **values)
    found = re.search(r"^threads: (\d+) of 131071 were started", done.out, re.MULTILINE)
    assert found, done.out[-2000:] + done.err
    return int(found[1])


def test_an_initrd_is_not_given_away(tmp_path):
    initrd = tmp_path / "initrd"
    initrd.write_bytes(bytes(24 * 2**20))
    assert threads_that_fit(MEM="64M", QEMUFLAGS=f"-initrd {initrd}") < 0.7 * threads_that_fit(
        MEM="64M")


def test_the_memory_of_all_nodes_is_used():
    """Two nodes of 32M hold as many threads as one of 64M, give or take what boot needs of each."""
    assert threads_that_fit(MEM="64M", NUMA=2) > 0.95 * threads_that_fit(MEM="64M")


def test_a_hart_knows_its_node():
    rows = [line.split() for line in boot_ok("harts", SMP=4, NUMA=2).splitlines()]
    assert [(row[1], row[3]) for row in rows] == [
        ("HARTID", "NODE"), ("0", "0"), ("1", "0"), ("2", "1"), ("3", "1")]


def disabled(hart):
    """Return an edit of virt's device tree."""
    return rf'(cpu@{hart} {{.*?status = )"okay"', r'\1"disabled"'


def test_harts_that_are_disabled_are_not_started(device_tree):
    """Hart 0 is one of them, and the ids of the others are not dense."""
    machine = device_tree({"SMP": 8}, *map(disabled, (0, 2, 4, 5)))
    assert hart_ids(boot_ok("harts", **machine)) == [1, 3, 6, 7]
    check_threads(**machine)
    assert "no violations" in boot_ok("stress ops=300", **machine)


def test_the_model_knows_where_memory_nodes_are():
    """What is on the second node is memory, too, and no line of it is another one as well."""
    line = "bench locks harts=4 locks=mcs acquisitions=500"
    one, two = (
        {r["metric"]: r["value"] for r in results(boot_ok(line, MEM="512M", **values))}
        for values in ({"TIMING": "model", "SMP": 4, "NUMA": nodes} for nodes in (1, 2))
    )
    for metric in ("per_acquisition", "transfers_per_acquisition", "wait_p50", "hold_p50"):
        assert abs(two[metric] / one[metric] - 1) < 0.05, (metric, one, two)


@pytest.mark.parametrize("machine", ["sifive_u", "spike"])
def test_a_panic_where_nothing_ends_the_machine(machine):
    """The launcher ends it when the kernel says that it has stopped."""
    done = boot("crash assertion", MACHINE=machine, SMP=2)
    assert done.status == 3
    assert "PANIC: assertion failed" in done.out
    assert done.out.rstrip().endswith("%%hartbeat off 101%%"), done.out
