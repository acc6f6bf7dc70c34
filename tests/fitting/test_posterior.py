"""Sampling: where counts are linear in the normal scores, the posterior is known exactly."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("emcee")

from scipy.special import ndtri
from scipy.stats import binom

from sojourn.errors import SojournError, StudyError
from sojourn.fitting.posterior import PosteriorSample, effective_size, sample, split_r_hat
from sojourn.study.model.values import Quantity

RANGES = ((0.0, 1.0), (-5.0, 20.0), (100.0, 130.0))
PRIORS = tuple(
    Quantity(value=(low + high) / 2, low=low, high=high, shape="uniform", path=f"parameters.{n}")
    for n, (low, high) in enumerate(RANGES)
)
SLOPES = np.array([[2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.5, 3.0], [1.0, -1.0, 2.0]])
ERRORS = np.array([0.5, 1.0, 2.0, 0.7])
LOW, WIDTH = np.array(RANGES).T[0], np.diff(np.array(RANGES))[:, 0]


def linear(values):
    return SLOPES @ ndtri((values - LOW) / WIDTH)


def exact(counted):
    """Mean and covariance of the scores: prior N(0, I), and counts N(SLOPES z, ERRORS²)."""
    weighted = SLOPES / ERRORS[:, None]
    covariance = np.linalg.inv(np.eye(3) + weighted.T @ weighted)
    return covariance @ weighted.T @ (counted / ERRORS), covariance


def drawn(counted, *, seed=1, evaluations=2000, counts=linear) -> PosteriorSample:
    return sample(
        PRIORS, counts, counted, ERRORS, seed=seed, evaluations=evaluations, told=lambda *_: None
    )


def test_mean_and_covariance_are_those_of_the_normal_posterior():
    counted = np.array([1.5, -0.5, 3.0, 0.2])
    found = drawn(counted, evaluations=4000)
    mean, covariance = exact(counted)
    scores = found.z.reshape(-1, 3)
    for n in range(3):
        size = effective_size(found.z[:, :, n])
        sd = np.sqrt(covariance[n, n])
        assert abs(scores[:, n].mean() - mean[n]) < 4 * sd / np.sqrt(size)
        assert abs(scores[:, n].std() / sd - 1) < 4 / np.sqrt(2 * size)
        assert split_r_hat(found.z[:, :, n]) < 1.02
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert np.corrcoef(scores.T) == pytest.approx(correlation, abs=4 / np.sqrt(size))
    assert found.mode == pytest.approx(mean, abs=1e-3)
    assert found.slopes == pytest.approx(SLOPES / ERRORS[:, None], rel=1e-3, abs=1e-6)
    assert np.array([linear(v) for v in found.flat[0]]) == pytest.approx(found.flat[1])


def test_ranges_of_80_percent_hold_four_truths_in_five():
    truths, inside = 30, 0
    random = np.random.default_rng(20260101)
    for seed in range(truths):
        z = random.standard_normal(3)
        found = drawn(SLOPES @ z + ERRORS * random.standard_normal(4), seed=seed, evaluations=300)
        low, high = np.quantile(found.z.reshape(-1, 3), [0.1, 0.9], axis=0)
        inside += int(((low < z) & (z < high)).sum())
    # The three scores of a truth are nearly independent; with four standard errors it can fail.
    assert binom.ppf(0.0001, 3 * truths, 0.8) <= inside <= binom.ppf(0.9999, 3 * truths, 0.8)


def test_what_history_does_not_touch_keeps_its_prior():
    free = drawn(np.zeros(4), counts=lambda values: np.zeros(4))
    scores = free.z.reshape(-1, 3)
    assert np.abs(scores.mean(axis=0)).max() < 0.25
    assert scores.std(axis=0) == pytest.approx(np.ones(3), abs=0.2)


def test_the_same_seed_gives_the_same_draws_and_another_others():
    first, again, other = (drawn(np.zeros(4), seed=s, evaluations=300) for s in (4, 4, 5))
    assert np.array_equal(first.z, again.z)
    assert not np.array_equal(first.z, other.z)


def test_values_that_the_study_cannot_hold_are_never_drawn():
    def picky(values):
        if values[0] > 0.6:
            raise StudyError("too much")
        return linear(values)

    found = drawn(np.zeros(4), counts=picky, evaluations=400)
    assert found.flat[0][:, 0].max() <= 0.6


def test_a_study_that_holds_no_values_is_refused():
    calls = [0]

    def ended(values):
        calls[0] += 1
        if calls[0] > 13:
            raise StudyError("no more")
        return linear(values)

    with pytest.raises(SojournError, match="cannot hold most values"):
        drawn(np.zeros(4), counts=ended)


def test_chains_apart_show_in_r_hat_and_size():
    random = np.random.default_rng(1)
    good = random.standard_normal((200, 8))
    assert split_r_hat(good) < 1.02
    assert effective_size(good) > 1000
    assert split_r_hat(good + np.arange(8)) > 1.5
    assert effective_size(np.cumsum(good, axis=0)) < 200
