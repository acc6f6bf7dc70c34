"""A study's inputs as tables, and values that the caller gives instead of drawn ones."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sojourn.api.tables import Table, columns_of, from_rows
from sojourn.errors import Problem, SojournError
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model.values import Quantity
from sojourn.study.units import DAYS, SHARE, WordsError, read_words
from sojourn.uncertainty.given import with_given
from sojourn.uncertainty.uncertain_quantities import walk

if TYPE_CHECKING:
    from sojourn.api.study import Study
    from sojourn.run.check import Checked
    from sojourn.study.files.yaml import Node
    from sojourn.study.model.study import StudyModel

_TRIAL = re.compile(r"\.(between\.[12]|best)$")
"""Endings that the trial study adds to a number's path."""
_TEXT, _NUMBER = pa.string(), pa.float64()
_PARAMETERS = {
    "path": _TEXT, "value": _NUMBER, "low": _NUMBER, "high": _NUMBER, "shape": _TEXT,
    "unit": _TEXT, "source": _TEXT, "confidence": _TEXT, "note": _TEXT, "scenarios": _TEXT,
}  # fmt: skip
_SCENARIOS = {"scenario": _TEXT, "baseline": pa.bool_(), "path": _TEXT, "value": _TEXT}


def scenarios_table(study: StudyModel) -> Table:
    """One row for each change that a scenario makes."""
    rows = []
    for name, scenario in study.scenarios.items():
        head = {"scenario": name, "baseline": name == study.baseline}
        rows += [
            {**head, "path": path, "value": str(value)}
            for path, value in scenario.overrides.items()
        ] or [head]
    return from_rows("scenarios", rows, _SCENARIOS)


def parameters_table(study: StudyModel) -> Table:
    """One row for each number of the study; a scenario's own number has a row of its own."""
    from sojourn.report.study_inputs import quantities_of

    rows = [
        {
            "path": found.path,
            **{name: getattr(found.quantity, name)
               for name in ("value", "low", "high", "shape", "unit", "confidence", "note")},
            "source": found.quantity.source or found.quantity.cite,
            "scenarios": ", ".join(found.scenarios),
        }
        for found in quantities_of(study)
    ]  # fmt: skip
    rows.sort(key=lambda row: row["shape"] == "certain")
    return from_rows("parameters", rows, _PARAMETERS)


_TIME = re.compile(r"\d\s*(" + "|".join(DAYS) + r")s?\b")
_ASIDE = frozenset({"note", "source", "label", "confidence"})


def time_unit_written(tree: Node, path: str) -> str | None:
    """The unit of time in which the number at an address of the study is written, as `month`."""
    node: Node | None = tree
    for key in path.split("."):
        node = (node.items or {}).get(key) if node is not None else None
    waiting = [] if node is None else [node]
    while waiting:
        each = waiting.pop(0)
        if found := _TIME.search(each.text or ""):
            return found[1]
        waiting += each.parts or ()
        waiting += [part for key, part in (each.items or {}).items() if key not in _ASIDE]
    return None


def share_of(events: str | float) -> float:
    """A share of people as a number, or in words as `1%`. Raises SojournError."""
    try:
        value, unit = (events, "share") if not isinstance(events, str) else read_words(events)
        SHARE.check(value, unit, str(events))
    except WordsError as error:
        raise SojournError(Problem(f"--events: {error.what}", error.fix)) from error
    return value


