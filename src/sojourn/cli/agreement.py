"""The commands for an agreement alone: one case, proofs, and two drafts.

Each command imports heavy modules itself, as in `app`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import sojourn as sj
from sojourn.cli.arguments import AsJson
from sojourn.cli.output import as_json, print_json, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

AgreementArgument = Annotated[
    str, typer.Argument(metavar="FILE", help="Agreement file, or its name in the library.")
]
Today = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Decide every case on this date, not on its own."),
]
Timeout = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="Time limit for all proofs together.")
]
CheckOption = Annotated[bool, typer.Option("--check", help="Exit with 3 unless the answer is yes.")]
NOT_SO = 3
"""Exit status of `--check` if an answer is not yes."""


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        epilog="Examples:\n\n"
        "sojourn explain case.yaml --agreement agreement.yaml\n\n"
        "sojourn explain cases.yaml --case 'a man of 30' --agreement agreement.yaml --all"
    )(explain)
    app.command(
        epilog="Examples:\n\n"
        "sojourn prove agreement.yaml\n\n"
        "sojourn prove agreement.yaml --never \"citizenship = 'US' and eligible\" --check"
    )(prove)
    app.command(epilog="Example: sojourn diff old.yaml new.yaml")(diff)


def explain(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="YAML or JSON file of facts.")],
    agreement: Annotated[
        str,
        typer.Option(
            "--agreement", "-a", metavar="FILE", help="Agreement file, or its name in the library."
        ),
    ],
    only: Annotated[
        str | None,
        typer.Option("--case", metavar="NAME", help="Only this case of the file."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show every part of every rule, with its value.")
    ] = False,
    today: Today = None,
    json: AsJson = False,
) -> None:
    """Say why a case is eligible, barred or referred, and what would change that."""
    with _problems_as_json(json):
        law = sj.agreement(agreement, today=today)
        cases = law.read_cases(case, only=only)
    found = [law.explain(facts) for facts in cases.values()]
    if json:
        documents = [each.to_dict() for each in found]
        print_json({"agreement": law.title, "cases": documents})
        return
    for place, each in enumerate(found):
        if place:
            say()
        _say_all(each.lines(everything=everything))


def prove(
    agreement: AgreementArgument,
    never: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="Prove it false in every case; may be repeated."),
    ] = None,
    always: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="Prove it true in every case; may be repeated."),
    ] = None,
    timeout: Timeout = 10.0,
    today: Today = None,
    check: CheckOption = False,
    json: AsJson = False,
) -> None:
    """Prove who can be eligible, which rules conflict and which are idle, or show a case."""
    with _problems_as_json(json):
        law = sj.agreement(agreement, today=today)
        proof = law.prove(never=never or (), always=always or (), seconds=timeout)
    if json:
        print_json({"agreement": law.title, **proof.to_dict()})
    else:
        _say_all(proof.lines())
    if check and not proof.holds:
        raise typer.Exit(NOT_SO)


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Agreement file or library name.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Agreement file or library name.")],
    timeout: Timeout = 10.0,
    today: Today = None,
    check: CheckOption = False,
    json: AsJson = False,
) -> None:
    """Show the cases that only one of two agreements accepts, and the rule responsible."""
    with _problems_as_json(json):
        first, second = (sj.agreement(place, today=today) for place in (old, new))
        found = first.diff(second, seconds=timeout)
    if json:
        print_json({"old": first.title, "new": second.title, **found.to_dict()})
    else:
        _say_all(found.lines())
    if check and found.equal is not True:
        raise typer.Exit(NOT_SO)


def _say_all(lines: Iterator[str]) -> None:
    for line in lines:
        say(line)


def _problems_as_json(json: bool) -> AbstractContextManager[None]:
    """Inside this context, problems go to stdout as JSON if JSON is wanted."""
    from contextlib import contextmanager

    @contextmanager
    def telling() -> Iterator[None]:
        try:
            yield
        except sj.SojournError as error:
            if not json:
                raise
            print_json({"ok": False, "problems": [as_json(item) for item in error.problems]})
            raise typer.Exit(2) from error

    return telling()
