"""Exact answers by day, from the design's words alone: no function of the engine is used here.

Each is a few lines of probability on whole days; docs/verification.md says what is held to what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Way:
    """A way from one state to another (-1: out): P(it is taken after k days) for each k."""

    source: int
    target: int
    mass: Floats


def race(delays: Sequence[Floats]) -> list[Floats]:
    """P(way i wins on day k): the least delay; the earlier wins a tie. Masses may be defective."""
    days = len(delays[0])
    after = [1.0 - np.cumsum(delay) for delay in delays]  # P(K > k)
    before = [np.concatenate([[1.0], tail[:-1]]) for tail in after]  # P(K >= k)
    won = []
    for i, delay in enumerate(delays):
        rest = np.ones(days)
        for j in range(len(delays)):
            if j != i:
                rest = rest * (after[j] if j < i else before[j])
        won.append(delay * rest)
    return won


def expected_entries(states: int, ways: Sequence[Way], outside: Floats) -> Floats:
    """Mean entries into each state on each day, [d, s]: the Markov renewal equation, by day.

    `outside` [d, s] are the mean entries from outside. Moves after 0 days happen on the same day.
    """
    days = len(outside)
    at_once = np.zeros((states, states))
    for way in ways:
        if way.target >= 0:
            at_once[way.source, way.target] += way.mass[0]
    within = np.linalg.inv(np.eye(states) - at_once)
    entries = np.zeros((days, states))
    for day in range(days):
        came = outside[day].copy()
        for way in ways:
            if way.target >= 0:
                lags = np.arange(1, min(day, len(way.mass) - 1) + 1)
                came[way.target] += entries[day - lags, way.source] @ way.mass[lags]
        entries[day] = came @ within
    return entries


def expected_census(states: int, ways: Sequence[Way], outside: Floats) -> Floats:
    """Mean census [d, s] of independent people on these ways."""
    days = len(outside)
    entries = expected_entries(states, ways, outside)
    census = np.zeros((days, states))
    for s in range(states):
        left = np.zeros(days)
        for way in ways:
            if way.source == s:
                size = min(days, len(way.mass))
                left[:size] += way.mass[:size]
        stays = 1.0 - np.cumsum(left)
        census[:, s] = np.convolve(entries[:, s], stays)[:days]
    return census


@dataclass(frozen=True)
class Memoryless:
    """A stay that survives its first evening with `first`, then every further one with `ratio`."""

    first: float
    ratio: float


NEVER_ENDS = Memoryless(1.0, 1.0)


def places_chain(
    *, rate: float, places: int, stays: Memoryless, patience: Memoryless, days: int, most: int
) -> Floats:
    """Law [held, waiting] at the end of each day, [d, places+1, most+1], from empty.

    Poisson admissions of `rate` a day wait for one of `places`; those who wait lose patience. On a
    day, in this order: stays and patience of those from before end; people come, and those with no
    patience at all leave; free places are filled, and those who stay for 0 days make room again.
    """
    states = [(held, waiting) for held in range(places + 1) for waiting in range(most + 1)]
    index = {state: i for i, state in enumerate(states)}

    @cache
    def filled(held: int, waiting: int) -> dict[tuple[int, int], float]:
        entering = min(places - held, waiting)
        if entering == 0:
            return {(held, min(waiting, most)): 1.0}
        found: dict[tuple[int, int], float] = {}
        chances = stats.binom.pmf(np.arange(entering + 1), entering, stays.first)
        for staying, p in enumerate(chances):
            for state, q in filled(held + staying, waiting - entering).items():
                found[state] = found.get(state, 0.0) + p * q
        return found

    # Those who come and have patience for the first evening are Poisson too.
    joining = rate * patience.first
    came = stats.poisson.pmf(np.arange(int(joining + 12 * np.sqrt(joining) + 12)), joining)
    step = np.zeros((len(states), len(states)))
    for (held, waiting), i in index.items():
        kept = stats.binom.pmf(np.arange(held + 1), held, stays.ratio)
        patient = stats.binom.pmf(np.arange(waiting + 1), waiting, patience.ratio)
        queue = np.convolve(patient, came)
        for staying, p in enumerate(kept):
            for waits, q in enumerate(queue):
                if p * q > 0.0:
                    for state, share in filled(staying, waits).items():
                        step[i, index[state]] += p * q * share
    law = np.zeros(len(states))
    law[index[0, 0]] = 1.0
    found = np.empty((days, len(states)))
    for day in range(days):
        law = law @ step
        found[day] = law
    return found.reshape(days, places + 1, most + 1)


def waiting_chain(rate: float, served: int, days: int, most: int) -> Floats:
    """Law of those who wait at the end of each day, [d, n]: W' = max(W + Poisson - served, 0)."""
    came = stats.poisson.pmf(np.arange(most + served + 1), rate)
    law = np.zeros(most + 1)
    law[0] = 1.0
    found = np.empty((days, most + 1))
    for day in range(days):
        before = np.convolve(law, came)
        law = np.concatenate([[before[: served + 1].sum()], before[served + 1 :]])[: most + 1]
        found[day] = law
    return found


def alternating_open(opens: Floats, shuts: Floats, chance: float, days: int) -> Floats:
    """P(open on day d) of a gate that opens on day 0, shuts, and opens again and again.

    With `chance` an open spell ends, after k days with mass `opens`; else it lasts for ever. A shut
    spell lasts k days with mass `shuts`.
    """
    cycle = chance * np.convolve(opens[:days], shuts[:days])[:days]
    begun = np.zeros(days)  # mean number of open spells that begin on day d
    for day in range(days):
        before = float(begun[:day] @ cycle[day:0:-1]) if day else 1.0
        begun[day] = before / (1.0 - cycle[0])
    lasts = 1.0 - chance * np.cumsum(opens[:days])
    return np.convolve(begun, lasts)[:days]
