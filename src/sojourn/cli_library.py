"""The command for the agreements that ship: their list, one in full, comparison, worked cases.

What is heavy is imported by the command that needs it, as in `cli`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sojourn.errors import Problem, SojournError
from sojourn.terminal import as_json, print_json, print_rows, say

if TYPE_CHECKING:
    from sojourn.rules.agreement import AgreementFile

NOT_SO = 3
"""Exit status where a worked case does not come out as its file says."""


def add_commands(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        epilog="Examples:\n\n"
        "sojourn agreements\n\n"
        "sojourn agreements norway-netherlands\n\n"
        "sojourn agreements my-agreement.yaml --cases\n\n"
        "sojourn agreements --compare\n\n"
        "Exit status 3: a worked case does not come out as its file says."
    )(agreements)


def agreements(
    name: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="In the library, or an agreement file."),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Put them beside each other: who, price, time.")
    ] = False,
    cases: Annotated[
        bool, typer.Option("--cases", help="Run the worked cases and say which pass.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """List the agreements that ship, or show all that one says, with sources and worked cases.

    What rests on no text that was read is marked: (remembered, not read).
    """
    from sojourn.rules.agreement import read_agreement
    from sojourn.study.joined import library_names

    if compare and cases:
        raise SojournError(Problem("--compare and --cases are given together", "ask for one"))
    try:
        read = [read_agreement(each) for each in (name or library_names())]
    except SojournError as error:
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


def _list(read: list[AgreementFile], json: bool) -> None:
    from sojourn.agreements.describe import summary
    from sojourn.agreements.words import confidence_in_words

    found = [summary(agreement) for agreement in read]
    if json:
        print_json(found)
        return
    names = ("name", "title", "parties", "dates", "price form")
    rows = [
        (*(row[key] for key in names), confidence_in_words(agreement))
        for row, agreement in zip(found, read, strict=True)
    ]
    print_rows((*names, "rules and provisions"), rows, "table", whole=1)


def _show(read: list[AgreementFile], json: bool) -> None:
    from sojourn.agreements.describe import described
    from sojourn.agreements.text import agreement_lines

    if json:
        found = [described(agreement) for agreement in read]
        print_json(found[0] if len(found) == 1 else found)
        return
    for place, agreement in enumerate(read):
        if place:
            say()
        for line in agreement_lines(agreement):
            say(line)


def _compare(read: list[AgreementFile], json: bool) -> None:
    from sojourn.agreements.compare import comparisons, minimums

    tables = [*comparisons(read), minimums(read)]
    if json:
        print_json(
            {table.title: [dict(zip(table.names, row, strict=True)) for row in table.rows]
             for table in tables}
        )  # fmt: skip
        return
    for place, table in enumerate(tables):
        if not table.rows:
            continue
        if place:
            say()
        say(f"{table.title}:")
        print_rows(table.names, table.rows, "table", whole=1)


def _run_cases(read: list[AgreementFile], json: bool) -> None:
    from sojourn.agreements.cases import run_cases
    from sojourn.agreements.describe import case_result
    from sojourn.agreements.text import case_lines

    found = {agreement.name: run_cases(agreement) for agreement in read}
    failed = sum(not each.passed for results in found.values() for each in results)
    if json:
        told = {name: [case_result(each) for each in results] for name, results in found.items()}
        print_json({"ok": not failed, "failed": failed, "cases": told})
    else:
        for agreement in read:
            for line in case_lines(agreement, found[agreement.name]):
                say(line)
    if failed:
        raise typer.Exit(NOT_SO)
