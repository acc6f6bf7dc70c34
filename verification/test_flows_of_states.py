"""Stocks of real prisons from admissions and paces that are forecast together: ranges hold.

From each origin the forecast of a state's stock is what flows leave of it, as a study with both
`as counted` has them; nothing is fitted. Forecasts of 28 states that meet the same years are not
independent, so the bands are wide; but if admissions and paces were drawn independently, they would
be missed.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sojourn.forecasting.forecasters import FORECASTERS, OURS
from sojourn.forecasting.history import SeriesHistory
from sojourn.forecasting.joint_rows import ROWS, joint_rows, togetherness
from sojourn.forecasting.rolling import roll
from sojourn.study.words.periods import calendar_ending

pytestmark = pytest.mark.slow

SERIES = Path(__file__).parents[1] / "docs" / "series" / "prisoners.csv"
FIRST, LAST, ORIGINS, HORIZONS = 1978, 2022, range(1995, 2018, 2), 5
YEARS = 10
"""Of which the mean is a constant pace."""
ERROR = 0.01
"""Of a count of the stock."""


def counts() -> np.ndarray:
    """[state, year, (stock, admissions, releases)] of states with forty full years."""
    table: dict[str, np.ndarray] = defaultdict(lambda: np.full((LAST - FIRST + 1, 3), np.nan))
    with SERIES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            values = [row[key] for key in ("prisoners", "admissions", "releases")]
            table[row["state"]][int(row["year"]) - FIRST] = [float(v or "nan") for v in values]
    full = {n: t for n, t in table.items() if np.isfinite(t).all(axis=1).sum() >= 40}
    return np.array([t for n, t in full.items() if n not in ("US", "ST")])


def quantiles(series: np.ndarray) -> np.ndarray:
    """[origin, state, horizon, level]"""
    calendar = calendar_ending(date(FIRST, 12, 31), 12)
    names = tuple(str(number) for number in range(len(series)))
    history = SeriesHistory(names, calendar, calendar.holding(date(FIRST, 12, 31)), series)
    origins = [calendar.holding(date(year, 12, 31)) for year in ORIGINS]
    return roll(history, [FORECASTERS[OURS]], origins, range(1, HORIZONS + 1)).quantiles[OURS]


def stocks(now: float, came: np.ndarray, paces: np.ndarray) -> np.ndarray:
    """Draws [row, horizon] of the stock that these flows leave, counted with an error."""
    random, found = np.random.default_rng(1), []
    held = np.full(len(came), now)
    for coming, pace in zip(came.T, paces.T, strict=True):
        held = (held * (1 - pace / 2) + coming) / (1 + pace / 2)
        found.append(held * (1 + ERROR * random.standard_normal(len(held))))
    return np.array(found).T


def test_ranges_of_stocks_from_their_flows_hold_what_was_counted():
    stock, came, left = np.moveaxis(counts(), 2, 0)
    pace = np.full(stock.shape, np.nan)
    pace[:, 1:] = left[:, 1:] / ((stock[:, :-1] + stock[:, 1:]) / 2)
    pace[~(pace > 0)] = np.nan
    coming, leaving = quantiles(came), quantiles(pace * 1e6) / 1e6
    shuffled = np.random.default_rng(2).permutation(ROWS)
    inside: dict[str, list[np.ndarray]] = defaultdict(list)
    missed: dict[str, list[np.ndarray]] = defaultdict(list)
    for number, year in enumerate(ORIGINS):
        now = year - FIRST
        for state in range(len(stock)):
            actual = stock[state, now + 1 : now + 1 + HORIZONS]
            past = stock[state, now - 12 : now + 1]
            ahead = coming[number, state], leaving[number, state]
            if not all(np.isfinite(each).all() for each in (actual, past, *ahead)):
                continue
            one = togetherness(came[state, : now + 1], pace[state, : now + 1])
            rows, beside = joint_rows(ahead[0]), joint_rows(ahead[1], one)
            mean = np.nanmean(pace[state, now - YEARS + 1 : now + 1])
            missed["no change"].append(np.abs(stock[state, now] / actual - 1))
            for name, paces in (
                ("together", beside),
                ("independent", beside[shuffled]),
                ("constant pace", np.full(beside.shape, mean)),
            ):
                drawn = stocks(stock[state, now], rows, paces)
                low80, high80, low95, high95 = np.quantile(drawn, [0.1, 0.9, 0.025, 0.975], axis=0)
                inside[name].append(
                    np.array([(low80 <= actual) & (actual <= high80),
                              (low95 <= actual) & (actual <= high95)])
                )  # fmt: skip
                missed[name].append(np.abs(np.median(drawn, axis=0) / actual - 1))
    assert len(inside["together"]) > 250
    shares = {name: np.mean(each, axis=0) for name, each in inside.items()}
    errors = {name: np.mean(each, axis=0) for name, each in missed.items()}
    for told in (shares, errors):
        print({name: each.round(3).tolist() for name, each in told.items()})
    of_80, of_95 = shares["together"]
    assert 0.75 <= of_80.mean() <= 0.85
    assert 0.92 <= of_95.mean() <= 0.98
    assert 0.74 <= of_80[-1] <= 0.88
    assert shares["independent"][0].mean() > 0.88
    assert (errors["together"] < errors["no change"]).all()
    assert (errors["together"] < errors["constant pace"]).all()
