"""The mean excess of each family of durations, in closed form.

e(x) is the integral from x of P(t < T < ∞): E[max(T − x, 0)] where everybody leaves some day. For
the parametric families it is in Klugman, Panjer and Willmot, *Loss Models*, appendix A; it keeps
its digits in the tail, where a difference of limited expectations E[min(T, x)] would lose them.
Each function takes the law and x ≥ 0 in days, and gives days.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

if TYPE_CHECKING:
    from sojourn.stays.law import Law

Floats = npt.NDArray[np.float64]


def _fixed(law: Law, x: Floats) -> Floats:
    return np.maximum(law.parameters[0] - x, 0.0)


def _uniform(law: Law, x: Floats) -> Floats:
    a, b = law.parameters
    if a == b:
        return np.maximum(a - x, 0.0)
    inner = np.clip(x, a, b)
    return np.maximum(a - x, 0.0) + (b - inner) ** 2 / (2 * (b - a))


def _exponential(law: Law, x: Floats) -> Floats:
    mean = law.parameters[0]
    return mean * np.exp(-x / mean)


def _gamma(law: Law, x: Floats) -> Floats:
    mean, sd = law.parameters
    shape = (mean / sd) ** 2
    z = x / (mean / shape)
    return np.asarray(mean * special.gammaincc(shape + 1, z) - x * special.gammaincc(shape, z))


def _lognormal(law: Law, x: Floats) -> Floats:
    mean, sd = law.parameters
    variance = math.log1p((sd / mean) ** 2)
    sigma = math.sqrt(variance)
    mu = math.log(mean) - variance / 2
    with np.errstate(divide="ignore"):
        z = (np.log(x) - mu) / sigma
    return np.asarray(mean * special.ndtr(sigma - z) - x * special.ndtr(-z))


def _weibull(law: Law, x: Floats) -> Floats:
    scale, shape = law.parameters
    with np.errstate(over="ignore"):
        z = (x / scale) ** shape
    return np.asarray(law.mean * special.gammaincc(1 + 1 / shape, z) - x * np.exp(-z))


def _log_logistic(law: Law, x: Floats) -> Floats:
    median, shape = law.parameters
    with np.errstate(over="ignore", divide="ignore"):
        z = (x / median) ** shape
        gone, left = 1 / (1 + 1 / z), 1 / (1 + z)
    if shape > 1:
        # With P(T > x) as the variable, the integral of the tail is an incomplete beta; below the
        # median P(T > x) is so near 1 that P(T <= x) has the digits.
        a, b = 1 - 1 / shape, 1 / shape
        short, long = 1 - special.betainc(b, a, gone), special.betainc(a, b, left)
        return np.asarray(law.mean * np.where(z < 1, short, long))
    # No mean: minus the integral of the survival function from 0, by Pfaff's transformation.
    return np.asarray(-x * left * special.hyp2f1(1.0, 1.0, 1 + 1 / shape, gone))


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


EXCESS: dict[str, Callable[[Law, Floats], Floats]] = {
    "fixed": _fixed,
    "uniform": _uniform,
    "exponential": _exponential,
    "gamma": _gamma,
    "lognormal": _lognormal,
    "weibull": _weibull,
    "log-logistic": _log_logistic,
    "quantiles": _quantiles,
    "survival": _survival,
    "hazard": _hazard,
}


def _log_logistic_mean(median: float, shape: float) -> float:
    if shape <= 1:
        return math.inf
    return median * (math.pi / shape) / math.sin(math.pi / shape)


MEANS: dict[str, Callable[..., float]] = {
    "fixed": lambda value: value,
    "uniform": lambda a, b: (a + b) / 2,
    "exponential": lambda mean: mean,
    "gamma": lambda mean, _sd: mean,
    "lognormal": lambda mean, _sd: mean,
    "weibull": lambda scale, shape: scale * math.gamma(1 + 1 / shape),
    "log-logistic": _log_logistic_mean,
}
"""E[T] in days of the families with parameters alone."""
