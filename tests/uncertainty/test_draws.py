"""Draws against the moments and quantiles of their distributions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sojourn.study.model.values import Quantity
from sojourn.study.uncertain_shapes import at_quantile
from sojourn.uncertainty.draws import Draw
from sojourn.uncertainty.values_at_once import values_at_once

LEVELS = np.linspace(0.001, 0.999, 97)


def quantity(shape: str, low: float, best: float, high: float, path: str = "a") -> Quantity:
    return Quantity(value=best, low=low, high=high, shape=shape, path=path)


EXACT = {
    "uniform": stats.uniform(2, 6),
    "triangular": stats.triang(0.25, 2, 6),
    # PERT with mode 3.5 in [2, 8] is a beta distribution with these two parameters.
    "pert": stats.beta(2, 4, 2, 6),
    "loguniform": stats.loguniform(2, 8),
}


@pytest.mark.parametrize("shape", EXACT)
def test_quantiles_are_those_of_the_distribution(shape):
    made = [at_quantile(quantity(shape, 2.0, 3.5, 8.0), float(u)) for u in LEVELS]
    np.testing.assert_allclose(made, EXACT[shape].ppf(LEVELS), rtol=1e-9)


def test_pert_has_its_mean():
    values = [at_quantile(quantity("pert", 2.0, 3.5, 8.0), (i + 0.5) / 20000) for i in range(20000)]
    assert np.mean(values) == pytest.approx((2 + 4 * 3.5 + 8) / 6, rel=1e-6)


def test_quantiles_of_many_draws_are_uniform():
    found = [Draw(5, index).quantile("gates.open.chance") for index in range(4000)]
    # The seed is fixed: this cannot fail by chance, only by a change.
    assert stats.kstest(found, "uniform").pvalue > 0.001


def test_two_paths_are_independent():
    found = np.array([[Draw(5, i).quantile(p) for p in ("a", "b")] for i in range(4000)])
    assert abs(np.corrcoef(found.T)[0, 1]) < 4 / np.sqrt(4000)


def test_a_quantity_moves_no_other():
    one = quantity("uniform", 0.0, 0.5, 1.0, path="a")
    wider = quantity("uniform", 0.0, 1.0, 2.0, path="a")
    draw = Draw(1, 3)
    assert draw.value(wider) == pytest.approx(2 * draw.value(one))
    assert draw.value(one) != Draw(1, 4).value(one)
    assert draw.value(one) != Draw(2, 3).value(one)


def test_a_certain_quantity_is_its_value():
    assert Draw(1, 1).value(Quantity(value=7.0, path="a")) == 7.0


OTHERS = {
    "certain": {"value": 7.0},
    "one value": {"shape": "pert", "low": 3.0, "high": 3.0, "value": 3.0},
    "normal": {"shape": "normal", "low": 0.0, "high": 9.0, "value": 4.0, "numbers": (4.0, 1.0)},
    "beta": {"shape": "beta", "value": 0.3, "numbers": (3.0, 7.0)},
    "counted": {"shape": "counted", "value": 0.3, "numbers": (3.5, 7.5), "low": 0.0, "high": 1.0},
    "a row": {"shape": "draws", "value": 2.0, "numbers": (1.0, 2.0, 5.0), "addresses": ("file",)},
    "correlated": {"shape": "uniform", "low": 2.0, "high": 8.0, "value": 3.0,
                   "addresses": ("b", "a"), "scores": (0.6, 0.8)},
    "given": {"shape": "given", "value": 1.0},
}  # fmt: skip


@pytest.mark.parametrize("name", [*EXACT, *OTHERS])
def test_values_of_all_draws_at_once_are_those_one_by_one_to_the_last_bit(name):
    numbers = [Draw(5, index, {"a": index / 7}) for index in range(200)]
    made = Quantity(path="a", **OTHERS[name]) if name in OTHERS else quantity(name, 2.0, 3.5, 8.0)
    assert values_at_once(numbers, made).tolist() == [draw.value(made) for draw in numbers]
