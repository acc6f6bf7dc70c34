"""The posterior where a model has no exact means: sequential Monte Carlo over simulated histories.

Approximate Bayesian computation with a normal kernel (ABC-SMC): particles are drawn from the prior,
one history is simulated for each, and they are weighted by
exp(−½ Σ ((counted − simulated) / (h · error))²), with a tolerance h that falls from great to 1 in
steps that keep half of the particles' weight. After each step particles are drawn anew by weight
and moved by Metropolis–Hastings, their history simulated anew with each proposal. At h = 1 the
kernel is the error of measurement itself: the posterior of the model with that error, chance of the
histories included. But the particles that are left are few, since a history that came near all
counts by luck stays. So they only tell where to look, and the draws come from all histories that
were simulated (see `emulated`).

Sources: Del Moral, Doucet and Jasra (2012), Statistics and Computing 22; Wilkinson (2013),
Statistical Applications in Genetics and Molecular Biology 12.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.errors import Problem, SojournError
from sojourn.fitting.emulated import emulated
from sojourn.fitting.posterior import PosteriorSample, Told, values_at
from sojourn.study.model.values import Quantity

Simulate = Callable[[Floats, int], Floats]
"""What one simulated history counts [count], under values of the numbers, by the number of the
history; raises SojournError for values that the study cannot hold."""

ISLANDS: Final = 2
"""Populations that never meet, whose agreement shows if there are particles enough."""
KEPT: Final = 0.5
"""Share of the particles' weight that a step of the tolerance keeps, at least."""
MOVES: Final = 2
"""Proposals to each particle at each tolerance."""
STEPS: Final = 12
"""Tolerances that are expected, from which the number of particles follows."""
FEWEST: Final = 40
"""Particles of each island, at least."""
NEAR: Final = 0.3
"""Share of proposals near the particle; others are drawn from the normal fitted to all."""
WIDER: Final = 1.2
"""Standard deviations of that normal, over those of the particles."""
MOST_STEPS: Final = 60
DRAWS: Final = 150
"""Of the posterior, by each island."""


@dataclass(slots=True)
class _Particles:
    z: Floats
    """[particle, number] in standard deviations of the prior."""
    counts: Floats
    """[particle, count]"""
    distance: Floats
    """[particle]: Σ ((counted − simulated) / error)²; infinite where the study cannot be."""

    def at(self, places: Ints) -> _Particles:
        """Those at these places."""
        return _Particles(self.z[places], self.counts[places], self.distance[places])


class _Island:
    """One population of particles."""

    def __init__(
        self,
        priors: Sequence[Quantity],
        simulate: Simulate,
        counted: Floats,
        errors: Floats,
        seed: int,
        first: int,
        done: Callable[[], None],
    ) -> None:
        self.priors, self.simulate, self.counted, self.errors = priors, simulate, counted, errors
        self.random = np.random.default_rng([seed, first])
        self.next, self.done = first, done
        self.seen: list[_Particles] = []
        """Every history that was simulated."""

    def particles(self, z: Floats) -> _Particles:
        """Particles at these places, a history simulated for each."""
        rows = [self._one(each) for each in z]
        lengths = {len(row) for row in rows if row is not None}
        if not lengths:
            raise _none_held()
        none = np.full(lengths.pop(), np.nan)
        counts = np.array([none if row is None else row for row in rows])
        gaps = (counts[:, : len(self.counted)] - self.counted) / self.errors
        distance = np.where(np.isnan(gaps).any(axis=1), np.inf, np.square(gaps).sum(axis=1))
        made = _Particles(z, counts, distance)
        self.seen.append(made)
        return made

    def _one(self, z: Floats) -> Floats | None:
        self.next += ISLANDS
        self.done()
        try:
            return self.simulate(values_at(self.priors, z), self.next)
        except SojournError:
            return None

    def run(self, count: int) -> tuple[_Particles, float, int]:
        """Particles of the posterior, the share of proposals accepted, and the steps taken."""
        now = self.particles(self.random.standard_normal((count, len(self.priors))))
        scale, accepted, steps = np.inf, [], 0
        while scale > 1.0:
            steps += 1
            scale, weights = _next_scale(now.distance, scale)
            if steps > MOST_STEPS:
                what = "no values meet the counts within their errors"
                raise SojournError(Problem(what, "give the counts greater errors, or wider priors"))
            now = now.at(_systematic(weights, self.random))
            accepted += [self._move(now, scale) for _ in range(MOVES)]
        return self._posterior(now), float(np.mean(accepted)), steps

    def _posterior(self, now: _Particles) -> _Particles:
        """Draws by all histories that were simulated, with a history each."""
        held = [each.at(np.flatnonzero(np.isfinite(each.distance))) for each in self.seen]
        z, counts = (np.concatenate([getattr(e, n) for e in held]) for n in ("z", "counts"))
        told = counts[:, : len(self.counted)]
        drawn = emulated(z, told, self.counted, self.errors, now.z, self.random, DRAWS)
        made = self.particles(drawn)
        kept = np.flatnonzero(np.isfinite(made.distance))
        if not len(kept):
            raise _none_held()
        return made.at(np.resize(kept, DRAWS))

    def _move(self, now: _Particles, scale: float) -> float:
        """One proposal to each particle, in place; the share that was accepted."""
        count, size = now.z.shape
        mean = now.z.mean(axis=0)
        covariance = np.atleast_2d(np.cov(now.z.T)) + 1e-8 * np.eye(size)
        root = np.linalg.cholesky(covariance)
        near = np.asarray(self.random.uniform(size=count) < NEAR)
        normal = self.random.standard_normal((count, size)) @ root.T
        # 2.38 / √d: the best step of a random walk (Roberts, Gelman and Gilks, 1997).
        local = now.z + 2.38 / np.sqrt(size) * normal
        places: Floats = np.where(near[:, None], local, mean + WIDER * normal)
        proposed = self.particles(places)

        def density(z: Floats) -> Floats:
            own = np.square(np.linalg.solve(root, (z - mean).T) / WIDER).sum(axis=0)
            return np.asarray(-0.5 * own)

        def target(each: _Particles) -> Floats:
            return np.asarray(-0.5 * np.square(each.z).sum(axis=1) - 0.5 * each.distance / scale**2)

        ratio = target(proposed) - target(now)
        ratio += np.where(near, 0.0, density(now.z) - density(proposed.z))
        taken = np.log(self.random.uniform(size=count)) < ratio
        for name in ("z", "counts", "distance"):
            getattr(now, name)[taken] = getattr(proposed, name)[taken]
        return float(taken.mean())


