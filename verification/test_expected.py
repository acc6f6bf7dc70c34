"""The expected solver against the simulation on generated studies of every kind that it takes.

The studies are those of the tests (conditions, facts that change, chances, policies that change on
a date, seasons, time served) without anything that people share. One number of each is looked at,
chosen before anything is simulated: the census of a day, state and group, or the moves of a period.
"""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from normal import assert_standard_normal, draw

from engine.generated.chance import compiled, specifications
from engine.reuse.test_same_people import loosened
from sojourn.engine.expected.solver import expected
from sojourn.engine.expected.variances import variances
from sojourn.engine.kernel.simulate import simulate
from sojourn.errors import SojournError

pytestmark = pytest.mark.slow

STUDIES, HISTORIES, SEED = 2_400, 300, 20250204
ROUNDING = 1e-8
UNSEEN = 1e-6
"""Probability that something rare happens in no history of a study, below which it is doubted."""
LEAST_PEOPLE = 300
"""Expected in all histories together where a mean is looked at; fewer would not be normal."""


def test_expected_is_the_mean_of_simulated() -> None:
    found: list[float] = []
    refused = 0

    @settings(
        max_examples=STUDIES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        derandomize=True,
    )
    @given(told=specifications().map(loosened))
    def score(told: dict[str, Any]) -> None:
        nonlocal refused
        program = compiled(told)
        try:
            means = expected(program)
        except SojournError:
            refused += 1  # a clock that outlives the state which set it
            return
        rng = np.random.default_rng([SEED, len(found) + refused])
        of_census = bool(rng.integers(2))
        want = means.census[:, :-1] if of_census else means.flows
        often = np.argwhere(want * HISTORIES > LEAST_PEOPLE)
        if not len(often):
            return
        where = tuple(often[rng.integers(len(often))])
        got = np.empty(HISTORIES)
        for r in range(HISTORIES):
            history = simulate(program, seed=SEED + len(found), replicate=r)
            got[r] = (history.census if of_census else history.flows)[where]
        error = got.std(ddof=1) / np.sqrt(HISTORIES)
        if error > 0:
            found.append(float((got.mean() - want[where]) / error))
        else:
            # All histories alike: it is certain, or what is rare has happened in none.
            spread, gap = variances(program), abs(got.mean() - want[where])
            variance = float((spread.census[:, :-1] if of_census else spread.flows)[where])
            if np.isnan(variance):  # not known; one person more or less is what is missing
                variance = gap if gap > ROUNDING else 0.0
            assert variance * HISTORIES < -log(UNSEEN)
            assert gap < 2 * variance + ROUNDING

    score()
    z = np.sort(found)
    assert len(z) > 500
    draw(
        "expected",
        z,
        f"{len(z)} generated studies of {HISTORIES} histories each: the simulated mean of a census "
        "or of moves, less what the expected solver says, in standard errors.",
    )
    assert_standard_normal(z, HISTORIES)
