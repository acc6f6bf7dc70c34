"""The race of the ways out of a state, as exact probabilities on whole days.

The ways out draw independently, so the probability that one of them is first is a product: what
it has on a day, times the probability that no other has been due before it. Of those due on one
day the earlier in the file goes. Transitions that read one clock are not independent of each
other and stand in the race as one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sojourn.engine.program import Floats, Ints, Program

UNSET = "unset"
DATE = "date"
DRAWN = "drawn"

ClockValue = tuple[str, int, int]
"""UNSET, or DATE with its day, or DRAWN on entering the state with its table and, for people with
days served, the setting's condition."""


@dataclass(frozen=True, slots=True)
class Way:
    """One transition out of a state for people alike in what its law depends on; hashable."""

    transition: int
    chance: float
    start: int
    """Day from which its delay runs at the earliest; negative: none."""
    clock: int
    """-1: by stay."""
    offset: int
    shares: tuple[float, ...]
    tables: tuple[int, ...]


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
            if way.clock >= 0 and values[way.clock][0] == DATE:
                days.add(values[way.clock][1] + way.offset)
        return tuple(sorted(day for day in days if day > 0))

    @property
    def ages(self) -> bool:
        """Whether the law of those with days served depends on nothing but the days in the state.

        It does unless something happens on a date, or has not been running before day 0.
        """
        return all(way.start < 0 for way in self.ways) and all(
            value[0] != DATE for _, value in self.clocks
        )

    @property
    def branches(self) -> int:
        """Number of branches, those of every way in turn."""
        return sum(len(way.shares) for way in self.ways)


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
    days = np.arange(low, high + 1)
    runners = []
    drawn: dict[int, list[int]] = {}
    values = dict(race.clocks)
    for position, way in enumerate(race.ways):
        if way.clock < 0:
            runners.append(_by_stay(way, position, tables, entered, days))
        elif values[way.clock][0] == DATE:
            runners.append(_by_date(way, position, values[way.clock][1], entered, days))
        elif values[way.clock][0] == DRAWN:
            drawn.setdefault(way.clock, []).append(position)
    for clock, positions in drawn.items():
        runners.append(_by_clock(race, tuple(positions), values[clock], tables, entered, days))
    return _raced(race, runners, len(entered), high - low)


def _raced(race: Race, runners: list[_Runner], entries: int, days: int) -> Floats:
    """Each branch's mass, times the probability that nobody else was first."""
    if len(runners) == 1 and len(runners[0].ways) == len(race.ways) == 1:
        return runners[0].mass[0]
    firsts = np.concatenate([[0], np.cumsum([len(way.shares) for way in race.ways])])
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
    if len(entered) == 1 and entered[0] >= 0 and days[0] == max(entered[0], way.start):
        # The commonest: somebody who enters on the first day of the window.
        laws = np.array([tables.below_each(table, len(days)) for table in way.tables])
        mass = np.diff(laws, axis=1) * way.chance * np.array(way.shares)[:, None]
        return _runner((position,), (mass[None],), np.zeros(1))
    begin = np.maximum(entered, way.start)
    # Running since before day 0: given that it has not ended the stay so far.
    aged = (entered < 0) & (begin < 0)
    shift = np.where(aged, entered, np.maximum(begin, 0))
    widths = way.chance * np.array(way.shares)
    served = np.array([tables.below(table, -entered) for table in way.tables])
    left = widths @ np.where(aged, 1.0 - served, 1.0)
    whole = left + (1.0 - way.chance)
    overdue = aged & (whole <= 0.0)
    scale = np.where(aged & (whole > 0.0), 1.0 / np.where(whole > 0.0, whole, 1.0), 1.0)
    scale[overdue] = 0.0
    mass = np.empty((len(entered), len(way.shares), len(days) - 1))
    before = np.zeros(len(entered))
    for b, table in enumerate(way.tables):
        below = tables.below(table, days[None, :] - shift[:, None])
        mass[:, b] = np.diff(below, axis=1) * (widths[b] * scale)[:, None]
        gone = np.where(aged, served[b], 0.0)
        before += (below[:, 0] - gone) * widths[b] * scale
    # Nothing of the stay is left: they leave on day 0, by the first branch.
    if days[0] == 0:
        mass[overdue, 0, 0] = 1.0
    else:
        before[overdue] = 1.0
    return _runner((position,), (mass,), before)


def _by_date(way: Way, position: int, day: int, entered: Ints, days: Ints) -> _Runner:
    due = np.maximum(np.maximum(entered, way.start), max(0, day + way.offset))
    hit = (due[:, None] == days[None, :-1]).astype(np.float64)
    widths = way.chance * np.array(way.shares)
    before = np.where(due < days[0], way.chance, 0.0)
    return _runner((position,), (hit[:, None, :] * widths[None, :, None],), before)


def _by_clock(
    race: Race,
    positions: tuple[int, ...],
    value: ClockValue,
    tables: Tables,
    entered: Ints,
    days: Ints,
) -> _Runner:
    """The ways that read one clock that was set to a random time on entering the state."""
    _, table, condition = value
    rings = np.diff(tables.cdf(table), prepend=0.0)
    after = np.arange(len(rings))
    ways = [race.ways[position] for position in positions]
    size = len(days) - 1
    mass = [np.zeros((len(entered), len(way.shares), size)) for way in ways]
    before = np.zeros(len(entered))
    for e, entry in enumerate(entered.tolist()):
        chance_of = rings
        least = -entry - condition
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
            for w, way in enumerate(ways):
                mine = order[rank] == w
                taken = np.where(mine, open_still * way.chance, 0.0)
                open_still = open_still - taken
                before[e] += taken[due[w] < days[0]].sum()
                inside = mine & (due[w] >= days[0]) & (due[w] < days[0] + size)
                on_day = np.bincount(due[w][inside] - days[0], taken[inside], minlength=size)
                mass[w][e] += on_day[None, :] * np.array(way.shares)[:, None]
        after = np.arange(len(rings))
    return _runner(positions, tuple(mass), before)
