"""Admissions against theory: how many come in all, and on a day."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sojourn.study.model.pathway import State
from sojourn.study.model.people import Population

from engine.studies import scenario_program
from engine.theory.shared import Z, admitted, arriving, assert_law, assert_mean, replicates


@pytest.mark.parametrize("process", ["poisson", "fixed"])
def test_admissions_have_their_rate(process: str) -> None:
    program = scenario_program(
        365,
        states={"s": State(end=True)},
        transitions=[],
        populations={"p": Population(admissions=admitted(1234.5, "s", process))},
        split=0.25,
    )
    got = np.array([[h.admitted.sum()] for h in replicates(program, 50)], dtype=float)
    if process == "fixed":
        assert np.abs(got - 1234.5 * 365).max() <= 2  # one step of each of two streams
    else:
        assert_mean(got, 1234.5 * 365)
        assert got.std(ddof=1) / np.sqrt(1234.5 * 365) == pytest.approx(1, abs=Z / np.sqrt(2 * 49))


def test_poisson_admissions_of_a_day_and_of_neighbours() -> None:
    """Each day's count is Poisson; two days' counts are independent: so is their sum."""
    program = scenario_program(
        40, states={"s": State(end=True)}, transitions=[], populations=arriving(1.7)
    )
    census = np.array([h.census[:, 0, 0] for h in replicates(program, 300)])
    came = np.diff(census, axis=1, prepend=0)
    assert_law(came.ravel(), stats.poisson.pmf(np.arange(30), 1.7))
    pairs = came[:, 0::2] + came[:, 1::2]
    assert_law(pairs.ravel(), stats.poisson.pmf(np.arange(40), 3.4))
    # 300 x 39 products of neighbours apart from their mean: standard error 1.7 / sqrt(n).
    apart = came - 1.7
    products = apart[:, :-1] * apart[:, 1:]
    assert abs(products.mean()) < Z * 1.7 / np.sqrt(products.size)


def test_a_large_mean_is_poisson_too() -> None:
    # Above 500 a day the count is a sum of several.
    program = scenario_program(
        20, states={"s": State(end=True)}, transitions=[], populations=arriving(1234.5)
    )
    census = np.array([h.census[:, 0, 0] for h in replicates(program, 150)])
    came = np.diff(census, axis=1, prepend=0)
    assert_law(came.ravel(), stats.poisson.pmf(np.arange(2500), 1234.5))
