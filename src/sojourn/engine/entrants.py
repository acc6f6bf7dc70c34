"""Who is there on day 0 and who enters later, as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from sojourn.engine.laws import Floats
from sojourn.engine.past import Past
from sojourn.engine.pathway import Pathway, Setting, clock_settings
from sojourn.engine.rates import daily_rate
from sojourn.engine.tables import TablePool

if TYPE_CHECKING:
    from sojourn.engine.compile import Laws
    from sojourn.population.cells import Cells
    from sojourn.study.model import Quantity, Scenario


@dataclass(frozen=True, slots=True)
class Entrants:
    """Arrays of the program that describe who enters."""

    arrays: dict[str, Any]


def entrants_of(
    scenario: Scenario,
    cells: Cells,
    pathway: Pathway,
    laws: Laws,
    pool: TablePool,
    start: date,
    days: int,
) -> Entrants:
    """Stocks first, then streams of admissions, in the order of the cells' streams."""
    flat: list[Setting] = pathway.arrays.pop("settings")
    admission_line: dict[int, int] = pathway.arrays.pop("admission_line")

    own = {
        name: tuple(
            setting
            for c, rule in population.clocks.items()
            for setting in clock_settings(
                f"populations.{name}", c, rule, pathway.clock_index, laws, pool, start
            )
        )
        for name, population in scenario.populations.items()
    }
    counts = _stock_counts(scenario, cells, laws.value)
    rows: list[tuple[str, int, int, int, int, int, tuple[Setting, ...], str]] = []
    for stream, count in zip(cells.streams, counts, strict=True):
        population = scenario.populations[stream.population]
        if population.stock is None:
            continue
        state = pathway.state_index[population.stock.state]
        sets = _settings_of(own[stream.population], pathway.settings[state])
        age = -1
        if population.stock.served != "new":
            past = Past(stream, state, pathway, cells, laws, pool)
            sets = past.conditioned(sets)
            age = past.age_table(population.stock, sets)
        rows.append(
            (f"stock|{stream.key}", stream.cell, state, count, age, -1, sets, stream.population)
        )
    stocks = len(rows)
    rates: list[Floats] = []
    fixed: list[int] = []
    ratios: list[float] = []
    for stream in cells.streams:
        population = scenario.populations[stream.population]
        admissions = population.admissions
        if admissions is None:
            continue
        state = pathway.state_index[admissions.into]
        line = admission_line.get(state, -1)
        sets = _settings_of(own[stream.population], pathway.settings[state])
        rows.append(
            (f"admissions|{stream.key}", stream.cell, state, 0, -1, line, sets, stream.population)
        )
        rates.append(stream.share * daily_rate(admissions, laws.value, start, days))
        fixed.append(int(admissions.process == "fixed"))
        ratio = admissions.variance_ratio
        ratios.append(1.0 if ratio is None else laws.value(ratio))
    for row in rows:
        flat.extend(row[6])
    sizes = [len(row[6]) for row in rows]
    base = int(pathway.arrays["set_first"][-1])
    return Entrants(
        {
            "entrant_names": tuple(row[0] for row in rows),
            "entrant_population": tuple(row[7] for row in rows),
            "entrant_cell": np.array([row[1] for row in rows], dtype=np.int64),
            "entrant_state": np.array([row[2] for row in rows], dtype=np.int64),
            "entrant_count": np.array([row[3] for row in rows], dtype=np.int64),
            "entrant_age": np.array([row[4] for row in rows], dtype=np.int64),
            "entrant_line": np.array([row[5] for row in rows], dtype=np.int64),
            "entrant_set_first": (base + np.concatenate([[0], np.cumsum(sizes)])).astype(np.int64),
            "stocks": stocks,
            "admission_rate": (
                np.ascontiguousarray(np.stack(rates, axis=1)) if rates else np.zeros((days, 0))
            ),
            "admission_fixed": np.array(fixed, dtype=np.int64),
            "admission_ratio": np.array(ratios, dtype=np.float64),
            "set_clock": np.array([s.clock for s in flat], dtype=np.int64),
            "set_table": np.array([s.table for s in flat], dtype=np.int64),
            "set_day": np.array([s.day for s in flat], dtype=np.int64),
            "set_from": np.array([s.first_day for s in flat], dtype=np.int64),
            "set_until": np.array([s.until for s in flat], dtype=np.int64),
            "set_salt": np.array([s.salt for s in flat], dtype=np.uint64),
            "set_condition": np.array([s.condition for s in flat], dtype=np.int64),
        }
    )


def _stock_counts(
    scenario: Scenario, cells: Cells, value: Callable[[Quantity], float]
) -> list[int]:
    """Whole people per stream: the population's count by largest remainder.

    Ties go by the stream's key, so that the order in which facts are written says nothing.
    """
    counts = [0] * len(cells.streams)
    for name, population in scenario.populations.items():
        if population.stock is None:
            continue
        places = [i for i, stream in enumerate(cells.streams) if stream.population == name]
        total = round(value(population.stock.count))
        exact = np.array([cells.streams[i].share for i in places]) * total
        whole = np.floor(exact + 1e-9).astype(np.int64)
        # Products of shares in another order differ in the last digit; such remainders are equal.
        rest = [round(float(part), 9) for part in exact - whole]
        order = sorted(range(len(rest)), key=lambda i: (-rest[i], cells.streams[places[i]].key))
        whole[order[: total - int(whole.sum())]] += 1
        for i, count in zip(places, whole, strict=True):
            counts[i] = int(count)
    return counts


def _settings_of(own: tuple[Setting, ...], state: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """The clocks set on entering: the population's, and the state's, which come later and win."""
    again = {setting.clock for setting in state}
    return (*(setting for setting in own if setting.clock not in again), *state)
