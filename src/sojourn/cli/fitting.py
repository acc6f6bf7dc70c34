"""The commands that list a study's history, and fit its numbers to it.

Each command imports heavy modules itself, as in `app`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import sojourn as sj
from sojourn.cli.arguments import AsJson, StudyFolder
from sojourn.cli.output import print_json, print_rows, say, stderr


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(epilog="Example: sojourn history trial")(history)
    app.command(
        epilog="Example:\n\nsojourn fit trial --out fitted\n\n"
        "sojourn run trial --parameters fitted/draws.csv"
    )(fit)


def history(
    study: StudyFolder,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the table and its picture.")
    ] = None,
    json: AsJson = False,
) -> None:
    """List what a study's history counted, and the periods that do not add up.

    A period adds up if the stock before it, plus admissions, less releases, is the stock at its
    end within 1 %.
    """
    found = sj.load(study).history
    if out is not None:
        found.write(out)
    if json:
        print_json({"counts": found.counts.to_dicts(), "problems": list(found.problems)})
        return
    rows = found.counts.to_dicts()
    if not rows:
        say("The study has no history.")
        return
    hidden = {"end", "adds_up", *(key for key in rows[0] if not any(row[key] for row in rows))}
    names = [key for key in rows[0] if key not in hidden]
    print_rows(names, [[_cell(key, row[key]) for key in names] for row in rows])
    for text in found.problems:
        say(text)
    known = sum(row["unaccounted"] is not None for row in rows)
    if not known:
        say("No period has what tells whether it adds up: stocks at both ends, and both flows.")
    elif not found.problems:
        say(f"Every period adds up ({known} of {len(rows)} have what tells it).")
    if out is not None:
        say(f"table and picture: {out}")


def _cell(key: str, value: object) -> object:
    if not isinstance(value, float):
        return value
    return f"{value:+.1%}" if key == "share" else f"{value:,.0f}"


def fit(
    study: StudyFolder,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the draws, tables and picture of the fit."),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Under which the past happened. Default: the baseline."),
    ] = None,
    draws: Annotated[int | None, typer.Option(min=1, help="Draws to keep.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the sampler.")] = None,
    evaluations: Annotated[
        int, typer.Option(min=200, help="How often the model is computed, about.")
    ] = 1000,
    json: AsJson = False,
) -> None:
    """Fit the numbers of a study that are marked `fit: yes` to the counts of its history.

    Their ranges are the prior. Counts that have an `error` are met as near as it allows.
    """
    done = sj.load(study).fit(
        scenario=scenario, draws=draws, seed=seed, evaluations=evaluations, out=out
    )
    if json:
        tables = {
            "parameters": done.parameters, "counts": done.counts, "correlation": done.correlation
        }  # fmt: skip
        print_json({**done.record, **{name: table.to_dicts() for name, table in tables.items()}})
        return
    _print_parameters(done)
    counts = done.counts.to_dicts()
    inside = sum(row["p10"] <= row["counted"] <= row["p90"] for row in counts)
    say(
        f"{inside} of {len(counts)} counts lie within the 80 % range of what would be counted; "
        f"{done.record['acceptance']:.0%} of proposals accepted"
    )
    say(f"method: {done.method}")
    for text in done.warnings:
        stderr.print(f"[bold yellow]warning:[/] {text}")
    if out is not None:
        say(f"tables: {out}")
        say(f"Next: sojourn run {study} --parameters {out / 'draws.csv'}")


def _print_parameters(done: sj.Fit) -> None:
    heads = ("number", "prior 10–90 %", "fitted 10–90 %", "median", "R-hat", "independent draws")
    rows = []
    for row in done.parameters:
        scale, unit = _unit(row["unit"], row["written_in"])
        prior, fitted = (
            f"{row[low] * scale:,.4g} – {row[high] * scale:,.4g} {unit}".strip()
            for low, high in (("prior_p10", "prior_p90"), ("p10", "p90"))
        )
        rows.append(
            [row["path"].removeprefix("parameters."), prior, fitted,
             f"{row['p50'] * scale:,.4g} {unit}".strip(), f"{row['r_hat']:.2f}",
             f"{row['effective_size']:,.0f}"]
        )  # fmt: skip
    print_rows(heads, rows, whole=1)


_IN_A_YEAR = {"day": 365.25, "week": 365.25 / 7, "month": 12.0, "year": 1.0}


def _unit(unit: str, written: str | None) -> tuple[float, str]:
    """By what a canonical value is multiplied to be read as it was written, and the unit's word."""
    if unit.startswith("share"):
        return 100.0, f"%{unit.removeprefix('share')}"
    if unit == "day":
        written = written or unit
        return _IN_A_YEAR[written] / 365.25, f"{written}s"
    return 1.0, unit
