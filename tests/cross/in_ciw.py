"""The models in Ciw: once in continuous time, and in whole days of ten ticks (see `in_simpy`).

In continuous time only a single stay, by one way out or by the first of several, agrees exactly
with the days of the engine: who comes at a uniformly random time of day is counted at the midnights
that the stay crosses. A second stay begins at a time of day that depends on the first, so chains of
stays run in whole days.
"""

from __future__ import annotations

from bisect import bisect_right

import ciw
import numpy as np

from cross.in_simpy import ARRIVAL, CENSUS, DEPARTURE, PATIENCE, TICKS
from cross.models import (
    Queue,
    Race,
    Returns,
    Sample,
    Seen,
    StayWords,
    nights_of,
    pair,
    queue_seen,
    race_seen,
    sample_of,
    time_of,
)


class EveryDay(ciw.dists.Distribution):
    """Batches come at one tick of each day."""

    def sample(self, t=None, ind=None) -> float:
        return float(ARRIVAL if t == 0 else TICKS)


class Batch(ciw.dists.Distribution):
    """A Poisson number of people."""

    def __init__(self, rng: np.random.Generator, mean: float) -> None:
        self.rng, self.mean_size = rng, mean

    def sample(self, t=None, ind=None) -> int:
        return int(self.rng.poisson(self.mean_size))


class Nights(ciw.dists.Distribution):
    """A stay of whole days that ends at `tick`; one of no day ends at once."""

    def __init__(self, rng: np.random.Generator, words: StayWords, tick: int) -> None:
        self.rng, self.words, self.tick = rng, words, tick

    def sample(self, t=None, ind=None) -> float:
        nights = nights_of(self.rng, self.words)
        return float((t // TICKS + nights) * TICKS + self.tick - t) if nights else 0.0


class Patience(Nights):
    """Patience for as many nights as the person was given when they came (see `Given`)."""

    def sample(self, t=None, ind=None) -> float:
        return float((t // TICKS + ind.patience) * TICKS + self.tick - t)


class Given:
    """Gives each who comes their nights of patience; those with none never join: they baulk."""

    def __init__(self, rng: np.random.Generator, words: StayWords) -> None:
        self.rng, self.words = rng, words

    def __call__(self, n: int, *, next_ind: ciw.Individual, **_: object) -> float:
        next_ind.patience = nights_of(self.rng, self.words)
        return float(next_ind.patience == 0)


class Times(ciw.dists.Distribution):
    """A continuous duration in days."""

    def __init__(self, rng: np.random.Generator, words: StayWords) -> None:
        self.rng, self.words = rng, words

    def sample(self, t=None, ind=None) -> float:
        return time_of(self.rng, self.words)


class First(ciw.dists.Distribution):
    """The least of the delays of several ways; whom it serves bears the way."""

    def __init__(self, rng: np.random.Generator, model: Race) -> None:
        self.rng, self.ways = rng, model.ways

    def sample(self, t=None, ind=None) -> float:
        delays = [
            time_of(self.rng, words) if self.rng.random() < chance else float("inf")
            for words, chance in self.ways
        ]
        ind.way = int(np.argmin(delays))
        return min(delays)


def streams(seed: int, r: int, count: int) -> list[np.random.Generator]:
    """A generator for each distribution: Ciw copies them, and copies of one would go in step."""
    return [np.random.default_rng([seed, r, i]) for i in range(count)]


def run(network: object, most: float, seed: int) -> ciw.Simulation:
    ciw.seed(seed)
    simulation = ciw.Simulation(network, tracker=ciw.trackers.NodePopulation())
    simulation.simulate_until_max_time(most)
    return simulation


def evenings_of(simulation: ciw.Simulation, times: list[float]) -> list[tuple[int, ...]]:
    """People at each node at these times, from the tracker's history of changes."""
    changes = simulation.statetracker.history
    when = [change[0] for change in changes]
    return [tuple(changes[bisect_right(when, time) - 1][1]) for time in times]


def census_ticks(days: int) -> list[float]:
    return [float(day * TICKS + CENSUS) for day in range(days)]


def midnights(model: Returns, count: int, seed: int) -> Sample:
    """One stay in continuous time, looked at every midnight: only `rate` and `held` are used."""

    def one(r: int) -> Seen:
        (rng,) = streams(seed, r, 1)
        network = ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(model.rate)],
            service_distributions=[Times(rng, model.held)],
            number_of_servers=[float("inf")],
        )
        simulation = run(network, model.days + 1e-9, seed + r)
        evenings = [n for (n,) in evenings_of(simulation, [d + 1.0 for d in range(model.days)])]
        seen = {f"held on day {d}": float(evenings[d]) for d in model.looks}
        return seen | {"person-days held": float(sum(evenings))}

    return sample_of(one(r) for r in range(count))


def race(model: Race, count: int, seed: int) -> Sample:
    """In continuous time, looked at every midnight."""

    def one(r: int) -> Seen:
        (rng,) = streams(seed, r, 1)
        network = ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(model.rate)],
            service_distributions=[First(rng, model)],
            number_of_servers=[float("inf")],
        )
        simulation = run(network, model.days + 1e-9, seed + r)
        evenings = [n for (n,) in evenings_of(simulation, [d + 1.0 for d in range(model.days)])]
        left = simulation.nodes[-1].all_individuals
        ends = [(person.way, person.data_records[-1]) for person in left]
        stays = [(way, int(at.exit_date) - int(at.arrival_date)) for way, at in ends]
        return race_seen(model, evenings, stays)

    return sample_of(one(r) for r in range(count))


