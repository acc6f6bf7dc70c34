"""The works in SimPy: a process for each person, a resource for the places."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy
from daybook import Daybook, Stays, main

Process = Generator[simpy.Event, Any, None]


def flow(daily: float, days: int, seed: int) -> Daybook:
    stays, book, env = Stays(seed), Daybook(days, ("held", "free")), simpy.Environment()
    held, uniform = stays.lognormal(180, 180), stays.uniform

    def person() -> Process:
        book.move(env.now, "admitted", None, "held")
        while True:
            yield env.timeout(held())
            if uniform() >= 0.35:
                book.move(env.now, "held > out", "held", None)
                return
            book.move(env.now, "held > free", "held", "free")
            yield env.timeout(stays.exponential(365))
            book.move(env.now, "free > held", "free", "held")

    def admissions() -> Process:
        while True:
            for _ in range(stays.poisson(daily)):
                env.process(person())
            yield env.timeout(1)

    env.process(admissions())
    env.run(until=days)
    return book


def capacity(daily: float, days: int, seed: int, places: int) -> Daybook:
    stays, env = Stays(seed), simpy.Environment()
    book = Daybook(days, ("review", "stayed", "waiting", "held"))
    stayed, held, uniform = stays.lognormal(60, 60), stays.lognormal(180, 180), stays.uniform
    facility = simpy.Resource(env, places)

    def person() -> Process:
        book.move(env.now, "admitted", None, "review")
        petition = stays.exponential(7) if uniform() < 0.2 else 15
        yield env.timeout(min(14, petition))
        source = "review"
        if petition <= 14:
            book.move(env.now, "review > stayed", "review", "stayed")
            yield env.timeout(stayed())
            if uniform() >= 0.5:
                book.move(env.now, "stayed > out", "stayed", None)
                return
            source = "stayed"
        book.move(env.now, f"{source} > waiting", source, "waiting")
        with facility.request() as place:
            yield place | env.timeout(180)
            if not place.triggered:
                book.move(env.now, "waiting > out", "waiting", None)
                return
            book.move(env.now, "waiting > held", "waiting", "held")
            yield env.timeout(held())
            book.move(env.now, "held > out", "held", None)

    def admissions() -> Process:
        while True:
            for _ in range(stays.poisson(daily)):
                env.process(person())
            yield env.timeout(1)

    env.process(admissions())
    env.run(until=days)
    return book


if __name__ == "__main__":
    main(flow, capacity)
