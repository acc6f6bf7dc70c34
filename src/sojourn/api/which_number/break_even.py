"""The value of a number at which two things are equal: break-even of a finished run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from sojourn.api.progress import watching
from sojourn.api.tables import Table, from_rows
from sojourn.api.which_number.remade import Remade, refuse_unknown
from sojourn.errors import Problem, SojournError
from sojourn.study.units import WordsError, one_unit, read_words

if TYPE_CHECKING:
    from sojourn.api.progress import Progress
    from sojourn.arrays import Floats
    from sojourn.results.run_folder.folder import RunFolder
    from sojourn.run.histories import Watch
    from sojourn.study.model.values import Quantity

_NUMBER, _TEXT = pa.float64(), pa.string()
_BREAK_EVEN = {
    "input": _TEXT, "value": _NUMBER, "unit": _TEXT, "error": _NUMBER, "p5": _NUMBER,
    "p50": _NUMBER, "p95": _NUMBER, "draws": _NUMBER, "low": _NUMBER, "high": _NUMBER,
    "at_low": _NUMBER, "at_high": _NUMBER,
}  # fmt: skip
_PART_BY_RUNS = 1e-2
"""A crossing is found to this part of the range where each step of the search is a run."""


class _Along(NamedTuple):
    """Another number, and the values that it takes in turn; a name of "" stands for none."""

    path: str
    values: tuple[float, ...]


def break_even(
    run: RunFolder, path: str, measure: str, equals: str | float | None, against: str | None,
    scenario: str | None, between: Sequence[str | float] | None,
    along: Mapping[str, str | Sequence[str | float]] | None, progress: Progress,
) -> Table:  # fmt: skip
    """As `Run.break_even`."""
    from sojourn.analysis.break_even import break_even as crossing
    from sojourn.analysis.draws_of_run import first_variant, scenarios_behind
    from sojourn.analysis.information import PRICE_PART
    from sojourn.uncertainty.decided_on import moves_people

    scenario = scenario or first_variant(run)
    for name in (scenario, against):
        if name is not None:
            run.known(name)
    measures = run.study.scenarios[scenario].measures
    refuse_unknown(measure, measures, "measure")
    if (equals is None) == (against is None):
        what = "break-even is with one thing: a number, a measure, or another scenario"
        raise SojournError(Problem(what, "give `equals` or `against`"))
    number = _number_at(run, path, scenario)
    other = _along(run, along, scenario)
    wanted = {scenario: [measure]}
    other_mark = (scenario, equals) if isinstance(equals, str) and equals in measures else None
    if against is not None:
        other_mark = (against, measure)
    if other_mark is not None:
        wanted.setdefault(other_mark[0], []).append(other_mark[1])
        fixed = 0.0
    else:
        fixed = _in_unit(equals, measures[measure].unit, measure)
    behind = scenarios_behind(run.study, wanted)
    simulated = moves_people(run.study, behind, path)
    run_each = bool(other.path) and not simulated and moves_people(run.study, behind, other.path)
    low, high = _ends(number, between, simulated=simulated)
    within = (high - low) * (_PART_BY_RUNS if simulated else PRICE_PART)
    rows = []
    with watching(progress) as watch:
        remade_along = _remade_along(run, path, other, wanted, watch, run_each=run_each)
        for value, (remade, fixed_too) in zip(other.values, remade_along, strict=True):

            def gap(
                own: Floats, remade: Remade = remade, fixed_too: Mapping[str, Floats] = fixed_too
            ) -> Floats:
                values = {path: own, **fixed_too}
                mark = remade.of(values, *other_mark) if other_mark else fixed
                return np.asarray(remade.of(values, scenario, measure) - mark)

            found = crossing(gap, len(run.draws), low, high, within=within)
            known = found.by_draw[np.isfinite(found.by_draw)]
            p5, p50, p95 = np.quantile(known, [0.05, 0.5, 0.95]) if len(known) else [None] * 3
            rows.append(
                {
                    "along": value, "input": path, "value": _or_none(found.of_mean),
                    "unit": number.unit, "error": _or_none(found.error), "p5": p5, "p50": p50,
                    "p95": p95, "draws": found.crossing, "low": low, "high": high,
                    "at_low": _or_none(found.at_low), "at_high": _or_none(found.at_high),
                }
            )  # fmt: skip
    schema = {**({"along": _NUMBER} if other.path else {}), **_BREAK_EVEN}
    mark_told = f"that of “{against}”" if against else str(equals)
    how = "by runs of its own" if simulated else "without simulation"
    about = f"{path} where {measure} under “{scenario}” equals {mark_told}, found {how}"
    if other.path:
        about += f"; along {other.path}" + (", each value of which is run" if run_each else "")
    return from_rows("break-even", [{k: row[k] for k in schema} for row in rows], schema, about)


def _remade_along(
    run: RunFolder, path: str, other: _Along, wanted: Mapping[str, Sequence[str]], watch: Watch,
    *, run_each: bool,
) -> Iterator[tuple[Remade, Mapping[str, Floats]]]:  # fmt: skip
    """For each value of the other number: what gives measures, and what must be set there too.

    With `run_each` the run is done again once for each value, and that run is repriced.
    """
    from sojourn.analysis.draws_of_run import given_values, scenarios_behind
    from sojourn.run.again import Again

    fixed = [
        {other.path: np.full(len(run.draws), value)} if other.path else {} for value in other.values
    ]
    if run_each:
        behind = scenarios_behind(run.study, wanted)
        again = Again(run, [other.path], behind, given_values(run), watch=watch)
        for values in fixed:
            with again.run(values) as settled:
                yield Remade(settled, [path], wanted, watch), {}
    else:
        remade = Remade(run, [path, other.path] if other.path else [path], wanted, watch)
        yield from ((remade, values) for values in fixed)


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _number_at(run: RunFolder, path: str, scenario: str) -> Quantity:
    """The number of a scenario at a path, which need not be uncertain."""
    from sojourn.uncertainty.uncertain_quantities import walk

    numbers = {number.path: number for number in walk(run.study.scenarios[scenario])}
    refuse_unknown(path, numbers, "number")
    return numbers[path]


def _along(
    run: RunFolder, along: Mapping[str, str | Sequence[str | float]] | None, scenario: str
) -> _Along:
    if not along:
        return _Along("", (0.0,))
    if len(along) > 1:
        raise SojournError(Problem("`along` takes one number", "write along={PATH: [a, b, c]}"))
    from sojourn.sweeps.settings import read_values

    ((path, given),) = along.items()
    values = read_values(given) if isinstance(given, str) else given
    unit = _number_at(run, path, scenario).unit
    return _Along(path, tuple(_in_unit(value, unit, path) for value in values))


def _ends(
    number: Quantity, between: Sequence[str | float] | None, *, simulated: bool
) -> tuple[float, float]:
    """The range that is searched; of a price, by default from 0 to ten times its value."""
    from sojourn.analysis.information import price_reach

    if between is not None:
        if len(between) != 2:
            raise SojournError(Problem("`between` is a pair", "write between=(low, high)"))
        low, high = (_in_unit(value, number.unit, number.path) for value in between)
    elif number.low is not None and number.high is not None and simulated:
        low, high = number.low, number.high
    elif number.unit == "share":
        low, high = 0.0, 1.0
    elif simulated:
        what = "where to look is not said, and each value needs a run of its own"
        raise SojournError(Problem(what, "give `between`, two values of it", path=number.path))
    else:
        low, high = 0.0, price_reach(number)
    if not low < high:
        raise SojournError(Problem(f"{low:g} is not below {high:g}", "give the lower end first"))
    return low, high


def _in_unit(value: str | float | None, unit: str, what: str) -> float:
    """A number, or a text with its unit, as a number in the unit."""
    if isinstance(value, int | float):
        return float(value)
    try:
        found, own = read_words(str(value), frozenset({unit, *unit.split(" per ")} - {""}))
    except WordsError as error:
        fix = f"write a number in {unit}, or the name of a measure" if unit else error.fix
        raise SojournError(Problem(error.what, fix, path=what)) from error
    if unit and one_unit(own) != one_unit(unit):
        wrong = f"`{value}` is not in {unit}" if own else f"`{value}` has no unit"
        fix = f"write it in {'percent, as `50 %`' if unit == 'share' else unit}"
        raise SojournError(Problem(wrong, fix, path=what))
    return found
