"""Where people can be, and every way from one place to another."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from sojourn.study.model.facts import FactValue
from sojourn.study.model.stays import ClockRule, Stay
from sojourn.study.model.values import Cited, Dated, Model, PeriodUnit, Quantity, Span


class Facility(Cited):
    """A named pool of places."""

    capacity: tuple[Dated, ...]
    """In order of date; the first holds from day 0."""
    already_held: tuple[Dated, ...] = ()
    """People outside the model who occupy places."""
    limit: Literal["hard", "soft"] = "hard"
    label: str | None = None
    country: str | None = None


class State(Cited):
    """Where a person is."""

    place: str | None = None
    """The facility whose places its people occupy."""
    end: bool = False
    """Nobody leaves it."""
    sets: dict[str, ClockRule] = Field(default_factory=dict)
    label: str | None = None


class Quota(Cited):
    """At most so many moves in a calendar period."""

    count: tuple[Dated, ...]
    per: PeriodUnit


class Band(Model):
    """A share of a length, for lengths up to some."""

    share: Quantity
    upto: float | None = None
    """Days; None: for all above."""


class ClockReference(Model):
    """A clock, or a share of its length, and an offset in days (negative: before it)."""

    clock: str
    offset: int = 0
    shares: tuple[Band, ...] = ()
    """By length, rising, the last for all above; none: the whole of it."""

    @property
    def whole(self) -> ClockReference:
        """The same without an offset."""
        return self.model_copy(update={"offset": 0})

    @property
    def told(self) -> str:
        """In words, without the offset."""
        if not self.shares:
            return self.clock
        told = " or ".join(f"{100 * band.share.value:g} %" for band in self.shares)
        return f"{told} of {self.clock}"


class Branch(Model):
    """One target of a transition."""

    to: str
    """A state, or 'out'."""
    share: Quantity | None = None
    after: Stay | None = None


Everyone = Literal["no", "own stay", "pace"]


class Change(Cited):
    """What a transition is from a date on, whole: what the change leaves as it was is in it too."""

    start: date
    everyone: Everyone = "no"
    """Its effect on people already in the state: none; each keeps their rank, so that
    their own stay becomes that of the new law; or they leave at the new law's pace from then on."""
    at: ClockReference | None = None
    """None: as it was."""
    chance: Quantity | None = None
    branches: tuple[Branch, ...]
    """The same targets, in the same order."""


class Transition(Cited):
    """A way out of a state (or of several, one transition each)."""

    name: str
    """`source -> target`, with a name in brackets if one is written; the key of its random draws.

    A transition of several sources makes one for each, with the names `a -> c` and `b -> c`.
    """
    state: str
    branches: tuple[Branch, ...]
    when: str | None = None
    at: ClockReference | None = None
    chance: Quantity | None = None
    gates: tuple[str, ...] = ()
    quota: str | None = None
    """Name in `Scenario.quotas`."""
    priority: int = 0
    """Lower is served first."""
    becomes: dict[str, FactValue] = Field(default_factory=dict)
    starts: date | None = None
    """Its delay runs from this date for those already in the state."""
    otherwise: str | None = None
    """The state, or 'out', of those whose move needs something that is not there on the day on
    which they join the line: they go there when that day's lines have been served."""
    label: str | None = None
    changes: tuple[Change, ...] = ()
    """In order of date, all after day 0."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Wherever it may lead."""
        more = () if self.otherwise is None else (self.otherwise,)
        return (*(branch.to for branch in self.branches), *more)

    @property
    def clocks(self) -> tuple[ClockReference, ...]:
        """What it waits for: at first, and from each change on."""
        found = (self.at, *(change.at for change in self.changes))
        return tuple(at for at in found if at is not None)

    @property
    def policies(self) -> tuple[tuple[Quantity | None, tuple[Branch, ...]], ...]:
        """Chance and branches: the first, and those of each change."""
        later = tuple((change.chance, change.branches) for change in self.changes)
        return ((self.chance, self.branches), *later)


class Gate(Cited):
    """An open/closed calendar.

    Fixed: `open` or `closed` spans. Random: begins on `start` (closed if `opens_after` is
    given, else open); opens after a delay with probability `chance`; closes after a delay,
    for a delay, and again if `again`.
    """

    open: tuple[Span, ...] = ()
    closed: tuple[Span, ...] = ()
    start: date | None = Field(default=None, alias="from")
    opens_after: Stay | None = None
    closes_after: Stay | None = None
    closed_for: Stay | None = None
    again: bool = False
    chance: Quantity | None = None
    """Of ever opening (with opens_after), or of each closing (with closes_after)."""
    label: str | None = None
