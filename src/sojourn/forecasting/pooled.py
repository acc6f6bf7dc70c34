"""The forecaster `sojourn`: growth to come from growth so far, learned from all series at once.

The growth of a series over the next h steps, as a logarithm, is taken to be

    Σₖ aₖ xₖ Dₖ(h),   Dₖ(h) = Σⱼ φₖ^((j−1)/s) / s   with j = 1 … h and s steps a year,

where x are traits of the series at the origin. The coefficients a come from all series and
earlier origins by one robust regression in which older origins count less; a prior holds them
where there is little to learn from. φ, by which growth fades from each year to the next, is
averaged over a grid by how well each value explains the past. A series is taken at its own word
as far as it is steady: its own growth is divided by how erratic that growth has been, and the
growth of all is multiplied by it. No trait goes beyond what was seen before, so that a shock
without example is not taken for a trend. By quarter or month, seasons are taken off first.

The constants were chosen on half of the series of docs/track-record.md, which scores the rest too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sojourn.arrays import Floats
from sojourn.forecasting.history import SeriesHistory
from sojourn.forecasting.ranges import FADING, logs
from sojourn.forecasting.season import season

YEARS_BACK: Final = 25
"""Earlier origins that are learned from."""
YEARS_AHEAD: Final = 5
"""Longest horizon that is learned from; beyond it, paths are level."""
FADES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.97)
"""Values of φ, by year, for growth."""
CAUTION: Final = 0.85
"""Share of the learned growth that is forecast: growth has ended more often than was learned."""
HUBER: Final = 1.345
"""Residuals beyond so many robust standard deviations count less; 95 % efficient if normal."""
FINEST: Final = 1e-4
"""Residuals below this are rounding; so the prior always has a say, and the sum a solution."""
ROUNDS: Final = 8
"""Rounds of reweighting, after which no path of the shipped series moves by 0.01 %."""
SPREADING: Final = 0.85
"""Errors grow with the horizon to this power."""
LIKE_OTHERS: Final = 2.0
"""Years of the average series that a series' own erratic growth is mixed with."""


@dataclass(frozen=True)
class _Trait:
    """An explaining number of every series at every period, and the prior of its coefficient."""

    values: Floats
    mean: float
    sd: float
    fade: float | None = None
    """Its own φ by year; None: that of the grid."""


@dataclass(frozen=True)
class _TrainingRows:
    """What is learned from: a row for each series, earlier origin and horizon that is known."""

    traits: Floats
    growth: Floats
    weights: Floats
    horizons: Floats
    scales: Floats


def pooled(past: SeriesHistory, horizons: Sequence[int]) -> Floats:
    """The paths of all series, (series, horizons); NaN for one that is unknown at the end."""
    if not past.values.shape[1]:
        return np.full((len(past.names), len(horizons)), np.nan)
    seen, per_year = logs(past.values), past.calendar.per_year
    seasons = season(seen, per_year)
    periods = np.arange(1 - seen.shape[1], 1)
    heights = seen - seasons[:, (periods - 1) % per_year]
    erratic = _erratic(heights, per_year)
    traits = _traits(past, heights, erratic)
    rows = _rows(past, heights, erratic, np.stack([trait.values for trait in traits], axis=-1))
    now = np.stack([trait.values[:, -1] for trait in traits], axis=-1)
    if len(rows.growth):
        now = np.clip(now, rows.traits.min(axis=0), rows.traits.max(axis=0))
    paths, losses = [], []
    for fade in FADES:
        sums = _faded(traits, fade, per_year, max((*horizons, YEARS_AHEAD * per_year)))
        coefficients, loss = _learn(rows, traits, sums)
        paths.append(now[:, None, :] * sums[list(horizons)] @ coefficients)
        losses.append(loss)
    growth = np.tensordot(_credence(np.array(losses), rows.weights.sum()), np.array(paths), 1)
    to_come = seasons[:, (np.array(horizons) - 1) % per_year] - seasons[:, -1:]
    paths_to_come: Floats = past.values[:, -1:] * np.exp(CAUTION * growth + to_come)
    return paths_to_come


def _traits(past: SeriesHistory, heights: Floats, erratic: Floats) -> list[_Trait]:
    per_year = past.calendar.per_year
    last_year = change(heights, per_year)
    three_years = change(heights, 3 * per_year) / 3
    three_years = np.where(np.isnan(three_years), last_year, three_years)
    common = np.broadcast_to(_median_over_series(last_year), heights.shape)
    found = [
        _Trait(1 / erratic, 0.0, 0.003),
        _Trait(last_year / erratic, 0.1, 0.2),
        _Trait(three_years / erratic, 0.3, 0.2),
        _Trait(common * erratic, 0.1, 0.2),
    ]
    if per_year > 1:
        found.append(_Trait(change(heights, 1) * per_year / erratic, 0.0, 0.2, 0.02))
    for flow in past.beside.values():
        entries = change(logs(_yearly(flow, per_year)), 3 * per_year)
        entries = np.clip(np.where(np.isnan(entries), 0, entries), -0.4, 0.4)
        found.append(_Trait(entries / erratic, 0.0, 0.2, 0.3))
    return found


