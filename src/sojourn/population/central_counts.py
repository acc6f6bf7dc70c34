"""People per stream and cell at the central values: the stock, and the admissions of a year."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sojourn.population.cells import Cells
from sojourn.population.listed_people import parts_of
from sojourn.study.model.study import Scenario

DAYS_IN_YEAR = 365.25
PER_YEAR = {"day": 365.25, "week": 365.25 / 7, "month": 12.0, "year": 1.0}


def stock_of_streams(scenario: Scenario, cells: Cells) -> list[float]:
    """People of the stock in each stream, central values."""
    people = [0.0] * len(cells.streams)
    for number, stream in enumerate(cells.streams):
        stock = scenario.populations[stream.population].stock
        if stock is not None and not stock.held:
            people[number] = stock.count.value * stream.share
    for name, population in scenario.populations.items():
        held = population.stock.held if population.stock is not None else ()
        for group, parts in zip(held, parts_of(name, held, scenario, cells), strict=True):
            for part in parts:
                people[part.stream] += sum(group.people) * (part.end - part.start)
    return people


def admissions_of_streams(scenario: Scenario, cells: Cells, days: int) -> list[float]:
    """People admitted per year to each stream, at the rates of day 0, central values.

    Of a file, the mean over the `days` of the study's period.
    """
    people = [0.0] * len(cells.streams)
    for number, stream in enumerate(cells.streams):
        admissions = scenario.populations[stream.population].admissions
        if admissions is not None and admissions.rate:
            rate = admissions.rate[0].quantity.value * PER_YEAR[admissions.per]
            people[number] = rate * stream.share
    for name, population in scenario.populations.items():
        came = population.admissions.arrivals if population.admissions is not None else ()
        for group, parts in zip(came, parts_of(name, came, scenario, cells), strict=True):
            for part in parts:
                a_year = sum(group.people) * DAYS_IN_YEAR / days
                people[part.stream] += a_year * (part.end - part.start)
    return people


def stock_per_cell(scenario: Scenario, cells: Cells) -> NDArray[np.float64]:
    """People of the stock in each cell, central values."""
    return _per_cell(cells, stock_of_streams(scenario, cells))


def admissions_per_cell(scenario: Scenario, cells: Cells, days: int) -> NDArray[np.float64]:
    """People admitted per year to each cell; see `admissions_of_streams`."""
    return _per_cell(cells, admissions_of_streams(scenario, cells, days))


def _per_cell(cells: Cells, of_streams: list[float]) -> NDArray[np.float64]:
    people = np.zeros(len(cells))
    for stream, count in zip(cells.streams, of_streams, strict=True):
        people[stream.cell] += count
    return people
