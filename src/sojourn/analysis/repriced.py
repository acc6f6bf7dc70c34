"""Measures of a finished run at another price: only bills and measures are made anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from sojourn.analysis.draws_of_run import given_values, with_parts
from sojourn.arrays import Floats
from sojourn.money.bill import bill
from sojourn.money.usage import Asked
from sojourn.results.measures import measures_table
from sojourn.results.run_folder.folder import RunFolder
from sojourn.results.views import stored
from sojourn.study.model.study import Scenario, StudyModel
from sojourn.uncertainty.draws import Draw
from sojourn.uncertainty.given import with_given
from sojourn.uncertainty.uncertain_quantities import walk


class Repriced:
    """Measures of a finished run, made anew for other values of numbers that move nobody."""

    def __init__(
        self, run: RunFolder, paths: Collection[str], measures: Mapping[str, Sequence[str]]
    ) -> None:
        """Take the paths, and the measures wanted by scenario, with those that they are made of."""
        self._run = run
        given = given_values(run)
        marked, _ = with_given(run.study, {*paths, *given})
        self._study = only_measures(marked, measures)
        self._given = given
        self._asked: dict[str, Asked] = {name: {} for name in self._study.scenarios}

        def named(part: object) -> bool:
            return any(number.path in paths for number in walk(part))

        billed = {
            name: {key: each for key, each in scenario.money.payments.items() if named(each)}
            for name, scenario in self._study.scenarios.items()
        }
        whole = any(
            named((scenario.money.prices, scenario.money.discount_rate))
            for scenario in self._study.scenarios.values()
        )
        self._billed = self._study if whole else _billing(self._study, billed)
        self._kept = [] if whole else [self._without(billed)]

    def measures(self, values: Mapping[str, Floats]) -> pa.Table:
        """The table `measures` where numbers have these values, by path [draw]."""
        draws = draws_of(self._run, {**self._given, **values})
        files = stored(self._run.path)
        tables = {name: file for name, file in files.items() if name != "money"}
        bills = [
            bill(self._billed, name, draws, tables, asked) for name, asked in self._asked.items()
        ]
        money = pa.concat_tables([*self._kept, *bills]).unify_dictionaries().combine_chunks()
        return measures_table(self._study, draws, {**tables, "money": money})

    def _without(self, billed: Mapping[str, Mapping[str, object]]) -> pa.Table:
        """The rows of the bills of these scenarios that the number does not change."""
        table = self._run.table("money")
        keep = pc.is_in(table["scenario"].cast(pa.string()), pa.array(list(billed)))
        for name, payments in billed.items():
            own = pc.equal(table["scenario"].cast(pa.string()), name)
            theirs = pc.is_in(
                table["payment"].cast(pa.string()), pa.array([*payments], pa.string())
            )
            keep = pc.and_(keep, pc.invert(pc.and_(own, theirs)))
        return table.filter(keep)


def draws_of(run: RunFolder, given: Mapping[str, Floats]) -> dict[int, Draw]:
    """The draws of a run, with these values of numbers that are given, by path [draw]."""
    seed, together = int(run.record["seed"]), run.study.run.spread_together
    return {
        number: Draw(seed, number, {path: float(own[row]) for path, own in given.items()}, together)
        for row, number in enumerate(run.draws)
    }


def only_measures(study: StudyModel, wanted: Mapping[str, Sequence[str]]) -> StudyModel:
    """The study with the measures wanted, by scenario, and all that they are made of."""
    kept: dict[str, set[str]] = {}
    waiting = [(scenario, name) for scenario, names in wanted.items() for name in names]
    while waiting:
        scenario, name = waiting.pop()
        for part, measure in with_parts(study.scenarios[scenario], name).items():
            if part in kept.setdefault(scenario, set()):
                continue
            kept[scenario].add(part)
            if measure.scenario in study.scenarios:
                waiting.append((measure.scenario, part))
    scenarios = {
        name: scenario.model_copy(
            update={"claims": {}, "measures": {
                key: measure for key, measure in scenario.measures.items() if key in kept[name]
            }}
        )
        for name, scenario in study.scenarios.items() if name in kept
    }  # fmt: skip
    return study.model_copy(update={"scenarios": scenarios})


def _billing(study: StudyModel, payments: Mapping[str, Mapping[str, object]]) -> StudyModel:
    """The study with these payments alone, by scenario."""
    scenarios: dict[str, Scenario] = {}
    for name, scenario in study.scenarios.items():
        money = scenario.money.model_copy(update={"payments": payments[name]})
        scenarios[name] = scenario.model_copy(update={"money": money})
    return study.model_copy(update={"scenarios": scenarios})
