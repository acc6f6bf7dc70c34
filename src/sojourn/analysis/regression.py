"""Additive regression over draws: a curve for each input, as smooth as the draws ask for.

Each input has a block of columns, polynomials of its value that are orthonormal over the draws. The
coefficients of a block are shrunk towards zero with a strength of the block's own, found by
restricted maximum likelihood (Wood, Generalized Additive Models, 2nd ed., 2017, section 6.2, with
the fixed-point update of MacKay, Neural Computation 4, 1992). So an input that does nothing takes
nothing, and 60 inputs can be fitted to 100 draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sojourn.arrays import Floats, Ints

MOST_VALUES = 6
"""An input of so few distinct values has an effect for each of them, in place of a curve."""
SKEWED = 1.0
"""A positive input of greater skewness is taken by its logarithm, if that is less skewed."""
FOLDS = 5
_ROUNDS, _SETTLED = 40, 2e-3
"""Most rounds, and a change of the variances, as shares of the outcome's, that ends them."""
_NOTHING = 0.02
"""A block whose strength is below this over the number of draws is left out."""


@dataclass(frozen=True, slots=True)
class SplineBasis:
    """Columns for an input, orthonormal over its draws and to a constant."""

    columns: Floats
    """[draw, column], with mean 0 and mean square 1."""
    scale: InputScale
    _factor: Floats

    def at(self, values: Floats) -> Floats:
        """The columns at other values [value, column]."""
        raw = self.scale.columns(values, len(self._factor) - 1)
        return np.asarray(np.linalg.solve(self._factor.T, raw.T).T[:, 1:])


@dataclass(frozen=True, slots=True)
class InputScale:
    """How an input is measured: by its value or its logarithm, or as one of few values."""

    low: float
    high: float
    logarithm: bool
    few: Floats
    """Its distinct values, if they are few; else empty."""

    def columns(self, values: Floats, degree: int) -> Floats:
        """A constant, and Legendre polynomials or indicators [value, 1 + degree]."""
        if len(self.few):
            return np.hstack([np.ones((len(values), 1)), values[:, None] == self.few[None, 1:]])
        ends = np.array([self.low, self.high])
        if self.logarithm:
            values, ends = np.log(values), np.log(ends)
        inside = 2.0 * (values - ends[0]) / (ends[1] - ends[0]) - 1.0
        return np.asarray(np.polynomial.legendre.legvander(inside, degree))


def basis_of(values: Floats, degree: int) -> SplineBasis | None:
    """The columns of an input [draw]; None if it never varies.

    Polynomials up to `degree`; for an input of few values, one column fewer than values.
    """
    distinct = np.unique(values)
    if len(distinct) < 2:
        return None
    low, high = float(distinct[0]), float(distinct[-1])
    few = distinct if len(distinct) <= MOST_VALUES else distinct[:0]
    scale = InputScale(low, high, _by_logarithm(values), few)
    columns = scale.columns(values, degree if not len(few) else len(few) - 1)
    orthonormal, triangle = np.linalg.qr(columns)
    root = np.sqrt(len(values))
    return SplineBasis(orthonormal[:, 1:] * root, scale, triangle / root)


def _by_logarithm(values: Floats) -> bool:
    return bool(values.min() > 0.0 and _skewness(values) > SKEWED) and (
        abs(_skewness(np.log(values))) < _skewness(values)
    )


def _skewness(values: Floats) -> float:
    apart = values - values.mean()
    return float((apart**3).mean() / (apart**2).mean() ** 1.5)


@dataclass(frozen=True, slots=True)
class AdditiveFit:
    """An additive regression: what each block adds to the mean, in each draw."""

    parts: Floats
    """[block, draw]"""
    apart: Floats
    """The same, each draw's by a regression that has not seen it [block, draw]."""
    left: Floats
    """What the regressions that have not seen a draw miss it by [draw]."""


def fit(blocks: Sequence[Floats], outcome: Floats) -> AdditiveFit:
    """Fit a number [draw] by blocks of columns [draw, column], each with mean 0 and mean square 1.

    A draw is one of every FOLDS that another regression leaves out, strengths and all: strengths
    found with it would know its error.
    """
    draws = len(outcome)
    shape = (len(blocks), draws)
    if not blocks or outcome.std() <= 0.0:
        return AdditiveFit(np.zeros(shape), np.zeros(shape), outcome - outcome.mean())
    columns = np.hstack(list(blocks))
    owner = np.repeat(np.arange(len(blocks)), [block.shape[1] for block in blocks])
    places = np.concatenate([np.arange(1.0, block.shape[1] + 1.0) for block in blocks])
    ends = np.append(0, np.cumsum([block.shape[1] for block in blocks]))[:-1]
    # A higher power is expected to matter less.
    weight = places**-2.0

    def parts_of(rows: Floats, coefficients: Floats) -> Floats:
        return np.asarray(np.add.reduceat(rows * coefficients, ends, axis=1).T)

    _, coefficients = _fitted(columns, outcome, owner, weight)
    parts = parts_of(columns, coefficients)
    apart, left = np.empty(shape), np.empty(draws)
    fold = np.arange(draws) % FOLDS
    for number in range(FOLDS):
        out = fold == number
        mean, coefficients = _fitted(columns[~out], outcome[~out], owner, weight)
        apart[:, out] = parts_of(columns[out], coefficients)
        left[out] = outcome[out] - mean - apart[:, out].sum(axis=0)
    return AdditiveFit(parts, apart, left)


def _fitted(columns: Floats, outcome: Floats, owner: Ints, weight: Floats) -> tuple[float, Floats]:
    """The mean where every column is 0, and the coefficients."""
    centre, mean, scale = columns.mean(axis=0), float(outcome.mean()), float(outcome.std())
    found = np.zeros(len(owner))
    if scale > 0.0:
        kept, coefficients = _shrunk(columns - centre, (outcome - mean) / scale, owner, weight)
        found[kept] = coefficients * scale
    return mean - float(centre @ found), found


def _shrunk(
    columns: Floats, target: Floats, owner: Ints, weight: Floats
) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Which columns are kept, and their coefficients; `target` has mean 0 and variance 1."""
    draws, blocks = len(target), int(owner.max()) + 1
    strength, noise = np.full(blocks, 1.0 / blocks), 0.5
    gram, product = columns.T @ columns, columns.T @ target
    for _ in range(_ROUNDS):
        kept = strength[owner] > _NOTHING / draws
        own, prior = owner[kept], (strength[owner] * weight)[kept]
        inner, outer = gram[np.ix_(kept, kept)], product[kept]
        shrunk = np.linalg.inv(inner / noise + np.diag(1.0 / prior))
        coefficients = shrunk @ outer / noise
        free = np.clip(1.0 - np.diag(shrunk) / prior, 1e-12, 1.0)
        size = np.bincount(own, coefficients**2 / weight[kept], blocks)
        freedom = np.bincount(own, free, blocks)
        new = np.divide(size, freedom, out=np.zeros(blocks), where=freedom > 0)
        missed = draws - 2.0 * coefficients @ outer + coefficients @ inner @ coefficients
        quieter = max(float(missed) / max(draws - 1.0 - float(free.sum()), 1.0), 1e-10)
        change = np.abs(new - strength).max() + abs(quieter - noise)
        strength, noise = new, quieter
        if change < _SETTLED:
            break
    return kept, coefficients
