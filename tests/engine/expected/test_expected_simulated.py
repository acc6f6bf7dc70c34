"""The first test of everything: what is expected is the mean of what is simulated.

For a study made up by Hypothesis, histories give a sample of each total (moves over each branch,
person-days in each state, people on some days). Hotelling's T² of the sample against the expected
means, over the directions in which it varies, has an F law; where a total does not vary at all the
two must be equal. Examples and seeds are fixed, so that nothing flickers: a failure is a change.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy import stats

from engine.generated.chance import programs
from engine.generated.combinations import ALONE
from engine.generated.corpus import cover_all
from engine.generated.detector import features_of_people
from sojourn.engine.expected.solver import Expected, expected
from sojourn.engine.expected.variances import variances
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import History, Program
from sojourn.errors import SojournError

LEVEL = 1e-6
"""Of each study's test; of some hundred, one in ten thousand would fail by chance."""
NO_SHRINKING = [Phase.explicit, Phase.generate]
"""Each example takes hundreds of histories; a failing one is told as it was found."""
ROUNDING = 1e-12
"""What sums leave of a variance that is nought."""
SEEN = 25
"""Totals that all histories together expect fewer people in are taken together."""


def totals(one: History | Expected, program: Program) -> npt.NDArray[np.float64]:
    """Moves by branch, people on four days by state, person-days by state and group."""
    days = np.linspace(0, program.days - 1, 4).astype(int)
    return np.concatenate(
        [
            one.flows.sum(axis=(0, 2)),
            one.census[days].sum(axis=2).ravel(),
            one.census.sum(axis=0).ravel() / program.days,
            one.flows.sum(axis=(0, 1)),
            one.admitted.sum(axis=(0, 1)),
        ]
    ).astype(np.float64)


def probability(
    sample: npt.NDArray[np.float64], mean: npt.NDArray[np.float64], lump: float
) -> float:
    """Of a sample [history, total] so far from the mean, or farther, by Hotelling's T².

    `lump`: how many people come at once, so that so many fewer independent events are seen.
    """
    count = len(sample)
    rare = mean * count < SEEN * lump
    if rare.any():
        sample = np.column_stack([sample[:, ~rare], sample[:, rare].sum(axis=1)])
        mean = np.append(mean[~rare], mean[rare].sum())
    gap = sample.mean(axis=0) - mean
    values, vectors = np.linalg.eigh(np.cov(sample, rowvar=False).reshape(len(mean), -1))
    # Where a direction varies by a few rare moves alone its sample has no normal mean.
    floor = SEEN * lump**2 / count
    varies = values > floor
    along = vectors.T @ gap
    assert np.abs(along[~varies]).max(initial=0.0) < 6 * np.sqrt(floor / count)
    k = int(varies.sum())
    if k == 0:
        return 1.0
    t2 = count * float(np.sum(along[varies] ** 2 / values[varies]))
    return float(stats.f.sf(t2 * (count - k) / (k * (count - 1)), k, count - k))


def assert_agrees(program: Program, seed: int, count: int) -> bool:
    """Whether the expected solver takes the program; if so, that it says what is simulated."""
    try:
        found = expected(program)
    except SojournError:
        return False
    histories = [simulate(program, seed=seed, replicate=r) for r in range(count)]
    sample = np.array([totals(history, program) for history in histories])
    mean = totals(found, program)
    lump = program.admission_ratio.max(initial=1.0)
    if len(mean) and sample.shape[1]:
        assert probability(sample, mean, lump) > LEVEL
    spread = variances(program)
    days = np.linspace(0, program.days - 1, 4).astype(int)
    for values, own, variance in (
        (np.array([h.census[days] for h in histories]), found.census[days], spread.census[days]),
        (np.array([h.flows for h in histories]), found.flows, spread.flows),
    ):
        assert (variance[~np.isnan(variance)] >= -ROUNDING).all()
        assert_varies(values - own, variance, SEEN * lump**2 / count, lump)
    return True


def assert_varies(
    gaps: npt.NDArray[np.float64],
    variance: npt.NDArray[np.float64],
    least: float,
    lump: float = 1.0,
) -> None:
    """The mean square of each gap lies within six standard errors of a known variance.

    Where people come in lumps a sample that has missed a large one looks surer than it is. So the
    error is at least that of a negative binomial number v with ratio r = `lump`, whose squares
    have the variance 2 v² + v (1 + 6 r (r - 1)) (r = 1: Poisson).
    """
    known = ~np.isnan(variance) & (variance > least)
    squares = gaps[:, known] ** 2
    v = variance[known]
    error = np.maximum(
        squares.std(axis=0, ddof=1), np.sqrt(2 * v**2 + v * (1 + 6 * lump * (lump - 1)))
    ) / np.sqrt(len(gaps))
    off = np.abs(squares.mean(axis=0) - variance[known])
    assert (off < 6 * error).all(), (squares.mean(axis=0), variance[known], error)
    # What cannot vary does not.
    assert np.abs(gaps[:, variance < 1e-12]).max(initial=0.0) < 1e-5


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=NO_SHRINKING,
)
@given(program=programs(lines=False), seed=st.integers(0, 2**40))
def test_the_mean_of_histories(program: Program, seed: int) -> None:
    assert_agrees(program, seed, 200)


@pytest.mark.slow
@settings(
    max_examples=3000,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=NO_SHRINKING,
)
@given(program=programs(lines=False), seed=st.integers(0, 2**40))
def test_the_mean_of_histories_of_thousands(program: Program, seed: int) -> None:
    assert_agrees(program, seed, 1000)


def assert_covers(count: int, *, triples: bool) -> None:
    """In every pair (or triple) of the features that the expected solver takes."""

    def run(program: Program, told: dict[str, Any], seed: int) -> set[frozenset[str]]:
        if not assert_agrees(program, seed, count):
            return set()
        history = simulate(program, seed=seed, replicate=0, log=True)
        return features_of_people(program, told, history, seed, 0)

    covered = cover_all(ALONE, run, triples=triples)
    assert covered.missing == ()


def test_the_mean_of_histories_for_every_pair_of_features() -> None:
    assert_covers(400, triples=False)


@pytest.mark.slow
def test_the_mean_of_histories_for_every_triple_of_features() -> None:
    assert_covers(1000, triples=True)
