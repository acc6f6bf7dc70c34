"""The command `compare`: two scenarios, of one run or of two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

import sojourn as sj
from sojourn.cli.arguments import RunArgument
from sojourn.cli.output import (
    NOT_TOLD,
    SPREAD_SHOWN,
    counted,
    inputs_not_told,
    print_data,
    print_json,
    print_rows,
    say,
    spread_rounded,
)

LITTLE = 1.5
"""Below this, pairing saved little."""
SHOWN = 15
"""Differences between studies that are printed."""
_VIEWS: dict[str, dict[str, Any]] = {
    "measures": {"table": "measures"},
    "people by year (average of its days)": {
        "table": "census", "value": "average", "by": ["year", "state"],
    },
    "people by group (average of all days)": {
        "table": "census", "value": "average", "by": ["group", "state"],
    },
    "money by year and payer": {
        "table": "money", "by": ["year", "payer", "payee", "currency", "costing"],
    },
}  # fmt: skip
"""What is compared unless one table is asked for."""


def add_commands(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        epilog="Examples:\n\n"
        "sojourn compare runs/trial 'shorter stays'\n\n"
        "sojourn compare runs/trial 'as offered' --to 'no agreement' --table money --by year\n\n"
        "sojourn compare runs/new 'as offered' --in runs/old"
    )(compare)


def compare(
    run: RunArgument,
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="Compared with another.")],
    to: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The other scenario. Default: the baseline; with --in, the one of the same name.",
        ),
    ] = None,
    in_run: Annotated[
        Path | None,
        typer.Option("--in", metavar="RUN", help="The run that has the other scenario."),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(help="Only this: measures, census, flows, money, facilities, waits or gates."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="COLUMNS", help="Its columns to keep, as `year,payer`."),
    ] = None,
    value: Annotated[str | None, typer.Option(help="Which of its numbers, as `average`.")] = None,
    format: Annotated[
        Literal["table", "csv", "json"],
        typer.Option("--format", "-f", help="How to print; csv needs --table."),
    ] = "table",
) -> None:
    """Compare two scenarios: what differs between them, and in each measure, year, group and payer.

    A row is the first less the second, history by history: mean, 5 %, median, 95 %. The mean is
    known to ± both errors (95 %): by uncertain inputs, and by chance. `saved` is how often greater
    the variance would be without common random numbers.
    """
    done = sj.open(run)
    views = _asked(table, by, value)
    if format == "csv" and len(views) != 1:
        raise sj.SojournError(sj.Problem("csv is one table", "choose it with --table"))
    found = {name: done.compare(scenario, to=to, of=in_run, **view) for name, view in views.items()}
    if format == "csv":
        print_data(next(iter(found.values())), "csv")
        return
    differences = done.differences(scenario, to=to, of=in_run).to_dicts()
    first = next(iter(found.values()))
    if format == "json":
        tables = {name: each.to_dicts() for name, each in found.items()}
        print_json({"differences": differences, "pairing": first.about, **tables})
        return
    say(first.name)
    for line in (*_told(differences), first.about):
        say(f"· {line}")
    for name, each in found.items():
        _print(name, each, wanted=table is not None, uncertain=bool(done.record["uncertain"]))


def _asked(table: str | None, by: str | None, value: str | None) -> dict[str, dict[str, Any]]:
    if table is None:
        if by or value:
            raise sj.SojournError(sj.Problem("--by and --value belong to --table", "add --table"))
        return _VIEWS
    columns = None if by is None else [name.strip() for name in by.split(",") if name.strip()]
    return {table: {"table": table, "by": columns, "value": value}}


def _told(differences: list[dict[str, Any]]) -> Iterator[str]:
    """What differs, a line each."""
    if not differences:
        yield "nothing differs"
    for row in differences[:SHOWN]:
        yield f"{row['path']}: {row['this'] or 'nothing'}, in place of {row['other'] or 'nothing'}"
    if len(differences) > SHOWN:
        yield f"and {counted(len(differences) - SHOWN, 'other differences')}"


def _print(name: str, table: sj.Table, *, wanted: bool, uncertain: bool) -> None:
    """Print the rows in which anything differs; all of a table that was asked for."""
    keys = [column for column in table.columns if column not in _STATISTICS]
    rows = [
        row for row in table
        if wanted or any(row[column] for column in ("mean", "p5", "p95"))
    ]  # fmt: skip
    if not rows or (keys[:1] == ["group"] and len({row["group"] for row in rows}) < 2):
        return
    say(f"\n{name}")
    shown = [
        (*(row[key] for key in keys), *spread_rounded(row, uncertain=uncertain),
         None if row["saved"] is None else float(f"{row['saved']:.3g}"))
        for row in rows
    ]  # fmt: skip
    print_rows([*keys, *SPREAD_SHOWN, "saved"], shown, whole=len(keys))
    if any(inputs_not_told(row, uncertain=uncertain) for row in rows):
        say(NOT_TOLD)
    named = next((key for key in ("measure", "state", "payer") if key in keys), keys[-1])
    little = [str(row[named]) for row in rows if (row["saved"] or LITTLE) < LITTLE]
    if little:
        names = ", ".join(dict.fromkeys(little))
        say(f"Common random numbers save little in {names}: {_why(table.about)}.")


def _why(about: str) -> str:
    """Why two scenarios have little in common."""
    from sojourn.api.comparing import NOT_SHARED

    if NOT_SHARED in about:
        return "inputs that the two do not share are named above"
    return "the two share all inputs, but what differs between them reaches most people"


_STATISTICS = frozenset(
    {"mean", "p5", "p50", "p95", "simulation", "parameters", "error_simulation",
     "error_parameters", "determined", "saved"}
)  # fmt: skip
