"""The distribution of a duration itself, and its curve: what a race in continuous time reads.

Where several ways out run at once, the day on which each falls is not enough: which of two that
fall on one day comes first depends on the time within it. A curve is P(T ≤ x) at points, in steps,
between which the share still there falls exponentially (at a constant rate), or straight where
nothing is left at the end. Points lie at whole steps, where the law bends or jumps, and in between
where this is further than `TOLERANCE` from the truth; so it is exact for constant rates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from sojourn.arrays import Floats
from sojourn.stays.families import PARAMETRIC

if TYPE_CHECKING:
    from sojourn.stays.law import Law


TOLERANCE = 2e-7
"""Of a curve between its points, as a share of all people."""
MOST_HALVINGS = 22
"""How often a step may be halved to keep it: a law may begin with an infinite rate."""
MOST_DROP = 1.0
"""The logarithm by which a curve falls at most between its points: more is integrated badly."""
GRAIN = 2.0**-24
"""Of the points of curves: a part of a step."""
_JUMP = 1e-13
_GAUSS = np.polynomial.legendre.leggauss(8)
NODES, NODE_WEIGHTS = (_GAUSS[0] + 1.0) / 2.0, _GAUSS[1] / 2.0
"""Gauss's rule from 0 to 1."""


def _hazard(law: Law, x: Floats) -> Floats:
    days, rates = np.array(law.points).T
    passed = np.concatenate([[0.0], np.cumsum(rates[:-1] * np.diff(days))])
    piece = np.searchsorted(days, x, side="right") - 1
    return np.asarray(-np.expm1(-(passed[piece] + rates[piece] * (x - days[piece]))))


def share_gone(law: Law, days: Floats, *, now: bool) -> Floats:
    """P(T ≤ x) for x ≥ 0 in days; without `now` P(T < x)."""
    if law.family == "mixture":
        parts = (share * share_gone(part, days, now=now) for share, part in law.parts)
        return np.asarray(sum(parts, np.zeros(len(days))))
    if law.family == "hazard":
        return _hazard(law, days)
    family = PARAMETRIC.get(law.family)
    if family is not None:
        gone_by = family.gone if now or family.below is None else family.below
        return gone_by(days, *law.parameters)
    x, gone = _straight_points(law)
    at = np.searchsorted(x, days, side="right" if now else "left")
    low, high = np.maximum(at - 1, 0), np.minimum(at, len(x) - 1)
    width = np.where(x[high] > x[low], x[high] - x[low], 1.0)
    inside = gone[low] + (gone[high] - gone[low]) * np.clip((days - x[low]) / width, 0.0, 1.0)
    return np.where(at == 0, 0.0, np.where(at == len(x), gone[-1], inside))


def _straight_points(law: Law) -> tuple[Floats, Floats]:
    """Points between which P(T ≤ x) is straight, or jumps where two have the same day."""
    first, second = np.array(law.points, dtype=np.float64).T
    if law.family == "quantiles":
        return second, first
    if law.family == "survival":
        return np.concatenate([[0.0], first]), np.concatenate([[0.0], 1.0 - second])
    order = np.argsort(first, kind="stable")  # a table: a jump on each of its days
    gone = np.cumsum(second[order]) / second.sum() * (1.0 - law.never)
    return np.repeat(first[order], 2), np.stack([np.append(0.0, gone[:-1]), gone], 1).ravel()


def _corners(law: Law) -> Floats:
    """Days on which the distribution bends or jumps."""
    if law.family == "mixture":
        return np.concatenate([_corners(part) for _, part in law.parts])
    if law.family == "hazard":
        return np.array([day for day, _ in law.points])
    if law.family in PARAMETRIC:
        return np.array(PARAMETRIC[law.family].corners(*law.parameters))
    return _straight_points(law)[0]


