# SPDX-License-Identifier: MIT
# tests/tools/test_engine.py - what the host does to a modelled machine changes nothing in it.
"""The guest is the self-check's payload. Its record tells of every instruction that another order
of the harts would move: who got the lock when, what was lost, and each hart's interrupts."""

import json
import pathlib
import random
import socket
import subprocess
import time

import pytest
from launcher import plugin, selfcheck

from harness import build_model

SECONDS_TO_END = 60


@pytest.fixture(name="interface", scope="module")
def build_and_find():
    """Build the model; return the interface that this QEMU has."""
    build_model()
    return selfcheck.find(run_of("model"))


def run_of(timing, seed=1):
    """Return a run's settings."""
    return {"QEMU": "qemu-system-riscv64", "TIMING": timing, "SEED": str(seed), "MEM": "16M",
            "NUMA": "1", "MODEL": "flat"}


def command(monkeypatch, interface, timing, seed=1):
    """Return QEMU's command line for some hundred thousand instructions with timers."""
    monkeypatch.setitem(selfcheck.PARAMETERS, "total", 20000)
    run = run_of(timing, seed)
    words = plugin.arguments(run, plugin.Options())
    return selfcheck.command_line(run, plugin.load(interface, words))


def record_of(process):
    """Wait for the guest. Returns: what it reported."""
    out, err = process.communicate(timeout=SECONDS_TO_END)
    assert out, err
    return json.loads(out)


def start(argv):
    """Start QEMU."""
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def with_monitor(argv, path):
    """Return the command line with a monitor at `path` for which QEMU waits."""
    at = argv.index("-monitor") + 1
    return [*argv[:at], f"unix:{path},server=on,wait=on", *argv[at + 1:]]


def connect(path):
    """Return a connection to the monitor, as soon as it is there."""
    connection = socket.socket(socket.AF_UNIX)
    end = time.monotonic() + SECONDS_TO_END
    while True:
        try:
            connection.connect(str(path))
            connection.setblocking(False)
            return connection
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.01)


def storm(process, connection):
    """Stop the machine and let it go on, again and again, until it ends. Returns: how often."""
    chance = random.Random()
    end = time.monotonic() + SECONDS_TO_END
    count = 0
    while process.poll() is None and time.monotonic() < end:
        try:
            connection.send(b"stop\ncont\n")
            connection.recv(1 << 16)
            count += 1
        except BlockingIOError:
            pass
        except OSError:
            break
        time.sleep(chance.random() * 0.004)
    return count


@pytest.mark.parametrize("timing", ["model", "explore"])
def test_stops_change_nothing(monkeypatch, interface, timing, tmp_path):
    """Harts are interrupted in the middle of their turns, and while timers are run."""
    argv = command(monkeypatch, interface, timing)
    calm = record_of(start(argv))
    path = pathlib.Path(tmp_path, "monitor")
    process = start(with_monitor(argv, path))
    with connect(path) as connection:
        count = storm(process, connection)
    assert record_of(process) == calm
    assert count >= 10


def test_a_record_tells_orders_apart(monkeypatch, interface):
    """The control: another seed gives another record, so equal ones mean something."""
    records = [record_of(start(command(monkeypatch, interface, "explore", seed)))
               for seed in (1, 2)]
    assert records[0] != records[1]
