# SPDX-License-Identifier: MIT
# tests/tools/test_studies.py - what tools/study and tools/contention are made of.
"""The Markov model, the reading of records, plots, rankings and tables; needs no kernel."""

import math
import subprocess

import pytest
from harness import ROOT
from studies import (
    bench, collapse, contention, litl, markov, plot, ranking, rows, sensitivity, store, tables,
)

# ---- The Markov model --------------------------------------------------------------------------


@pytest.mark.parametrize("pair", collapse.PAIRS, ids=collapse.name_of)
def test_the_markov_model_gives_the_papers_peaks(pair):
    """Its figures can be read to a core and five percent; its curves end at 47 cores."""
    loop = markov.loop_of(pair.section, pair.fraction)
    harts, speedup = markov.peak(markov.curve(48, loop, markov.PAPER_PER_WAITER))
    assert abs(harts - pair.modelled[0]) <= 1
    assert math.isclose(speedup, pair.modelled[1], rel_tol=0.05)


def test_another_cost_a_waiter_gives_other_peaks():
    """The control: the paper's peaks are not those of any c."""
    loop = markov.loop_of(400, 0.004)
    assert abs(markov.peak(markov.curve(48, loop, 500))[0] - 27) > 2


def test_one_core_is_as_fast_as_one_core_that_has_no_lock():
    loop = markov.Loop(400, 3600)
    assert math.isclose(markov.speedup(1, loop, 0), loop.parallel / (loop.serial + loop.parallel))


def test_without_a_cost_a_waiter_nothing_collapses():
    """Then it is the closed queue of the textbooks: throughput nears one turn a section."""
    loop = markov.Loop(400, 3600)
    points = markov.curve(48, loop, 0)
    assert all(points[n + 1] > points[n] - 1e-9 for n in range(1, 48))
    assert math.isclose(points[48] * loop.serial / loop.parallel, 1, rel_tol=0.01)


def test_weights_that_outgrow_a_number_are_scaled():
    speedup = markov.speedup(1000, markov.Loop(1000, 10), 1000)
    assert 0 < speedup < 0.01


# ---- Running and reading -----------------------------------------------------------------------

RECORD = {"bench": "locks", "lock": "mcs", "harts": 4, "metric": "per_acquisition", "value": 389.5,
          "valid": True, "timing": "model"}


def test_rows_gather_the_metrics_of_a_lock_and_number_of_harts():
    records = [RECORD, RECORD | {"metric": "jain", "value": 1}, RECORD | {"harts": 8, "value": 390},
               RECORD | {"bench": "sched"}]
    assert bench.rows(records) == [
        {"lock": "mcs", "harts": 4, "per_acquisition": 389.5, "jain": 1},
        {"lock": "mcs", "harts": 8, "per_acquisition": 390},
    ]


@pytest.mark.parametrize("change", [{"valid": False}, {"timing": "host"}, {"timing": "count"}])
def test_records_that_may_not_be_compared_are_refused(change):
    with pytest.raises(bench.BadRun):
        bench.rows([RECORD | change])


def test_a_case_is_a_boot():
    one = bench.case("x", {"MODEL": "flat", "SMP": 8}, harts=(1, 8), locks="mcs", cs=5)
    assert bench.command_line(one)[-1] == "CMD=bench locks harts=1,8 locks=mcs cs=5"
    assert {"TIMING=model", "MODEL=flat", "SMP=8"} <= set(bench.command_line(one))
    assert one.value("SMP") == "8" and one.value("cs") == "5"


def test_medians_and_spread_over_seeds():
    runs = [[{"lock": "mcs", "harts": 2, "per_acquisition": value}] for value in (90, 100, 120)]
    assert rows.median_curve(runs, "mcs") == {2: 100}
    assert math.isclose(rows.spread(runs, "mcs"), 0.3)
    with_four = [run + [{"lock": "mcs", "harts": 4, "per_acquisition": 50}] for run in runs]
    assert rows.spread(with_four, "mcs", least=4) == 0
    assert rows.joined(runs) == {2: {"mcs": 100}}


# ---- What is kept ------------------------------------------------------------------------------

SUBJECT = {"image": "a", "model": "b", "qemu": "7.2", "rev": "1"}


