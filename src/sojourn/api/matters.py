"""Which number matters: effects, break-even, value of information and discovery, of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from sojourn.api.progress import watching
from sojourn.api.tables import Table, from_rows
from sojourn.errors import Problem, ResultsError, SojournError
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.units import WordsError, one_unit, read_words

if TYPE_CHECKING:
    from sojourn.analysis.answers import MeasureAsked
    from sojourn.analysis.settings import Simulated
    from sojourn.api.progress import Progress
    from sojourn.arrays import Floats
    from sojourn.results.run_folder.folder import RunFolder
    from sojourn.run.again import Size
    from sojourn.run.histories import Watch
    from sojourn.study.model.study import StudyModel
    from sojourn.study.model.values import Quantity


_TEXT, _NUMBER, _FLAG = pa.string(), pa.float64(), pa.bool_()
_TORNADO = {
    "input": _TEXT, "low": _NUMBER, "high": _NUMBER, "unit": _TEXT, "at_low": _NUMBER,
    "at_high": _NUMBER, "change": _NUMBER, "error": _NUMBER, "told": _FLAG,
}  # fmt: skip
_SENSITIVITY = {
    "input": _TEXT, "first": _NUMBER, "first_low": _NUMBER, "first_high": _NUMBER,
    "total": _NUMBER, "total_low": _NUMBER, "total_high": _NUMBER, "told": _FLAG,
}  # fmt: skip
_BREAK_EVEN = {
    "input": _TEXT, "value": _NUMBER, "unit": _TEXT, "error": _NUMBER, "p5": _NUMBER,
    "p50": _NUMBER, "p95": _NUMBER, "draws": _NUMBER, "low": _NUMBER, "high": _NUMBER,
    "at_low": _NUMBER, "at_high": _NUMBER,
}  # fmt: skip
_INFORMATION = {
    "kind": _TEXT, "what": _TEXT, "value": _NUMBER, "error": _NUMBER, "by_chance": _NUMBER,
    "told": _FLAG,
}  # fmt: skip
_RANGES = {"input": _TEXT, "from": _NUMBER, "to": _NUMBER, "unit": _TEXT, "chance": _NUMBER}
_PART_BY_RUNS = 1e-2
"""A crossing is found to this part of the range where each step of the search is a run."""


def tornado(
    run: RunFolder, measure: str, scenario: str | None, against: str | None,
    exact: bool, inputs: Collection[str], progress: Progress,
) -> Table:  # fmt: skip
    """As `Run.tornado`."""
    from sojourn.analysis.answers import asked, tornado_rows

    found = asked(run, measure, scenario, against)
    known = dict(zip(found.inputs.paths, found.inputs.units, strict=True))
    for path in inputs:
        _refuse_unknown(path, known)
    rows = [row for row in tornado_rows(found) if not inputs or row["input"] in inputs]
    about = found.about
    if exact:
        rows = rows if inputs else [row for row in rows if row["told"]]
        with watching(progress) as watch:
            rows = [_exact_bar(run, found, row, watch) for row in rows]
        rows.sort(key=lambda row: -abs(row["change"]))
        about = f"{measure} under “{found.scenario}”: each bar by two runs of its own"
    return _about(from_rows("tornado", rows, _TORNADO), about)


def _exact_bar(
    run: RunFolder, found: MeasureAsked, row: dict[str, Any], watch: Watch
) -> dict[str, Any]:
    from sojourn.analysis.exact import moved

    scenarios = {name: [found.measure] for name in (found.scenario, found.against) if name}
    remade = _Remade(run, [row["input"]], scenarios, watch)

    def outcome(values: Mapping[str, Floats]) -> Floats:
        own, *others = (remade.of(values, name, found.measure) for name in scenarios)
        return own - others[0] if others else own

    bar = moved(outcome, row["input"], len(run.draws), row["low"], row["high"])
    return {
        **row, "at_low": bar.at_low, "at_high": bar.at_high, "change": bar.at_high - bar.at_low,
        "error": bar.error, "told": bar.told,
    }  # fmt: skip


def sensitivity(
    run: RunFolder, measure: str, scenario: str | None, against: str | None,
    exact: int, progress: Progress,
) -> Table:  # fmt: skip
    """As `Run.sensitivity`."""
    from sojourn.analysis.answers import asked, sensitivity_rows

    found = asked(run, measure, scenario, against)
    if not exact:
        return _about(from_rows("sensitivity", sensitivity_rows(found), _SENSITIVITY), found.about)
    with watching(progress) as watch:
        rows = _exact_indices(run, found, exact, watch)
    count = exact * (len(rows) + 2)
    about = f"{measure} under “{found.scenario}”: by {count:,} rows of its own, exact means each"
    return _about(from_rows("sensitivity", rows, _SENSITIVITY), about)


def _exact_indices(
    run: RunFolder, found: MeasureAsked, base: int, watch: Watch
) -> list[dict[str, Any]]:
    from sojourn.analysis.exact import design, indices
    from sojourn.run.again import Size
    from sojourn.study.uncertain_shapes import at_quantile
    from sojourn.uncertainty.uncertain_quantities import uncertain_quantities

    if base & (base - 1) or base < 2:
        raise SojournError(Problem(f"{base} is not a power of 2", "write exact=256"))
    paths, seed = found.inputs.paths, int(run.record["seed"])
    quantities = uncertain_quantities(run.study)

    def quantiles(place: int, shares: Floats) -> Floats:
        return np.array([at_quantile(quantities[paths[place]], share) for share in shares])

    rows = design(quantiles, len(paths), base, seed)
    scenarios = {name: [found.measure] for name in (found.scenario, found.against) if name}
    remade = _Remade(run, paths, scenarios, watch, Size(len(rows), expected=True))
    values = {path: rows[:, place] for place, path in enumerate(paths)}
    own, *others = (remade.of(values, name, found.measure) for name in scenarios)
    shares = indices(own - others[0] if others else own, len(paths), base, seed)
    table = [
        {
            "input": path,
            "first": first.value, "first_low": first.low, "first_high": first.high,
            "total": total.value, "total_low": total.low, "total_high": total.high,
            "told": total.low > 0.0,
        }
        for path, (first, total) in zip(paths, shares, strict=True)
    ]  # fmt: skip
    return sorted(table, key=lambda row: (-row["first"], row["input"]))


def information(run: RunFolder, decision: str | None, exact: bool, progress: Progress) -> Table:
    """As `Run.value_of_information`."""
    from sojourn.analysis.information import information as found_of

    with watching(progress) as watch:
        found = found_of(run, decision, _simulated(run, watch))
        rows = list(found.rows)
        if exact:
            rows += _exact_worth(run, found.name, [r["what"] for r in rows if r["kind"] == "input"],
                                 watch)  # fmt: skip
    table = from_rows("value of information", rows, _INFORMATION)
    return _about(table, found.about)


def _simulated(run: RunFolder, watch: Watch) -> Simulated:
    """What runs a setting of the run's study, with its draws and random numbers."""

    def simulate(study: StudyModel, option: str, measure: str) -> Floats:
        from sojourn.analysis.draws_of_run import averaged, given_values, scenarios_behind
        from sojourn.run.again import Again

        behind = scenarios_behind(study, {option: [measure]})
        again = Again(run, [], behind, given_values(run), study=study, watch=watch)
        return averaged(again.measures({}), option, measure)

    return simulate


