"""The race of the ways out of a state, as exact probabilities on whole days.

The runners are ways by a clock, ways by a stay, and groups of ways that share something. Runners
are independent, so the probability that one is first is a product: its probability at a moment of a
day, times the probability that no other came before. Clocks ring at the start of a day; next, stays
end that a change of policy makes too long; last, stays end within the day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.engine.program import Program
from sojourn.engine.stay_tables import curve_at
from sojourn.stays.distribution import Curve

UNSET = "unset"
DATE = "date"
DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class ClockValue:
    """The value of a clock for people who enter a state."""

    kind: str
    number: int = 0
    """DATE: the day; DRAWN, on entering the state: the table."""
    condition: int = 0
    """Program.set_condition, for people with days served."""
    later: tuple[tuple[int, ClockValue], ...] = ()
    """By day, its value for people who enter on that day or later."""

    def on(self, day: int) -> ClockValue:
        """Its value for people who enter on this day."""
        if not self.later:
            return self
        found = replace(self, later=())
        for first, value in self.later:
            if day >= first:
                found = value
        return found

    @property
    def all(self) -> tuple[ClockValue, ...]:
        """Every value that it has on some day."""
        return (self, *(value for _, value in self.later))


@dataclass(frozen=True, slots=True)
class Policy:
    """What a way's chance, shares and stays are from a day on."""

    day: int
    everyone: int
    """0, or program.PACE or OWN_STAY."""
    chance: float
    shares: tuple[float, ...]
    """Of each branch that can be taken under any policy."""
    tables: tuple[int, ...]

    @property
    def bounds(self) -> Floats:
        """Where the branches begin and end, from 0 to 1."""
        ends = np.cumsum(self.shares)
        return np.concatenate([[0.0], ends[:-1], [1.0]])


@dataclass(frozen=True, slots=True)
class RacingWay:
    """One transition out of a state for people alike in what its law depends on; hashable."""

    transition: int
    start: int
    """Day from which its delay runs at the earliest; negative: none."""
    clock: int
    """-1: by stay."""
    offset: int
    policies: tuple[Policy, ...]
    """By day, rising; the first holds from the beginning."""

    @property
    def branches(self) -> int:
        """How many branches can be taken."""
        return len(self.policies[0].shares)

    @property
    def tables(self) -> set[int]:
        """Every law that it may have."""
        return {table for policy in self.policies for table in policy.tables}

    def drawn_on(self, days: Ints) -> Ints:
        """The policy from which those who enter on each day draw."""
        later = [policy.day for policy in self.policies[1:]]
        return np.searchsorted(np.array(later, dtype=np.int64), days, side="right")

    def after(self, number: int) -> tuple[Policy, ...]:
        """The policies that apply to people who drew from policy `number`, that one first."""
        later = self.policies[number + 1 :]
        return (self.policies[number], *(policy for policy in later if policy.everyone))


@dataclass(frozen=True)
class Race:
    """Everything that the law of a stay depends on; equal races have equal laws."""

    ways: tuple[RacingWay, ...]
    clocks: tuple[tuple[int, ClockValue], ...]
    """Those that the ways read."""

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.ways, self.clocks))

    @cached_property
    def changes(self) -> tuple[int, ...]:
        """Days, rising, on which the race changes for those who are in the state."""
        days = set()
        values = dict(self.clocks)
        for way in self.ways:
            days.add(way.start)
            days.update(policy.day for policy in way.policies[1:] if policy.everyone)
            if way.clock >= 0:
                dates = [value for value in values[way.clock].all if value.kind == DATE]
                days.update(value.number + way.offset for value in dates)
        return tuple(sorted(day for day in days if day > 0))

    @cached_property
    def cuts(self) -> tuple[int, ...]:
        """Days, rising, from which people who enter are in a different race."""
        begin = {policy.day for way in self.ways for policy in way.policies[1:]}
        begin |= {day for _, value in self.clocks for day, _ in value.later}
        return tuple(sorted(day for day in begin | set(self.changes) if day > 0))

    def on(self, day: int) -> Race:
        """The race of people who enter on this day, with the values that its clocks then have."""
        if not any(value.later for _, value in self.clocks):
            return self
        return Race(self.ways, tuple((clock, value.on(day)) for clock, value in self.clocks))

    @cached_property
    def ages(self) -> bool:
        """Whether the law of people with days served depends only on their days in the state.

        It does unless something happens on a date, or has not been running before day 0.
        """
        return (
            not self.changes
            and all(way.start < 0 for way in self.ways)
            and all(value.kind != DATE and not value.later for _, value in self.clocks)
        )

    @cached_property
    def branches(self) -> int:
        """Number of branches, those of every way in turn."""
        return sum(way.branches for way in self.ways)


