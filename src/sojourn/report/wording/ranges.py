"""A quantity over draws: its mean and the range that holds nine tenths of the runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from markupsafe import Markup, escape

from sojourn.languages.phrases import later, phrase
from sojourn.report.wording import numbers

Row = dict[str, Any]

RANGE = "5–95\u202f%"


PERCENTILES = ("mean", "low", "median", "high")
SKEWED = 0.1
"""Beside a mean and its range, the median is told if it is this share of the range away."""
NINETY_FIVE = 1.959964
"""Standard errors on both sides of a mean that make its 95 % interval."""


class Explained(Markup):
    """What a cell shows, and `about` it what a page says where a pointer rests on it."""

    about: str

    def __new__(cls, text: object = "", about: str = "") -> Self:
        """The text is markup."""
        made = super().__new__(cls, text)
        made.about = about
        return made


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, median and the 5th and 95th percentile over runs, and how well the mean is known."""

    mean: float
    low: float
    median: float
    high: float
    error_parameters: float | None = field(default=None, compare=False)
    """Standard error of the mean by uncertain inputs; by chance too, if not told apart."""
    error_simulation: float | None = field(default=None, compare=False)
    """Standard error of the mean by chance; None if not told apart."""

    @classmethod
    def of(cls, row: Mapping[str, Any], start: str = "") -> Spread:
        """The spread in a query's row; missing numbers count as zero, missing errors as unknown."""
        numbers = (float(row[start + key] or 0.0) for key in PERCENTILES)
        errors = (row.get(f"{start}error_{by}") for by in ("parameters", "simulation"))
        return cls(*numbers, *errors)

    @property
    def error(self) -> float | None:
        """Standard error of the mean, by inputs and by chance."""
        if self.error_parameters is None:
            return None
        return math.hypot(self.error_parameters, self.error_simulation or 0.0)

    @property
    def constant(self) -> bool:
        """Whether nearly all runs agree: the mean is the range's only number."""
        return self.low == self.high == self.mean

    @property
    def unclear(self) -> bool:
        """Whether the range has numbers on both sides of zero."""
        return self.low < 0 < self.high

    @property
    def wide(self) -> bool:
        """Whether there is a range worth showing."""
        return self.high > self.low

    @property
    def allowed(self) -> Spread:
        """The numbers with no more digits than their errors let them have.

        The mean goes to the first digit of its standard error; percentiles, which are known half
        as well, to that of twice as much. If the error is unknown: two digits of half the range.
        """
        mean = numbers.to_error(self.mean, *self._known(1.0))
        others = {name: self.percentile(getattr(self, name)) for name in PERCENTILES[1:]}
        return replace(self, mean=mean, **others)

    def percentile(self, value: float) -> float:
        """Another percentile of the same numbers, with as many digits as low and high have."""
        return numbers.to_error(value, *self._known(2.0))

    def _known(self, times: float) -> tuple[float, int]:
        """So many standard errors of the mean, and the digits of them to which it is known."""
        return (times * self.error, 1) if self.error else ((self.high - self.low) / 2, 2)

    def errors(self, write: Callable[[float | None], str] = numbers.exact) -> str:
        """`± 290 by inputs, ± 80 by chance`, 95 % intervals of the mean; empty if unknown."""
        if not self.error:
            return ""
        parts = {"inputs": self.error_parameters, "chance": self.error_simulation}
        inputs, chance = (
            None if one is None else write(float(f"{NINETY_FIVE * one:.2g}")).lstrip("+")
            for one in parts.values()
        )
        if chance is None:
            return phrase("±\u202f{inputs} by inputs and chance", inputs=inputs)
        if not self.error_simulation:
            return phrase("±\u202f{inputs} by inputs", inputs=inputs)
        if not self.error_parameters:
            return phrase("±\u202f{chance} by chance", chance=chance)
        return phrase(
            "±\u202f{inputs} by inputs, ±\u202f{chance} by chance", inputs=inputs, chance=chance
        )

    def table(self, write: Callable[[float | None], str] = numbers.exact) -> str:
        """`1,230 (800 to 1,700)`, which a terminal may break; just the mean when nothing varies."""
        mean, low, high = self._written(write)
        if low == high:
            return mean
        return phrase("{mean} ({low} to {high})", mean=mean, low=low, high=high)

    def cell(self, write: Callable[[float | None], str] = numbers.exact) -> Markup:
        """For the page: the mean, and the range small beneath it."""
        mean, low, high = self._written(write)
        if low == high:
            return escape(mean)
        # A dash between signs would read as one of them.
        between = f"{low}–{high}"
        if low[:1] in "+−" or high[:1] in "+−":
            between = phrase("{low} to {high}", low=low, high=high)
        told = Markup("{}<small>{}</small>").format(mean, between)
        return Explained(told, self.errors(write))

    def _written(self, write: Callable[[float | None], str]) -> tuple[str, str, str]:
        """Mean, low and high, as their range allows; three times the mean if nothing varies."""
        if not self.wide:
            return (write(self.mean),) * 3
        shown = self.allowed
        return write(shown.mean), write(shown.low), write(shown.high)

    def sentence(self, write: Callable[[float | None], str] = numbers.people) -> str:
        """`1,230 (5–95 %: 800 to 1,700)`."""
        return write(self.allowed.mean) + self.brackets(write)

    def brackets(self, write: Callable[[float | None], str] = numbers.people) -> str:
        """` (5–95 %: 800 to 1,700)`, or nothing when nothing varies.

        It names the median where that is far from the mean.
        """
        shown = self.allowed
        if not self.wide:
            return ""
        low, high, median = write(shown.low), write(shown.high), write(shown.median)
        skewed = abs(self.mean - self.median) > SKEWED * (self.high - self.low)
        if not skewed or median == write(shown.mean):
            return phrase(" (5–95\u202f%: {low} to {high})", low=low, high=high)
        # At an edge, as at no people, many histories have the median itself: none may lie below.
        below = later(" (5–95\u202f%: {low} to {high}; half of all histories lie below {median})")
        edge = later(" (5–95\u202f%: {low} to {high}; median {median})")
        told = edge if median in (low, high) or abs(self.median) < 1 else below
        return phrase(told, low=low, high=high, median=median)


ZERO = Spread(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number of a scenario, its difference from the baseline, and the errors of its mean."""

    value: Spread
    change: Spread
    """History by history; zero for the baseline."""
    simulation: float | None
    """Standard deviation of a history by chance; None if it is not told from the inputs'."""
    parameters: float | None
    """The rest of the standard deviation, from uncertain inputs; None if not told apart."""


NOTHING = Estimate(ZERO, ZERO, 0.0, 0.0)
"""Of what occurs in no history of any scenario."""
