"""The command that screens a cohort by an agreement's rules.

The command imports heavy modules itself, as in `app`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import sojourn as sj
from sojourn.cli.arguments import AsJson
from sojourn.cli.output import as_json, captured, print_json, say, stderr

if TYPE_CHECKING:
    from sojourn.api.agreements.screening import Screening

AGREEMENT = Annotated[
    str,
    typer.Option(
        "--agreement", "-a", metavar="FILE|NAME", help="Agreement file, or a name in the library."
    ),
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        epilog="Examples:\n\n"
        "sojourn screen cohort.parquet --agreement agreement.yaml\n\n"
        "sojourn screen 'cohort/*.csv' --agreement agreement.yaml --by sex --rows rows.parquet\n\n"
        "sojourn screen cohort --agreement agreement.yaml --on spark://cluster:7077"
    )(screen)


def screen(
    cohort: Annotated[
        str,
        typer.Argument(
            metavar="COHORT",
            help="Parquet or CSV: a file, a folder of them, or a pattern in quotes.",
        ),
    ],
    agreement: AGREEMENT,
    rows: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Also write the outcome of each row, as Parquet."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also write the tables as CSV and Parquet, and run.json."),
    ] = None,
    today: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The date on which cases are decided, as 2026-09-01."),
    ] = None,
    undocumented: Annotated[
        list[str] | None,
        typer.Option(metavar="FACT", help="No case has this fact; may be repeated."),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Ignore this column; may be repeated."),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Whole numbers: how many people each row stands for."),
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="FACT", help="Also count by the values of this fact.")
    ] = None,
    identifier: Annotated[
        str | None,
        typer.Option("--id", metavar="COLUMN", help="A column that --rows copies unchanged."),
    ] = None,
    smallest: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Hold back counts below this; noise of half of it on all. Default: 20; 0: exact.",
        ),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What these people were asked about. Default: beside the cohort.",
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(metavar="MASTER", help="Read by Spark: spark://HOST:PORT, or local[*]."),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="Default: one per core. Changes no result."),
    ] = None,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory limit, for example 500MB.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Screen a cohort: how many cases are eligible, barred or referred, and by which rules.

    The cohort may be larger than memory. Columns have the names of the agreement's facts; an
    empty cell is undocumented. Columns that could identify a person are refused. Small counts are
    held back and all have noise, unless --smallest 0 asks for exact ones; a ledger limits how much
    may be asked about the same people.
    """
    try:
        law = sj.agreement(agreement, today=today)
        with stderr.status("open") as status:

            def show(what: str, share: float | None) -> None:
                status.update(what if share is None else f"{what} {share:.0%}")

            done = law.screen(
                cohort,
                by=by,
                weights=weights,
                undocumented=undocumented or (),
                drop=drop or (),
                identifier=identifier,
                smallest=smallest,
                ledger=ledger,
                rows=rows,
                out=out,
                on=on,
                threads=threads,
                memory=memory,
                progress=show if stderr.is_terminal else None,
            )
    except sj.SojournError as error:
        if json:
            print_json({"ok": False, "problems": [as_json(item) for item in error.problems]})
            raise typer.Exit(2) from error
        raise
    if json:
        tables = {name: rows for name, rows in done.to_dict().items() if rows}
        print_json({"ok": True, **done.record, **tables})
        return
    _print_screening(done)
    for what, place in (("rows", rows), ("tables", out)):
        if place is not None:
            say(f"{what}: {place}")


_HEADS = {
    "only_this": "by this alone", "undetermined_only": "for this alone", "unknown": "undetermined",
    "fails": "excluded", "remaining": "left", "passes_unknown": "unsaid, passes",
    "fails_unknown": "unsaid, excluded",
}  # fmt: skip


def _print_screening(done: Screening) -> None:
    record = done.record
    on = {"date": f", on {record['today']}", "fact": f", each on the day of `{record['today']}`"}
    say(f"{record['title']}{on.get(record['today is a'], '')}")
    if record["eligible means"]:
        say(f"eligible means: {record['eligible means']}")
    say()
    people, few = done.people, f"<{done.smallest}"
    shares = [
        {
            **row,
            "share": f"{100 * row['people'] / people:.1f} %"
            if people and row["people"] is not None
            else "",
        }
        for row in done.statuses
    ]
    _print(shares, ("status", "people", "share"), few)
    rules = [
        {
            **row,
            **{_HEADS[name]: row[name] for name in _HEADS},
            "rule": row["label"],
        }
        for row in done.funnel
    ]
    # Few agreements have rules that decide without a fact.
    unsaid = [
        head for head in ("unsaid, passes", "unsaid, excluded") if any(r[head] != 0 for r in rules)
    ]
    _print(
        rules,
        ("rule", "excluded", "left", "by this alone", "undetermined", "for this alone", *unsaid),
        few,
    )
    # A count that is held back is told; none at all where the rules alone say so.
    wanted = [row for row in done.facts if row["wanted"] != 0]
    if wanted:
        say("referred because a fact is missing")
        _print(
            [{**row, "this alone": row["only_this"], "referred": row["wanted"]} for row in wanted],
            ("fact", "referred", "this alone"),
            few,
        )
    if len(done.groups):
        groups = [
            {**row, "value": "undocumented" if row["value"] is None else row["value"]}
            for row in done.groups
        ]
        columns = ("value", "people", "eligible", "barred", "referred")
        _print(groups, columns, few, heads={"value": f"{done.by}"})
    if done.smallest > 1:
        noise, used = record["noise"], record["ledger used"]
        say(
            f"Counts have noise (standard deviation {noise}) and are rounded to multiples of "
            f"{noise}; those below {done.smallest} are held back.\n"
            f"{used:.0%} of what may be asked about this cohort is used (--smallest 0: exact "
            "counts, not for publication)."
        )
    if record["unread"]:
        stderr.print(f"columns that no rule reads: {', '.join(record['unread'])}", markup=False)


def _print(
    rows: Sequence[dict[str, Any]],
    columns: Sequence[str],
    few: str,
    heads: Mapping[str, str] | None = None,
) -> None:
    """A table for people: texts to the left, counts to the right; `few` where one is held back."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        head = Text((heads or {}).get(column, column))
        table.add_column(head, justify="right" if place else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[column], few) for column in columns))
    with captured() as console:
        console.print(table)
    say()


def _cell(value: object, few: str) -> str:
    if value is None:
        return few
    return f"{value:,}" if isinstance(value, int) else str(value)
