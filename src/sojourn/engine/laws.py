"""Laws of durations, and the exact whole-day form of each.

A stay T that begins at a uniformly random time of day crosses K midnights. With the mean excess
e(x) = E[max(T - x, 0)], P(K > k) = e(k) - e(k+1): the probability that T is longer than k + U, U
uniform. Hence E[K] = e(0) = E[T] exactly. The excess is known in closed form for every family
(Klugman, Panjer and Willmot, *Loss Models*, appendix A), and keeps its digits in the tail, where
a difference of limited expectations E[min(T, x)] would lose them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import special

from sojourn.errors import Problem, StudyError

Floats = npt.NDArray[np.float64]

LONGEST_DAYS = 120 * 366
"""Nobody is taken to have stayed more than 120 years."""
_LENGTHS = (256, 2048, 4096, 50_000)


@dataclass(frozen=True, slots=True)
class Law:
    """A duration's distribution with numbers for parameters, in days; hashable."""

    family: str
    parameters: tuple[float, ...] = ()
    points: tuple[tuple[float, float], ...] = ()
    parts: tuple[tuple[float, Law], ...] = ()

    def excess(self, days: Floats) -> Floats:
        """E[max(T - x, 0)] at each x ≥ 0 of `days`, up to a constant where the mean is infinite."""
        return _EXCESS[self.family](self, np.asarray(days, dtype=np.float64))

    def survival(self, length: int) -> Floats:
        """P(K > k) for k = 0 … length-1, K the midnights crossed. Non-increasing, within [0, 1]."""
        # Few lengths are computed, and kept; shorter ones are their beginnings.
        whole = next((size for size in _LENGTHS if size >= length), length)
        return _survival(self, whole)[:length]

    @property
    def mean(self) -> float:
        """E[T] in days; infinite where the family has none."""
        if self.family == "mixture":
            return sum(share * law.mean for share, law in self.parts)
        if self.family == "table":
            return sum(d * w for d, w in self.points) / sum(w for _, w in self.points)
        if self.family == "quantiles":
            p, x = np.array(self.points).T
            return float(np.sum(np.diff(p) * (x[1:] + x[:-1]) / 2))
        return _MEANS[self.family](*self.parameters)

    def whole_days(self) -> int | None:
        """The one number of days it always takes, or None."""
        if self.family == "fixed" and float(self.parameters[0]).is_integer():
            return int(self.parameters[0])
        if self.family == "table" and len(self.points) == 1:
            return int(self.points[0][0])
        return None

    def support(self) -> int:
        """A length such that P(K > length) is nil, or the longest there is."""
        length = 256
        while length < LONGEST_DAYS and self.survival(length)[-1] > 1e-12:
            length *= 2
        return min(length, LONGEST_DAYS)


@lru_cache(maxsize=256)
def _survival(law: Law, length: int) -> Floats:
    if law.family == "table":
        days = np.array([d for d, _ in law.points], dtype=np.int64)
        weights = np.array([w for _, w in law.points])
        inside = days < length
        mass = np.zeros(length)
        np.add.at(mass, days[inside], weights[inside] / weights.sum())
        tail = 1.0 - np.cumsum(mass)
    elif law.family == "mixture":
        tail = sum((share * part.survival(length) for share, part in law.parts), np.zeros(length))
    else:
        tail = -np.diff(law.excess(np.arange(length + 1, dtype=np.float64)))
    # The last few digits of a difference may break monotonicity; a table must not.
    tail = np.minimum.accumulate(np.clip(np.where(tail < 1e-13, 0.0, tail), 0.0, 1.0))
    tail.setflags(write=False)
    return tail


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
    z = (x / scale) ** shape
    return np.asarray(law.mean * special.gammaincc(1 + 1 / shape, z) - x * np.exp(-z))


def _log_logistic(law: Law, x: Floats) -> Floats:
    median, shape = law.parameters
    z = (x / median) ** shape
    if shape > 1:
        # With s = P(T > x) as the variable, the integral of the tail is an incomplete beta.
        return np.asarray(law.mean * special.betainc(1 - 1 / shape, 1 / shape, 1 / (1 + z)))
    # No mean: minus the integral of the survival function from 0, by Pfaff's transformation.
    return np.asarray(-x / (1 + z) * special.hyp2f1(1.0, 1.0, 1 + 1 / shape, z / (1 + z)))


def _quantiles(law: Law, x: Floats) -> Floats:
    # The distribution function is linear between the points: a mixture of uniform laws.
    p, days = np.array(law.points).T
    total = np.zeros_like(x)
    for p0, p1, a, b in zip(p[:-1], p[1:], days[:-1], days[1:], strict=True):
        total += (p1 - p0) * _uniform(Law("uniform", (float(a), float(b))), x)
    return total


_EXCESS = {
    "fixed": _fixed,
    "uniform": _uniform,
    "exponential": _exponential,
    "gamma": _gamma,
    "lognormal": _lognormal,
    "weibull": _weibull,
    "log-logistic": _log_logistic,
    "quantiles": _quantiles,
}


def _log_logistic_mean(median: float, shape: float) -> float:
    if shape <= 1:
        return math.inf
    return median * (math.pi / shape) / math.sin(math.pi / shape)


_MEANS: dict[str, Callable[..., float]] = {
    "fixed": lambda value: value,
    "uniform": lambda a, b: (a + b) / 2,
    "exponential": lambda mean: mean,
    "gamma": lambda mean, _sd: mean,
    "lognormal": lambda mean, _sd: mean,
    "weibull": lambda scale, shape: scale * math.gamma(1 + 1 / shape),
    "log-logistic": _log_logistic_mean,
}


def check_law(law: Law, where: str) -> Law:
    """Refuse parameters that no distribution has; `where` names the place in the study."""
    bad = [p for p in law.parameters if not math.isfinite(p)]
    if bad:
        raise StudyError(Problem(f"{law.family}: {bad[0]} is not a finite number", path=where))
    positive = {"exponential", "gamma", "lognormal", "weibull", "log-logistic"}
    if law.family in positive and min(law.parameters) <= 0:
        raise StudyError(
            Problem(f"{law.family}: every parameter must be greater than 0", path=where)
        )
    if law.family in {"fixed", "uniform"} and min(law.parameters) < 0:
        raise StudyError(Problem("a duration cannot be negative", path=where))
    if law.family == "quantiles":
        p = [point[0] for point in law.points]
        x = [point[1] for point in law.points]
        if p != sorted(p) or x != sorted(x) or p[0] != 0.0 or p[-1] != 1.0:
            raise StudyError(
                Problem("quantiles must rise from 0 % to 100 %, days with them", path=where)
            )
    for _, part in law.parts:
        check_law(part, where)
    return law
