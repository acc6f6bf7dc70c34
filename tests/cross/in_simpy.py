"""The models in SimPy. A day is ten ticks, so that what happens on a day has its order.

1: patience of those from earlier days ends; 2: people come; 3: stays of those from earlier days
end, and their places go to those who wait; 9: the census. A stay of no day ends where it begins.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import simpy

from cross.models import (
    Queue,
    Race,
    Returns,
    Sample,
    Seen,
    nights_of,
    pair,
    queue_seen,
    race_seen,
    sample_of,
    time_of,
)

TICKS = 10
PATIENCE, ARRIVAL, DEPARTURE, CENSUS = 1, 2, 3, 9


def until(env: simpy.Environment, days: int, tick: int) -> simpy.Timeout:
    """Wait until that tick of the day after so many nights."""
    return env.timeout((env.now // TICKS + days) * TICKS + tick - env.now)


def returns(model: Returns, count: int, seed: int) -> Sample:
    return sample_of(_returns(model, np.random.default_rng([seed, r])) for r in range(count))


def _returns(model: Returns, rng: np.random.Generator) -> Seen:
    env = simpy.Environment()
    here = {"held": 0, "free": 0}
    moves = {"returns": 0, "left for good": 0}
    evenings: list[tuple[int, int]] = []

    def person() -> Iterator[simpy.Event]:
        while True:
            here["held"] += 1
            nights = nights_of(rng, model.held)
            if nights:
                yield until(env, nights, DEPARTURE)
            here["held"] -= 1
            if rng.random() >= model.again:
                moves["left for good"] += 1
                return
            here["free"] += 1
            nights = nights_of(rng, model.free)
            if nights:
                yield until(env, nights, DEPARTURE)
            here["free"] -= 1
            moves["returns"] += 1

    def calendar() -> Iterator[simpy.Event]:
        for _ in range(model.days):
            yield until(env, 0, ARRIVAL)
            for _ in range(rng.poisson(model.rate)):
                env.process(person())
            yield until(env, 0, CENSUS)
            evenings.append((here["held"], here["free"]))
            yield env.timeout(1)

    env.process(calendar())
    env.run(until=model.days * TICKS)
    seen = {f"held and free on day {d}": pair(*evenings[d]) for d in model.looks}
    return seen | {"person-days held": float(sum(held for held, _ in evenings))} | moves


def queue(model: Queue, count: int, seed: int, *, patience_last: bool = False) -> Sample:
    """With `patience_last` free places go round before the impatient leave: another model."""
    return sample_of(
        _queue(model, np.random.default_rng([seed, r]), patience_last) for r in range(count)
    )


def _queue(model: Queue, rng: np.random.Generator, patience_last: bool) -> Seen:
    env = simpy.Environment()
    places = simpy.Resource(env, capacity=model.places)
    waits: list[int] = []
    lost = 0
    evenings: list[tuple[int, int]] = []

    def person() -> Iterator[simpy.Event]:
        nonlocal lost
        patience = nights_of(rng, model.patience)
        if patience == 0 and not patience_last:
            lost += 1
            return
        came = env.now // TICKS
        with places.request() as place:
            end = until(env, patience, CENSUS - 1 if patience_last else PATIENCE)
            yield place | end
            if not place.triggered:
                lost += 1
                return
            waits.append(env.now // TICKS - came)
            nights = nights_of(rng, model.held)
            if nights:
                yield until(env, nights, DEPARTURE)

    def calendar() -> Iterator[simpy.Event]:
        for _ in range(model.days):
            yield until(env, 0, ARRIVAL)
            for _ in range(rng.poisson(model.rate)):
                env.process(person())
            yield until(env, 0, CENSUS)
            evenings.append((places.count, len(places.queue)))
            yield env.timeout(1)

    env.process(calendar())
    env.run(until=model.days * TICKS)
    return queue_seen(model, evenings, waits, lost)


def race(model: Race, count: int, seed: int, *, whole_days: bool = False) -> Sample:
    """In continuous time: people come at any moment of a day of length 1, midnights are counted.

    With `whole_days` each delay is made whole days before they race: another model.
    """
    return sample_of(
        _race(model, np.random.default_rng([seed, r]), whole_days) for r in range(count)
    )


def _race(model: Race, rng: np.random.Generator, whole_days: bool) -> Seen:
    env = simpy.Environment()
    evenings: list[int] = []
    stays: list[tuple[int, int]] = []
    here = 0

    def person() -> Iterator[simpy.Event]:
        nonlocal here
        here += 1
        came = int(env.now)
        coming = [i for i, (_, chance) in enumerate(model.ways) if rng.random() < chance]
        if whole_days:
            nights, way = min((nights_of(rng, model.ways[i][0]), i) for i in coming)
            yield env.timeout(max(0.0, came + nights - env.now))
        else:
            ends = [env.timeout(time_of(rng, model.ways[i][0]), value=i) for i in coming]
            way = next(iter((yield env.any_of(ends)).values()))
        here -= 1
        stays.append((way, int(env.now) - came))

    def arrivals() -> Iterator[simpy.Event]:
        while True:
            yield env.timeout(rng.exponential(1.0 / model.rate))
            env.process(person())

    def midnights() -> Iterator[simpy.Event]:
        for day in range(model.days):
            yield env.timeout(day + 1 - env.now)
            evenings.append(here)

    env.process(arrivals())
    env.process(midnights())
    env.run(until=model.days + 1e-9)
    return race_seen(model, evenings, stays)
