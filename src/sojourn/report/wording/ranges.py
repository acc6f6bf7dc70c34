"""A quantity over draws: its mean and the range that holds nine tenths of the runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from sojourn.languages.phrases import phrase
from sojourn.report.wording import numbers

Row = dict[str, Any]

STATISTICS = (
    "avg(value) AS mean, quantile_cont(value, 0.05) AS low, "
    "quantile_cont(value, 0.5) AS median, quantile_cont(value, 0.95) AS high"
)
"""SQL: the four numbers of a spread, over a column `value` that has a row for every history."""

RANGE = "5–95\u202f%"


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, median and the 5th and 95th percentile over runs."""

    mean: float
    low: float
    median: float
    high: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Spread:
        """The spread in a query's row; missing numbers count as zero."""
        return cls(*(float(row[key] or 0.0) for key in ("mean", "low", "median", "high")))

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
        """Each number to two digits of half the range: what lies below them says nothing."""
        half = (self.high - self.low) / 2
        ends = (self.mean, self.low, self.median, self.high)
        return Spread(*(numbers.to_error(each, half) for each in ends))

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
        return Markup("{}<small>{}</small>").format(mean, between)

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
        """` (5–95 %: 800 to 1,700)`, or nothing when nothing varies."""
        shown = self.allowed
        if not self.wide:
            return ""
        low, high = write(shown.low), write(shown.high)
        return phrase(" (5–95\u202f%: {low} to {high})", low=low, high=high)


ZERO = Spread(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number of a scenario, its difference from the baseline, and the errors of its mean."""

    value: Spread
    change: Spread
    """History by history; zero for the baseline."""
    simulation: float | None
    """Standard deviation between histories of one draw; None with one history a draw."""
    parameters: float | None
    """The rest of the standard deviation, from uncertain inputs; None if not told apart."""
    error: float | None
    """Standard error of the mean; None with one history."""


NOTHING = Estimate(ZERO, ZERO, 0.0, 0.0, 0.0)
"""Of what occurs in no history of any scenario."""
