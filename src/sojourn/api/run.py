"""A run in Python: its tables, summaries, comparison, chart, report and export."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Literal
from weakref import finalize

import pyarrow as pa

from sojourn.api.public import public
from sojourn.api.tables import Table, from_rows
from sojourn.api.which_number.questions import RunQuestions
from sojourn.errors import Problem, SojournError
from sojourn.results.columns import SPECS
from sojourn.results.run_folder.folder import RunFolder, read_run, record_of
from sojourn.results.run_folder.query import query
from sojourn.study.time_steps import read_year_start
from sojourn.study.units import WordsError

if TYPE_CHECKING:
    import altair as alt
    from rich.console import Console

    from sojourn.api.progress import Progress
    from sojourn.report.context import Context


@public
def open(folder: str | Path) -> Run:
    """Open an existing run. Raises SojournError if the folder is not a finished run."""
    return Run(read_run(Path(folder)))


@public
def verify(folder: str | Path) -> Table:
    """Read every file of a finished run, and compare it with the digest that run.json holds.

    The table lists the files: file, bytes, problem (None if the file is as it was written).
    Raises SojournError if the folder is not a finished run, or run.json is damaged.
    """
    from sojourn.results.run_folder.folder import verified

    kinds = {"file": pa.string(), "bytes": pa.int64(), "problem": pa.string()}
    return from_rows("verified", verified(Path(folder)), kinds)


@public
def merge(
    runs: Iterable[Run | str | Path], *, out: str | Path | None = None, progress: Progress = None
) -> Run:
    """Join runs of consecutive draws of one study; the rows equal those of a single run.

    Args:
        runs: runs or their folders, in any order, made with `first_draw`.
        out: folder for the joined run; by default a temporary one, as in `Study.run`.
        progress: as in `Study.run`.

    Raises SojournError if they are not pieces of one run, or if draws are missing or repeated.
    """
    from sojourn.api.progress import watching
    from sojourn.run.pieces import merge_runs

    pieces = list(runs)
    folders = [piece.folder if isinstance(piece, Run) else Path(piece) for piece in pieces]
    with watching(progress) as watch:
        return run_in(out, lambda place: merge_runs(folders, out=place, watch=watch))


def run_in(out: str | Path | None, make: Callable[[Path], Path]) -> Run:
    """The run that `make` writes into `out`, or into a temporary folder removed with the run."""
    if out is not None:
        before = record_of(Path(out))
        return Run(read_run(make(Path(out))), replaced=before)
    temporary = mkdtemp(prefix="sojourn-")
    try:
        run = Run(read_run(make(Path(temporary) / "run")))
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    finalize(run, shutil.rmtree, temporary, ignore_errors=True)
    return run


@public
class Run(RunQuestions):
    """A finished run: every scenario under every draw.

    Its tables are attributes: `histories`, `periods`, `census`, `flows`, `waits`, `facilities`,
    `firsts`, `gates`, `draws`, `cells`, `groups`, `funnel`, `money`, `measures`, `claims` and the
    others listed by `run.tables`, each a `Table`. `Study.run`, `sojourn.open` and `sojourn.merge`
    return a run.
    """

    def __init__(self, found: RunFolder, *, replaced: Mapping[str, Any] | None = None) -> None:
        self._found = found
        self._tables: dict[str, Table] = {}
        self.replaced = (
            replaced if replaced and replaced["digest"] != found.record["digest"] else {}
        )
        """What run.json said of another run that stood in the folder before; else empty."""
        same = replaced is not None and replaced["sum"] == found.record["sum"]
        self.precision: tuple[str, ...] = ()
        """With `until`: how well the mean is known, a sentence for each scenario."""
        self.mended: Mapping[str, str] = {} if same else found.record.get("mended", {})
        """What was damaged in the folder before, and how; this run computed it again."""

    @property
    def folder(self) -> Path:
        """Where its tables are, as Parquet files; a temporary folder unless `out` was given."""
        return self._found.path

    @property
    def record(self) -> Mapping[str, Any]:
        """What run.json says: versions, seed, draws, options, changes, digest, seconds."""
        return self._found.record

    @property
    def tables(self) -> Mapping[str, str]:
        """Name of each table, and what its rows are."""
        return {name: spec.about for name, spec in SPECS.items()}

    def __getattr__(self, name: str) -> Table:
        if name not in SPECS:
            raise AttributeError(f"a run has no table {name!r}; it has: {', '.join(SPECS)}")
        if name not in self._tables:
            self._tables[name] = Table(self._found.table(name), name, SPECS[name].about)
        return self._tables[name]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *SPECS})

    def sql(self, text: str) -> Table:
        """The answer to the SQL query `text` over the run's tables, by their names; it only reads.

        Raises SojournError with DuckDB's message for any other statement.
        """
        return Table(query(self.folder, text), "answer")

    def summary(
        self,
        table: str = "measures",
        *,
        by: Sequence[str] | None = None,
        value: str | None = None,
        where: Mapping[str, object] | None = None,
        year_starts: str | None = None,
    ) -> Table:
        """Mean and range of a number over all histories.

        Args:
            table: measures, census, flows, money, facilities, waits or gates.
            by: columns to group by besides the scenario, such as period, year, state, group or
                payer; the value is summed over all others.
            value: of the census people (at the end of a period), average (of the days) or
                person_days; of money amount, real or discounted; of facilities occupied,
                capacity, peak or days_full; of waits days, waiting or served.
            where: only rows with this value of a column, or one of a list.
            year_starts: first day of a fiscal year, as `1 July`, where `by` has year; a year is
                named by the calendar year in which it ends.

        The columns: scenario, those of `by`, mean, p5, p50, p95 (percentiles over draws and
        replicates), simulation and parameters (standard deviation within a draw, by chance, and
        between draws, by uncertain inputs), error_simulation and error_parameters (the standard
        errors of the mean for the same two reasons), determined (share of histories that have a
        value). With one replicate, the two are told apart by draws that the run has simulated a
        second time. A run of fewer than 16 draws has too few of these: `simulation` and
        `error_simulation` are then empty, and the others are of both together.
        Raises SojournError for an unknown name, and for a sum that has no meaning.
        """
        from sojourn.results.summary import summary

        found = summary(
            self._found, table, by=by, value=value, where=where, year_starts=_month(year_starts)
        )
        return Table(found, f"{value or table} by scenario")

    def compare(
        self,
        scenario: str,
        *,
        to: str | None = None,
        table: str = "measures",
        by: Sequence[str] | None = None,
        value: str | None = None,
        where: Mapping[str, object] | None = None,
        year_starts: str | None = None,
        of: Run | str | Path | None = None,
    ) -> Table:
        """A scenario less another one, `to` (by default the baseline).

        Histories of the same draw and replicate are subtracted, so variation that both share
        does not widen the range. `table`, `by`, `value`, `where`, `year_starts`, columns and errors
        are those of `summary`. One more column, `saved`, is how often greater the variance of the
        difference would be if the two shared neither draws nor random numbers.

        `of` is the run, or its folder, that has the scenario `to`, if it is not this one: of the
        same study after a change, or of another. By default its scenario of the same name is
        taken. `differences` says what differs between the two; the table's `about` says how
        histories are paired, and which uncertain numbers the two do not share.
        """
        from sojourn.api.comparing import how_sure
        from sojourn.results.summary import summary

        other = self._other(of)
        against = to or (scenario if of is not None else self._found.baseline)
        found = summary(
            self._found, table, by=by, value=value, where=where, against=against, only=scenario,
            year_starts=_month(year_starts), of=None if of is None else other,
        )  # fmt: skip
        place = "" if of is None else f" of {other.path.name}"
        name = f"{scenario} less {against}{place}"
        about = how_sure(self._found, scenario, other, against)
        return Table(found.drop_columns(["scenario"]), name, about)

    def differences(
        self, scenario: str, *, to: str | None = None, of: Run | str | Path | None = None
    ) -> Table:
        """What differs between a scenario and another, which `to` and `of` name as in `compare`.

        One row for each number, rule or option of the run: path, this, other. Raises SojournError
        for a scenario that is not there.
        """
        from sojourn.api.comparing import differences

        other = self._other(of)
        against = to or (scenario if of is not None else self._found.baseline)
        self._found.known(scenario)
        other.known(against)
        return differences(self._found, scenario, other, against)

    def _other(self, of: Run | str | Path | None) -> RunFolder:
        """The folder of another run, or of this one."""
        if of is None:
            return self._found
        return of._found if isinstance(of, Run) else read_run(Path(of))

    def plot(
        self, table: str = "census", *, value: str | None = None, by: str | None = None,
        where: Mapping[str, object] | None = None,
    ) -> alt.FacetChart:  # fmt: skip
        """An Altair chart of a summary: lines over time with their 5–95 % range.

        Args:
            table: as in `summary`; measures are drawn as points with their range.
            value: as in `summary`.
            by: the column whose values get a panel each, by default state, facility, measure …
            where: as in `summary`.

        Save it with `chart.save("census.svg")`. Raises SojournError as `summary` does.
        """
        from sojourn.api.plots import plot

        return plot(self, table, value=value, by=by, where=where)

    def report(
        self,
        *files: str | Path,
        only: Literal["note"] | None = None,
        year_starts: str | None = None,
        years: int = 5,
        from_year: int | None = None,
        language: str | None = None,
        console: Console | None = None,
    ) -> Path:
        """Write the report and return the path of its first file.

        Args:
            files: the ending of each says how it is written: .html (one file that needs nothing
                else), .pdf, .docx or .xlsx; by default report.html, or note.html, in the run's
                folder. Several take less time than one by one.
            only: `note` for the fiscal note of two pages alone.
            year_starts: first day of a fiscal year, as `1 July`; by default as in the study.
            years: columns of the fiscal note.
            from_year: the year with which it begins, and from which its totals count; by default
                the first in which a change takes effect.
            language: `en` or `es`; by default as the study says, else English.
            console: a console of Rich, on which the answer is printed as `show` does.

        Raises SojournError if it cannot be written, if the run is not kept by such years, or if
        a PDF or Word file is asked for without `pip install sojourn[report]`.
        """
        from sojourn.report.page import write_report
        from sojourn.report.summary_text import print_answer

        def told(context: Context) -> None:
            if console is not None:
                print_answer(context, console)

        return write_report(
            self.folder, *map(Path, files),
            only=only, year_starts=_month(year_starts), years=years, from_year=from_year,
            language=language, told=told,
        )  # fmt: skip

    def export(
        self, folder: str | Path, *, summary: bool = False, year_starts: str | None = None
    ) -> Path:
        """Write tables as CSV, with a datapackage.json that describes them; return the folder.

        Every table with a row for each draw; with `summary`, means, ranges and errors by scenario
        and year, and one Excel file of them. `year_starts` is the first day of a fiscal year, as
        `1 July`. Raises SojournError if the folder holds anything but an earlier export of the
        same kind.
        """
        from sojourn.results.run_folder.export import export_run

        if not summary:
            return export_run(self.folder, Path(folder))
        from sojourn.report.summary_files import write_summary

        return write_summary(self.folder, Path(folder), year_starts=_month(year_starts))

    @cached_property
    def answer(self) -> Mapping[str, Any]:
        """The run's answer as plain values: headline, places, money, measures, claims, caveats.

        By scenario; a spread is {mean, low, median, high}, low and high being the 5th and 95th
        percentile over histories.
        """
        from sojourn.report.summary_json import summary_dict

        return summary_dict(self.folder)

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """What has happened since, and how near each scenario came: a sentence each.

        Empty if the study records no `outcomes`; as numbers they are in `answer`, by scenario.
        """
        from sojourn.report.summary_text import outcomes_told

        return outcomes_told(self.folder)

    @cached_property
    def nobody_eligible(self) -> tuple[str, ...]:
        """Where everybody is barred, and the rules that all fail; with the scenarios."""
        from sojourn.rules.agreement.funnel import everybody_barred

        return everybody_barred(self.funnel)

    def show(self, console: Console | None = None, *, language: str | None = None) -> None:
        """Print the answer as `sojourn report` does: people, places, money and claims.

        `console` is a console of Rich, by default one on stdout; `language` as in `report`.
        """
        from rich.console import Console as Terminal

        from sojourn.report.summary_text import terminal_summary

        terminal_summary(self.folder, console or Terminal(highlight=False), language)

    def __repr__(self) -> str:
        if not self.folder.is_dir():
            return f"{self.record['title']}: its folder was removed"
        return "\n".join(
            [str(self.record["title"]),
             *(f"{each['scenario']}: {each['sentence']}" for each in self._scenarios())]
        )  # fmt: skip

    def _repr_html_(self) -> str:
        people = str(self.answer["people"])
        heads = ("scenario", "at the end", "change", "average", "peak of all days", "moved in")
        keys = ("at_end", "change_at_end", "average", "peak", "moved_in")
        rows = "".join(
            f"<tr><td>{escape(each['scenario'])}</td>"
            + "".join(f"<td>{_range(each['headline'][key])}</td>" for key in keys)
            + "</tr>"
            for each in self._scenarios()
        )
        return (
            f"<p>{escape(str(self.record['title']))}: people {escape(people)}, mean (5–95 %)</p>"
            f"<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )

    def _scenarios(self) -> list[dict[str, Any]]:
        """What each scenario says, the baseline last."""
        return sorted(self.answer["scenarios"], key=lambda each: bool(each["baseline"]))


def _month(year_starts: str | None) -> int | None:
    """The month on whose first day a year starts. Raises SojournError."""
    if year_starts is None:
        return None
    try:
        return read_year_start(year_starts)
    except WordsError as error:
        raise SojournError(Problem(error.what, error.fix)) from error


def _range(spread: Mapping[str, float]) -> str:
    mean, low, high = (f"{spread[key]:,.0f}" for key in ("mean", "low", "high"))
    return mean if low == high else f"{mean} ({low}–{high})"
