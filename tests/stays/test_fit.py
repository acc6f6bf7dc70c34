"""Fitted families against what made the stays, and against SciPy's own fit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sojourn.stays.fit import FewError, fit
from sojourn.stays.incidence import LASTING, Observed
from sojourn.stays.law import Law

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


# Beside other ways out, and first seen late


def raced(one, other, count, watched, seed):
    """Stays that end by the lesser of two times, watched for some nights at most."""
    random = np.random.default_rng(seed)
    times = np.stack([law.rvs(count, random_state=random) for law in (one, other)])
    days = np.floor(random.random(count) + times.min(0)).astype(np.int64)
    limit = random.integers(0, watched, count)
    ways = np.where(days > limit, LASTING, times.argmin(0))
    none = np.zeros(count, dtype=np.int64)
    return Observed(np.minimum(days, limit), ways, np.ones(count), none)


def race_likelihood(one, other, seen):
    """By a sum over each thousandth of a day, from densities and survival functions of SciPy."""
    last = int(seen.days.max()) + 1
    x = (np.arange(1000 * last) + 0.5) / 1000
    place = np.floor(x).astype(int)
    within = x - place
    leave = np.zeros((2, last + 1))
    for way, (law, rest) in enumerate(((one, other), (other, one))):
        mass = -np.diff(law.sf(np.append(x - 0.0005, x[-1] + 0.0005))) * rest.sf(x)
        leave[way] += np.bincount(place, mass * (1 - within), last + 1)
        leave[way] += np.bincount(place + 1, mass * within, last + 1)
    there = np.bincount(place, one.sf(x) * other.sf(x) / 1000, last)
    likely = np.where(seen.ended, leave[seen.ways, seen.days], there[seen.days])
    return np.sum(np.log(likely))


RACES = {
    "exponential": [((0.7,), (1.1,)), ((9.0,), (4.0,))],
    "weibull": [((3.0, 0.6), (4.0, 1.6)), ((30.0, 1.4), (50.0, 0.7))],
    "lognormal": [((3.0, 1.5), (6.0, 9.0))],
    "log-logistic": [((2.0, 1.7), (5.0, 3.0))],
    "gamma": [((4.0, 5.0), (6.0, 3.0))],
}


def law(family, parameters):
    first, *rest = parameters
    if family == "exponential":
        return stats.expon(scale=first)
    if family == "gamma":
        return stats.gamma((first / rest[0]) ** 2, scale=rest[0] ** 2 / first)
    if family == "lognormal":
        spread = np.log1p((rest[0] / first) ** 2)
        return stats.lognorm(np.sqrt(spread), scale=first * np.exp(-spread / 2))
    return (stats.weibull_min if family == "weibull" else stats.fisk)(rest[0], scale=first)


@pytest.mark.parametrize(
    ("family", "true"), [(family, true) for family, each in RACES.items() for true in each]
)
def test_two_ways_out_are_fitted_at_once(family, true):
    # Wilks, as above, of the parameters of both.
    seen = raced(*(law(family, each) for each in true), 2500, 60, 7)
    other = seen._replace(ways=np.where(seen.ended, 1 - seen.ways, LASTING))
    found = fit(family, seen), fit(family, other)
    ratio = 2 * (
        race_likelihood(*(law(family, each) for each in found), seen)
        - race_likelihood(*(law(family, each) for each in true), seen)
    )
    assert -1e-3 <= ratio <= stats.chi2.isf(1e-4, 2 * len(true[0]))


def test_constant_rates_have_the_shares_of_their_ways_out():
    # In closed form: all leave at one rate, and each way has its share of it.
    seen = raced(stats.expon(scale=1.5), stats.expon(scale=0.8), 3000, 6, 3)
    whole = fit("exponential", seen._replace(ways=np.where(seen.ended, 0, LASTING)))[0]
    share = np.count_nonzero(seen.ways == 0) / np.count_nonzero(seen.ended)
    assert fit("exponential", seen)[0] == pytest.approx(whole / share, rel=1e-4)
    # Taken for stays that last longer than the day on which the others leave, they seem long.
    alone = fit("exponential", seen._replace(ways=np.where(seen.ways == 0, 0, LASTING)))[0]
    assert alone > 1.2 * whole / share


def test_a_few_who_leave_otherwise_are_no_hindrance():
    seen = raced(stats.weibull_min(1.5, scale=20), stats.expon(scale=5000), 800, 100, 2)
    assert 0 < np.count_nonzero(seen.ways == 1) < 10
    scale, shape = fit("weibull", seen)
    assert (scale, shape) == pytest.approx((20, 1.5), rel=0.12)


@pytest.mark.parametrize("family", TRUE)
def test_stays_first_seen_late_count_given_that_they_lasted_so_long(family):
    true, truth = TRUE[family]
    random = np.random.default_rng(13)
    whole = np.floor(random.random(6000) + truth.rvs(6000, random_state=random)).astype(np.int64)
    entered = random.integers(0, 60, 6000) * (random.random(6000) < 0.8)
    seen_at_all = (entered == 0) | (whole > entered)
    days, entered = whole[seen_at_all], entered[seen_at_all]
    limit = entered + random.integers(1, 120, len(days))
    ended = days <= limit
    days = np.minimum(days, limit)
    found = fitted(family, days, ended, entered=entered)

    def given_late(parameters):
        late = Law(family, parameters)
        tail = np.append(1.0, late.survival(int(days.max()) + 1))
        condition = np.where(entered > 0, tail[entered + 1], 1.0)
        return likelihood(late, days, ended) - np.sum(np.log(condition))

    ratio = 2 * (given_late(found) - given_late(true))
    assert -1e-6 <= ratio <= stats.chi2.isf(1e-4, len(true))
    # Without the column, long stays seem more common than they are.
    assert fitted(family, days, ended)[0] > 1.1 * found[0]
