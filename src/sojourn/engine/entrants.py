"""Who is there on day 0 and who enters later, as arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sojourn.engine.calendar import dated_days, days_in_period
from sojourn.engine.laws import LONGEST_DAYS, Floats, Law
from sojourn.engine.pathway import Pathway, Setting, clock_setting
from sojourn.engine.tables import Guide, TablePool, with_guide
from sojourn.errors import Problem, StudyError

if TYPE_CHECKING:
    from sojourn.engine.compile import Laws
    from sojourn.population.cells import Cells
    from sojourn.population.streams import Stream
    from sojourn.study.model import Admissions, Population, Quantity, Scenario, Stock, Transition

DAYS_IN_YEAR = 365.25
MOST_LEFT_AT_LONGEST = 0.01


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

    def own_clocks(name: str, *, served: bool) -> tuple[Setting, ...]:
        index = pathway.clock_index
        return tuple(
            clock_setting(f"populations.{name}", c, rule, index, laws, pool, start, served=served)
            for c, rule in scenario.populations[name].clocks.items()
        )

    counts = _stock_counts(scenario, cells, laws.value)
    rows: list[tuple[str, int, int, int, int, int, tuple[Setting, ...], str]] = []
    for stream, count in zip(cells.streams, counts, strict=True):
        population = scenario.populations[stream.population]
        if population.stock is None:
            continue
        state = pathway.state_index[population.stock.state]
        own = own_clocks(stream.population, served=population.stock.served != "new")
        age = _age_table(
            population.stock, population, stream, state, pathway, own, cells, laws, pool
        )
        rows.append(
            (f"stock|{stream.key}", stream.cell, state, count, age, -1, own, stream.population)
        )
    stocks = len(rows)
    rates: list[Floats] = []
    fixed: list[int] = []
    for stream in cells.streams:
        population = scenario.populations[stream.population]
        admissions = population.admissions
        if admissions is None:
            continue
        state = pathway.state_index[admissions.into]
        line = admission_line.get(state, -1)
        own = own_clocks(stream.population, served=False)
        rows.append(
            (f"admissions|{stream.key}", stream.cell, state, 0, -1, line, own, stream.population)
        )
        rates.append(stream.share * daily_rate(admissions, laws.value, start, days))
        fixed.append(int(admissions.process == "fixed"))
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
            "set_clock": np.array([s.clock for s in flat], dtype=np.int64),
            "set_table": np.array([s.table for s in flat], dtype=np.int64),
            "set_day": np.array([s.day for s in flat], dtype=np.int64),
            "set_salt": np.array([s.salt for s in flat], dtype=np.uint64),
        }
    )


def daily_rate(
    admissions: Admissions, value: Callable[[Quantity], float], start: date, days: int
) -> Floats:
    """People expected to enter on each day, over all cells: the period's rate by its days."""
    rate = dated_days(admissions.rate, value, start, days)
    rate = rate / days_in_period(admissions.per, start, days)
    if admissions.trend is not None:
        rate = rate * (1.0 + value(admissions.trend)) ** (np.arange(days) / DAYS_IN_YEAR)
    return np.asarray(rate, dtype=np.float64)


def _stock_counts(
    scenario: Scenario, cells: Cells, value: Callable[[Quantity], float]
) -> list[int]:
    """Whole people per stream: the population's count by largest remainder (ties: first stream)."""
    counts = [0] * len(cells.streams)
    for name, population in scenario.populations.items():
        if population.stock is None:
            continue
        places = [i for i, stream in enumerate(cells.streams) if stream.population == name]
        total = round(value(population.stock.count))
        exact = np.array([cells.streams[i].share for i in places]) * total
        whole = np.floor(exact + 1e-9).astype(np.int64)
        order = np.argsort(-(exact - whole), kind="stable")
        whole[order[: total - int(whole.sum())]] += 1
        for i, count in zip(places, whole, strict=True):
            counts[i] = int(count)
    return counts