class RaceTables:
    """Cumulative probabilities of the program's tables."""

    def __init__(self, program: Program) -> None:
        self._tables = program.tables
        self._padded: dict[int, Floats] = {}

    def fixed(self, table: int) -> int:
        """The number of days that the table always gives, -1 if it has several."""
        return int(self._tables["fixed"][table])

    def steps_curve(self, table: int) -> Curve:
        """The curve of a law, also of one in whole steps."""
        curve = self.curve(table)
        if len(curve.x) > 0:
            return curve
        gone = np.append(0.0, self._of(table)[1:])
        steps = np.flatnonzero(np.diff(gone) > 0.0)
        x = np.repeat(np.append(steps, len(gone)), 2)[:-1].astype(np.float64)
        values = np.stack([gone[steps], gone[steps + 1]], axis=1).ravel()
        return Curve(np.append(0.0, x), np.concatenate([[0.0], values, gone[-1:]]))

    def _of(self, table: int) -> Floats:
        """0, then P(K ≤ k) for k from 0."""
        found = self._padded.get(table)
        if found is None:
            whole = self.fixed(table)
            first = int(self._tables["start"][table])
            last = first + int(self._tables["length"][table])
            cdf = np.eye(1, whole + 1, whole)[0] if whole >= 0 else self._tables["cdf"][first:last]
            found = self._padded[table] = np.concatenate([[0.0], cdf])
        return found

    def cdf(self, table: int) -> Floats:
        """P(K ≤ k) for k from 0; constant after its end."""
        return self._of(table)[1:]

    def below(self, table: int, days: Ints) -> Floats:
        """P(K < days), for any whole days."""
        padded = self._of(table)
        # As np.clip, which takes longer for the few days that there often are.
        return np.asarray(padded[np.minimum(np.maximum(days, 0), len(padded) - 1)])

    def gone(self, table: int, steps: Ints, *, now: bool) -> Floats:
        """P(T < steps), or with `now` P(T ≤ steps), for any whole steps."""
        curve = self.curve(table)
        if len(curve.x) == 0:
            return self.below(table, steps + int(now))
        at = steps.astype(np.float64)
        return curve.upto(at) if now else curve.below(at)

    def whole(self, table: int) -> bool:
        """Whether the law gives whole steps alone."""
        return bool(self._tables["whole"][table])

    def curve(self, table: int) -> Curve:
        """The law's curve; without points if it never runs beside others, or in whole steps."""
        return curve_at(self._tables, table)

    def below_each(self, table: int, count: int) -> Floats:
        """P(K < days) for days from 0 to count - 1."""
        padded = self._of(table)[:count]
        if len(padded) == count:
            return padded
        return np.concatenate([padded, np.full(count - len(padded), padded[-1])])


CLOCKS, OVER, WITHIN_BEFORE, ON_THE_HOUR, WITHIN_AFTER, MOMENTS = range(6)
"""Moments of a day, in their order: clocks ring; stays end that are over by a change of policy; a
random stay ends that is shorter than the whole steps that make up the day; whole steps end; and a
random stay that is longer than they are."""


@dataclass(frozen=True, slots=True)
class Runner:
    """One or several ways that share nothing with the others of the race."""

    ways: tuple[int, ...]
    """Positions in the race, rising."""
    mass: tuple[dict[int, Floats], ...]
    """For each way, by moment, [entry, branch, day]: due then by that branch, if alone."""
    waiting: Floats
    """[entry, day]: nothing due before each day of the window."""

    def free(self, position: int, moment: int) -> Floats:
        """P(nothing due before the way `position` at a moment of each day) [entry, day]."""
        free = self.waiting
        for way, by_moment in zip(self.ways, self.mass, strict=True):
            for own, mass in by_moment.items():
                if own < moment or (own == moment and way < position):
                    free = free - mass.sum(axis=1)
        return np.maximum(free, 0.0)


def runner(ways: tuple[int, ...], mass: tuple[dict[int, Floats], ...], before: Floats) -> Runner:
    """`before` [entry]: due before the window."""
    # Of a way that nobody takes in the window there is no mass, and one day stands for all.
    nobody = np.zeros((len(before), 1))
    each_day = sum((m.sum(axis=1) for of_way in mass for m in of_way.values()), nobody)
    due = np.concatenate([before[:, None], each_day[:, :-1]], axis=1).cumsum(axis=1)
    return Runner(ways, mass, np.clip(1.0 - due, 0.0, 1.0))


def raced(race: Race, runners: list[Runner], entries: int, days: int) -> Floats:
    """Each branch's mass [entry, branch, day], times the probability that no other runner was
    first."""
    firsts = np.concatenate([[0], np.cumsum([way.branches for way in race.ways])])
    out = np.zeros((entries, int(firsts[-1]), days))
    for one in runners:
        others = [other for other in runners if other is not one]
        for position, by_moment in zip(one.ways, one.mass, strict=True):
            for moment, mass in by_moment.items():
                free = np.ones((entries, days))
                for other in others:
                    free *= other.free(position, moment)
                out[:, firsts[position] : firsts[position + 1]] += mass * free[:, None, :]
    return out


def boxes(policies: tuple[Policy, ...]) -> list[tuple[float, int, tuple[int, ...]]]:
    """The unit square of a person's two quantiles, cut where any of the policies does.

    Each: its area, the branch that it means under the first policy (-1: never), and the branches
    under every one.
    """
    if len(policies) == 1:
        one = policies[0]
        return [(one.chance * share, j, (j,)) for j, share in enumerate(one.shares)]
    chances = np.unique([0.0, 1.0, *(policy.chance for policy in policies)])
    shares = np.unique(np.concatenate([policy.bounds for policy in policies]))
    made = []
    for low, high in pairwise(chances):
        for left, right in pairwise(shares):
            places = tuple(
                int(np.searchsorted(policy.bounds, (left + right) / 2, side="right")) - 1
                if low < policy.chance
                else -1
                for policy in policies
            )
            made.append((float((high - low) * (right - left)), places[0], places))
    return made
