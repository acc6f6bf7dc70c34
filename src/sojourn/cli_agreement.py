"""The commands for an agreement alone: one case, proofs, and two drafts.

What is heavy is imported by the command that needs it, as in `cli`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sojourn.errors import Problem, SojournError, install
from sojourn.terminal import as_json, print_json, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from datetime import date

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Agreement = Annotated[
    str, typer.Argument(metavar="FILE", help="Agreement file, or its name in the library.")
]
Today = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Fix the date of decision, in place of each case's own."),
]
Timeout = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="Time for all proofs together.")
]
Check = Annotated[bool, typer.Option("--check", help="Exit with 3 where the answer is not a yes.")]
NOT_SO = 3
"""Exit status of `--check` where something is not as it should be."""


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
            "--agreement", metavar="FILE", help="Agreement file, or its name in the library."
        ),
    ],
    only: Annotated[
        str | None,
        typer.Option("--case", metavar="NAME", help="This case of a file of several alone."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every part of every rule, with its value.")
    ] = False,
    today: Today = None,
    json: AsJson = False,
) -> None:
    """Say why a case is eligible, barred or referred, and what would change that."""
    from sojourn.rules.agreement import read_agreement
    from sojourn.rules.casefile import read_cases
    from sojourn.rules.explain import explain as explain_case
    from sojourn.rules.explain_text import explanation_json, explanation_lines

    with _problems_as_json(json):
        read = read_agreement(agreement, today=_date(today))
        cases = read_cases(case, read.facts, only)
    found = {
        name: explain_case(read.rules, read.facts, row, read.terms) for name, row in cases.items()
    }
    if json:
        documents = [explanation_json(name, found[name], row) for name, row in cases.items()]
        print_json({"agreement": read.title, "cases": documents})
        return
    for place, (name, row) in enumerate(cases.items()):
        if place:
            say()
        _say_all(explanation_lines(name, found[name], row, read.facts, everything))


def prove(
    agreement: Agreement,
    never: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="Prove it true of no case; may be repeated."),
    ] = None,
    always: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="Prove it true of every case; may be repeated."),
    ] = None,
    timeout: Timeout = 10.0,
    today: Today = None,
    check: Check = False,
    json: AsJson = False,
) -> None:
    """Prove who can be eligible, which rules conflict and which are idle, or show a case."""
    from sojourn.rules.agreement import read_agreement

    with _problems_as_json(json):
        read = read_agreement(agreement, today=_date(today))
        _needs_proofs()
        from sojourn.rules.problem import read_question
        from sojourn.rules.proof_text import proof_json, proof_lines
        from sojourn.rules.prove import prove as prove_agreement

        asked = {
            option: [read_question(text, option, read) for text in texts or ()]
            for option, texts in (("--never", never), ("--always", always))
        }
    proof = prove_agreement(
        read.rules, read.facts, never=asked["--never"], always=asked["--always"], seconds=timeout
    )
    if json:
        print_json({"agreement": read.title, **proof_json(proof)})
    else:
        _say_all(proof_lines(proof, read.rules, read.facts))
    answers = [proof.possible.answer, *(each.answer for each in proof.asked)]
    if check and any(answer != "yes" for answer in answers):
        raise typer.Exit(NOT_SO)


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Agreement file or library name.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Agreement file or library name.")],
    timeout: Timeout = 10.0,
    today: Today = None,
    check: Check = False,
    json: AsJson = False,
) -> None:
    """Show whom one agreement takes and the other does not, and by which rule."""
    from sojourn.rules.agreement import read_agreement

    with _problems_as_json(json):
        first, second = (read_agreement(place, today=_date(today)) for place in (old, new))
        _needs_proofs()
        from sojourn.rules.difference import Draft, compare
        from sojourn.rules.proof_text import difference_json, difference_lines

        found = compare(
            Draft(first.rules, first.facts), Draft(second.rules, second.facts), seconds=timeout
        )
    if json:
        print_json({"old": first.title, "new": second.title, **difference_json(found)})
    else:
        _say_all(difference_lines(found, {**first.facts, **second.facts}))
    if check and found.equal is not True:
        raise typer.Exit(NOT_SO)


def _needs_proofs() -> None:
    """Refuse in words where Z3 is missing: it comes with Sojourn, but not with every old clone."""
    from importlib.util import find_spec

    if find_spec("z3") is None:
        what = "proofs need the Z3 solver, which is not installed here"
        raise SojournError(Problem(what, install("z3-solver>=4.13")))


def _date(text: str | None) -> date | None:
    from sojourn.study.values import WordsError, read_date

    if text is None:
        return None
    try:
        return read_date(text)
    except WordsError as error:
        raise SojournError(Problem(f"--today: {error.what}", error.fix)) from error


def _say_all(lines: Iterator[str]) -> None:
    for line in lines:
        say(line)


def _problems_as_json(json: bool) -> AbstractContextManager[None]:
    """Within, problems are told on stdout if JSON is wanted."""
    from contextlib import contextmanager

    @contextmanager
    def telling() -> Iterator[None]:
        try:
            yield
        except SojournError as error:
            if not json:
                raise
            print_json({"ok": False, "problems": [as_json(item) for item in error.problems]})
            raise typer.Exit(2) from error

    return telling()