def test_results_are_resumed_where_they_stopped(tmp_path):
    path = tmp_path / "results.jsonl"
    one, other = (bench.case("x", {}, harts=harts) for harts in (1, 2))
    store.Results(path, SUBJECT).add(one, [{"lock": "mcs"}])
    with open(path, "a", encoding="ascii") as file:
        file.write('{"case": "' + other.key())  # stopped while it wrote
    again = store.Results(path, SUBJECT | {"rev": "2"})
    assert again.rows == {one.key(): [{"lock": "mcs"}]}


@pytest.mark.parametrize("changed", ["image", "model", "qemu"])
def test_results_of_another_subject_are_not_taken(tmp_path, changed):
    path = tmp_path / "results.jsonl"
    store.Results(path, SUBJECT).add(bench.case("x", {}, harts=1), [])
    assert not store.Results(path, SUBJECT | {changed: "other"}).rows


# ---- Ranking -----------------------------------------------------------------------------------

LIKE = {"tas": 1000, "ticket": 500, "mcs": 300}
IN_WORDS = "mcs costs less than tas ticket, ticket costs less than tas"


def test_a_ranking_that_holds():
    costs = {"flat": {16: LIKE}, "sg2042": {16: {name: 3 * c for name, c in LIKE.items()}}}
    assert ranking.verdict(costs) == [
        "The ranking holds on: flat sg2042.",
        f"With 16 harts all 2 agree that {IN_WORDS}.",
    ]


def test_a_ranking_that_does_not_hold_says_where():
    """The control of the verdict: one pair turned round, on one machine, at one number of harts."""
    costs = {"flat": {8: LIKE, 16: LIKE}, "tight": {8: LIKE, 16: LIKE | {"mcs": 700}}}
    assert ranking.verdict(costs) == [
        "The ranking does not hold on: flat tight.",
        "With 16 harts mcs costs less than ticket on flat, and more on tight.",
        f"With 8 harts all 2 agree that {IN_WORDS}.",
        "With 16 harts all 2 agree that mcs costs less than tas, ticket costs less than tas.",
    ]


def test_machines_may_agree_on_nothing():
    turned = {"tas": 300, "ticket": 500, "mcs": 1000}
    assert ranking.verdict({"a": {4: LIKE}, "b": {4: turned}})[-1] == (
        "With 4 harts all 2 agree on nothing."
    )


def test_costs_that_are_near_are_not_told_apart():
    near = LIKE | {"mcs": 500 * 1.15}
    assert not ranking.reversals({"flat": {16: LIKE}, "other": {16: near}})
    assert ranking.reversals({"flat": {16: LIKE}, "other": {16: LIKE | {"mcs": 500 * 1.25}}})


def test_machines_are_compared_at_the_same_number_of_harts():
    turned = {"tas": 300, "ticket": 500, "mcs": 1000}
    assert not ranking.reversals({"flat": {16: LIKE}, "small": {4: turned}})


def test_one_machine_is_no_ranking():
    assert "takes a second one" in ranking.verdict({"flat": {16: LIKE}})[0]


def test_order_in_words():
    costs = {"tas": 1000, "ticket": 310, "mcs": 300, "clh": 305}
    assert ranking.in_words(ranking.order(costs)) == "mcs, clh, ticket < tas"


# ---- The whole machine -------------------------------------------------------------------------


def test_from_where_on_nothing_is_gained():
    assert litl.enough({8: 60, 16: 96, 32: 100, 64: 90}) == 16
    assert litl.enough({8: 60, 16: 90, 32: 100, 64: 110}) == 64


# ---- Collapse ----------------------------------------------------------------------------------


def test_what_is_left_past_the_peak():
    points = {1: 1, 10: 10, 11: 9, 12: 4, 13: 2}
    assert math.isclose(collapse.drop(points), 0.4)
    assert collapse.drop({1: 1, 10: 10, 11: 9}) is None


@pytest.mark.parametrize("pair", collapse.PAIRS, ids=collapse.name_of)
def test_a_pair_is_run_with_every_number_of_harts_near_the_peak(pair):
    found = collapse.Constants(0, 1000)
    peak, _ = markov.peak(collapse.predicted(found, pair, range(1, 49)))
    harts = [n for group in collapse.groups("ticket", pair, found) for n in group]
    near = set(range(peak - collapse.NEAR, peak + collapse.NEAR + 1)) & set(range(1, 49))
    assert near | {1, 48} <= set(harts) <= set(range(1, 49))
    assert len(harts) == len(set(harts))


