"""Decisions between scenarios and settings, for which the value of information is computed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sojourn.study.model.values import Cited, Quantity


class Sample(Cited):
    """What could be observed of an uncertain number before a decision is made."""

    of: str
    """Path of the number."""
    people: int | None = None
    """Of a share: so many people, of each of whom it is seen whether they belong to it."""
    observations: int | None = None
    """So many observations that scatter about the number with the standard deviation."""
    deviation: Quantity | None = None


class Decision(Cited):
    """A choice between scenarios, or settings of them, by the mean of a measure."""

    who: str
    options: tuple[str, ...]
    """Names of scenarios and of settings."""
    measure: str
    wants: Literal["least", "greatest"]
    turns_at: tuple[str, ...] = ()
    """Paths of prices, to say at which value of each another option is as good."""
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Paths of uncertain numbers that could be found out together, by a name."""
    samples: dict[str, Sample] = Field(default_factory=dict)
