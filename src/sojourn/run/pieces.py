"""Joins runs of consecutive draws of one study; the result equals a single run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from sojourn.errors import Problem, ResultsError
from sojourn.results.run_folder.folder import STUDY, RunFolder, read_run
from sojourn.run.check import Checked
from sojourn.run.histories import Watch, look_away
from sojourn.run.people_and_rules import all_inputs
from sojourn.run.run import EXPECTED, Options, SettledRun
from sojourn.study.checks.quotes import QuoteCheck
from sojourn.study.model.study import StudyModel


def merge_runs(folders: Sequence[Path], *, out: Path, watch: Watch = look_away) -> Path:
    """Put runs of neighbouring draws of one study together, into the folder `out`.

    Every table is then that of the run done at once, row for row. Raises `ResultsError` where the
    runs are not pieces of one run, or draws are missing or there twice.
    """
    if not folders:
        raise ResultsError(Problem("there are no runs to merge", "give at least one"))
    first, *others = runs = sorted(map(read_run, folders), key=lambda run: run.draws.start)
    study_json = (first.path / STUDY).read_text(encoding="utf-8")
    for run in others:
        same = (run.path / STUDY).read_text(encoding="utf-8") == study_json
        if not same or any(run.record[key] != first.record[key] for key in _SHARED):
            _refuse_piece("these are not pieces of one run", run, "merge runs of the same study, "
                          "seed, replicates, scenarios and version")  # fmt: skip
    for run, after in pairwise(runs):
        if run.draws.stop != after.draws.start:
            what = "missing" if run.draws.stop < after.draws.start else "there twice"
            span = sorted((run.draws.stop, after.draws.start))
            _refuse_piece(f"draws {span[0]} to {span[1] - 1} are {what}", after,
                          "merge neighbouring draws")  # fmt: skip
    return _merged(runs, study_json, out, watch)


def _merged(runs: Sequence[RunFolder], study_json: str, out: Path, watch: Watch) -> Path:
    first = runs[0]
    given: dict[str, list[float]] = {path: [] for path in first.record["given"]["paths"]}
    quotes = [QuoteCheck(**row, file="", line=0, column=0) for row in first.rows("quotes")]
    for run in runs:
        for row in run.rows("draws"):
            if row["path"] in given:
                given[row["path"]].append(row["value"])
    options = first.record["options"]
    study = StudyModel.model_validate_json(study_json)
    whole = SettledRun(
        Checked(study, tuple(quotes), all_inputs(study)),
        Options(
            seed=first.record["seed"],
            draws=runs[-1].draws.stop - first.draws.start,
            replicates=first.record["replicates"],
            events=options["events"],
            scenarios=tuple(options["scenarios"]),
            expected=first.record["solver"] == EXPECTED,
            first_draw=first.draws.start,
            given={path: tuple(values) for path, values in given.items()},
            given_in=first.record["given"].get("table", ""),
            changes=options["changes"],
        ),
        None,
        watch,
    )
    if len(whole.draws) < len(runs):
        _refuse_piece("no number is uncertain: one draw is the whole run", first, "merge nothing")
    if whole.histories != first.record["histories"]:
        _refuse_piece("it was written by another version", first, "run the pieces again")
    return whole.into(out, runs)


_SHARED = ("seed", "replicates", "scenarios", "solver", "version", "histories", "options")
"""The part of run.json that pieces of one run share."""


def _refuse_piece(what: str, run: RunFolder, fix: str) -> NoReturn:
    """Raise for a run that cannot be merged with the others."""
    raise ResultsError(Problem(what, fix, str(run.path)))
