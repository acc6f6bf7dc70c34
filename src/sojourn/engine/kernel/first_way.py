"""The first of the ways out of a plain state, where the time of day decides."""

# Typed by Numba.
# ruff: noqa: ANN001, ANN201, PLR0912, PLR0915
# mypy: disable-error-code="no-untyped-def, assignment"

import math

import numpy as np

from sojourn.engine.kernel.compiled import compiled
from sojourn.engine.kernel.layout import (
    ARM_BITS,
    ARM_FIXED,
    ARM_GUIDE,
    ARM_LENGTH,
    ARM_LINE,
    ARM_SHARE,
    ARM_TABLE,
    CERTAIN,
    LOW,
    SALT_TIME,
    WAY_ARM,
    WAY_CHANCE,
    WAY_OTHERS,
    WAY_SALT_ARM,
    WAY_SALT_CHANCE,
    WAY_SALT_DELAY,
    WAY_SHIFT,
)  # fmt: skip
from sojourn.engine.random import UNIT, mix
from sojourn.engine.stay_tables import NEVER
from sojourn.stays.distribution import time_at

S11 = np.uint64(11)


@compiled
def first_drawn(
    person, day, first_way, count, sure, ways, guide, bound, curve_of, curve_x, curve_gone
):
    """Day and row of the arm of the first of `count` ways of a plain state that need nothing.

    `sure` is known besides: days, above the row of an arm. (NEVER, -1) if nothing comes.
    """
    best = np.float64(sure >> np.uint64(32))
    best_steps = np.int64(sure >> np.uint64(32))
    best_arm = np.int64(sure & LOW)
    best_part = False
    alone = True
    for i in range(count):
        way = np.uint64((first_way + i) << WAY_SHIFT)
        chance = ways[way + np.uint64(WAY_CHANCE)]
        if chance < CERTAIN:
            salt = np.uint64(ways[way + np.uint64(WAY_SALT_CHANCE)])
            if np.int64(mix(person ^ salt) >> S11) >= chance:
                continue
        number = ways[way + np.uint64(WAY_ARM)]
        if ways[way + np.uint64(WAY_OTHERS)] > 0:
            n = np.int64(mix(person ^ np.uint64(ways[way + np.uint64(WAY_SALT_ARM)])) >> S11)
            while n >= ways[np.uint64((number << WAY_SHIFT) + ARM_SHARE)]:
                number += 1
        arm = np.uint64(number << WAY_SHIFT)
        if ways[arm + np.uint64(ARM_LINE)] >= 0:
            continue
        steps = ways[arm + np.uint64(ARM_FIXED)]
        time = np.float64(steps)
        part = False
        if steps < 0:
            z = mix(person ^ np.uint64(ways[way + np.uint64(WAY_SALT_DELAY)]))
            n = np.int64(z >> S11)
            first = np.uint64(ways[arm + np.uint64(ARM_TABLE)])
            at = first + np.uint64(guide[np.uint64(ways[arm + np.uint64(ARM_GUIDE)]) + (
                z >> np.uint64(ways[arm + np.uint64(ARM_BITS)])
            )])  # fmt: skip
            while bound[at] <= n:
                at += np.uint64(1)
            steps = np.int64(at - first)
            if steps >= ways[arm + np.uint64(ARM_LENGTH)]:
                steps = np.int64(NEVER)
            time = np.float64(steps)
            size = curve_of[first + np.uint64(1)]
            if size > 0:
                part = True
                time = time_at(n * UNIT, curve_x, curve_gone, curve_of[first], size)
        if time >= NEVER:
            continue
        together = best < NEVER and math.floor(time) == math.floor(best)
        if time > best or (time == best and number > best_arm):
            alone &= not together
            continue
        alone = not together
        best = time
        best_steps = steps
        best_arm = number
        best_part = part
    if best >= NEVER:
        return np.int64(NEVER), np.int64(-1)
    hours = np.int64(math.floor(best))
    if alone and (not best_part or hours <= best_steps <= hours + 1):
        return day + best_steps, best_arm
    u = np.float64(mix(person ^ np.uint64(SALT_TIME)) >> S11) * UNIT
    return day + np.int64(math.floor(u + best)), best_arm
