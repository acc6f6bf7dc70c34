"""Which uncertain inputs move the headline: Spearman's rank correlation over draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sojourn.report.run_data import RunData
from sojourn.uncertainty.uncertain_quantities import walk

FEWEST = 8
"""The fewest draws for a meaningful rank correlation."""

MOVES_NOBODY = {"money", "measures", "claims", "parameters"}
"""Parts of a scenario that only read histories; a parameter counts where it is used."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Correlation:
    """An input and its rank correlation with the headline."""

    path: str
    rho: float


def noise(draws: int) -> float:
    """The correlation that pure chance exceeds in 5 of 100 cases: 1.96/√(n−1)."""
    return float(min(1.96 / np.sqrt(max(draws - 1, 1)), 1.0))


def correlations(data: RunData, scenario: str) -> list[Correlation] | None:
    """Inputs by the strength of their rank correlation with the average headline.

    The headline is the change against the baseline; for the baseline itself, the number. None if
    it is the same in every draw. Inputs that never vary, and prices, are left out.
    """
    column_of = "person_days" if scenario == data.baseline else "change_days"
    target = data.rows(
        f"SELECT draw, sum({column_of}) AS value FROM headline WHERE scenario = ? "
        "GROUP BY draw ORDER BY draw",
        scenario,
    )
    index = {row["draw"]: place for place, row in enumerate(target)}
    ranks = _ranks(np.array([row["value"] for row in target], dtype=np.float64))
    if ranks is None:
        return None
    values: dict[str, FloatArray] = {}
    moving = _moving(data, scenario) | _moving(data, data.baseline)
    for row in data.rows("SELECT draw, path, value FROM draws"):
        if row["draw"] in index and row["path"] in moving:
            column = values.setdefault(row["path"], np.full(len(index), np.nan))
            column[index[row["draw"]]] = row["value"]
    found = []
    for path, column in values.items():
        own = None if np.isnan(column).any() else _ranks(column)
        if own is not None:
            found.append(Correlation(path, float(np.mean(own * ranks))))
    return sorted(found, key=lambda item: (-abs(item.rho), item.path))


def _moving(data: RunData, scenario: str) -> set[str]:
    """Paths of the quantities on which a number of people can depend."""
    return {
        quantity.path
        for name, part in data.scenario(scenario)
        if name not in MOVES_NOBODY
        for quantity in walk(part)
    }


def _ranks(values: FloatArray) -> FloatArray | None:
    """Ranks with mean 0 and variance 1, those of equal values their mean; None if all are equal."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    deviation = float(ranks.std()) if len(ranks) else 0.0
    return (ranks - ranks.mean()) / deviation if deviation > 0 else None
