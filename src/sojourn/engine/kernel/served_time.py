"""What the time that somebody has served says of the quantiles of their ways out."""

# Typed by Numba.
# ruff: noqa: ANN001, ANN201
# mypy: disable-error-code="no-untyped-def, assignment"

import math

import numpy as np

from sojourn.engine.kernel.compiled import compiled, inlined
from sojourn.engine.kernel.layout import SALT_TIME, SALT_WITHIN
from sojourn.engine.random import uniform
from sojourn.stays.distribution import gone_before

MOST_TRIES = 4096

DUE, PLACE, POLICY, BEGIN, RACES, INTS = range(6)
"""Of each way of one person, by its number among those of the state: the day (NEVER: not at all;
-1: the way is not open to the cell), the branch's place, the policy, the day from which the delay
runs, and whether it runs with the others in continuous time."""
TIME, DELAY, CHANCE, BRANCH, FLOATS = range(5)
"""The time of which `twin_race.DrawnWay` tells, and the quantiles."""
OVER = -1e300
"""TIME of a way that should have been taken before."""


@inlined
def tries(salt, i):
    """The salt of a try, after those before it."""
    return np.uint64(salt) + np.uint64(i)


@compiled
def gone_in_steps(table, served, cdf, table_start, table_length, table_fixed):
    """P(K < served)."""
    if table_fixed[table] >= 0:
        return 1.0 if table_fixed[table] < served else 0.0
    if served <= 0:
        return 0.0
    return cdf[table_start[table] + min(served, table_length[table]) - 1]


@compiled
def gone_of(
    table, age, whole, cdf, table_start, table_length, table_fixed, curve_x, curve_gone,
    curve_start, curve_size,
):  # fmt: skip
    """What part of a law is over after a time; `whole`: in whole steps."""
    if whole or curve_size[table] == 0:
        return gone_in_steps(
            table, np.int64(math.ceil(age)), cdf, table_start, table_length, table_fixed
        )
    return gone_before(age, curve_x, curve_gone, curve_start[table], curve_size[table], False)


@compiled
def left_of(
    row, size, chance, cell, age, whole, branch_share, branch_table, cdf, table_start,
    table_length, table_fixed, curve_x, curve_gone, curve_start, curve_size,
):  # fmt: skip
    """P(a way is to be taken, and has not been at an age); its branches begin at `row`."""
    total = 0.0
    before = 0.0
    for j in range(size):
        gone = gone_of(
            branch_table[row + j, cell], age, whole, cdf, table_start, table_length, table_fixed,
            curve_x, curve_gone, curve_start, curve_size,
        )  # fmt: skip
        total += chance * (branch_share[row + j] - before) * (1.0 - gone)
        before = branch_share[row + j]
    return total


@compiled
def time_of_entry(
    served, first_way, count, cell, key, visit, ints, policy_chance, policy_branch,
    transition_first, branch_share, branch_table, cdf, table_start, table_length, table_fixed,
    curve_x, curve_gone, curve_start, curve_size,
):  # fmt: skip
    """The time of day at which one of the stock entered, given that they are still there."""
    most = 1.0
    for tried in range(-1, MOST_TRIES):
        u = uniform(key, visit, tries(SALT_TIME, tried)) if tried >= 0 else 1.0
        left = 1.0
        for i in range(count):
            if ints[DUE, i] >= 0 and ints[BEGIN, i] < 0:
                t = first_way + i
                chance = policy_chance[ints[POLICY, i]]
                left *= 1.0 - chance + left_of(
                    policy_branch[ints[POLICY, i]], transition_first[t + 1] - transition_first[t],
                    chance, cell, served - u, False, branch_share, branch_table, cdf, table_start,
                    table_length, table_fixed, curve_x, curve_gone, curve_start, curve_size,
                )  # fmt: skip
        if tried < 0:
            most = left  # at the end of the day: no time of day leaves more
            if most <= 0.0:
                return 0.0
        elif uniform(key, visit, tries(SALT_WITHIN, tried)) * most < left:
            return u
    return 0.0


@compiled
def given_served(
    i, size, policy, cell, age, whole, ints, floats, policy_chance, policy_branch, branch_share,
    branch_table, cdf, table_start, table_length, table_fixed, curve_x, curve_gone, curve_start,
    curve_size,
):  # fmt: skip
    """Make the quantiles of a way those of somebody who has been in the race up to an age.

    Each branch weighs what is left of it, "never" all that it did. False if nothing is to be drawn:
    they are overdue, or never take this way.
    """
    row = policy_branch[policy]
    chance = policy_chance[policy]
    total = left_of(
        row, size, chance, cell, age, whole, branch_share, branch_table, cdf, table_start,
        table_length, table_fixed, curve_x, curve_gone, curve_start, curve_size,
    )  # fmt: skip
    stays = 1.0 - chance
    if total <= 0.0 and stays <= 0.0:
        ints[PLACE, i] = 0
        ints[DUE, i] = 0
        floats[TIME, i] = OVER
        return False
    if stays > 0.0:
        at = floats[CHANCE, i] * (total + stays)
        if at >= total:
            floats[CHANCE, i] = max(min(chance + (at - total), 1.0), chance)
            return False
        floats[CHANCE, i] = min(at / total * chance, np.nextafter(chance, 0.0))
    if size > 1:
        at = floats[BRANCH, i] * total
        place = 0
        start = 0.0
        sofar = 0.0
        weighed = 0.0
        for j in range(size):
            before = branch_share[row + j - 1] if j > 0 else 0.0
            gone = gone_of(
                branch_table[row + j, cell], age, whole, cdf, table_start, table_length,
                table_fixed, curve_x, curve_gone, curve_start, curve_size,
            )  # fmt: skip
            weight = chance * (branch_share[row + j] - before) * (1.0 - gone)
            if weight > 0.0:
                place = j
                start = sofar
                weighed = weight
            sofar += weight
            if at < sofar:
                break
        low = branch_share[row + place - 1] if place > 0 else 0.0
        high = branch_share[row + place]
        share = min((at - start) / weighed, 1.0)
        floats[BRANCH, i] = min(low + share * (high - low), np.nextafter(high, 0.0))
    return True
