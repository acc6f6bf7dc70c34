"""The works in salabim: a component for each person, a resource for the places."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import salabim
from daybook import Daybook, Stays, main

Process = Generator[Any, None, None]


def _environment() -> salabim.Environment:
    salabim.yieldless(False)
    return salabim.Environment(trace=False, random_seed="")


def _admit(env: salabim.Environment, person: type, stays: Stays, daily: float) -> None:
    class Admissions(salabim.Component):
        def process(self) -> Process:
            while True:
                for _ in range(stays.poisson(daily)):
                    person()
                yield self.hold(1)

    Admissions()


def flow(daily: float, days: int, seed: int) -> Daybook:
    stays, book, env = Stays(seed), Daybook(days, ("held", "free")), _environment()
    held, uniform = stays.lognormal(180, 180), stays.uniform

    class Person(salabim.Component):
        def process(self) -> Process:
            book.move(int(env.now()), "admitted", None, "held")
            while True:
                yield self.hold(held())
                if uniform() >= 0.35:
                    book.move(int(env.now()), "held > out", "held", None)
                    return
                book.move(int(env.now()), "held > free", "held", "free")
                yield self.hold(stays.exponential(365))
                book.move(int(env.now()), "free > held", "free", "held")

    _admit(env, Person, stays, daily)
    env.run(till=days - 0.5)
    return book


def capacity(daily: float, days: int, seed: int, places: int) -> Daybook:
    stays, env = Stays(seed), _environment()
    book = Daybook(days, ("review", "stayed", "waiting", "held"))
    stayed, held, uniform = stays.lognormal(60, 60), stays.lognormal(180, 180), stays.uniform
    facility = salabim.Resource(capacity=places)

    class Person(salabim.Component):
        def process(self) -> Process:
            book.move(int(env.now()), "admitted", None, "review")
            petition = stays.exponential(7) if uniform() < 0.2 else 15
            yield self.hold(min(14, petition))
            source = "review"
            if petition <= 14:
                book.move(int(env.now()), "review > stayed", "review", "stayed")
                yield self.hold(stayed())
                if uniform() >= 0.5:
                    book.move(int(env.now()), "stayed > out", "stayed", None)
                    return
                source = "stayed"
            book.move(int(env.now()), f"{source} > waiting", source, "waiting")
            yield self.request(facility, fail_delay=180)
            if self.failed():
                book.move(int(env.now()), "waiting > out", "waiting", None)
                return
            book.move(int(env.now()), "waiting > held", "waiting", "held")
            yield self.hold(held())
            self.release(facility)
            book.move(int(env.now()), "held > out", "held", None)

    _admit(env, Person, stays, daily)
    env.run(till=days - 0.5)
    return book


if __name__ == "__main__":
    main(flow, capacity)
