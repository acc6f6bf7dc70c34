"""The mean excess of durations that are given by points, in closed form.

e(x) is the integral from x of P(t < T < ∞): E[max(T − x, 0)] where everybody leaves some day. Each
function takes the law and x ≥ 0 in days, and gives days. That of a family with parameters is in
`families.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from sojourn.arrays import Floats

if TYPE_CHECKING:
    from sojourn.stays.law import Law


def _quantiles(law: Law, x: Floats) -> Floats:
    shares, days = np.array(law.points).T
    return _straight(days, 1.0 - shares, x)


def _survival(law: Law, x: Floats) -> Floats:
    days, left = np.array(law.points).T
    return _straight(days, left - left[-1], x)


def _straight(days: Floats, left: Floats, x: Floats) -> Floats:
    """The integral from x of a survival function that is straight between points and ends at 0.

    Where two points have the same day it falls at once; before the first day it is 1.
    """
    areas = np.diff(days) * (left[1:] + left[:-1]) / 2
    after = np.append(np.cumsum(areas[::-1])[::-1], 0.0)
    piece = np.searchsorted(days, x, side="right") - 1
    inner = np.clip(piece, 0, max(0, len(days) - 2))
    a, b = days[inner], days[np.minimum(inner + 1, len(days) - 1)]
    share = np.divide(b - x, b - a, out=np.zeros_like(x), where=b > a)
    end = left[np.minimum(inner + 1, len(days) - 1)]
    here = end + (left[inner] - end) * share
    within = after[np.minimum(inner + 1, len(days) - 1)] + (b - x) * (here + end) / 2
    before = after[0] + (days[0] - x)
    return np.where(piece < 0, before, np.where(x >= days[-1], 0.0, within))


def _hazard(law: Law, x: Floats) -> Floats:
    # Within a piece of constant rate r the survival function is S(a) exp(-r (t - a)), and its
    # integral over a length d is S(a) d (1 - exp(-r d)) / (r d), a smooth function of r d.
    days, rates = np.array(law.points).T
    lengths = np.diff(days)
    left = np.exp(-np.concatenate([[0.0], np.cumsum(rates[:-1] * lengths)]))
    defect = law.defect
    mean_after = 0.0 if rates[-1] == 0 else 1.0 / float(max(rates[-1], 1e-300))
    areas = left[:-1] * lengths * special.exprel(-rates[:-1] * lengths) - defect * lengths
    last = left[-1] * mean_after
    after = np.append(np.cumsum(areas[::-1])[::-1] + last, [last, 0.0])
    piece = np.searchsorted(days, x, side="right") - 1
    here = left[piece] * np.exp(-rates[piece] * (x - days[piece]))
    # Behind the last piece there is no next one; what it would give is not used.
    length = np.maximum(np.append(days, 0.0)[piece + 1] - x, 0.0)
    within = here * length * special.exprel(-rates[piece] * length) - defect * length
    whole = np.where(piece == len(days) - 1, here * mean_after, within + after[piece + 1])
    return np.asarray(whole)


def hazard_days(law: Law, length: int) -> Floats:
    """P(K > k) for k < length, without differences.

    A rate may be so low that the excess, about 1 / rate, has no digits left for a day.
    """
    days, rates = np.array(law.points).T
    whole = np.arange(length + 1, dtype=np.float64)
    cuts = np.union1d(whole, days[days < length])
    piece = np.searchsorted(days, cuts, side="right") - 1
    passed = np.concatenate([[0.0], np.cumsum(rates[:-1] * np.diff(days))])
    left = np.exp(-(passed[piece] + rates[piece] * (cuts - days[piece])))[:-1]
    lengths = np.diff(cuts)
    stays = left * lengths * special.exprel(-rates[piece[:-1]] * lengths)
    return np.asarray(np.add.reduceat(stays, np.searchsorted(cuts, whole[:-1])))


BY_POINTS: dict[str, Callable[[Law, Floats], Floats]] = {
    "quantiles": _quantiles,
    "survival": _survival,
    "hazard": _hazard,
}