def _rows(past: SeriesHistory, heights: Floats, erratic: Floats, traits: Floats) -> _TrainingRows:
    per_year, last = past.calendar.per_year, heights.shape[1] - 1
    first = max(per_year, last - YEARS_BACK * per_year)
    horizons = _learned(per_year)
    parts: list[tuple[Floats, ...]] = []
    for horizon in (each for each in horizons if each <= last - first):
        origins = np.arange(first, last - horizon + 1)
        growth = heights[:, origins + horizon] - heights[:, origins]
        age = (last - horizon - origins) / per_year
        weights = np.broadcast_to((1 - FADING) ** age / len(horizons), growth.shape)
        scales = erratic[:, origins] * (horizon / per_year) ** SPREADING
        known = np.isfinite(growth) & np.isfinite(traits[:, origins]).all(axis=-1)
        steps = np.full(growth.shape, horizon)
        parts.append(
            tuple(part[known] for part in (traits[:, origins], growth, weights, steps, scales))
        )
    if not parts:
        none = np.empty(0)
        return _TrainingRows(np.empty((0, traits.shape[-1])), none, none, none.astype(int), none)
    return _TrainingRows(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _learned(per_year: int) -> list[int]:
    """Horizons in steps that are learned from: 1, 2, 3 and 6 steps, and whole years."""
    years = {per_year * year for year in range(1, YEARS_AHEAD + 1)}
    return sorted(years | {steps for steps in (1, 2, 3, 6) if steps <= max(years)})


def _learn(rows: _TrainingRows, traits: Sequence[_Trait], sums: Floats) -> tuple[Floats, float]:
    """Coefficients by Huber's regression with a normal prior, and the mean absolute residual."""
    prior = np.array([trait.mean for trait in traits])
    if not len(rows.growth):
        return prior, 1.0
    precision = np.diag([trait.sd**-2 for trait in traits])
    explaining = rows.traits * sums[rows.horizons]
    coefficients = prior
    for _ in range(ROUNDS):
        residuals = np.abs(rows.growth - explaining @ coefficients) / rows.scales
        spread = max(float(np.median(residuals)) / 0.6745, FINEST)  # 0.6745: normal quartile
        kept = np.minimum(1, HUBER * spread / np.maximum(residuals, 1e-12))
        weighted = explaining * (rows.weights * kept / rows.scales**2)[:, None]
        held = precision * spread**2
        coefficients = np.linalg.solve(
            weighted.T @ explaining + held, weighted.T @ rows.growth + held @ prior
        )
    residuals = np.abs(rows.growth - explaining @ coefficients) / rows.scales
    return coefficients, float(np.average(residuals, weights=rows.weights))


def _credence(losses: Floats, rows: float) -> Floats:
    """Weights of the values of φ, falling with the mean absolute residual of each."""
    best = losses.min()
    credence = np.exp(-(losses / best - 1) * rows / 2) if best > 0 else (losses == best) * 1.0
    weights: Floats = credence / credence.sum()
    return weights


def _faded(traits: Sequence[_Trait], fade: float, per_year: int, longest: int) -> Floats:
    """D by step and trait, with a row of zeros for no step; level after `YEARS_AHEAD`."""
    fades = np.array([fade if trait.fade is None else trait.fade for trait in traits])
    steps = np.arange(longest)[:, None]
    each = fades ** (steps / per_year) / per_year * (steps < YEARS_AHEAD * per_year)
    return np.concatenate((np.zeros((1, len(traits))), np.cumsum(each, axis=0)))


def _erratic(heights: Floats, per_year: int) -> Floats:
    """How much the yearly growth of each series changes from year to year, relative to the median.

    At every period, from what was known then; 1 where nothing is known, and at least a half.
    """
    turns = np.abs(change(change(heights, per_year), per_year))
    keep = (1 - FADING) ** (1 / per_year)
    total, known = np.zeros(len(heights)), np.zeros(len(heights))
    prior = LIKE_OTHERS * per_year
    found = np.ones(heights.shape)
    for period, turn in enumerate(turns.T):
        here = np.isfinite(turn)
        total = keep * total + np.where(here, turn, 0)
        known = keep * known + here
        if not known.any():
            continue
        typical = np.median(total[known > 0] / known[known > 0])
        if typical > 0:
            found[:, period] = (total / typical + prior) / (known + prior)
    return np.maximum(found, 0.5)


def change(values: Floats, steps: int) -> Floats:
    """The difference of each period from that so many steps earlier; NaN at the beginning."""
    found = np.full(values.shape, np.nan)
    if values.shape[1] > steps:
        found[:, steps:] = values[:, steps:] - values[:, :-steps]
    return found


def _median_over_series(values: Floats) -> Floats:
    """The median of each period over the series that are known; NaN where none is."""
    found = np.full(values.shape[1], np.nan)
    some = np.isfinite(values).any(axis=0)
    found[some] = np.nanmedian(values[:, some], axis=0)
    return found


def _yearly(flow: Floats, per_year: int) -> Floats:
    """The sum of the last year's steps at every period; NaN where one is unknown."""
    sums = np.full(flow.shape, np.nan)
    if flow.shape[1] >= per_year:
        windows = np.lib.stride_tricks.sliding_window_view(flow, per_year, axis=1)
        sums[:, per_year - 1 :] = windows.sum(axis=-1)
    return sums
