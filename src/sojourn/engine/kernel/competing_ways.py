"""The ways out of a state for one person, drawn again from their key.

The kernel asks for them where a quantile for each way is not enough.

Nothing is remembered of a draw. Where several ways run in continuous time, the time of day of the
entry decides with them; where policies have changed for everyone since, the draw is brought through
every change up to today. The meaning is that of `twin_race`, step for step.
"""

# Typed by Numba, and called for those alone whom it concerns.
# ruff: noqa: ANN001, ANN201, ANN202, PLR0912, PLR0915
# mypy: disable-error-code="no-untyped-def, assignment"

import math

import numpy as np

from sojourn.engine.kernel.compiled import compiled, inlined
from sojourn.engine.kernel.layout import SALT_TIME, SALT_WITHIN
from sojourn.engine.kernel.served_time import (
    BEGIN,
    BRANCH,
    CHANCE,
    DELAY,
    DUE,
    MOST_TRIES,
    OVER,
    PLACE,
    POLICY,
    RACES,
    TIME,
    given_served,
    gone_of,
    time_of_entry,
    tries,
)  # fmt: skip
from sojourn.engine.program import OWN_STAY
from sojourn.engine.random import uniform
from sojourn.engine.stay_tables import NEVER, look_up
from sojourn.stays.distribution import time_at

NOT_EVER = -1
BELOW_ONE = float(np.nextafter(1.0, 0.0))
AS_DAY_BEGINS = -math.inf


@compiled
def _time(
    table, u, cdf, table_start, table_length, guide, guide_start, guide_size, table_fixed,
    curve_x, curve_gone, curve_start, curve_size,
):  # fmt: skip
    """The length T at quantile u."""
    if curve_size[table] > 0:
        return time_at(u, curve_x, curve_gone, curve_start[table], curve_size[table])
    steps = look_up(
        u, table, cdf, table_start, table_length, guide, guide_start, guide_size, table_fixed
    )
    return np.float64(steps) if steps < NEVER else math.inf


@inlined
def _place(p, size, u_chance, u_branch, policy_chance, policy_branch, branch_share):
    """Which branch the quantiles mean under a policy, NOT_EVER if none."""
    place = np.int64(NOT_EVER)
    if policy_chance[p] >= 1.0 or u_chance < policy_chance[p]:
        place = np.int64(0)
        while place < size - 1 and u_branch >= branch_share[policy_branch[p] + place]:
            place += 1
    return place


