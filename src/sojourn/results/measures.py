"""The study's measures in every history, from result tables.

The tables hold people at the ends of reporting periods, and sums over periods. So a measure over
part of a period takes that share of its days, and people on a date are those at the nearest
period's end. A measure without a value in a history (a ratio over zero, a wait of nobody, a
facility never full, a measure that belongs to other scenarios) is undetermined there, which the
code represents by NaN.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from itertools import pairwise
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from sojourn.arrays import Floats
from sojourn.errors import Problem, ResultsError
from sojourn.results.periods import reporting_periods
from sojourn.results.tables import build, constant, empty
from sojourn.results.totals import Histories, Totals, groups_where, histories_of, moves_where
from sojourn.results.views import Tables, connect, listed, quoted
from sojourn.results.waiting import median_wait
from sojourn.study.model.measures import Measure
from sojourn.study.model.study import StudyModel
from sojourn.study.sections.pathway.facilities_and_states import TOGETHER
from sojourn.uncertainty.draws import Draws


class MeasureValues(NamedTuple):
    """A measure in every history; NaN where a number is not known or has no meaning."""

    value: Floats
    at_least: Floats
    """The lower bound, if the study ends before the value is known."""
    still: Floats
    """For measures made from a mean wait: the share of people who joined and still wait."""

    @classmethod
    def of(
        cls, value: Floats, *, at_least: Floats | None = None, still: Floats | None = None
    ) -> MeasureValues:
        """The numbers given; the others have no meaning."""
        unknown = np.full(len(value), np.nan)
        return cls(
            value,
            unknown if at_least is None else at_least,
            unknown if still is None else still,
        )


def measures_table(study: StudyModel, draws: Draws, tables: Tables) -> pa.Table:
    """The table `measures`: each measure of each scenario in each history.

    `tables` are result tables in memory or in a folder, `money` and `groups` among them. Raises
    ResultsError if measures refer to each other in a circle or to one that does not exist, or
    need a number that the tables do not hold.
    """
    with connect(tables) as connection:
        measured = _Measured(study, draws, connection)
        asked = [(scenario.name, name) for scenario in study.scenarios.values()
                 for name in scenario.measures]  # fmt: skip
        for name in dict.fromkeys(name for _, name in asked):  # of all scenarios in a row
            for scenario in study.scenarios.values():
                if name in scenario.measures:
                    measured.found(scenario.name, name)
        found = [
            _rows(measured.histories[scenario], name, measured.found(scenario, name))
            for scenario, name in asked
        ]
    found = [empty("measures"), *found]
    return pa.concat_tables(found).unify_dictionaries().combine_chunks()


def _rows(histories: Histories, name: str, found: MeasureValues) -> pa.Table:
    rows = len(found.value)
    return build(
        "measures",
        {
            "scenario": constant(histories.scenario, rows),
            "draw": histories.draw,
            "replicate": histories.replicate,
            "measure": constant(name, rows),
            "value": pa.array(found.value, from_pandas=True),
            "at_least": pa.array(found.at_least, from_pandas=True),
            "still_waiting": pa.array(found.still, from_pandas=True),
        },
    )


class _Measured:
    """Values of measures as they are asked for; each is computed once."""

    def __init__(
        self, study: StudyModel, draws: Draws, connection: duckdb.DuckDBPyConnection
    ) -> None:
        self.study, self.draws, self.connection = study, draws, connection
        self.periods = reporting_periods(study.period)
        self.histories = {name: histories_of(connection, name) for name in study.scenarios}
        self.totals = Totals(connection, self.histories, self.periods)
        self._found: dict[tuple[str, str], MeasureValues] = {}
        self._asked: list[tuple[str, str]] = []

    def found(self, scenario: str, name: str) -> MeasureValues:
        """A measure [history]."""
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
            self._found[key] = self._from(scenario, measures[name])
            self._asked.pop()
        return self._found[key]

    def _from(self, scenario: str, measure: Measure) -> MeasureValues:
        target = measure.scenario or scenario
        own = self.histories[scenario]
        if target not in self.histories or not measure.belongs_to(scenario):
            return MeasureValues.of(np.full(len(own.draw), np.nan))
        if target == scenario:
            return self._here(scenario, measure)
        row = self.histories[target].find(own.draw, own.replicate)
        there = self._here(target, measure)
        return MeasureValues(*(np.where(row >= 0, numbers[row], np.nan) for numbers in there))

    def _here(self, scenario: str, measure: Measure) -> MeasureValues:
        if measure.kind in _COMBINED:
            parts = [self.found(scenario, name) for name in measure.measures]
            value = _COMBINED[measure.kind]([part.value for part in parts])
            return MeasureValues.of(value, still=np.fmax.reduce([part.still for part in parts]))
        if measure.kind == "value":
            return MeasureValues.of(self._quantity(scenario, measure))
        if measure.kind == "first full":
            return self._first_full(scenario, measure)
        return _Counted(self, self.histories[scenario], measure).found()

    def _quantity(self, scenario: str, measure: Measure) -> Floats:
        quantity = measure.quantity
        if quantity is None:
            raise ValueError("a measure of kind `value` has a quantity")
        by_draw = {number: draw.value(quantity) for number, draw in self.draws.items()}
        numbers = self.histories[scenario].draw.tolist()
        return np.asarray([by_draw[number] for number in numbers], dtype=np.float64)

    def _first_full(self, scenario: str, measure: Measure) -> MeasureValues:
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
        days = float(self.study.period.days)
        return MeasureValues.of(values, at_least=np.where(np.isnan(values), days, np.nan))


class _Counted:
    """A measure that adds up rows of one table."""

    def __init__(self, measured: _Measured, histories: Histories, measure: Measure) -> None:
        self.connection, self.periods = measured.connection, measured.periods
        self.totals = measured.totals
        self.histories, self.measure = histories, measure
        self.scenario = measured.study.scenarios[histories.scenario]
        start = self.periods.starts[0]
        low = (max(measure.start or start, start) - start).days
        high = (min(measure.end or self.periods.end, self.periods.end) - start).days
        first, last = self.periods.first, self.periods.first + self.periods.days
        # Days of each period that are asked for.
        self.days = np.clip(np.minimum(last, high) - np.maximum(first, low), 0, None)
        self.share = self.days / self.periods.days

    def found(self) -> MeasureValues:
        """The measure [history]."""
        kinds: dict[str, Callable[[], Floats]] = {
            "people": self._people,
            "peak": self._peak,
            "share served": self._share_served,
            "moves": self._moves,
            "turned away": self._moves,
            "money": self._money,
            "average": lambda: self._over_days(float(self.days.sum()) or np.nan),
            "person-days": lambda: self._over_days(1.0),
            "person-years": lambda: self._over_days(self._days_of_year()),
        }
        if self.measure.kind == "wait":
            return self._wait()
        if self.measure.kind == "median wait":
            return self._median_wait()
        return MeasureValues.of(kinds[self.measure.kind]())

    def _days_of_year(self) -> Floats:
        """Days of the calendar year that each period belongs to."""
        years = [366.0 if isleap(day.year) else 365.0 for day in self.periods.starts]
        return np.asarray(years)

    def _over_days(self, days: Floats | float) -> Floats:
        """Person-days of the days asked for, over a number of days."""
        person_days = self._person_days() * self.share
        return np.asarray((person_days / days).sum(axis=1))

    def _wait(self) -> MeasureValues:
        """Mean days in the line of those who were served, and the share still waiting."""
        mean = _ratio([self._waits("days_served"), self._waits("served")])
        return MeasureValues.of(mean, still=_ratio([self._still_waiting(), self._joined()]))

    def _share_served(self) -> Floats:
        return _ratio([self._waits("served"), self._joined()])

    def _still_waiting(self) -> Floats:
        """People in the line at the end of the days asked for."""
        asked = np.flatnonzero(self.days)
        waiting = self._used("waits", "waiting", self._transitions())
        return waiting[:, asked[-1]] if len(asked) else np.zeros(len(waiting))

    def _joined(self) -> Floats:
        """All who waited in the days asked for: were served, left, or wait at their end."""
        gone = self._waits("served") + self._waits("left")
        return np.asarray(gone + self._still_waiting())

    def _median_wait(self) -> MeasureValues:
        """Days within which half of all who joined are served, if all could wait long enough."""
        rows = self.connection.execute(
            "select draw, replicate, days::double as days, sum(served)::double as served, "
            '(sum("left") + sum(waiting))::double as others from wait_days '
            f"where scenario = {quoted(self.histories.scenario)} and {self._transitions()} "
            "group by all order by draw, replicate, days"
        ).fetchnumpy()
        history = self.histories.find(np.asarray(rows["draw"]), np.asarray(rows["replicate"]))
        bounds = np.searchsorted(history, np.arange(len(self.histories.draw) + 1))
        medians = [
            median_wait(*(rows[name][first:last] for name in ("days", "served", "others")))
            for first, last in pairwise(bounds)
        ]
        value, longest = np.asarray(medians, dtype=np.float64).reshape(-1, 2).T
        if (np.isnan(longest) & (self._joined() > 0)).any():
            raise ResultsError(
                Problem(
                    "the run has no table of waits by their length",
                    "Was it written by another version? Run the study again.",
                    path="measures",
                )
            )
        return MeasureValues.of(value, at_least=np.where(np.isnan(value), longest, np.nan))

    def _transitions(self) -> str:
        return f"transition in {listed(self.measure.transitions)}"

    def _used(self, table: str, column: str, condition: str) -> Floats:
        return self.totals.of(
            self.histories.scenario, table=table, column=column, condition=condition
        )

    def _moves(self) -> Floats:
        measure = self.measure
        away = measure.kind == "turned away"
        moves = moves_where(self.scenario, measure.transitions, turned_away=away)
        condition = f"{moves} and {groups_where(self.connection, measure.where)}"
        return np.asarray(self._used("flows", "people", condition) @ self.share)

    def _waits(self, column: str) -> Floats:
        """Sum of a column of `waits` over the transitions and days asked for."""
        return np.asarray(self._used("waits", column, self._transitions()) @ self.share)

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
        """Exact for a facility, and for states; with `where`, the sum of the groups' peaks."""
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
        measure, bill = self.measure, self.measure.bill
        conditions = [f"payment in {listed(bill.payments)}"] if bill.payments else []
        for column in ("payer", "payee", "category"):
            wanted = getattr(bill, column)
            if wanted is not None:
                conditions.append(f"{column} = {quoted(wanted)}")
        if bill.costing is not None:
            conditions.append(f"costing in {listed(['any', bill.costing])}")
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
