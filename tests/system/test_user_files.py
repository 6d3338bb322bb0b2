# SPDX-License-Identifier: MIT
# tests/system/test_user_files.py - what INITRD_ADD brings along, and what /proc says.
"""The readers of /proc here are as strict as proc(5): each field has its place and its type."""

import os
import re
import shlex

import pytest
from harness import build_for, run, variables


def machine(line, **values):
    """Run one command in a machine of programs."""
    values = {"INIT": "user", "SMP": 2, **values}
    build_for(values)
    return run(["tools/run", f"CMD={line}", *variables(values)])


def output(line, **values):
    """Run one command that must succeed. Returns: what it prints."""
    done = machine(line, **values)
    assert done.status == 0, done.out + done.err
    return done.out


# ---- What is brought along ---------------------------------------------------------------------

@pytest.fixture(name="things")
def fixture_things(tmp_path):
    """Files and folders to bring along."""
    (tmp_path / "my prog").write_text("#!/bin/sh\necho \"$0 got $#\"\n")
    (tmp_path / "my prog").chmod(0o751)
    (tmp_path / "data $x;'.txt").write_text("data\n")
    (tmp_path / "tree/sub dir").mkdir(parents=True)
    (tmp_path / "tree/sub dir/a b").write_text("inner\n")
    (tmp_path / "tree/link").symlink_to("sub dir/a b")
    (tmp_path / "tree/dangling").symlink_to("/nowhere")
    (tmp_path / "to prog").symlink_to("my prog")
    return tmp_path


def quoted(*paths):
    """Return paths as INITRD_ADD has them."""
    return shlex.join(map(str, paths))


def test_files_land_in_bin_and_contents_of_folders_at_the_root(things):
    added = quoted(*(things / name for name in ("my prog", "data $x;'.txt", "tree", "to prog")))
    out = output("ls -l '/bin/my prog' '/bin/to prog' /link /dangling; 'my prog' 1 2; cat /link "
                 "\"/bin/data \\$x;'.txt\"", INITRD_ADD=added)
    lines = out.splitlines()
    assert re.fullmatch(r"-rwxr-x--x .* /bin/my prog", lines[0])
    assert re.fullmatch(r"-rwxr-x--x .* /bin/to prog", lines[1])
    assert lines[2].endswith(" /link -> sub dir/a b")
    assert lines[3].endswith(" /dangling -> /nowhere")
    assert lines[4:] == ["/bin/my prog got 2", "inner", "data"]


def test_what_cannot_be_brought_along_is_named(things):
    os.mkfifo(things / "fifo")
    (things / "other/bin").mkdir(parents=True)
    (things / "other/bin/my prog").write_text("another\n")
    with (things / "large").open("wb") as large:
        large.truncate(200 << 20)
    for added, message in [
        (quoted(things / "nosuch"), "nosuch: there is no such file or folder"),
        ("'open", "No closing quotation"),
        (quoted(things / "fifo"), "fifo: neither a file nor a directory"),
        (quoted("/dev/null"), "/dev/null: neither a file nor a directory"),
        (quoted(things / "my prog", things / "other"), "/bin/my prog: both "),
        (quoted(things / "large"), "MEM=256M has room for"),
    ]:
        done = machine("true", INITRD_ADD=added)
        assert (done.status, done.out) == (2, ""), added
        assert message in done.err, done.err
        assert "Traceback" not in done.err


# ---- /proc -------------------------------------------------------------------------------------

# Of proc(5): the fields of /proc/PID/stat behind the name, by number.
STAT = {3: "state", 4: "ppid", 5: "pgrp", 6: "session", 7: "tty_nr", 8: "tpgid", 14: "utime",
        18: "priority", 19: "nice", 20: "num_threads", 22: "starttime", 23: "vsize", 24: "rss",
        32: "blocked", 33: "sigignore", 34: "sigcatch", 38: "exit_signal", 39: "processor",
        40: "rt_priority", 41: "policy"}
CONSOLE = 5 << 8 | 1


def stat(line):
    """Parse /proc/PID/stat. Returns: pid, name, the fields by name."""
    match = re.fullmatch(r"(\d+) \((.*)\) ([RSDZTtXI])((?: -?\d+){49})", line)
    assert match, line
    fields = [match[3], *map(int, match[4].split())]
    return int(match[1]), match[2], {name: fields[at - 3] for at, name in STAT.items()}


def pairs(text):
    """Parse lines NAME: VALUE."""
    found = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        assert colon and re.fullmatch(r"\w+", name.strip()), line
        found[name.strip()] = value.strip()
    return found


def parts(out):
    """Split output at the lines `-- NAME`."""
    found = re.split(r"^-- (.*)\n", out, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2]))


def read_all(names, before="true", **values):
    """Print files of /proc in one run. Returns: their texts by name."""
    show = "; ".join(f"echo -- {name}; cat /proc/{name}" for name in names)
    return parts(output(f"{before}; {show}", **values))


