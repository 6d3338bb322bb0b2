# SPDX-License-Identifier: MIT
# tests/system/test_model.py - a modelled run is the same whatever the host does meanwhile.
"""Equal are the output, its records included, and all of the guest's memory after the run."""

import contextlib
import hashlib
import json
import socket
import subprocess
import sys
import threading
import time
from typing import NamedTuple

import pytest
from harness import boot, build, build_model, make, results, run
from launcher import host

MEMORY = "64M"
# A QEMU that was built without plugins.
WITHOUT_PLUGINS = """\
#!/bin/sh
for word; do
    [ "$word" != -plugin ] || { echo "qemu-system-riscv64: -plugin: invalid option" >&2; exit 1; }
done
exec qemu-system-riscv64 "$@"
"""
CASES = {
    "model": {"TIMING": "model", "SMP": 4,
              "line": "bench locks harts=4 locks=tas,ticket,mcs acquisitions=4000"},
    "explore": {"TIMING": "explore", "SMP": 3, "line": "stress ops=200"},
}
SHORT = "bench locks harts=4 locks=tas acquisitions=400"
STORM_S = 0.03


class Outcome(NamedTuple):
    """What a run printed, and a hash of its memory."""

    out: str
    memory: str


@pytest.fixture(scope="module", autouse=True)
def built():
    """Build the plugins once."""
    build_model()


def play(tmp_path, case, *, line=None, seed=1, flags=""):
    """Run a case, or another line, with its memory in a file. Returns: its Outcome."""
    memory = tmp_path / "memory"
    backend = f"-object memory-backend-file,id=ram,size={MEMORY},share=on,mem-path={memory}"
    values = {name: value for name, value in CASES[case].items() if name != "line"}
    done = boot(line or CASES[case]["line"], MEM=MEMORY, SEED=seed,
                MACHINE="virt,memory-backend=ram", QEMUFLAGS=f"{backend} {flags}", **values)
    assert done.status == 0, done.out + done.err
    digest = hashlib.sha256(memory.read_bytes()).hexdigest()
    memory.unlink()
    return Outcome(done.out, digest)


@contextlib.contextmanager
def busy_host():
    """Have twice as many processes as there are cores compete with what runs meanwhile."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
             for _ in range(2 * host.cores())]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def storm(path, over, counted):
    """Stop and continue the machine behind a QMP socket again and again; count how often."""
    while not over.is_set():
        try:
            with socket.socket(socket.AF_UNIX) as monitor:
                monitor.connect(str(path))
                lines = monitor.makefile("rw")
                for command in ("qmp_capabilities", *("stop", "cont") * 10000):
                    lines.write(json.dumps({"execute": command}) + "\n")
                    lines.flush()
                    if not lines.readline() or over.is_set():
                        break
                    counted.append(command)
                    time.sleep(STORM_S)
        except OSError:
            time.sleep(STORM_S)


@contextlib.contextmanager
def stormy_monitor(path):
    """Storm the machine that opens this QMP socket. Gives: what was executed."""
    over, counted = threading.Event(), []
    thread = threading.Thread(target=storm, args=(path, over, counted))
    thread.start()
    try:
        yield counted
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("case", CASES)
def test_a_busy_host_makes_no_difference(tmp_path, case):
    alone = play(tmp_path, case)
    with busy_host():
        assert play(tmp_path, case) == alone
    if case == "model":
        assert all(record["valid"] for record in results(alone.out))


@pytest.mark.parametrize("case", CASES)
def test_stopping_and_going_on_makes_no_difference(tmp_path, case):
    alone = play(tmp_path, case)
    path = tmp_path / "qmp"
    with stormy_monitor(path) as counted:
        stormed = play(tmp_path, case, flags=f"-qmp unix:{path},server=on,wait=off")
    assert counted.count("cont") >= 5, "the run was over before there was a storm"
    assert stormed == alone


def test_twenty_runs_have_one_outcome(tmp_path):
    """The last line is the control: what is compared does change."""
    outcomes = {play(tmp_path, "model", line=SHORT) for _ in range(20)}
    assert len(outcomes) == 1
    assert play(tmp_path, "model", seed=2, line=SHORT) not in outcomes


@pytest.mark.parametrize("case", CASES)
def test_another_seed_is_another_interleaving(tmp_path, case):
    """The control of the two above: what they compare does change."""
    one, other = (play(tmp_path, case, seed=seed) for seed in (1, 2))
    assert one.memory != other.memory
    if case == "model":
        values = [[record["value"] for record in results(outcome.out)] for outcome in (one, other)]
        assert values[0] != values[1]


@pytest.fixture(name="unfit")
def fixture_unfit(tmp_path):
    """Return a QEMU with which the model does not work."""
    path = tmp_path / "qemu"
    path.write_text(WITHOUT_PLUGINS)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("values, reason", [
    ({"MODEL": "flat,llc=0"}, "llc=0: a whole number from 1 to 1000000 is wanted"),
    ({"MODEL": "flat,l1_ways=3"}, "l1_bytes=32768 is not l1_ways=3 times"),
    ({"MEM": "65G"}, "64G at most"),
], ids=str)
@pytest.mark.parametrize("command", ["", "help"])
def test_a_machine_that_the_model_cannot_have_is_refused(command, values, reason):
    build()
    build_model()
    words = [f"{name}={value}" for name, value in values.items()]
    done = run(["tools/run", f"CMD={command}", "TIMING=model", *words])
    assert done.status == 2 and done.out == "" and reason in done.err, done.out + done.err


@pytest.mark.parametrize("values", [
    {"TIMING": "model"}, {"TIMING": "explore"}, {"CMD": "bench locks"},
], ids=str)
def test_where_it_does_not_work_it_is_refused(unfit, values):
    """By name too, for a bench that is modelled by default; with what to install, or to take."""
    build()
    done = make("qemu", **{"QEMU": unfit, "CMD": "help", **values})
    assert done.status != 0 and done.out == ""
    timing = values.get("TIMING", "model")
    for words in (f"TIMING={timing} does not work with", "-plugin: invalid option", "tools/setup",
                  "TIMING=host", "TIMING=count"):
        assert words in done.err, done.err


def test_without_it_instructions_are_counted_all_the_same(unfit):
    line = "bench sched yield_switch"
    with_it, without = (boot(line, TIMING="count", QEMU=qemu)
                        for qemu in ("qemu-system-riscv64", unfit))
    assert "TLB flushes are not counted" in without.err and without.status == 0, without.err
    assert "TLB flushes" not in with_it.err
    counted, bare = ({r["metric"]: r["value"] for r in results(done.out)}
                     for done in (with_it, without))
    assert list(bare) == ["yield_switch"] and bare.items() < counted.items()
