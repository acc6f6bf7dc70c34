"""What one history draws before its first day: how many enter on each day, and the gates."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from sojourn.engine.program import Floats, GateProgram, Ints, Keys, Program
from sojourn.engine.random import person_key, salt, stream_key, uniform, uniform_int
from sojourn.engine.tables import NEVER, look_up

_SALT_COUNT = salt("admissions", "count")
_SALT_PHASE = salt("admissions", "phase")
_SALT_LISTED = salt("admissions", "listed")
_MOST_AT_ONCE = 500.0
"""Above this mean a Poisson count is the sum of several: exp(-mean) must not vanish."""


@njit(cache=True, nogil=True)
def poisson(mean, key, day, salt_value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- Numba infers
    """A Poisson number by inversion; a large mean is the sum of parts drawn apart (exact)."""
    if mean <= 0.0:
        return np.int64(0)
    parts = max(np.int64(1), np.int64(math.ceil(mean / _MOST_AT_ONCE)))
    part = mean / parts
    total = np.int64(0)
    for i in range(parts):
        u = uniform(key, day, salt_value + np.uint64(i))
        probability = math.exp(-part)
        below = probability
        k = np.int64(0)
        while u >= below:
            k += 1
            probability *= part / k
            below += probability
            if probability < 1e-18 and k > part:
                break  # the rest of the tail is below what 53 bits can tell apart
        total += k
    return total


@njit(cache=True, nogil=True)
def negative_binomial(mean, ratio, key, day, salt_value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """A negative binomial number with variance `ratio` × mean, by inversion; ratio 1 is Poisson.

    With shape r = mean / (ratio - 1), P(0) = ratio^-r and P(k+1) = P(k) (r + k) / (k + 1)
    (ratio - 1) / ratio (Johnson, Kemp and Kotz, *Univariate Discrete Distributions*, chapter 5).
    Numbers of one ratio add up to such a number, so a large mean is the sum of parts (exact).
    """
    excess = ratio - 1.0
    if excess < 1e-9:
        return poisson(mean, key, day, salt_value)
    if mean <= 0.0:
        return np.int64(0)
    # -log P(0), which must not be so large that P(0) vanishes.
    depth = mean * math.log1p(excess) / excess
    parts = max(np.int64(1), np.int64(math.ceil(depth / _MOST_AT_ONCE)))
    part = mean / parts
    shape = part / excess
    nobody = math.exp(-depth / parts)
    total = np.int64(0)
    for i in range(parts):
        u = uniform(key, day, salt_value + np.uint64(i))
        probability = nobody
        below = probability
        k = np.int64(0)
        while u >= below:
            probability *= (shape + k) / (k + 1.0) * (excess / ratio)
            k += 1
            below += probability
            if probability * ratio < 1e-18 and k > part:
                break  # as above: the tail falls by (ratio - 1) / ratio or faster from here
        total += k
    return total


@njit(cache=True, nogil=True)
def draw_arrivals(rate, fixed, ratio, keys, salt_count, salt_phase, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """Admissions [d, stream]: random counts, or the whole steps of the cumulative rate.

    Those of a day with a million people take milliseconds: left off when `stop` [1] is set.
    """
    days, streams = rate.shape
    counts = np.zeros((days, streams), np.int64)
    for s in range(streams):
        if fixed[s] == 1:
            # A phase of its own, so that many small streams do not all step on the same day.
            level = uniform(keys[s], 0, salt_phase)
            before = np.int64(math.floor(level))
            for day in range(days):
                level += rate[day, s]
                now = np.int64(math.floor(level))
                counts[day, s] = now - before
                before = now
        else:
            for day in range(days):
                if stop[0] != 0:
                    return counts
                counts[day, s] = negative_binomial(rate[day, s], ratio[s], keys[s], day, salt_count)
    return counts


@njit(cache=True, nogil=True)
def place_listed(counts, key, people, streams, first, end, salt_value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """Add the people of a list [d] to the counts of its streams: each person's is drawn.

    `first` and `end` are the streams' quantiles, rising; a person whose stream is in another part
    of the program falls between them.
    """
    for day in range(len(people)):
        of_day = person_key(key, day)
        for number in range(people[day]):
            u = uniform(of_day, number, salt_value)
            place = np.searchsorted(first, u, side="right") - 1
            if place >= 0 and u < end[place]:
                counts[day, streams[place]] += 1


def arrivals(
    program: Program, keys: Keys, run: int, stop: npt.NDArray[np.uint8] | None = None
) -> Ints:
    """How many enter from each stream on each day, [d, stream].

    `keys` are those of all streams in the history of which `run` is the key. Once `stop` [1] is
    set by another thread the numbers mean nothing.
    """
    counts = np.asarray(
        draw_arrivals(
            program.admission_rate,
            program.admission_fixed,
            program.admission_ratio,
            keys[program.stocks :],
            np.uint64(_SALT_COUNT),
            np.uint64(_SALT_PHASE),
            np.zeros(1, dtype=np.uint8) if stop is None else stop,
        )
    )
    for number, name in enumerate(program.list_names):
        place_listed(
            counts,
            np.uint64(stream_key(run, f"list|{name}")),
            program.list_people[:, number],
            *listed_streams(program, number),
            np.uint64(_SALT_LISTED),
        )
    return counts


def listed_streams(program: Program, number: int) -> tuple[Ints, Floats, Floats]:
    """Streams of a list that can have people, and the quantiles at which each begins and ends."""
    first, end = program.admission_from, program.admission_to
    streams = np.flatnonzero((program.admission_list == number) & (end > first))
    streams = streams[np.argsort(first[streams], kind="stable")]
    return streams, first[streams], end[streams]


def gate_days(program: Program, run: int) -> npt.NDArray[np.bool_]:
    """Whether each gate is open on each day, [d, gate]; drawn from the gate's name alone."""
    open_days = np.empty((program.days, len(program.gates)), dtype=np.bool_)
    for i, gate in enumerate(program.gates):
        open_days[:, i] = gate.fixed_open & _alternating(program, gate, run)
    return open_days


