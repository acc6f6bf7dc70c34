"""Fitted families against what made the stays, and against SciPy's own fit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sojourn.engine.laws import Law
from sojourn.study.fit import FewError, fit
from sojourn.study.incidence import LASTING, Observed

TRUE = {
    "exponential": ((40.0,), stats.expon(scale=40)),
    "gamma": ((40.0, 30.0), stats.gamma((4 / 3) ** 2, scale=22.5)),
    "lognormal": ((40.0, 30.0), stats.lognorm(np.sqrt(np.log1p(0.5625)), scale=32.0)),
    "weibull": ((40.0, 1.4), stats.weibull_min(1.4, scale=40)),
    "log-logistic": ((40.0, 2.5), stats.fisk(2.5, scale=40)),
}


def fitted(family, days, ended, weights=None, entered=None):
    """What is fitted to stays, each ended or not."""
    weights = np.ones(len(days)) if weights is None else weights
    entered = np.zeros(len(days), dtype=int) if entered is None else entered
    return fit(family, Observed(days, np.where(ended, 0, LASTING), weights, entered))


def seen(truth, count, watched, seed):
    """Whole days of stays from a random time of day on, each watched for some nights at most."""
    random = np.random.default_rng(seed)
    whole = np.floor(random.random(count) + truth.rvs(count, random_state=random)).astype(np.int64)
    limit = random.integers(0, watched, count)
    # The night after which somebody was last seen there: one stays longer than that, or has left.
    ended = whole <= limit
    return np.where(ended, whole, limit), ended


def likelihood(law, days, ended):
    """The logarithm of the likelihood, by the closed forms of the engine."""
    tail = np.append(1.0, law.survival(int(days.max()) + 1))
    return np.sum(np.log(np.where(ended, tail[days] - tail[days + 1], tail[days + 1])))


@pytest.mark.parametrize("family", TRUE)
@pytest.mark.parametrize("shrink", [1.0, 0.02], ids=["weeks", "hours"])
def test_what_made_the_stays_is_as_likely_as_chance_allows(family, shrink):
    # Wilks: twice the logarithm of the ratio of likelihoods is a chi-square; refused at 1e-4.
    true, truth = TRUE[family]
    true = (true[0] * shrink, *(v if family in ("weibull", "log-logistic") else v * shrink
                                for v in true[1:]))  # fmt: skip
    random = np.random.default_rng(11)
    drawn = truth.rvs(1500, random_state=random) * shrink
    whole = np.floor(random.random(1500) + drawn).astype(np.int64)
    limit = random.integers(0, max(3, int(160 * shrink)), 1500)
    ended = whole <= limit
    days = np.where(ended, whole, limit)
    found = fitted(family, days, ended)
    ratio = 2 * (
        likelihood(Law(family, found), days, ended) - likelihood(Law(family, true), days, ended)
    )
    assert -1e-6 <= ratio <= stats.chi2.isf(1e-4, len(true))


@pytest.mark.parametrize("family", ["exponential", "weibull", "lognormal"])
def test_long_stays_are_fitted_as_scipy_fits_them(family):
    # Beside stays of a thousand days the rounding to whole days is of no weight.
    _, truth = TRUE[family]
    days = (truth.rvs(400, random_state=3) * 25).astype(np.int64) + 1
    limit = np.random.default_rng(4).integers(200, 4000, 400)
    ended = days <= limit
    days = np.where(ended, days, limit)
    data = stats.CensoredData.right_censored(days.astype(float), ~ended)
    got = fitted(family, days, ended)
    if family == "exponential":
        want = (days.sum() / ended.sum(),)
    elif family == "weibull":
        shape, _, scale = stats.weibull_min.fit(data, floc=0)
        want = (scale, shape)
    else:
        sigma, _, scale = stats.lognorm.fit(data, floc=0)
        mean = scale * np.exp(sigma**2 / 2)
        want = (mean, mean * np.sqrt(np.expm1(sigma**2)))
    assert got == pytest.approx(want, rel=3e-3)


def test_a_weight_of_two_is_the_same_stay_twice():
    days, ended = seen(TRUE["gamma"][1], 200, 160, 5)
    once = fitted("gamma", days, ended, np.full(200, 2.0))
    twice = fitted("gamma", np.repeat(days, 2), np.repeat(ended, 2))
    assert once == pytest.approx(twice, rel=1e-5)


def test_a_likelihood_without_bound_is_refused():
    # Half of them 40 nights and half 41: a stay of exactly 40 days and a half makes that.
    days, ended = np.array([40] * 30 + [41] * 30), np.ones(60, bool)
    with pytest.raises(FewError, match="without bound"):
        fitted("gamma", days, ended)
    with pytest.raises(FewError, match="10 at least"):
        fitted("gamma", days[:9], ended[:9])
