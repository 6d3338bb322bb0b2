# SPDX-License-Identifier: MIT
# tests/system/test_launcher.py - the launcher against a stand-in for QEMU, and against its killers.
"""A stand-in plays each way in which a machine can end; tests with the real one are elsewhere."""

import os
import signal
import subprocess
import time

import pytest
from harness import ROOT, build, environment, run

# Generous, as in harness.py.
WAIT_S = 120
BEGIN, END = "%%hartbeat begin%%\\r\\n", "%%hartbeat end {}%%\\r\\n"
NOISE = "OpenSBI v0.0\\r\\nhartbeat boots\\r\\n"


def launch(qemu, **values):
    """Run the launcher with CMD and a stand-in for QEMU."""
    build()
    values = {"CMD": "x", "QEMU": qemu, "SMP": 1, "TIMEOUT": 60, **values}
    return run(["tools/run", *(f"{k}={v}" for k, v in values.items())])


def play(*texts, status=0, err=""):
    """Return the body of a stand-in that prints and exits."""
    text = "".join(texts)
    return f'out("{text}")\nsys.stderr.write("{err}")\nsys.exit({status})\n'


def test_only_the_commands_output_is_shown(fake_qemu):
    done = launch(fake_qemu(play(NOISE, BEGIN, "one\\r\\n", "two\\r\\n", END.format(0))))
    assert (done.status, done.out) == (0, "one\ntwo\n")


def test_a_failed_command_is_a_failure(fake_qemu):
    done = launch(fake_qemu(play(NOISE, BEGIN, "oh\\r\\n", END.format(7), status=1)))
    assert (done.status, done.out) == (1, "oh\n")
    assert "status 7" in done.err


@pytest.mark.parametrize(
    "body, why",
    [
        (play(NOISE), "never started"),
        (play(NOISE, BEGIN, "half\\r\\n"), "ended before"),
        (play(NOISE, BEGIN, END.format(0), err="qemu-fake: it broke\\n"), "reported an error"),
        (play(NOISE, BEGIN, END.format(0), status=9), "status 9"),
        (play(NOISE, BEGIN, "PANIC: oh no\\r\\n", "backtrace\\r\\n", status=1), "panicked"),
        (play(NOISE, BEGIN, END.format(0), "PANIC: late\\r\\n", status=1), "panicked"),
    ],
)
def test_anything_else_shows_the_whole_log(fake_qemu, body, why):
    done = launch(fake_qemu(body))
    assert done.status == 3
    assert why in done.err
    assert "OpenSBI v0.0\nhartbeat boots\n" in done.out


def test_a_warning_of_qemu_is_shown_and_harmless(fake_qemu):
    warning = "qemu-fake: warning: meh\\n"
    done = launch(fake_qemu(play(BEGIN, END.format(0), err=warning)))
    assert done.status == 0
    assert "warning: meh" in done.err


def test_a_machine_that_cannot_power_off_is_ended(fake_qemu):
    started = time.monotonic()
    done = launch(fake_qemu(f'out("{BEGIN}ok\\r\\n{END.format(0)}")\ntime.sleep(600)\n'))
    assert (done.status, done.out) == (0, "ok\n")
    assert time.monotonic() - started < 300


def test_timeout_ends_it_and_shows_the_log(fake_qemu):
    done = launch(fake_qemu(f'out("{NOISE}{BEGIN}")\ntime.sleep(600)\n'), TIMEOUT=1)
    assert done.status == 124
    assert "hartbeat boots" in done.out


def test_output_comes_line_by_line(fake_qemu):
    build()
    qemu = fake_qemu(f'out("{BEGIN}now\\r\\n")\ntime.sleep(600)\n')
    argv = ["tools/run", "CMD=x", f"QEMU={qemu}", "SMP=1"]
    with subprocess.Popen(argv, cwd=ROOT, env=environment(), stdout=subprocess.PIPE) as launcher:
        assert launcher.stdout.readline() == b"now\n"
        launcher.terminate()


SLEEPER = """
with open(os.environ["PID_FILE"] + ".new", "w") as file:
    file.write(str(os.getpid()))
os.rename(os.environ["PID_FILE"] + ".new", os.environ["PID_FILE"])
time.sleep(600)
"""


def start_sleeper(fake_qemu, tmp_path, argv):
    """Start `argv`, which runs the launcher, with a QEMU that sleeps. Returns: it, QEMU's pid."""
    build()
    pid_file = tmp_path / "pid"
    env = {**environment(), "PID_FILE": str(pid_file), "QEMU": str(fake_qemu(SLEEPER)), "SMP": "1"}
    process = subprocess.Popen(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + WAIT_S
    while not pid_file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process, int(pid_file.read_text())


@pytest.mark.parametrize("command", ["", "CMD=x"])
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL]
)
def test_a_signal_to_the_launcher_ends_qemu(fake_qemu, tmp_path, ends, number, command):
    launcher, qemu = start_sleeper(fake_qemu, tmp_path, ["tools/run", command or "CMD="])
    launcher.send_signal(number)
    assert ends(qemu)
    expected = -number if number == signal.SIGKILL else 128 + number
    assert launcher.wait(WAIT_S) == expected


@pytest.mark.parametrize("command", ["", "x"])
def test_death_of_the_parent_ends_qemu(fake_qemu, tmp_path, ends, command):
    script = f"tools/run CMD={command}; true"
    shell, qemu = start_sleeper(fake_qemu, tmp_path, ["sh", "-c", script])
    shell.kill()
    shell.wait()
    assert ends(qemu)


def test_a_signal_to_make_ends_qemu(fake_qemu, tmp_path, ends):
    make, qemu = start_sleeper(fake_qemu, tmp_path, ["make", "qemu"])
    make.terminate()
    assert ends(qemu)
    assert make.wait(WAIT_S) != 0


def is_qemu(pid):
    """Return whether a process runs the real QEMU; it may have ended."""
    try:
        return "qemu-system" in os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return False


def test_the_real_qemu_ends_with_its_launcher(ends):
    build()
    argv = ["tools/run", "SMP=2", "QEMUFLAGS=-S"]
    launcher = subprocess.Popen(argv, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children = f"/proc/{launcher.pid}/task/{launcher.pid}/children"
    deadline = time.monotonic() + WAIT_S
    found = None
    while not found and time.monotonic() < deadline:
        pids = open(children, encoding="ascii").read().split()
        found = [int(pid) for pid in pids if is_qemu(pid)]
        time.sleep(0.05)
    launcher.terminate()
    assert found and ends(found[0])
    assert launcher.wait(WAIT_S) == 128 + signal.SIGTERM
