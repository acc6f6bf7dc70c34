"""The uncertain inputs of a finished run and its measures, draw by draw."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.arrays import Floats, Ints
from sojourn.errors import Problem, ResultsError
from sojourn.results.run_folder.folder import RunFolder
from sojourn.results.summary import summary
from sojourn.results.views import quoted
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model.measures import Measure
from sojourn.study.model.study import Scenario, StudyModel
from sojourn.uncertainty.decided_on import MOVES_NOBODY
from sojourn.uncertainty.uncertain_quantities import walk


@dataclass(frozen=True, slots=True)
class DrawnInputs:
    """Uncertain inputs that differ between draws."""

    paths: tuple[str, ...]
    units: tuple[str, ...]
    draws: Ints
    """Numbers of the draws, in order."""
    values: Floats
    """[draw, input]"""


@dataclass(frozen=True, slots=True)
class DrawnMeasure:
    """A number in each draw, the mean of its replicates."""

    values: Floats
    """[draw]; NaN where no replicate has it."""
    chance: float
    """Share of its variance between draws that is chance; NaN where that is not known."""


def inputs_of(run: RunFolder, paths: Collection[str] | None = None) -> DrawnInputs:
    """The uncertain inputs with these paths, by default all, but for those that never differ."""
    table = run.table("draws")
    names = table["path"].combine_chunks().dictionary_encode()
    known = names.dictionary.to_pylist()
    draws, row = np.unique(table["draw"].to_numpy(), return_inverse=True)
    values = np.full((len(draws), len(known)), np.nan)
    values[row, names.indices.to_numpy()] = table["value"].to_numpy()
    units = dict(zip(table["path"].to_pylist(), table["unit"].to_pylist(), strict=True))
    kept = [
        place
        for place, path in enumerate(known)
        if (paths is None or path in paths) and np.isfinite(values[:, place]).all()
        and np.ptp(values[:, place]) > 0
    ]  # fmt: skip
    found = tuple(known[place] for place in kept)
    return DrawnInputs(
        found, tuple(units[path] or "" for path in found), draws.astype(np.int64), values[:, kept]
    )


def given_values(run: RunFolder) -> dict[str, Floats]:
    """The values of numbers that the caller of the run gave, by path [draw]."""
    given = set(run.record["given"]["paths"])
    if not given:
        return {}
    found = inputs_by_path(run)
    return {path: found[path] for path in given}


def inputs_by_path(run: RunFolder) -> dict[str, Floats]:
    """Every value of the table `draws`, by path, in the order of draws."""
    table = run.table("draws").sort_by("draw")
    paths, values = np.array(table["path"].to_pylist()), table["value"].to_numpy()
    return {str(path): values[paths == path] for path in np.unique(paths)}


def measured(
    run: RunFolder, measure: str, scenario: str, against: str | None = None
) -> DrawnMeasure:
    """A measure of a scenario in each draw; less that of another one, by draw and replicate.

    Raises ResultsError for an unknown scenario or measure.
    """
    for name in (scenario, against):
        if name is not None:
            run.known(name)
    own = run.study.scenarios[scenario].measures
    if measure not in own:
        fix = did_you_mean(measure, list(own))
        raise ResultsError(Problem(f"there is no measure `{measure}` here", fix))
    rows = f"select draw, replicate, value from measures where measure = {quoted(measure)}"
    text = f"{rows} and scenario = {quoted(scenario)}"
    if against is not None:
        other = f"{rows} and scenario = {quoted(against)}"
        text = (
            f"select draw, replicate, a.value - b.value as value from ({text}) a "
            f"join ({other}) b using (draw, replicate)"
        )
    found = run.sql(f"select draw, avg(value) as value from ({text}) group by draw order by draw")
    values = found["value"].to_numpy().astype(np.float64)
    spread = summary(run, "measures", where={"measure": measure}, against=against, only=scenario)
    deviation = spread["simulation"].to_pylist()[:1] or [None]
    return DrawnMeasure(values, chance_of(values, deviation[0], int(run.record["replicates"])))


def averaged(measures: pa.Table, scenario: str, measure: str) -> Floats:
    """A measure of a scenario in the table `measures`, the mean of its replicates [draw]."""
    own = pc.and_(
        pc.equal(measures["scenario"].cast(pa.string()), scenario),
        pc.equal(measures["measure"].cast(pa.string()), measure),
    )
    found = measures.filter(own).group_by("draw").aggregate([("value", "mean")]).sort_by("draw")
    return np.asarray(found["value_mean"].to_numpy(), dtype=np.float64)


def chance_of(values: Floats, deviation: float | None, replicates: int) -> float:
    """Share of the variance of the draws' means [draw] that is chance.

    `deviation` is that of a single history by chance; None where it is not known.
    """
    variance = float(np.nanvar(values, ddof=1)) if np.isfinite(values).sum() > 1 else 0.0
    if deviation is None or variance == 0.0:
        return float("nan")
    return min(deviation**2 / replicates / variance, 1.0)


def first_variant(run: RunFolder) -> str:
    """The first scenario that is not the baseline; the baseline of a study with no other."""
    return run.scenarios[min(1, len(run.scenarios) - 1)]


def paths_behind(study: StudyModel, scenarios: Iterable[str], *measures: str) -> set[str]:
    """Paths of the uncertain numbers on which measures of these scenarios can depend.

    Without a measure: those on which a number of people can depend.
    """
    found: set[str] = set()
    for name in scenarios_behind(study, dict.fromkeys(scenarios, measures)):
        scenario = study.scenarios[name]
        found |= _uncertain(part for key, part in scenario if key not in MOVES_NOBODY)
        for each in with_parts(scenario, *measures).values():
            if each.kind == "money":
                found |= _uncertain([scenario.money])
            if each.quantity is not None:
                found |= _uncertain([each.quantity])
    return found


def scenarios_behind(study: StudyModel, wanted: Mapping[str, Sequence[str]]) -> list[str]:
    """The scenarios of measures, and all that these are taken from."""
    found = list(wanted)
    for name in found:
        measures = wanted.get(name) or [one for names in wanted.values() for one in names]
        for each in with_parts(study.scenarios[name], *measures).values():
            if each.scenario in study.scenarios and each.scenario not in found:
                found.append(each.scenario)  # the loop goes on with it
    return found


def with_parts(scenario: Scenario, *measures: str) -> dict[str, Measure]:
    """Measures and all that they are combined from, by name."""
    found: dict[str, Measure] = {}
    waiting = list(measures)
    while waiting:
        name = waiting.pop()
        if name in scenario.measures and name not in found:
            found[name] = scenario.measures[name]
            waiting += found[name].measures
    return found


def _uncertain(parts: Iterable[object]) -> set[str]:
    return {quantity.path for part in parts for quantity in walk(part) if quantity.uncertain}
