"""How many are expected each day: season, week, trend and dated changes, by hand."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import numpy as np
import pytest
from sojourn.study.model.people import Admissions
from sojourn.study.model.values import Dated, Quantity

from engine.studies import number
from sojourn.engine.compile.rates import daily_rate
from sojourn.errors import StudyError
from sojourn.study.units import MONTHS

SUMMER = {"january": number(0.9), "july": number(1.2)}


def rates(
    start: date, end: date, *rate: tuple[date, float], per: str, **rest: object
) -> np.ndarray:
    """The rate of each day."""
    admissions = Admissions(
        rate=tuple(Dated(start=day, quantity=number(value)) for day, value in rate),
        per=per,
        into="s",
        **rest,
    )
    return daily_rate(admissions, lambda q: q.value, start, (end - start).days)


@pytest.mark.parametrize("per", ["day", "week", "month", "year"])
@pytest.mark.parametrize("year", [2024, 2025, 1900])
def test_a_season_leaves_the_year_as_written(per: str, year: int) -> None:
    span = (date(year, 1, 1), date(year + 1, 1, 1))
    flat = rates(*span, (span[0], 7.0), per=per)
    waves = rates(*span, (span[0], 7.0), per=per, season=SUMMER)
    assert waves.sum() == pytest.approx(flat.sum(), rel=1e-13)
    # Named months keep their relation to the others, month by month.
    month = np.array([(span[0] + timedelta(days=d)).month for d in range(len(flat))])
    factor = np.array([waves[month == m].sum() / flat[month == m].sum() for m in range(1, 13)])
    np.testing.assert_allclose(factor[[0, 6]] / factor[1], [0.9, 1.2], rtol=1e-13)
    np.testing.assert_allclose(np.delete(factor, [0, 6]), factor[1], rtol=1e-13)


def test_a_week_has_the_people_of_its_rate() -> None:
    quiet = {"saturday": number(0.2), "sunday": number(0.2)}
    start = date(2025, 2, 5)  # a Wednesday
    got = rates(start, start + timedelta(days=28), (start, 70.0), per="week", weekdays=quiet)
    np.testing.assert_allclose(got.reshape(4, 7).sum(axis=1), 70.0, rtol=1e-13)
    # 5 + 2 x 0.2 = 5.4 parts of a week of 70.
    np.testing.assert_allclose(got[:5], [*[70 / 5.4] * 3, *[14 / 5.4] * 2], rtol=1e-13)


def test_season_week_trend_and_dated_changes_multiply() -> None:
    start, change, end = date(2024, 2, 10), date(2025, 1, 1), date(2025, 8, 1)
    got = rates(
        start,
        end,
        (start, 300.0),
        (change, 450.0),
        per="month",
        trend=number(0.05),
        season=SUMMER,
        weekdays={"monday": number(3.0)},
    )
    for day in range(0, (end - start).days, 17):
        today = start + timedelta(days=day)
        length = calendar.monthrange(today.year, today.month)[1]
        # A rate per month gives each month the same number: the mean of twelve is 12.1 / 12.
        factor = {1: 0.9, 7: 1.2}.get(today.month, 1.0) * 12 / 12.1
        week = (3.0 if today.weekday() == 0 else 1.0) * 7 / 9
        people = 300.0 if today < change else 450.0
        want = people / length * 1.05 ** (day / 365.25) * factor * week
        assert got[day] == pytest.approx(want, rel=1e-12), today


@pytest.mark.parametrize(("per", "want"), [("month", 12 * 31.0), ("year", 31.0)])
def test_rates_are_spread_over_the_days_of_the_calendar(per: str, want: float) -> None:
    start, end = date(2024, 1, 1), date(2025, 1, 1)
    got = rates(start, end, (start, 31.0), per=per)
    assert got.sum() == pytest.approx(want, rel=1e-13)
    february = got[31:60]
    share = 31.0 if per == "month" else 31.0 * 29 / 366
    assert february.sum() == pytest.approx(share, rel=1e-13)


def test_factors_that_are_all_zero_in_a_draw_are_refused() -> None:
    start = date(2025, 1, 1)
    season = {m: Quantity(value=0.0, path=f"populations.p.admissions.season.{m}") for m in MONTHS}
    with pytest.raises(StudyError, match="every factor is zero") as caught:
        rates(start, date(2025, 3, 1), (start, 1.0), per="day", season=season)
    assert caught.value.problems[0].path == "populations.p.admissions.season"
