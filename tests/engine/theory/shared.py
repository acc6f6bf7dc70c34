"""What tests against theory share: replicates, levels, and small pathways.

A mean passes within Z standard errors of its replicates (two-sided level 6e-5), a distribution if
a chi-square test does not reject it at LEVEL. Seeds are fixed: a test passes always or never.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats
from sojourn.study.model.pathway import Transition
from sojourn.study.model.people import Admissions, Population, Stock
from sojourn.study.model.stays import Stay

from engine.studies import dated, number, to
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import History, Program
from sojourn.stays.law import Law

Floats = npt.NDArray[np.float64]

Z = 4.0
LEVEL = 1e-4
SEED = 20250204
LEAST_EXPECTED = 5.0
"""People or histories expected in each class of a chi-square test, at least."""


def replicates(program: Program, count: int, *, log: bool = False) -> list[History]:
    return [simulate(program, seed=SEED, replicate=r, log=log) for r in range(count)]


def assert_mean(samples: npt.ArrayLike, want: npt.ArrayLike) -> None:
    """Each column's mean over replicates lies within Z standard errors of theory."""
    samples = np.asarray(samples, dtype=float)
    error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
    gap = np.abs(samples.mean(axis=0) - want)
    assert (gap <= Z * np.maximum(error, 1e-9)).all(), (samples.mean(axis=0), want, error)


def law_p_value(counts: npt.ArrayLike, law: npt.ArrayLike) -> float:
    """Chi-square p-value of counts of 0, 1, 2 … against their law; what is beyond it is one class.

    Neighbours are pooled until each class expects LEAST_EXPECTED, whatever was counted.
    """
    samples = np.asarray(counts).astype(np.int64)
    theory = np.append(np.asarray(law, dtype=float), max(0.0, 1.0 - float(np.sum(law))))
    observed = np.bincount(np.minimum(samples, len(theory) - 1), minlength=len(theory))
    classes: list[tuple[float, int]] = []
    expected, seen = 0.0, 0
    for one, count in zip(theory * len(samples), observed, strict=True):
        expected, seen = expected + one, seen + int(count)
        if expected >= LEAST_EXPECTED:
            classes.append((expected, seen))
            expected, seen = 0.0, 0
    last = classes.pop()
    classes.append((last[0] + expected, last[1] + seen))
    assert len(classes) > 1, "too few samples to say anything"
    statistic = sum((o - e) ** 2 / e for e, o in classes)
    return float(stats.chi2.sf(statistic, len(classes) - 1))


def assert_law(counts: npt.ArrayLike, law: npt.ArrayLike) -> None:
    """Independent counts follow this law."""
    p = law_p_value(counts, law)
    assert p > LEVEL, f"p = {p:.2g}"


def mass(law: Law, days: int) -> Floats:
    """P(K = k) for k < days."""
    return -np.diff(np.concatenate([[1.0], law.survival(days)]))


def flow(
    name: str, source: str, target: str, after: Stay | None = None, **rest: object
) -> Transition:
    return Transition(name=name, state=source, branches=(to(target, after),), **rest)


def admitted(rate: float, into: str = "s", process: str = "poisson") -> Admissions:
    return Admissions(rate=dated(rate), per="day", into=into, process=process)


def arriving(rate: float, into: str = "s", process: str = "poisson") -> dict[str, Population]:
    return {"p": Population(admissions=admitted(rate, into, process))}


def standing(count: int, state: str = "s", **rest: object) -> dict[str, Population]:
    return {"p": Population(stock=Stock(count=number(count), state=state), **rest)}


def moves_of(history: History) -> dict[int, list[tuple[int, int]]]:
    """Person -> (day, what happened: a branch, or 2**32 + the state entered) in order."""
    found: dict[int, list[tuple[int, int]]] = {}
    rows = history.events
    for row in rows[np.lexsort((rows[:, 2], rows[:, 1]))].tolist():
        found.setdefault(row[1], []).append((row[0], row[3]))
    return found