def test_constants_are_the_line_through_the_hand_overs():
    harts = collapse.FIT_HARTS
    found = [{"lock": "ticket", "harts": n, "per_acquisition": 400 + 250 + 30 * n} for n in harts]
    results = {collapse.fit_case("flat", "ticket").key(): found}
    constants = collapse.constants(results, "flat")
    assert math.isclose(constants.overhead, 250) and math.isclose(constants.per_waiter, 60)


# ---- Tables and plots --------------------------------------------------------------------------

PAGE = "a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n"


def test_a_block_is_replaced_and_nothing_else():
    assert tables.with_block(PAGE, "x", "new") == PAGE.replace("old", "new")
    assert tables.block(PAGE, "x") == "old\n"


@pytest.mark.parametrize("page", ["", PAGE + PAGE])
def test_a_block_must_be_there_once(page):
    with pytest.raises(tables.NoBlock):
        tables.with_block(page, "x", "new")


@pytest.mark.parametrize("value, text", [(12345.6, "12 346"), (99.94, "99.9"), (1.234, "1.23"),
                                         (0, "0.00")])
def test_numbers(value, text):
    assert tables.number(value) == text


CHART = plot.Chart(
    "it's a title_{x}", "harts", "cycles",
    [plot.Line("tas", [(1, 100), (2, 200)]), plot.Line("tas", [(1, 90)], dashed=True),
     plot.Line("mcs", [(1, 110), (2, 120)])],
    log_x=True,
)


def test_the_script_has_every_point_and_takes_text_literally():
    script = plot.script(CHART)
    assert "$line0 << END\n1 100\n2 200\nEND" in script
    assert "set title 'it''s a title_{x}' noenhanced" in script
    assert script == plot.script(CHART)


def test_a_dashed_line_has_the_colour_of_its_name_and_no_entry_in_the_key():
    curves = [line for line in plot.script(CHART).splitlines() if " using 1:2 " in line]
    colours = [line.split("rgb ")[1].split()[0] for line in curves]
    assert colours[0] == colours[1] != colours[2]
    assert "notitle" in curves[1] and "title 'mcs'" in curves[2]


def test_the_same_chart_is_the_same_svg():
    text = plot.svg(CHART)
    assert text == plot.svg(CHART)
    assert text.startswith("<?xml") and "Produced by GNUPLOT" in text


def test_without_gnuplot_it_says_what_installs_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(plot.NoGnuplot, match="tools/setup"):
        plot.svg(CHART)


def test_what_gnuplot_does_not_understand_is_an_error():
    with pytest.raises(plot.NoGnuplot, match="gnuplot failed"):
        plot.svg(CHART._replace(lines=[plot.Line("x", [(1, float("nan"))], dashed=False)],
                                log_x=True, log_y=True))


# ---- What is committed -------------------------------------------------------------------------


@pytest.fixture(name="kept", scope="module")
def fixture_kept():
    """Return the rows that docs/timing-model.md was written from."""
    return store.read(ROOT / "docs/data/timing-model.jsonl")[1]


STUDIES = [contention, collapse, litl, sensitivity]


def wrong_blocks(page, kept):
    """Return the names of the page's blocks that are not what the rows say."""
    blocks = {name: text for study in STUDIES for name, text in study.blocks(kept).items()}
    return [name for name, text in blocks.items() if tables.block(page, name) != f"{text}\n"]


def test_the_tables_of_the_page_are_what_was_measured(kept):
    assert not wrong_blocks((ROOT / "docs/timing-model.md").read_text(), kept)


def test_a_figure_that_was_not_measured_is_seen(kept):
    page = (ROOT / "docs/timing-model.md").read_text()
    table = tables.block(page, "contention").rstrip("\n")
    assert wrong_blocks(tables.with_block(page, "contention", table + "0"), kept) == ["contention"]


def stale_plots(kept):
    """Return the names of the page's plots that do not draw what the rows say."""
    charts = {name: chart for study in STUDIES for name, chart in study.charts(kept).items()}
    return [name for name, chart in charts.items()
            if not (ROOT / "docs/images" / name).read_text().endswith(plot.signature(chart))]


def test_the_plots_are_of_what_was_measured(kept):
    """Whichever gnuplot has drawn them, and whichever is here."""
    assert not stale_plots(kept)


def test_a_plot_of_something_else_is_seen(kept, monkeypatch):
    monkeypatch.setattr(plot, "SIZE", "1,1")
    assert "contention.svg" in stale_plots(kept)


# ---- What the page says of it ------------------------------------------------------------------


