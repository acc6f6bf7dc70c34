"""The posterior of numbers with a prior, given counts of the past and their errors.

Each number is written as x = F⁻¹(Φ(z)), F being its prior. So z is standard normal whatever the
prior's shape, and the posterior density of z is proportional to
exp(−½ |z|² − ½ Σ ((counted − modelled) / error)²): errors are normal and independent. It is sampled
from its mode by an ensemble of walkers (emcee), most of whose proposals are drawn from the normal
approximation at the mode (Gauss–Newton), and therefore nearly independent of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

import numpy as np
from numpy.random import RandomState
from scipy.optimize import least_squares
from scipy.special import ndtr

from sojourn.arrays import Floats
from sojourn.errors import Problem, SojournError, install
from sojourn.study.model.values import Quantity
from sojourn.study.uncertain_shapes import at_quantile

Counts = Callable[[Floats], Floats]
"""What a model counts under values of its numbers; raises SojournError for impossible ones."""
Told = Callable[[int, int], None]
"""Called with the evaluations that are done, and all of them."""

PACKAGE: Final = "emcee"
STEP = 0.02
"""Of the differences by which the counts' slopes are found, in standard deviations of the prior."""
FREEDOM = 6.0
"""Degrees of freedom of the Student proposals: their tails are above those of the posterior."""
INDEPENDENT = 0.9
"""Share of proposals from the approximation; the others are stretches between walkers."""
WARM_UP = 0.25
"""Share of the steps that are thrown away."""
_EDGE = 1e-12
_IMPOSSIBLE = 1e6


@dataclass(frozen=True, slots=True)
class PosteriorSample:
    """Draws of the posterior, and how well they were drawn."""

    z: Floats
    """[step, walker, number] after the warm-up, in standard deviations of the prior."""
    values: Floats
    """The same in canonical units."""
    counts: Floats
    """[step, walker, target]"""
    mode: Floats
    """[number]: z of the greatest density."""
    slopes: Floats
    """[target, number]: change of (modelled count / error) with z, at the mode."""
    acceptance: float
    evaluations: int
    sizes: tuple[float, ...]
    """[number]: independent draws that would tell as much."""
    more: Floats | None = None
    """[draw, count] of counts that were simulated too, and are compared with nothing."""
    more_slopes: Floats | None = None
    """[count, number]: their change with z."""

    @property
    def flat(self) -> tuple[Floats, Floats]:
        """Values [draw, number] and counts [draw, target]."""
        values, counts = self.values, self.counts
        return values.reshape(-1, values.shape[-1]), counts.reshape(-1, counts.shape[-1])


