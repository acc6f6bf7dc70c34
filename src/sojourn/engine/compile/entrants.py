"""Who is there on day 0 and who enters later, as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sojourn.engine.compile.clock_settings import Setting, clock_settings
from sojourn.engine.compile.pathway import Pathway
from sojourn.engine.compile.time_served import Past
from sojourn.engine.program import EntrantProgram
from sojourn.engine.stay_tables import TablePool
from sojourn.population.listed_people import parts_of

if TYPE_CHECKING:
    from sojourn.engine.compile.scenario import DrawnLaws
    from sojourn.population.cells import Cells
    from sojourn.population.streams import Stream
    from sojourn.study.model.study import Scenario
    from sojourn.study.model.values import Quantity
    from sojourn.study.time_steps import Steps


@dataclass(frozen=True, slots=True)
class _Entrant:
    """A stock or a stream of admissions."""

    name: str
    stream: Stream
    state: int
    settings: tuple[Setting, ...]
    count: int = 0
    """Stock: people; admissions: 0."""
    age: int = -1
    line: int = -1


def entrants_of(
    scenario: Scenario,
    cells: Cells,
    pathway: Pathway,
    laws: DrawnLaws,
    pool: TablePool,
    steps: Steps,
) -> EntrantProgram:
    """Stocks first, then streams of admissions, in the order of the cells' streams."""
    own = {
        name: tuple(
            setting
            for c, rule in population.clocks.items()
            for setting in clock_settings(
                f"populations.{name}", c, rule, pathway.clock_index, laws, pool, steps
            )
        )
        for name, population in scenario.populations.items()
    }
    rows: list[_Entrant] = []
    pasts: dict[tuple[str, bytes, int], tuple[tuple[Setting, ...], int]] = {}
    for stream, people in zip(cells.streams, stock_of(scenario, cells, laws.value), strict=True):
        population = scenario.populations[stream.population]
        if population.stock is None:
            continue
        state = pathway.state_index[population.stock.state]
        sets = _settings_of(own[stream.population], pathway.settings[state])
        past = Past(stream, state, pathway, cells, laws, pool)
        known = [served for served in people if served is not None]
        age_of_all = -1
        if known:
            sets = past.conditioned(sets)
            past.lengthen(sets, steps.count(max(known)) + 1)
            if None in people and population.stock.served != "new":
                age_of_all = past.age_table(population.stock, sets)
        elif people and population.stock.served != "new":
            # A law of the time served may differ by facts; else the ways out decide.
            by_cell = -1 if population.stock.served == "equilibrium" else stream.cell
            alike = (stream.population, past.ways, by_cell)
            if alike not in pasts:
                sets = past.conditioned(sets)
                pasts[alike] = sets, past.age_table(population.stock, sets)
            sets, age_of_all = pasts[alike]
        for served, count in people.items():
            name, age = f"stock|{stream.key}", age_of_all
            if served is not None:
                name, age = f"{name}|{served}", past.known_age(served)
            rows.append(_Entrant(name, stream, state, sets, count, age))
    stocks = len(rows)
    for stream in cells.streams:
        admissions = scenario.populations[stream.population].admissions
        if admissions is not None:
            state = pathway.state_index[admissions.into]
            sets = _settings_of(own[stream.population], pathway.settings[state])
            line = pathway.admission_line.get(state, -1)
            rows.append(_Entrant(f"admissions|{stream.key}", stream, state, sets, line=line))
    settings = (*pathway.settings, *(row.settings for row in rows))
    flat = [setting for group in settings for setting in group]
    sizes = [len(row.settings) for row in rows]
    base = int(pathway.arrays.set_first[-1])
    return EntrantProgram(
        entrant_names=tuple(row.name for row in rows),
        entrant_population=tuple(row.stream.population for row in rows),
        entrant_cell=np.array([row.stream.cell for row in rows], dtype=np.int64),
        entrant_state=np.array([row.state for row in rows], dtype=np.int64),
        entrant_count=np.array([row.count for row in rows], dtype=np.int64),
        entrant_age=np.array([row.age for row in rows], dtype=np.int64),
        entrant_line=np.array([row.line for row in rows], dtype=np.int64),
        entrant_set_first=(base + np.concatenate([[0], np.cumsum(sizes)])).astype(np.int64),
        stocks=stocks,
        set_clock=np.array([s.clock for s in flat], dtype=np.int64),
        set_table=np.array([s.table for s in flat], dtype=np.int64),
        set_day=np.array([s.day for s in flat], dtype=np.int64),
        set_from=np.array([s.first_day for s in flat], dtype=np.int64),
        set_until=np.array([s.until for s in flat], dtype=np.int64),
        set_salt=np.array([s.salt for s in flat], dtype=np.uint64),
        set_given=np.array([s.given if s.given >= 0 else s.table for s in flat], dtype=np.int64),
        set_condition=np.array([s.condition for s in flat], dtype=np.int64),
    )


def stock_of(
    scenario: Scenario, cells: Cells, value: Callable[[Quantity], float]
) -> list[dict[int | None, int]]:
    """Whole people of each stream by days served; None: the stock has one rule for all of them.

    A population's count is divided by largest remainder. Ties are broken by the stream's key, so
    the order in which facts are written does not matter. A file gives every number.
    """
    found: list[dict[int | None, int]] = [{} for _ in cells.streams]
    for name, population in scenario.populations.items():
        if population.stock is None:
            continue
        if population.stock.held:
            parts = parts_of(name, population.stock.held, scenario, cells)
            for group, (part,) in zip(population.stock.held, parts, strict=True):
                found[part.stream].update(zip(group.served or (None,), group.people, strict=True))
            continue
        places = [i for i, stream in enumerate(cells.streams) if stream.population == name]
        total = round(value(population.stock.count))
        exact = np.array([cells.streams[i].share for i in places]) * total
        whole = np.floor(exact + 1e-9).astype(np.int64)
        # Products of shares in another order differ in the last digit; they count as equal.
        rest = [round(float(part), 9) for part in exact - whole]
        order = sorted(range(len(rest)), key=lambda i: (-rest[i], cells.streams[places[i]].key))
        whole[order[: total - int(whole.sum())]] += 1
        for i, count in zip(places, whole, strict=True):
            found[i][None] = int(count)
    return found


def _settings_of(own: tuple[Setting, ...], state: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """The clocks set on entering: the population's, and the state's, which take precedence."""
    again = {setting.clock for setting in state}
    return (*(setting for setting in own if setting.clock not in again), *state)
