"""The `outcomes` section: what has happened since, an observed value of a measure each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sojourn.study.files.addresses import nearest
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.yaml import Node
from sojourn.study.model.measures import Measure, Outcome
from sojourn.study.model.study import Scenario
from sojourn.study.units import ANYTHING, one_unit
from sojourn.study.words.quantities import quantity_key
from sojourn.study.words.reader import Reader


def read_outcome(reader: Reader, node: Node, path: str, name: str) -> Outcome | None:
    """One outcome, or None with a problem: it needs a source, and a value that is certain."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "outcome")
    measure, on, says = fields.text("measure"), fields.date("on"), fields.text("says")
    value, cited = quantity_key(fields, "value", ANYTHING), fields.cited()
    if node.items is not None and cited.get("source") is None and cited.get("cite") is None:
        reader.refuse(node, path, "the outcome has no source", "add `source: NAME` or `cite: …`")
    if value is not None and value.uncertain:
        fields.refuse("value", "what has happened is one number", "write `value: 238 people`")
    if measure is None or value is None or on is None or len(reader.problems) != before:
        return None
    return Outcome(measure=measure, value=value, on=on, says=says, **cited)


def check_outcomes(
    reader: Reader, outcomes: Mapping[str, Outcome], tree: Node, scenarios: Mapping[str, Scenario]
) -> None:
    """Refuse an outcome whose measure does not exist, has another unit, or ends on another day."""
    for name, outcome in outcomes.items():
        for scenario in scenarios.values():
            measure = scenario.measures.get(outcome.measure)
            if measure is None:
                key, what = "measure", f"the measure `{outcome.measure}` is not declared"
                fix = did_you_mean(outcome.measure, list(scenario.measures), "measure")
            elif measure.unit and one_unit(outcome.value.unit) != one_unit(measure.unit):
                key, what = "value", f"`{outcome.measure}` is in {measure.unit}"
                fix = f"write the value in {measure.unit}"
            elif (last := last_day(scenario, measure, reader.shared.end)) != outcome.on:
                key, what = "on", f"`{outcome.measure}` looks up to {last}, not to {outcome.on}"
                fix = "write that day, or a measure that ends on this one (`to`, `at`)"
            else:
                continue
            address = f"outcomes.{name}.{key}"
            position, _ = nearest(tree, address)
            reader.refuse(position, address, what, fix)
            break


def last_day(scenario: Scenario, measure: Measure, end: date) -> date:
    """The last day that a measure looks at; `end` is the day after the period's last."""
    if measure.measures:
        parts = [scenario.measures[name] for name in measure.measures if name in scenario.measures]
        made = [part for part in parts if part.kind != "value"]
        return max(
            (last_day(scenario, part, end) for part in made), default=end - timedelta(days=1)
        )
    if isinstance(measure.at, date):
        return measure.at
    return (measure.end or end) - timedelta(days=1)