def _exact_worth(
    run: RunFolder, name: str, paths: Sequence[str], watch: Watch
) -> list[dict[str, Any]]:
    from sojourn.analysis.draws_of_run import inputs_of
    from sojourn.analysis.exact import worth_of

    decision = run.study.decisions[name]
    for option in decision.options:
        if option in run.study.settings:
            what = f"`{option}` is a setting; inputs are moved exactly in scenarios alone"
            raise SojournError(Problem(what, "make it a scenario, or leave `exact` out"))
    sign = 1.0 if decision.wants == "greatest" else -1.0
    scenarios = {option: [decision.measure] for option in decision.options}
    inputs = inputs_of(run, paths)
    rows = []
    for place, path in enumerate(inputs.paths):
        remade = _Remade(run, [path], scenarios, watch)

        def gains(values: Mapping[str, Floats], remade: _Remade = remade) -> Floats:
            own = [remade.of(values, option, decision.measure) for option in decision.options]
            return sign * np.column_stack(own)

        worth = worth_of(gains, path, inputs.values[:, place])
        rows.append({"kind": "input, exact", "what": path, "value": worth.value,
                     "error": worth.error, "told": worth.told})  # fmt: skip
    return sorted(rows, key=lambda row: -row["value"])


def discover(run: RunFolder, condition: str, scenario: str | None, fails: bool) -> Table:
    """As `Run.discover`."""
    from sojourn.analysis.answers import discovered

    found = discovered(run, condition, scenario, fails=fails)
    return _about(from_rows("ranges", found.rows(), _RANGES), found.about)


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
    _refuse_unknown(measure, measures, "measure")
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
                own: Floats, remade: _Remade = remade, fixed_too: Mapping[str, Floats] = fixed_too
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
    table = from_rows("break-even", [{k: row[k] for k in schema} for row in rows], schema)
    mark_told = f"that of “{against}”" if against else str(equals)
    how = "by runs of its own" if simulated else "without simulation"
    about = f"{path} where {measure} under “{scenario}” equals {mark_told}, found {how}"
    if other.path:
        about += f"; along {other.path}" + (", each value of which is run" if run_each else "")
    return _about(table, about)


