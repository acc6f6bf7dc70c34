"""`sojourn backtest STUDY`: fitted and projected from many origins, nothing seen beforehand."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest

pytest.importorskip("emcee")

from typer.testing import CliRunner

from fitting.prison import TABLE, prison
from forecasting.test_rates_from_history import prison as counted_prison
from sojourn.cli.app import app
from sojourn.errors import SojournError
from sojourn.fitting import by_simulation, fit
from sojourn.fitting.as_known import as_known

FUTURE = "2015,1300,700,600\n2016,1400,650,620\n"
ASKED = {"origins": "2012-2013", "horizons": "1-2", "forecasters": ["no change", "drift"],
         "evaluations": 50, "draws": 8}  # fmt: skip
LATER = (
    ("transitions: {prison -> out_again: {after: 2 years}}",
     "transitions: {prison -> out_again: {after: 2 years, changes: "
     "{2014-01-01: {after: 3 years}}}}"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _short_fits(monkeypatch):
    monkeypatch.setattr(fit, "LEAST_EVALUATIONS", 50)


def made(done, forecaster: str, series: str) -> dict[tuple, float]:
    return {
        (row["origin"], row["horizon"], row["quantile"]): row["value"]
        for row in done.forecasts
        if row["forecaster"] == forecaster and row["series"] == series
    }


def test_no_forecast_changes_if_the_future_does(tmp_path):
    """From 2013, with other counts and another law from 2014 on: the same to the last digit."""
    asked = {**ASKED, "origins": "2013-2013"}
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    other_future = TABLE.replace("2014,1180,600,600\n", "2014,15,3000,4200\n") + FUTURE
    one = prison(tmp_path / "one").backtest(**asked)
    other = prison(tmp_path / "other", *LATER, table=other_future).backtest(**asked)
    for forecaster in ("study", "no change", "drift"):
        for series in ("prisons, stock", "prisons, admissions", "prisons, releases"):
            found = made(one, forecaster, series)
            assert found == made(other, forecaster, series)
            assert found or forecaster != "study"
    actual = {row["target"]: row["actual"] for row in other.forecasts
              if row["series"] == "prisons, stock"}  # fmt: skip
    assert actual["2014"] == 15


def test_a_study_as_known_holds_nothing_that_is_dated_later(tmp_path):
    study = prison(tmp_path, *LATER)._checked.study
    for day, changes, periods in ((date(2013, 12, 31), 0, 4), (date(2014, 1, 1), 1, 4)):
        known = as_known(study, "more", day)
        (transition,) = known.scenarios["more"].transitions
        assert len(transition.changes) == changes
        assert len(known.history["prisons"].ends) == periods
        (population,) = known.scenarios["more"].populations.values()
        assert [each.start.year for each in population.admissions.rate] == [2010]
    assert list(known.scenarios) == ["more"]


def test_projections_are_those_of_the_posterior(tmp_path):
    """The stock of 2013 and 2014 is twice the admissions of a year, which 2010 to 2012 tell."""
    done = prison(tmp_path).backtest(
        **{**ASKED, "origins": "2012-2012", "draws": 100, "evaluations": 120}
    )
    years, counted = np.array([1.0, 2.0, 2.0]), np.array([610.0, 1190.0, 1215.0])
    precision = np.square(years / 20).sum()
    mean, sd = (years * counted / 400).sum() / precision, precision**-0.5
    found = made(done, "study", "prisons, stock")
    # Of twice the admissions, of the count's own error, and of the chance of who comes (Poisson).
    spread = np.sqrt(4 * sd**2 + 20**2 + 2 * mean)
    for horizon in (1, 2):
        assert found["2012", horizon, 0.5] == pytest.approx(
            2 * mean, abs=4 * spread / 100**0.5 * 1.25
        )
        wide = found["2012", horizon, 0.9] - found["2012", horizon, 0.1]
        assert wide == pytest.approx(2 * 1.2816 * spread, rel=0.35)
    assert made(done, "no change", "prisons, stock")["2012", 2, 0.5] == 1215
    (one,) = done.record["fits"]
    assert (one["origin"], one["numbers"], one["targets"]) == ("2012", 1, 3)
    assert {row["forecaster"] for row in done.by_series()} == {"study", "no change", "drift"}


REFUSED = [
    ("2009-2012", {}, "nothing can be fitted or scored from 2009"),
    ("2012-2014", {}, "nothing can be fitted or scored from 2014"),
    ("2012-2013", {"scenario": "none"}, "has no scenario 'none'"),
    ("2012-2013", {"without": "lately"}, "--without: `lately` is not a range"),
    ("2012-2013", {"forecasters": ["oracle"]}, "there is no forecaster `oracle`"),
]


@pytest.mark.parametrize(("origins", "options", "what"), REFUSED)
def test_what_cannot_be_rolled_is_refused(tmp_path, origins, options, what):
    """Before the first fit."""
    options = {**options, "progress": lambda *_: pytest.fail("the work has begun")}
    with pytest.raises(SojournError, match=what):
        prison(tmp_path).backtest(**{**ASKED, "origins": origins, **options})


@pytest.mark.parametrize("beside", [[], ["no change"]])
def test_the_study_may_be_named_among_the_forecasters(tmp_path, beside):
    asked = {**ASKED, "origins": "2012-2012", "horizons": "1", "draws": 4}
    done = prison(tmp_path).backtest(**{**asked, "forecasters": ["study", *beside]})
    assert done.record["forecasters"] == ["study", *beside]
    assert made(done, "study", "prisons, stock")


def test_too_few_evaluations_are_refused(tmp_path):
    with pytest.raises(SojournError, match="10 evaluations are too few for a fit"):
        prison(tmp_path).backtest(**{**ASKED, "evaluations": 10})


def test_a_file_of_dates_that_tells_the_future_is_refused(tmp_path):
    (tmp_path / "came.csv").write_text("date,people\n2011-05-01,20\n2014-05-01,20\n")
    study = prison(
        tmp_path, ("{per year: {parameter: a_year}, into", "{file: came.csv, into"),
        ("populations.sentenced.admissions.per year:\n      2010-01-01: {parameter: a_year}\n"
         "      2019-01-01: {parameter: a_year, times: 120 %}", "{}"),
        ("stock: {column: held, error: 20 people}", "stock: held"),
        ("parameters:\n  a_year: {between: [300 people, 900 people], fit: yes}\n", ""),
    )  # fmt: skip
    with pytest.raises(SojournError, match="lists people who come after 2012-12-31"):
        study.backtest(**ASKED)


def test_the_command_writes_what_the_table_backtest_writes(tmp_path):
    prison(tmp_path)
    out = tmp_path / "scores"
    words = ["backtest", str(tmp_path), "--origins", "2012-2012", "--horizons", "1", "--out",
             str(out), "--forecasters", "no change", "--evaluations", "200",
             "--draws", "5"]  # fmt: skip
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "by series" in done.stdout
    assert {path.name for path in out.iterdir()} >= {"scores.parquet", "forecasts.parquet"}
    names = pq.read_table(out / "forecasts.parquet").column_names
    assert names == ["series", "forecaster", "origin", "horizon", "target", "quantile", "value",
                     "actual"]  # fmt: skip
    record = json.loads((out / "backtest.json").read_text())
    assert [one["origin"] for one in record["fits"]] == ["2012"]
    done = CliRunner().invoke(app, [*words[:4], "--date", "year"])
    assert done.exit_code == 2
    assert "leave out --date" in done.output
    done = CliRunner().invoke(app, ["backtest", "--origins", "2012-2013", "--date", "year"])
    assert done.exit_code == 2
    assert "--history, --value" in done.output


def test_a_study_whose_people_queue_is_simulated_from_each_origin(tmp_path, monkeypatch):
    monkeypatch.setattr(by_simulation, "FEWEST", 5)
    monkeypatch.setattr(by_simulation, "DRAWS", 20)
    study = prison(
        tmp_path,
        ("{prison: {}", "{prison: {place: full}"),
        ("\nstates:", "\nfacilities: {full: {capacity: 900 people}}\nstates:"),
        table="year,held,came,left\n2010,600,600,0\n2011,900,300,0\n2012,900,600,600\n",
    )
    done = study.backtest(**{**ASKED, "origins": "2011-2011", "horizons": "1", "draws": 12})
    found = made(done, "study", "prisons, stock")
    # The prison is full, but for the error of the count.
    assert found["2011", 1, 0.5] == pytest.approx(900, abs=40)
    # People are whole, and histories differ.
    assert found["2011", 1, 0.9] > found["2011", 1, 0.1]


def test_a_study_of_counts_alone_needs_no_fit(tmp_path):
    """Admissions and the pace of leaving are forecast from what was counted until 2014."""
    done = counted_prison(tmp_path).backtest(
        origins="2014-2014", horizons="1", forecasters=["no change"], draws=9
    )
    came = made(done, "study", "prisons, admissions")
    # Four years of growth, of which a part goes on.
    assert 300 < came["2014", 1, 0.5] < 700
    assert came["2014", 1, 0.1] < came["2014", 1, 0.9]
    assert done.record["fits"] == [{"origin": "2014"}]
