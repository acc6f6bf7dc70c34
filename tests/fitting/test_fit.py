"""`sojourn fit`: a study's numbers fitted to its history, and runs under the draws."""

from __future__ import annotations

import csv
import json
from datetime import date

import numpy as np
import pytest

pytest.importorskip("emcee")

from scipy.stats import truncnorm
from typer.testing import CliRunner

from fitting.prison import prison
from sojourn.api.which_number.inputs import time_unit_written
from sojourn.cli.app import app
from sojourn.cli.fitting import _unit
from sojourn.errors import SojournError
from sojourn.fitting.counted_by_model import CountedByModel, Target, targets_of
from sojourn.fitting.fit import FittedCount, Number, _missed, _of_prior, _unfinished
from sojourn.study.model.values import Quantity

CHANGE = (
    ("{after: 2 years}}", "{after: {mean: {parameter: stay}}, changes: {2015-01-01: {for: everyone "
     "by pace, after: {mean: {parameter: stay_2015}}}}}}"),
    ("fit: yes}\n", "fit: yes}\n  stay: {between: [1 year, 4 years], fit: yes}\n"
     "  stay_2015: {between: [1 year, 4 years], fit: yes}\n"),
    ("releases: left", "releases: {column: left, error: 2 %}"),
    ("admissions: came", "admissions: {column: came, error: 2 %}"),
)  # fmt: skip


def table_of(run, draw=0) -> str:
    """The counts of a run's draw as the history has them."""
    held = [r["people"] for r in run.census if r["state"] == "prison" and r["draw"] == draw]
    moves = {
        name: [r["people"] for r in run.flows if r["transition"] == name and r["draw"] == draw]
        for name in ("admission", "prison -> out_again")
    }
    rows = zip(range(2010, 2020), held, *moves.values(), strict=True)
    return "year,held,came,left\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)


def test_one_number_has_the_truncated_normal_posterior(tmp_path):
    """Nobody has left after a year, all are there, after two N = 2a: counts are linear in a."""
    fit = prison(tmp_path).fit(evaluations=300)
    years = np.array([1.0, 2.0, 2.0, 2.0])
    counted = np.array([610.0, 1190.0, 1215.0, 1180.0])
    precision = np.square(years / 20).sum()
    mean = (years * counted / 400).sum() / precision
    sd = precision**-0.5
    exact = truncnorm((300 - mean) / sd, (900 - mean) / sd, mean, sd)
    (row,) = fit.parameters.to_dicts()
    error = 4 * sd / np.sqrt(row["effective_size"])
    for column, quantile in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9)):
        # The standard error of a tenth is 1.7 times that of a mean.
        assert row[column] == pytest.approx(exact.ppf(quantile), abs=1.8 * error)
    assert row["prior_p10"] == pytest.approx(360)
    assert row["r_hat"] < 1.1
    (shown,) = fit.plot().to_dict()["datasets"].values()
    assert [r["counted"] for r in shown] == counted.tolist()
    assert [r["p50"] for r in fit.counts] == pytest.approx(years * row["p50"], rel=1e-6)


def test_a_change_of_policy_within_the_history_is_found_again(tmp_path):
    truth = {"a_year": [520.0], "stay": [900.0], "stay_2015": [600.0]}
    study = prison(tmp_path, *CHANGE)
    table = table_of(study.run(parameters=truth, expected=True, scenarios=["as it is"]))
    fit = prison(tmp_path, *CHANGE, table=table).fit(evaluations=320)
    for row in fit.parameters:
        (true,) = truth[row["path"].removeprefix("parameters.")]
        assert row["p50"] == pytest.approx(true, rel=0.01)
        assert row["p10"] < true < row["p90"]
        assert row["relative_width"] < 0.2
    assert not fit.warnings
    assert all(abs(row["missed"]) < 0.5 for row in fit.counts)


def test_numbers_that_move_together_are_told_with_the_series_that_would_help(tmp_path):
    """A stock alone, in balance, knows the product of admissions and stay."""
    study = prison(
        tmp_path,
        ("{after: 2 years}", "{after: {mean: {parameter: stay}}}"),
        ("fit: yes}\n", "fit: yes}\n  stay: {between: [1 year, 4 years], fit: yes}\n"),
        ("{admissions:", "{stock: {count: 1200 people, state: prison}, admissions:"),
        table="year,held,came,left\n" + "".join(f"{y},1200,,\n" for y in range(2012, 2020)),
    )
    (warning,) = [text for text in study.fit(evaluations=250).warnings if "together" in text]
    assert "a_year and stay move together: correlation −0.9" in warning
    assert "of prisons, counted within 2%, would tell them apart" in warning


def number(**changes) -> Number:
    prior = Quantity(
        value=600, low=300, high=900, shape="uniform", unit="people", path="parameters.a_year"
    )
    known = {"low": 590.0, "median": 600.0, "high": 610.0, "at": 0.5, "width": 0.04,
             "r_hat": 1.0, "size": 500.0}  # fmt: skip
    return Number(prior, **{**known, **changes})


def missed(errors: float, year: int) -> FittedCount:
    day = date(year, 12, 31)
    target = Target("prisons", "stock", (), str(year), day, day, 1200.0, 20.0)
    return FittedCount(target, 1150, 1200 - 20 * errors, 1250, errors)


DOUBTS = [
    (_unfinished, [number(r_hat=1.2)], "too few draws of a_year: R-hat up to 1.20, at least 500"),
    (_unfinished, [number(size=40.0)], "too few draws of a_year: R-hat up to 1.00, at least 40"),
    (_of_prior, [number(width=0.95)], "history says little about a_year: its 80 % range is 95% as"),
    (_of_prior, [number(at=0.99)], "history draws a_year to the upper end of its prior"),
    (_of_prior, [number(at=0.01)], "history draws a_year to the lower end of its prior"),
    (_missed, [missed(3.2, 2012), missed(-4.0, 2013), missed(0.3, 2014)],
     "the model misses prisons, stock, 2013 by -4.0 errors; prisons, stock, 2012 by +3.2 errors:"),
    (_missed, [missed(4.0, year) for year in range(2010, 2015)], "and 2 more: the ranges are too"),
]  # fmt: skip


