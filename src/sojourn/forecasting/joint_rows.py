"""Forecasts as tables of joint draws: how the periods of a path, and two paths, go together."""

from __future__ import annotations

from typing import Final

import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.forecasting.quantiles import LEVELS

ROWS: Final = 200
"""Joint draws of a forecast: each row holds half a percent."""
SEED: Final = 20260101
SPAN: Final = 3
"""Periods over which changes are compared: forecasts go wrong by what adds up."""
PRIOR: Final = 5
"""Changes of two series that count against their going together."""
FEWEST_CHANGES: Final = 3


def togetherness(one: Floats, other: Floats) -> float:
    """The correlation of changes of two series' logarithms over SPAN periods, drawn towards nought.

    As if PRIOR more changes had been seen, of series that have nothing to do with each other.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.stack([one, other]))
    changes = logs[:, SPAN:] - logs[:, :-SPAN]
    changes = changes[:, np.isfinite(changes).all(axis=0)]
    count = changes.shape[1]
    if count < FEWEST_CHANGES or (np.ptp(changes, axis=1) == 0.0).any():
        return 0.0
    return float(np.corrcoef(changes)[0, 1] * count / (count + PRIOR))


def joint_rows(quantiles: Floats, together: float | None = None, stream: int = 0) -> Floats:
    """Joint draws [row, horizon] of a path with these quantiles [horizon, level].

    Each horizon has its quantiles exactly: rows stand at the middle of equal shares, between the
    levels straight in the normal score of the level and the logarithm of the value. Beyond the
    outermost levels, 2.5 % and 97.5 %, a forecast says nothing, and their values stand. Two
    horizons h < k are correlated as a random walk is, √(h / k), in their normal scores. Rows are in
    the order of their mean rank; with `together` in that of another table, with which the walk's
    steps are correlated so. What they do not share is of a random `stream`, by number.
    """
    from scipy.special import ndtri  # noqa: PLC0415 -- only for studies that need it

    steps = np.random.default_rng(SEED).standard_normal((ROWS, len(quantiles)))
    ranks = _ranks(steps)
    order = ranks.mean(axis=1).argsort(kind="stable")
    if together is not None:
        own = np.random.default_rng(SEED + 1 + stream).standard_normal(steps.shape)
        ranks = _ranks(together * steps + np.sqrt(1.0 - together**2) * own)
    ranks = ranks[order]
    scores, levels = ndtri((ranks + 0.5) / ROWS), ndtri(np.array(LEVELS))
    logs = np.log(np.maximum(quantiles, 1e-9))
    rows = [np.interp(scores[:, h], levels, values) for h, values in enumerate(logs)]
    return np.asarray(np.exp(np.column_stack(rows)))


def _ranks(steps: Floats) -> Ints:
    """Of each row of the walks, at each horizon."""
    return np.cumsum(steps, axis=1).argsort(axis=0).argsort(axis=0)
