"""Measures that ask for days within a reporting period are refused."""

from __future__ import annotations

from datetime import date

import pytest

from sojourn.study.checks.measure_dates import date_problems
from sojourn.study.model.measures import Measure
from sojourn.study.model.study import Period, Scenario, StudyModel


def problems(measure: Measure, report: str = "month") -> list[str]:
    scenario = Scenario(
        name="base", facts={}, states={}, transitions=(), populations={}, measures={"m": measure}
    )
    period = Period(**{"from": date(2025, 2, 4), "to": date(2027, 2, 4), "report": report})
    study = StudyModel(title="t", path=".", period=period, scenarios={"base": scenario})
    return [str(problem) for problem in date_problems(study)]


def test_people_are_counted_at_the_end_of_a_month() -> None:
    assert problems(Measure(kind="people", states=("a",), at=date(2025, 3, 31))) == []
    assert problems(Measure(kind="people", states=("a",), at=date(2027, 2, 3))) == []
    [said] = problems(Measure(kind="people", states=("a",), at=date(2025, 3, 17)))
    assert "measures.m.at: 2025-03-17 is not the last day of a month" in said
    assert "2025-02-28" in said


@pytest.mark.parametrize("kind", ["moves", "wait", "peak"])
def test_moves_are_counted_by_the_month(kind: str) -> None:
    whole = {"from": date(2025, 2, 4), "to": date(2025, 5, 1)}
    assert problems(Measure(kind=kind, transitions=("a -> b",), **whole)) == []
    [said] = problems(Measure(kind=kind, **{"from": date(2025, 3, 15)}))
    assert "measures.m.from: 2025-03-15 lies within a month" in said
    assert "2025-03-01" in said


def test_sums_over_days_may_be_cut_anywhere() -> None:
    assert problems(Measure(kind="money", **{"from": date(2025, 3, 15)})) == []


def test_years() -> None:
    assert problems(Measure(kind="people", at=date(2025, 12, 31)), "year") == []
    assert problems(Measure(kind="people", at=date(2025, 3, 31)), "year") != []
