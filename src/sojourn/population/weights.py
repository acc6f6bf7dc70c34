"""People per cell at the central values: the stock, and the admissions of a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sojourn.population.cells import Cells
from sojourn.study.model import Scenario

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PER_YEAR = {"day": 365.25, "week": 365.25 / 7, "month": 12.0, "year": 1.0}


def stock_per_cell(scenario: Scenario, cells: Cells) -> NDArray[np.float64]:
    """People of the stock in each cell, central values."""
    import numpy as np  # noqa: PLC0415  (checking a study needs no arrays)

    people = np.zeros(len(cells))
    for stream in cells.streams:
        stock = scenario.populations[stream.population].stock
        if stock is not None:
            people[stream.cell] += stock.count.value * stream.share
    return people


def admissions_per_cell(scenario: Scenario, cells: Cells) -> NDArray[np.float64]:
    """People admitted per year to each cell, at the rates of day 0, central values."""
    import numpy as np  # noqa: PLC0415

    people = np.zeros(len(cells))
    for stream in cells.streams:
        admissions = scenario.populations[stream.population].admissions
        if admissions is not None and admissions.rate:
            rate = admissions.rate[0].quantity.value * PER_YEAR[admissions.per]
            people[stream.cell] += rate * stream.share
    return people
