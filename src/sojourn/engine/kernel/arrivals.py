"""What one history draws before its first day: how many enter on each day, and the gates."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from sojourn.engine.program import Floats, GateProgram, Ints, Keys, Program
from sojourn.engine.random import person_key, salt, stream_key, uniform, uniform_int
from sojourn.engine.stay_tables import NEVER, look_up

_SALT_COUNT = salt("admissions", "count")
_SALT_PHASE = salt("admissions", "phase")
_SALT_LISTED = salt("admissions", "listed")
_MOST_AT_ONCE = 500.0
"""Above this mean a Poisson count is the sum of several: exp(-mean) must not vanish."""
_POISSON = 1e-9
"""A ratio of variance to mean that is less than this above 1 is 1."""
_NOTHING = 1e-18
"""Less than a quantile's last bit, 2^-53, by far."""
_MOST_SUMS = 1 << 13
"""Of a Poisson part, which has a mean of 500 at most, about 700 are needed; of a count with a ratio
of variance to mean in the hundreds, more than these, and it is summed up each time."""


@njit(cache=True, nogil=True)
def parts_of(mean, ratio):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- Numba infers
    """In how many parts a number is drawn, the mean of each, and its probability of nobody.

    Of a negative binomial number with shape r = mean / (ratio - 1) it is ratio^-r; of a Poisson
    number (`ratio` 1) it is exp(-mean). Numbers of one ratio add up to such a number, so a large
    mean is the sum of parts (exact), lest the probability vanish.
    """
    excess = ratio - 1.0
    depth = mean if excess < _POISSON else mean * math.log1p(excess) / excess
    parts = max(np.int64(1), np.int64(math.ceil(depth / _MOST_AT_ONCE)))
    return parts, mean / parts, math.exp(-depth / parts)


@njit(cache=True, nogil=True)
def next_probability(probability, k, mean, ratio):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """P(k) from P(k-1): mean / k times it, or (r + k-1) / k (ratio - 1) / ratio times it.

    Johnson, Kemp and Kotz, *Univariate Discrete Distributions*, chapters 4 and 5.
    """
    excess = ratio - 1.0
    if excess < _POISSON:
        return probability * (mean / k)
    return probability * ((mean / excess + (k - 1)) / k * (excess / ratio))


@njit(cache=True, nogil=True)
def is_last(probability, k, mean, ratio):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """Whether the tail from k on is below what 53 bits can tell apart: it falls by ratio or so."""
    return probability * ratio < _NOTHING and k > mean


@njit(cache=True, nogil=True)
def random_count(mean, ratio, key, day, salt_value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """A number of people with that mean and variance `ratio` × mean, by inversion.

    Negative binomial, or Poisson where the ratio is 1.
    """
    if mean <= 0.0:
        return np.int64(0)
    parts, part, nobody = parts_of(mean, ratio)
    total = np.int64(0)
    for i in range(parts):
        u = uniform(key, day, salt_value + np.uint64(i))
        probability = nobody
        below = probability
        k = np.int64(0)
        while u >= below:
            k += 1
            probability = next_probability(probability, k, part, ratio)
            below += probability
            if is_last(probability, k, part, ratio):
                break
        total += k
    return total


@njit(cache=True, nogil=True)
def count_table(mean, ratio, sums):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """Write P(K ≤ k) of one part of `random_count` to `sums`; returns how many, 0: they do not fit.

    The last is above every quantile, so that the first sum above a quantile is what
    `random_count` finds.
    """
    _, part, nobody = parts_of(mean, ratio)
    probability = nobody
    below = probability
    k = np.int64(0)
    while True:
        sums[k] = below
        k += 1
        if k == len(sums):
            return 0
        probability = next_probability(probability, k, part, ratio)
        below += probability
        if is_last(probability, k, part, ratio):
            sums[k] = 2.0
            return k + 1


@njit(cache=True, nogil=True)
def draw_arrivals(rate, fixed, ratio, keys, salt_count, salt_phase, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """Admissions [d, stream]: random counts, or the whole steps of the cumulative rate.

    Those of a day with a million people take milliseconds: left off when `stop` [1] is set.
    """
    days, streams = rate.shape
    counts = np.zeros((days, streams), np.int64)
    # A mean that is the same again gets a table: a search in it finds what summing up would.
    sums = np.empty(_MOST_SUMS)
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
            tabled = -1.0
            known = np.int64(0)
            for day in range(days):
                if stop[0] != 0:
                    return counts
                mean = rate[day, s]
                if mean > 0.0 and day > 0 and mean == rate[day - 1, s] and mean != tabled:
                    known = count_table(mean, ratio[s], sums)
                    tabled = mean
                if mean == tabled and known > 0:
                    for i in range(parts_of(mean, ratio[s])[0]):
                        u = uniform(keys[s], day, salt_count + np.uint64(i))
                        counts[day, s] += np.searchsorted(sums[:known], u, side="right")
                else:
                    counts[day, s] = random_count(mean, ratio[s], keys[s], day, salt_count)
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


def table_arrays(program: Program) -> dict[str, np.ndarray]:
    """The tables of stays by the names that the kernel has for them."""
    t = program.tables
    return {
        "cdf": t["cdf"],
        "table_start": t["start"],
        "table_length": t["length"],
        "guide": t["guide"],
        "guide_start": t["guide_start"],
        "guide_size": t["guide_size"],
        "table_fixed": t["fixed"],
    }


def table_arguments(program: Program) -> tuple[np.ndarray, ...]:
    """The arguments of `look_up` after the quantile and the table."""
    return tuple(table_arrays(program).values())


def curve_arrays(program: Program) -> dict[str, np.ndarray]:
    """Which laws give whole steps alone, and the curves of those that race."""
    t = program.tables
    curves = {name: t[name] for name in ("curve_x", "curve_gone", "curve_start", "curve_size")}
    return {"table_whole": t["whole"], **curves}
