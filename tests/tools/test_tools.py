# SPDX-License-Identifier: MIT
# tests/tools/test_tools.py - the parts of the tools that need no machine.
"""The matrix, the symbol table, the goals file, the free-core sample, the transcript."""

import re
import subprocess
import sys

import figures
import matrix
import pytest
import soak_cases
from harness import ROOT
from launcher import command, host, plugin, selfcheck, settings
from launcher.transcript import Transcript


def test_sample_covers_every_pair_that_can_meet():
    cases = matrix.product(matrix.axes())
    possible = set().union(*map(matrix.pairs, cases))
    assert set().union(*map(matrix.pairs, matrix.sample())) == possible
    assert len(matrix.sample()) < len(cases) / 50


def test_matrix_never_has_no_lock_on_two_harts():
    assert not [c for c in soak_cases.soak() if c.get("LOCK") == "null" and c["SMP"] != "1"]


def test_soak_has_everything_once_with_a_seed_of_its_own():
    cases = soak_cases.everything_once()
    kinds = {(c["SCHED"], c["QUEUES"], c["LOCK"], c["SMP"]) for c in cases}
    assert len(kinds) == len(cases) == len({c["SEED"] for c in cases})
    others = len(settings.locks()) - 1
    assert len(cases) == len(settings.policies()) * 3 * (others * 5 + 1)
    assert {case["SMP"] for case in cases} == {"1", "2", "4", "8", "16"}


def test_soak_has_twenty_seeds_for_each_policy_and_topology():
    found = {}
    for case in soak_cases.seeds():
        found.setdefault((case["SCHED"], case["QUEUES"]), set()).add(case["SEED"])
    assert all(len(seeds) == 20 for seeds in found.values())
    assert len(found) == len(settings.policies()) * 3


def test_soak_turns_through_what_is_not_an_axis_of_its_own():
    for name in ("BUILD", "LOCKWAIT", "VICTIM", "TAKE"):
        counts = {}
        for case in soak_cases.everything_once():
            if name in case:
                counts[case[name]] = counts.get(case[name], 0) + 1
        assert len(counts) == 2 and min(counts.values()) > 0.4 * sum(counts.values()), name


@pytest.mark.parametrize("status, output, good", [
    (1, "INVARIANT: 1 threads are Ready, 0 wait in queues\n", True),
    (3, "PANIC: policy 'lose' has lost a thread\n", True),
    (0, "stress: no violations\n", False),
    (124, "INVARIANT: 1 threads are Ready, 0 wait in queues\n", False),
    (3, "PANIC: assertion failed\n", False),
])
def test_a_broken_policy_has_to_be_found_out(status, output, good):
    assert matrix.passed({"JOB": "control"}, status, output) == good


def test_soak_attacks():
    jobs = {}
    for case in soak_cases.soak():
        jobs.setdefault(case["JOB"], []).append(case)
    assert {case["APPEND"] for case in jobs["control"]} == {
        f"sched={name}" for name in soak_cases.BROKEN
    }
    everything = len(settings.policies()) * 3
    assert len(jobs["fail"]) == 3 * everything and len(jobs["test"]) == everything
    assert set(jobs) >= set(soak_cases.PROGRAMS)
    for machine in soak_cases.MACHINES:
        wanted = set(machine.items())
        found = {case["JOB"] for case in soak_cases.soak() if wanted <= set(case.items())}
        assert found >= {"threads", "stress"}, machine


def test_soak_plays_the_twin_of_each_plant():
    """Each with many seeds, several numbers of harts, and in both builds."""
    cases = [matrix.settings(case) for case in soak_cases.twins()]
    assert {case["TIMING"] for case in cases} == {"explore"}
    for plant in matrix.PLANTS:
        own = [case for case in cases if case["CMD"] == f"plant {plant} fixed"]
        assert len({case["SEED"] for case in own}) == 50
        assert len({(case["SMP"], case["BUILD"]) for case in own}) == 8


def test_labels_are_distinct():
    cases = soak_cases.soak()
    assert len({matrix.label(case) for case in cases}) == len(cases)


SYMBOLS = """\
0000000080200000 T __text_start
0000000080200000 T _start
0000000080200010 t beta
0000000080200010 t alpha
0000000080200010 t .Lhidden
0000000080300000 D data
"""


def test_symbol_table():
    done = subprocess.run([sys.executable, ROOT / "tools/ksyms.py"], input=SYMBOLS,
                          capture_output=True, text=True, check=True)
    assert re.findall(r'\.asciz "(.*)"', done.stdout) == ["_start", "alpha"]
    assert re.findall(r"\.word (\d+)", done.stdout) == ["2", "0", "16", "0", "7"]


