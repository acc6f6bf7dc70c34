"""A way out whose policy has changed for everyone since the person entered the state.

Nothing is remembered of a draw: it is made again from the person's key, and brought through every
change up to today. The person keeps their quantiles: the branch is the one that their quantile
means under the new shares, and the quantile of what remained of the old delay is read in the new
law, given the days that they have been there.
"""

# Typed by Numba, and called for those alone whom a change concerns.
# ruff: noqa: ANN001, ANN201, ANN202, PLR0912, PLR0915
# mypy: disable-error-code="no-untyped-def, assignment"

import numpy as np

from sojourn.engine.compiled import compiled, inlined
from sojourn.engine.random import uniform
from sojourn.engine.tables import look_up

NEVER = 1 << 30
NOT_EVER = -1
BELOW_ONE = float(np.nextafter(1.0, 0.0))


@compiled
def changed_way(
    t,
    policy,
    key,
    visit,
    cell,
    entry,
    day,
    rings,
    transition_start,
    transition_running,
    transition_clock,
    transition_offset,
    transition_first,
    policy_first,
    policy_day,
    policy_everyone,
    policy_chance,
    policy_branch,
    salt_chance,
    salt_branch,
    salt_delay,
    branch_share,
    branch_table,
    cdf,
    table_start,
    table_length,
    guide,
    guide_start,
    guide_size,
    table_fixed,
):
    """Branch and day due (NEVER: not at all) of transition `t` as of `day`.

    `policy` is the one under which the person entered, `rings` the day of the transition's clock.
    """
    first = transition_first[t]
    size = transition_first[t + 1] - first
    row = policy_branch[policy]
    chance = policy_chance[policy]
    by_clock = transition_clock[t] >= 0
    begin = max(entry, transition_start[t])
    served = np.int64(0)
    if begin < 0 and transition_running[t] == 1 and not by_clock:
        served = -entry
    elif begin < 0:
        begin = np.int64(0)
    u_chance = uniform(key, visit, salt_chance[t])
    u_branch = uniform(key, visit, salt_branch[t])
    u_delay = uniform(key, visit, salt_delay[t])

    if served > 0:
        # Each branch weighs what is left of it after the nights served, "never" all that it did;
        # the quantiles become those without that knowledge.
        total = 0.0
        before = 0.0
        for j in range(size):
            table = branch_table[row + j, cell]
            left = _left(table, served, cdf, table_start, table_length, table_fixed)
            total += chance * (branch_share[row + j] - before) * left
            before = branch_share[row + j]
        stays = 1.0 - chance
        if total <= 0.0 and stays <= 0.0:
            return first, np.int64(0)
        never = False
        if stays > 0.0:
            at = u_chance * (total + stays)
            if at >= total:
                u_chance = max(min(chance + (at - total), 1.0), chance)
                never = True
            else:
                u_chance = min(at / total * chance, np.nextafter(chance, 0.0))
        if size > 1 and not never:
            at = u_branch * total
            place = 0
            before = 0.0
            start = 0.0
            sofar = 0.0
            weighed = 0.0
            for j in range(size):
                table = branch_table[row + j, cell]
                left = _left(table, served, cdf, table_start, table_length, table_fixed)
                weight = chance * (branch_share[row + j] - before) * left
                before = branch_share[row + j]
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
            u_branch = min(low + share * (high - low), np.nextafter(high, 0.0))

    place = np.int64(NOT_EVER)
    due = np.int64(NEVER)
    look = np.int64(0)
    p = policy
    while True:
        # Under policy p, by those who have been there `served` days on day `look`.
        old_place = place
        old_table = branch_table[row + max(0, old_place), cell]
        row = policy_branch[p]
        place = np.int64(NOT_EVER)
        if policy_chance[p] >= 1.0 or u_chance < policy_chance[p]:
            place = np.int64(0)
            while u_branch >= branch_share[row + place]:
                place += 1
        table = branch_table[row + max(0, place), cell]
        if by_clock:
            due = np.int64(NEVER)
            if place >= 0 and rings < NEVER:
                due = max(begin, look, rings + transition_offset[t])
        elif p == policy or place != old_place or table != old_table:
            if p != policy and old_place >= 0 and table_fixed[old_table] < 0 and served > 0:
                # The quantile of what remains.
                i = min(served, table_length[old_table]) - 1
                below = cdf[table_start[old_table] + i]
                u_delay = min(max(0.0, (u_delay - below) / (1.0 - below)), BELOW_ONE)
            due = np.int64(NEVER)
            if place >= 0:
                if table_fixed[table] >= 0:
                    due = max(look, begin + table_fixed[table])
                else:
                    below = 0.0
                    if served > 0:
                        i = min(served, table_length[table]) - 1
                        below = cdf[table_start[table] + i]
                        u_delay = below + u_delay * (1.0 - below)
                    if below >= 1.0:
                        due = look
                    else:
                        stay = look_up(
                            u_delay, table, cdf, table_start, table_length, guide, guide_start,
                            guide_size, table_fixed,
                        )  # fmt: skip
                        if stay < NEVER:
                            due = max(look, begin + stay)
        # The next change for everyone.
        p += 1
        while p < policy_first[t + 1] and policy_everyone[p] == 0:
            p += 1
        if p >= policy_first[t + 1] or policy_day[p] > day or due < policy_day[p]:
            break
        look = policy_day[p]
        served = max(np.int64(0), look - begin)
    return first + max(0, place), due


@inlined
def _left(table, served, cdf, table_start, table_length, table_fixed):
    """P(K ≥ served)."""
    if table_fixed[table] >= 0:
        return 1.0 if table_fixed[table] >= served else 0.0
    return 1.0 - cdf[table_start[table] + min(served, table_length[table]) - 1]