def apart(peaks):
    """Return how many harts two peaks, of (harts, speed-up) each, are apart."""
    return abs(peaks[0][0] - peaks[1][0])


def far_peaks(kept):
    """Return the loops whose ticket lock peaks more than two harts from the Markov model's peak."""
    found = [(model, pair) for model, pairs in collapse.PAIRS_OF.items() for pair in pairs]
    return [
        (model, collapse.name_of(pair)) for model, pair in found
        if apart(collapse.peaks(kept, model, pair)) > 2
    ]


# The one that the page says is farther; on the paper's machine it was, too.
FAR = ("opteron48", collapse.name_of(collapse.FAR_PAIR))


def test_the_ticket_lock_peaks_where_the_markov_model_says(kept):
    assert far_peaks(kept) == [FAR]


def test_a_peak_elsewhere_is_seen(kept):
    """The control: with three harts fewer than at the peak an acquisition costs a tenth."""
    pair, model = collapse.PAIRS[0], "opteron48"
    cases = collapse.pair_cases(model, "ticket", pair, collapse.constants(kept, model))
    first, *others = kept[cases[1].key()]
    cheap = first | {"per_acquisition": first["per_acquisition"] / 10}
    changed = kept | {cases[1].key(): [cheap, *others]}
    assert far_peaks(changed) == [(model, collapse.name_of(pair)), FAR]


@pytest.mark.parametrize("pair", collapse.PAIRS, ids=collapse.name_of)
def test_the_ticket_lock_peaks_where_the_papers_did(kept, pair):
    assert apart([collapse.peaks(kept, "opteron48", pair)[0], pair.measured]) <= 1


@pytest.mark.parametrize("pair", collapse.PAIRS[:5], ids=collapse.name_of)
def test_the_ticket_lock_collapses_and_mcs_does_not(kept, pair):
    ticket, mcs = (collapse.measured(kept, "opteron48", lock, pair) for lock in collapse.LOCKS)
    assert collapse.drop(ticket) < 0.5
    assert mcs[collapse.MOST] == markov.peak(mcs)[1] > 3 * ticket[collapse.MOST]


def test_the_cost_of_mcs_does_not_grow_with_the_harts(kept):
    costs = rows.median_curve(contention.runs(kept), "mcs")
    wanted = [cost for harts, cost in costs.items() if harts >= 4]
    assert max(wanted) <= 1.1 * min(wanted)


def test_transfers_grow_as_the_literature_says(kept):
    """Queue locks: not at all. Ticket, and test-and-set: by at least one a waiter."""
    metric = "transfers_per_acquisition"
    slopes = {lock: contention.slope(contention.runs(kept), lock, metric) for lock in bench.LOCKS}
    assert abs(slopes["mcs"]) < 0.02 and abs(slopes["clh"]) < 0.02
    assert slopes["tas"] > 0.95 and slopes["ttas"] > 0.95 and slopes["ticket"] > 0.95


@pytest.mark.parametrize("workload", litl.WORKLOADS, ids=litl.name_of)
def test_the_locks_are_as_far_apart_as_litl_has_them(kept, workload):
    tas, ticket, mcs = (
        litl.throughput(kept, workload, lock)[litl.MOST] for lock in ("tas", "ticket", "mcs")
    )
    measured = [(one.ticket / one.tas, one.mcs / one.tas) for one in litl.APPLICATIONS]
    lowest, highest = ([end(ratios) for ratios in zip(*measured)] for end in (min, max))
    assert 0.95 * lowest[0] <= ticket / tas <= 1.05 * highest[0]
    assert 0.95 * lowest[1] <= mcs / tas <= 1.05 * highest[1]


# ---- The command of the user -------------------------------------------------------------------


@pytest.mark.parametrize("word, message", [
    ("MODELS=nonesuch", "flat"),
    ("LOCKS=nonesuch", "mcs"),
    ("HARTS=65", "1..64"),
    ("HARTS=x", "1..64"),
    ("CS=1,2", "one number"),
    ("NONESUCH=1", "MODELS"),
    ("HARTS", "NAME=VALUE"),
])
def test_contention_refuses_with_what_is_allowed(word, message):
    done = subprocess.run([ROOT / "tools/contention", word], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2 and message in done.stderr, done.stderr


@pytest.mark.parametrize("words", [["nonesuch"], ["--nonesuch"]])
def test_study_refuses_what_it_does_not_know(words):
    done = subprocess.run([ROOT / "tools/study", *words], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2 and "contention" in done.stderr
