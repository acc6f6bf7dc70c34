"""Scores with known answers: by hand, by closed form, and by another way to the same number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sojourn.forecasting.quantiles import LEVELS, weighted_quantiles
from sojourn.forecasting.scores import (
    on_log_scale,
    ranked_probability_score,
    weighted_interval_score,
    within,
)
from sojourn.forecasting.skill import by_chance, relative_skill

RANDOM = np.random.default_rng(1)


def some_forecasts(count: int) -> tuple[np.ndarray, np.ndarray]:
    quantiles = np.sort(RANDOM.lognormal(5, 1, (count, len(LEVELS))), axis=-1)
    return quantiles, RANDOM.lognormal(5, 1, count)


def test_wis_by_hand():
    """One range of 80 %, from 10 to 30 about 20, and 35 came: (½·15 + 0.1·(20 + 10·5)) / 1½."""
    levels = np.array([0.1, 0.5, 0.9])
    score = weighted_interval_score(np.array([10.0, 20.0, 30.0]), np.array(35.0), levels)
    assert score == pytest.approx((7.5 + 7.0) / 1.5)


def test_wis_is_the_weighted_sum_of_interval_scores():
    """Equations 1 and 2 of Bracher et al. (2021), written out."""
    quantiles, actual = some_forecasts(50)
    levels = np.array(LEVELS)
    total = 0.5 * np.abs(actual - quantiles[:, 10])
    for place in range(10):
        low, high, alpha = quantiles[:, place], quantiles[:, -1 - place], 2 * levels[place]
        outside = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
        total += alpha / 2 * (high - low + 2 / alpha * outside)
    assert weighted_interval_score(quantiles, actual) == pytest.approx(total / 10.5)


def test_crps_of_a_certain_forecast_is_its_error():
    assert ranked_probability_score(np.full(21, 8.0), np.array(5.0)) == pytest.approx(3)
    assert ranked_probability_score(np.full(21, 8.0), np.array(8.0)) == pytest.approx(0)


@pytest.mark.parametrize("actual", [-1.5, 0.0, 0.3, 2.5])
def test_crps_of_many_normal_quantiles_is_that_of_the_normal(actual):
    """Gneiting and Raftery (2007): y(2Φ(y) − 1) + 2φ(y) − 1/√π."""
    levels = np.linspace(0.0005, 0.9995, 1000)
    score = ranked_probability_score(stats.norm.ppf(levels), np.array(actual), levels)
    normal = stats.norm
    closed = actual * (2 * normal.cdf(actual) - 1) + 2 * normal.pdf(actual) - np.pi**-0.5
    assert score == pytest.approx(closed, abs=1e-4)


def test_crps_is_the_integral_of_the_pinball_loss():
    quantiles, actual = some_forecasts(5)
    fine = (np.arange(200_000) + 0.5) / 200_000
    for row, y in zip(quantiles, actual, strict=True):
        value = np.interp(fine, LEVELS, row)
        loss = np.where(y <= value, (1 - fine) * (value - y), fine * (y - value))
        assert ranked_probability_score(row, y) == pytest.approx(2 * loss.mean(), rel=1e-5)


def test_a_range_covers_its_ends_and_nothing_beyond():
    quantiles = np.array(LEVELS) * 100
    inside = [float(within(quantiles, np.array(y), 80)) for y in (9.9, 10.0, 50.0, 90.0, 90.1)]
    assert inside == [0, 1, 1, 1, 0]


def test_what_is_not_known_has_no_score():
    quantiles = np.full(21, 8.0)
    nothing = np.array(np.nan)
    assert np.isnan(weighted_interval_score(quantiles, nothing))
    assert np.isnan(ranked_probability_score(quantiles, nothing))
    assert np.isnan(within(quantiles, nothing, 80))


def test_on_the_log_scale_errors_are_relative():
    values = np.array([[9.0] * 21, [99.0] * 21])
    scores = weighted_interval_score(on_log_scale(values), on_log_scale(np.array([19.0, 199.0])))
    assert scores == pytest.approx([np.log(2), np.log(2)])


def test_weighted_quantiles_by_hand():
    """Middles of the weights 1, 2, 1 stand at 1/8, 1/2 and 7/8."""
    found = weighted_quantiles(
        np.array([30.0, 10.0, 20.0]), np.array([1.0, 1.0, 2.0]), np.array([0.0, 0.125, 0.5, 0.6875])
    )
    assert found == pytest.approx([10, 10, 20, 25])


def test_relative_skill_is_of_common_targets_only():
    """a and b share the first target, a and base both of a's, b and base the last three."""
    nan = np.nan
    scores = {
        "base": np.array([2.0, 2.0, 4.0, 4.0]),
        "a": np.array([1.0, 2.0, nan, nan]),
        "b": np.array([4.0, nan, 1.0, 1.0]),
    }
    a_base, b_base, a_b = 3 / 4, 6 / 10, 1 / 4
    strength = {
        "a": (a_base * a_b) ** (1 / 3),
        "b": (b_base / a_b) ** (1 / 3),
        "base": (1 / a_base / b_base) ** (1 / 3),
    }
    found = relative_skill(scores, "base")
    assert found == pytest.approx({name: strength[name] / strength["base"] for name in scores})


def test_relative_skill_of_two_is_the_ratio_of_their_scores():
    found = relative_skill({"base": np.array([2.0, 4.0]), "a": np.array([1.0, 2.0])}, "base")
    assert found["a"] == pytest.approx(0.5)


def test_without_the_baseline_there_is_no_relative_skill():
    alone = relative_skill({"a": np.array([1.0]), "b": np.array([2.0])}, "base")
    assert np.isnan(list(alone.values())).all()
    apart = relative_skill({"base": np.array([1.0, np.nan]), "a": np.array([np.nan, 1.0])}, "base")
    assert apart["base"] == 1
    assert np.isnan(apart["a"])


def test_diebold_and_mariano_one_step_ahead_is_the_t_test():
    """With Harvey's correction, and no overlap, the statistic is that of one sample."""
    one, other = RANDOM.normal(1.2, 1, (30, 4)), RANDOM.normal(1, 1, (30, 4))
    expected = stats.ttest_1samp((one - other).mean(axis=1), 0).pvalue
    assert by_chance(one, other, 1) == pytest.approx(expected)


def test_overlapping_forecasts_are_less_certain_to_differ():
    """A run of equal differences counts as few observations, not as many."""
    gaps = np.repeat(RANDOM.normal(0.5, 1, 10), 5)[:, None]
    none = np.zeros_like(gaps)
    assert by_chance(gaps, none, 5) > by_chance(gaps, none, 1)


def test_forecasts_that_never_differ_have_no_p_value():
    same = np.ones((20, 3))
    assert np.isnan(by_chance(same, same, 1))
    assert np.isnan(by_chance(same[:3], 2 * same[:3], 1))
