"""The command that runs one study under many settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import sojourn as sj
from sojourn.cli import arguments
from sojourn.cli.endings import resumable
from sojourn.cli.output import (
    NOT_TOLD,
    SPREAD_SHOWN,
    inputs_not_told,
    print_json,
    print_rows,
    say,
    spread_rounded,
)

if TYPE_CHECKING:
    from sojourn.api.sweep import Sweep

EXAMPLE = "facilities.east.capacity=200 people..600 people/5"


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        epilog="Examples:\n\n"
        "sojourn sweep trial --vary 'facilities.prison.capacity=8000 people..12000 people/5'\n\n"
        "sojourn sweep trial --vary 'money.payments.custody.amount=90 USD; 100 USD; 110 USD' "
        "--measure cost\n\n"
        "sojourn sweep trial --settings settings.csv --on tcp://scheduler:8786 --out shared/sweep"
    )(sweep)
    app.command(
        epilog="Example: sojourn frontier sweeps/trial --least cost "
        "--keep 'in_prison_at_end <= 10000' --chance 0.05"
    )(frontier)


def sweep(
    study: arguments.StudyFolder,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=VALUES",
            help="Values of a path, with semicolons between them; or FIRST..LAST/N for N of them, "
            "evenly spaced. Repeated, every combination is run.",
        ),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV: a column for each path, a row for each setting."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Folder for the sweep, or an address of fsspec such as s3://bucket/sweep. "
            "Default: sweeps/NAME-OF-STUDY.",
        ),
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Print this measure only; may be repeated."),
    ] = None,
    draws: arguments.Draws = None,
    seed: arguments.Seed = None,
    replicates: arguments.Replicates = None,
    scenario: arguments.Scenarios = None,
    expected: Annotated[
        bool, typer.Option("--expected", help="Exact means instead of histories.")
    ] = False,
    threads: arguments.Threads = None,
    on: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Workers of Dask: tcp://HOST:PORT, or local:4 for four processes of this machine.",
        ),
    ] = None,
    progress: arguments.ShowProgress = None,
    json: arguments.AsJson = False,
) -> None:
    """Run a study under many settings, each with the same draws and random numbers.

    Finished runs are kept: a stopped sweep goes on, one with more values runs the new ones only,
    and a setting that differs in a price is not simulated again. A mean is known to ± both errors
    (95 %): by uncertain inputs, and by chance.
    """
    with resumable("finished runs", json=json):
        done = sj.sweep(
            study,
            arguments.by_path(vary, "--vary", EXAMPLE) if vary else None,
            settings=settings,
            draws=draws,
            seed=seed,
            replicates=replicates,
            scenarios=scenario or (),
            expected=expected,
            measures=measure or (),
            out=out or arguments.default_out("sweeps", study),
            threads=threads,
            on=on,
            progress=progress,
        )
    _print(done, measure or [], json)


def _print(done: Sweep, measures: list[str], json: bool) -> None:
    summary = done.summary(*measures)
    if json:
        print_json({"ok": True, "sweep": done.kept, **done.record,
                    "summary": summary.to_dicts()})  # fmt: skip
        return
    for row in done.settings:
        number = row.pop("setting")
        say(f"setting {number}: " + ", ".join(f"{path} = {row[path]}" for path in row if row[path]))
    keys = ("setting", "scenario", "measure")
    uncertain = any(row["error_parameters"] for row in summary)
    rows = [
        (*(row[key] for key in keys), *spread_rounded(row, uncertain=uncertain), row["unit"])
        for row in summary
    ]
    print_rows([*keys, *SPREAD_SHOWN, "unit"], rows, whole=1)
    if any(inputs_not_told(row, uncertain=uncertain) for row in summary):
        say(NOT_TOLD)
    say(f"sweep: {done.kept}")


def frontier(
    folder: Annotated[
        str, typer.Argument(metavar="SWEEP", help="Folder or address that `sojourn sweep` wrote.")
    ],
    keep: Annotated[
        str, typer.Option(metavar="LIMIT", help="As 'queue_at_end <= 500' or 'served >= 0.9'.")
    ],
    least: Annotated[
        str | None, typer.Option(metavar="NAME", help="The measure whose mean is to be least.")
    ] = None,
    greatest: Annotated[
        str | None, typer.Option(metavar="NAME", help="The measure whose mean is to be greatest.")
    ] = None,
    chance: Annotated[
        float, typer.Option(min=0, max=1, help="Share of histories that may break the limit.")
    ] = 0.05,
    scenario: Annotated[
        str | None, typer.Option(metavar="NAME", help="Default: the last of the study.")
    ] = None,
    json: arguments.AsJson = False,
) -> None:
    """Find the best settings of a sweep under a limit, and say how sure they are.

    A setting is on the frontier if no other is as good in both the objective and the share of
    histories that break the limit. `best` is how often it comes out first when draws are resampled.
    """
    if (least is None) == (greatest is None):
        raise sj.SojournError(sj.Problem("one of --least and --greatest is needed"))
    found = sj.open_sweep(folder).frontier(
        least or greatest or "",
        keep,
        wants="least" if least else "greatest",
        chance=chance,
        scenario=scenario,
    )
    if json:
        print_json(found.to_dicts())
        return
    names = ("setting", "mean", "error", "broken", "95 % between", "allowed", "frontier", "best")
    print_rows(
        names,
        [
            (
                row["setting"], row["mean"], row["error"], f"{row['broken']:.1%}",
                f"{row['broken_low']:.1%} to {row['broken_high']:.1%}",
                "yes" if row["allowed"] else "no", "yes" if row["frontier"] else "no",
                f"{row['best']:.0%}",
            )
            for row in found
        ],
        whole=1,
    )  # fmt: skip
