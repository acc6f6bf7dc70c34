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
from sojourn.report.sections.people.groups import HELD_BACK, HIDDEN
from sojourn.report.sections.people.groups_by_year import (
    group_year_table,
    held_back,
    published,
)

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


@pytest.fixture(scope="module")
def groups(run):
    with RunData(run, year_starts=JULY) as data:
        context = open_context(data)
        return yearly.groups(context), published(context)


def test_groups_by_fiscal_year(run, groups):
    found, _ = groups
    names = {group for _, _, group, _ in found}
    assert len(names) > 1
    for group in names:
        for year in (2025, 2026, 2027, 2028):
            last = max(row["period"] for row in rows(run, "periods")
                       if fiscal(row["period"]) == year)  # fmt: skip
            expected = {
                "year_end": by_history(
                    run, "census", "as offered", year, lambda row: row["people"],
                    lambda row, g=group, last=last: (row["state"] == "held" and row["group"] == g
                                                     and row["period"] == last)),
                "admissions": by_history(
                    run, "flows", "as offered", year, lambda row: row["people"],
                    lambda row, g=group: row["target"] == "held" and row["group"] == g),
                "releases": by_history(
                    run, "flows", "as offered", year, lambda row: row["people"],
                    lambda row, g=group: row["source"] == "held" and row["group"] == g),
            }  # fmt: skip
            for what, values in expected.items():
                each = found["as offered", what, group, year]
                if values.any():
                    assert_is(each, values, np.zeros_like(values))
                else:
                    assert (each.value.mean, each.value.high, each.change.mean) == (0, 0, 0)


def test_groups_add_up_to_all(found, groups):
    for (scenario, what, year), each in found[0].items():
        if what in yearly.BY_GROUP:
            total = sum(one.value.mean for (s, w, _, y), one in groups[0].items()
                        if (s, w, y) == (scenario, what, year))  # fmt: skip
            assert total == pytest.approx(each.value.mean)


def test_small_numbers_of_groups_are_held_back(groups):
    rows = groups[1]
    assert {row["hidden"] for row in rows} == {True, False}
    for row in rows:
        assert row["hidden"] or row["estimate"].value.mean == 0 or row["estimate"].value.mean >= 10
        assert row["change_hidden"] or not row["hidden"]


def test_the_table_by_group_and_year_has_words_where_numbers_are_held_back(run, groups):
    with RunData(run, year_starts=JULY) as data:
        table = group_year_table(open_context(data), "as offered", "")
    hidden = [row for row in groups[1] if row["hidden"] and row["scenario"] == "as offered"]
    cells = [row[f"{what}_mean"] for row in table.data for what in yearly.BY_GROUP]
    assert len(cells) == len(groups[1]) / len({row["scenario"] for row in groups[1]})
    assert sum(isinstance(cell, str) for cell in cells) == len(hidden) > 0


def test_no_sum_reveals_a_number_that_is_held_back():
    means = {
        (what, group, year): mean
        for group, start in (("a", 40.0), ("b", 60.0), ("c", 80.0))
        for year in (1, 2, 3)
        for what, mean in (("admissions", start + 20), ("releases", start + 10),
                           ("year_end", start + 10 * year), ("average", start + 10 * year - 5))
    }  # fmt: skip
    assert held_back(means) == {}
    hidden = held_back({**means, ("year_end", "a", 2): 4.0})
    assert hidden["year_end", "a", 2] == HIDDEN
    assert hidden["year_end", "b", 2] == HELD_BACK
    # The people at the end of a year are told by those before, and by who came and left.
    for group in "abc":
        for year in (1, 2, 3):
            told = {(what, group, year) for what in ("admissions", "releases", "year_end")}
            assert len((told | {("year_end", group, year - 1)}) & set(hidden)) != 1
    hidden = held_back({**means, ("admissions", "c", 1): 3.0})
    assert any(("admissions", "c", year) in hidden for year in (2, 3))


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
