"""Which number matters: effects, break-even, value of information and discovery, of a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sojourn.api.progress import watching
from sojourn.api.tables import Table, from_rows
from sojourn.api.which_number.remade import Remade, refuse_unknown
from sojourn.errors import Problem, SojournError

if TYPE_CHECKING:
    from sojourn.analysis.answers import MeasureAsked
    from sojourn.analysis.settings import Simulated
    from sojourn.api.progress import Progress
    from sojourn.arrays import Floats
    from sojourn.results.run_folder.folder import RunFolder
    from sojourn.run.histories import Watch
    from sojourn.study.model.study import StudyModel


_TEXT, _NUMBER, _FLAG = pa.string(), pa.float64(), pa.bool_()
_TORNADO = {
    "input": _TEXT, "low": _NUMBER, "high": _NUMBER, "unit": _TEXT, "at_low": _NUMBER,
    "at_high": _NUMBER, "change": _NUMBER, "error": _NUMBER, "told": _FLAG,
}  # fmt: skip
_SENSITIVITY = {
    "input": _TEXT, "first": _NUMBER, "first_low": _NUMBER, "first_high": _NUMBER,
    "total": _NUMBER, "total_low": _NUMBER, "total_high": _NUMBER, "told": _FLAG,
}  # fmt: skip
_INFORMATION = {
    "kind": _TEXT, "what": _TEXT, "value": _NUMBER, "error": _NUMBER, "by_chance": _NUMBER,
    "told": _FLAG,
}  # fmt: skip
_RANGES = {"input": _TEXT, "from": _NUMBER, "to": _NUMBER, "unit": _TEXT, "chance": _NUMBER}


def tornado(
    run: RunFolder, measure: str, scenario: str | None, against: str | None,
    exact: bool, inputs: Collection[str], progress: Progress,
) -> Table:  # fmt: skip
    """As `Run.tornado`."""
    from sojourn.analysis.answers import asked, tornado_rows

    found = asked(run, measure, scenario, against)
    known = dict(zip(found.inputs.paths, found.inputs.units, strict=True))
    for path in inputs:
        refuse_unknown(path, known)
    rows = [row for row in tornado_rows(found) if not inputs or row["input"] in inputs]
    about = found.about
    if exact:
        rows = rows if inputs else [row for row in rows if row["told"]]
        with watching(progress) as watch:
            rows = [_exact_bar(run, found, row, watch) for row in rows]
        rows.sort(key=lambda row: -abs(row["change"]))
        about = f"{measure} under “{found.scenario}”: each bar by two runs of its own"
    return from_rows("tornado", rows, _TORNADO, about)


def _exact_bar(
    run: RunFolder, found: MeasureAsked, row: dict[str, Any], watch: Watch
) -> dict[str, Any]:
    from sojourn.analysis.exact import moved

    scenarios = {name: [found.measure] for name in (found.scenario, found.against) if name}
    remade = Remade(run, [row["input"]], scenarios, watch)

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
        return from_rows("sensitivity", sensitivity_rows(found), _SENSITIVITY, found.about)
    with watching(progress) as watch:
        rows = _exact_indices(run, found, exact, watch)
    count = exact * (len(rows) + 2)
    about = f"{measure} under “{found.scenario}”: by {count:,} rows of its own, exact means each"
    return from_rows("sensitivity", rows, _SENSITIVITY, about)


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
    remade = Remade(run, paths, scenarios, watch, Size(len(rows), expected=True))
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
    return from_rows("value of information", rows, _INFORMATION, found.about)


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
        remade = Remade(run, [path], scenarios, watch)

        def gains(values: Mapping[str, Floats], remade: Remade = remade) -> Floats:
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
    return from_rows("ranges", found.rows(), _RANGES, found.about)
