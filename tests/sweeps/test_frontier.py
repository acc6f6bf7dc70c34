"""Choices among settings: what dominates, how sure the best is, how often the limit is broken."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest, norm

from sojourn.sweeps.frontier import choices


def made(means, spread, draws=400, seed=1):
    """[setting, draw, 1] with a part that all settings share."""
    random = np.random.default_rng(seed)
    common = random.normal(size=draws) * 10
    own = random.normal(size=(len(means), draws)) * spread
    return (np.array(means)[:, None] + common + own)[:, :, None]


def test_a_setting_that_another_beats_in_both_is_not_on_the_frontier():
    cost = np.array([1.0, 2.0, 3.0, 4.0])[:, None, None] * np.ones((4, 10, 1))
    line = np.array([9, 5, 6, 0])[:, None, None] * np.ones((4, 10, 1))
    line[1, :4] = 20  # broken in 4 of 10
    found = choices(cost, line, 8, wants="least", at="most", chance=0.1)
    assert [each.broken for each in found] == pytest.approx([1.0, 0.4, 0.0, 0.0])
    assert [each.frontier for each in found] == [True, True, True, False]
    assert [each.allowed for each in found] == [False, False, True, True]
    # The second is allowed in resamples of ten draws with one broken at most.
    lucky = binom.cdf(1, 10, 0.4)
    assert [each.best for each in found] == pytest.approx([0, lucky, 1 - lucky, 0], abs=0.02)
    turned = choices(-cost, -line, -8, wants="greatest", at="least", chance=0.1)
    assert [each.frontier for each in turned] == [each.frontier for each in found]
    assert [each.best for each in turned] == [each.best for each in found]


def test_the_share_of_resamples_is_the_chance_that_the_means_are_in_this_order():
    """Of two settings with a known difference and error, the normal law says how sure the best is;
    what both share does not matter."""
    draws, spread, apart = 400, 1.0, 0.08
    values = made([0.0, apart], spread, draws)
    found = choices(values, values, np.inf, wants="least", at="most", chance=0)
    difference = (values[1] - values[0])[:, 0]
    sure = norm.cdf(difference.mean() / (difference.std() / np.sqrt(draws)))
    assert found[0].best == pytest.approx(sure, abs=4 * np.sqrt(sure * (1 - sure) / 2000) + 0.01)
    assert found[0].best + found[1].best == pytest.approx(1)
    assert found[0].error == pytest.approx(np.sqrt(10**2 + spread**2) / np.sqrt(draws), rel=0.1)


def test_the_interval_is_that_of_clopper_and_pearson():
    for broken in (0, 1, 7, 40):
        limited = np.concatenate([np.ones(broken), np.zeros(40 - broken)])[None, :, None]
        (found,) = choices(limited, limited, 0.5, wants="least", at="most", chance=0.05)
        exact = binomtest(broken, 40).proportion_ci(0.95, "exact")
        assert (found.broken_low, found.broken_high) == pytest.approx((exact.low, exact.high))


def test_what_is_undetermined_does_not_keep_a_limit():
    limited = np.full((1, 4, 1), np.nan)
    (found,) = choices(np.ones((1, 4, 1)), limited, 5, wants="least", at="most", chance=0.5)
    assert found.broken == 1 and not found.allowed and found.best == 0
