"""Indices by a design of their own."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.test_effects import ISHIGAMI, ishigami
from sojourn.analysis.exact import design, indices, moved


def test_indices_of_ishigami_s_function_by_a_design():
    rows = design(lambda _, shares: (2.0 * shares - 1.0) * np.pi, 3, 1024, seed=1)
    assert rows.shape == (5 * 1024, 3)
    for (first, total), exact in zip(
        indices(ishigami(rows), 3, 1024, seed=1), ISHIGAMI, strict=True
    ):
        assert first.low - 0.02 <= exact[0] <= first.high + 0.02
        assert total.low - 0.02 <= exact[1] <= total.high + 0.02
        assert total.value == pytest.approx(exact[1], abs=0.04)


@pytest.mark.parametrize("number", [3, 6])
def test_indices_are_those_that_salib_makes_of_the_same_design(number):
    """The same outcomes, in the order of its own design: A, A with each input of B, B, by row."""
    sobol = pytest.importorskip("SALib.analyze.sobol")
    base = 256
    rows = design(lambda _, shares: (2.0 * shares - 1.0) * np.pi, number, base, seed=3)
    outcome = ishigami(rows[:, :3]) + rows[:, 3:].sum(axis=1)
    ours = indices(outcome, number, base, seed=3)
    first, second, *mixed = outcome.reshape(number + 2, base)
    problem = {"num_vars": number, "names": [f"x{n}" for n in range(number)],
               "bounds": [[-np.pi, np.pi]] * number}  # fmt: skip
    theirs = sobol.analyze(
        problem, np.stack([first, *mixed, second], axis=1).ravel(), calc_second_order=False, seed=1
    )
    # It takes the variance of A and B together, as SciPy does, but standardises them first.
    clipped = np.clip([theirs["S1"], theirs["ST"]], 0.0, 1.0)
    assert [one.value for one, _ in ours] == pytest.approx(clipped[0], abs=0.02)
    assert [two.value for _, two in ours] == pytest.approx(clipped[1], abs=0.02)


def test_an_input_is_moved_while_the_others_stay():
    others = np.random.default_rng(2).normal(size=50)
    found = moved(lambda values: 2.0 * values["a"] * (1.0 + 0.1 * others), "a", 50, 1.0, 4.0)
    assert found.at_high - found.at_low == pytest.approx(6.0 * (1.0 + 0.1 * others.mean()))
    assert found.error == pytest.approx(0.6 * others.std(ddof=1) / np.sqrt(50))
    assert found.told
    unknown = moved(lambda values: values["a"] * np.nan, "a", 50, 1.0, 4.0)
    assert np.isnan(unknown.at_low) and not unknown.told
