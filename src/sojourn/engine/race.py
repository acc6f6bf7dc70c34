"""The race of the ways out of a state, as exact probabilities on whole days.

The ways out draw independently, so the probability that one of them is first is a product: what
it has on a day, times the probability that no other has been due before it. Of those due on one
day the earlier in the file goes. Transitions that read one clock are not independent of each
other and stand in the race as one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from sojourn.engine.program import Floats, Ints, Program
from sojourn.engine.tables import NEVER

UNSET = "unset"
DATE = "date"
DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class ClockValue:
    """What a clock is to those who enter a state."""

    kind: str
    number: int = 0
    """DATE: the day; DRAWN, on entering the state: the table."""
    condition: int = 0
    """Program.set_condition, for people with days served."""
    later: tuple[tuple[int, ClockValue], ...] = ()
    """What it is to those who enter on a day or later, by day."""

    def on(self, day: int) -> ClockValue:
        """What it is to those who enter on this day."""
        if not self.later:
            return self
        found = replace(self, later=())
        for first, value in self.later:
            if day >= first:
                found = value
        return found

    @property
    def all(self) -> tuple[ClockValue, ...]:
        """What it is on one day or another."""
        return (self, *(value for _, value in self.later))


@dataclass(frozen=True, slots=True)
class Policy:
    """What a way's chance, shares and stays are from a day on."""

    day: int
    everyone: bool
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
class Way:
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

    def drawn_on(self, days: Ints) -> Ints:
        """The policy from which those who enter on each day draw."""
        later = [policy.day for policy in self.policies[1:]]
        return np.searchsorted(np.array(later, dtype=np.int64), days, side="right")

    def after(self, number: int) -> tuple[Policy, ...]:
        """The policies that those who drew from policy `number` meet, that one first."""
        later = self.policies[number + 1 :]
        return (self.policies[number], *(policy for policy in later if policy.everyone))


@dataclass(frozen=True, slots=True)
class Race:
    """Everything that the law of a stay depends on; equal races have equal laws."""

    ways: tuple[Way, ...]
    clocks: tuple[tuple[int, ClockValue], ...]
    """Those that the ways read."""

    @property
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

    @property
    def cuts(self) -> tuple[int, ...]:
        """Days, rising, from which on those who enter meet another race than before."""
        begin = {policy.day for way in self.ways for policy in way.policies[1:]}
        begin |= {day for _, value in self.clocks for day, _ in value.later}
        return tuple(sorted(day for day in begin | set(self.changes) if day > 0))

    def on(self, day: int) -> Race:
        """The race of those who enter on this day, as far as clocks go."""
        if not any(value.later for _, value in self.clocks):
            return self
        return Race(self.ways, tuple((clock, value.on(day)) for clock, value in self.clocks))

    @property
    def ages(self) -> bool:
        """Whether the law of those with days served depends on nothing but the days in the state.

        It does unless something happens on a date, or has not been running before day 0.
        """
        return (
            not self.changes
            and all(way.start < 0 for way in self.ways)
            and all(value.kind != DATE and not value.later for _, value in self.clocks)
        )

    @property
    def branches(self) -> int:
        """Number of branches, those of every way in turn."""
        return sum(way.branches for way in self.ways)


class Tables:
    """Cumulative probabilities of the program's tables."""

    def __init__(self, program: Program) -> None:
        self._tables = program.tables
        self._padded: dict[int, Floats] = {}

    def fixed(self, table: int) -> int:
        """The number of days that the table always gives, -1 if it has several."""
        return int(self._tables["fixed"][table])

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
        """P(K ≤ k), k from 0; after its end nothing more comes."""
        return self._of(table)[1:]

    def below(self, table: int, days: Ints) -> Floats:
        """P(K < days), for any whole days."""
        padded = self._of(table)
        return np.asarray(padded[np.clip(days, 0, len(padded) - 1)])

    def below_each(self, table: int, count: int) -> Floats:
        """P(K < days) for days from 0 to count - 1."""
        padded = self._of(table)[:count]
        if len(padded) == count:
            return padded
        return np.concatenate([padded, np.full(count - len(padded), padded[-1])])


@dataclass(frozen=True, slots=True)
class _Runner:
    """One or several ways that share nothing with the others of the race."""

    ways: tuple[int, ...]
    """Positions in the race, rising."""
    mass: tuple[Floats, ...]
    """For each way [entry, branch, day]: due on that day by that branch, nobody else running."""
    waiting: Floats
    """[entry, day + 1]: nothing due before each day of the window, and after the last."""

    def free(self, position: int) -> Floats:
        """P(nothing due before the way `position` would be, on each day) [entry, day]."""
        if max(self.ways) < position:
            return self.waiting[:, 1:]
        free = self.waiting[:, :-1]
        for way, mass in zip(self.ways, self.mass, strict=True):
            if way < position:
                free = free - mass.sum(axis=1)
        return free


