"""Three models told to several simulators, and what is looked at in each history.

A history is a dict of numbers; a sample is a dict of arrays, one entry for each history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sojourn.study.model.pathway import Facility, State, Transition

from engine.studies import dated, number, scenario_program, stay, to
from engine.theory.shared import SEED, arriving, flow, moves_of
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import History

Seen = dict[str, float]
Sample = dict[str, npt.NDArray[np.float64]]
StayWords = tuple[str, float, float] | tuple[str, float]


@dataclass(frozen=True)
class Returns:
    """Held, then out or, with `again`, free for a time and held once more; no limit on places."""

    rate: float = 1.5
    held: StayWords = ("lognormal", 20.0, 15.0)
    free: StayWords = ("exponential", 25.0)
    again: float = 0.4
    days: int = 120
    looks: tuple[int, ...] = (3, 40, 119)


@dataclass(frozen=True)
class Queue:
    """People wait for one of `places`, first come first served, until their patience ends."""

    rate: float = 0.9
    places: int = 3
    held: StayWords = ("gamma", 4.0, 3.0)
    patience: StayWords = ("lognormal", 5.0, 6.0)
    days: int = 60
    looks: tuple[int, ...] = (2, 14, 59)


@dataclass(frozen=True)
class Race:
    """Held until the first of several ways out, each with a chance; no limit on places."""

    rate: float = 2.0
    ways: tuple[tuple[StayWords, float], ...] = (
        (("exponential", 12.0), 1.0),
        (("exponential", 3.0), 0.4),
        (("lognormal", 10.0, 8.0), 0.8),
        (("fixed", 14.0), 1.0),
    )
    days: int = 50
    looks: tuple[int, ...] = (0, 6, 14, 49)


def time_of(rng: np.random.Generator, words: StayWords) -> float:
    """A continuous duration in days by NumPy's own samplers, from mean and standard deviation."""
    family, mean, *rest = words
    if family == "fixed":
        return mean
    if family == "exponential":
        return float(rng.exponential(mean))
    ratio = (rest[0] / mean) ** 2
    if family == "gamma":
        return float(rng.gamma(1 / ratio, mean * ratio))
    sigma = np.sqrt(np.log(1 + ratio))
    return float(rng.lognormal(np.log(mean) - sigma**2 / 2, sigma))


def nights_of(rng: np.random.Generator, words: StayWords) -> int:
    """Midnights that a stay crosses which begins at a uniformly random time of day."""
    return int(rng.random() + time_of(rng, words))


def sample_of(histories: Iterable[Seen]) -> Sample:
    rows = list(histories)
    return {name: np.array([row[name] for row in rows], dtype=float) for name in rows[0]}


def simulated(program, look: Callable[[History], Seen], count: int, *, log: bool = False) -> Sample:
    return sample_of(look(simulate(program, seed=SEED, replicate=r, log=log)) for r in range(count))


def sojourn_returns(model: Returns, count: int) -> Sample:
    program = scenario_program(
        model.days,
        states={"held": State(), "free": State()},
        transitions=[
            Transition(
                name="held ->",
                state="held",
                branches=(
                    to("free", stay(*model.held), model.again),
                    to("out", stay(*model.held), 1 - model.again),
                ),
            ),
            flow("free -> held", "free", "held", stay(*model.free)),
        ],
        populations=arriving(model.rate, "held"),
    )

    def look(history: History) -> Seen:
        census = history.census[:, :2, 0]
        seen = {f"held and free on day {d}": pair(*census[d]) for d in model.looks}
        moves = history.flows[:, :, 0].sum(axis=0)
        return seen | {
            "person-days held": float(census[:, 0].sum()),
            "returns": float(moves[2]),
            "left for good": float(moves[1]),
        }

    return simulated(program, look, count)


def sojourn_race(model: Race, count: int) -> Sample:
    program = scenario_program(
        model.days,
        states={"held": State()},
        transitions=[
            flow(f"held -> out ({i})", "held", "out", stay(*words), chance=number(chance))
            for i, (words, chance) in enumerate(model.ways)
        ],
        populations=arriving(model.rate, "held"),
    )

    def look(history: History) -> Seen:
        stays = [
            (moves[1][1], moves[1][0] - moves[0][0])
            for moves in moves_of(history).values()
            if len(moves) == 2
        ]
        return race_seen(model, history.census[:, 0, 0].tolist(), stays)

    return simulated(program, look, count, log=True)


def race_seen(model: Race, evenings: list[int], stays: list[tuple[int, int]]) -> Seen:
    """What is looked at, from those held each evening and (way, nights) of those who left."""
    seen = {f"held on day {d}": float(evenings[d]) for d in model.looks}
    for i in range(len(model.ways)):
        nights = [n for way, n in stays if way == i]
        seen[f"left by way {i}"] = float(len(nights))
        seen[f"mean stay of way {i}"] = float(np.mean(nights)) if nights else -1.0
    return seen | {"person-days held": float(sum(evenings))}


def sojourn_queue(model: Queue, count: int) -> Sample:
    program = scenario_program(
        model.days,
        states={"waiting": State(), "held": State(place="f")},
        transitions=[
            flow("waiting -> held", "waiting", "held"),
            flow("waiting -> out", "waiting", "out", stay(*model.patience)),
            flow("held -> out", "held", "out", stay(*model.held)),
        ],
        facilities={"f": Facility(capacity=dated(model.places))},
        populations=arriving(model.rate, "waiting"),
    )

    def look(history: History) -> Seen:
        waits: list[int] = []
        came: dict[int, int] = {}
        rows = history.events[np.lexsort((history.events[:, 2], history.events[:, 1]))]
        for day, person, visit, what, *_ in rows.tolist():
            if visit == 0:
                came[person] = day
            elif visit == 1 and what == 0:
                waits.append(day - came[person])
        census = history.census[:, :2, 0]
        lost = int(history.flows[:, 1, 0].sum())
        return queue_seen(model, [(int(h), int(w)) for w, h in census], waits, lost)

    return simulated(program, look, count, log=True)


def queue_seen(model: Queue, evenings: list[tuple[int, int]], waits: list[int], lost: int) -> Seen:
    """What is looked at, from (held, waiting) each evening and the waits of those served."""
    seen = {f"held and waiting on day {d}": pair(*evenings[d]) for d in model.looks}
    return seen | {
        "served": float(len(waits)),
        "lost": float(lost),
        "served on the day they came": float(waits.count(0)),
        "mean wait of those served": float(np.mean(waits)) if waits else 0.0,
        "longest wait of those served": float(max(waits, default=0)),
    }


def pair(first: int, second: int) -> float:
    """Two small counts as one number, so that their joint law is compared."""
    return float(1000 * int(first) + int(second))
