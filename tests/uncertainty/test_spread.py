"""Draws are spread evenly along each number, and each number has draws of its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from sojourn.study.uncertain_shapes import MOST_TOGETHER
from sojourn.uncertainty.draws import Draw
from sojourn.uncertainty.spread import _sobol_digits, spread_quantile
from sojourn.uncertainty.spread_at_once import spread_quantiles

TOGETHER = ("a", "b", "c")


@pytest.mark.parametrize("path", ["a", "c", "alone"])
def test_all_draws_at_once_are_the_draws_one_by_one(path):
    numbers = [*range(130), 1023, 1024, 999_983, 2**31 + 12, 2**53 - 1]
    for seed in (0, 7, 2**40 + 1):
        one_by_one = [spread_quantile(seed, n, path, TOGETHER) for n in numbers]
        assert spread_quantiles(seed, numbers, path, TOGETHER).tolist() == one_by_one


def drawn(path: str, draws: range, *, seed: int = 1, together: tuple[str, ...] = ()) -> np.ndarray:
    return np.array([spread_quantile(seed, n, path, together) for n in draws])


@pytest.mark.parametrize("together", [(), TOGETHER])
@pytest.mark.parametrize("draws", [range(1), range(64), range(64, 128), range(96, 128), range(256)])
def test_each_equal_part_has_one_draw(draws, together):
    parts = np.floor(drawn("b", draws, together=together) * len(draws)).astype(int)
    assert sorted(parts) == list(range(len(draws)))


def test_numbers_spread_together_share_every_even_block():
    # The first two dimensions of Sobol's sequence are a (0, 2)-sequence: of 64 draws each of the
    # 64 rectangles of every shape 2^j by 2^(6-j) has one.
    points = [drawn(path, range(64), together=TOGETHER) for path in TOGETHER[:2]]
    for power in range(7):
        rows = np.floor(points[0] * 2**power) * 2 ** (6 - power) + np.floor(
            points[1] * 2 ** (6 - power)
        )
        assert sorted(rows.astype(int)) == list(range(64))


def test_dimensions_are_those_of_joe_and_kuo():
    theirs = qmc.Sobol(MOST_TOGETHER, scramble=False).random(512)
    ours = [
        [int(format(_sobol_digits(d, n), "09b")[::-1], 2) / 512 for d in range(MOST_TOGETHER)]
        for n in range(512)
    ]
    assert {tuple(row) for row in ours} == {tuple(row) for row in theirs}


def test_a_number_added_at_the_end_of_those_spread_together_moves_no_other():
    for path in TOGETHER:
        before = drawn(path, range(16), together=TOGETHER)
        assert np.array_equal(drawn(path, range(16), together=(*TOGETHER, "d")), before)
    assert np.array_equal(drawn("other", range(16), together=TOGETHER), drawn("other", range(16)))


def test_the_first_draws_are_those_of_a_shorter_run():
    assert [Draw(3, n).quantile("z") for n in range(8)] == list(drawn("z", range(16), seed=3)[:8])


def test_every_draw_is_uniform_over_seeds_and_two_are_as_far_apart_as_they_should():
    points = np.array([drawn("a", range(8), seed=seed) for seed in range(600)])
    for column in points.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-4
    # Draws 0 and 1 lie in different halves, 2 and 3 too.
    for first in range(0, 8, 2):
        assert np.all((points[:, first] < 0.5) != (points[:, first + 1] < 0.5))
    # Within its half of the interval, a draw does not depend on where the other one is.
    within = (points[:, :2] * 2) % 1
    assert abs(stats.spearmanr(*within.T).statistic) < 4 / np.sqrt(600)


def test_coins_are_fair_and_independent_of_each_other():
    points = np.array([drawn("a", range(4), seed=seed) for seed in range(2000)])
    first = (points[:, 0] >= 0.5).astype(int)
    # The quarter within a half is decided by another coin in each half.
    quarters = ((points * 4).astype(int) % 2)[:, :2]
    counts = np.bincount(first * 4 + quarters @ [2, 1], minlength=8)
    assert stats.chisquare(counts).pvalue > 1e-4


def test_two_numbers_are_independent_over_seeds():
    points = np.array(
        [[spread_quantile(seed, 5, path) for path in ("a", "b")] for seed in range(1000)]
    )
    cells = np.histogram2d(*points.T, bins=4, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(cells.ravel()).pvalue > 1e-4


def test_the_mean_of_a_product_needs_fewer_draws():
    # Of 8 factors with means of one: plain draws have a variance of (1 + 0.03)^8 - 1 over n.
    def mean(seed: int) -> float:
        factors = [1 + 0.6 * (drawn(f"p{k}", range(64), seed=seed) - 0.5) for k in range(8)]
        return float(np.prod(factors, axis=0).mean())

    found = np.array([mean(seed) for seed in range(80)])
    plain = (1.03**8 - 1) / 64
    additive = 8 * 0.03 / 64
    # What is additive is gone; the ratio of variances is that of an F distribution, about.
    left = (plain - additive) / plain
    ratio = found.var(ddof=1) / plain
    assert left * 0.6 < ratio < left * 1.6
    assert abs(found.mean() - 1) < 4 * found.std() / np.sqrt(80)
