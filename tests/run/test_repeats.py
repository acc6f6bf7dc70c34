"""Draws simulated a second time: they tell chance from inputs, and belong to their run."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import chi2

import sojourn.run.histories as room
from sojourn.errors import ResultsError
from sojourn.report.page import open_context
from sojourn.report.run_data import RunData
from sojourn.results.run_folder.folder import REPEATS, read_run, verified, with_draws_repeated
from sojourn.results.summary import summary
from sojourn.run.pieces import merge_runs
from sojourn.run.run import Options, run_study
from sojourn.uncertainty.repeats import FIRST_NUMBER

STUDY = """\
study: Admissions by chance, at a rate that is not known
period: {from: 2026-01-01, to: 2026-07-01}
run: {seed: 5, draws: 40}
states: {prison: {}, released: {end: yes}}
transitions: {prison -> released: {after: {mean: 30 days}}}
populations:
  people:
    admissions: {per year: {between: [300 people, 500 people]}, into: prison}
money:
  currency: EUR
  payments:
    price: {payer: State, payee: Prison, per: person over prison -> released, amount: 10 EUR}
measures:
  left: {moves: prison -> released}
  paid: {money: price}
scenarios:
  as now: {}
  longer: {transitions.prison -> released.after: {mean: 90 days}}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repeats") / "trial"
    folder.mkdir()
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(study, tmp_path_factory):
    return read_run(run_study(study, out=tmp_path_factory.mktemp("run") / "run"))


def values(folder, scenario="as now", measure="left"):
    """By draw: the measure in the run, or in its repeats."""
    rows = with_draws_repeated(pq.read_table(folder / "measures.parquet")).to_pylist()
    return {r["draw"]: r["value"] for r in rows
            if (r["scenario"], r["measure"]) == (scenario, measure)}  # fmt: skip


def row_of(table, **keys):
    [row] = [r for r in table.to_pylist() if all(r[key] == value for key, value in keys.items())]
    return row


def test_a_run_repeats_some_draws_with_their_inputs_and_other_random_numbers(run):
    first, second = values(run.path), values(run.path / REPEATS)
    assert list(second) == [12, 13, 14, 15, 19, 23, 27, 31]
    assert all(second[draw] != first[draw] for draw in second)
    inputs = [
        {r["draw"]: r["value"] for r in with_draws_repeated(folder.table("draws")).to_pylist()}
        for folder in (run, run.repeats)
    ]
    assert inputs[1].items() <= inputs[0].items()


def test_the_variance_by_chance_is_that_of_poisson_admissions(run):
    """Moves of a Poisson stream are Poisson, so their variance is their mean."""
    row = row_of(summary(run, "measures"), scenario="as now", measure="left")
    eight = row["simulation"] ** 2 / row["mean"] * 8
    assert chi2.ppf(0.005, 8) < eight < chi2.ppf(0.995, 8)
    inputs = 200 / np.sqrt(12) * row["mean"] / 400  # uniform admissions, in proportion
    assert row["parameters"] == pytest.approx(inputs, rel=0.2)


@pytest.mark.parametrize("against", [None, "as now"])
def test_half_the_squared_difference_of_two_histories_is_their_variance(run, against):
    first, second = values(run.path, "longer"), values(run.path / REPEATS, "longer")
    if against:
        for found, folder in ((first, run.path), (second, run.path / REPEATS)):
            for draw, value in values(folder, against).items():
                found[draw] -= value
    variance = np.mean([(first[draw] - second[draw]) ** 2 / 2 for draw in second])
    found = summary(run, "measures", against=against)
    row = row_of(found, scenario="longer", measure="left")
    assert row["simulation"] == pytest.approx(np.sqrt(variance))
    assert row["error_simulation"] == pytest.approx(np.sqrt(variance / 40))
    # The 40 draws are spread evenly, so the error is that of the means of 20 pairs.
    pairs = np.array([first[draw] for draw in sorted(first)]).reshape(20, 2).mean(axis=1)
    both = np.var(pairs, ddof=1) / 20
    left = max(both - variance / 40, 0)
    assert row["error_parameters"] == pytest.approx(np.sqrt(left))


def test_a_difference_between_runs_has_both_errors_too(run, tmp_path):
    other = read_run(shutil.copytree(run.path, tmp_path / "run"))
    [here, _] = summary(run, "measures", against="as now", only="longer").to_pylist()
    [there, _] = summary(run, "measures", against="as now", only="longer", of=other).to_pylist()
    assert there.pop("scenario") == here.pop("scenario")
    assert there.pop("measure") == here.pop("measure") == "left"
    assert there == pytest.approx(here)


@pytest.mark.parametrize("table", ["census", "flows", "money"])
def test_every_table_has_both_errors(run, table):
    for row in summary(run, table).to_pylist():
        assert (row["error_simulation"] or 0) > 0 or row["mean"] == row["p5"]


