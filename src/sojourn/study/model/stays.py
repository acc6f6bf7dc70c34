"""Lengths of stay, and how the clocks that people carry are set."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from sojourn.stays.families import PARAMETRIC
from sojourn.study.model.values import AsCounted, Cited, Model, Quantity

_BY_POINTS_OR_PARTS = (
    "table", "quantiles", "survival", "hazard", "mixture", "by fact", "by facts",
)  # fmt: skip


def _family(name: str) -> str:
    if name not in (*PARAMETRIC, *_BY_POINTS_OR_PARTS):
        msg = f"there is no family of stays `{name}`"
        raise ValueError(msg)
    return name


class Stay(Cited):
    """A distribution of a duration.

    `parameters` by name, as its family in `sojourn.stays.families` has them; durations in days.
    A fixed stay, and a `table` (whole days and weights), are used as they are; all others are
    made into whole days by counting midnights. A hazard is constant from each of its days on, a
    survival function straight between its points.
    """

    family: Annotated[str, AfterValidator(_family)]
    parameters: dict[str, Quantity] = Field(default_factory=dict)
    points: tuple[tuple[float, float], ...] = ()
    """table: (days, weight); quantiles: (share, days); survival: (days, share that is left)."""
    never: float = 0.0
    """table: the share of all that never leaves; the weights are of the others."""
    rates: tuple[tuple[float, Quantity], ...] = ()
    """hazard: (from day, rate of leaving in its own unit, such as 'share per month')."""
    parts: tuple[tuple[Quantity, Stay], ...] = ()
    """mixture: (share, stay)."""
    fact: str | None = None
    """by fact: the fact that chooses among `cases`."""
    facts: tuple[str, ...] = ()
    """by facts: those that choose among `cases`; a case's name joins their values by ' & ', with
    '*' for any value (`sojourn.study.stays.by_fact`)."""
    cases: dict[str, Stay] = Field(default_factory=dict)
    otherwise: Stay | None = None
    as_counted: AsCounted | None = None
    """An exponential stay whose pace is that of an account, period by period, for everyone."""


class ClockRule(Model):
    """How a clock is set: a stay from the day it is set, or a calendar date."""

    stay: Stay | None = None
    on: date | None = None
    later: tuple[tuple[date, ClockRule], ...] = ()
    """What replaces it for those who set the clock from a date on; in order, all after day 0."""