@pytest.mark.parametrize(("doubts", "found", "words"), DOUBTS)
def test_what_is_doubtful_is_told(doubts, found, words):
    (told,) = doubts(tuple(found))
    assert words in told


def test_what_is_sound_needs_no_words():
    assert not [*_unfinished((number(),)), *_of_prior((number(),)), *_missed((missed(2.9, 2012),))]


REFUSED = [
    (("{between: [300 people, 900 people], fit: yes}", "{between: [300 people, 900 people]}"),
     "no number of the scenario is marked", {}),
    (("stock: {column: held, error: 20 people}", "stock: held"), "no count of the history", {}),
    (("report", "report"), "are too few for a fit", {"evaluations": 10}),
    (("report", "report"), "the study has no scenario 'fewer'", {"scenario": "fewer"}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "what", "options"), REFUSED)
def test_what_cannot_be_fitted_is_refused(tmp_path, change, what, options):
    changes = [] if change == ("report", "report") else [change]
    with pytest.raises(SojournError, match=what):
        prison(tmp_path, *changes).fit(**options)


def test_the_command_writes_draws_that_a_run_takes(tmp_path):
    prison(tmp_path)
    out = tmp_path / "fitted"
    words = ["fit", str(tmp_path), "--out", str(out), "--draws", "7", "--evaluations", "200"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "4 of 4 counts lie within" in done.stdout or "3 of 4 counts lie within" in done.stdout
    assert {path.name for path in out.iterdir()} == {
        "draws.csv", "parameters.csv", "counts.csv", "correlation.csv", "counts.svg", "fit.json",
    }  # fmt: skip
    with (out / "draws.csv").open(encoding="utf-8") as file:
        drawn = [float(row["parameters.a_year"]) for row in csv.DictReader(file)]
    assert len(drawn) == 7
    run = ["run", str(tmp_path), "--parameters", str(out / "draws.csv"), "--expected",
           "--out", str(tmp_path / "run"), "--json"]  # fmt: skip
    done = CliRunner().invoke(app, run)
    assert done.exit_code == 0, done.output
    record = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert record["given"]["paths"] == ["parameters.a_year"]


def test_a_duration_is_told_in_the_unit_of_its_prior(tmp_path):
    study = prison(
        tmp_path,
        ("{after: 2 years}", "{after: {mean: {parameter: stay}}}"),
        ("fit: yes}\n", "fit: yes}\n  stay: {note: 3 years, between: [14 months, 40 months]}\n"),
    )
    written = time_unit_written(study._tree, "parameters.stay")
    assert _unit("day", written) == (pytest.approx(12 / 365.25), "months")
    assert time_unit_written(study._tree, "parameters.a_year") is None
    assert _unit("people", None) == (1.0, "people")


def test_a_folder_of_others_is_refused_before_any_work(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis").write_text("years")
    with pytest.raises(SojournError, match="holds something else: thesis"):
        prison(tmp_path).fit(out=tmp_path / "out")


SERVED = (
    *CHANGE[1:2],
    ("{after: 2 years}}", "{after: {mean: {parameter: stay}}}}"),
    ("releases: left", "time served: {column: served, error: 3 %, in: years}"),
    ("{admissions: {per", "{stock: {count: 1000 people, state: prison, served: equilibrium}, "
     "admissions: {per"),
)  # fmt: skip


@pytest.mark.slow
def test_time_served_tells_those_who_come_from_those_who_stay(tmp_path):
    """A stock is their product; 1,000 people for 2.2 years each are 455 who come in a year."""
    years = range(2010, 2016)
    table = "year,held,came,served\n" + "".join(f"{year},1000,,2.2\n" for year in years)
    rows = prison(tmp_path, *SERVED, table=table).fit(evaluations=300).parameters.to_dicts()
    found = {row["path"].removeprefix("parameters."): row for row in rows}
    stay, came = found["stay"], found["a_year"]
    assert stay["p10"] < 2.2 * 365.25 < stay["p90"]
    assert came["p10"] < 1000 / 2.2 < came["p90"]
    # Six means within 3 % each, and nothing else of it that is as sharp.
    assert (stay["p90"] - stay["p10"]) / stay["p50"] < 2.6 * 0.03


def test_time_served_in_equilibrium_is_the_stay_and_the_stock_is_not(tmp_path):
    study = prison(tmp_path, *SERVED, table="year,held,came,served\n2012,1000,,2.2\n")._checked
    targets = targets_of(study.study)
    paths, inputs = ["parameters.a_year", "parameters.stay"], study.inputs["as it is"]
    model = CountedByModel(study.study, "as it is", inputs, paths, date(2012, 12, 31))
    for years in (1.6, 2.2, 3.1):
        stock, days = model.counts([1000 / years, 365.25 * years], targets)
        assert stock == pytest.approx(1000, rel=1e-3)
        assert days == pytest.approx(365.25 * years, rel=2e-3)


def test_time_served_is_refused_where_people_queue(tmp_path):
    full = (
        ("{prison: {}", "{prison: {place: full}"),
        ("\nstates:", "\nfacilities: {full: {capacity: 900 people}}\nstates:"),
        ("releases: left", "time served: {column: left, error: 30 days}"),
    )
    with pytest.raises(SojournError, match=r"fitted by exact means alone: .*full"):
        prison(tmp_path, *full).fit(evaluations=300)