GOALS = """\
[one]
bench = "b"
metric = "one"
goal = 10

[two]
bench = "b"
metric = "two"
goal = 10
ceiling = 8
"""


@pytest.mark.parametrize("values, expected", [
    ({"one": 7}, {"one": 7, "two": 8}),
    ({"one": 12, "two": 5}, {"one": 12, "two": 5}),
    ({"two": 9}, {"one": None, "two": 8}),
    ({"one": None}, {"one": None, "two": 8}),
])
def test_ceilings_only_go_down(values, expected):
    tables = figures.tomllib.loads(figures.with_ceilings(GOALS, values))
    assert {name: table.get("ceiling") for name, table in tables.items()} == expected


def test_what_is_modelled_gets_no_ceiling():
    text = GOALS.replace('metric = "one"', 'metric = "one"\nrun = "model-locks"')
    assert figures.with_ceilings(text, {"one": 7}) == text


@pytest.mark.parametrize("value, ceiling, expected", [
    (9, None, "ok"), (11, None, "above goal"), (9, 9, "ok"), (9, 8, "ABOVE CEILING"),
    (None, 8, "MISSING"),
])
def test_verdicts(value, ceiling, expected):
    figure = {"goal": 10, **({} if ceiling is None else {"ceiling": ceiling})}
    assert figures.verdict(value, figure) == expected


QEMU_VERSIONS = "#!/bin/sh\necho QEMU emulator version {}\n"


@pytest.mark.parametrize("llvm, qemu, hold", [
    ("-16", "7.2.22", True), ("-14", "7.2.22", False), ("-16", "8.2.2", False),
    ("-16", "7.20.1", False),
])
def test_ceilings_hold_for_what_they_were_taken_with(tmp_path, llvm, qemu, hold):
    program = tmp_path / "qemu"
    program.write_text(QEMU_VERSIONS.format(qemu))
    program.chmod(0o755)
    run = {"LLVM": llvm, "QEMU": str(program)}
    assert figures.ceilings_hold(run) == hold
    goals = figures.goals_for(run)
    assert set(goals) == set(figures.load_goals())
    assert {name for name, figure in goals.items() if "ceiling" in figure} == (
        set(figures.counted()) if hold else set())


def test_slack_is_above_the_ceiling():
    figure = {"goal": 10, "ceiling": 5, "slack": 2}
    assert [figures.verdict(value, figure) for value in (7, 8)] == ["ok", "ABOVE CEILING"]


def test_growth_is_in_percent():
    figure = {"bench": "sched", "metric": "pick", "flat": [10, 10000], "goal": 5}
    records = [{"bench": "sched", "metric": "pick", "threads": t, "value": v}
               for t, v in ((10, 200), (10000, 210))]
    assert figures.value_of(figure, records, None) == 5.0


