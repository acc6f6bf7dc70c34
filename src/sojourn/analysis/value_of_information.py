"""What it is worth to a decision to find something out before it is made.

Somebody takes the option whose gain is greatest on average. To know inputs exactly is worth what
the best option for each of their values gains more, on average (EVPPI; of everything, EVPI); to see
a sample that tells something of an input is worth what the best option for each possible sample
gains more (EVSI). The gain of each option given the inputs, or given the sample, is estimated by
regression over the draws (Strong, Oakley and Brennan, Medical Decision Making 34, 2014; for samples
Strong and others, 35, 2015).

Such a regression follows the draws it is fitted to. The best of its curves is therefore too good on
these draws, and picked too badly on others, by about as much; the estimate is the mean of the two.
Whether anything is there is tested by giving the input's values to the draws in random order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from sojourn.analysis.effects import Curves
from sojourn.analysis.regression import FOLDS, basis_of, fit
from sojourn.arrays import Floats, algebra_on_one_thread

PERMUTED = 199
"""Random orders of an input's values, all of which its estimate must exceed to be told from 0."""
_AT_ONCE = 1_000_000
"""Numbers of all random orders that are looked at together: 8 MB."""
SAMPLES = 20
"""Samples made for each draw."""
_DEGREE = 6


@dataclass(frozen=True, slots=True)
class Worth:
    """What it is worth to know something, in the unit of the gain."""

    value: float
    """Not below 0."""
    error: float
    """Its standard error."""
    by_chance: float
    """The mean estimate of values in random order, which tell nothing; NaN if not tested."""
    told: bool
    """Whether the estimate is told from 0."""


_NOTHING = Worth(0.0, 0.0, 0.0, told=False)

Sampling = Callable[[Floats, np.random.Generator], Floats]
"""A sample's mean, made at random for each value of an input [value]."""


