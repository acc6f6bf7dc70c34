"""The study's measures in every history, from result tables.

The tables tell people at the ends of reporting periods and sums over them. So a measure over
days that cut a period takes that period's share of days, and people on a date are those at the
nearest period's end. A measure that has no value in a history (a ratio over nothing, a wait of
nobody, a facility never full) is undetermined there; inside, that is NaN.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Protocol

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sojourn.errors import Problem, ResultsError
from sojourn.results.arrays import TOGETHER
from sojourn.results.periods import reporting_periods
from sojourn.results.quantities import Histories, groups_where, histories_of, used
from sojourn.results.source import Tables, connect, listed, quoted
from sojourn.results.tables import build, constant, empty
from sojourn.study.model import Measure, Quantity, Study

Floats = npt.NDArray[np.float64]


class Valued(Protocol):
    """One draw: gives each uncertain quantity its value."""

    def value(self, quantity: Quantity) -> float:
        """The quantity in this draw, in its canonical unit."""


def measures_table(study: Study, draws: Mapping[int, Valued], tables: Tables) -> pa.Table:
    """The table `measures`: each measure of each scenario in each history.

    `tables` are result tables in memory or in a folder, `money` and `groups` among them. Raises
    ResultsError if measures refer to each other in a circle, to one that is not there, or ask
    for what the tables do not tell.
    """
    with connect(tables) as connection:
        measured = _Measured(study, draws, connection)
        found = [empty("measures")]
        for scenario in study.scenarios.values():
            for name in scenario.measures:
                values = measured.value(scenario.name, name)
                found.append(_rows(measured.histories[scenario.name], name, values))
    return pa.concat_tables(found).unify_dictionaries().combine_chunks()


def _rows(histories: Histories, name: str, values: Floats) -> pa.Table:
    rows = len(values)
    return build(
        "measures",
        {
            "scenario": constant(histories.scenario, rows),
            "draw": histories.draw,
            "replicate": histories.replicate,
            "measure": constant(name, rows),
            "value": pa.array(values, from_pandas=True),
        },
    )


class _Measured:
    """Values of measures as they are asked for; each is computed once."""

    def __init__(
        self, study: Study, draws: Mapping[int, Valued], connection: duckdb.DuckDBPyConnection
    ) -> None:
        self.study, self.draws, self.connection = study, draws, connection
        self.periods = reporting_periods(study.period)
        self.histories = {name: histories_of(connection, name) for name in study.scenarios}
        self._found: dict[tuple[str, str], Floats] = {}
        self._asked: list[tuple[str, str]] = []

    def value(self, scenario: str, name: str) -> Floats:
        """Value of a measure [history]."""
        key = (scenario, name)
        if key in self._asked:
            ring = [asked for _, asked in self._asked[self._asked.index(key) :]]
            raise ResultsError(
                Problem(
                    f"measures refer to each other in a circle: {' → '.join([*ring, name])}",
                    path=f"measures.{name}",
                )
            )
        if key not in self._found:
            measures = self.study.scenarios[scenario].measures
            if name not in measures:
                raise ResultsError(_unknown(name, measures, self._asked))
            self._asked.append(key)
            self._found[key] = self._value(scenario, measures[name])
            self._asked.pop()
        return self._found[key]

    def _value(self, scenario: str, measure: Measure) -> Floats:
        target = measure.scenario or scenario
        if target == scenario:
            return self._here(scenario, measure)
        own = self.histories[scenario]
        values = np.full(len(own.draw), np.nan)
        if target in self.histories:
            row = self.histories[target].find(own.draw, own.replicate)
            there = self._here(target, measure)
            values[row >= 0] = there[row[row >= 0]]
        return values

    def _here(self, scenario: str, measure: Measure) -> Floats:
        if measure.kind in _COMBINED:
            parts = [self.value(scenario, name) for name in measure.measures]
            return _COMBINED[measure.kind](parts)
        if measure.kind == "value":
            return self._quantity(scenario, measure)
        if measure.kind == "first full":
            return self._first_full(scenario, measure)
        return _Counted(self, self.histories[scenario], measure).value()

    def _quantity(self, scenario: str, measure: Measure) -> Floats:
        quantity = measure.quantity
        if quantity is None:
            raise ValueError("a measure of kind `value` has a quantity")
        by_draw = {number: draw.value(quantity) for number, draw in self.draws.items()}
        numbers = self.histories[scenario].draw.tolist()
        return np.asarray([by_draw[number] for number in numbers], dtype=np.float64)

    def _first_full(self, scenario: str, measure: Measure) -> Floats:
        histories = self.histories[scenario]
        found = self.connection.execute(
            "select draw, replicate, "
            f"(first_full - date '{self.study.period.start}')::double as days from firsts "
            f"where scenario = {quoted(scenario)} and facility = {quoted(measure.facility or '')} "
            "and first_full is not null"
        ).fetchnumpy()
        values = np.full(len(histories.draw), np.nan)
        row = histories.find(np.asarray(found["draw"]), np.asarray(found["replicate"]))
        values[row] = found["days"]
        return values


class _Counted:
    """A measure that adds up rows of one table."""

    def __init__(self, measured: _Measured, histories: Histories, measure: Measure) -> None:
        self.connection, self.periods = measured.connection, measured.periods
        self.histories, self.measure = histories, measure
        start = self.periods.starts[0]
        low = (max(measure.start or start, start) - start).days
        high = (min(measure.end or self.periods.end, self.periods.end) - start).days
        first, last = self.periods.first, self.periods.first + self.periods.days
        # Days of each period that are asked for.
        self.days = np.clip(np.minimum(last, high) - np.maximum(first, low), 0, None)
        self.share = self.days / self.periods.days

    def value(self) -> Floats:
        """The measure [history]."""
        kinds: dict[str, Callable[[], Floats]] = {
            "people": self._people,
            "peak": self._peak,
            "wait": self._wait,
            "moves": lambda: self._summed("flows", "people"),
            "money": self._money,
            "average": lambda: self._over_days(float(self.days.sum()) or np.nan),
            "person-days": lambda: self._over_days(1.0),
            "person-years": lambda: self._over_days(self._days_of_year()),
        }
        return kinds[self.measure.kind]()

    def _days_of_year(self) -> Floats:
        """Days of the calendar year that each period belongs to."""
        years = [366.0 if isleap(day.year) else 365.0 for day in self.periods.starts]
        return np.asarray(years)

    def _over_days(self, days: Floats | float) -> Floats:
        """Person-days of the days asked for, over a number of days."""
        person_days = self._person_days() * self.share
        return np.asarray((person_days / days).sum(axis=1))

    def _wait(self) -> Floats:
        """Mean days in the line of those who were served."""
        if self.measure.where:
            raise ResultsError(
                Problem("waits are not told apart by group", "Remove `where`.", path="measures")
            )
        return _ratio([self._summed("waits", "days_served"), self._summed("waits", "served")])

    def _used(self, table: str, column: str, condition: str) -> Floats:
        return used(
            self.connection,
            self.histories,
            self.periods,
            table=table,
            column=column,
            condition=condition,
        )

    def _summed(self, table: str, column: str) -> Floats:
        """Sum of a column over the transitions and days asked for."""
        condition = f"transition in {listed(self.measure.transitions)}"
        if table == "flows":
            condition += f" and {groups_where(self.connection, self.measure.where)}"
        return np.asarray(self._used(table, column, condition) @ self.share)

    def _states(self) -> str:
        where = groups_where(self.connection, self.measure.where)
        return f"state in {listed(self.measure.states)} and {where}"

    def _person_days(self) -> Floats:
        if self.measure.facility is not None:
            facility = f"facility = {quoted(self.measure.facility)}"
            return self._used("facilities", "person_days", facility)
        return self._used("census", "person_days", self._states())

    def _people(self) -> Floats:
        ends = self.periods.first + self.periods.days - 1
        at = self.measure.at
        if at is None or at == "end":
            place = len(ends) - 1
        else:
            place = int(np.abs(ends - (at - self.periods.starts[0]).days).argmin())
        if self.measure.facility is not None:
            facility = f"facility = {quoted(self.measure.facility)}"
            return self._used("facilities", "occupied", facility)[:, place]
        return self._used("census", "people", self._states())[:, place]

    def _peak(self) -> Floats:
        """Exact for a facility, or states without `where`; with it, groups' peaks are added up."""
        measure = self.measure
        if measure.facility is not None:
            peaks = self._used("facilities", "peak", f"facility = {quoted(measure.facility)}")
        elif measure.where:
            peaks = self._used("census", "peak", self._states())
        else:
            label = TOGETHER.join(measure.states)
            peaks = self._used("peaks", "peak", f"state = {quoted(label)}")
        return np.asarray(peaks[:, self.days > 0].max(axis=1, initial=0.0))

    def _money(self) -> Floats:
        measure = self.measure
        conditions = [f"payment in {listed(measure.payments)}"] if measure.payments else []
        for column in ("payer", "payee", "category"):
            wanted = getattr(measure, column)
            if wanted is not None:
                conditions.append(f"{column} = {quoted(wanted)}")
        if measure.costing is not None:
            conditions.append(f"costing in {listed(['any', measure.costing])}")
        condition = " and ".join(conditions) or "true"
        self._one_sum(condition)
        prices = {"nominal": "amount", "real": "real"}[measure.prices]
        column = "discounted" if measure.discounted else prices
        return np.asarray(self._used("money", column, condition) @ self.share)

    def _one_sum(self, condition: str) -> None:
        """Refuse to add two currencies, or two costings of the same custody."""
        for column, left_out, fix in (
            ("currency", "", "Measure each apart, and join them by a `product` with a rate."),
            ("costing", "any", "Choose one, as `money: {payer: A, costing: average}`."),
        ):
            rows = self.connection.execute(
                f"select distinct {column} from money where scenario = "
                f"{quoted(self.histories.scenario)} and {column} != '{left_out}' and {condition} "
                "order by all"
            ).fetchall()
            if len(rows) > 1:
                what = f"money measures add up {' and '.join(row[0] for row in rows)}"
                raise ResultsError(Problem(what, fix, path="measures"))


def _ratio(parts: list[Floats]) -> Floats:
    above, below = parts
    undetermined = np.full(len(above), np.nan)
    return np.asarray(np.divide(above, below, out=undetermined, where=below != 0.0))


def _difference(parts: list[Floats]) -> Floats:
    return np.asarray(parts[0] - sum(parts[1:]))


_COMBINED: dict[str, Callable[[list[Floats]], Floats]] = {
    "ratio": _ratio,
    "sum": lambda parts: np.sum(parts, axis=0),
    "difference": _difference,
    "product": lambda parts: np.prod(parts, axis=0),
}


def _unknown(name: str, measures: Mapping[str, Measure], asked: list[tuple[str, str]]) -> Problem:
    near = get_close_matches(name, measures, n=1)
    return Problem(
        f"there is no measure {name!r}",
        f"Did you mean {near[0]!r}?" if near else f"The measures: {', '.join(measures)}.",
        path=f"measures.{asked[-1][1]}" if asked else "measures",
    )