def test_a_changed_file_makes_no_revision_longer(tmp_path):
    """The guest reads it, and would take other turns."""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    (tmp_path / "file").write_text("one")
    for words in (["init", "-q"], ["add", "file"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    clean = host.revision(tmp_path)
    (tmp_path / "file").write_text("two")
    changed = host.revision(tmp_path)
    assert re.fullmatch("[0-9a-f]{12}", clean)
    assert changed == clean[:6] + "-dirty"


def test_idle_and_total_of_proc_stat():
    stat = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 1 0 1 5 1 0 0 0 0 0\ncpu1 9 9 9 9 9 9 9 9 9 9\n"
    assert host.idle_and_total(stat, {0}) == (6, 8)


@pytest.mark.parametrize("values, free, expected", [
    ({"SMP": "4"}, 2, "try"), ({"SMP": "2"}, 2, "queue"), ({"SMP": "1"}, 0, "try"),
    ({"TIMING": "count"}, None, "queue"), ({"SMP": "8", "LOCKWAIT": "queue"}, 0, "queue"),
    ({"TIMING": "model", "SMP": "64"}, None, "queue"), ({"TIMING": "explore"}, None, "queue"),
    ({"SMP": "1", "LOCKWAIT": "try"}, 8, "try"),
])
def test_lockwait_is_resolved_once(values, free, expected):
    wait, reason = command.lockwait(settings.resolve(values), free)
    assert wait == expected
    assert (reason is None) == ("LOCKWAIT" in values)


def test_machine_cpu_and_memory_go_to_qemu_as_given():
    run = settings.resolve({"MACHINE": "virt,aclint=on", "CPU": "rv64,sstc=off", "MEM": "1.5G"})
    argv = command.qemu(run, "")
    for flag, value in (("-M", "virt,aclint=on"), ("-cpu", "rv64,sstc=off"), ("-m", "1.5G")):
        assert argv[argv.index(flag) + 1] == value


def test_counted_runs_know_nothing_of_the_host():
    run = settings.resolve({"TIMING": "count", "CMD": "help"})
    args = command.bootargs(run, "queue", None, True)
    assert "host_" not in args and " counters=1 " in args and args.endswith("cmd=help")
    assert "shift=0,sleep=off" in command.qemu(run, args)
    assert "counters" not in command.bootargs(run, "queue", None, False)


@pytest.mark.parametrize("timing, qemu, single", [
    ("model", "7.2.22", None), ("explore", "7.2.22", "-singlestep"),
    ("explore", "8.0.5", "-singlestep"), ("explore", "8.1.0", "one-insn-per-tb=on"),
    ("explore", "10.0.2", "one-insn-per-tb=on"),
])
def test_modelled_runs_know_nothing_of_the_host(tmp_path, timing, qemu, single):
    program = tmp_path / "qemu"
    program.write_text(QEMU_VERSIONS.format(qemu))
    program.chmod(0o755)
    run = settings.resolve({"TIMING": timing, "MODEL": "tight", "SEED": "7", "QEMU": str(program)})
    args = command.bootargs(run, "queue", None, True)
    assert "host_" not in args and f"timing={timing} " in args and " model=tight " in args
    line = " ".join(command.qemu(run, args))
    assert "thread=single" in line and "-icount" not in line
    assert "-rtc base=2000-01-01,clock=vm" in line and "-seed 7" in line
    assert [word for word in ("-singlestep", "one-insn-per-tb=on") if word in line] == (
        [single] if single else [])


def test_arguments_of_the_plugin():
    run = settings.resolve({"TIMING": "explore", "SEED": "9", "MEM": "1G", "MODEL": "jh7110"})
    given = dict(word.split("=") for word in plugin.arguments(
        run, plugin.Options("a", limit=5)).split(","))
    expected = {"mode": "explore", "seed": "9", "ram": str(1 << 30), "nodes": "1", "out": "a",
                "limit": "5", "harts": "4"}
    assert expected.items() <= given.items()
    counted = settings.resolve({"TIMING": "count"})
    assert plugin.arguments(counted, plugin.Options()) == "mode=count"
    assert plugin.escape("a,b") == "a,,b"


@pytest.mark.parametrize("given, timing", [
    ({}, "host"), ({"CMD": "threads 2"}, "host"), ({"CMD": "bench locks"}, "model"),
    ({"CMD": "bench locks", "TIMING": "host"}, "host"), ({"CMD": "benchmark"}, "host"),
    ({"CMD": " bench  sched ", "LOCK": "null"}, "model"),
    ({"CMD": "bench locks", "MACHINE": "spike"}, "host"),
])
def test_benches_are_modelled_by_default(given, timing):
    assert settings.resolve(given)["TIMING"] == timing


def record(**values):
    """Return what the payload of the self-check reports where all is well, changed."""
    return {"loop_instructions": 2002, "loop_cycles": 2004, "slept": 1000, "flushes": 11,
            "satp_changes": 2, "sum_changes": 4, "hits": 99, "answers": 3, "racy": 900,
            "interrupts": [9, 9, 9, 9], "acquired": [250] * 4, **values}


@pytest.mark.parametrize("timing, values, wrong", [
    ("model", {}, None), ("explore", {}, None), ("count", {"hits": 0, "answers": 0}, None),
    ("model", {"loop_cycles": 51792}, "loop_cycles is 51792"), ("model", {"hits": 0}, "hits is 0"),
    ("count", {"flushes": 0}, "flushes is 0"), ("model", {"slept": 1448}, "slept is 1448"),
    ("model", {"interrupts": [9, 9, 0, 9]}, "no timer interrupt"),
    ("explore", {"racy": 1000}, "no increment was torn apart"), ("model", {"racy": 1000}, None),
])
def test_the_self_check_judges(timing, values, wrong):
    fault = selfcheck.fault(record(**values), timing)
    assert fault is None if wrong is None else wrong in fault


def test_variables_defaults():
    assert settings.resolve({})["SMP"] == "4"
    assert settings.resolve({"TIMING": "count"})["SMP"] == "1"
    assert settings.resolve({"LOCK": "null"})["SMP"] == "1"
    assert settings.resolve({"SMP": ""})["SMP"] == "4"


@pytest.mark.parametrize("given, smp, cpu", [
    ({"MACHINE": "sifive_u"}, "5", "sifive-u54"),
    ({"MACHINE": "sifive_u", "LOCK": "null"}, "2", "sifive-u54"),
    ({"MACHINE": "sifive_u,start-in-flash=on", "CPU": "rv64"}, "5", "rv64"),
    ({"MACHINE": "spike"}, "4", "rv64,sstc=off"),
    ({"MACHINE": "nobody-knows"}, "4", "rv64"),
])
def test_defaults_of_a_machine(given, smp, cpu):
    run = settings.resolve(given)
    assert (run["SMP"], run["CPU"]) == (smp, cpu)


def test_a_hart_that_cannot_run_the_kernel_needs_no_core():
    assert command.lockwait(settings.resolve({"MACHINE": "sifive_u", "SMP": "3"}), 2)[0] == "queue"
    assert command.lockwait(settings.resolve({"MACHINE": "spike", "SMP": "3"}), 2)[0] == "try"


@pytest.mark.parametrize("mem, mib", [
    ("256M", 256), ("256", 256), ("2G", 2048), ("1.5G", None), ("", None), ("M", None)])
def test_mem_in_mib(mem, mib):
    assert settings.mebibytes(mem) == mib


def test_nodes_split_memory_and_harts_evenly():
    argv = command.nodes(settings.resolve({"NUMA": "2", "SMP": "6", "MEM": "1G"}))
    assert [word for word in argv if "," in word] == [
        "memory-backend-ram,id=node0,size=512M", "node,nodeid=0,memdev=node0,cpus=0-2",
        "memory-backend-ram,id=node1,size=512M", "node,nodeid=1,memdev=node1,cpus=3-5"]
    assert not command.nodes(settings.resolve({}))


@pytest.mark.parametrize("lines, shown, problem", [
    (["x", "%%hartbeat begin%%", "a\r", "%%hartbeat end 0%%"], ["a"], None),
    (["x %%hartbeat begin%%", "a"], [], "the command never started"),
    (["%%hartbeat begin%%", "a %%hartbeat end 0%%"], ["a %%hartbeat end 0%%"], "QEMU ended"),
    (["%%hartbeat begin%%", "PANIC: a", "b"], [], "the kernel panicked"),
    (["%%hartbeat begin%%", "no PANIC: a", "%%hartbeat end 0%%"], ["no PANIC: a"], None),
])
def test_transcript(lines, shown, problem):
    transcript = Transcript()
    assert [line for line in map(transcript.feed, lines) if line is not None] == shown
    assert problem is None and transcript.problem() is None or (
        problem and transcript.problem().startswith(problem))


@pytest.mark.parametrize("lines, off", [
    (["%%hartbeat begin%%", "a", "%%hartbeat end 0%%"], False),
    (["%%hartbeat begin%%", "a", "%%hartbeat end 0%%", "%%hartbeat off 0%%\r"], True),
    (["PANIC: a", "b", "%%hartbeat off 101%%"], True),
    (["no %%hartbeat off 0%%"], False),
])
def test_transcript_knows_when_the_guest_has_stopped(lines, off):
    transcript = Transcript()
    assert "%%hartbeat off 0%%" not in [transcript.feed(line) for line in lines]
    assert transcript.off == off


def test_what_names_fields_is_not_needed_to_boot():
    """Only a report and its reader take python3-pyelftools."""
    code = "import sys; sys.modules['elftools'] = None; from launcher import plugin, reports"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "tools", capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr


KBENCH_OUTPUT = """\
B null_getppid                 20000 call    ns: 96.0 97.0 98.5  cyc: 96.0 96.0 96.0
L nanosleep_1ms_idle         late-ns: min 900 p50 1000 p90 1100 p99 1200 max 1300 mean 1012
KBENCH-DONE
"""


def test_the_rows_of_kbench_are_records():
    records = figures.kbench_records(KBENCH_OUTPUT)
    values = {record["metric"]: record["value"] for record in records}
    assert values == {"null_getppid": 96, "nanosleep_1ms_idle_p50": 1000,
                      "nanosleep_1ms_idle_max": 1300}
    figure = {"bench": "kbench", "metric": "null_getppid", "goal": 100, "ceiling": 95}
    value = figures.value_of(figure, records, None)
    assert figures.verdict(value, figure) == "ABOVE CEILING"
    assert figures.verdict(value, {**figure, "ceiling": 96}) == "ok"
    assert figures.value_of({**figure, "metric": "another"}, records, None) is None


@pytest.mark.parametrize("output", [
    KBENCH_OUTPUT.replace("KBENCH-DONE", ""), KBENCH_OUTPUT + "X signal status 0x8b\n",
])
def test_a_kbench_that_did_not_end_well_is_refused(output):
    with pytest.raises(figures.BenchFailed):
        figures.kbench_records(output)