def _alternating(program: Program, gate: GateProgram, run: int) -> npt.NDArray[np.bool_]:
    days = program.days
    key = stream_key(run, f"gate|{gate.name}")
    opened = np.ones(days, dtype=np.bool_)

    def stay(table: int, turn: int, purpose: str) -> int:
        u = uniform_int(key, turn, salt("gate", purpose))
        return int(look_up(u, table, *table_arguments(program)))

    def happens(turn: int, purpose: str) -> bool:
        return gate.chance >= 1.0 or uniform_int(key, turn, salt("gate", purpose)) < gate.chance

    day = gate.start
    if gate.opens_after >= 0:
        opened[max(0, day) :] = False
        if day > 0:
            opened[:day] = False
        if not happens(0, "opens"):
            return opened
        day += stay(gate.opens_after, 0, "opens after")
        if day >= days:
            return opened
        opened[max(0, day) :] = True
    turn = 0
    while gate.closes_after >= 0 and day < days:
        # With `opens after`, the chance is that of opening; else that of each closing.
        if gate.opens_after < 0 and not happens(turn, "closes"):
            break
        day += stay(gate.closes_after, turn, "closes after")
        if day >= days:
            break
        opened[max(0, day) :] = False
        if gate.closed_for < 0:
            break
        length = stay(gate.closed_for, turn, "closed for")
        if length >= NEVER or day + length >= days:
            break
        day += length
        opened[max(0, day) :] = True
        turn += 1
        if not gate.again or turn > days:
            break
    return opened


def table_arguments(program: Program) -> tuple[np.ndarray, ...]:
    """The arguments of `look_up` after the quantile and the table."""
    t = program.tables
    return (
        t["cdf"],
        t["start"],
        t["length"],
        t["guide"],
        t["guide_start"],
        t["guide_size"],
        t["fixed"],
    )