def _age_table(
    stock: Stock,
    population: Population,
    stream: Stream,
    state: int,
    pathway: Pathway,
    own: tuple[Setting, ...],
    cells: Cells,
    laws: Laws,
    pool: TablePool,
) -> int:
    """Table of days served, counted in nights up to and including the evening before day 0."""
    if stock.served == "new":
        return -1
    facts = dict(zip(cells.facts, cells.rows[stream.cell], strict=True))
    if stock.served != "equilibrium":
        law = laws.of(stock.served, facts, f"populations.{stream.population}.stock.served")
        longest = law.support()
        table = pool.law(law)
        pool.need(table, longest + 1)
        _lengthen(stream, state, pathway, own, pool, longest)
        return table
    survivals: list[tuple[Law, float]] = []
    index = pathway.arrays["state_first"]
    for offset, transition in enumerate(pathway.by_state[state]):
        t = int(index[state]) + offset
        if not _runs_before(t, pathway) or not pathway.arrays["transition_when"][t, stream.cell]:
            continue
        survivals.append((_race_law(transition, laws, facts), _chance(transition, laws)))
    set_here = (*own, *pathway.settings[state])
    survivals += [(setting.law, 1.0) for setting in set_here if setting.law is not None]
    if not survivals:
        raise StudyError(
            Problem(
                f"no equilibrium: nobody leaves state {stock.state!r} by a stay or a clock",
                fix="write `served: new`, or the days served, such as `served: 200 days`",
                path=f"populations.{stream.population}.stock.served",
            )
        )
    cdf, guide = _ages(tuple(survivals), f"populations.{stream.population}.stock.served")
    _lengthen(stream, state, pathway, own, pool, len(cdf))
    return pool.ready(cdf, guide, f"ages {survivals!r}")


@lru_cache(maxsize=128)
def _ages(race: tuple[tuple[Law, float], ...], where: str) -> tuple[Floats, Guide]:
    """Table of nights served in equilibrium by people in this race (laws, and chances)."""
    length = 256
    while True:
        product = np.ones(length)
        for law, chance in race:
            product *= 1.0 - chance + chance * law.survival(length)
        if product[-1] <= 1e-9:
            break
        if length >= LONGEST_DAYS:
            # A heavy tail is cut where a life ends; a race that hardly anybody leaves has no
            # equilibrium.
            if product[-1] <= MOST_LEFT_AT_LONGEST:
                break
            raise StudyError(
                Problem(
                    f"no equilibrium: {product[-1]:.1%} would stay for over 120 years",
                    fix="give the days served as a duration or a table",
                    path=where,
                )
            )
        length = 4096 if length < 4096 else LONGEST_DAYS
    # P(age = a) is proportional to P(still there after a full days); served = a + 1 nights.
    cdf = np.cumsum(np.concatenate([[0.0], product])) / product.sum()
    cdf[-1] = 1.0
    return with_guide(cdf)


def _lengthen(
    stream: Stream,
    state: int,
    pathway: Pathway,
    own: tuple[Setting, ...],
    pool: TablePool,
    longest: int,
) -> None:
    """Make room in the tables for those who have already served up to `longest` days."""
    arrays = pathway.arrays
    tables = [s.table for s in (*own, *pathway.settings[state]) if s.table >= 0]
    for t in range(arrays["state_first"][state], arrays["state_first"][state + 1]):
        first, last = arrays["transition_first"][t : t + 2]
        tables += [int(arrays["branch_table"][b, stream.cell]) for b in range(first, last)]
    for table in tables:
        pool.need(table, longest + pool.horizon + 1)


def _runs_before(t: int, pathway: Pathway) -> bool:
    """Whether it has been running before day 0: no gate, no quota, no later start."""
    arrays = pathway.arrays
    return bool(
        arrays["transition_running"][t] == 1
        and arrays["transition_start"][t] < 0
        and arrays["transition_clock"][t] < 0
    )


def _race_law(transition: Transition, laws: Laws, facts: dict[str, Any]) -> Law:
    """The transition's delay, mixed over its branches."""
    where = f"transitions.{transition.name}.after"
    given = [None if b.share is None else laws.value(b.share) for b in transition.branches]
    rest = 1.0 - sum(share for share in given if share is not None)
    free = max(1, given.count(None))
    shares = [rest / free if share is None else share for share in given]
    total = sum(shares)
    parts = tuple(
        (
            share / total,
            Law("fixed", (0.0,)) if b.after is None else laws.of(b.after, facts, where),
        )
        for share, b in zip(shares, transition.branches, strict=True)
    )
    return parts[0][1] if len(parts) == 1 else Law("mixture", (), (), parts)


def _chance(transition: Transition, laws: Laws) -> float:
    return 1.0 if transition.chance is None else laws.value(transition.chance)