def returns(model: Returns, count: int, seed: int) -> Sample:
    def one(r: int) -> Seen:
        batches, held, free = streams(seed, r, 3)
        network = ciw.create_network(
            arrival_distributions=[EveryDay(), None],
            batching_distributions=[Batch(batches, model.rate), ciw.dists.Deterministic(1)],
            service_distributions=[
                Nights(held, model.held, DEPARTURE),
                Nights(free, model.free, DEPARTURE),
            ],
            number_of_servers=[float("inf"), float("inf")],
            routing=[[0.0, model.again], [1.0, 0.0]],
        )
        simulation = run(network, model.days * TICKS, seed + r)
        evenings = evenings_of(simulation, census_ticks(model.days))
        records = simulation.get_all_records()
        seen = {f"held and free on day {d}": pair(*evenings[d]) for d in model.looks}
        return seen | {
            "person-days held": float(sum(held for held, _ in evenings)),
            "returns": float(sum(record.node == 2 for record in records)),
            "left for good": float(sum(record.destination == -1 for record in records)),
        }

    return sample_of(one(r) for r in range(count))


def queue(model: Queue, count: int, seed: int) -> Sample:
    def one(r: int) -> Seen:
        batches, held, patience = streams(seed, r, 3)
        network = ciw.create_network(
            arrival_distributions=[EveryDay()],
            batching_distributions=[Batch(batches, model.rate)],
            service_distributions=[Nights(held, model.held, DEPARTURE)],
            reneging_time_distributions=[Patience(patience, model.patience, PATIENCE)],
            baulking_functions=[Given(patience, model.patience)],
            number_of_servers=[model.places],
        )
        simulation = run(network, model.days * TICKS, seed + r)
        evenings = [
            (min(n, model.places), max(0, n - model.places))
            for (n,) in evenings_of(simulation, census_ticks(model.days))
        ]
        records = simulation.get_all_records()
        served = [record for record in records if record.record_type == "service"]
        served += [person for person in simulation.nodes[1].all_individuals if person.server]
        waits = [int(p.service_start_date // TICKS - p.arrival_date // TICKS) for p in served]
        lost = sum(record.record_type != "service" for record in records)
        return queue_seen(model, evenings, waits, lost)

    return sample_of(one(r) for r in range(count))
