# SPDX-License-Identifier: MIT
# tests/tools/test_machine_files.py - every machine of the timing model is whole and sourced.
"""The launcher's reader, the files themselves, and the model's own judgement of them."""

import re
import subprocess

import pytest
from harness import ROOT
from launcher import machines
from launcher.settings import LLVM_FOUND as LLVM

FIGURE = re.compile(r"(\w+) = [0-9]+ +# (\w+): \S")
KINDS = {"measured", "manual", "computed", "chosen", "guess"}
GOOD = 'about = "a machine"\n[shape]\nharts = 4 # chosen: few\n[costs]\nhit = 2 # chosen: quick\n'


@pytest.fixture(name="refusal", scope="module")
def fixture_refusal(tmp_path_factory):
    """Return a function: why the model refuses figures for so many harts, "" if it does not."""
    program = tmp_path_factory.mktemp("machine") / "machine_check"
    sources = ["tests/tools/machine_check.c", "tools/model/machine.c"]
    subprocess.run(
        [f"clang{LLVM}", "-std=gnu17", "-I.", *sources, "-o", program], cwd=ROOT, check=True
    )

    def refusal(figures, harts):
        argv = [program, str(harts), figures]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == bool(done.stdout)
        return done.stdout.strip()

    return refusal


def unsourced(text):
    """Return the lines of a file that have a figure and not a comment that says where from."""
    lines = [line for line in text.splitlines() if re.match(r"\w+ *= *[0-9]", line)]
    return [line for line in lines if not (m := FIGURE.match(line)) or m[2] not in KINDS]


def test_there_are_the_machines_that_we_promise():
    assert {"flat", "jh7110", "sg2042", "sg2042x2", "tight"} <= set(machines.names())


@pytest.mark.parametrize("name", machines.names())
def test_every_figure_has_its_source(name):
    text = (machines.FOLDER / f"{name}.toml").read_text()
    machine = machines.load(name)
    assert unsourced(text) == []
    assert len(FIGURE.findall(text)) == len(machine.shape) + len(machine.costs)


@pytest.mark.parametrize("line", [
    "hit = 2", "hit = 2 # quick", "hit = 2 # chosen:", "hit=2 # chosen: quick", "hit = 2 # so: so",
])
def test_a_figure_without_source_is_seen(line):
    assert unsourced(f"{GOOD}{line}\n") == [line]


@pytest.mark.parametrize("name", machines.names())
def test_the_model_takes_every_machine_and_no_more_harts_than_it_has(name, refusal):
    arguments, harts = machines.plugin_arguments(name), machines.load(name).harts
    assert [refusal(arguments, n) for n in range(1, harts + 1)] == [""] * harts
    assert refusal(arguments, harts + 1) == (
        f"this machine has {harts} harts, and {harts + 1} are wanted"
    )


@pytest.mark.parametrize("name", machines.names())
def test_nearer_is_never_dearer(name):
    """The model serves a miss from the nearest copy, so that one should be the cheapest."""
    costs = machines.load(name).costs
    nearest_first = ["hit", "cluster", "transfer_cluster", "llc", "transfer_chip", "transfer_far"]
    for kinds in (nearest_first, ["upgrade_cluster", "upgrade_chip", "upgrade_far"]):
        figures = [costs[kind] for kind in kinds if kind in costs]
        assert figures == sorted(figures)


@pytest.mark.parametrize("change, message", [
    ("hits=2", "no figure 'hits'"),
    ("hit=0", "hit=0: a whole number from 1 to 1000000 is wanted"),
    ("l1_ways=3", "l1_bytes=32768 is not l1_ways=3 times"),
    ("cluster_harts=2", "transfer_cluster= is missing"),
])
def test_the_model_refuses_with_a_reason(change, message, refusal):
    assert message in refusal(f"{machines.plugin_arguments('flat')},{change}", 4)


def test_arguments_have_every_figure_once():
    pairs = [pair.split("=") for pair in machines.plugin_arguments("sg2042x2").split(",")]
    machine = machines.load("sg2042x2")
    assert dict(pairs) == {k: str(v) for k, v in {**machine.shape, **machine.costs}.items()}
    assert ["transfer_far", "1700"] in pairs


def test_describe_says_what_and_how_many():
    line = machines.describe("jh7110")
    assert line.startswith("jh7110: ") and "U74" in line and line.endswith("(up to 4 harts)")


def test_an_unknown_machine_is_refused_with_the_names():
    with pytest.raises(machines.BadMachine) as caught:
        machines.load("cray")
    assert str(caught.value) == f"MODEL=cray is not one of: {' '.join(machines.names())}"


@pytest.mark.parametrize("text, fault", [
    (GOOD.replace("[costs]", "[cost]"), "wanted are about, [shape] and [costs]"),
    (GOOD + "[more]\n", "wanted are about, [shape] and [costs]"),
    (GOOD.replace('"a machine"', "3"), "about is not one line"),
    (GOOD.replace("hit = 2", "hit = 2.5"), "hit is not a whole number"),
    (GOOD.replace("hit = 2", "hit = -2"), "hit is not a whole number"),
    (GOOD.replace("hit = 2", "hit = true"), "hit is not a whole number"),
    (GOOD.replace("hit = 2", "harts = 2"), "harts is in both tables"),
    (GOOD.replace("harts = 4", "hart = 4"), "does not say how many harts"),
    (GOOD + "hit = 3\n", "Cannot overwrite a value"),
    ("shape = 1\ncosts = 2\nabout = ''\n", "[shape] is not a table"),
])
def test_a_file_that_is_not_a_machine_is_refused(text, fault, tmp_path):
    (tmp_path / "odd.toml").write_text(text)
    with pytest.raises(machines.BadMachine) as caught:
        machines.load("odd", tmp_path)
    assert fault in str(caught.value) and "odd.toml" in str(caught.value)


def test_a_file_that_is_a_machine_is_taken(tmp_path):
    (tmp_path / "good.toml").write_text(GOOD)
    assert machines.load("good", tmp_path).harts == 4
    assert machines.plugin_arguments("good", tmp_path) == "harts=4,hit=2"


def test_figures_can_be_others_and_the_file_stays_as_it_is():
    machine = machines.load("flat,llc=60,quantum=100")
    assert (machine.costs["llc"], machine.turns) == (60, {"quantum": 100})
    assert "quantum=100" in machines.plugin_arguments("flat,llc=60,quantum=100").split(",")
    assert machines.load("flat").costs["llc"] != 60 and not machines.load("flat").turns


@pytest.mark.parametrize("model, message", [
    ("flat,nonesuch=1", "nonesuch is not one of: harts"),
    ("flat,llc", "llc is not llc=NUMBER"),
    ("flat,llc=x", "llc=x is not llc=NUMBER"),
    ("flat,llc=" + "1" * 30, "longer than 31"),
])
def test_figures_that_cannot_be_are_refused(model, message):
    with pytest.raises(machines.BadMachine, match=message):
        machines.load(model)
