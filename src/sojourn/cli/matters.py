"""The command that asks a finished run which number matters.

Each command imports heavy modules itself, as in `app`.
"""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Annotated, Any

import typer

import sojourn as sj
from sojourn.cli.arguments import AsJson, RunArgument, by_path
from sojourn.cli.output import print_json, print_rows, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sojourn.api.run import Run
    from sojourn.api.tables import Table

SHOWN = 12
"""Inputs that are printed, unless `--all` is given."""
_ESTIMATES = ("value", "error", "by_chance", "at_low", "at_high", "change", "p5", "p50", "p95")
"""Columns that are in the unit of the error beside them."""
ALONG = "parameters.stay=18 months; 24 months"
BASE = 256
"""Rows of either sample of `--exact`."""


def add_commands(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        epilog="Examples:\n\n"
        "sojourn matters runs/trial cost --scenario 'fewer admissions' --against 'as now'\n\n"
        "sojourn matters runs/trial cost --at money.payments.custody.amount --equals "
        "'1000000000 USD'\n\n"
        "sojourn matters runs/trial --claim 'cost < 1800000000 USD'\n\n"
        "sojourn matters runs/trial --decision 'whom to admit'"
    )(matters)


def matters(
    run: RunArgument,
    measure: Annotated[
        str | None,
        typer.Argument(
            metavar="[MEASURE]", help="What each uncertain number does to this measure."
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Default: the first that is not the baseline."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Subtract the measure under this scenario."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Break-even: at which value of this number does the measure reach what --equals "
            "or --against says?",
        ),
    ] = None,
    equals: Annotated[
        str | None,
        typer.Option(metavar="VALUE", help="A number with its unit, or another measure."),
    ] = None,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="LOW HIGH", help="Where --at is looked for, each with its unit."),
    ] = None,
    along: Annotated[
        str | None,
        typer.Option(
            metavar="PATH=VALUES",
            help="With --at: a row for each value of another number, as "
            "'parameters.stay=18 months..30 months/5'.",
        ),
    ] = None,
    claim: Annotated[
        str | None,
        typer.Option(
            metavar="CLAIM",
            help="In which ranges of inputs does this claim, or condition over measures, fail?",
        ),
    ] = None,
    holds: Annotated[
        bool, typer.Option("--holds", help="With --claim: in which ranges does it hold?")
    ] = False,
    decision: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="What is it worth to this decision to find something out before?"
        ),
    ] = None,
    exact: Annotated[
        bool,
        typer.Option(
            "--exact",
            help="By runs of its own, in place of an estimate from the run's draws; shares of the "
            "variance only if the run has exact means.",
        ),
    ] = False,
    all: Annotated[
        bool, typer.Option("--all", help="Print every input, not the first 12.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Ask a finished run which number matters.

    Of a measure: what each uncertain number does to it, in its own unit, and its share of the
    variance. With --at, --claim or --decision: break-even, the ranges in which a claim fails, or
    the value of information; without any of them, that of every decision of the study.
    """
    done = sj.open(run)
    found: dict[str, Any]
    if at is not None and measure is None:
        raise sj.SojournError(
            sj.Problem("--at asks for a measure", "write MEASURE after the folder")
        )
    if claim is not None:
        found = {"claim": claim, "ranges": done.discover(claim, scenario=scenario, fails=not holds)}
    elif at is not None and measure is not None:
        table = done.break_even(
            at, measure, equals=equals, against=against, scenario=scenario, between=between,
            along=by_path([along], "--along", ALONG) if along else None,
        )  # fmt: skip
        found = {"measure": measure, "break_even": table}
    elif measure is not None:
        found = _effects(done, measure, scenario, against, exact)
    else:
        names = [decision] if decision else _decisions(done)
        found = {name: done.value_of_information(name, exact=exact) for name in names}
    if json:
        print_json(_plain(found))
        return
    said = ""
    for name, table in found.items():
        if isinstance(table, str):
            continue
        if measure is None and claim is None:
            say(f"{name}:")
        if table.about != said:
            say(table.about)
        said = table.about
        if name == "break_even":
            say(f"at_low, at_high: {measure} less that, where the input is at low and at high")
        _print(table, None if all else SHOWN)
        if name == "break_even":
            _tell_not_found(table)


def _tell_not_found(table: Table) -> None:
    """Say of each row without a value that there is none, and what to do."""
    for row in table:
        if row["value"] is None:
            where = f"from {row['low']:,.10g} to {row['high']:,.10g} {row['unit']}".rstrip()
            along = f" along {row['along']:,.10g}" if "along" in row else ""
            flat = row["at_low"] is not None and row["at_low"] == row["at_high"]
            advice = (
                "the difference is the same at both ends" if flat
                else "look elsewhere with --between LOW HIGH"
            )  # fmt: skip
            say(f"no value {where} makes them equal on average{along}: {advice}")


def _effects(
    done: Run, measure: str, scenario: str | None, against: str | None, exact: bool
) -> dict[str, Any]:
    tornado = done.tornado(measure, scenario=scenario, against=against, exact=exact)
    rows = BASE if exact and done.record["solver"] == "expected" else 0
    shares = done.sensitivity(measure, scenario=scenario, against=against, exact=rows)
    return {"measure": measure, "tornado": tornado, "sensitivity": shares}


def _decisions(done: Run) -> Iterable[str]:
    names = done.decisions
    if not names:
        fix = "write MEASURE after the folder, or state `decisions` in the study and run it again"
        raise sj.SojournError(sj.Problem("it is not said what matters for what", fix))
    return names


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str) else {"about": value.about, "rows": value.to_dicts()}
        for name, value in found.items()
    }


def _print(table: Table, most: int | None) -> None:
    rows = [tuple(_rounded(row).values()) for row in table]
    print_rows(table.columns, rows[:most], whole=1)
    if most is not None and len(rows) > most:
        say(f"and {len(rows) - most} more, with --all")
    say()


def _rounded(row: dict[str, Any]) -> dict[str, object]:
    """The row as it is printed: an estimate has no more digits than its error lets it have."""
    error = row.get("error") or 0.0
    places = 1 - floor(log10(error)) if error else None
    return {name: _written(value, name, places) for name, value in row.items()}


def _written(value: object, name: str, places: int | None) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, float) or not isfinite(value):
        return None if isinstance(value, float) else value
    if name.startswith(("first", "total")) or name == "draws":
        return round(value, 2)
    if name in _ESTIMATES and places is not None:
        return round(value, places)
    return float(f"{value:.2g}" if name == "chance" else f"{value:.4g}")
