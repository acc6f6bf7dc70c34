"""The random numbers drawn for a person on entering a state, and the effect of policy changes.

If at most one way out takes a random time that is not a whole number of steps, each way has its
whole steps from its own table. If several do, they run in continuous time: the person entered at
some time of day, and the first event due happens first, even within a day.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from math import ceil, floor, inf

import numpy as np

from sojourn.engine.kernel.layout import SALT_TIME, SALT_WITHIN
from sojourn.engine.program import OWN_STAY, Program
from sojourn.engine.races import several_random
from sojourn.engine.random import uniform_int
from sojourn.engine.stay_tables import NEVER
from sojourn.stays.distribution import gone_before, time_at

NOT_EVER = -1
BELOW_ONE = float(np.nextafter(1.0, 0.0))
"""The greatest quantile."""
AS_DAY_BEGINS = -inf
"""A time before all others of its day: of a clock, …"""
OVER = -1e300
"""… and of a stay that is over, or not allowed, as a policy changes."""
MOST_TRIES = 4096


@dataclass(slots=True)
class DrawnWay:
    """The draws of one transition for one person."""

    policy: int
    place: int
    """Of the branch among those of the transition; NOT_EVER: by this chance it never happens."""
    begin: int
    """Day from which the delay runs; negative for those with time served."""
    delay: float
    """Quantile of the delay in the law of the branch."""
    chance: float
    """Quantiles that tell whether it happens, and which branch, under any policy."""
    branch: float
    due: int = NEVER
    time: float = inf
    """When it falls due, in days, counted from the time of day at which they entered: of those due
    on one day the least happens."""


@dataclass(slots=True)
class Person:
    """One person."""

    key: int
    cell: int
    state: int
    visit: int = 0
    entry: int = 0
    """Day on which they entered the state; negative for those with time served on day 0."""
    clocks: list[int] = field(default_factory=list)
    ways: dict[int, DrawnWay] = field(default_factory=dict)
    """By transition."""
    time_of_day: float | None = None
    """At which they entered the state; None where several ways do not run in continuous time."""
    lines: dict[int, int] = field(default_factory=dict)
    """Line -> day joined."""
    outside: int = -1
    """The entrant they belong to while they wait outside."""
    gone: bool = False


class TwinTables:
    """The laws of a program."""

    def __init__(self, program: Program) -> None:
        self.t = program.tables

    def fixed(self, table: int) -> int:
        """The number of steps that the table always gives, -1 if it has several."""
        return int(self.t["fixed"][table])

    def _cdf(self, table: int) -> np.ndarray:
        first = int(self.t["start"][table])
        return np.asarray(self.t["cdf"][first : first + int(self.t["length"][table])])

    def stay(self, table: int, u: float) -> int:
        """Whole steps K at quantile u."""
        fixed = self.fixed(table)
        if fixed >= 0:
            return fixed
        cdf = self._cdf(table)
        k = bisect_right(cdf, u)
        return k if k < len(cdf) else NEVER

    def below(self, table: int, served: int) -> float:
        """P(K < served)."""
        if self.fixed(table) >= 0:
            return float(self.fixed(table) < served)
        cdf = self._cdf(table)
        return float(cdf[min(served, len(cdf)) - 1]) if served > 0 else 0.0

    def _curve(self, table: int) -> tuple[np.ndarray, np.ndarray, int, int]:
        t = self.t
        size = int(t["curve_size"][table])
        return t["curve_x"], t["curve_gone"], int(t["curve_start"][table]), size

    def time(self, table: int, u: float) -> float:
        """The length T at quantile u."""
        if self.t["curve_size"][table] == 0:
            steps = self.stay(table, u)
            return float(steps) if steps < NEVER else inf
        return float(time_at(u, *self._curve(table)))

    def gone(self, table: int, length: float) -> float:
        """P(T < length)."""
        if self.t["curve_size"][table] == 0:
            return self.below(table, ceil(length))
        return float(gone_before(length, *self._curve(table), False))


class Races:
    """Draws the ways out of a state, and changes them."""

    def __init__(self, program: Program, tables: TwinTables) -> None:
        self.p, self.tables = program, tables
        self.several = several_random(program)

    def draw(self, person: Person) -> None:
        """Draw every way out of the state that they have entered, or are in on day 0."""
        p = self.p
        person.ways, person.time_of_day = {}, None
        if p.state_end[person.state]:
            return
        first, last = p.state_first[person.state : person.state + 2].tolist()
        ways = {t: self._way(person, t) for t in range(first, last) if self._holds(person, t)}
        person.ways = ways
        aged = [t for t, way in ways.items() if way.begin < 0]
        if self.several[person.state, person.cell]:
            person.time_of_day = self._uniform(person, SALT_TIME)
            if aged:
                person.time_of_day = self._time_of_day(person, aged)
        for t in aged:
            self._condition(person, t)
        for t, way in ways.items():
            if way.due == 0:
                continue  # overdue
            way.place = self._place(t, way)
            if p.policy_clock[way.policy] >= 0:
                self._by_clock(person, way, 0)
            elif way.place != NOT_EVER:
                self._by_stay(person, t, way, 0)
        if person.time_of_day is not None and not aged:
            self._first_to_go(person)

    def _holds(self, person: Person, t: int) -> bool:
        return bool(self.p.transition_when[t, person.cell])

    def _uniform(self, person: Person, salt: int) -> float:
        return uniform_int(person.key, person.visit, salt)

    def _way(self, person: Person, t: int) -> DrawnWay:
        """The quantiles of one transition, of those who draw it afresh."""
        p = self.p
        policy = int(p.policy_first[t])
        while policy + 1 < p.policy_first[t + 1] and p.policy_day[policy + 1] <= person.entry:
            policy += 1
        begin = max(person.entry, int(p.transition_start[t]))
        if begin < 0 and not (p.transition_running[t] and p.policy_clock[policy] < 0):
            begin = 0
        chance, branch, delay = (
            self._uniform(person, int(salts[t]))
            for salts in (p.salt_chance, p.salt_branch, p.salt_delay)
        )
        return DrawnWay(policy, NOT_EVER, begin, delay, chance, branch)

    def _age(self, person: Person, way: DrawnWay, day: int) -> float:
        """How long the delay has run as the day begins; whole days if the time does not count."""
        if person.time_of_day is None:
            return max(0, day - way.begin)
        return max(0.0, day - way.begin - person.time_of_day)

    def _gone(self, person: Person, table: int, age: float) -> float:
        """The share of a law that has ended after this time."""
        if person.time_of_day is None:
            return self.tables.below(table, int(age))
        return self.tables.gone(table, age)

    def _left(self, person: Person, t: int, age: float) -> float:
        """The probability that a way has not been taken after this time."""
        way = person.ways[t]
        chance = float(self.p.policy_chance[way.policy])
        bounds = self._bounds(t, way.policy)
        left = 1.0 - chance
        for j in range(len(bounds) - 1):
            gone = self.tables.gone(self._table_of(person, way.policy, j), age)
            left += chance * (bounds[j + 1] - bounds[j]) * (1.0 - gone)
        return left

    def _time_of_day(self, person: Person, aged: list[int]) -> float:
        """The time of day at which one of the stock entered, given that they are still there.

        The later, the less time they have been in the race; 0 if no time is possible.
        """
        served = -person.entry
        most = 1.0
        for t in aged:
            most *= self._left(person, t, served - 1)
        for i in range(MOST_TRIES if most > 0.0 else 0):
            u = self._uniform(person, SALT_TIME + i)
            left = 1.0
            for t in aged:
                left *= self._left(person, t, served - u)
            if self._uniform(person, SALT_WITHIN + i) * most < left:
                return u
        return 0.0

    def _condition(self, person: Person, t: int) -> None:
        """Make the quantiles those of someone who is still in the race.

        Each branch is weighted by its remaining probability, "never" by its full one. If nothing
        remains, the person is overdue.
        """
        p, way = self.p, person.ways[t]
        age = self._age(person, way, 0)
        chance = float(p.policy_chance[way.policy])
        bounds = self._bounds(t, way.policy)
        gone, weights = [], []
        for j in range(len(bounds) - 1):
            gone.append(self._gone(person, self._table_of(person, way.policy, j), age))
            weights.append(chance * (bounds[j + 1] - bounds[j]) * (1.0 - gone[j]))
        total = 0.0
        for weight in weights:
            total += weight
        stays = 1.0 - chance
        if total <= 0.0 and stays <= 0.0:
            way.place, way.due, way.time = 0, 0, OVER
            return
        if stays > 0.0:
            at = way.chance * (total + stays)
            if at >= total:
                way.chance = max(min(chance + (at - total), 1.0), chance)
                return
            way.chance = min(at / total * chance, float(np.nextafter(chance, 0.0)))
        if len(weights) > 1:
            at = way.branch * total
            place, before, sofar = 0, 0.0, 0.0
            for j, weight in enumerate(weights):
                if weight > 0.0:
                    place, before = j, sofar
                sofar += weight
                if at < sofar:
                    break
            share = min((at - before) / weights[place], 1.0)
            inside = bounds[place] + share * (bounds[place + 1] - bounds[place])
            way.branch = min(inside, float(np.nextafter(bounds[place + 1], 0.0)))
        self._from(person, t, way, age)

    def _from(self, person: Person, t: int, way: DrawnWay, age: float) -> None:
        """The quantile of what remains becomes that of the law as a whole."""
        place = self._place(t, way)
        table = self._table_of(person, way.policy, place)
        if self.tables.fixed(table) < 0:
            gone = self._gone(person, table, age)
            way.delay = gone + way.delay * (1.0 - gone)

    def _place(self, t: int, way: DrawnWay) -> int:
        """Which branch the quantiles mean under the policy, NOT_EVER if none."""
        chance = float(self.p.policy_chance[way.policy])
        if chance < 1.0 and way.chance >= chance:
            return NOT_EVER
        return next(
            j for j, high in enumerate(self._bounds(t, way.policy)[1:]) if way.branch < high
        )

    def _bounds(self, t: int, policy: int) -> list[float]:
        """Where the shares of the branches begin and end, from 0 to 1."""
        first = int(self.p.policy_branch[policy])
        size = int(self.p.transition_first[t + 1] - self.p.transition_first[t])
        return [0.0, *(float(share) for share in self.p.branch_share[first : first + size])]

    def _table_of(self, person: Person, policy: int, place: int) -> int:
        return int(self.p.branch_table[self.p.policy_branch[policy] + place, person.cell])

    def _by_clock(self, person: Person, way: DrawnWay, day: int) -> None:
        """Due as the day begins on which the clock rings; not before `day`."""
        rings = person.clocks[self.p.policy_clock[way.policy]]
        way.due, way.time = NEVER, AS_DAY_BEGINS
        if way.place != NOT_EVER and rings < NEVER:
            way.due = max(way.begin, day, rings + int(self.p.policy_offset[way.policy]))

    def _by_stay(self, person: Person, t: int, way: DrawnWay, day: int) -> None:
        """Due after the branch's delay; over as `day` begins if it should have been before."""
        table = self._table_of(person, way.policy, way.place)
        way.time = way.begin + self.tables.time(table, way.delay)
        if person.time_of_day is None:
            steps = self.tables.stay(table, way.delay)
            way.due = way.begin + steps if steps < NEVER else NEVER
        else:
            way.due = floor(person.time_of_day + way.time) if way.time < NEVER else NEVER
        if way.due < day:
            way.due, way.time = day, OVER

    def _first_to_go(self, person: Person) -> None:
        """Find the time of day of entry, which decides on which days the ways are due.

        Where nothing else is due within 24 hours, counted from the time of day of the entry, the
        day of the first is the one that its own table has for its quantile, as if it were alone;
        the time of day, and the time within those hours, are then drawn given that day.
        """
        racing = [(way.time, t) for t, way in person.ways.items() if self._races(person, t, way)]
        if not racing:
            return
        time, t = min(racing)
        way = person.ways[t]
        hours = floor(time)
        table = self._table_of(person, way.policy, way.place)
        alone = not any(other != t and floor(x) == hours for x, other in racing)
        if alone and not self.tables.t["whole"][table]:
            day = way.begin + self.tables.stay(table, way.delay)
            self._given_day(person, way, table, hours, day)
        for _, other in racing:
            person.ways[other].due = floor(person.time_of_day + person.ways[other].time)  # type: ignore[operator]

    def _races(self, person: Person, t: int, way: DrawnWay) -> bool:
        """People who join a line after whole steps do not depend on the time of day."""
        if self.p.policy_clock[way.policy] >= 0 or way.time >= NEVER:
            return False
        table = self._table_of(person, way.policy, way.place)
        free = self.p.branch_line[self.p.transition_first[t] + way.place] < 0
        return bool(free or not self.tables.t["whole"][table])

    def _given_day(self, person: Person, way: DrawnWay, table: int, hours: int, day: int) -> None:
        """Draw the time of day and the time within the hours until they agree with the day."""
        if not hours <= day <= hours + 1:
            return  # a law cut where less than rounding is left
        low = self.tables.gone(table, hours - way.begin)
        high = self.tables.gone(table, hours - way.begin + 1)
        for i in range(MOST_TRIES):
            delay = low + self._uniform(person, SALT_WITHIN + i) * (high - low)
            time = way.begin + self.tables.time(table, delay)
            time_of_day = self._uniform(person, SALT_TIME + 1 + i)
            if floor(time_of_day + time) == day:
                way.delay, way.time, person.time_of_day = delay, time, time_of_day
                return
        way.time, person.time_of_day = hours + 0.5, 0.75 if day > hours else 0.25

    # A policy for everyone
    def change(self, person: Person, day: int) -> None:
        """The ways out under the policies that begin for everyone on this day."""
        p = self.p
        for t, way in person.ways.items():
            for policy in range(way.policy + 1, p.policy_first[t + 1]):
                if p.policy_day[policy] == day and p.policy_everyone[policy] and way.due >= day:
                    self._change_way(person, t, way, policy, day)

    def _change_way(self, person: Person, t: int, way: DrawnWay, policy: int, day: int) -> None:
        """Leave people in lines. `own stay` keeps the quantile in the new law; at the new law's
        pace, the quantile of the remaining time is kept."""
        old, old_table = way.place, self._table_of(person, way.policy, max(0, way.place))
        way.policy = policy
        way.place = self._place(t, way)
        if self.p.policy_clock[policy] >= 0:
            self._by_clock(person, way, day)
            return
        table = self._table_of(person, policy, max(0, way.place))
        if way.place == old and table == old_table:
            return
        if self.p.policy_everyone[policy] != OWN_STAY:
            age = self._age(person, way, day)
            if old != NOT_EVER and self.tables.fixed(old_table) < 0 and age > 0:
                gone = self._gone(person, old_table, age)
                way.delay = min(max(0.0, (way.delay - gone) / (1.0 - gone)), BELOW_ONE)
            if way.place != NOT_EVER and age > 0 and self.tables.fixed(table) < 0:
                gone = self._gone(person, table, age)
                if gone >= 1.0:
                    way.due, way.time = day, OVER
                    return
                way.delay = gone + way.delay * (1.0 - gone)
        way.due, way.time = NEVER, inf
        if way.place != NOT_EVER:
            self._by_stay(person, t, way, day)