@compiled
def draw_ways(
    state, cell, several, key, visit, entry, day, clock, ints, floats,
    state_first, transition_when, transition_start, transition_running, transition_first,
    policy_first, policy_day, policy_everyone, policy_clock, policy_offset, policy_chance,
    policy_branch, look_first, look_day, salt_chance, salt_branch, salt_delay, branch_share,
    branch_line, branch_table, cdf, table_start, table_length, guide, guide_start, guide_size,
    table_fixed, table_whole, curve_x, curve_gone, curve_start, curve_size,
):  # fmt: skip
    """Fill `ints` and `floats` [what, way] with every way out as of `day`.

    `several`: whether they run in continuous time. A way that fell due before a later change stays
    due on its day.
    """
    first_way = state_first[state]
    count = state_first[state + 1] - first_way
    whole = several == 0
    u = uniform(key, visit, np.uint64(SALT_TIME)) if not whole else 0.0
    some_aged = False
    for i in range(count):
        t = first_way + i
        ints[DUE, i] = -1
        if transition_when[t, cell] == 0:
            continue
        policy = policy_first[t]
        while policy + 1 < policy_first[t + 1] and policy_day[policy + 1] <= entry:
            policy += 1
        begin = max(entry, transition_start[t])
        if begin < 0 and (transition_running[t] == 0 or policy_clock[policy] >= 0):
            begin = np.int64(0)
        some_aged |= begin < 0
        ints[DUE, i] = NEVER
        ints[PLACE, i] = NOT_EVER
        ints[POLICY, i] = policy
        ints[BEGIN, i] = begin
        floats[TIME, i] = math.inf
        floats[CHANCE, i] = uniform(key, visit, salt_chance[t])
        floats[BRANCH, i] = uniform(key, visit, salt_branch[t])
        floats[DELAY, i] = uniform(key, visit, salt_delay[t])

    if some_aged and not whole:
        u = time_of_entry(
            -entry, first_way, count, cell, key, visit, ints, policy_chance, policy_branch,
            transition_first, branch_share, branch_table, cdf, table_start, table_length,
            table_fixed, curve_x, curve_gone, curve_start, curve_size,
        )  # fmt: skip

    for i in range(count):
        if ints[DUE, i] < 0:
            continue
        t = first_way + i
        size = transition_first[t + 1] - transition_first[t]
        policy = ints[POLICY, i]
        begin = ints[BEGIN, i]
        age = np.float64(-begin) if whole else max(0.0, -begin - u)
        if begin < 0 and not given_served(
            i, size, policy, cell, age, whole, ints, floats, policy_chance, policy_branch,
            branch_share, branch_table, cdf, table_start, table_length, table_fixed, curve_x,
            curve_gone, curve_start, curve_size,
        ):  # fmt: skip
            continue
        place = _place(
            policy, size, floats[CHANCE, i], floats[BRANCH, i], policy_chance, policy_branch,
            branch_share,
        )  # fmt: skip
        table = np.int64(branch_table[policy_branch[policy] + max(0, place), cell])
        if begin < 0 and table_fixed[table] < 0:
            gone = gone_of(
                table, age, whole, cdf, table_start, table_length, table_fixed, curve_x,
                curve_gone, curve_start, curve_size,
            )  # fmt: skip
            floats[DELAY, i] = gone + floats[DELAY, i] * (1.0 - gone)
        ints[PLACE, i] = place
        if policy_clock[policy] >= 0:
            floats[TIME, i] = AS_DAY_BEGINS
            rings = clock[policy_clock[policy]]
            if place >= 0 and rings < NEVER:
                ints[DUE, i] = max(begin, rings + policy_offset[policy], np.int64(0))
        elif place >= 0:
            _by_stay(
                i, table, np.int64(0), whole, u, ints, floats, cdf, table_start, table_length,
                guide, guide_start, guide_size, table_fixed, curve_x, curve_gone, curve_start,
                curve_size,
            )  # fmt: skip

    if not whole and not some_aged:
        u = _first_to_go(
            first_way, count, cell, key, visit, u, ints, floats, policy_clock,
            transition_first, policy_branch, branch_line, branch_table, cdf, table_start,
            table_length, guide, guide_start, guide_size, table_fixed, table_whole, curve_x,
            curve_gone, curve_start, curve_size,
        )  # fmt: skip

    for look in range(look_first[state], look_first[state + 1]):
        on = look_day[look]
        if on > day:
            break
        if on <= entry:
            continue
        for i in range(count):
            t = first_way + i
            if ints[DUE, i] < on:
                continue  # stands in its line already
            for policy in range(ints[POLICY, i] + 1, policy_first[t + 1]):
                if policy_day[policy] == on and policy_everyone[policy] > 0:
                    _change(
                        i, t, policy, cell, on, whole, u, clock, ints, floats, policy_clock,
                        policy_offset, transition_first, policy_everyone, policy_chance,
                        policy_branch, branch_share, branch_table, cdf, table_start, table_length,
                        guide, guide_start, guide_size, table_fixed, curve_x, curve_gone,
                        curve_start, curve_size,
                    )  # fmt: skip


@compiled
def _by_stay(
    i, table, day, whole, u, ints, floats, cdf, table_start, table_length, guide, guide_start,
    guide_size, table_fixed, curve_x, curve_gone, curve_start, curve_size,
):  # fmt: skip
    """Due after the law's delay; over as `day` begins if it should have been before."""
    begin = ints[BEGIN, i]
    floats[TIME, i] = begin + _time(
        table, floats[DELAY, i], cdf, table_start, table_length, guide, guide_start, guide_size,
        table_fixed, curve_x, curve_gone, curve_start, curve_size,
    )  # fmt: skip
    ints[DUE, i] = NEVER
    if whole:
        steps = look_up(
            floats[DELAY, i], table, cdf, table_start, table_length, guide, guide_start, guide_size,
            table_fixed,
        )  # fmt: skip
        if steps < NEVER:
            ints[DUE, i] = begin + steps
    elif floats[TIME, i] < NEVER:
        ints[DUE, i] = np.int64(math.floor(u + floats[TIME, i]))
    if ints[DUE, i] < day:
        ints[DUE, i] = day
        floats[TIME, i] = OVER


