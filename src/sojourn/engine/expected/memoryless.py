"""People who leave at a pace that does not depend on how long they have been there.

Then those present are all alike, whenever they came, and a day takes one product, not one for every
day of entry. But a law's table ends where hardly anything is left of it: people who have been there
for longer than the stays of a new law leave at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from sojourn.arrays import Floats, Ints
from sojourn.engine.expected.race import Race, RaceTables
from sojourn.engine.program import PACE
from sojourn.engine.stay_tables import NEVER

SAME = 1e-12
"""Of those who are left chances of leaving may differ by this over their share, by rounding."""
SEEN = 1e-9
"""Chances are compared while a greater share of all is left."""
EXACT = 1e-3
"""The chance is computed from the days until so many are left: later ones only add rounding."""
_LEAST = 1e-300


@dataclass(frozen=True, slots=True)
class Paces:
    """The chances of leaving, by the policy that holds on each day."""

    first: Floats
    """[day]: on the day of entering."""
    later: Floats
    """[day]: on any later one."""
    longest: Ints
    """[day]: all of those who entered so many days ago leave."""

    def exits(self, served: Floats, entries: Floats) -> Floats:
        """Who leaves [row, day], of those present before day 0 [row, days served] and who enter
        [row, day].

        Who has served none enters on day 0.
        """
        past = served.shape[1] - 1
        came = np.concatenate([served[:, :0:-1], entries], axis=1)  # from day -past on
        came[:, past] += served[:, 0]
        kept = np.ones(came.shape[1])
        kept[past:] -= self.first
        staying = np.concatenate([[0.0], np.log(np.maximum(1.0 - self.later, _LEAST)).cumsum()])
        out = np.empty_like(entries)
        _leave(came, past, kept, staying, self.first, self.later, self.longest, out)
        return out


@njit(cache=True, nogil=True)
def _leave(came, past, kept, staying, first, after, longest, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 -- Numba infers
    """Exits [row, day] of those who came [row, day since the first]; see `Paces.exits`."""
    rows, days = out.shape
    for row in range(rows):
        present = came[row, :past].sum()
        gone = 0
        for day in range(days):
            coming = came[row, past + day]
            leaving = first[day] * coming + after[day] * present
            # Of those whose longest stay is over, who has not left by now.
            while gone <= past + day - longest[day]:
                since = max(0, gone - past + 1)
                left = kept[gone] * np.exp(staying[day] - staying[since])
                leaving += (1.0 - after[day]) * came[row, gone] * left
                gone += 1
            out[row, day] = leaving
            present += coming - leaving


def paces_of(race: Race, tables: RaceTables, days: int, oldest: int) -> Paces | None:
    """The paces of a race, or None if it is not one way by laws without memory.

    Everybody leaves in the end, and each change is one of the pace of everyone. `oldest`: the most
    days that anybody has served on day 0.
    """
    if len(race.ways) != 1 or race.branches != 1:
        return None
    (way,) = race.ways
    first, *others = way.policies
    if way.clock >= 0 or way.start >= 0 or any(p.everyone != PACE for p in others):
        return None
    if any(p.chance < 1.0 or p.shares != first.shares for p in way.policies):
        return None
    found = [_chances(tables, policy.tables[0], days + oldest) for policy in way.policies]
    known = [each for each in found if each is not None]
    if len(known) < len(found):
        return None
    drawn: Ints = way.drawn_on(np.arange(days))
    at_once, later, longest = (np.array(each)[drawn] for each in zip(*known, strict=True))
    return Paces(at_once, later, longest)


def _chances(tables: RaceTables, table: int, days: int) -> tuple[float, float, int] | None:
    """Of leaving on the day of entering, and on any later one; and the longest stay.

    None if later chances differ, or if the table is cut off within the days.
    """
    if tables.fixed(table) >= 0:
        return None
    left = 1.0 - tables.cdf(table)
    ends = left[-1] <= 0.0
    seen = left[: int((left > SEEN).sum()) + 1]
    if len(seen) < 2 or (len(left) < days and not ends):
        return None
    steps = max(1, int((seen > EXACT).sum()) - 1)
    later = 1.0 - (seen[steps] / seen[0]) ** (1.0 / steps)
    gaps = np.abs(1.0 - seen[1:] / seen[:-1] - later)
    if not (gaps <= SAME / seen[:-1]).all():
        return None
    return float(1.0 - seen[0]), float(later), len(left) - 1 if ends else NEVER
