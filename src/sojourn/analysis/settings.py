"""Options of a decision that are settings: a scenario of a finished run, with changes.

A setting that changes prices and measures alone is computed from the run's histories. One that
moves people needs a run, which the caller makes: this room must not import the one that runs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.analysis.draws_of_run import averaged, given_values, measured
from sojourn.analysis.repriced import draws_of, only_measures
from sojourn.arrays import Floats
from sojourn.errors import Problem, ResultsError
from sojourn.money.bill import bill
from sojourn.results.measures import measures_table
from sojourn.results.run_folder.folder import RunFolder
from sojourn.results.run_folder.provenance import histories_digest
from sojourn.results.views import stored
from sojourn.study.model.study import StudyModel
from sojourn.uncertainty.decided_on import MOVES_NOBODY
from sojourn.uncertainty.given import with_given

Simulated = Callable[[StudyModel, str, str], Floats]
"""Runs a scenario of a study and gives a measure of it [draw]."""

_WORDS = {"name", "about", "overrides"}


def with_settings(study: StudyModel) -> StudyModel:
    """The study with its settings among its scenarios."""
    return study.model_copy(update={"scenarios": {**study.scenarios, **study.settings}})


def repriced_as(run: RunFolder, setting: str) -> str | None:
    """The scenario from whose histories a setting can be computed; None if it moves people."""
    study, chosen = run.study, run.study.settings[setting]
    parts = {key for key, _ in chosen} - MOVES_NOBODY - _WORDS
    for name in run.scenarios:
        own = study.scenarios[name]
        if any(getattr(own, key) != getattr(chosen, key) for key in parts):
            continue
        # What bills need of histories may differ too: the days on which contracts change.
        other = _in_place(study, name, setting)
        if histories_digest(other, seed=0) == histories_digest(study, seed=0):
            return name
    return None


def option_values(run: RunFolder, option: str, measure: str, simulate: Simulated | None) -> Floats:
    """A measure of an option of a decision, a scenario or a setting [draw].

    Raises ResultsError for a setting that must be simulated if `simulate` is None.
    """
    study = run.study
    if option not in study.settings:
        return measured(run, measure, option).values
    scenario = repriced_as(run, option)
    if scenario is not None:
        return _repriced(run, _in_place(study, scenario, option), scenario, measure)
    if simulate is None:
        what = f"the setting `{option}` moves people, so that it needs a run of its own"
        fix = "ask with `sojourn matters RUN --decision NAME`, or make it a scenario"
        raise ResultsError(Problem(what, fix, path="decisions"))
    return simulate(with_settings(study), option, measure)


def _in_place(study: StudyModel, scenario: str, setting: str) -> StudyModel:
    """The study with a setting in the place of a scenario."""
    own = study.settings[setting].model_copy(update={"name": scenario})
    return study.model_copy(update={"scenarios": {**study.scenarios, scenario: own}})


def _repriced(run: RunFolder, study: StudyModel, scenario: str, measure: str) -> Floats:
    given = given_values(run)
    wanted, _ = with_given(only_measures(study, {scenario: [measure]}), given)
    draws = draws_of(run, given)
    money = run.table("money")
    kept = money.filter(pc.not_equal(money["scenario"].cast(pa.string()), scenario))
    tables = {name: file for name, file in stored(run.path).items() if name != "money"}
    bills = [kept, bill(wanted, scenario, draws, tables)]
    whole = pa.concat_tables(bills).unify_dictionaries().combine_chunks()
    table = measures_table(wanted, draws, {**tables, "money": whole})
    return np.asarray(averaged(table, scenario, measure))