@compiled
def _first_to_go(
    first_way, count, cell, key, visit, u, ints, floats, policy_clock, transition_first,
    policy_branch, branch_line, branch_table, cdf, table_start, table_length, guide, guide_start,
    guide_size,
    table_fixed, table_whole, curve_x, curve_gone, curve_start, curve_size,
):  # fmt: skip
    """The time of day of the entry, and on which days the ways are due by it."""
    first = np.int64(-1)
    for i in range(count):
        # What joins a line after whole steps has nothing to do with the time of day.
        t = first_way + i
        ints[RACES, i] = 0
        if ints[DUE, i] >= 0 and policy_clock[ints[POLICY, i]] < 0 and floats[TIME, i] < NEVER:
            place = ints[PLACE, i]
            table = branch_table[policy_branch[ints[POLICY, i]] + place, cell]
            if branch_line[transition_first[t] + place] < 0 or table_whole[table] == 0:
                ints[RACES, i] = 1
                if first < 0 or floats[TIME, i] < floats[TIME, first]:
                    first = np.int64(i)
    if first < 0:
        return u
    hours = math.floor(floats[TIME, first])
    alone = True
    for i in range(count):
        if i != first and ints[RACES, i] == 1 and math.floor(floats[TIME, i]) == hours:
            alone = False
    table = np.int64(branch_table[policy_branch[ints[POLICY, first]] + ints[PLACE, first], cell])
    begin = ints[BEGIN, first]
    if alone and table_whole[table] == 0:
        on = begin + look_up(
            floats[DELAY, first], table, cdf, table_start, table_length, guide, guide_start,
            guide_size, table_fixed,
        )  # fmt: skip
        if hours <= on <= hours + 1:
            low = gone_of(
                table, hours - begin, False, cdf, table_start, table_length, table_fixed, curve_x,
                curve_gone, curve_start, curve_size,
            )  # fmt: skip
            high = gone_of(
                table, hours - begin + 1.0, False, cdf, table_start, table_length, table_fixed,
                curve_x, curve_gone, curve_start, curve_size,
            )  # fmt: skip
            tried = 0
            while tried < MOST_TRIES:
                delay = low + uniform(key, visit, tries(SALT_WITHIN, tried)) * (high - low)
                time = begin + _time(
                    table, delay, cdf, table_start, table_length, guide, guide_start, guide_size,
                    table_fixed, curve_x, curve_gone, curve_start, curve_size,
                )  # fmt: skip
                u = uniform(key, visit, tries(SALT_TIME, tried + 1))
                if math.floor(u + time) == on:
                    floats[DELAY, first] = delay
                    floats[TIME, first] = time
                    break
                tried += 1
            if tried == MOST_TRIES:
                floats[TIME, first] = hours + 0.5
                u = 0.75 if on > hours else 0.25
    for i in range(count):
        if ints[RACES, i] == 1:
            ints[DUE, i] = np.int64(math.floor(u + floats[TIME, i]))
    return u


@compiled
def _change(
    i, t, policy, cell, day, whole, u, clock, ints, floats, policy_clock, policy_offset,
    transition_first, policy_everyone, policy_chance, policy_branch, branch_share, branch_table,
    cdf, table_start, table_length, guide, guide_start, guide_size, table_fixed, curve_x,
    curve_gone, curve_start, curve_size,
):  # fmt: skip
    """What the quantiles of a way mean under a policy that begins for everyone on `day`."""
    size = transition_first[t + 1] - transition_first[t]
    old = ints[PLACE, i]
    old_table = np.int64(branch_table[policy_branch[ints[POLICY, i]] + max(0, old), cell])
    ints[POLICY, i] = policy
    place = _place(
        policy, size, floats[CHANCE, i], floats[BRANCH, i], policy_chance, policy_branch,
        branch_share,
    )  # fmt: skip
    ints[PLACE, i] = place
    begin = ints[BEGIN, i]
    if policy_clock[policy] >= 0:
        rings = clock[policy_clock[policy]]
        ints[DUE, i] = NEVER
        if place >= 0 and rings < NEVER:
            ints[DUE, i] = max(begin, day, rings + policy_offset[policy])
        return
    table = np.int64(branch_table[policy_branch[policy] + max(0, place), cell])
    if place == old and table == old_table:
        return
    if policy_everyone[policy] != OWN_STAY:
        age = np.float64(max(0, day - begin)) if whole else max(0.0, day - begin - u)
        if old >= 0 and table_fixed[old_table] < 0 and age > 0.0:
            gone = gone_of(
                old_table, age, whole, cdf, table_start, table_length, table_fixed, curve_x,
                curve_gone, curve_start, curve_size,
            )  # fmt: skip
            floats[DELAY, i] = min(max(0.0, (floats[DELAY, i] - gone) / (1.0 - gone)), BELOW_ONE)
        if place >= 0 and age > 0.0 and table_fixed[table] < 0:
            gone = gone_of(
                table, age, whole, cdf, table_start, table_length, table_fixed, curve_x,
                curve_gone, curve_start, curve_size,
            )  # fmt: skip
            if gone >= 1.0:
                ints[DUE, i] = day
                floats[TIME, i] = OVER
                return
            floats[DELAY, i] = gone + floats[DELAY, i] * (1.0 - gone)
    ints[DUE, i] = NEVER
    floats[TIME, i] = math.inf
    if place >= 0:
        _by_stay(
            i, table, day, whole, u, ints, floats, cdf, table_start, table_length, guide,
            guide_start, guide_size, table_fixed, curve_x, curve_gone, curve_start, curve_size,
        )  # fmt: skip
