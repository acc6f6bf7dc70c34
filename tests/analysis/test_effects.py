"""Effects of inputs against functions whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from sojourn.analysis.effects import FEWEST, effects_of

ISHIGAMI = ((0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437))
"""First and total index of each input, for a = 7 and b = 0.1 (Ishigami and Homma, 1990)."""


def ishigami(inputs):
    first, second, third = inputs.T
    return np.sin(first) + 7.0 * np.sin(second) ** 2 + 0.1 * third**4 * np.sin(first)


def g_function(inputs, weights):
    """Sobol's g-function, and the exact indices of its inputs (Saltelli and Sobol, 1995)."""
    values = np.prod((np.abs(4.0 * inputs - 2.0) + weights) / (1.0 + weights), axis=1)
    own = 1.0 / 3.0 / (1.0 + weights) ** 2
    whole = np.prod(1.0 + own) - 1.0
    return values, own / whole, own * np.prod(1.0 + own) / (1.0 + own) / whole


def test_indices_of_ishigami_s_function_lie_in_their_intervals():
    inputs = np.random.default_rng(1).uniform(-np.pi, np.pi, (1000, 3))
    found = effects_of(inputs, ishigami(inputs)).effects
    for effect, (first, total) in zip(found, ISHIGAMI, strict=True):
        assert effect.first.low <= first <= effect.first.high
        assert effect.total.low <= total <= effect.total.high
        assert effect.first.high - effect.first.low < 0.1
        assert effect.total.high - effect.total.low < 0.12


def test_indices_of_the_g_function_are_near():
    weights = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])
    inputs = np.random.default_rng(2).random((1000, 6))
    values, first, total = g_function(inputs, weights)
    found = effects_of(inputs, values).effects
    # Its kink is no polynomial, which costs a little beside the error of the draws.
    assert [effect.first.value for effect in found] == pytest.approx(first, abs=0.05)
    assert [effect.total.value for effect in found] == pytest.approx(total, abs=0.06)


def test_indices_of_given_draws_are_near_those_of_salib():
    """Another method on the same draws: random balance designs, by the spectrum of sorted draws."""
    rbd_fast = pytest.importorskip("SALib.analyze.rbd_fast")
    inputs = np.random.default_rng(8).uniform(-np.pi, np.pi, (1000, 3))
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[-np.pi, np.pi]] * 3}
    theirs = rbd_fast.analyze(problem, inputs, ishigami(inputs), seed=1)["S1"]
    found = effects_of(inputs, ishigami(inputs)).effects
    assert [effect.first.value for effect in found] == pytest.approx(theirs, abs=0.06)


def test_a_bar_is_the_change_from_the_5th_to_the_95th_percentile():
    random = np.random.default_rng(3)
    inputs = random.uniform(10.0, 20.0, (400, 5))
    outcome = 3.0 * inputs[:, 0] - 2.0 * inputs[:, 1] + random.normal(0.0, 1.0, 400)
    found = effects_of(inputs, outcome)
    up, down, *nothing = found.effects
    assert (up.low, up.high) == tuple(np.quantile(inputs[:, 0], [0.05, 0.95]))
    assert up.change == pytest.approx(3.0 * (up.high - up.low), abs=4.0 * up.error)
    assert down.change == pytest.approx(-2.0 * (down.high - down.low), abs=4.0 * down.error)
    assert up.at_low == pytest.approx(found.mean - up.change / 2.0, abs=4.0 * up.error)
    # Without the other input's part, the error is that of the noise.
    assert up.error < 0.25
    assert [effect.told for effect in found.effects] == [True, True, False, False, False]
    assert found.strongest[:2] == [0, 1]
    assert found.explained == pytest.approx(1.0 - 1.0 / outcome.var(), abs=0.02)
    assert all(abs(effect.change) < 4.0 * effect.error for effect in nothing)


def test_of_many_inputs_that_do_nothing_few_are_told_from_0():
    told = changes = 0
    for seed in range(8):
        random = np.random.default_rng(seed)
        inputs = random.random((100, 40))
        outcome = 4.0 * inputs[:, 0] + random.normal(0.0, 1.0, 100)
        effects = effects_of(inputs, outcome).effects
        assert effects[0].told
        told += sum(effect.told for effect in effects[1:])
        changes += sum(abs(effect.change) > 1.96 * effect.error for effect in effects[1:])
    assert told <= 5  # at most one in twenty of those told, and chance
    assert 0.02 < changes / (8 * 39) < 0.09  # 95 % intervals


def test_an_input_of_few_values_has_an_effect_for_each():
    random = np.random.default_rng(4)
    which = random.integers(0, 3, 300).astype(float)
    outcome = np.array([0.0, 5.0, 0.0])[which.astype(int)] + random.normal(0.0, 0.5, 300)
    inputs = np.column_stack([which, random.random(300)])
    effect = effects_of(inputs, outcome).effects[0]
    assert effect.told and effect.first.value > 0.9
    assert abs(effect.change) < 0.3  # from the first to the last of three


def test_a_skewed_input_is_followed_to_its_tail():
    random = np.random.default_rng(5)
    inputs = np.exp(random.normal(0.0, 1.5, (300, 2)))
    outcome = np.log(inputs[:, 0]) + random.normal(0.0, 0.2, 300)
    effect = effects_of(inputs, outcome).effects[0]
    assert effect.change == pytest.approx(np.log(effect.high / effect.low), abs=4.0 * effect.error)
    assert effect.error < 0.1


def test_a_number_that_never_varies_has_no_effects():
    inputs = np.random.default_rng(6).random((30, 2))
    inputs[:, 1] = 3.0
    found = effects_of(inputs, np.full(30, 7.0))
    assert found.effects[1] is None
    assert (found.mean, found.deviation, found.explained) == (7.0, 0.0, 0.0)
    assert not found.effects[0].told and found.effects[0].change == 0.0


@pytest.mark.parametrize("outcome", [np.arange(FEWEST - 1.0), np.full(50, np.nan)])
def test_too_few_draws_and_unknown_numbers_are_refused(outcome):
    with pytest.raises(ValueError, match="draws of finite numbers"):
        effects_of(np.random.default_rng(7).random((len(outcome), 2)), outcome)