def is_whole(law: Law) -> bool:
    """Whether every length it gives is a whole number of steps."""
    if law.family == "mixture":
        return all(is_whole(part) for _, part in law.parts)
    if law.family == "fixed":
        return (law.parameters[0] / law.step).is_integer()
    return law.family == "table" and all((day / law.step).is_integer() for day, _ in law.points)


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of P(T ≤ x), x in steps; two at the same x are a jump. The first is (0, 0)."""

    x: Floats
    gone: Floats

    def below(self, x: Floats) -> Floats:
        """P(T < x); of what lies behind the last point nothing is known, and none has gone."""
        return self._read(x, False)

    def upto(self, x: Floats) -> Floats:
        """P(T ≤ x)."""
        return self._read(x, True)

    def _read(self, x: Floats, now: bool) -> Floats:
        at = np.asarray(x, dtype=np.float64)
        return np.asarray(_below_each(self.x, self.gone, at.ravel(), now)).reshape(at.shape)


def curve_of(law: Law, length: int) -> Curve:
    """The curve of a law up to `length` steps."""
    corners = _corners(law)
    corners = corners[(corners >= 0.0) & (corners <= length * law.step)]
    days, first = np.unique(
        np.concatenate([np.arange(length + 1.0) * law.step, corners]), return_index=True
    )
    # Points are binary fractions, so that a time of day can be added and taken away again.
    x = (
        np.round(np.concatenate([np.arange(length + 1.0), corners / law.step]) / GRAIN)[first]
        * GRAIN
    )
    left, right = (1.0 - share_gone(law, days, now=now) for now in (False, True))
    bent = np.arange(0 if is_whole(law) else len(x) - 1)
    for _ in range(MOST_HALVINGS):
        middle = (days[bent] + days[bent + 1]) / 2.0
        there = 1.0 - share_gone(law, middle, now=True)
        begin, end = right[bent], left[bent + 1]
        far = np.abs(there - _between(begin, end)) > TOLERANCE
        far |= (begin > TOLERANCE) & (end < begin * math.exp(-MOST_DROP))
        bent, middle, there = bent[far], middle[far], there[far]
        if not len(bent):
            break
        x = np.insert(x, bent + 1, (x[bent] + x[bent + 1]) / 2.0)
        days, left, right = (
            np.insert(old, bent + 1, new)
            for old, new in ((days, middle), (left, there), (right, there))
        )
        first = bent + np.arange(len(bent))
        bent = np.stack([first, first + 1], axis=1).ravel()
    gone = np.maximum.accumulate(np.clip(1.0 - np.stack([left, right], axis=1).ravel(), 0.0, 1.0))
    keep = np.ones(len(gone), dtype=np.bool_)
    keep[1::2] = np.diff(gone)[::2] > _JUMP
    gone[1::2] = np.where(keep[1::2], gone[1::2], gone[::2])
    return Curve(np.repeat(x, 2)[keep], gone[keep])


def _between(first: Floats, last: Floats) -> Floats:
    """Half-way between two shares still there."""
    return np.where(last > 0.0, np.sqrt(first * last), (first + last) / 2.0)


def still_there(ways: Sequence[tuple[Curve, float]], length: int) -> Floats:
    """P(K > k), k < length, of a stay that ends by the first of several ways, each with a chance.

    It is the integral from k to k + 1 of the probability that none has been taken.
    """
    x = np.arange(length + 1.0)
    for curve, _ in ways:
        x = np.union1d(x, curve.x[curve.x <= length])
    product = np.ones((len(x) - 1, len(NODES)))
    for curve, chance in ways:
        begin, end = 1.0 - curve.upto(x[:-1]), 1.0 - curve.below(x[1:])
        bent = (begin > 0.0) & (end > 0.0)
        drop = np.log(np.where(bent, begin, 1.0) / np.where(bent, end, 1.0))
        left = begin[:, None] * np.where(bent[:, None], np.exp(-drop[:, None] * NODES), 1.0 - NODES)
        product *= 1.0 - chance + chance * left
    pieces = (product @ NODE_WEIGHTS) * np.diff(x)
    return np.asarray(np.add.reduceat(pieces, np.searchsorted(x, np.arange(length))))


@njit(cache=True, nogil=True)
def time_at(u, x, gone, first, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- Numba infers
    """The length at quantile u of the curve of `size` points from `first` on; infinite if none."""
    low, high = first, first + size
    while low < high:  # the first point above u
        middle = (low + high) >> 1
        if gone[middle] > u:
            high = middle
        else:
            low = middle + 1
    if low == first + size:
        return np.inf
    begin, end = x[low - 1], x[low]
    if begin == end:
        return end
    there, left = 1.0 - gone[low - 1], 1.0 - gone[low]
    if left > 0.0:
        share = math.log(there / (1.0 - u)) / math.log(there / left)
    else:
        share = (u - gone[low - 1]) / (gone[low] - gone[low - 1])
    return min(begin + (end - begin) * share, np.nextafter(end, begin))


@njit(cache=True, nogil=True)
def gone_before(at, x, gone, first, size, now):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """P(T < at), or with `now` P(T ≤ at), of the curve of `size` points from `first` on."""
    low, high = first, first + size
    while low < high:  # the first point at or after it; after it
        middle = (low + high) >> 1
        if x[middle] > at or (not now and x[middle] == at):
            high = middle
        else:
            low = middle + 1
    if low == first:
        return 0.0
    if low == first + size:
        return gone[low - 1]
    begin, end = x[low - 1], x[low]
    share = (at - begin) / (end - begin)
    there, left = 1.0 - gone[low - 1], 1.0 - gone[low]
    if left > 0.0:
        return 1.0 - there * math.exp(share * math.log(left / there))
    return gone[low - 1] + share * (gone[low] - gone[low - 1])


@njit(cache=True, nogil=True)
def _below_each(x, gone, at, now):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 -- as above
    out = np.empty(len(at))
    for i in range(len(at)):
        out[i] = gone_before(at[i], x, gone, 0, len(x), now)
    return out