def first_out(race: Race, tables: Tables, entered: Ints, low: int, high: int) -> Floats:
    """P(leaves on each day low … high-1 by each branch) for people who entered on given days.

    Shape [entry, branch, day]; `low` ≥ 0 and, for those who enter later, not after their day of
    entry. A negative day of entry is that of people with days served on day 0: their law is the
    one given that they are still there.
    """
    since = sorted({day for _, value in race.clocks for day, _ in value.later})
    if since:
        # Those who set the clocks alike are taken together.
        out = np.empty((len(entered), race.branches, high - low))
        era = np.searchsorted(since, entered, side="right")
        for one in np.unique(era):
            own = entered[era == one]
            out[era == one] = first_out(race.on(int(own[0])), tables, own, low, high)
        return out
    days = np.arange(low, high + 1)
    runners = []
    drawn: dict[int, list[int]] = {}
    values = dict(race.clocks)
    for position, way in enumerate(race.ways):
        if way.clock < 0:
            runners.append(_by_stay(way, position, tables, entered, days))
        elif values[way.clock].kind == DATE:
            runners.append(_by_date(way, position, values[way.clock].number, entered, days))
        elif values[way.clock].kind == DRAWN:
            drawn.setdefault(way.clock, []).append(position)
    for clock, positions in drawn.items():
        runners.append(_by_clock(race, tuple(positions), values[clock], tables, entered, days))
    return _raced(race, runners, len(entered), high - low)


def _raced(race: Race, runners: list[_Runner], entries: int, days: int) -> Floats:
    """Each branch's mass, times the probability that nobody else was first."""
    if len(runners) == 1 and len(runners[0].ways) == len(race.ways) == 1:
        return runners[0].mass[0]
    firsts = np.concatenate([[0], np.cumsum([way.branches for way in race.ways])])
    out = np.zeros((entries, int(firsts[-1]), days))
    for runner in runners:
        for position, mass in zip(runner.ways, runner.mass, strict=True):
            free = np.ones((entries, days))
            for other in runners:
                if other is not runner:
                    free *= other.free(position)
            out[:, firsts[position] : firsts[position + 1]] = mass * free[:, None, :]
    return out


def _runner(ways: tuple[int, ...], mass: tuple[Floats, ...], before: Floats) -> _Runner:
    """`before` [entry]: due before the window."""
    each_day = sum((m.sum(axis=1) for m in mass[1:]), mass[0].sum(axis=1))
    due = np.concatenate([before[:, None], each_day], axis=1).cumsum(axis=1)
    return _Runner(ways, mass, np.clip(1.0 - due, 0.0, 1.0))


def _by_stay(way: Way, position: int, tables: Tables, entered: Ints, days: Ints) -> _Runner:
    return _by_policy(way, position, entered, days, lambda *of: _stays(way, tables, *of))


def _by_date(way: Way, position: int, day: int, entered: Ints, days: Ints) -> _Runner:
    return _by_policy(way, position, entered, days, lambda *of: _dates(way, day, *of))


Masses = tuple[Floats, Floats]
"""[entry, branch, day], and what is due before the window [entry]."""


def _by_policy(
    way: Way,
    position: int,
    entered: Ints,
    days: Ints,
    law: Callable[[tuple[Policy, ...], Ints, Ints], Masses],
) -> _Runner:
    """Those who drew from one policy are taken together."""
    drawn = way.drawn_on(entered)
    if (drawn == drawn[0]).all():
        mass, before = law(way.after(int(drawn[0])), entered, days)
        return _runner((position,), (mass,), before)
    whole = np.empty((len(entered), way.branches, len(days) - 1))
    before = np.empty(len(entered))
    for number in np.unique(drawn).tolist():
        rows = drawn == number
        whole[rows], before[rows] = law(way.after(number), entered[rows], days)
    return _runner((position,), (whole,), before)