def test_the_report_has_the_same_errors(run):
    with RunData(run.path) as data:
        context = open_context(data)
        found = data.estimates("SELECT * FROM measures", ("measure",), absent=float("nan"))
        moved = context.answers["longer"].moved
    for scenario, against in (("as now", None), ("longer", "as now")):
        row = row_of(summary(run, "measures", against=against), scenario=scenario, measure="left")
        each = found[scenario, "left"]
        spread = each.change if against else each.value
        assert (spread.mean, spread.low) == pytest.approx((row["mean"], row["p5"]))
        assert spread.error_simulation == pytest.approx(row["error_simulation"])
        assert spread.error_parameters == pytest.approx(row["error_parameters"])
    assert moved.error_simulation and moved.error_parameters
    assert "by inputs, ±" in moved.errors()


def test_a_grown_run_and_one_of_pieces_have_the_repeats_of_the_whole(run, study, tmp_path):
    whole = values(run.path / REPEATS, "longer")
    for draws in (20, 40):
        run_study(study, out=tmp_path / "grown", options=Options(draws=draws))
    assert values(tmp_path / "grown" / REPEATS, "longer") == whole
    pieces = [
        run_study(study, out=tmp_path / f"{first}", options=Options(first_draw=first, draws=20))
        for first in (0, 20)
    ]
    merge_runs(pieces, out=tmp_path / "merged")
    assert values(tmp_path / "merged" / REPEATS, "longer") == whole


def test_another_price_simulates_nothing_again(run, study, tmp_path, monkeypatch):
    shutil.copytree(run.path, tmp_path / "run")
    dear = tmp_path / "dear"
    dear.mkdir()
    (dear / "study.yaml").write_text(STUDY.replace("10 EUR", "20 EUR"), encoding="utf-8")
    monkeypatch.setattr(room, "simulate_in_parts", None)
    run_study(dear, out=tmp_path / "run")
    paid, twice = (values(path / REPEATS, measure="paid") for path in (run.path, tmp_path / "run"))
    assert {draw: 2 * value for draw, value in paid.items()} == twice


def test_a_run_at_another_price_has_the_bytes_of_one_made_at_once(run, tmp_path):
    dear = tmp_path / "dear"
    dear.mkdir()
    price = "{between: [5 EUR, 30 EUR]}, tiers: [{above: 20 people, amount: 3 EUR}]"
    (dear / "study.yaml").write_text(STUDY.replace("10 EUR", price), encoding="utf-8")
    once = run_study(dear, out=tmp_path / "once", options=Options(draws=16))
    shutil.copytree(run.path, tmp_path / "run")
    run_study(dear, out=tmp_path / "run", options=Options(draws=16))
    for file in sorted(once.rglob("*.parquet")):
        again = tmp_path / "run" / file.relative_to(once)
        assert file.read_bytes() == again.read_bytes(), file


def test_too_few_repeats_tell_nothing(study, tmp_path):
    out = run_study(study, out=tmp_path / "run", options=Options(draws=14))
    run = read_run(out)
    assert len(run.repeated.draws) == 2 and run.repeats is None
    row = row_of(summary(run, "measures"), scenario="as now", measure="left")
    assert row["simulation"] is None and row["error_parameters"] > 0


def test_damaged_repeats_are_told_and_made_again(run, study, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(run.path, out)
    file = out / REPEATS / "measures.parquet"
    whole = file.read_bytes()
    file.write_bytes(b"nothing")
    told = {row["file"]: row["problem"] for row in verified(out)}
    assert "bytes" in told[f"{REPEATS}/measures.parquet"]
    with pytest.raises(ResultsError, match="written with"):
        summary(read_run(out), "measures")
    run_study(study, out=out)
    assert values(out / REPEATS) == values(run.path / REPEATS) and len(whole) > len(b"nothing")
    assert not any(row["problem"] for row in verified(out))


def test_repeats_of_another_run_are_not_taken_for_its_own(run, study, tmp_path):
    """A process may die when the repeats of a new run are there, and the run is not."""
    out = tmp_path / "run"
    shutil.copytree(run.path, out)
    record = json.loads((out / REPEATS / "run.json").read_text())
    assert record["first_draw"] == FIRST_NUMBER
    other = run_study(study, out=tmp_path / "other", options=Options(draws=16, seed=9))
    shutil.rmtree(out / REPEATS)
    assert read_run(out).repeats is None
    shutil.copytree(other / REPEATS, out / REPEATS)
    assert read_run(other).repeats is not None and read_run(out).repeats is None
    row = row_of(summary(read_run(out), "measures"), scenario="as now", measure="left")
    assert row["simulation"] is None and row["error_parameters"] > 0


def test_where_a_second_history_tells_nothing_there_is_none(run, study, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(run.path, out)
    run_study(study, out=out, options=Options(draws=8, replicates=2))
    assert not (out / REPEATS).exists() and read_run(out).repeats is None
    certain = tmp_path / "certain"
    certain.mkdir()
    text = STUDY.replace("{between: [300 people, 500 people]}", "400 people")
    (certain / "study.yaml").write_text(text, encoding="utf-8")
    own = run_study(certain, out=tmp_path / "own", options=Options(draws=8))
    assert not (own / REPEATS).exists()
