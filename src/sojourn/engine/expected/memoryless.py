"""People who leave at a pace that does not depend on how long they have been there.

Then those present are all alike, whenever they came. A day takes one product, and not one for every
day of entry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.engine.expected.race import Race, RaceTables
from sojourn.engine.program import PACE

SAME = 1e-12
"""Of those who are left chances of leaving may differ by this over their share, by rounding."""
SEEN = 1e-9
"""Chances are compared while a greater share of all is left."""
EXACT = 1e-3
"""The chance is computed from the days until so many are left: later ones only add rounding."""
OLD = 1e-9
"""A smaller share of people may have been there for longer than a new law has any stay."""


@dataclass(frozen=True, slots=True)
class Paces:
    """The chances of leaving, by the policy that holds on each day."""

    first: Floats
    """[day]: on the day of entering."""
    later: Floats
    """[day]: on any later one."""

    def exits(self, present: Floats, entries: Floats) -> Floats:
        """Who leaves [row, day], of those present before day 0 [row] and who enter [row, day]."""
        out = np.empty_like(entries)
        for day, (first, later) in enumerate(zip(self.first, self.later, strict=True)):
            coming = entries[:, day]
            out[:, day] = first * coming + later * present
            present = present + coming - out[:, day]
        return out


def paces_of(race: Race, tables: RaceTables, days: int, oldest: int) -> Paces | None:
    """The paces of a race, or None if it is not one way by laws without memory.

    Everybody leaves in the end, and each change is one of the pace of everyone. `oldest`: the most
    days that anybody has served on day 0. A new law's table must be longer than that: people who
    have served longer than the table leave at once.
    """
    if len(race.ways) != 1 or race.branches != 1:
        return None
    (way,) = race.ways
    first, *others = way.policies
    if way.clock >= 0 or way.start >= 0 or any(p.everyone != PACE for p in others):
        return None
    if any(p.chance < 1.0 or p.shares != first.shares for p in way.policies):
        return None
    chances = [_chances(tables, policy.tables[0]) for policy in way.policies]
    known = np.array([each for each in chances if each is not None])
    if len(known) < len(chances):
        return None
    slowest = 1.0 - known[:, 1].min()
    lengths = [len(tables.cdf(policy.tables[0])) for policy in others]
    if any(length < days + oldest and slowest**length > OLD for length in lengths):
        return None
    drawn: Ints = way.drawn_on(np.arange(days))
    return Paces(known[drawn, 0], known[drawn, 1])


def _chances(tables: RaceTables, table: int) -> tuple[float, float] | None:
    """Of leaving on the day of entering, and on any later one if it is always the same."""
    if tables.fixed(table) >= 0:
        return None
    left = 1.0 - tables.cdf(table)
    seen = left[: int((left > SEEN).sum()) + 1]
    if len(seen) < 2:
        return None
    days = max(1, int((seen > EXACT).sum()) - 1)
    later = 1.0 - (seen[days] / seen[0]) ** (1.0 / days)
    gaps = np.abs(1.0 - seen[1:] / seen[:-1] - later)
    same = bool((gaps <= SAME / seen[:-1]).all())
    return (float(1.0 - seen[0]), float(later)) if same else None
