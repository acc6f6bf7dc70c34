"""What the Python peers share: whole-day stays, and counts of each day and month."""

from __future__ import annotations

import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import accumulate
from math import log, sqrt

MONTH = 30


class Daybook:
    """Census of each day and moves of each month, filled while a peer runs."""

    def __init__(self, days: int, states: tuple[str, ...]) -> None:
        self.days = days
        self.change = {state: [0] * (days + 1) for state in states}
        self.moves: dict[str, list[int]] = defaultdict(lambda: [0] * (days // MONTH + 1))

    def move(self, day: int, name: str, source: str | None, target: str | None) -> None:
        """One person moves; None is outside."""
        self.moves[name][day // MONTH] += 1
        if source is not None:
            self.change[source][day] -= 1
        if target is not None:
            self.change[target][day] += 1

    def report(self, seconds: float) -> dict[str, object]:
        """Mean census, flows, events and most people alive."""
        census = {name: list(accumulate(row))[: self.days] for name, row in self.change.items()}
        flows = {name: sum(row) for name, row in self.moves.items()}
        return {
            "seconds": seconds,
            "events": sum(flows.values()),
            "alive": max(map(sum, zip(*census.values(), strict=True))),
            "census": {name: sum(row) / self.days for name, row in census.items()},
            "flows": flows,
        }


class Stays:
    """Stays in whole days: the midnights that one from a random time of day crosses."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.uniform = self.random.random

    def exponential(self, mean: float) -> int:
        """Exponential with this mean."""
        return int(self.uniform() + self.random.expovariate(1.0 / mean))

    def lognormal(self, mean: float, sd: float) -> Callable[[], int]:
        """Draws of a lognormal with this mean and standard deviation."""
        variance = log(1.0 + (sd / mean) ** 2)
        mu, sigma = log(mean) - variance / 2, sqrt(variance)
        draw, uniform = self.random.lognormvariate, self.uniform
        return lambda: int(uniform() + draw(mu, sigma))

    def poisson(self, mean: float) -> int:
        """Poisson, by the gaps between arrivals."""
        count, at = -1, 0.0
        while at < mean:
            at += self.random.expovariate(1.0)
            count += 1
        return count


def main(
    flow: Callable[[float, int, int], Daybook],
    capacity: Callable[[float, int, int, int], Daybook],
) -> None:
    """`peer.py flow DAILY DAYS SEED` or `peer.py capacity DAILY DAYS SEED PLACES`."""
    work, daily, days, seed, *places = sys.argv[1:]
    start = time.process_time()
    if work == "flow":
        book = flow(float(daily), int(days), int(seed))
    else:
        book = capacity(float(daily), int(days), int(seed), int(places[0]))
    print(json.dumps(book.report(time.process_time() - start)))