def _none_held() -> SojournError:
    what = "the study can hold none of the values that its priors give"
    return SojournError(Problem(what, "narrow the ranges of the numbers marked `fit: yes`"))


def _next_scale(distance: Floats, scale: float) -> tuple[float, Floats]:
    """The next tolerance, at least 1, and the weights of the particles at it."""

    def weights(at: float) -> Floats:
        power = 1 / at**2 - (0.0 if np.isinf(scale) else 1 / scale**2)
        logs = -0.5 * power * (distance - distance.min())
        found = np.exp(logs)
        return np.asarray(found / found.sum())

    def effective(at: float) -> float:
        return float(1 / np.square(weights(at)).sum())

    wanted = KEPT * np.isfinite(distance).sum()
    if effective(1.0) >= wanted:
        return 1.0, weights(1.0)
    low, high = 1.0, min(scale, 1e6)
    for _ in range(60):
        middle = np.sqrt(low * high)
        low, high = (low, middle) if effective(middle) >= wanted else (middle, high)
    return high, weights(high)


def _systematic(weights: Floats, random: np.random.Generator) -> Ints:
    """Particles drawn by weight, each as often as its weight says to within one."""
    places = (np.arange(len(weights)) + random.uniform()) / len(weights)
    found = np.searchsorted(np.cumsum(weights), places)
    return np.minimum(found, len(weights) - 1)


def sample_by_simulation(
    priors: Sequence[Quantity],
    simulate: Simulate,
    counted: Floats,
    errors: Floats,
    *,
    seed: int,
    evaluations: int,
    told: Told,
) -> PosteriorSample:
    """Draw from the posterior by simulated histories; arguments as of `posterior.sample`.

    `simulate` may count more than was counted: what is compared comes first. Raises SojournError
    if no values can be held, or if none meets the counts.
    """
    each = max(FEWEST, (evaluations // ISLANDS - DRAWS) // (1 + STEPS * MOVES))
    done = 0

    def tell() -> None:
        nonlocal done
        done += 1
        told(min(done, evaluations), evaluations)

    found = [
        _Island(priors, simulate, counted, errors, seed, first, tell).run(each)
        for first in range(ISLANDS)
    ]
    z = np.stack([particles.z for particles, _, _ in found], axis=1)
    counts = np.stack([particles.counts for particles, _, _ in found], axis=1)
    values = np.array([[values_at(priors, row) for row in pair] for pair in z])
    flat = z.reshape(-1, len(priors))
    scaled = counts.reshape(len(flat), -1)
    middle = flat.mean(axis=0)
    centred = flat - middle
    slopes = np.linalg.lstsq(centred, scaled - scaled.mean(axis=0), rcond=None)[0].T
    return PosteriorSample(
        z=z,
        values=values,
        counts=counts[:, :, : len(counted)],
        mode=middle,
        slopes=slopes[: len(counted)] / errors[:, None],
        acceptance=float(np.mean([share for _, share, _ in found])),
        evaluations=done,
        sizes=(float(sum(len(np.unique(p.z, axis=0)) for p, _, _ in found)),) * len(priors),
        more=counts[:, :, len(counted) :].reshape(len(flat), -1),
        more_slopes=slopes[len(counted) :],
    )
