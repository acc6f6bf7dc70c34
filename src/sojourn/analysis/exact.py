"""Effects and the value of information by runs of their own, where a regression is not enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.analysis.effects import SURE, Share
from sojourn.analysis.value_of_information import Worth
from sojourn.arrays import Floats

NODES = 9
"""Values of an input through which it is moved, at the quantiles of Gauss and Legendre's rule."""
BASE = 256
"""Rows of either sample of a design of Saltelli, unless said."""

OfInputs = Callable[[Mapping[str, Floats]], Floats]
"""A number in each draw, where inputs have these values, by path [draw]."""


@dataclass(frozen=True, slots=True)
class MovedInput:
    """The mean of a number where one input is low and high, and all others are as they are."""

    at_low: float
    at_high: float
    error: float
    """Standard error of the difference, which is paired by draw."""

    @property
    def told(self) -> bool:
        """Whether the difference is told from 0."""
        return abs(self.at_high - self.at_low) > SURE * self.error


def moved(outcome: OfInputs, path: str, draws: int, low: float, high: float) -> MovedInput:
    """Compute a number with an input at two values."""
    sides = [outcome({path: np.full(draws, value)}) for value in (low, high)]
    apart = sides[1] - sides[0]
    known = np.isfinite(apart)
    if not known.any():
        return MovedInput(float("nan"), float("nan"), float("nan"))
    error = float(apart[known].std(ddof=1) / np.sqrt(known.sum())) if known.sum() > 1 else 0.0
    return MovedInput(float(sides[0][known].mean()), float(sides[1][known].mean()), error)


def worth_of(gains: Callable[[Mapping[str, Floats]], Floats], path: str, values: Floats) -> Worth:
    """What it is worth to know an input, by moving it through the quantiles of its values [draw].

    `gains` gives the gain of each option [draw, option]; the others' mean over draws is taken at
    each value. The error is that of these means.
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    draws, weights = len(values), weights / 2.0
    at = [float(np.quantile(values, (node + 1.0) / 2.0)) for node in nodes]
    found = np.stack([gains({path: np.full(draws, value)}) for value in at])
    means = found.mean(axis=1)
    now = int(np.argmax(weights @ means))
    best = means.argmax(axis=1)
    each = np.einsum("n,nd->d", weights, np.take_along_axis(
        found, best[:, None, None], axis=2)[:, :, 0] - found[:, :, now])  # fmt: skip
    error = float(each.std(ddof=1) / np.sqrt(draws))
    value = float(each.mean())
    return Worth(max(value, 0.0), error, float("nan"), value > SURE * error and value > 0.0)


def design(quantiles: Callable[[int, Floats], Floats], inputs: int, base: int, seed: int) -> Floats:
    """Rows [row, input] of a design of Saltelli: A, B, and A with each input of B in turn.

    `quantiles` gives the values of an input at quantiles; `base`, a power of 2, is the rows of A.
    """
    from scipy.stats import qmc  # noqa: PLC0415  -- it takes long to load

    points = qmc.Sobol(2 * inputs, rng=np.random.default_rng(seed)).random(base)
    uniform = np.clip(points, 1e-12, 1.0 - 1e-12)
    columns = [quantiles(place % inputs, uniform[:, place]) for place in range(2 * inputs)]
    first, second = np.column_stack(columns[:inputs]), np.column_stack(columns[inputs:])
    mixed = []
    for place in range(inputs):
        rows = first.copy()
        rows[:, place] = second[:, place]
        mixed.append(rows)
    return np.vstack([first, second, *mixed])


def indices(outcome: Floats, inputs: int, base: int, seed: int) -> list[tuple[Share, Share]]:
    """First and total Sobol index of each input, from a number in the rows of a design [row].

    By SciPy, with intervals from 1,000 bootstrap samples (Saltelli and others, Computer Physics
    Communications 181, 2010).
    """
    from scipy.stats import sobol_indices  # noqa: PLC0415  -- it takes long to load

    blocks = outcome.reshape(inputs + 2, base)
    parts = {
        "f_A": blocks[0][None],
        "f_B": blocks[1][None],
        "f_AB": blocks[2:][:, None],
    }
    found = sobol_indices(func=parts, n=base, rng=np.random.default_rng(seed))
    spread = found.bootstrap(confidence_level=0.95, n_resamples=1000)
    pairs: Sequence[tuple[Floats, object]] = (
        (found.first_order, spread.first_order), (found.total_order, spread.total_order)
    )  # fmt: skip
    return [tuple(_share(value, ends, place) for value, ends in pairs) for place in range(inputs)]  # type: ignore[misc]


def _share(values: Floats, spread: object, place: int) -> Share:
    ends = spread.confidence_interval  # type: ignore[attr-defined]
    one = (values.ravel()[place], ends.low.ravel()[place], ends.high.ravel()[place])
    return Share(*(float(np.clip(number, 0.0, 1.0)) for number in one))