def _remade_along(
    run: RunFolder, path: str, other: _Along, wanted: Mapping[str, Sequence[str]], watch: Watch,
    *, run_each: bool,
) -> Iterator[tuple[_Remade, Mapping[str, Floats]]]:  # fmt: skip
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
                yield _Remade(settled, [path], wanted, watch), {}
    else:
        remade = _Remade(run, [path, other.path] if other.path else [path], wanted, watch)
        yield from ((remade, values) for values in fixed)


class _Remade:
    """Measures of a run where numbers have other values: repriced, or run again."""

    def __init__(
        self, run: RunFolder, paths: Sequence[str], wanted: Mapping[str, Sequence[str]],
        watch: Watch, size: Size | None = None,
    ) -> None:  # fmt: skip
        from sojourn.analysis.draws_of_run import given_values, scenarios_behind
        from sojourn.analysis.repriced import Repriced
        from sojourn.run.again import Again
        from sojourn.uncertainty.decided_on import moves_people

        behind = scenarios_behind(run.study, wanted)
        simulated = size is not None or any(moves_people(run.study, behind, path) for path in paths)
        self._source: Again | Repriced = (
            Again(run, paths, behind, given_values(run), size=size, watch=watch)
            if simulated
            else Repriced(run, paths, wanted)
        )
        self._asked: tuple[Mapping[str, Floats], pa.Table] | None = None

    def of(self, values: Mapping[str, Floats], scenario: str, measure: str) -> Floats:
        """A measure of a scenario where numbers have these values, by path [draw]."""
        from sojourn.analysis.draws_of_run import averaged

        if self._asked is None or self._asked[0] is not values:
            self._asked = (values, self._source.measures(values))
        return averaged(self._asked[1], scenario, measure)


def _about(table: Table, about: str) -> Table:
    return Table(table.to_arrow(), table.name, about)


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _refuse_unknown(name: str, names: Collection[str], what: str = "uncertain number") -> None:
    if name not in names:
        fix = did_you_mean(name, list(names))
        raise ResultsError(Problem(f"there is no {what} `{name}` here", fix))


def _number_at(run: RunFolder, path: str, scenario: str) -> Quantity:
    """The number of a scenario at a path, which need not be uncertain."""
    from sojourn.uncertainty.uncertain_quantities import walk

    numbers = {number.path: number for number in walk(run.study.scenarios[scenario])}
    _refuse_unknown(path, numbers, "number")
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
    """A number, or a text with a unit, as a number in the unit."""
    if isinstance(value, int | float):
        return float(value)
    try:
        found, own = read_words(str(value))
    except WordsError as error:
        fix = f"write a number in {unit}, or the name of a measure" if unit else error.fix
        raise SojournError(Problem(error.what, fix, path=what)) from error
    if own and unit and one_unit(own) != one_unit(unit):
        raise SojournError(Problem(f"`{value}` is not in {unit}", f"write it in {unit}", path=what))
    return found
