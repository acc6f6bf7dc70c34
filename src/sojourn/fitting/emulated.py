"""The posterior from simulated histories, by what they count as a function of the numbers.

Near the posterior, what a history counts is taken as normal around a quadratic function of the
numbers' normal scores z, fitted by least squares to the histories that are nearest; what they
differ from it by is the chance of histories. So all histories tell of the posterior, and not only
those that came near the counts by luck (a synthetic likelihood by regression: Wood (2010), Nature
466; Blum and François (2010), Statistics and Computing 20).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sojourn.arrays import Floats

PER_TERM: Final = 40
"""Histories for each coefficient of the function, at least."""
SHARE: Final = 0.4
"""Of all histories, at least."""
FEWEST_PER_TERM: Final = 5
"""With fewer for each, the function is linear."""
ROUNDS: Final = 4
"""Each looks for the nearest histories around the posterior of the one before."""
DRAWS: Final = 6000
"""Of a Student distribution, weighed by the posterior."""
FREEDOM: Final = 5.0
WIDER: Final = 1.5
"""Standard deviations of that distribution, over those of the posterior."""


def emulated(
    z: Floats,
    counts: Floats,
    counted: Floats,
    errors: Floats,
    start: Floats,
    random: np.random.Generator,
    wanted: int,
) -> Floats:
    """Draws of the posterior [draw, number] in standard deviations of the prior.

    Args:
        z: of every simulated history [history, number].
        counts: what it counts [history, target].
        counted: what was counted [target].
        errors: standard deviations of its measurement [target].
        start: draws that lie about where the posterior does [draw, number].
        random: of the draws.
        wanted: how many draws.
    """
    size = z.shape[1]
    mean, covariance = start.mean(axis=0), _covariance(start)
    proposed, weights = start, np.full(len(start), 1.0 / len(start))
    for _ in range(ROUNDS):
        apart = np.square(np.linalg.solve(np.linalg.cholesky(covariance), (z - mean).T)).sum(axis=0)
        quadratic = len(_terms(z[:1], True)[0])
        near = np.argsort(apart, kind="stable")[: max(PER_TERM * quadratic, round(SHARE * len(z)))]
        bent = len(near) >= FEWEST_PER_TERM * quadratic
        terms = _terms(z[near] - mean, bent)
        found = np.linalg.lstsq(terms, counts[near], rcond=None)[0]
        rest = counts[near] - terms @ found
        chance = rest.T @ rest / max(1, len(near) - terms.shape[1])
        root = np.linalg.cholesky(chance + np.diag(np.square(errors)))
        spread = WIDER * np.linalg.cholesky(covariance)
        wide = np.sqrt(FREEDOM / random.chisquare(FREEDOM, DRAWS))[:, None]
        proposed = mean + wide * random.standard_normal((DRAWS, size)) @ spread.T
        gaps = _terms(proposed - mean, bent) @ found - counted
        misses = np.square(np.linalg.solve(root, gaps.T)).sum(axis=0)
        logs = -0.5 * misses - 0.5 * np.square(proposed).sum(axis=1)
        own = np.square(np.linalg.solve(spread, (proposed - mean).T)).sum(axis=0)
        logs += 0.5 * (FREEDOM + size) * np.log1p(own / FREEDOM)
        weights = np.exp(logs - logs.max())
        weights /= weights.sum()
        mean = weights @ proposed
        covariance = _covariance(proposed, weights)
    return np.asarray(proposed[random.choice(len(proposed), wanted, p=weights)])


def _terms(z: Floats, bent: bool) -> Floats:
    """One, the numbers, and with `bent` their products."""
    size = z.shape[1]
    one, other = np.triu_indices(size) if bent else (np.empty(0, np.int64),) * 2
    return np.column_stack([np.ones(len(z)), z, z[:, one] * z[:, other]])


def _covariance(z: Floats, weights: Floats | None = None) -> Floats:
    found = np.atleast_2d(np.cov(z.T, aweights=weights))
    return np.asarray(found + 1e-4 * np.eye(z.shape[1]))
