"""A finished run, open for questions: its study, its record and its tables in DuckDB."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import duckdb
import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.disk.faults import problem_behind
from sojourn.errors import Problem, ResultsError
from sojourn.languages import dates
from sojourn.languages.phrases import own, phrase, plural
from sojourn.report.tables_in_language import say_names
from sojourn.report.told_apart import Doubt, Runs, ValuesByHistory, gathered, told
from sojourn.report.wording import numbers
from sojourn.report.wording.own_words import in_language
from sojourn.report.wording.ranges import Estimate, Row, Spread
from sojourn.results.periods import check_years, reporting_periods
from sojourn.results.run_folder.folder import read_run
from sojourn.results.views import connect, quoted
from sojourn.study.model.study import Scenario
from sojourn.study.time_steps import year_of
from sojourn.uncertainty.repeats import draw_of

MEMORY = "300MB"
"""Memory limit of DuckDB; beyond it, DuckDB spills to disk."""


@dataclass(frozen=True, slots=True)
class ReportingPeriod:
    """A reporting period: its first day and the day after its last."""

    start: date
    stop: date

    @property
    def last(self) -> date:
        """Its last day."""
        return self.stop - timedelta(days=1)


class RunData:
    """The tables of a run as DuckDB views, with the study and `run.json` beside them.

    Besides a view for each result table there are `scenario_list(scenario, position)`,
    `runs(draw, replicate)`, `spans(period, last, days, year)` and, summed over groups,
    `held(scenario, draw, replicate, period, state, people, person_days)` and
    `went(scenario, draw, replicate, period, year, source, target, people)`.
    Use it in a `with` statement. Raises ResultsError for a folder that is not a finished run.
    """

    def __init__(self, path: Path, *, year_starts: int | None = None) -> None:
        self.path = Path(path)
        self.folder = read_run(self.path)
        self.run: dict[str, Any] = self.folder.record
        self.study = in_language(self.folder.study)
        ran = {own(name) for name in self.run.get("scenarios") or self.study.scenarios}
        self.scenarios = tuple(name for name in self.study.scenarios if name in ran)
        if not self.scenarios:
            raise ResultsError(Problem("the run holds no scenario of its study", file=str(path)))
        self.baseline = self.scenarios[0]
        self.lead = self._lead()
        self.year_starts = year_starts or self.study.period.year_starts
        check_years(self.study.period, self.year_starts)
        periods = reporting_periods(self.study.period)
        self.periods = tuple(map(ReportingPeriod, periods.starts, periods.ends))
        try:
            self._connection = connect(self.path, alone=True)
        except duckdb.Error as error:
            raise self._unusable(error) from error
        self._answers: dict[tuple[object, ...], list[Row]] = {}
        self._spill = TemporaryDirectory(prefix="sojourn-")
        self.again: RunData | None = None
        """The draws that were simulated a second time; None if there are none."""
        try:
            self._prepare()
            repeats = self.folder.repeats
            if repeats is not None:
                self.again = RunData(repeats.path, year_starts=year_starts)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the tables."""
        if self.again is not None:
            self.again.close()
        self._connection.close()
        self._spill.cleanup()

    @property
    def last_day(self) -> date:
        """The last simulated day."""
        return self.periods[-1].last

    def _lead(self) -> str:
        """The scenario with which the report begins: the study's, or the first that is compared."""
        named = self.study.lead
        return named if named in self.scenarios else self.scenarios[:2][-1]

    @property
    def variants(self) -> tuple[str, ...]:
        """The scenarios that are compared with the baseline."""
        return self.scenarios[1:]

    def scenario(self, name: str) -> Scenario:
        """A scenario by name."""
        return self.study.scenarios[name]

    def rows(self, sql: str, *values: object) -> list[Row]:
        """The result of a query, one dictionary per row; `values` replace each `?`."""
        try:
            cursor = self._connection.execute(sql, list(values) or None)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except duckdb.Error as error:
            raise self._unusable(error) from error

    def _unusable(self, error: duckdb.Error) -> ResultsError:
        what = f"its tables do not answer: {str(error).splitlines()[0]}"
        fix = "Was it damaged, or written by another version? Run the study again."
        lacking = problem_behind(
            error, "Export the tables, and ask a database on a larger machine."
        )
        return ResultsError(lacking or Problem(what, fix, file=str(self.path)))

    def spreads(self, values: str, keys: Sequence[str], domain: str | None = None) -> list[Row]:
        """What `told_apart.told` says of `value`, for each combination of `keys`, in their order.

        Args:
            values: SQL giving `keys`, draw, replicate and value; an absent row means zero.
            keys: names of columns.
            domain: SQL giving the combinations wanted; by default those of `values`.
        """

        def ask() -> list[Row]:
            found = self.counted(values, keys, 0.0)
            wanted = found.keys
            if domain is not None:
                names = ", ".join(f'"{key}"' for key in keys)
                rows = self.rows(f"SELECT DISTINCT {names} FROM ({domain}) ORDER BY ALL")
                wanted = tuple(tuple(row.values()) for row in rows)
            twice = self._twice(lambda data: data.counted(values, keys, 0.0).of(wanted, 0.0))
            own = told(found.of(wanted, 0.0), self.histories_run, self.doubt, twice)
            return [_row(keys, key, each) for key, each in zip(wanted, own, strict=True)]

        return self._asked_once(("spreads", values, *keys, domain), ask)

    def spreads_of(
        self, rows: str, keys: Sequence[str], *given: object, absent: float = 0.0
    ) -> list[Row]:
        """As `spreads`, of the histories that have a row with a value.

        Args:
            rows: SQL giving `keys`, draw, replicate and value; `given` replaces each `?`.
            keys: names of columns.
            absent: what a second simulation without a row counts as.
        """

        def ask() -> list[Row]:
            found = self.counted(rows, keys, math.nan, *given)
            twice = self._twice(
                lambda data: data.counted(rows, keys, absent, *given).of(found.keys, absent)
            )
            own = told(found.values, self.histories_run, self.doubt, twice)
            return [_row(keys, key, each) for key, each in zip(found.keys, own, strict=True)]

        return self._asked_once(("spreads_of", rows, *keys, absent, *given), ask)

    def _asked_once(self, asked: tuple[object, ...], ask: Callable[[], list[Row]]) -> list[Row]:
        """The rows, kept: the sections of a page ask many questions again."""
        if asked not in self._answers:
            self._answers[asked] = ask()
        return [dict(row) for row in self._answers[asked]]

    def counted(
        self, rows: str, keys: Sequence[str], absent: float, *given: object
    ) -> ValuesByHistory:
        """The column `value` of a query by `keys` and history; `absent` where it has no row."""
        names = ", ".join(f'"{key}"' for key in keys)
        sql = f"SELECT {names}, draw, replicate, value::DOUBLE AS value FROM ({rows})"
        try:
            found = self._connection.sql(sql, params=list(given) or None).to_arrow_table()
        except duckdb.Error as error:
            raise self._unusable(error) from error
        return gathered(found, keys, self.histories_run, absent)

    def _twice(self, ask: Callable[[RunData], Floats]) -> tuple[Ints, Floats] | None:
        """The draws that were simulated again, and the second numbers [combination, draw]."""
        if self.doubt != "repeats" or self.again is None:
            return None
        draws = np.array([draw_of(int(each)) for each in self.again.histories_run.draws])
        return draws, ask(self.again)[..., 0]

    def deviation_by_chance(self, rows: str, *given: object) -> float | None:
        """Standard deviation of a history by chance; None if it is not told from the inputs'.

        `rows`: SQL giving draw, replicate and value; `given` replaces each `?`.
        """
        found = self.spreads_of(f"SELECT 0 AS one, * FROM ({rows})", ("one",), *given)
        return found[0]["deviation"] if found else None

    @property
    def doubt(self) -> Doubt:
        """What makes the histories differ, and by what the two kinds are told apart."""
        if self.expected:
            return "inputs alone"
        if not self.run.get("uncertain"):
            return "chance alone"
        if self.replicates > 1:
            return "replicates"
        return "not told" if self.again is None else "repeats"

    def estimates(
        self, values: str, keys: Sequence[str], *, absent: float = 0.0
    ) -> dict[tuple[Any, ...], Estimate]:
        """The spread of `value` and of its difference from the baseline, by scenario and `keys`.

        Args:
            values: SQL giving scenario, `keys`, draw, replicate and value. Combinations of keys
                that occur in one scenario occur in all.
            keys: names of columns.
            absent: the value of an absent row; NaN if it has none.
        """
        base = self.scenarios.index(self.baseline)

        def numbers_of(found: ValuesByHistory, wanted: Sequence[tuple[Any, ...]]) -> Floats:
            """[value or change, combination and scenario, draw, replicate]"""
            every = [(*key, name) for key in wanted for name in self.scenarios]
            own = found.of(every, absent)
            by_scenario = own.reshape(len(wanted), len(self.scenarios), *own.shape[1:])
            change = by_scenario - by_scenario[:, [base]]
            return np.stack([own, change.reshape(own.shape)])

        def ask() -> list[Row]:
            names = (*keys, "scenario")
            found = self.counted(values, names, absent)
            wanted = tuple(dict.fromkeys(key[:-1] for key in found.keys))
            twice = self._twice(
                lambda data: numbers_of(data.counted(values, names, absent), wanted)
            )
            value, change = (
                told(own, self.histories_run, self.doubt, twice and (twice[0], twice[1][place]))
                for place, own in enumerate(numbers_of(found, wanted))
            )
            every = ((name, *key) for key in wanted for name in self.scenarios)
            return [
                {"key": key, "value": own, "change": changed}
                for key, own, changed in zip(every, value, change, strict=True)
            ]

        return {
            row["key"]: Estimate(
                Spread.of(row["value"]),
                Spread.of(row["change"]),
                row["value"]["deviation"],
                _left(row["value"]["variance"], row["value"]["deviation"]),
            )
            for row in self._asked_once(("estimates", values, *keys, absent), ask)
        }

    @property
    def expected(self) -> bool:
        """Whether the run holds exact means instead of histories."""
        return self.run.get("solver") == "expected"

    @property
    def histories(self) -> int:
        """Histories of each scenario."""
        return self.draws * self.replicates

    @property
    def of_histories(self) -> str:
        """How many histories each scenario has, and of how many draws, in words."""
        if self.expected:
            return phrase("{draws} draws, the exact mean of each", draws=numbers.whole(self.draws))
        if self.draws == 1 and self.replicates > 1:
            count = numbers.whole(self.histories)
            return phrase("{histories} histories with the same inputs", histories=count)
        if self.replicates == 1:
            return phrase(
                "{histories} histories, one for each draw of the inputs",
                histories=numbers.whole(self.histories),
            )
        return phrase(
            "{histories} histories, {replicates} for each of {draws} draws of the inputs",
            histories=numbers.whole(self.histories),
            replicates=numbers.whole(self.replicates),
            draws=numbers.whole(self.draws),
        )

    def period_name(self, day: date) -> str:
        """The reporting period of a day, in words: `March 2026`, `2026` or `FY 2026`."""
        if self.study.period.report == "month":
            return dates.month(day)
        return self.year_name(self.year_of(day))

    @property
    def years(self) -> tuple[int, ...]:
        """The reporting years, in order."""
        return tuple(dict.fromkeys(self.year_of(span.start) for span in self.periods))

    def year_of(self, day: date) -> int:
        """The reporting year of a day."""
        return year_of(day, self.year_starts)

    def year_name(self, year: int) -> str:
        """`2026`, or `FY 2026`."""
        return str(year) if self.year_starts == 1 else phrase("FY {year}", year=year)

    def span_of(self, year: int) -> tuple[date, date, int | None]:
        """First and last day of a reporting year in the run, and their number if it is a part."""
        own = [span for span in self.periods if self.year_of(span.start) == year]
        first, stop = own[0].start, own[-1].stop
        whole = all((day.month, day.day) == (self.year_starts, 1) for day in (first, stop))
        return first, stop - timedelta(days=1), None if whole else (stop - first).days

    def year_head(self, year: int) -> str:
        """The name of a year as the head of its numbers: a part of a year says how many days."""
        days = self.span_of(year)[2]
        if days is None:
            return self.year_name(year)
        return plural(
            "{year} (1 day)", "{year} ({days} days)", days, year=self.year_name(year), days=days
        )

    def _prepare(self) -> None:
        self.rows(f"SET memory_limit = '{MEMORY}'")
        self.rows(f"SET temp_directory = {quoted(self._spill.name)}")
        if self.study is not self.folder.study:
            say_names(self._connection, self.folder.study.language)
        self._fill(
            "scenario_list (scenario VARCHAR, position INTEGER)",
            [(name, place) for place, name in enumerate(self.scenarios)],
        )
        runs = self.rows("SELECT DISTINCT draw, replicate FROM histories ORDER BY ALL") or [
            {"draw": draw, "replicate": replicate}
            for draw in range(int(self.run.get("draws") or 1))
            for replicate in range(int(self.run.get("replicates") or 1))
        ]
        self.draws = len({run["draw"] for run in runs})
        self.replicates = len({run["replicate"] for run in runs})
        self.histories_run = Runs(
            *(np.array(sorted({run[name] for run in runs})) for name in ("draw", "replicate"))
        )
        pairs = [(run["draw"], run["replicate"]) for run in runs]
        self._fill("runs (draw INTEGER, replicate INTEGER)", pairs)
        self._fill(
            "spans (period DATE, last DATE, days INTEGER, year INTEGER)",
            [(s.start, s.last, (s.stop - s.start).days, self.year_of(s.start))
             for s in self.periods],
        )  # fmt: skip
        number = "DOUBLE" if self.expected else "BIGINT"
        self.rows(
            "CREATE TABLE held AS SELECT scenario, draw, replicate, period, state, "
            f"sum(people)::{number} AS people, sum(person_days) AS person_days "
            "FROM census GROUP BY ALL"
        )
        self.rows(
            "CREATE TABLE went AS SELECT scenario, draw, replicate, period, "
            f"any_value(year) AS year, source, target, sum(people)::{number} AS people "
            "FROM flows JOIN spans USING (period) GROUP BY ALL"
        )

    def _fill(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        name, marks = table.split(maxsplit=1)[0], ", ".join("?" * len(rows[0]))
        self._connection.execute(f"CREATE TABLE {table}")
        self._connection.executemany(f"INSERT INTO {name} VALUES ({marks})", [*rows])


def _row(keys: Sequence[str], key: tuple[Any, ...], told: Mapping[str, float | None]) -> Row:
    return {**dict(zip(keys, key, strict=True)), **told}


def _left(variance: float | None, deviation: float | None) -> float | None:
    """The standard deviation that is left of a variance; None if nothing is known."""
    if variance is None or deviation is None:
        return None
    return math.sqrt(max(variance - deviation**2, 0.0))
