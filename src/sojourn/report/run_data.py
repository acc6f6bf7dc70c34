"""A finished run, open for questions: its study, its record and its tables in DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import duckdb
from pydantic import ValidationError

from sojourn.errors import Problem, ResultsError
from sojourn.report.wording import numbers
from sojourn.report.wording.ranges import STATISTICS, Row
from sojourn.results.periods import reporting_periods
from sojourn.results.run_folder.folder import STUDY, read_run
from sojourn.results.views import connect, quoted
from sojourn.study.model.study import Scenario, StudyModel

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
    `runs(draw, replicate)`, `spans(period, last, days, year)` and
    `held(scenario, draw, replicate, period, state, people, person_days)`, summed over groups.
    Use it in a `with` statement. Raises ResultsError for a folder that is not a finished run.
    """

    def __init__(self, path: Path, *, year_starts_in: int | None = None) -> None:
        self.path = Path(path)
        self.run: dict[str, Any] = read_run(self.path).record
        self.study = _read_study(self.path / STUDY)
        ran = set(self.run.get("scenarios") or self.study.scenarios)
        self.scenarios = tuple(name for name in self.study.scenarios if name in ran)
        if not self.scenarios:
            raise ResultsError(Problem("the run holds no scenario of its study", file=str(path)))
        self.baseline = self.scenarios[0]
        self.year_starts_in = year_starts_in or 1
        periods = reporting_periods(self.study.period)
        self.periods = tuple(map(ReportingPeriod, periods.starts, periods.ends))
        try:
            self._connection = connect(self.path)
        except duckdb.Error as error:
            raise self._unusable(error) from error
        self._spill = TemporaryDirectory(prefix="sojourn-")
        try:
            self._prepare()
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
        self._connection.close()
        self._spill.cleanup()

    @property
    def last_day(self) -> date:
        """The last simulated day."""
        return self.periods[-1].last

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
        return ResultsError(
            Problem(
                f"its tables do not answer: {str(error).splitlines()[0]}",
                "Was it damaged, or written by another version? Run the study again.",
                file=str(self.path),
            )
        )

    def spreads(self, values: str, keys: Sequence[str], domain: str | None = None) -> list[Row]:
        """Mean and percentiles over runs of `value` for each combination of `keys`.

        Args:
            values: SQL giving `keys`, draw, replicate and value; an absent row means zero.
            keys: names of columns; the answer is in their order.
            domain: SQL giving the combinations wanted; by default those of `values`.
        """
        names = ", ".join(f'"{key}"' for key in keys)
        return self.rows(
            f"""
            WITH given AS ({values}),
            domain AS ({domain or f"SELECT DISTINCT {names} FROM given"}),
            filled AS (
                SELECT domain.*, coalesce(given.value, 0) AS value
                FROM domain CROSS JOIN runs
                LEFT JOIN given USING ({names}, draw, replicate)
            )
            SELECT {names}, {STATISTICS} FROM filled GROUP BY ALL ORDER BY {names}
            """
        )

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
            return f"{self.draws:,} draws, the exact mean of each"
        if self.replicates == 1:
            return f"{self.histories:,} histories, one for each draw of the inputs"
        return (
            f"{self.histories:,} histories, {self.replicates:,} for each of {self.draws:,} draws "
            "of the inputs"
        )

    def period_name(self, day: date) -> str:
        """The reporting period of a day, in words: `March 2026`, or `2026`."""
        return numbers.month(day) if self.study.period.report == "month" else str(day.year)

    def year_of(self, day: date) -> int:
        """The reporting year of a day, named by the calendar year in which it ends."""
        if self.year_starts_in == 1:
            return day.year
        return day.year + (day.month >= self.year_starts_in)

    def _prepare(self) -> None:
        self.rows(f"SET memory_limit = '{MEMORY}'")
        self.rows(f"SET temp_directory = {quoted(self._spill.name)}")
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
        self._fill(
            "runs (draw INTEGER, replicate INTEGER)",
            [(run["draw"], run["replicate"]) for run in runs],
        )
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

    def _fill(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        name, marks = table.split(maxsplit=1)[0], ", ".join("?" * len(rows[0]))
        self._connection.execute(f"CREATE TABLE {table}")
        self._connection.executemany(f"INSERT INTO {name} VALUES ({marks})", [*rows])


def _read_study(file: Path) -> StudyModel:
    try:
        return StudyModel.model_validate_json(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultsError(
            Problem("the run's study is missing", "Run it again.", file=str(file))
        ) from error
    except ValidationError as error:
        raise ResultsError(
            Problem(
                f"not a study of this version: {str(error).splitlines()[0]}",
                "Run it again with this version.",
                file=str(file),
            )
        ) from error
