"""What each uncertain input does to a number: a bar in its own unit, and shares of its variance.

All of it is estimated from the draws of a finished run, whose inputs are drawn independently. From
the number, what an additive regression on all other inputs says of the draw is taken away; it has
not seen that draw, so it cannot pass on the draw's own error (cross-fitting: Chernozhukov and
others, The Econometrics Journal 21, 2018). What is left is regressed on the input alone by least
squares, with errors that allow for unequal scatter. Neither step favours an effect, whatever the
additive regression misses.

A squared coefficient is too large by the square of its error, on average; the shares are corrected
for that, and can so be estimated from fewer draws than there are coefficients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sojourn.analysis.regression import SplineBasis, basis_of, fit
from sojourn.arrays import Floats, algebra_on_one_thread

LOW, HIGH = 0.05, 0.95
"""Percentiles between which an input is moved."""
SURE = 1.959964
"""Standard errors on either side of an estimate in its 95 % interval."""
MISTAKEN = 0.05
"""Of the inputs told from 0, the share that may be there by chance (Benjamini and Hochberg)."""
FEWEST = 20
"""Fewest draws from which effects are estimated."""
_BAR_DEGREE = 3


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a variance, with its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, error: float) -> Share:
        """An estimate with its standard error; a share lies between 0 and 1."""
        low, high = value - SURE * error, value + SURE * error
        return cls(*(float(np.clip(number, 0.0, 1.0)) for number in (value, low, high)))


@dataclass(frozen=True, slots=True)
class Effect:
    """What one input does."""

    low: float
    """Its 5th percentile over the draws."""
    high: float
    """Its 95th."""
    at_low: float
    """Mean of the number where the input is at `low`, and all others are as they are."""
    at_high: float
    change: float
    """`at_high` less `at_low`."""
    error: float
    """Standard error of `change`."""
    told: bool
    """Whether the draws show any effect, straight or curved; else it is not told from 0."""
    first: Share
    """Of the variance: what goes if this input alone becomes known, on average."""
    total: Share
    """Of the variance: what is left if all others become known, on average; from this input and
    its interactions with one other. The number's chance and higher interactions are in neither."""


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects of all inputs on a number."""

    mean: float
    deviation: float
    """Standard deviation of the number over draws."""
    explained: float
    """Share of the variance that the sum of the inputs' own effects foretells in other draws."""
    effects: tuple[Effect | None, ...]
    """By input; None for one that never varies."""

    @property
    def strongest(self) -> list[int]:
        """The inputs that vary: those told from 0 first, by the size of their change."""
        kept = [place for place, effect in enumerate(self.effects) if effect is not None]

        def rank(place: int) -> tuple[bool, float, int]:
            effect = self.effects[place]
            assert effect is not None
            return not effect.told, -abs(effect.change), place

        return sorted(kept, key=rank)


@algebra_on_one_thread()
def effects_of(inputs: Floats, outcome: Floats) -> Effects:
    """Effects of the inputs [draw, input] on a number [draw].

    Raises ValueError for fewer than FEWEST draws or a number that is not finite.
    """
    draws = len(outcome)
    if draws < FEWEST or not (np.isfinite(outcome).all() and np.isfinite(inputs).all()):
        raise ValueError(f"effects need {FEWEST} draws of finite numbers")
    mean, variance = float(outcome.mean()), float(outcome.var(ddof=1))
    bases = _bases(inputs)
    held = [place for place, basis in enumerate(bases) if basis is not None]
    if variance <= 1e-18 * max(mean * mean, 1e-300):
        flat = [_flat(inputs[:, place], mean) if place in held else None
                for place in range(inputs.shape[1])]  # fmt: skip
        return Effects(mean, 0.0, 0.0, tuple(flat))
    known = [basis for basis in bases if basis is not None]
    fitted = fit([basis.columns for basis in known], outcome)
    curves = [
        _EffectCurve.of(inputs[:, place], fitted.left + fitted.apart[block])
        for block, place in enumerate(held)
    ]
    told = _told(np.array([curve.chance for curve in curves]))
    pairs = _pairs(known, fitted.left, draws)
    centred = outcome - mean
    found: dict[int, Effect] = {}
    for block, place in enumerate(held):
        curve = curves[block]
        own, spread = curve.variance, _ratio_error(curve, centred, variance)
        joint, loose = pairs[0][block], pairs[1][block]
        first = Share.of(own / variance, spread)
        total = Share.of(
            (own + max(joint, 0.0)) / variance, float(np.hypot(spread, loose / variance))
        )
        found[place] = Effect(
            curve.low, curve.high, mean + curve.at_low, mean + curve.at_high,
            curve.at_high - curve.at_low, curve.error, bool(told[block]), first, total,
        )  # fmt: skip
    missed = float(fitted.left @ fitted.left) / (draws - 1) / variance
    explained = float(np.clip(1.0 - missed, 0.0, 1.0))
    every = tuple(found.get(place) for place in range(inputs.shape[1]))
    return Effects(mean, float(np.sqrt(variance)), explained, every)