def given_values(
    study: Study, checked: Checked, parameters: object, draws: int | None
) -> tuple[Checked, dict[str, tuple[float, ...]], int]:
    """The study with its given numbers marked, their values by path, and the number of draws.

    Raises SojournError for a column that names no number, for a value that the study could not
    hold there, and if there are fewer rows than draws. Of more rows, the first are used.
    """
    from sojourn.run.people_and_rules import all_inputs

    columns = _columns(parameters)
    rows = len(next(iter(columns.values()), ()))
    if not rows:
        raise SojournError(Problem("`parameters` has no rows", "give a row for each draw"))
    if draws is not None and draws > rows:
        what = f"`parameters` has {rows} rows, fewer than the {draws} draws asked for"
        raise SojournError(Problem(what, f"ask for {rows} draws or fewer: the first rows are used"))
    if draws is not None:
        columns, rows = {name: column[:draws] for name, column in columns.items()}, draws
    numbers: dict[str, list[tuple[str, Quantity]]] = {}
    for name, scenario in checked.study.scenarios.items():
        for quantity in walk(scenario):
            numbers.setdefault(quantity.path, []).append((name, quantity))
    given = _by_path(columns, numbers)
    marked, found = with_given(checked.study, given)
    problems = [
        Problem("every scenario sets it to one certain value", "change it there", path=path)
        for path in given
        if path not in found
    ]
    if problems:
        raise SojournError(*problems)
    _refuse_impossible(study, marked, given)
    return replace(checked, study=marked, inputs=all_inputs(marked)), given, rows


def _columns(parameters: object) -> dict[str, Any]:
    """The columns of a table, or of a file that holds one."""
    if not isinstance(parameters, str | Path):
        return columns_of(parameters)
    from sojourn.study.words.file_tables import read_sheet

    sheet = read_sheet(Path(parameters))
    rows = [cells for _, cells in sheet.rows]
    return {name: [row[place] for row in rows] for place, name in enumerate(sheet.header)}


def _by_path(
    columns: dict[str, Any], numbers: dict[str, list[tuple[str, Quantity]]]
) -> dict[str, tuple[float, ...]]:
    given: dict[str, tuple[float, ...]] = {}
    problems = []
    for name, values in columns.items():
        path = name if name in numbers else f"parameters.{name}"
        if path not in numbers:
            fix = did_you_mean(name, [*numbers, *(p.removeprefix("parameters.") for p in numbers)])
            problems.append(Problem(f"the study has no number `{name}`", fix, path="parameters="))
        elif path in given:
            problems.append(Problem(f"two columns give `{path}`", path="parameters="))
        elif not all(_is_number(value) for value in values):
            what = f"the column `{name}` holds something other than finite numbers"
            fix = f"give numbers in its unit, {numbers[path][0][1].unit or 'a bare number'}"
            problems.append(Problem(what, fix, path="parameters="))
        else:
            given[path] = tuple(float(value) for value in values)
    if problems:
        raise SojournError(*problems)
    return given


def _is_number(value: object) -> bool:
    try:
        return math.isfinite(float(value))  # type: ignore[arg-type]  # what is none is refused
    except (TypeError, ValueError):
        return False


def _refuse_impossible(
    study: Study, marked: StudyModel, given: dict[str, tuple[float, ...]]
) -> None:
    """Refuse values that the study could not hold, by reading a trial study that has them."""
    ranges: dict[str, dict[str, object]] = {}
    written = study.scenario_names
    for name, scenario in marked.scenarios.items():
        for quantity in walk(scenario):
            if quantity.shape == "given":
                best = quantity.value
                low, high = min(*given[quantity.path], best), max(*given[quantity.path], best)
                head = f"scenarios.{name}." if name in written else ""
                if low < high:
                    ranges[head + quantity.path] = {
                        "between": [_words(low, quantity.unit), _words(high, quantity.unit)],
                        "best": _words(best, quantity.unit),
                    }
    try:
        study.change(ranges)
    except SojournError as error:
        told = (replace(each, path=_TRIAL.sub("", each.path)) for each in error.problems)
        raise SojournError(*dict.fromkeys(told)) from error


def _words(value: float, unit: str) -> str:
    """A number with its canonical unit, as a study writes it."""
    if unit.split(" ", maxsplit=1)[0] == "share":
        return f"{value * 100!r} %{unit.removeprefix('share')}"
    return f"{value!r} {unit}".strip()
