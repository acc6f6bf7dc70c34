"""Each record of a family against itself, SciPy and what an analyst can write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from sojourn.stays.distribution import curve_of
from sojourn.stays.families import FAMILIES, FITTED, PARAMETRIC
from sojourn.stays.law import Law, check_law
from sojourn.study.load import load_study
from sojourn.study.units import read_words

Write = Callable[..., Path]

TRUTH = {
    "exponential": stats.expon(scale=60),
    "gamma": stats.gamma(2.25, scale=40),
    "lognormal": stats.lognorm(np.sqrt(np.log(13 / 9)), scale=90 / np.sqrt(13 / 9)),
    "weibull": stats.weibull_min(1.5, scale=90),
    "log-logistic": stats.fisk(2, scale=90),
    "uniform": stats.uniform(10, 10),
}
"""The family with the parameters of its record's example."""
DAYS = np.array([0.0, 0.3, 1.0, 9.5, 14.25, 60.0, 89.0, 120.0, 400.0, 900.0])


def example(name: str) -> tuple[float, ...]:
    """The parameters of the example, durations in days."""
    return tuple(
        read_words(each.example)[0] if each.kind == "duration" else float(each.example)
        for each in PARAMETRIC[name].parameters
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_the_distribution_is_the_one_of_theory(name: str) -> None:
    family, parameters, truth = FAMILIES[name], example(name), TRUTH[name]
    assert family.mean(*parameters) == pytest.approx(truth.mean())
    np.testing.assert_allclose(family.gone(DAYS, *parameters), truth.cdf(DAYS), rtol=1e-12)
    check_law(Law(name, parameters), "transitions.a -> b.after")


@pytest.mark.parametrize("name", PARAMETRIC)
def test_the_mean_excess_is_the_integral_of_the_tail(name: str) -> None:
    family, parameters = PARAMETRIC[name], example(name)
    e = family.excess(DAYS, *parameters)
    assert e[0] == pytest.approx(family.mean(*parameters))
    for low, high, more, less in zip(DAYS[:-1], DAYS[1:], e[:-1], e[1:], strict=True):
        kinks = [day for day in family.corners(*parameters) if low < day < high]
        area, error = integrate.quad(
            lambda x: 1 - family.gone(np.array([x]), *parameters)[0], low, high,
            points=kinks or None, limit=200,
        )  # fmt: skip
        assert more - less == pytest.approx(area, abs=max(1e-9, 2 * error))


@pytest.mark.parametrize("name", PARAMETRIC)
def test_shares_before_a_day_differ_from_those_up_to_it_only_at_corners(name: str) -> None:
    family, parameters = PARAMETRIC[name], example(name)
    corners = np.array(family.corners(*parameters))
    below = family.below or family.gone
    away = DAYS[~np.isin(DAYS, corners)]
    np.testing.assert_array_equal(below(away, *parameters), family.gone(away, *parameters))
    curve = curve_of(Law(name, parameters), 40)
    assert curve.upto(np.array([40.0]))[0] == pytest.approx(
        family.gone(np.array([40.0]), *parameters)[0], abs=1e-12
    )


@pytest.mark.parametrize("name", PARAMETRIC)
def test_no_stay_is_outside_the_bounds_that_a_record_names(name: str) -> None:
    family, parameters = PARAMETRIC[name], example(name)
    value = dict(zip((each.name for each in family.parameters), parameters, strict=True))
    if family.least:
        low = np.array([value[family.least] - 1e-6])
        assert family.gone(low, *parameters)[0] == 0.0
    if family.most:
        assert family.gone(np.array([value[family.most]]), *parameters)[0] == 1.0


@pytest.mark.parametrize("name", FITTED)
@pytest.mark.parametrize(("scale", "shape"), [(40.0, 1.0), (3.0, 0.6), (200.0, 1.8)])
def test_what_is_fitted_has_the_parameters_that_are_given_back(name, scale, shape) -> None:
    family = FAMILIES[name]
    theta = (scale, shape)[: len(family.parameters)]
    left = FITTED[name].left(DAYS[1:], *theta)
    found = FITTED[name].parameters(*theta)
    assert FITTED[name].refusal(*theta) is None
    np.testing.assert_allclose(left, 1 - family.gone(DAYS[1:], *found), atol=1e-12)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_example_is_read_with_its_parameters(name: str, write_study: Write) -> None:
    family = FAMILIES[name]
    written = [family.example, *([family.parameters[0].example] * (len(family.parameters) == 1))]
    for number, words in enumerate(written):
        change = ("gamma: {mean: 60 days, sd: 30 days}", f"{name}: {words}")
        scenarios = load_study(write_study(change, name=str(number))).scenarios
        (found,) = (
            transition.branches[0].after
            for transition in scenarios["as agreed"].transitions
            if transition.state == "suing" and transition.branches[0].to == "prison"
        )
        assert found is not None
        assert found.family == name
        values = {key: quantity.value for key, quantity in found.parameters.items()}
        assert values == dict(zip((p.name for p in family.parameters), example(name), strict=True))
