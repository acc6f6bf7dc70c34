"""The runner of ways by a stay in continuous time, several of which take a random part of a step.

Between the points of the laws' curves each law falls at a constant rate, so that what each way has
is an integral of exponentials, taken by Gauss's rule. A stay that begins at a uniformly random time
of a step and ends after n + r steps, 0 ≤ r < 1, ends in step n with probability 1 - r and in the
next with r. Where a policy changes on a day, or a way starts later than others, the time of day of
entry also affects other probabilities, so it is integrated over.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.engine.expected.race import (
    OVER,
    WITHIN_BEFORE,
    Policy,
    Race,
    RaceTables,
    RacingWay,
    Runner,
    boxes,
    runner,
)
from sojourn.engine.program import OWN_STAY
from sojourn.stays.distribution import GRAIN, NODE_WEIGHTS, NODES, Curve

NEAR_MIDNIGHT = np.array([1 / 64, 1 / 8, 7 / 8, 63 / 64])
MOST_POINTS = 16
"""Of a curve within a step, if one rule is to do for all times of day."""
TURN = 0.05
"""A density, as a share of all in a step, that changes by more than this at a point jumps there."""
MOST_TURNS = 8
FEW_NODES = 0.05
"""Where nothing falls by more than this between two points, fewer nodes do as well."""
_GAUSS_3 = np.polynomial.legendre.leggauss(3)
_RULE_OF_3 = ((_GAUSS_3[0] + 1.0) / 2.0, _GAUSS_3[1] / 2.0)
AT_ONCE = 1 << 16
"""Points of all parts and times of day that are held at once."""
NOTHING = 1e-13
ROUNDING = 1e-9
"""Steps by which two times that are the same may differ: sums of days, times of day and points of
curves, up to 10⁵, are each rounded by at most 10⁻¹¹."""


@dataclass(frozen=True, slots=True)
class _Falls:
    """What is left of each part of each way at points of time, rising."""

    way: Ints
    """[part] number of the way."""
    left: Floats
    """[part, (time of day,) point], just before it; …"""
    after: Floats
    """… and just after it."""
    never: Floats
    """[way] the share that never takes it."""


def runner_in_time(
    race: Race, positions: tuple[int, ...], tables: RaceTables, entered: Ints, days: Ints
) -> Runner:
    """All ways by a stay of a race, as one runner."""
    ways = [race.ways[position] for position in positions]
    firsts = np.concatenate([[0], np.cumsum([way.branches for way in ways])])
    size = len(days) - 1
    within, over = (np.zeros((len(entered), int(firsts[-1]), size)) for _ in range(2))
    before = np.zeros(len(entered))
    plain: dict[tuple[tuple[int, ...], tuple[bool, ...]], tuple[Floats, Floats]] = {}
    low, high = int(days[0]), int(days[-1])
    for i, entry in enumerate(entered.tolist()):
        numbers = tuple(int(way.drawn_on(np.array([entry]))[0]) for way in ways)
        running = tuple(way.start <= entry for way in ways)
        policies = [way.after(number) for way, number in zip(ways, numbers, strict=True)]
        changes = [way.start for way in ways if way.start > entry]
        changes += [policy.day for of_way in policies for policy in of_way[1:]]
        change = min([*changes, high])
        key = (numbers, running)
        if key not in plain:
            plain[key] = plain_law(ways, numbers, running, tables, high - int(entered.min()))
        law, still = plain[key]
        begin = max(entry, 0)
        there = still[begin - entry] if entry < 0 else 1.0
        if there <= 0.0:
            # Nothing of the stay is left: they leave on day 0, by the first branch of such a way.
            left = [_left(way, tables, -entry) if way.start < 0 else 1.0 for way in ways]
            if low == 0:
                over[i, firsts[left.index(min(left))], 0] = 1.0
            else:
                before[i] = 1.0
            continue
        inside, at_once = np.zeros((2, int(firsts[-1]), high))
        inside[:, begin:change] = law[:, begin - entry : change - entry] / there
        if change < high:
            # Up to the change the plain law is exact; what follows it is shared out to who is left.
            dated, dated_over = _dated(ways, policies, tables, entry, high)
            rest = 1.0 - dated[:, :change].sum() - dated_over[:, :change].sum()
            scale = max(0.0, 1.0 - inside.sum()) / rest if rest > NOTHING else 0.0
            inside[:, change:] = dated[:, change:] * scale
            at_once[:, change:] = dated_over[:, change:] * scale
        within[i], over[i] = inside[:, low:], at_once[:, low:]
        before[i] = inside[:, :low].sum() + at_once[:, :low].sum()
    mass = tuple(
        {WITHIN_BEFORE: within[:, low:high], OVER: over[:, low:high]}
        for low, high in pairwise(firsts.tolist())
    )
    return runner(positions, mass, before)


def _left(way: RacingWay, tables: RaceTables, age: int) -> float:
    policy = way.policies[0]
    left = 1.0 - policy.chance
    for share, table in zip(policy.shares, policy.tables, strict=True):
        gone = tables.steps_curve(table).below(np.array([float(age)]))[0]
        left += policy.chance * share * (1.0 - gone)
    return float(left)


def plain_law(
    ways: list[RacingWay],
    numbers: tuple[int, ...],
    running: tuple[bool, ...],
    tables: RaceTables,
    length: int,
) -> tuple[Floats, Floats]:
    """P(leaves after k steps by each branch) [branch, k], and P(still there then) [k], k < length.

    Of people who enter under these policies, if nothing changes, and no other way begins to run.
    """
    parts: list[tuple[int, float, Curve]] = []
    never = np.empty(len(ways))
    for w, (way, number) in enumerate(zip(ways, numbers, strict=True)):
        policy = way.policies[number]
        chance = policy.chance if running[w] else 0.0
        never[w] = 1.0 - chance
        for share, table in zip(policy.shares, policy.tables, strict=True):
            parts.append((w, chance * share, tables.steps_curve(table)))
    x = np.arange(length + 2.0)
    for _, _, curve in parts:
        x = np.union1d(x, curve.x[curve.x <= length + 1.0])
    falls = _Falls(
        way=np.array([w for w, _, _ in parts], dtype=np.int64),
        left=np.array([share * (1.0 - curve.below(x)) for _, share, curve in parts]),
        after=np.array([share * (1.0 - curve.upto(x)) for _, share, curve in parts]),
        never=never,
    )
    inside, moments, jumps = _masses(falls)
    hours = np.floor(x).astype(np.int64)
    law = np.zeros((len(parts), length + 3))
    for part, (smooth, moment, jump) in enumerate(zip(inside, moments, jumps, strict=True)):
        next_step = smooth * (x - hours)[:-1] + moment * np.diff(x)
        law[part] += np.bincount(hours[:-1], smooth - next_step, length + 3)
        law[part] += np.bincount(hours[:-1] + 1, next_step, length + 3)
        law[part] += np.bincount(hours, jump * (1.0 - (x - hours)), length + 3)
        law[part] += np.bincount(hours + 1, jump * (x - hours), length + 3)
    end = np.ones(1)
    for w in range(len(ways)):
        end = end * (falls.after[falls.way == w, -1].sum() + never[w])
    still = end + law.sum(axis=0)[::-1].cumsum()[::-1]
    still[still < NOTHING] = 0.0
    return law[:, :length], still[: length + 1]


def _masses(falls: _Falls) -> tuple[Floats, Floats, Floats]:
    """What leaves by each part, nobody else before: in each piece, and at each point.

    Of pieces [part, …, piece] the masses, and these times the mean place of leaving, from 0 to 1;
    of points [part, …, point] the masses. A jump comes before what follows it.
    """
    begin, end = falls.after[..., :-1], falls.left[..., 1:]
    bent = (end > 0.0) & (begin > 0.0)
    drop = np.log(np.where(bent, begin, 1.0) / np.where(bent, end, 1.0))
    drop[~bent & (begin > 0.0)] = np.inf
    steep = drop.max(axis=0, initial=0.0) > FEW_NODES
    ways = range(len(falls.never))
    inside, moment = np.zeros(begin.shape), np.zeros(begin.shape)
    rules = ((steep, NODES, NODE_WEIGHTS), (~steep, *_RULE_OF_3))
    for which, nodes, weights in rules:
        here, curved = begin[:, which, None], bent[:, which, None]
        fall = np.where(curved, drop[:, which, None], 0.0)
        there = here * np.where(curved, np.exp(-fall * nodes), 1.0 - nodes)
        rate = np.where(curved, fall * there, here)
        of_way = [there[falls.way == w].sum(axis=0) + falls.never[w] for w in ways]
        for part, w in enumerate(falls.way.tolist()):
            for other in ways:
                if other != w:
                    rate[part] *= of_way[other]
        inside[:, which] = np.sum(rate * weights, axis=-1)
        moment[:, which] = np.sum(rate * (weights * nodes), axis=-1)
    jump = np.maximum(falls.left - falls.after, 0.0)
    left = [falls.left[falls.way == w].sum(axis=0) + falls.never[w] for w in ways]
    after = [falls.after[falls.way == w].sum(axis=0) + falls.never[w] for w in ways]
    for part, w in enumerate(falls.way.tolist()):
        for other in ways:
            if other != w:
                # If two come at the same time, the earlier in the file is first.
                jump[part] *= after[other] if other < w else left[other]
    return inside, moment, jump


def _dated(
    ways: list[RacingWay],
    policies: list[tuple[Policy, ...]],
    tables: RaceTables,
    entry: int,
    days: int,
) -> tuple[Floats, Floats]:
    """P(leaves on each day by each branch), within the day and as it begins, each [branch, day]."""
    branches = sum(way.branches for way in ways)
    within, over = np.zeros((branches, days)), np.zeros((branches, days))
    total = 0.0
    curves = [tables.steps_curve(table) for way in ways for table in way.tables]
    u, weight = _times_of_day(curves)
    points = len(curves) * sum(len(curve.x) for curve in curves)
    some = max(1, AT_ONCE // points)
    for i in range(0, len(u), some):
        part = slice(i, i + some)
        total += _at_times(ways, policies, tables, entry, u[part], weight[part], within, over)
    if entry < 0 and any(way.start < 0 for way in ways):
        within, over = within / max(total, NOTHING), over / max(total, NOTHING)
    return within, over


def _times_of_day(curves: list[Curve]) -> tuple[Floats, Floats]:
    """Times of day and their weights, cut where a stay that jumps would end on another day.

    Where a law bends much within a step they are closer near midnight, where it is steepest.
    """
    turns = np.concatenate([_turns(curve) for curve in curves])
    size, at = turns[:, 0], np.round(1.0 - turns[:, 1] % 1.0, 9)
    cuts = np.unique(at[np.argsort(-size, kind="stable")][:MOST_TURNS])
    cuts = cuts[(cuts > 0.0) & (cuts < 1.0)]
    if any(np.bincount(curve.x.astype(np.int64)).max() > MOST_POINTS for curve in curves):
        cuts = np.union1d(cuts, NEAR_MIDNIGHT)
    edges = np.concatenate([[0.0], cuts, [1.0]])
    width = np.diff(edges)[:, None]
    times, weights = np.polynomial.legendre.leggauss(3 if len(cuts) else 5)
    at = edges[:-1, None] + width * (times + 1) / 2
    return np.round(at / GRAIN).ravel() * GRAIN, (width * weights / 2).ravel()


def _turns(curve: Curve) -> Floats:
    """[turn, 2] where a law jumps, or its density does: by how much, and the point."""
    width = np.diff(curve.x)
    jump = width == 0.0
    at_once = np.stack([np.diff(curve.gone)[jump], curve.x[1:][jump]], axis=1)
    density = np.diff(curve.gone)[~jump] / width[~jump]
    # Where a law is only steep its points lie close together.
    inner = np.unique(curve.x)
    far = np.minimum(np.diff(inner)[1:], np.diff(inner)[:-1]) > 1 / 64
    bends = np.stack([np.abs(np.diff(density)) * far, inner[1:-1]], axis=1)
    return np.concatenate([at_once, bends[bends[:, 0] > TURN]])


def _at_times(
    ways: list[RacingWay],
    policies: list[tuple[Policy, ...]],
    tables: RaceTables,
    entry: int,
    u: Floats,
    weight: Floats,
    within: Floats,
    over: Floats,
) -> float:
    """Add what leaves of those who entered at some times of day, by their weights; returns how much
    of them is there to begin with."""
    days = within.shape[1]
    first = np.maximum(0.0, entry + u)[:, None]
    begins = [entry if entry < 0 and way.start < 0 else max(entry, way.start, 0) for way in ways]
    least = float(first.min())
    midnights = np.arange(np.ceil(least), days + 1.0)
    points = [np.broadcast_to(midnights, (len(u), len(midnights)))]
    for begin in sorted(set(begins)):
        own = [way for way, at in zip(ways, begins, strict=True) if at == begin]
        x = np.unique(np.concatenate([tables.steps_curve(t).x for w in own for t in w.tables]))
        x += begin
        points.append(x[(x + 1.0 >= least) & (x <= days)] + u[:, None])
    # Points that coincide are pieces of no length.
    t = np.sort(np.clip(np.concatenate([first, *points], axis=1), first, days), axis=1)
    cut = [boxes(of_way) for of_way in policies]
    followed = [
        _Box(of_way, places, area, begin, u[:, None], t, tables)
        for of_way, begin, own in zip(policies, begins, cut, strict=True)
        for area, _, places in own
    ]
    of = np.array([w for w, own in enumerate(cut) for _ in own], dtype=np.int64)
    falls = _Falls(
        way=of,
        left=np.array([box.left for box in followed]),
        after=np.array([box.after for box in followed]),
        # Under one policy "never" has no box.
        never=np.array([max(0.0, 1.0 - sum(area for area, _, _ in own)) for own in cut]),
    )
    there = np.ones(len(u))
    for w, never in enumerate(falls.never.tolist()):
        there *= falls.left[of == w, :, 0].sum(axis=0) + never
    inside, _, jumps = _masses(falls)
    day_of_piece = np.minimum((t[:, :-1] + t[:, 1:]) / 2, days - 1.0).astype(np.int64)
    day_of_point = np.minimum(t[:, :-1] + ROUNDING, days - 1.0).astype(np.int64)
    firsts = np.concatenate([[0], np.cumsum([way.branches for way in ways])])
    for box, w, smooth, jump in zip(followed, of.tolist(), inside, jumps, strict=True):
        falling = smooth * weight[:, None]
        jumping = jump[:, :-1] * weight[:, None]
        for place in np.unique(box.place[box.place >= 0]).tolist():
            row, own = int(firsts[w]) + place, box.place == place
            for to, day, mass, which in (
                (within, day_of_piece, falling, own),
                (within, day_of_point, jumping, own & ~box.over[:, :-1]),
                (over, day_of_point, jumping, own & box.over[:, :-1]),
            ):
                to[row] += np.bincount(day[which], mass[which], days)
    return float(weight @ there)


class _Box:
    """What is left, at points of time [time of day, point], of those with some quantiles of chance
    and branch."""

    def __init__(
        self,
        policies: tuple[Policy, ...],
        places: tuple[int, ...],
        area: float,
        begin: int,
        u: Floats,
        t: Floats,
        tables: RaceTables,
    ) -> None:
        self.left, self.after = np.empty(t.shape), np.empty(t.shape)
        self.place = np.full((len(t), t.shape[1] - 1), -1)
        """[…, piece] the branch, -1: never."""
        self.over = np.zeros(t.shape, dtype=np.bool_)
        """[…, point] whether who leaves then is over as a day begins."""
        x = t - begin - u
        # Before the way begins nobody has gone by it, not even those whose stay is 0.
        x = np.where(x < -ROUNDING, -1.0, np.maximum(x, 0.0))
        alive, rank = np.full(u.shape, area), np.zeros(u.shape)
        table, place, low = -1, -1, t[:, :1]
        for q, (policy, new_place) in enumerate(zip(policies, places, strict=True)):
            if q > 0:
                low = np.full(u.shape, float(policy.day))
            if policy.day >= t[0, -1]:
                break
            new = policy.tables[new_place] if new_place >= 0 else -1
            random = new >= 0 and tables.fixed(new) < 0
            age = np.maximum(low - begin - u, 0.0)
            curve = tables.steps_curve(new) if new >= 0 else None
            gone = np.zeros(u.shape) if curve is None else curve.below(age)
            if q == 0:
                alive, rank = alive * (1.0 - gone), gone
                self.left[:] = alive
            elif new != table or new_place != place:
                if policy.everyone != OWN_STAY:
                    if table >= 0:
                        rank = np.where(age > 0.0, 0.0, rank)
                    if random:
                        rank = gone + rank * (1.0 - gone)
                if curve is not None:
                    share = np.where(rank < 1.0, (gone - rank) / _or_one(1.0 - rank), 1.0)
                    share = np.clip(share, 0.0, 1.0)
                    self.over |= (t == low) & (share > 0.0)
                    alive = alive * (1.0 - share)
                    rank = np.maximum(rank, gone) if random else rank
            table, place = new, new_place
            since, later = t >= low, t > low
            self.place[since[:, :-1]] = place
            if curve is None:
                self.left[later], self.after[since] = (
                    np.broadcast_to(alive, t.shape)[which] for which in (later, since)
                )
                continue
            scale = np.where(rank < 1.0, alive / _or_one(1.0 - rank), 0.0)
            for to, read, which in (
                (self.left, curve.below, later),
                (self.after, curve.upto, since),
            ):
                to[which] = (scale * (1.0 - np.maximum(read(x), rank)))[which]
            if q + 1 < len(policies):
                end = curve.below(np.maximum(policies[q + 1].day - begin - u, 0.0))
                alive = scale * (1.0 - np.maximum(end, rank))
                rank = np.maximum(rank, end) if random else rank
        same = np.diff(t, axis=1) == 0.0
        self.left[:, 1:] = np.where(same, self.after[:, 1:], self.left[:, 1:])
        self.after[:, -1] = self.left[:, -1]


def _or_one(values: Floats) -> Floats:
    """What one may divide by."""
    return np.where(values > 0.0, values, 1.0)
