"""Runners of a race in whole steps: by a clock, or by stays of which at most one is random."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.engine.expected.race import (
    CLOCKS,
    DATE,
    DRAWN,
    ON_THE_HOUR,
    OVER,
    WITHIN_AFTER,
    WITHIN_BEFORE,
    ClockValue,
    Policy,
    Race,
    RaceTables,
    RacingWay,
    Runner,
    boxes,
    raced,
    runner,
)
from sojourn.engine.expected.race_time import runner_in_time
from sojourn.engine.program import OWN_STAY
from sojourn.engine.stay_tables import NEVER

IN_A_DAY = (WITHIN_BEFORE, ON_THE_HOUR, WITHIN_AFTER)
"""Moments at which stays end of themselves."""
Masses = tuple[dict[int, Floats], Floats]
"""By moment [entry, branch, day], and what is due before the window [entry]."""


def first_out(race: Race, tables: RaceTables, entered: Ints, low: int, high: int) -> Floats:
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
    stays = [position for position, way in enumerate(race.ways) if way.clock < 0]
    in_time = sum(not all(map(tables.whole, race.ways[p].tables)) for p in stays) > 1
    if in_time:
        runners.append(runner_in_time(race, tuple(stays), tables, entered, days))
    for position, way in enumerate(race.ways):
        if way.clock < 0:
            if not in_time:
                alone = len(stays) == 1
                runners.append(_by_stay(way, position, alone, tables, entered, days))
        elif values[way.clock].kind == DATE:
            runners.append(_by_date(way, position, values[way.clock].number, entered, days))
        elif values[way.clock].kind == DRAWN:
            drawn.setdefault(way.clock, []).append(position)
    for clock, positions in drawn.items():
        runners.append(_by_clock(race, tuple(positions), values[clock], tables, entered, days))
    return raced(race, runners, len(entered), high - low)


def _by_stay(
    way: RacingWay, position: int, alone: bool, tables: RaceTables, entered: Ints, days: Ints
) -> Runner:
    return _by_policy(way, position, entered, days, lambda *of: _stays(way, alone, tables, *of))


def _by_date(way: RacingWay, position: int, day: int, entered: Ints, days: Ints) -> Runner:
    return _by_policy(way, position, entered, days, lambda *of: _dates(way, day, *of))


def _by_policy(
    way: RacingWay,
    position: int,
    entered: Ints,
    days: Ints,
    law: Callable[[tuple[Policy, ...], Ints, Ints], Masses],
) -> Runner:
    """Those who drew from one policy are taken together."""
    drawn = way.drawn_on(entered)
    if (drawn == drawn[0]).all():
        mass, before = law(way.after(int(drawn[0])), entered, days)
        return runner((position,), (mass,), before)
    whole: dict[int, Floats] = {}
    before = np.empty(len(entered))
    for number in np.unique(drawn).tolist():
        rows = drawn == number
        found, before[rows] = law(way.after(number), entered[rows], days)
        for moment, of_rows in found.items():
            shape = (len(entered), way.branches, len(days) - 1)
            whole.setdefault(moment, np.zeros(shape))[rows] = of_rows
    return runner((position,), (whole,), before)


def _stays(
    way: RacingWay,
    alone: bool,
    tables: RaceTables,
    policies: tuple[Policy, ...],
    entered: Ints,
    days: Ints,
) -> Masses:
    first = policies[0]
    if (
        len(policies) == 1
        and len(entered) == 1
        and entered[0] >= 0
        and days[0] == max(entered[0], way.start)
    ):
        # The most common case: people who enter on the first day of the window.
        return _entering(first, alone, tables, len(days)), np.zeros(1)
    begin = np.maximum(entered, way.start)
    # Running since before day 0: given that it has not ended the stay so far.
    aged = (entered < 0) & (begin < 0)
    begin = np.where(aged, entered, np.maximum(begin, 0))
    served = np.array([tables.below(table, -entered) for table in first.tables])
    left = np.where(aged, 1.0 - served, 1.0)
    whole = first.chance * (np.array(first.shares) @ left) + (1.0 - first.chance)
    overdue = aged & (whole <= 0.0)
    scale = np.where(overdue, 0.0, 1.0 / np.where(whole > 0.0, whole, 1.0))
    found = _WaySteps(way, tables, alone, begin, days)
    for area, inside, places in boxes(policies):
        # A box within the branch that they drew, or within "never", has its part of that.
        alive = area * scale
        if inside >= 0:
            alive = alive * left[inside]
        _follow(found, policies, places, alive, np.where(aged, 0, begin))
    # Nothing of the stay is left: they leave on day 0, by the first branch.
    found.over(overdue.astype(np.float64), 0, np.zeros(len(entered), np.int64))
    return found.mass, found.before


def _entering(policy: Policy, alone: bool, tables: RaceTables, length: int) -> dict[int, Floats]:
    """By moment [1, branch, day], of people who enter on the first day of the window."""
    below = np.array([tables.below_each(table, length) for table in policy.tables])
    share = (policy.chance * np.array(policy.shares))[:, None]
    if alone or all(map(tables.whole, policy.tables)):
        return {ON_THE_HOUR: (np.diff(below, axis=1) * share)[None]}
    before, after, steps = below[:, :-1], below[:, 1:], np.arange(length - 1)
    moments = [before]
    for now in (False, True):
        gone = np.array([tables.gone(table, steps, now=now) for table in policy.tables])
        moments.append(np.minimum(np.maximum(gone, before), after))
    moments.append(after)
    return {
        moment: ((end - start) * share)[None]
        for moment, (start, end) in zip(IN_A_DAY, pairwise(moments), strict=True)
    }


class _WaySteps:
    """What a way has by moment and day, as it is found."""

    def __init__(
        self, way: RacingWay, tables: RaceTables, alone: bool, begin: Ints, days: Ints
    ) -> None:
        self.way, self.tables, self.alone, self.begin, self.days = way, tables, alone, begin, days
        self.mass: dict[int, Floats] = {}
        self.before = np.zeros(len(begin))

    def at(self, moment: int) -> Floats:
        """[entry, branch, day]"""
        shape = (len(self.begin), self.way.branches, len(self.days) - 1)
        return self.mass.setdefault(moment, np.zeros(shape))

    def over(self, people: Floats, place: int, day: Ints) -> None:
        """They leave as the day [entry] begins."""
        some = people > 0.0
        if not some.any():
            return
        inside = some & (day >= self.days[0]) & (day < self.days[-1])
        self.at(OVER)[inside, place, day[inside] - self.days[0]] += people[inside]
        self.before += np.where(day < self.days[0], people, 0.0)

    def stay(
        self, table: int, place: int, alive: Floats, rank: Floats, since: Ints, until: Ints
    ) -> Floats:
        """People whose quantile in the law is uniform above `rank` leave from `since` to `until`;
        returns the share that is left. All are [entry]."""
        per_rank = np.where(rank < 1.0, alive / np.where(rank < 1.0, 1.0 - rank, 1.0), 0.0)

        def due(gone: Floats) -> Floats:
            return np.maximum(gone - rank.reshape(-1, *[1] * (gone.ndim - 1)), 0.0)

        # Before the first and after the last of these days nothing is due.
        first, last = self.days[0], len(self.days) - 1
        low, high = np.clip((since.min() - first, until.max() - first), 0, last).tolist()
        window = self.days[None, low : high + 1]
        day = np.clip(window, since[:, None], until[:, None])
        steps = day - self.begin[:, None]
        passed = due(self.tables.below(table, steps)) * per_rank[:, None]
        self.before += passed[:, 0]
        if self.alone or self.tables.whole(table):
            self.at(ON_THE_HOUR)[:, place, low:high] += np.diff(passed, axis=1)
        else:
            inside = np.diff(steps, axis=1) > 0
            moments = [passed[:, :-1]]
            for now in (False, True):
                gone = due(self.tables.gone(table, steps[:, :-1], now=now)) * per_rank[:, None]
                # Of a law that has nearly run out the curve and the steps differ by rounding.
                gone = np.clip(gone, passed[:, :-1], passed[:, 1:])
                moments.append(np.where(inside, gone, passed[:, :-1]))
            moments.append(passed[:, 1:])
            for moment, (before, after) in zip(IN_A_DAY, pairwise(moments), strict=True):
                self.at(moment)[:, place, low:high] += np.maximum(after - before, 0.0)
        end = due(self.tables.below(table, until - self.begin)) * per_rank
        return np.asarray(np.maximum(0.0, alive - end))


def _follow(
    found: _WaySteps,
    policies: tuple[Policy, ...],
    places: tuple[int, ...],
    alive: Floats,
    since: Ints,
) -> None:
    """One box of a person's quantiles, through all policies; `alive` and `since` are [entry]."""
    tables, begin = found.tables, found.begin
    age = since - begin
    rank = np.zeros(len(begin))
    table, place = -1, -1
    for q, (policy, new_place) in enumerate(zip(policies, places, strict=True)):
        new = policy.tables[new_place] if new_place >= 0 else -1
        if q == 0:
            if new >= 0 and tables.fixed(new) < 0:
                rank = tables.below(new, age)
        elif new != table or new_place != place:
            since = np.full(len(begin), policy.day)
            age = np.maximum(since - begin, 0)
            if policy.everyone != OWN_STAY:
                if table >= 0 and tables.fixed(table) < 0:
                    rank = np.where(age > 0, 0.0, rank)
                if new >= 0 and tables.fixed(new) < 0:
                    gone = tables.below(new, age)
                    rank = gone + rank * (1.0 - gone)
            if new >= 0:
                # People whose new stay is over leave as the day begins.
                gone = tables.below(new, age)
                share = (gone - rank) / np.where(rank < 1.0, 1.0 - rank, 1.0)
                share = np.where(rank < 1.0, np.clip(share, 0.0, 1.0), 1.0)
                found.over(alive * share, new_place, since)
                alive = alive * (1.0 - share)
                if tables.fixed(new) < 0:
                    rank = np.minimum(np.maximum(rank, gone), 1.0)
        table, place = new, new_place
        if place >= 0:
            high = policies[q + 1].day if q + 1 < len(policies) else int(found.days[-1]) + 1
            since = np.maximum(since, policy.day) if q > 0 else since
            until = np.maximum(since, high)
            alive = found.stay(table, place, alive, rank, since, until)
            if tables.fixed(table) < 0:
                rank = np.maximum(rank, tables.below(table, until - begin))


def _dates(
    way: RacingWay, rings: int, policies: tuple[Policy, ...], entered: Ints, days: Ints
) -> Masses:
    begin = np.maximum(np.maximum(entered, way.start), 0)
    mass = np.zeros((len(entered), way.branches, len(days) - 1))
    before = np.zeros(len(entered))
    for area, _, places in boxes(policies):
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
    return {CLOCKS: mass}, before


def _by_clock(
    race: Race,
    positions: tuple[int, ...],
    value: ClockValue,
    tables: RaceTables,
    entered: Ints,
    days: Ints,
) -> Runner:
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
    return runner(positions, tuple({CLOCKS: of_way} for of_way in mass), before)
