"""Which settings of a sweep are worth choosing: the least or greatest mean under a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sojourn.arrays import Floats

RESAMPLES = 2_000
_SEED = 20250204
_EACH_SIDE = 0.025
"""Of an interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting as a choice."""

    setting: int
    """Its place, from 0."""
    mean: float
    """Of the objective, over draws and replicates."""
    error: float
    """Standard error of the mean, over draws."""
    broken: float
    """Share of histories in which the limit is broken."""
    broken_low: float
    broken_high: float
    """Between which that share lies with 95 %, by Clopper and Pearson (1934)."""
    allowed: bool
    """Whether the share is at most the chance that is accepted."""
    frontier: bool
    """Whether no other setting is at least as good in both respects, and better in one."""
    best: float
    """Share of resamples of the draws in which it is the best of those that are allowed."""


def choices(
    objective: Floats,
    limited: Floats,
    limit: float,
    *,
    wants: Literal["least", "greatest"],
    at: Literal["most", "least"],
    chance: float,
) -> list[Choice]:
    """Every setting as a choice.

    Args:
        objective: [setting, draw, replicate], the measure that is to be least or greatest.
        limited: of the same shape, the measure that has a limit; NaN, undetermined, breaks it.
        limit: which it keeps `at` most or at least.
        wants: what the objective is to be.
        at: on which side of the limit it is kept.
        chance: share of histories in which it may be broken.

    All settings have the same draws, so they are resampled together: what is common to them does
    not hide which is better.
    """
    kept = limited <= limit if at == "most" else limited >= limit
    broken = 1.0 - kept.mean(axis=2)
    value = objective.mean(axis=2) * (1.0 if wants == "least" else -1.0)
    means, shares = value.mean(axis=1), broken.mean(axis=1)
    draws = value.shape[1]
    errors = (
        value.std(axis=1, ddof=1) / np.sqrt(draws) if draws > 1 else np.full(len(means), np.nan)
    )
    low, high = _interval(kept)
    best = _best(value, broken, chance)
    return [
        Choice(
            setting=row,
            mean=float(objective[row].mean()),
            error=float(errors[row]),
            broken=float(shares[row]),
            broken_low=float(low[row]),
            broken_high=float(high[row]),
            allowed=bool(shares[row] <= chance),
            frontier=not _beaten(row, means, shares),
            best=float(best[row]),
        )
        for row in range(len(means))
    ]


def _beaten(row: int, means: Floats, shares: Floats) -> bool:
    """Whether another setting is as good in both respects, and better in one."""
    as_good = (means <= means[row]) & (shares <= shares[row])
    return bool((as_good & ((means < means[row]) | (shares < shares[row]))).any())


def _interval(kept: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    from scipy.special import betaincinv  # noqa: PLC0415

    number = kept[0].size
    count = number - kept.sum(axis=(1, 2))
    low = betaincinv(np.maximum(count, 1), number - count + 1, _EACH_SIDE)
    high = betaincinv(count + 1, np.maximum(number - count, 1), 1 - _EACH_SIDE)
    return np.where(count == 0, 0.0, low), np.where(count == number, 1.0, high)


def _best(value: Floats, broken: Floats, chance: float) -> Floats:
    """Share of resamples of the draws in which each setting is allowed and has the least mean."""
    random = np.random.default_rng(_SEED)
    settings, draws = value.shape
    won = np.zeros(settings)
    for _ in range(RESAMPLES):
        taken = random.integers(draws, size=draws)
        allowed = broken[:, taken].mean(axis=1) <= chance
        if allowed.any():
            won[np.argmin(np.where(allowed, value[:, taken].mean(axis=1), np.inf))] += 1
    return won / RESAMPLES
