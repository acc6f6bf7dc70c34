"""Stated errors of means against how far means of many seeds lie from the truth."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from sojourn.results.errors_of_means import (
    block_count,
    block_size,
    half_width,
    squared_errors,
    squared_errors_sql,
)
from sojourn.uncertainty.spread import spread_quantile

SEEDS, DRAWS = 250, 32


def stated(values, draws):
    """Standard errors of the means of `values` [seed, draw]."""
    seeds, many = values.shape
    by_draw = pa.table({
        "seed": np.repeat(np.arange(seeds), many), "draw": np.tile(np.arange(many), seeds),
        "middle_x": pa.array(values.ravel(), from_pandas=True),
    })  # fmt: skip
    with duckdb.connect() as connection:
        connection.register("by_draw", by_draw)
        sql = f"WITH {squared_errors_sql('seed', ['x'], draws)} FROM squared_errors ORDER BY seed"
        return np.sqrt(connection.sql(sql).to_arrow_table()["squared_x"].to_numpy())


@pytest.fixture(scope="module")
def uniform():
    """Three uncertain numbers, spread as those of a study, of many seeds [seed, draw, number]."""
    return np.array([
        [[spread_quantile(seed, draw, name) for name in "abc"] for draw in range(DRAWS)]
        for seed in range(SEEDS)
    ])  # fmt: skip


def test_blocks_grow_with_the_draws():
    assert [block_size(n) for n in (1, 15, 16, 32, 63, 64, 100, 127, 128, 10_000)] == [
        1, 1, 2, 2, 2, 4, 4, 4, 8, 8]  # fmt: skip


@pytest.mark.parametrize(
    ("effect", "mean", "widest"),
    [
        # Effects that add up, and as much chance as leaves them 80 % of the variance.
        (lambda u, noise: u.sum(axis=-1) + noise / 4, 1.5, 1.7),
        (lambda u, noise: np.prod(1 + u, axis=-1) + noise, 27 / 8, 1.7),
        # Either is high but not both: even draws are worse than independent ones.
        (lambda u, noise: 1.0 * ((u[..., 0] < 0.5) ^ (u[..., 1] < 0.5)), 0.5, 1.1),
    ],
)
def test_means_lie_within_their_stated_errors(uniform, effect, mean, widest):
    noise = np.random.default_rng(1).standard_normal((SEEDS, DRAWS))
    values = effect(uniform, noise)
    means, errors = values.mean(axis=1), stated(values, DRAWS)
    ratio = np.sqrt(np.mean(errors**2) / np.mean((means - mean) ** 2))
    assert 0.9 < ratio < widest  # 250 seeds tell the spread to 4.5 %
    assert np.mean(abs(means - mean) < 1.96 * errors) > 0.92


@pytest.mark.parametrize("draws", [2, 15, 37, 130])
def test_arrays_and_sql_say_the_same_where_histories_have_no_number_too(draws):
    random = np.random.default_rng(draws)
    values = random.standard_normal((60, draws))
    values[random.uniform(size=values.shape) < 0.2] = np.nan
    values[0, 1:] = np.nan  # a single number has no error
    values[0, 0] = values[1:, 0] = 1.0
    found = squared_errors(values, np.arange(draws))
    np.testing.assert_allclose(found, stated(values, draws) ** 2, rtol=1e-9)
    assert np.isnan(found[0])


def test_independent_draws_have_their_usual_error():
    values = np.random.default_rng(2).standard_normal((2000, 40))
    found = stated(values, 40)
    assert np.mean(found**2) == pytest.approx(1 / 40, rel=0.03)
    assert stated(values[:, :10], 10) == pytest.approx(values[:, :10].std(axis=1, ddof=1) / 10**0.5)


@pytest.mark.parametrize("draws", [4, 16, 64])
def test_intervals_of_few_draws_hold_the_mean_in_95_of_100(draws):
    values = np.random.default_rng(4).standard_normal((3000, draws))
    blocks = block_count(range(draws))
    assert blocks == {4: 4, 16: 8, 64: 16}[draws]
    inside = np.mean(abs(values.mean(axis=1)) < half_width(blocks) * stated(values, draws))
    assert inside == pytest.approx(0.95, abs=0.013)  # three standard errors
    assert block_count(range(3, 19)) == 9, "of the first and the last block, a part"


def test_missing_draws_count_for_nothing():
    values = np.random.default_rng(3).standard_normal((1, 16))
    values[0, [2, 3, 7]] = np.nan
    kept = values[~np.isnan(values)]
    blocks = [slice(0, 2), slice(2, 4), slice(4, 5), *(slice(n, n + 2) for n in (5, 7, 9, 11))]
    off = np.array([(kept - kept.mean())[block].sum() for block in blocks])
    assert stated(values, 16) == pytest.approx([np.sqrt((off**2).sum() * 7 / 6) / 13])