def sample(
    priors: Sequence[Quantity],
    counts: Counts,
    counted: Floats,
    errors: Floats,
    *,
    seed: int,
    evaluations: int,
    told: Told,
) -> PosteriorSample:
    """Draw from the posterior.

    Args:
        priors: the numbers, each with its range.
        counts: what the model counts under their values.
        counted: what was counted [target].
        errors: its standard deviations [target].
        seed: of the sampler; the same seed gives the same draws.
        evaluations: how often `counts` is called at most, about; at least 200.
        told: progress.

    Raises SojournError if emcee is not installed, or if no values near the prior's middle can be
    counted.
    """
    if find_spec(PACKAGE) is None:
        raise SojournError(Problem("a fit needs the package emcee", install("emcee>=3.1")))
    density = _Density(priors, counts, counted, errors, evaluations, told)
    mode, slopes = _mode(density)
    precision = np.eye(len(priors)) + slopes.T @ slopes
    walkers = max(8, 2 * len(priors) + 2)  # few, so that each goes far
    steps = max(8, (evaluations - density.done) // walkers)
    covariance = np.asarray(np.linalg.inv(precision), np.float64)
    chain, accepted = _walk(density, mode, covariance, walkers, steps, seed)
    kept = chain[round(WARM_UP * steps) :]
    values = np.array([[density.values(z) for z in row] for row in kept])
    found = np.array([[density.known[z.tobytes()] for z in row] for row in kept])
    sizes = tuple(effective_size(kept[:, :, n]) for n in range(len(priors)))
    return PosteriorSample(kept, values, found, mode, slopes, accepted, density.done, sizes)


def values_at(priors: Sequence[Quantity], z: Floats) -> Floats:
    """The numbers in canonical units, of z in standard deviations of their priors."""
    quantiles = np.clip(ndtr(z), _EDGE, 1 - _EDGE)
    return np.array(
        [at_quantile(prior, float(u)) for prior, u in zip(priors, quantiles, strict=True)]
    )


class _Density:
    """The posterior density of z, and the counts at every z that was tried."""

    def __init__(
        self,
        priors: Sequence[Quantity],
        counts: Counts,
        counted: Floats,
        errors: Floats,
        evaluations: int,
        told: Told,
    ) -> None:
        self.priors, self.counts, self.counted, self.errors = priors, counts, counted, errors
        self.known: dict[bytes, Floats] = {}
        self.done, self.evaluations, self.told = 0, evaluations, told

    def values(self, z: Floats) -> Floats:
        """The numbers in canonical units."""
        return values_at(self.priors, z)

    def modelled(self, z: Floats) -> Floats:
        """What the model counts, computed once for each z."""
        key = z.tobytes()
        if key not in self.known:
            self.known[key] = self.counts(self.values(z))
            self.done += 1
            self.told(min(self.done, self.evaluations), self.evaluations)
        return self.known[key]

    def residuals(self, z: Floats) -> Floats:
        """Their squares add up to twice the negative logarithm of the density."""
        return np.concatenate(((self.modelled(z) - self.counted) / self.errors, z))

    def guarded(self, z: Floats) -> Floats:
        """The residuals; great ones where the study cannot hold the values."""
        try:
            return self.residuals(z)
        except SojournError:
            return np.full(len(self.counted) + len(z), _IMPOSSIBLE)

    def logarithm(self, z: Floats) -> float:
        """Of the density; minus infinity where the study cannot hold the values."""
        try:
            return float(-0.5 * np.square(self.residuals(z)).sum())
        except SojournError:
            return -np.inf

    def slopes(self, z: Floats) -> Floats:
        """Of the residuals [residual, number], by central differences."""
        columns = []
        for number in range(len(z)):
            step = np.zeros(len(z))
            step[number] = STEP
            columns.append((self.residuals(z + step) - self.residuals(z - step)) / (2 * STEP))
        return np.column_stack(columns)


def _mode(density: _Density) -> tuple[Floats, Floats]:
    """The mode, and the slopes of the modelled counts there."""
    count = len(density.priors)
    density.residuals(np.zeros(count))  # raises for a study that can be counted nowhere
    found = least_squares(
        density.guarded, np.zeros(count), jac=density.slopes, xtol=1e-4, ftol=1e-4, max_nfev=30
    )
    mode: Floats = found.x
    return mode, density.slopes(mode)[:-count]


def _walk(
    density: _Density, mode: Floats, covariance: Floats, walkers: int, steps: int, seed: int
) -> tuple[Floats, float]:
    """The chain [step, walker, number], and the share of proposals that were accepted."""
    import emcee  # noqa: PLC0415 -- an extra

    near = _Student(mode, covariance)
    moves = [
        (emcee.moves.MHMove(near.propose), INDEPENDENT),
        (emcee.moves.StretchMove(), 1 - INDEPENDENT),
    ]
    sampler = emcee.EnsembleSampler(walkers, len(mode), density.logarithm, moves=moves)
    state = RandomState(seed)  # what emcee takes
    sampler.random_state = state.get_state()
    sampler.run_mcmc(_starts(density, near, walkers, state), steps)
    return sampler.get_chain(), float(np.mean(sampler.acceptance_fraction))


def _starts(density: _Density, near: _Student, walkers: int, state: RandomState) -> Floats:
    """Places of the walkers where the study can hold the values."""
    found: list[Floats] = []
    for _ in range(20 * walkers):
        z = near.draw(1, state)[0]
        if density.logarithm(z) > -np.inf:
            found.append(z)
        if len(found) == walkers:
            return np.array(found)
    raise SojournError(
        Problem(
            "the study cannot hold most values near those that meet its history",
            "narrow the ranges of the numbers marked `fit: yes`",
        )
    )


class _Student:
    """A multivariate Student distribution at the mode."""

    def __init__(self, mode: Floats, covariance: Floats) -> None:
        self.mode, self.root = mode, np.linalg.cholesky(covariance)

    def draw(self, count: int, random: RandomState) -> Floats:
        """Draws [draw, number]."""
        normal = random.standard_normal((count, len(self.mode)))
        widths = np.sqrt(FREEDOM / random.chisquare(FREEDOM, size=(count, 1)))
        return np.asarray(self.mode + widths * (normal @ self.root.T))

    def logarithm(self, z: Floats) -> Floats:
        """Of its density, but for a constant [draw]."""
        distance = np.square(np.linalg.solve(self.root, (z - self.mode).T)).sum(axis=0)
        return np.asarray(-0.5 * (FREEDOM + len(self.mode)) * np.log1p(distance / FREEDOM))

    def propose(self, z: Floats, random: RandomState) -> tuple[Floats, Floats]:
        """New places for the walkers, and the logarithm of density there against here."""
        new = self.draw(len(z), random)
        return new, self.logarithm(z) - self.logarithm(new)


def split_r_hat(chains: Floats) -> float:
    """How far the halves of the walkers' chains [step, walker] agree; 1 if they do.

    The root of all variance over that within the halves (Gelman and others, Bayesian Data Analysis,
    third edition, 2013, section 11.4).
    """
    half = len(chains) // 2
    halves = np.concatenate((chains[:half], chains[half : 2 * half]), axis=1)
    within = halves.var(axis=0, ddof=1).mean()
    between = halves.mean(axis=0).var(ddof=1)
    return float(np.sqrt(((half - 1) / half * within + between) / within)) if within else 1.0


def effective_size(chains: Floats) -> float:
    """Independent draws that would tell as much as the chains [step, walker]."""
    import emcee  # noqa: PLC0415 -- an extra

    time = float(emcee.autocorr.integrated_time(chains[:, :, None], tol=0)[0])
    return float(chains.size / max(time, 1.0))
