"""Commands on a finished run: its report, its tables queried, its tables as files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

import sojourn as sj
from sojourn.cli.arguments import AsJson, Language, RunArgument
from sojourn.cli.output import captured, print_data, print_json, print_rows, say

YearStarts = Annotated[
    str | None,
    typer.Option(
        metavar="DAY",
        help="First day of a fiscal year, as `1 July`. Default: as in the study, else 1 January.",
    ),
]


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(
        epilog="Examples:\n\n"
        "sojourn report runs/trial\n\n"
        "sojourn report runs/trial --only note --to note.docx --year-starts '1 July'\n\n"
        "sojourn report runs/trial --to report.html --to report.pdf --to tables.xlsx\n\n"
        "sojourn report runs/trial --language es --to informe.html"
    )(report)
    app.command(
        epilog="Examples:\n\n"
        'sojourn query runs/trial "select scenario, avg(people) from census group by all"\n\n'
        'sojourn query runs/trial "select * from measures" --format csv > measures.csv\n\n'
        'sojourn query runs/trial "show tables"'
    )(query)
    app.command(
        epilog="Examples:\n\n"
        "sojourn export runs/trial --to tables\n\n"
        "sojourn export runs/trial --summary --to summary --year-starts '1 July'"
    )(export)


def report(
    run: RunArgument,
    to: Annotated[
        list[Path] | None,
        typer.Option(
            "--to",
            "--out",
            metavar="FILE",
            help="File to write: its ending, .html, .pdf, .docx or .xlsx, says how. Give --to "
            "again for several. Default: RUN/report.html, or RUN/note.html. PDF and DOCX need `pip "
            "install sojourn[report]`.",
        ),
    ] = None,
    only: Annotated[
        Literal["note"] | None, typer.Option(help="The fiscal note alone, two pages.")
    ] = None,
    year_starts: YearStarts = None,
    years: Annotated[
        int, typer.Option(min=1, max=100, help="Years in the tables of the fiscal note.")
    ] = 5,
    from_year: Annotated[
        int | None,
        typer.Option(
            "--from",
            metavar="YEAR",
            help="Year with which the fiscal note begins and from which it counts. Default: the "
            "first in which a change takes effect.",
        ),
    ] = None,
    language: Language = None,
    json: AsJson = False,
) -> None:
    """Print a run's answer and write its report: a fiscal note of two pages, then the rest."""
    done, files = sj.open(run), to or []
    report = partial(
        done.report,
        *files,
        only=only,
        year_starts=year_starts,
        years=years,
        from_year=from_year,
        language=language,
    )
    if json:
        print_json({"report": str(report()), **done.answer})
        return
    with captured() as console:
        page = report(console=console)
    for text in done.nobody_eligible:
        say(f"note: {text}")
    say(f"\nreport: {', '.join(map(str, files or [page]))}")


def query(
    run: RunArgument,
    sql: Annotated[str, typer.Argument(metavar="SQL", help="A query over the run's tables.")],
    format: Annotated[
        Literal["table", "csv", "json", "arrow", "parquet"],
        typer.Option(
            "--format",
            "-f",
            help="How to print rows. arrow (an IPC stream) and parquet are for large answers.",
        ),
    ] = "table",
) -> None:
    """Query a run's tables in SQL.

    Columns of one name are numbered: a, a_2. In CSV, a text that a spreadsheet could run as a
    formula (it begins with = + - @ or an apostrophe) gets an apostrophe in front; take it away to
    have the text back.
    """
    answer = sj.open(run).sql(sql)
    if format == "table":
        print_rows(answer.columns, [tuple(row.values()) for row in answer])
    else:
        print_data(answer, format)


def export(
    run: RunArgument,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder to write.")],
    summary: Annotated[
        bool,
        typer.Option(
            "--summary",
            help="Means, ranges and errors by scenario and year, as CSV and one Excel file, "
            "instead of one row for each draw.",
        ),
    ] = False,
    year_starts: YearStarts = None,
) -> None:
    """Write a run's tables as CSV, with a datapackage.json that describes them.

    Texts that a spreadsheet could run as formulas are written as `query` writes them.
    """
    done = sj.open(run)
    if year_starts is not None and not summary:
        raise sj.SojournError(
            sj.Problem(
                "--year-starts: the tables of an export are by reporting period, not by year",
                "add --summary, or leave it out",
            )
        )
    say(f"tables: {done.export(to, summary=summary, year_starts=year_starts)}")
