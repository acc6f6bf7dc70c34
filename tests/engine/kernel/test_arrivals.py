"""How many enter on a day: the numbers have the distribution that the process names.

Tests of fit are at the level 1e-4 with fixed seeds; means and variances at four standard errors.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sojourn.study.model.pathway import State, Transition
from sojourn.study.model.people import Admissions, Population

from engine.studies import dated, number, scenario_program, stay, to
from sojourn.engine.kernel.arrivals import draw_arrivals, random_count
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.random import salt, stream_key, uniform_int

LEVEL = 1e-4
Z = 4.0
KEY = np.uint64(stream_key(20250204, "a stream"))
SALT = np.uint64(salt("test"))


def sample(mean: float, ratio: float, size: int) -> np.ndarray:
    return np.array([random_count(mean, ratio, KEY, day, SALT) for day in range(size)])


def law(mean: float, ratio: float) -> object:
    return stats.nbinom(mean / (ratio - 1), 1 / ratio)


def assert_fits(found: np.ndarray, law: object) -> None:
    """Chi-square over bins that are expected to hold 20 or more."""
    size = len(found)
    edges = [-1]
    for k in range(int(found.max()) + 2):
        left = law.sf(k) * size
        if (law.cdf(k) - law.cdf(edges[-1])) * size >= 20 and left >= 20:
            edges.append(k)
    expected = size * np.diff([*law.cdf(edges), 1.0])
    counted = np.bincount(np.searchsorted(edges, found, side="left") - 1, minlength=len(expected))
    assert stats.chisquare(counted, expected).pvalue > LEVEL


@pytest.mark.parametrize(
    ("mean", "ratio"),
    [(0.001, 2.5), (0.3, 1.01), (0.3, 40.0), (2.0, 2.5), (30.0, 1.5), (400.0, 9.0), (900.0, 2.5)],
)
def test_numbers_are_negative_binomial(mean: float, ratio: float) -> None:
    size = 400_000 if mean < 0.01 else 40_000
    found = sample(mean, ratio, size)
    assert_fits(found, law(mean, ratio))
    exact = law(mean, ratio)
    assert abs(found.mean() - mean) < Z * np.sqrt(mean * ratio / size)
    # The variance of a sample variance is (fourth central moment - variance²) / n.
    excess = float(exact.stats(moments="k"))
    assert abs(found.var() - mean * ratio) < Z * mean * ratio * np.sqrt((excess + 2) / size)


@pytest.mark.parametrize("ratio", [1.0, 1.000001, 2.5, 300.0, 20_000.0])
def test_a_million_a_day(ratio: float) -> None:
    found = sample(1e6, ratio, 200)
    sd = np.sqrt(1e6 * ratio)
    assert abs(found.mean() - 1e6) < Z * sd / np.sqrt(200)
    # Nearly normal: the standard error of a standard deviation is sd / sqrt(2 n).
    assert abs(found.std(ddof=1) - sd) < Z * sd * np.sqrt((1 + 3 * ratio / 1e6) / 400)


def test_a_ratio_of_one_is_poisson() -> None:
    found = sample(3.0, 1.0, 500)
    quantiles = [uniform_int(int(KEY), day, int(SALT)) for day in range(500)]
    np.testing.assert_array_equal(found, stats.poisson.ppf(quantiles, 3.0))
    # The limit is continuous: hardly a draw differs.
    assert (sample(3.0, 1 + 1e-7, 500) != found).sum() <= 1


@pytest.mark.parametrize("ratio", [1.0, 1.000001, 2.5, 40.0, 30_000.0])
@pytest.mark.parametrize("mean", [1e-6, 0.4, 3.0, 499.9, 500.1, 2_000.0])
def test_a_mean_that_stays_gives_the_numbers_of_one_that_comes_once(
    mean: float, ratio: float
) -> None:
    # A table serves the days from the second of each mean on, where it is not too long.
    days = 400
    rate = np.repeat([mean, mean / 2, mean, 0.0], days // 4)[:, None]
    counts = draw_arrivals(
        rate, np.zeros(1, np.int64), np.array([ratio]), np.array([KEY]), SALT, SALT,
        np.zeros(1, np.uint8),
    )  # fmt: skip
    each = [random_count(rate[day, 0], ratio, KEY, day, SALT) for day in range(days)]
    np.testing.assert_array_equal(counts[:, 0], each)


def test_streams_and_days_add_up_with_the_same_ratio() -> None:
    # Two cells of one population over a week: negative binomial with the same ratio.
    program = scenario_program(
        7,
        states={"s": State()},
        transitions=[
            Transition(name="s -> out", state="s", branches=(to("out", stay("fixed", 100)),))
        ],
        populations={
            "p": Population(
                admissions=Admissions(
                    rate=dated(1.2),
                    per="day",
                    into="s",
                    process="over-dispersed",
                    variance_ratio=number(3.0),
                )
            )
        },
        split=0.3,
    )
    found = np.array([simulate(program, seed=5, replicate=r).census[6].sum() for r in range(4000)])
    assert_fits(found, law(8.4, 3.0))
