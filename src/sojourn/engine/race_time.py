"""The runner of ways by a stay in continuous time, several of which take a random part of a step.

Between the points of the laws' curves each law falls at a constant rate, so that what each way has
is an integral of exponentials, taken by Gauss's rule. A stay that begins at a uniformly random time
of a step and ends after n + r steps, 0 ≤ r < 1, ends in step n with probability 1 - r and in the
next with r. Where a policy changes on a day, or a way starts later than others, the time of day
of the entry matters to more than that, and is integrated over.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sojourn.engine.distribution import GRAIN, NODE_WEIGHTS, NODES, Curve
from sojourn.engine.program import OWN_STAY, Floats, Ints
from sojourn.engine.race import (
    OVER,
    WITHIN_BEFORE,
    Policy,
    Race,
    Runner,
    Tables,
    Way,
    boxes,
    runner,
)

_TIMES, _TIME_WEIGHTS = np.polynomial.legendre.leggauss(5)
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
NOTHING = 1e-13


@dataclass(frozen=True, slots=True)
class _Falls:
    """What is left of each part of each way at points of time, rising."""

    way: Ints
    """[part] number of the way."""
    left: Floats
    """[part, point], just before it; …"""
    after: Floats
    """… and just after it."""
    never: Floats
    """[way] the share that never takes it."""


def runner_in_time(
    race: Race, positions: tuple[int, ...], tables: Tables, entered: Ints, days: Ints
) -> Runner:
    """All ways by a stay of a race, as one runner."""
    ways = [race.ways[position] for position in positions]
    firsts = np.concatenate([[0], np.cumsum([way.branches for way in ways])])
    size = len(days) - 1
    within, over = (np.zeros((len(entered), int(firsts[-1]), size)) for _ in range(2))
    before = np.zeros(len(entered))
    plain: dict[tuple[int, ...], tuple[Floats, Floats]] = {}
    for i, entry in enumerate(entered.tolist()):
        numbers = tuple(int(way.drawn_on(np.array([entry]))[0]) for way in ways)
        policies = [way.after(number) for way, number in zip(ways, numbers, strict=True)]
        if any(way.start > entry for way in ways) or any(
            policy.day < days[-1] for of_way in policies for policy in of_way[1:]
        ):
            masses = _dated(ways, policies, tables, entry, int(days[-1]))
            if masses is not None:
                within[i], over[i] = (mass[:, days[0] :] for mass in masses)
                before[i] = sum(mass[:, : days[0]].sum() for mass in masses)
                continue
        else:
            if numbers not in plain:
                length = int(days[-1] - entered.min())
                plain[numbers] = plain_law(ways, numbers, tables, length)
            law, still = plain[numbers]
            if entry >= 0:
                within[i] = law[:, days[0] - entry : days[-1] - entry]
                before[i] = law[:, : days[0] - entry].sum()
                continue
            if still[-entry] > 0.0:
                within[i] = law[:, days[0] - entry : days[-1] - entry] / still[-entry]
                before[i] = law[:, -entry : days[0] - entry].sum() / still[-entry]
                continue
        # Nothing of the stay is left: they leave on day 0, by the first branch of such a way.
        left = [_left(way, tables, -entry) if way.start < 0 else 1.0 for way in ways]
        first = left.index(min(left))
        if days[0] == 0:
            over[i, firsts[first], 0] = 1.0
        else:
            before[i] = 1.0
    mass = tuple(
        {WITHIN_BEFORE: within[:, low:high], OVER: over[:, low:high]}
        for low, high in pairwise(firsts.tolist())
    )
    return runner(positions, mass, before)


def _left(way: Way, tables: Tables, age: int) -> float:
    policy = way.policies[0]
    left = 1.0 - policy.chance
    for share, table in zip(policy.shares, policy.tables, strict=True):
        gone = tables.steps_curve(table).below(np.array([float(age)]))[0]
        left += policy.chance * share * (1.0 - gone)
    return float(left)


def plain_law(
    ways: list[Way], numbers: tuple[int, ...], tables: Tables, length: int
) -> tuple[Floats, Floats]:
    """P(leaves after k steps by each branch) [branch, k], and P(still there then) [k], k < length.

    Of people who enter under these policies, if nothing changes.
    """
    parts: list[tuple[int, float, Curve]] = []
    never = np.empty(len(ways))
    for w, (way, number) in enumerate(zip(ways, numbers, strict=True)):
        policy = way.policies[number]
        never[w] = 1.0 - policy.chance
        for share, table in zip(policy.shares, policy.tables, strict=True):
            parts.append((w, policy.chance * share, tables.steps_curve(table)))
    x = np.arange(length + 2.0)
    for _, _, curve in parts:
        x = np.union1d(x, curve.x[curve.x <= length + 1.0])
    falls = _Falls(
        way=np.array([w for w, _, _ in parts], dtype=np.int64),
        left=np.array([share * (1.0 - curve.below(x)) for _, share, curve in parts]),
        after=np.array([share * (1.0 - curve.upto(x)) for _, share, curve in parts]),
        never=never,
    )
    inside, jumps, nodes = _masses(falls)
    hours = np.floor(x).astype(np.int64)
    rest = (x[:-1] - hours[:-1])[:, None] + np.diff(x)[:, None] * nodes
    law = np.zeros((len(parts), length + 3))
    for part, (smooth, jump) in enumerate(zip(inside, jumps, strict=True)):
        next_step = (smooth * rest).sum(axis=1)
        law[part] += np.bincount(hours[:-1], smooth.sum(axis=1) - next_step, length + 3)
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
    """What leaves by each part, nobody else before: at the nodes of each piece, and at each point.

    [part, piece, node] and [part, point], and the nodes; a jump comes before what follows it.
    """
    begin, end = falls.after[:, :-1], falls.left[:, 1:]
    bent = (end > 0.0) & (begin > 0.0)
    drop = np.log(np.where(bent, begin, 1.0) / np.where(bent, end, 1.0))[:, :, None]
    nodes, weights = (NODES, NODE_WEIGHTS) if drop.max(initial=0.0) > FEW_NODES else _RULE_OF_3
    there = begin[:, :, None] * np.where(bent[:, :, None], np.exp(-drop * nodes), 1.0 - nodes)
    rate = np.where(bent[:, :, None], drop * there, begin[:, :, None])
    ways = range(len(falls.never))
    of_way = [there[falls.way == w].sum(axis=0) + falls.never[w] for w in ways]
    inside = rate * weights
    for part, w in enumerate(falls.way.tolist()):
        for other in ways:
            if other != w:
                inside[part] *= of_way[other]
    jump = np.maximum(falls.left - falls.after, 0.0)
    left = [falls.left[falls.way == w].sum(axis=0) + falls.never[w] for w in ways]
    after = [falls.after[falls.way == w].sum(axis=0) + falls.never[w] for w in ways]
    for part, w in enumerate(falls.way.tolist()):
        for other in ways:
            if other != w:
                # Of two at once the earlier in the file.
                jump[part] *= after[other] if other < w else left[other]
    return inside, jump, nodes


def _dated(
    ways: list[Way],
    policies: list[tuple[Policy, ...]],
    tables: Tables,
    entry: int,
    days: int,
) -> tuple[Floats, Floats] | None:
    """P(leaves on each day by each branch), within the day and as it begins, each [branch, day].

    None if nothing of the stay is left of one of the stock.
    """
    branches = sum(way.branches for way in ways)
    within, over = np.zeros((branches, days)), np.zeros((branches, days))
    total = 0.0
    curves = [tables.steps_curve(table) for way in ways for table in way.tables]
    for u, weight in _times_of_day(curves):
        total += weight * _at_time(ways, policies, tables, entry, u, weight, within, over)
    if entry < 0 and any(way.start < 0 for way in ways):
        if total <= NOTHING:
            return None
        within, over = within / total, over / total
    return within, over


def _times_of_day(curves: list[Curve]) -> list[tuple[float, float]]:
    """Times of day with weights, cut where a stay that jumps would end on another day.

    Where a law bends much within a step they are closer near midnight, where it is steepest.
    """
    turns = np.concatenate([_turns(curve) for curve in curves])
    size, at = turns[:, 0], np.round(1.0 - turns[:, 1] % 1.0, 9)
    cuts = np.unique(at[np.argsort(-size, kind="stable")][:MOST_TURNS])
    cuts = cuts[(cuts > 0.0) & (cuts < 1.0)]
    if any(np.bincount(curve.x.astype(np.int64)).max() > MOST_POINTS for curve in curves):
        cuts = np.union1d(cuts, NEAR_MIDNIGHT)
    found = []
    edges = [0.0, *cuts.tolist(), 1.0]
    for low, high in pairwise(edges):
        for node, weight in zip(_TIMES, _TIME_WEIGHTS, strict=True):
            at = low + (high - low) * (node + 1) / 2
            found.append((round(at / GRAIN) * GRAIN, (high - low) * weight / 2))
    return found


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


def _at_time(
    ways: list[Way],
    policies: list[tuple[Policy, ...]],
    tables: Tables,
    entry: int,
    u: float,
    weight: float,
    within: Floats,
    over: Floats,
) -> float:
    """Add, times the weight, what leaves of those who entered at one time of day; returns how much
    of them is there to begin with."""
    days = within.shape[1]
    first = max(0.0, entry + u)
    begins = [entry if entry < 0 and way.start < 0 else max(entry, way.start, 0) for way in ways]
    points = [np.array([first]), np.arange(np.ceil(first), days + 1.0)]
    for way, begin in zip(ways, begins, strict=True):
        points += [tables.steps_curve(table).x + begin + u for table in way.tables]
    t = np.unique(np.concatenate(points))
    t = t[(t >= first) & (t <= days)]
    cut = [boxes(of_way) for of_way in policies]
    followed = [
        _Box(way, of_way, places, area, begin, u, t, tables)
        for way, of_way, begin, own in zip(ways, policies, begins, cut, strict=True)
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
    there = 1.0
    for w, never in enumerate(falls.never.tolist()):
        there *= float(falls.left[of == w, 0].sum()) + never
    if there <= 0.0:
        return 0.0
    inside, jumps, _ = _masses(falls)
    day_of_piece = np.floor((t[:-1] + t[1:]) / 2).astype(np.int64)
    day_of_point = np.floor(t + 1e-9).astype(np.int64)
    firsts = np.concatenate([[0], np.cumsum([way.branches for way in ways])])
    for box, w, smooth, jump in zip(followed, of.tolist(), inside, jumps, strict=True):
        for place in np.unique(box.place[box.place >= 0]).tolist():
            row = int(firsts[w]) + place
            own = box.place == place
            within[row] += weight * np.bincount(day_of_piece[own], smooth[own].sum(axis=1), days)
            at = np.append(own, False) & (jump > 0.0)
            begins_day = at & box.over
            at &= ~box.over
            within[row] += weight * np.bincount(day_of_point[at], jump[at], days)[:days]
            over[row] += weight * np.bincount(day_of_point[begins_day], jump[begins_day], days)
    return there


class _Box:
    """What is left, at points of time, of those with some quantiles of chance and branch."""

    def __init__(
        self,
        way: Way,
        policies: tuple[Policy, ...],
        places: tuple[int, ...],
        area: float,
        begin: int,
        u: float,
        t: Floats,
        tables: Tables,
    ) -> None:
        self.left, self.after = np.empty(len(t)), np.empty(len(t))
        self.place = np.full(len(t) - 1, -1)
        """[piece] the branch, -1: never."""
        self.over = np.zeros(len(t), dtype=np.bool_)
        """[point] whether who leaves then is over as a day begins."""
        alive, rank = area, 0.0
        table, place = -1, -1
        for q, (policy, new_place) in enumerate(zip(policies, places, strict=True)):
            new = policy.tables[new_place] if new_place >= 0 else -1
            low = 0 if q == 0 else int(np.searchsorted(t, policy.day))
            high = len(t) - 1
            if q + 1 < len(policies):
                high = min(high, int(np.searchsorted(t, policies[q + 1].day)))
            if q > 0 and low >= len(t):
                break
            age = max(0.0, float(t[low]) - begin - u)
            curve = tables.steps_curve(new) if new >= 0 else None
            gone = 0.0 if curve is None else float(curve.below(np.array([age]))[0])
            if q == 0:
                alive, rank = alive * (1.0 - gone), gone
                self.left[low] = alive
            elif new != table or new_place != place:
                if policy.everyone != OWN_STAY:
                    if table >= 0 and age > 0.0:
                        rank = 0.0
                    if new >= 0 and tables.fixed(new) < 0:
                        rank = gone + rank * (1.0 - gone)
                if new >= 0:
                    share = min(1.0, max(0.0, (gone - rank) / (1.0 - rank))) if rank < 1.0 else 1.0
                    self.over[low] = share > 0.0
                    alive *= 1.0 - share
                    rank = max(rank, gone) if tables.fixed(new) < 0 else rank
            table, place = new, new_place
            self.place[low:high] = place
            if curve is None:
                self.left[low + 1 : high + 1] = self.after[low : high + 1] = alive
                continue
            x = np.maximum(t[low : high + 1] - begin - u, 0.0)
            scale = alive / (1.0 - rank) if rank < 1.0 else 0.0
            self.left[low + 1 : high + 1] = scale * (1.0 - np.maximum(curve.below(x[1:]), rank))
            self.after[low : high + 1] = scale * (1.0 - np.maximum(curve.upto(x), rank))
            alive = float(self.left[high])
            if tables.fixed(new) < 0:
                rank = max(rank, float(curve.below(np.array([max(0.0, t[high] - begin - u)]))[0]))
        self.after[-1] = self.left[-1]