def _bases(inputs: Floats) -> list[SplineBasis | None]:
    """Columns of each input; more where there are more draws for each."""
    draws, count = inputs.shape
    degree = int(np.clip(draws // (3 * max(count, 1)), 2, 8))
    return [basis_of(inputs[:, place], degree) for place in range(count)]


class Curves:
    """Several numbers and the inputs they depend on, to ask for what some inputs say alone."""

    def __init__(self, inputs: Floats, outcomes: Floats) -> None:
        """Take inputs [draw, input] and numbers [draw, number]."""
        self.columns = {place: basis.columns for place, basis in enumerate(_bases(inputs))
                        if basis is not None}  # fmt: skip
        """Of the inputs that vary, by place."""
        self._block = {place: block for block, place in enumerate(self.columns)}
        self._fits = [fit(list(self.columns.values()), outcome) for outcome in outcomes.T]

    def without(self, places: Sequence[int]) -> Floats:
        """The numbers less their means, and less what all other inputs add [draw, number]."""
        own = [self._block[place] for place in places if place in self._block]
        left = [one.left + one.apart[own].sum(axis=0) for one in self._fits]
        return np.column_stack([each - each.mean() for each in left])


def _flat(values: Floats, mean: float) -> Effect:
    nothing = Share(0.0, 0.0, 0.0)
    low, high = np.quantile(values, [LOW, HIGH])
    return Effect(float(low), float(high), mean, mean, 0.0, 0.0, False, nothing, nothing)


@dataclass(frozen=True, slots=True)
class _EffectCurve:
    """An input's own effect, less the mean."""

    low: float
    high: float
    at_low: float
    at_high: float
    error: float
    chance: float
    """Probability of so much by chance, if the input does nothing."""
    variance: float
    """Of the curve over the draws, corrected for the error of its coefficients."""
    noise: float
    """Of that correction: the variance of `variance`, if the curve is flat."""
    curve: Floats
    """[draw]"""
    left: Floats
    """[draw]"""

    @classmethod
    def of(cls, values: Floats, outcome: Floats) -> _EffectCurve:
        """Least squares of a number [draw] on an input [draw] alone."""
        outcome = outcome - outcome.mean()
        degree = int(np.clip(len(outcome) // 40, 2, 8))
        whole = _regressed(values, outcome, degree)
        bar = whole if degree <= _BAR_DEGREE else _regressed(values, outcome, _BAR_DEGREE)
        low, high = (float(np.quantile(values, share)) for share in (LOW, HIGH))
        ends = bar.basis.at(np.array([low, high]))
        at_low, at_high = (float(end @ bar.coefficients) for end in ends)
        step = ends[1] - ends[0]
        error = float(np.sqrt(step @ bar.covariance @ step))
        return cls(
            low, high, at_low, at_high, error, bar.chance,
            float(whole.coefficients @ whole.coefficients - np.trace(whole.covariance)),
            2.0 * float((whole.covariance**2).sum()),
            whole.basis.columns @ whole.coefficients, whole.left,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Regressed:
    basis: SplineBasis
    coefficients: Floats
    covariance: Floats
    left: Floats

    @property
    def chance(self) -> float:
        """Of Wald's test that all coefficients are 0."""
        from scipy.special import fdtrc  # noqa: PLC0415  -- only where a run is analysed

        count, free = len(self.coefficients), len(self.left) - len(self.coefficients) - 1
        wald = self.coefficients @ np.linalg.pinv(self.covariance) @ self.coefficients
        return float(fdtrc(count, free, wald / count))


def _regressed(values: Floats, outcome: Floats, degree: int) -> _Regressed:
    """Least squares, and a covariance that allows for unequal scatter (White's, as HC3)."""
    basis = basis_of(values, degree)
    assert basis is not None
    draws, columns = len(outcome), basis.columns
    coefficients = columns.T @ outcome / draws
    left = outcome - columns @ coefficients
    leverage = (1.0 + (columns**2).sum(axis=1)) / draws
    scored = columns * (left / (1.0 - leverage))[:, None] / draws
    return _Regressed(basis, coefficients, scored.T @ scored, left)


def _ratio_error(curve: _EffectCurve, centred: Floats, variance: float) -> float:
    """Standard error of the share of an input's own variance in the whole."""
    share = curve.variance / variance
    influence = 2.0 * curve.curve * curve.left + curve.curve**2 - curve.variance
    influence -= share * (centred**2 - variance)
    return float(np.sqrt(influence.var() / len(centred) + curve.noise)) / variance


def _pairs(bases: Sequence[SplineBasis], left: Floats, draws: int) -> tuple[Floats, Floats]:
    """Variance that each input has together with one other, and its standard error, by input.

    By products of the columns of two inputs, of which as many are taken as the draws allow.
    """
    count = len(bases)
    each = int(np.clip(np.sqrt(draws / (4.0 * max(count - 1, 1))), 1, 4))
    columns = [basis.columns[:, :each] for basis in bases]
    owner = np.repeat(np.arange(count), [own.shape[1] for own in columns])
    stacked = np.hstack(columns)
    product = stacked.T @ (stacked * left[:, None]) / draws
    square = (stacked**2).T @ (stacked**2 * (left**2)[:, None]) / draws
    noise = np.maximum(square - product**2, 0.0) / (draws - 1)
    apart = owner[:, None] != owner[None, :]
    size = np.where(apart, product**2 - noise, 0.0).sum(axis=1)
    spread = np.where(
        apart, 4.0 * np.maximum(product**2 - noise, 0.0) * noise + 2.0 * noise**2, 0.0
    )
    sums = (np.bincount(owner, each, count) for each in (size, spread.sum(axis=1)))
    joint, loose = (np.asarray(each, dtype=np.float64) for each in sums)
    return joint, np.sqrt(loose)


def _told(chances: Floats) -> npt.NDArray[np.bool_]:
    """Which inputs are told from 0, among all: the step-up test of Benjamini and Hochberg."""
    if not len(chances):
        return np.zeros(0, dtype=bool)
    order = np.argsort(chances)
    steps = MISTAKEN * np.arange(1, len(chances) + 1) / len(chances)
    below = np.flatnonzero(chances[order] <= steps)
    told = np.zeros(len(chances), dtype=bool)
    if len(below):
        told[order[: below[-1] + 1]] = True
    return told
