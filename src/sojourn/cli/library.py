"""The command for the shipped agreements: their list, one in full, comparison, worked cases.

Each command imports heavy modules itself, as in `app`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import sojourn as sj
from sojourn.cli.arguments import AsJson, Language
from sojourn.cli.output import as_json, print_json, print_rows, say

NOT_SO = 3
"""Exit status if a worked case does not come out as its file says."""


def add_commands(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        epilog="Examples:\n\n"
        "sojourn agreements\n\n"
        "sojourn agreements norway-netherlands\n\n"
        "sojourn agreements norway-netherlands --to my-agreement.yaml\n\n"
        "sojourn agreements my-agreement.yaml --cases\n\n"
        "sojourn agreements --compare\n\n"
        "sojourn agreements norway-netherlands --language es\n\n"
        "Exit status 3: a worked case does not come out as its file says."
    )(agreements)


def agreements(
    name: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="In the library, or an agreement file."),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare them in tables: who, price, time.")
    ] = False,
    cases: Annotated[
        bool, typer.Option("--cases", help="Run the worked cases and say which pass.")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Write the file of one, to draft from."),
    ] = None,
    language: Language = None,
    json: AsJson = False,
) -> None:
    """List the shipped agreements, or show one in full, with sources and worked cases.

    Entries that nobody checked against a text are marked: (remembered, not read).
    """
    if compare and cases:
        raise sj.SojournError(sj.Problem("--compare and --cases exclude each other", "give one"))
    if to is not None:
        _write(name or [], to, json)
        return
    with sj.speaking(language or "en"):
        _told(name, compare, cases, json)


def _write(names: list[str], to: Path, json: bool) -> None:
    if len(names) != 1:
        raise sj.SojournError(sj.Problem("--to writes the file of one agreement", "name one"))
    written = sj.agreement(names[0]).write(to)
    if json:
        print_json({"ok": True, "agreement": str(written)})
    else:
        say(f"agreement: {written}")
        say(f"next:      sojourn agreements {written} --cases")


def _told(name: list[str] | None, compare: bool, cases: bool, json: bool) -> None:
    try:
        read = [sj.agreement(each) for each in (name or sj.agreement_names())]
    except sj.SojournError as error:
        if json:
            print_json({"ok": False, "problems": [as_json(item) for item in error.problems]})
            raise typer.Exit(2) from error
        raise
    if cases:
        _run_cases(read, json)
    elif compare:
        _compare(read, json)
    elif name:
        _show(read, json)
    else:
        _list(read, json)


def _list(read: list[sj.Agreement], json: bool) -> None:
    found = [law.summary() for law in read]
    if json:
        print_json(found)
        return
    names = ("name", "title", "parties", "dates", "price form")
    rows = [(*(row[key] for key in names), law.known) for row, law in zip(found, read, strict=True)]
    print_rows((*names, "rules and provisions"), rows, whole=1)


def _show(read: list[sj.Agreement], json: bool) -> None:
    if json:
        found = [law.to_dict() for law in read]
        print_json(found[0] if len(found) == 1 else found)
        return
    for place, law in enumerate(read):
        if place:
            say()
        say(str(law))


def _compare(read: list[sj.Agreement], json: bool) -> None:
    tables = sj.compare_agreements(read)
    if json:
        print_json({table.name: table.to_dicts() for table in tables})
        return
    for place, table in enumerate(tables):
        if not len(table):
            continue
        if place:
            say()
        say(f"{table.name}:")
        rows = [tuple(row.values()) for row in table]
        print_rows(table.columns, rows, whole=1)


def _run_cases(read: list[sj.Agreement], json: bool) -> None:
    found = {law.name: law.cases.to_dicts() for law in read}
    failed = sum(not case["passed"] for cases in found.values() for case in cases)
    if json:
        print_json({"ok": not failed, "failed": failed, "cases": found})
    else:
        for law in read:
            for line in law.case_lines():
                say(line)
    if failed:
        raise typer.Exit(NOT_SO)