def test_a_process_in_proc():
    before = ("nice -n 5 taskset 2 sleep 100 & p=$!; chrt -f 30 sleep 100 & r=$!; for i in $p $r; "
              "do until grep -q '(sleep) S' /proc/$i/stat; do true; done; done")
    show = "; ".join("for n in stat status maps schedstat comm; do "
                     f"echo -- {which} $n; cat /proc/${which}/$n; done" for which in "pr")
    texts = parts(output(f"{before}; {show}", SMP=4))
    pid, name, fields = stat(texts["p stat"].strip())
    status = pairs(texts["p status"])
    assert name == status["Name"] == texts["p comm"].strip() == "sleep"
    assert status["Pid"] == status["Tgid"] == str(pid)
    assert fields["state"] == "S" and status["State"] == "S (sleeping)"
    assert (fields["nice"], fields["priority"], fields["policy"]) == (5, 25, 0)
    assert fields["tty_nr"] == CONSOLE and fields["tpgid"] == fields["pgrp"] == fields["session"]
    assert fields["num_threads"] == int(status["Threads"]) == 1
    assert fields["processor"] == 1 and status["Cpus_allowed_list"] == "1"
    assert int(status["Cpus_allowed"], 16) == 2
    assert fields["vsize"] == int(status["VmSize"].removesuffix(" kB")) * 1024 > 0
    assert fields["rss"] * 4 == int(status["VmRSS"].removesuffix(" kB")) > 0
    # A shell's background process ignores what keys send.
    ignored = 1 << 1 | 1 << 2
    assert fields["sigignore"] == int(status["SigIgn"], 16) == ignored
    _, _, urgent = stat(texts["r stat"].strip())
    assert (urgent["rt_priority"], urgent["policy"], urgent["priority"]) == (30, 1, -31)
    run_ns, wait_ns, slices = map(int, texts["p schedstat"].split())
    assert run_ns > 0 and wait_ns >= 0 and slices > 0
    areas = [re.fullmatch(r"([0-9a-f]{8,})-([0-9a-f]{8,}) [r-][w-][x-][ps] [0-9a-f]{8} "
                          r"[0-9a-f]{2}:[0-9a-f]{2} \d+ +(\[?[\w/.]*\]?)", line)
             for line in texts["p maps"].splitlines()]
    assert all(areas), texts["p maps"]
    bounds = [int(area[i], 16) for area in areas for i in (1, 2)]
    assert bounds == sorted(bounds)
    assert sum(bounds[1::2]) - sum(bounds[::2]) == fields["vsize"]
    assert {"[heap]", "[stack]", "[vdso]"} <= {area[3] for area in areas}


def test_the_machine_in_proc():
    names = ["stat", "meminfo", "cpuinfo", "uptime", "loadavg", "version", "hartbeat/policy",
             "hartbeat/topology", "hartbeat/counters"]
    # A second of uptime: columns in hundredths of one have something to add up to.
    texts = read_all(names, before="sleep 1", SMP=4, SCHED="stride", QUEUES="steal")
    up, idle = map(float, texts["uptime"].split())
    cpus = re.findall(r"^cpu(\d*) ((?: ?\d+){10})$", texts["stat"], re.MULTILINE)
    rows = [list(map(int, row.split())) for _, row in cpus]
    assert [cpu for cpu, _ in cpus] == ["", "0", "1", "2", "3"]
    for column in zip(*rows):
        assert abs(column[0] - sum(column[1:])) <= 4
    assert abs(sum(rows[0]) - 4 * 100 * up) < 0.2 * 400 * up + 40
    assert abs(rows[0][3] - 100 * idle) < 100
    for name in ("intr", "ctxt", "btime", "processes", "procs_running", "procs_blocked"):
        assert re.search(rf"^{name} \d+$", texts["stat"], re.MULTILINE), name
    memory = pairs(texts["meminfo"])
    amounts = {name: int(value.removesuffix(" kB")) for name, value in memory.items()}
    assert 0 < amounts["MemFree"] <= amounts["MemTotal"] < 256 * 1024
    assert {"MemAvailable", "Buffers", "Cached", "SwapTotal", "SwapFree"} <= set(amounts)
    harts = [pairs(block) for block in texts["cpuinfo"].strip().split("\n\n")]
    assert [hart["processor"] for hart in harts] == ["0", "1", "2", "3"]
    assert all(hart["isa"].startswith("rv64") and hart["mmu"] == "sv39" for hart in harts)
    assert re.fullmatch(r"(\d+\.\d\d ){3}\d+/\d+ \d+\n", texts["loadavg"])
    assert texts["version"].startswith("Linux version ")
    assert texts["hartbeat/policy"] == "stride\n"
    assert "queues steal\n" in texts["hartbeat/topology"]
    assert "lock ticket\n" in texts["hartbeat/topology"]
    assert len(texts["hartbeat/counters"].splitlines()) == 5


def test_the_readers_refuse_what_is_not_as_proc_5_has_it():
    with pytest.raises(AssertionError):
        stat("1 (init) S 0 1")
    with pytest.raises(AssertionError):
        pairs("no colon here")


def test_the_host_s_own_proc_is_read_the_same_way():
    """What is strict here must take what Linux prints."""
    pid, _, fields = stat(open("/proc/self/stat", encoding="utf-8").read().strip())
    assert pid == os.getpid() and fields["num_threads"] >= 1
    assert pairs(open("/proc/self/status", encoding="utf-8").read())["Tgid"] == str(pid)
