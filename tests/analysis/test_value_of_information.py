"""The value of information for linear decisions about normal numbers, which is known exactly.

The model is the example of the package voi of R: one option gains nothing, the other p1 − p2, with
p1 normal with mean 1 and deviation 1, and p2 with mean 0 and deviation 2.
"""

from __future__ import annotations

from math import erf, exp, pi, sqrt

import numpy as np
import pytest

from sojourn.analysis.exact import worth_of
from sojourn.analysis.value_of_information import DrawnDecision, binomial, normal


def worth(mean, deviation):
    """E max(0, X) − max(0, E X) of a normal X."""
    z = mean / deviation
    above = 0.5 * (1.0 + erf(z / sqrt(2.0)))
    return mean * above + deviation * exp(-z * z / 2.0) / sqrt(2.0 * pi) - max(mean, 0.0)


def draws(number, useless=3, seed=0):
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(number, 2 + useless))
    inputs[:, :2] = inputs[:, :2] * [1.0, 2.0] + [1.0, 0.0]
    return inputs, inputs[:, 0] - inputs[:, 1]


@pytest.fixture(scope="module")
def decision():
    inputs, gain = draws(1000)
    return DrawnDecision(inputs, np.column_stack([np.zeros(1000), gain]))


def test_perfect_information_is_worth_what_voi_says(decision):
    found = decision.everything()
    assert worth(1.0, sqrt(5.0)) == pytest.approx(0.4798, abs=1e-4)
    assert found.value == pytest.approx(worth(1.0, sqrt(5.0)), abs=4.0 * found.error)
    assert found.error < 0.04 and decision.best == 1
    assert decision.shares.sum() == 1.0


@pytest.mark.parametrize(("place", "deviation"), [(0, 1.0), (1, 2.0)])
def test_one_input_is_worth_what_its_own_spread_can_change(decision, place, deviation):
    found = decision.inputs_alone([place])
    assert found.value == pytest.approx(worth(1.0, deviation), abs=4.0 * found.error)
    assert found.told and found.value > 10.0 * abs(found.by_chance)


def test_both_inputs_together_are_worth_everything(decision):
    found = decision.inputs_alone([0, 1])
    assert found.value == pytest.approx(decision.everything().value, abs=0.02)


def test_an_input_that_does_nothing_is_not_told_from_0(decision):
    found = decision.inputs_alone([3])
    assert not found.told and found.value < 0.005


@pytest.mark.parametrize("observations", [1, 4, 100])
def test_a_sample_is_worth_what_it_moves_the_mean(decision, observations):
    found = decision.sample(1, normal(observations, 4.0))
    left = 2.0**2 / (2.0**2 + 4.0**2 / observations)  # share of the spread that is learnt
    assert found.value == pytest.approx(worth(1.0, 2.0 * sqrt(left)), abs=4.0 * found.error)


def test_a_sample_of_a_share_is_between_nothing_and_knowing_it():
    random = np.random.default_rng(1)
    share = random.uniform(0.2, 0.8, (600, 1))
    gains = np.column_stack([np.zeros(600), 10.0 * (share[:, 0] - 0.5)])
    decision = DrawnDecision(share, gains)
    known = decision.inputs_alone([0]).value
    assert known == pytest.approx(10.0 * 0.075, abs=0.06)  # E max(0, U) of U even in ±0.3
    few, many = (decision.sample(0, binomial(people)).value for people in (3, 3000))
    assert 0.3 * known < few < 0.9 * known
    assert many == pytest.approx(known, abs=0.03)


@pytest.mark.slow  # ten decisions
def test_estimates_do_not_lean_to_either_side():
    """The best of fitted curves alone would be too high, and one picked on other draws too low."""
    found = [
        DrawnDecision(inputs, np.column_stack([np.zeros(100), gain + noise]))
        .inputs_alone([0])
        .value
        for seed in range(10)
        for inputs, gain in [draws(100, seed=seed)]
        for noise in [np.random.default_rng(seed + 100).normal(0.0, 2.0, 100)]
    ]
    error = np.std(found) / sqrt(len(found))
    assert np.mean(found) == pytest.approx(worth(1.0, 1.0), abs=3.0 * error + 0.01)


def test_by_runs_of_its_own_the_worth_is_the_same():
    inputs, _ = draws(400, useless=0)

    def gains(values):
        moved = values["p1"] - inputs[:, 1]
        return np.column_stack([np.zeros(400), moved])

    found = worth_of(gains, "p1", inputs[:, 0])
    assert found.value == pytest.approx(worth(1.0, 1.0), abs=0.05)


def test_a_decision_has_two_options():
    with pytest.raises(ValueError, match="two options"):
        DrawnDecision(np.zeros((30, 1)), np.zeros((30, 1)))
