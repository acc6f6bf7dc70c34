"""Laws of durations, and the exact whole-day form of each.

A stay T that begins at a uniformly random time of day crosses K midnights. With the mean excess
e(x) = E[max(T - x, 0)], P(K > k) = e(k) - e(k+1): the probability that T is longer than k + U, U
uniform. Hence E[K] = e(0) = E[T] exactly. The excess is known in closed form for every family with
parameters (`families.py`), and for those by points (`mean_excess.py`). A law may be *defective*:
with probability `defect` T is infinite, the excess is that of the others, and P(K > k) = defect +
e(k) - e(k+1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from sojourn.arrays import Floats
from sojourn.errors import Problem, StudyError
from sojourn.stays.families import PARAMETRIC
from sojourn.stays.mean_excess import BY_POINTS, hazard_days

LONGEST_DAYS = 120 * 366
"""No stay is assumed to be longer than 120 years."""
_LENGTHS = (256, 2048, 4096, 50_000)


@dataclass(frozen=True, slots=True)
class Law:
    """A duration's distribution with numbers for parameters, in days; hashable.

    `points`: table (days, weight); quantiles (share, days); survival (days, share left); hazard
    (from day, rate a day); share, of the whole days of its one part (up to days, share rising).
    `never`: of a table, the share that stays for ever.
    """

    family: str
    parameters: tuple[float, ...] = ()
    points: tuple[tuple[float, float], ...] = ()
    parts: tuple[tuple[float, Law], ...] = ()
    never: float = 0.0
    step: float = 1.0
    """Days of a step. Parameters, points, excess and mean are in days, K is in steps: the ends of
    steps that a stay crosses which begins at a uniformly random time of one."""

    def excess(self, days: Floats) -> Floats:
        """The integral of P(t < T < ∞) from each x ≥ 0 of `days`; E[max(T - x, 0)] if none stays.

        Up to a constant where the integral is infinite.
        """
        x = np.asarray(days, dtype=np.float64)
        if self.family in PARAMETRIC:
            return PARAMETRIC[self.family].excess(x, *self.parameters)
        return BY_POINTS[self.family](self, x)

    @property
    def defect(self) -> float:
        """P(T = ∞): the share of those who never leave."""
        if self.family in {"mixture", "share"}:
            return math.fsum(share * law.defect for share, law in self.parts)
        if self.family == "hazard" and self.points[-1][1] == 0.0:
            pieces = zip(self.points[:-1], self.points[1:], strict=True)
            return math.exp(-math.fsum(rate * (end - start) for (start, rate), (end, _) in pieces))
        return self.points[-1][1] if self.family == "survival" else self.never

    def survival(self, length: int) -> Floats:
        """P(K > k), k = 0 … length-1, K the ends of steps crossed. Non-increasing, in [0, 1]."""
        # Few lengths are computed, and kept; shorter ones are their beginnings.
        whole = next((size for size in _LENGTHS if size >= length), length)
        return _survival(self, whole)[:length]

    @property
    def mean(self) -> float:
        """E[T] in days; infinite where the family has none, and where some never leave."""
        if self.defect > 0.0:
            return math.inf
        if self.family == "mixture":
            return sum(share * law.mean for share, law in self.parts if share > 0.0)
        if self.family == "table":
            return sum(d * w for d, w in self.points) / sum(w for _, w in self.points)
        if self.family in {"quantiles", "survival", "hazard"}:
            return float(self.excess(np.zeros(1))[0])
        return PARAMETRIC[self.family].mean(*self.parameters)

    def whole_steps(self) -> int | None:
        """The one number of steps it always takes, or None."""
        if self.family == "fixed" and (self.parameters[0] / self.step).is_integer():
            return int(self.parameters[0] / self.step)
        if self.family == "table" and len(self.points) == 1 and self.never == 0.0:
            steps = self.points[0][0] / self.step
            return int(steps) if steps.is_integer() else None
        return None

    def support(self) -> int:
        """A length such that all who leave have left before it, or the longest there is."""
        length, defect = 256, self.defect
        longest = longest_steps(self.step)
        while length < longest and self.survival(length)[-1] - defect > 1e-12:
            length *= 2
        return min(length, longest)


def longest_steps(step: float) -> int:
    """The longest stay that is computed, in steps of this many days."""
    return round(LONGEST_DAYS / step)


@lru_cache(maxsize=256)
def _survival(law: Law, length: int) -> Floats:
    if law.family == "table" and law.step != 1.0:
        tail = _table_steps(law, length)
    elif law.family == "table":
        days = np.array([d for d, _ in law.points], dtype=np.int64)
        weights = np.array([w for _, w in law.points])
        inside = days < length
        mass = np.zeros(length)
        np.add.at(mass, days[inside], weights[inside] / weights.sum())
        tail = law.never + (1.0 - law.never) * (1.0 - np.cumsum(mass))
    elif law.family == "hazard":
        points = tuple((day / law.step, rate * law.step) for day, rate in law.points)
        tail = hazard_days(Law("hazard", points=points), length)
    elif law.family == "share":
        tail = _share_steps(law, length)
    elif law.family == "mixture":
        tail = sum((share * part.survival(length) for share, part in law.parts), np.zeros(length))
    else:
        tail = (
            law.defect
            - np.diff(law.excess(np.asarray(law.step * np.arange(length + 1)))) / law.step
        )
    # The last few digits of a difference may break monotonicity; a table must not.
    tail = np.minimum.accumulate(np.clip(np.where(tail < 1e-13, 0.0, tail), 0.0, 1.0))
    tail.setflags(write=False)
    return tail


def _table_steps(law: Law, length: int) -> Floats:
    """A table of days in longer steps, each of its days a fixed stay that crosses their ends."""
    total = sum(weight for _, weight in law.points)
    tail = np.zeros(length)
    for days, weight in law.points:
        tail += weight / total * Law("fixed", (days,), step=law.step).survival(length)
    return law.never + (1.0 - law.never) * tail


def shared(bands: tuple[tuple[float, float], ...], days: Floats) -> Floats:
    """Share of each length in whole days, to the nearest, half a day up; bands (up to, share)."""
    bounds, shares = np.array(bands).T
    share = shares[np.searchsorted(bounds, days)]
    return np.asarray(np.floor(share * days + 0.5 + 1e-9))  # 0.29 · 50 is 14.5


def _share_steps(law: Law, length: int) -> Floats:
    """A share of a length that is read in whole days; those in longer steps, as a table of days."""
    days = math.ceil(length * law.step)
    most = min(math.ceil((days + 1) / law.points[0][1]), LONGEST_DAYS) + 1
    due = shared(law.points, np.arange(float(most)))
    # A share has passed day k if the longest length that is due by then has been passed.
    last = np.searchsorted(due, np.arange(days), side="right") - 1
    left = _by_day(law.parts[0][1]).survival(most)[last]
    area = np.concatenate([[0.0], np.cumsum(left)])
    ends = np.interp(law.step * np.arange(length + 1), np.arange(days + 1), area)
    return np.asarray(np.diff(ends) / law.step)


def _by_day(law: Law) -> Law:
    """The law in steps of a day."""
    return replace(law, step=1.0, parts=tuple((share, _by_day(part)) for share, part in law.parts))


def check_law(law: Law, where: str) -> Law:
    """Refuse parameters that no distribution has; `where` names the place in the study."""
    bad = [p for p in law.parameters if not math.isfinite(p)]
    if bad:
        raise StudyError(Problem(f"{law.family}: {bad[0]} is not a finite number", path=where))
    if law.family in PARAMETRIC:
        for parameter, value in zip(PARAMETRIC[law.family].parameters, law.parameters, strict=True):
            if value < 0 and parameter.zero:
                raise StudyError(Problem("a duration cannot be negative", path=where))
            if value <= 0 and not parameter.zero:
                what = f"{law.family}: `{parameter.name}` must be greater than 0"
                raise StudyError(Problem(what, path=where))
    if law.family == "quantiles":
        p = [point[0] for point in law.points]
        x = [point[1] for point in law.points]
        if p != sorted(p) or x != sorted(x) or p[0] != 0.0 or p[-1] != 1.0:
            raise StudyError(
                Problem("quantiles must rise from 0 % to 100 %, days with them", path=where)
            )
    if law.family in {"hazard", "survival"}:
        days = [point[0] for point in law.points]
        values = [point[1] for point in law.points]
        falls = values == sorted(values, reverse=True) and values[0] <= 1.0
        if days != sorted(set(days)) or days[0] != 0.0 or not all(map(math.isfinite, values)):
            raise StudyError(Problem(f"{law.family}: days must rise from 0", path=where))
        if min(values) < 0.0 or not (falls or law.family == "hazard"):
            what = "a rate is negative" if law.family == "hazard" else "shares must fall"
            raise StudyError(Problem(f"{law.family}: {what}", path=where))
    for _, part in law.parts:
        check_law(part, where)
    if not _has_finite_terms(law):
        raise StudyError(
            Problem(
                f"{law.family}: the mean is too large to be computed",
                "write parameters that are less extreme",
                path=where,
            )
        )
    return law


def _has_finite_terms(law: Law) -> bool:
    """Whether what its excess is made of are numbers; some families may have no mean."""
    family = PARAMETRIC.get(law.family)
    if family is None or family.mean_may_be_infinite:
        return True
    try:
        return math.isfinite(law.mean)
    except OverflowError:
        return False
