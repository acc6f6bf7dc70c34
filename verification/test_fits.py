"""Two hundred studies with known numbers, counted with errors and fitted: ranges hold the truth.

The numbers are drawn from their priors, so 80 % ranges hold four in five of them exactly, on
average over truths (the ranges are those of a proper posterior). A policy changes within the
history, and stays before and after it are told apart from the number who come.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial.chebyshev import chebvander
from scipy.special import ndtri
from scipy.stats import binom, chi2, kstest

pytest.importorskip("emcee")

from fitting.prison import prison
from fitting.test_fit import CHANGE
from sojourn.fitting.by_simulation import sample_by_simulation
from sojourn.fitting.counted_by_model import CountedByModel, targets_of
from sojourn.fitting.fit import marked
from sojourn.fitting.posterior import sample
from sojourn.uncertainty.draws import at_quantile

pytestmark = pytest.mark.slow

TRUTHS, EVALUATIONS, SEED = 200, 400, 20260103
POINTS = 12
"""Of each stay, at which the model is solved."""
QUEUES = 20
"""Truths of a model that must be simulated."""


def table(years: int) -> str:
    rows = (f"{year},1200,600,600\n" for year in range(2010, 2010 + years))
    return "year,held,came,left\n" + "".join(rows)


class Interpolated:
    """What a model counts as a polynomial in the logarithms of two stays, at Chebyshev points.

    Counts are proportional to the people who come in a year. A fit evaluates the model hundreds of
    times, and two hundred fits would take an hour; at the points it is solved once.
    """

    def __init__(self, model, priors, targets):
        self.low, self.high = np.log([(p.low, p.high) for p in priors[1:]]).T
        points = np.cos(np.pi * (np.arange(POINTS) + 0.5) / POINTS)
        stays = np.exp(self.low + (self.high - self.low) * (points[:, None] + 1) / 2)
        solved = [
            [model.counts([1000.0, one, other], targets) for other in stays[:, 1]]
            for one in stays[:, 0]
        ]
        inverse = np.linalg.inv(chebvander(points, POINTS - 1))
        self.terms = np.einsum("ai,bj,ijt->abt", inverse, inverse, np.array(solved) / 1000.0)

    def counts(self, values):
        came, *stays = values
        places = 2 * (np.log(stays) - self.low) / (self.high - self.low) - 1
        one, other = chebvander(np.clip(places, -1, 1), POINTS - 1)
        return came * np.tensordot(other, np.tensordot(one, self.terms, 1), 1)


def test_ranges_of_80_percent_hold_the_truth_within_their_binomial_error(tmp_path):
    checked = prison(tmp_path, *CHANGE, table=table(10))._checked
    study = checked.study
    priors, targets = marked(study.scenarios[study.baseline]), targets_of(study)
    last = max(target.end for target in targets)
    inputs = checked.inputs[study.baseline]
    model = CountedByModel(study, study.baseline, inputs, [p.path for p in priors], last)
    assert [p.path for p in priors] == [f"parameters.{n}" for n in ("a_year", "stay", "stay_2015")]
    quick = Interpolated(model, priors, targets)
    errors = np.array([target.sd for target in targets])
    random = np.random.default_rng(SEED)
    ranks = []
    for truth in range(TRUTHS):
        quantiles = random.uniform(size=len(priors))
        values = [at_quantile(p, float(u)) for p, u in zip(priors, quantiles, strict=True)]
        exact = model.counts(values, targets)
        np.testing.assert_allclose(quick.counts(values), exact, rtol=1e-6, atol=1e-6)
        counted = exact + errors * random.standard_normal(len(errors))
        found = sample(
            priors, quick.counts, counted, errors,
            seed=truth, evaluations=EVALUATIONS, told=lambda *_: None,
        )  # fmt: skip
        ranks.append((found.z.reshape(-1, len(priors)) < ndtri(quantiles)).mean(axis=0))
    by_number = np.array(ranks).T
    for prior, rank in zip(priors, by_number, strict=True):
        inside = int(((rank > 0.1) & (rank < 0.9)).sum())
        print(f"{prior.path}: {inside} of {TRUTHS} within the 80 % range")
        low, high = binom.ppf([0.0005, 0.9995], TRUTHS, 0.8)
        assert low <= inside <= high, (prior.path, inside)
        # The rank of the truth among the draws is uniform (simulation-based calibration).
        assert kstest(rank, "uniform").pvalue > 1e-3, prior.path


def strange(ranks):
    """Whether the shares of the draws below the truths [truth] are too far out, or too far in.

    Of exact draws they are uniform, so their normal scores are standard normal (Cook, Gelman and
    Rubin, 2006): the sum is normal, and the sum of squares chi-square. One in 2,000 lies beyond.
    """
    scores = ndtri(ranks)
    low, high = chi2.ppf([0.00025, 0.99975], len(scores))
    far = abs(scores.sum()) / np.sqrt(len(scores)) > -ndtri(0.00025)
    return far or not low <= np.square(scores).sum() <= high


def test_fits_by_simulation_hold_the_truth_where_people_queue(tmp_path):
    """A prison for 1,100 that is full after two years: those who come and those who stay longer.

    Counts come from one history each, chance included, and from an error of measurement. Draws half
    as far from their middle, or a standard deviation off, would not pass.
    """
    full = (
        ("{prison: {}", "{prison: {place: full}"),
        ("\nstates:", "\nfacilities: {full: {capacity: 1100 people}}\nstates:"),
        ("{2015-01-01", "{2013-01-01"),
    )
    checked = prison(tmp_path, *CHANGE, *full, table=table(6))._checked
    study = checked.study
    priors, targets = marked(study.scenarios[study.baseline]), targets_of(study)
    last = max(target.end for target in targets)
    inputs = checked.inputs[study.baseline]
    model = CountedByModel(study, study.baseline, inputs, [p.path for p in priors], last)
    assert "full" in model.no_means([p.value for p in priors], targets)
    errors = np.array([target.sd for target in targets])
    random = np.random.default_rng(SEED)
    ranks, narrow, aside = [], [], []
    for truth in range(QUEUES):
        quantiles = random.uniform(size=len(priors))
        values = [at_quantile(p, float(u)) for p, u in zip(priors, quantiles, strict=True)]
        counted = model.counts(values, targets, history=10**6 + truth)
        counted = counted + errors * random.standard_normal(len(errors))
        found = sample_by_simulation(
            priors, lambda v, n: model.counts(v, targets, history=n), counted, errors,
            seed=truth, evaluations=2000, told=lambda *_: None,
        )  # fmt: skip
        z = found.z.reshape(-1, len(priors))
        middle, sd = z.mean(axis=0), z.std(axis=0)
        for draws, of in ((z, ranks), ((z + middle) / 2, narrow), (z + sd, aside)):
            of.append(((draws < ndtri(quantiles)).sum(axis=0) + 0.5) / (len(draws) + 1))
    for number, prior in enumerate(priors):
        shares, halved, moved = (np.array(each)[:, number] for each in (ranks, narrow, aside))
        inside = int(((shares > 0.1) & (shares < 0.9)).sum())
        low, high = binom.ppf([0.0005, 0.9995], QUEUES, 0.8)
        assert low <= inside <= high, (prior.path, inside)
        assert kstest(shares, "uniform").pvalue > 1e-3, prior.path
        assert not strange(shares), prior.path
        assert strange(halved), prior.path
        assert strange(moved), prior.path
