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


Delay = tuple[float, str, tuple[float, ...]]
"""Share of those who leave this way, family, and what it takes: days and weights of a table."""
GRID = 1 / 256
"""Of a day: what is within is taken by the trapezoidal rule."""
AT_FIRST = np.geomspace(1e-8, 4.0, 8000)
"""Days of the same: a law may begin at an infinite rate, or end within hours."""


def gone(family: str, numbers: tuple[float, ...], t: Floats) -> Floats:
    """P(T ≤ t), by SciPy's distributions."""
    first, second = (*numbers, 0.0)[:2]
    if family == "table":
        days, weights = np.array(numbers).reshape(-1, 2).T
        return (t[:, None] >= days) @ (weights / weights.sum())
    if family == "fixed":
        return (t >= first).astype(float)
    law = {
        "exponential": lambda: stats.expon(scale=first),
        "gamma": lambda: stats.gamma((first / second) ** 2, scale=second**2 / first),
        "lognormal": lambda: stats.lognorm(
            np.sqrt(np.log1p((second / first) ** 2)),
            scale=first / np.sqrt(1 + (second / first) ** 2),
        ),
        "weibull": lambda: stats.weibull_min(second, scale=first),
        "uniform": lambda: stats.uniform(first, second - first),
        "log-logistic": lambda: stats.fisk(second, scale=first),
    }[family]()
    return np.asarray(law.cdf(t))


def race(ways: Sequence[Sequence[Delay]], days: int) -> list[list[Floats]]:
    """P(way i is taken by its part j on day k) [i][j][k] of those who enter at a random time.

    The least delay happens, of equal ones the earlier; after n days and a part r of the next it is
    day n with probability 1 - r, and the next with r.
    """
    jumps = {
        (day, weight)
        for way in ways
        for _, family, numbers in way
        for day, weight in (
            zip(numbers[::2], numbers[1::2], strict=True)
            if family == "table"
            else [(numbers[0], 1.0)] * (family == "fixed")
        )
    }
    t = np.concatenate([np.arange(0, days + 1, GRID), AT_FIRST, [day for day, _ in jumps]])
    t = np.unique(t)
    t = t[t <= days + 1]
    below = np.maximum(0.0, np.nextafter(t, -1.0))
    before, after = ([[w * gone(f, x, at) for w, f, x in way] for way in ways] for at in (below, t))
    before = [[part * (t > 0) for part in way] for way in before]
    there_before, there_after = ([1.0 - sum(way) for way in one] for one in (before, after))
    middle = (t[:-1] + t[1:]) / 2
    found = []
    for i, way in enumerate(ways):
        others, at_once = np.ones(len(t) - 1), np.ones(len(t))
        for j in range(len(ways)):
            if j != i:
                others = others * (there_after[j][:-1] + there_before[j][1:]) / 2
                at_once = at_once * (there_after[j] if j < i else there_before[j])
        parts = []
        for part in range(len(way)):
            smooth = (before[i][part][1:] - after[i][part][:-1]) * others
            jump = (after[i][part] - before[i][part]) * at_once
            mass = np.zeros(days + 3)
            for where, of in ((middle, smooth), (t, jump)):
                whole = np.floor(where).astype(int)
                mass += np.bincount(whole, of * (1 - (where - whole)), days + 3)
                mass += np.bincount(whole + 1, of * (where - whole), days + 3)
            parts.append(mass[:days])
        found.append(parts)
    return found


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
