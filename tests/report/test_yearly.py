"""Numbers by fiscal year against the same sums made from the tables in plain Python."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from functools import cache

import numpy as np
import pyarrow.parquet as pq
import pytest

from report.made_run import make_run, study_dict
from sojourn.errors import ResultsError
from sojourn.report import yearly
from sojourn.report.page import open_context
from sojourn.report.run_data import RunData

DRAWS, REPLICATES, JULY = 4, 2, 7
END = dt.date(2028, 2, 4)


def fiscal(day):
    return day.year + (day.month >= JULY)


@cache
def rows(folder, table):
    return pq.read_table(folder / f"{table}.parquet").to_pylist()


def days_of(period):
    """Days of a month's row; the study ends within its last month."""
    after = dt.date(period.year + period.month // 12, period.month % 12 + 1, 1)
    return (min(after, END) - period).days


def grid(found):
    """[draw, replicate] of one year; a history without rows has nothing."""
    return np.array([[found.get((d, r), 0.0) for r in range(REPLICATES)] for d in range(DRAWS)])


def by_history(folder, table, scenario, year, value, keep):
    found = defaultdict(float)
    for row in rows(folder, table):
        if row["scenario"] == scenario and fiscal(row["period"]) == year and keep(row):
            found[row["draw"], row["replicate"]] += value(row)
    return grid(found)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "run", draws=DRAWS, replicates=REPLICATES)


@pytest.fixture(scope="module")
def found(run):
    with RunData(run, year_starts=JULY) as data:
        context = open_context(data)
        return yearly.people(context), yearly.places(data), yearly.money(context), data.years


def assert_is(estimate, values, base=None):
    assert estimate.value.mean == pytest.approx(values.mean())
    assert estimate.value.low == pytest.approx(np.percentile(values, 5))
    assert estimate.value.high == pytest.approx(np.percentile(values, 95))
    assert estimate.simulation == pytest.approx(np.sqrt(values.var(axis=1, ddof=1).mean()))
    assert estimate.value.error == pytest.approx(np.sqrt(values.mean(axis=1).var(ddof=1) / DRAWS))
    if base is not None:
        change = values - base
        assert estimate.change.mean == pytest.approx(change.mean())
        assert estimate.change.high == pytest.approx(np.percentile(change, 95))


@pytest.mark.parametrize("scenario", ["as offered", "injunction never"])
def test_people_by_fiscal_year(run, found, scenario):
    people, _, _, years = found
    assert years == (2025, 2026, 2027, 2028)
    for year in years:
        days = sum({row["period"]: days_of(row["period"]) for row in rows(run, "periods")
                    if fiscal(row["period"]) == year}.values())  # fmt: skip
        last = max(row["period"] for row in rows(run, "periods") if fiscal(row["period"]) == year)

        def held(row):
            return row["state"] == "held"

        expected = {
            "average": by_history(run, "census", scenario, year,
                                  lambda row, days=days: row["person_days"] / days, held),
            "year_end": by_history(run, "census", scenario, year, lambda row: row["people"],
                                   lambda row, last=last: held(row) and row["period"] == last),
            "admissions": by_history(run, "flows", scenario, year, lambda row: row["people"],
                                     lambda row: row["target"] == "held"),
            "releases": by_history(run, "flows", scenario, year, lambda row: row["people"],
                                   lambda row: row["source"] == "held"),
        }  # fmt: skip
        for what, values in expected.items():
            # Nobody is held in the baseline of this run.
            assert_is(people[scenario, what, year], values, base=np.zeros_like(values))


def test_peak_is_the_greatest_of_the_year(run, found):
    tops = defaultdict(float)
    for row in rows(run, "peaks"):
        if (
            row["scenario"] == "as offered"
            and row["state"] == "held"
            and fiscal(row["period"]) == 2026
        ):
            key = row["draw"], row["replicate"]
            tops[key] = max(tops[key], row["peak"])
    assert_is(found[0]["as offered", "peak", 2026], grid(tops))


def test_cost_by_fiscal_year_and_whole_period(run, found):
    _, _, money, years = found
    bill = yearly.Bill("USD", "US", "any", "paid")
    for column in yearly.PRICES:
        whole = 0.0
        for year in years:
            own, base = (
                by_history(run, "money", name, year, lambda row, c=column: row[c],
                           lambda row: row["payer"] == "US")
                for name in ("as offered", "law as it stands")
            )  # fmt: skip
            assert_is(money["as offered", bill, column, year], own, base)
            whole = whole + own
        assert_is(money["as offered", bill, column, None], whole)


def test_chance_of_a_shortfall_only_grows(run, found):
    firsts = [row["first_full"] for row in rows(run, "firsts")
              if (row["scenario"], row["facility"]) == ("injunction never", "cecot")]  # fmt: skip
    by_year = []
    for year in found[3]:
        end = min(dt.date(year, JULY, 1), END)
        share = np.mean([day is not None and day < end for day in firsts])
        by_year.append(found[1]["injunction never", "cecot", "short", year].value.mean)
        assert by_year[-1] == pytest.approx(share)
    assert by_year == sorted(by_year) and by_year[-1] > 0


def test_years_that_the_run_does_not_make_up_are_refused(tmp_path):
    study = study_dict()
    study["period"]["report"] = "year"
    folder = make_run(tmp_path / "run", study, draws=2)
    with pytest.raises(ResultsError) as error, RunData(folder, year_starts=JULY):
        pass
    assert "no years from 1 July" in str(error.value) and "`report: month`" in str(error.value)
