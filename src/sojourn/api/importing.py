"""Models of other tools as studies, in Python."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sojourn.api.load import load
from sojourn.api.public import public
from sojourn.api.study import Study

if TYPE_CHECKING:
    from sojourn.importing.cohort_tables import CohortModel


@public
def import_cohorts(
    transitions: str | Path,
    admissions: str | Path,
    *,
    out: str | Path,
    start: date = date(2026, 1, 1),
    step: Literal["month", "year"] = "month",
    steps: int | None = None,
    title: str | None = None,
) -> Study:
    """Write a cohort model as a study, and load it.

    People who enter a compartment in one step are a cohort; `transitions` says which share of it
    leaves for which compartment after how many steps. `Study.run(expected=True)` gives what the
    model's convolution does.

    Args:
        transitions: CSV or Parquet with the columns compartment, outflow_to, compartment_duration
            (steps) and total_population (a weight: its share of the compartment's sum leaves so).
            Optional: to_group (the group into which they pass; their stay begins anew), from_step
            and applies_to (`new` people from that step on, or `all`: from then on people leave at
            the rate of the new rows for those who have been there as long). Every other column
            tells groups apart.
        admissions: CSV or Parquet with compartment, time_step (from 0), cohort_population, and the
            same columns of groups. People who are there at the start are those of step 0.
        out: folder for the study; it must not exist.
        start: first day of step 0.
        step: what a step is.
        steps: how many are run; by default up to the last admissions.
        title: of the study; by default the name of the file.

    Raises SojournError with every place that cannot be used, and if `out` cannot be written.
    """
    from sojourn.importing.cohort_study import write_cohort_study

    model = read_model(transitions, admissions)
    folder = write_cohort_study(
        model,
        Path(out),
        title=title or Path(transitions).stem,
        start=start,
        step=step,
        steps=steps or model.last_step + 1,
    )
    return load(folder)


def read_model(transitions: str | Path, admissions: str | Path) -> CohortModel:
    """The model in two files. Raises SojournError."""
    from sojourn.importing.cohort_tables import read_cohort_model

    return read_cohort_model(Path(transitions), Path(admissions))