class DrawnDecision:
    """The gains of a decision's options, and what each input tells of them.

    Raises ValueError for fewer than two options.
    """

    def __init__(self, inputs: Floats, gains: Floats, *, seed: int = 0) -> None:
        """Take inputs [draw, input] and the gain of each option [draw, option], in pairs."""
        if gains.shape[1] < 2:
            raise ValueError("a decision has two options or more")
        self.means = gains.mean(axis=0)
        self.best = int(np.argmax(self.means))
        """The option taken now."""
        self.inputs, self.seed = inputs, seed
        self._less = gains - gains[:, [self.best]]

    @cached_property
    def _curves(self) -> Curves:
        return Curves(self.inputs, self._less)

    @property
    def _settled(self) -> bool:
        """Whether the option taken now is the best in every draw: nothing can be worth knowing."""
        return not (self._less > 0.0).any()

    @property
    def shares(self) -> Floats:
        """Share of draws in which each option is the best [option]; the first of equal ones."""
        best = np.argmax(self._less, axis=1)
        return np.bincount(best, minlength=self._less.shape[1]) / len(best)

    def everything(self) -> Worth:
        """Of perfect information on inputs and chance together."""
        gained = self._less.max(axis=1)
        error = float(gained.std(ddof=1) / np.sqrt(len(gained)))
        return Worth(float(gained.mean()), error, float("nan"), bool((gained > 0).any()))

    @algebra_on_one_thread()
    def inputs_alone(self, places: Sequence[int]) -> Worth:
        """Of perfect information on some inputs together, which vary."""
        if self._settled:
            return _NOTHING
        outcome = self._curves.without(places)
        if len(places) == 1:
            basis = basis_of(self.inputs[:, places[0]], self._degree)
            return self._tested([basis.columns] if basis else [], outcome)
        columns = [self._curves.columns[place] for place in places if place in self._curves.columns]
        pairs = [a[:, :1] * b[:, :1] for a, b in combinations(columns, 2)]
        if sum(each.shape[1] for each in columns) + len(pairs) > len(outcome):
            pairs = []
        return self._tested([*columns, *(_standard(pair) for pair in pairs)], outcome)

    @algebra_on_one_thread()
    def sample(self, place: int, sampling: Sampling) -> Worth:
        """Of a sample that tells something of an input."""
        if self._settled:
            return _NOTHING
        random = np.random.default_rng([self.seed, place])
        values = np.tile(self.inputs[:, place], SAMPLES)
        outcome = np.tile(self._curves.without([place]), (SAMPLES, 1))
        basis = basis_of(sampling(values, random), self._degree)
        return self._tested([basis.columns] if basis else [], outcome)

    @property
    def _degree(self) -> int:
        return int(np.clip(len(self.inputs) // 40, 2, _DEGREE))

    def _tested(self, blocks: Sequence[Floats], outcome: Floats) -> Worth:
        if not blocks:
            return _NOTHING
        draws = len(self.inputs)
        value, each = self._worth(blocks, outcome)
        # Samples of one draw share its error.
        by_draw = each.reshape(-1, draws).mean(axis=0)
        error = float(by_draw.std(ddof=1) / np.sqrt(draws))
        one_for_each = len(blocks) == 1 and len(outcome) == draws
        chance = self._by_chance(blocks[0], outcome) if one_for_each else np.empty(0)
        told = value > max([0.0, *chance]) and value > 1.645 * error
        mean = float(np.mean(chance)) if len(chance) else float("nan")
        return Worth(max(value, 0.0), error, mean, told)

    def _by_chance(self, columns: Floats, outcome: Floats) -> Floats:
        """Estimates where the outcomes are dealt to an input's values in random order [try]."""
        low = self.means - self.means[self.best]
        random = np.random.default_rng(self.seed)
        draws = len(outcome)
        at_once = max(_AT_ONCE // outcome.size, 1)
        found = []
        for begin in range(0, PERMUTED, at_once):
            tries = range(begin, min(begin + at_once, PERMUTED))
            dealt = outcome[np.stack([random.permutation(draws) for _ in tries], axis=1)]
            inside, apart = (
                part.reshape(dealt.shape)
                for part in _predicted([columns], dealt.reshape(draws, -1), draws)
            )
            picked = np.argmax(low + apart, axis=2)[:, :, None]
            each = np.take_along_axis(low + dealt, picked, axis=2)[:, :, 0]
            found.append(((low + inside).max(axis=2).mean(axis=0) + each.mean(axis=0)) / 2.0)
        return np.concatenate(found)

    def _worth(self, blocks: Sequence[Floats], outcome: Floats) -> tuple[float, Floats]:
        """The estimate, and what each row gains by the option picked without it."""
        low = self.means - self.means[self.best]
        inside, apart = _predicted(blocks, outcome, len(self.inputs))
        rows = np.arange(len(outcome))
        picked = np.argmax(low + apart, axis=1)
        each = (low + outcome)[rows, picked]
        return (float((low + inside).max(axis=1).mean()) + float(each.mean())) / 2.0, each


def _standard(column: Floats) -> Floats:
    centred = column - column.mean()
    return np.asarray(centred / max(float(centred.std()), 1e-300))


def _predicted(blocks: Sequence[Floats], outcome: Floats, draws: int) -> tuple[Floats, Floats]:
    """What the columns say of each option [row, option]: by all draws, and by other draws alone."""
    if len(blocks) > 1:
        fits = [fit(blocks, own) for own in outcome.T]
        return (np.column_stack([one.parts.sum(axis=0) for one in fits]),
                np.column_stack([one.apart.sum(axis=0) for one in fits]))  # fmt: skip
    columns = blocks[0]
    product = columns.T @ outcome
    inside = columns @ product / len(columns)
    apart = np.empty_like(outcome)
    fold = np.arange(len(outcome)) % draws % FOLDS
    gram = columns.T @ columns
    for number in range(FOLDS):
        out = fold == number
        own = columns[out]
        rest = gram - own.T @ own
        apart[out] = own @ np.linalg.solve(rest, product - own.T @ outcome[out])
    return inside, apart


def binomial(people: int) -> Sampling:
    """The share found among so many people, of an input that is a share."""
    return lambda values, random: random.binomial(people, np.clip(values, 0.0, 1.0)) / people


def normal(observations: int, deviation: float) -> Sampling:
    """The mean of so many observations that scatter by `deviation` about the input."""
    error = deviation / np.sqrt(observations)
    return lambda values, random: values + error * random.standard_normal(len(values))
