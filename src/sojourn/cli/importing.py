"""The command that writes another tool's model as a study."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

import sojourn as sj
from sojourn.cli.output import counted, say


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "import",
        epilog="Example:\n\n"
        "sojourn import transitions.csv --admissions admissions.csv --out model --steps 120\n\n"
        "sojourn run model --expected",
    )(import_cohorts)


def import_cohorts(
    transitions: Annotated[
        Path, typer.Argument(metavar="TRANSITIONS", help="CSV or Parquet of outflows.")
    ],
    admissions: Annotated[
        Path, typer.Option(metavar="FILE", help="CSV or Parquet of those who come, by step.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to make for the study.")],
    start: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of step 0.")
    ] = datetime(2026, 1, 1),
    step: Annotated[Literal["month", "year"], typer.Option(help="What a step is.")] = "month",
    steps: Annotated[
        int | None, typer.Option(min=1, help="Steps to run. Default: up to the last admissions.")
    ] = None,
) -> None:
    """Write a cohort model (durations, outflow shares, admissions by step) as a study.

    TRANSITIONS has the columns `compartment`, `outflow_to`, `compartment_duration` and
    `total_population`, and may have `to_group`, `from_step` and `applies_to`; `--admissions` has
    `compartment`, `time_step` and `cohort_population`. All other columns tell groups apart.
    """
    study = sj.import_cohorts(
        transitions, admissions, out=out, start=start.date(), step=step, steps=steps
    )
    states = study.check().summary["parts"]["states"]
    say(f"{out} holds a study of {counted(states, 'compartments')}.")
    say(f"Next: sojourn run {out} --expected")