def _stays(
    way: Way, tables: Tables, policies: tuple[Policy, ...], entered: Ints, days: Ints
) -> Masses:
    first = policies[0]
    plain = len(policies) == 1
    if plain and len(entered) == 1 and entered[0] >= 0 and days[0] == max(entered[0], way.start):
        # The commonest: somebody who enters on the first day of the window.
        laws = np.array([tables.below_each(table, len(days)) for table in first.tables])
        mass = np.diff(laws, axis=1) * first.chance * np.array(first.shares)[:, None]
        return mass[None], np.zeros(1)
    begin = np.maximum(entered, way.start)
    # Running since before day 0: given that it has not ended the stay so far.
    aged = (entered < 0) & (begin < 0)
    begin = np.where(aged, entered, np.maximum(begin, 0))
    served = np.array([tables.below(table, -entered) for table in first.tables])
    left = np.where(aged, 1.0 - served, 1.0)
    widths = np.array(first.shares)
    whole = first.chance * (widths @ left) + (1.0 - first.chance)
    overdue = aged & (whole <= 0.0)
    scale = np.where(overdue, 0.0, 1.0 / np.where(whole > 0.0, whole, 1.0))
    mass = np.zeros((len(entered), way.branches, len(days) - 1))
    before = np.zeros(len(entered))
    for area, inside, places in _boxes(policies):
        # A box within the branch that they drew, or within "never", has its part of that.
        alive = area * scale
        if inside >= 0:
            alive = alive * left[inside]
        for q, place in enumerate(places):
            low = 0 if q == 0 else policies[q].day
            high = policies[q + 1].day if q + 1 < len(places) else days[-1] + 1
            if place < 0:
                continue
            table = policies[q].tables[place]
            since = np.where(aged, 0, begin) if q == 0 else np.full(len(begin), low)
            gone = tables.below(table, since - begin)
            none_left = gone >= 1.0
            rest = np.where(none_left, 1.0, 1.0 - gone)
            until = np.clip(days[None, :], since[:, None], np.maximum(since, high)[:, None])
            due = (tables.below(table, until - begin[:, None]) - gone[:, None]) / rest[:, None]
            due[none_left] = until[none_left] > since[none_left, None]
            mass[:, place] += np.diff(due, axis=1) * alive[:, None]
            before += due[:, 0] * alive
            end = (tables.below(table, np.maximum(since, high) - begin) - gone) / rest
            alive = alive * np.where(none_left, 0.0, np.maximum(0.0, 1.0 - end))
    # Nothing of the stay is left: they leave on day 0, by the first branch.
    if days[0] == 0:
        mass[overdue, 0, 0] = 1.0
    else:
        before[overdue] = 1.0
    return mass, before


def _dates(way: Way, rings: int, policies: tuple[Policy, ...], entered: Ints, days: Ints) -> Masses:
    begin = np.maximum(np.maximum(entered, way.start), 0)
    mass = np.zeros((len(entered), way.branches, len(days) - 1))
    before = np.zeros(len(entered))
    for area, _, places in _boxes(policies):
        waiting = np.ones(len(entered), dtype=np.bool_)
        for q, place in enumerate(places):
            high = policies[q + 1].day if q + 1 < len(places) else NEVER
            if place < 0:
                continue
            least = 0 if q == 0 else policies[q].day
            due = np.maximum(begin, max(least, rings + way.offset))
            goes = waiting & (due < high)
            hit = goes[:, None] & (due[:, None] == days[None, :-1])
            mass[:, place] += area * hit
            before += area * (goes & (due < days[0]))
            waiting &= ~goes
    return mass, before


def _boxes(policies: tuple[Policy, ...]) -> list[tuple[float, int, tuple[int, ...]]]:
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


def _by_clock(
    race: Race,
    positions: tuple[int, ...],
    value: ClockValue,
    tables: Tables,
    entered: Ints,
    days: Ints,
) -> _Runner:
    """The ways that read one clock that was set to a random time on entering the state."""
    table = value.number
    rings = np.diff(tables.cdf(table), prepend=0.0)
    after = np.arange(len(rings))
    ways = [race.ways[position] for position in positions]
    size = len(days) - 1
    mass = [np.zeros((len(entered), way.branches, size)) for way in ways]
    before = np.zeros(len(entered))
    for e, entry in enumerate(entered.tolist()):
        chance_of = rings
        numbers = [way.drawn_on(np.array([entry])) for way in ways]
        drawn = [way.policies[int(n[0])] for way, n in zip(ways, numbers, strict=True)]
        least = -entry - value.condition
        if entry < 0 and least > 0 and tables.fixed(table) < 0:
            # It has not rung in a way that would have ended the stay before day 0.
            below = float(tables.below(table, np.array([least]))[0])
            if below >= 1.0:
                chance_of = np.zeros(max(len(rings), least + 1))
                chance_of[least] = 1.0
                after = np.arange(len(chance_of))
            else:
                chance_of = np.where(after < least, 0.0, rings) / (1.0 - below)
        due = np.array(
            [np.maximum(max(0, entry, way.start), entry + after + way.offset) for way in ways]
        )
        order = np.argsort(due, axis=0, kind="stable")  # file order among equals
        open_still = chance_of[: due.shape[1]].copy()
        for rank in range(len(ways)):
            for w in range(len(ways)):
                mine = order[rank] == w
                taken = np.where(mine, open_still * drawn[w].chance, 0.0)
                open_still = open_still - taken
                before[e] += taken[due[w] < days[0]].sum()
                inside = mine & (due[w] >= days[0]) & (due[w] < days[0] + size)
                on_day = np.bincount(due[w][inside] - days[0], taken[inside], minlength=size)
                mass[w][e] += on_day[None, :] * np.array(drawn[w].shares)[:, None]
        after = np.arange(len(rings))
    return _runner(positions, tuple(mass), before)
