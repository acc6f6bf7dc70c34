"""Crossings of numbers whose crossings are known."""

from __future__ import annotations

import numpy as np
import pytest

from sojourn.analysis.break_even import break_even

SLOPES = np.random.default_rng(0).normal(10.0, 2.0, 200)


def counted(gap):
    calls = []

    def called(values):
        calls.append(values)
        return gap(values)

    return called, calls


def test_what_is_straight_is_solved_in_three_steps():
    gap, calls = counted(lambda values: values * SLOPES - 200.0)
    found = break_even(gap, 200, 5.0, 60.0, within=1.0)
    assert len(calls) == 3
    assert found.by_draw == pytest.approx(200.0 / SLOPES)
    assert found.of_mean == pytest.approx(200.0 / SLOPES.mean())
    # The delta method, for a ratio of means.
    delta = 200.0 / SLOPES.mean() ** 2 * SLOPES.std(ddof=1) / np.sqrt(200)
    assert found.error == pytest.approx(delta, rel=1e-6)
    assert found.crossing == 1.0


def test_what_is_curved_is_searched():
    gap, calls = counted(lambda values: np.exp(values / 20.0) * SLOPES - 30.0)
    found = break_even(gap, 200, 5.0, 80.0, within=0.01)
    assert found.by_draw == pytest.approx(20.0 * np.log(30.0 / SLOPES), abs=0.02)
    assert found.of_mean == pytest.approx(20.0 * np.log(30.0 / SLOPES.mean()), abs=0.02)
    assert found.error == pytest.approx(20.0 * SLOPES.std() / SLOPES.mean() / np.sqrt(200), rel=0.1)
    assert len(calls) < 30


def test_a_mark_that_is_met_for_good_is_found_where_it_is_first_met():
    """As many places as are needed: with more of them, nobody waits either."""
    needed = np.random.default_rng(1).integers(20, 60, 200)
    found = break_even(
        lambda values: np.minimum(np.floor(values), needed) / needed - 1.0, 200, 5.0, 80.0,
        within=0.05,
    )  # fmt: skip
    assert np.abs(found.by_draw - needed).max() <= 0.05
    assert found.of_mean == pytest.approx(needed.max(), abs=0.05)


def test_without_a_crossing_there_is_none():
    found = break_even(lambda values: values + SLOPES, 200, 5.0, 80.0, within=0.1)
    assert np.isnan(found.of_mean) and found.crossing == 0.0
    assert found.at_low == pytest.approx(5.0 + SLOPES.mean())
    flat = break_even(lambda values: 0.0 * values, 200, 5.0, 80.0, within=0.1)
    assert np.isnan(flat.of_mean) and flat.crossing == 0.0


def test_draws_without_a_value_are_left_out():
    def gap(values):
        found = values * SLOPES - 200.0
        found[:50] = np.nan
        return found

    found = break_even(gap, 200, 5.0, 60.0, within=0.1)
    assert found.crossing == 0.75
    assert found.of_mean == pytest.approx(200.0 / SLOPES[50:].mean())
