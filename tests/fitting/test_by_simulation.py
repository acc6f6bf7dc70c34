"""A fit by simulated histories (ABC-SMC), where there are no exact means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import truncnorm

from fitting.prison import prison
from sojourn.errors import SojournError
from sojourn.fitting import by_simulation
from sojourn.fitting.by_simulation import sample_by_simulation
from sojourn.fitting.emulated import emulated
from sojourn.study.model.values import Quantity

PRIOR = Quantity(
    value=600, low=300, high=900, shape="uniform", unit="people", path="parameters.a_year"
)


@pytest.mark.parametrize("chance", [0.0, 40.0])
def test_the_posterior_is_exact_with_the_chance_of_histories(chance):
    """A history is the number and normal chance, so counts have both variances."""
    random = np.random.default_rng(5)

    def simulate(values, _):
        return values + chance * random.standard_normal(1)

    found = sample_by_simulation(
        [PRIOR], simulate, np.array([520.0]), np.array([30.0]),
        seed=1, evaluations=12_000, told=lambda *_: None,
    )  # fmt: skip
    sd = np.hypot(30.0, chance)
    exact = truncnorm((300 - 520) / sd, (900 - 520) / sd, 520, sd)
    values = found.values.ravel()
    for quantile in (0.1, 0.5, 0.9):
        # Distinct particles are not quite independent: a third of them counts.
        error = np.sqrt(quantile * (1 - quantile) / (found.sizes[0] / 3))
        assert exact.cdf(np.quantile(values, quantile)) == pytest.approx(quantile, abs=4 * error)


def test_all_histories_tell_of_the_posterior_from_a_poor_start():
    """Of 18 counts with chance and errors, linear in two numbers, the posterior is known."""
    random = np.random.default_rng(7)
    slopes, errors, chance = random.standard_normal((18, 2)), np.full(18, 0.5), 1.5
    z = random.standard_normal((800, 2))
    counts = z @ slopes.T + chance * random.standard_normal((800, 18))
    variance = chance**2 + 0.5**2
    counted = slopes @ [0.4, -0.7] + np.sqrt(variance) * random.standard_normal(18)
    covariance = np.linalg.inv(np.eye(2) + slopes.T @ slopes / variance)
    mean, sd = covariance @ slopes.T @ counted / variance, np.sqrt(np.diag(covariance))
    found = emulated(z, counts, counted, errors, 0.1 * z[:9], random, 4000)
    # What 320 histories know of the slopes is worth an eighth of a standard deviation.
    assert np.abs((found.mean(axis=0) - mean) / sd).max() < 4 / 8
    assert found.std(axis=0) / sd == pytest.approx(np.ones(2), abs=0.2)


def test_values_that_cannot_be_held_are_never_drawn():
    def simulate(values, _):
        if values[0] > 500:
            raise SojournError("too many")
        return values

    found = sample_by_simulation(
        [PRIOR], simulate, np.array([520.0]), np.array([60.0]),
        seed=1, evaluations=2000, told=lambda *_: None,
    )  # fmt: skip
    assert found.values.max() <= 500
    with pytest.raises(SojournError, match="can hold none of the values"):
        sample_by_simulation(
            [PRIOR], lambda *_: (_ for _ in ()).throw(SojournError("none")), np.array([1.0]),
            np.array([1.0]), seed=1, evaluations=2000, told=lambda *_: None,
        )  # fmt: skip


def test_a_study_whose_people_queue_is_fitted_by_simulation_and_says_so(tmp_path, monkeypatch):
    """A prison for 900 is full: only those who come, 600 a year, are told by the first year."""
    monkeypatch.setattr(by_simulation, "FEWEST", 10)
    monkeypatch.setattr(by_simulation, "DRAWS", 20)
    study = prison(
        tmp_path,
        ("{prison: {}", "{prison: {place: full}"),
        ("\nstates:", "\nfacilities: {full: {capacity: 900 people}}\nstates:"),
        ("admissions: came", "admissions: {column: came, error: 20 people}"),
        table="year,held,came,left\n2010,600,600,0\n2011,900,300,0\n2012,900,600,600\n",
    )
    fit = study.fit(evaluations=200)
    assert fit.method.startswith("simulated histories (ABC-SMC): no exact expectation: admissions")
    (row,) = fit.parameters.to_dicts()
    assert row["p10"] - 20 < 600 < row["p90"] + 20
    assert row["relative_width"] < 0.3
    assert fit.record["method"] == fit.method
