"""Hundreds of generated studies without lines against exact means: their z-scores are normal.

Each study is a random net of states with ways back, races, chances, branches and stays of no day;
its exact mean census is the Markov renewal equation by day (tests/engine/theory/exact.py). One
state and day of each is looked at, chosen before anything is simulated, so the z-scores are
independent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from normal import assert_standard_normal, draw
from sojourn.study.model.pathway import State, Transition
from sojourn.study.model.people import Admissions, Population, Stock

from engine.studies import dated, number, scenario_program, stay, to
from engine.theory.exact import Delay, Way, expected_census, race
from engine.theory.shared import Floats
from sojourn.engine.expected.solver import expected
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import Program
from sojourn.stays.distribution import TOLERANCE
from sojourn.stays.law import Law

pytestmark = pytest.mark.slow

STUDIES, HISTORIES, SEED = 600, 300, 20250204
MOST_LAWS = 6
"""Of the ways out of a state: three with two branches each."""
LEAST_PEOPLE = 300
"""Expected in all histories together where a mean is looked at; fewer would not be normal."""


def some_law(rng: np.random.Generator) -> Law:
    mean = float(np.exp(rng.uniform(np.log(0.3), np.log(40))))
    spread = mean * rng.uniform(0.3, 2.0)
    return [
        Law("exponential", (mean,)),
        Law("lognormal", (mean, spread)),
        Law("gamma", (mean, spread)),
        Law("weibull", (mean, float(rng.uniform(0.6, 3)))),
        Law("uniform", (mean / 2, mean * 1.5)),
        Law("fixed", (float(rng.integers(0, 30)),)),
        Law("fixed", (mean,)),
    ][rng.integers(7)]


def some_study(rng: np.random.Generator) -> tuple[Program, Floats]:
    """A program, and its exact mean census [d, s]."""
    days, states = int(rng.integers(20, 150)), int(rng.integers(2, 6))
    names = [f"s{i}" for i in range(states)]
    transitions: list[Transition] = []
    ways: list[Way] = []
    for i, name in enumerate(names):
        delays: list[list[Delay]] = []
        targets: list[list[int]] = []
        for j in range(rng.integers(1, 4)):
            chance = 1.0 if rng.random() < 0.6 else float(rng.uniform(0.2, 1))
            split = rng.dirichlet(np.ones(rng.integers(1, 3)))
            branches, parts, target_of = [], [], []
            for share in split:
                target = int(rng.integers(-1, states))
                law = some_law(rng)
                if target >= 0 and target <= i:
                    law = Law("fixed", (float(rng.integers(1, 20)),))  # a way back takes a day
                branches.append(
                    to(
                        "out" if target < 0 else names[target],
                        stay(law.family, *law.parameters),
                        float(share),
                    )
                )
                parts.append((chance * float(share), law.family, law.parameters))
                target_of.append(target)
            transitions.append(
                Transition(
                    name=f"{name} way {j}",
                    state=name,
                    branches=tuple(branches),
                    chance=number(chance) if chance < 1 else None,
                )
            )
            delays.append(parts)
            targets.append(target_of)
        for won, target_of in zip(race(delays, days), targets, strict=True):
            ways += [Way(i, target, part) for target, part in zip(target_of, won, strict=True)]
    rate, count, begin = float(rng.uniform(0.2, 6)), int(rng.integers(0, 60)), rng.integers(states)
    outside = np.zeros((days, states))
    outside[:, 0] = rate
    outside[0, begin] += count
    people: dict[str, Any] = {
        "stock": Population(stock=Stock(count=number(count), state=names[begin])),
        "flow": Population(admissions=Admissions(rate=dated(rate), per="day", into=names[0])),
    }
    program = scenario_program(
        days,
        states={name: State() for name in names},
        transitions=transitions,
        populations=people,
    )
    return program, expected_census(states, ways, outside)


def score(study: int) -> float | None:
    """The z-score of one state and day of a study; None where too few people are expected."""
    rng = np.random.default_rng([SEED, study])
    program, want = some_study(rng)
    # The engine's own expected solver gives the same exact means, but for the tolerance of curves.
    most = TOLERANCE * MOST_LAWS * want.shape[1] * want.sum(axis=1).max()
    np.testing.assert_allclose(expected(program).census[:, :-1, 0], want, atol=most)
    often = np.argwhere(want * HISTORIES > LEAST_PEOPLE)
    if not len(often):
        return None
    day, state = often[rng.integers(len(often))]
    got = np.array(
        [
            simulate(program, seed=SEED + study, replicate=r).census[day, state, 0]
            for r in range(HISTORIES)
        ],
        dtype=float,
    )
    error = got.std(ddof=1) / np.sqrt(HISTORIES)
    return float((got.mean() - want[day, state]) / error) if error > 0 else None


def test_scores_of_generated_studies_are_standard_normal() -> None:
    found = [score(study) for study in range(STUDIES)]
    z = np.sort([one for one in found if one is not None])
    n = len(z)
    assert n > 0.8 * STUDIES
    draw(
        "scores",
        z,
        f"{n} generated studies of {HISTORIES} histories each: the simulated mean of one state and "
        "day of each, less the exact mean, in standard errors.",
    )
    assert_standard_normal(z, HISTORIES)
