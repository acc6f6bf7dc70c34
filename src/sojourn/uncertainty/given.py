"""Quantities that are not drawn: the caller of a run gives a value for each draw."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel

from sojourn.study.model.study import Scenario, StudyModel
from sojourn.study.model.values import Quantity
from sojourn.study.scenarios.change import sets


def with_given(study: StudyModel, paths: Collection[str]) -> tuple[StudyModel, frozenset[str]]:
    """The study with the quantities at these addresses marked as given, and the addresses found.

    A scenario that sets a quantity to one certain value keeps it.
    """
    marking = _Marking(frozenset(paths))
    scenarios = {name: marking.scenario(each) for name, each in study.scenarios.items()}
    return study.model_copy(update={"scenarios": scenarios}), frozenset(marking.found)


class _Marking:
    def __init__(self, paths: frozenset[str]) -> None:
        self.paths = paths
        self.own: tuple[str, ...] = ()
        self.found: set[str] = set()

    def scenario(self, scenario: Scenario) -> Scenario:
        """The scenario with its quantities marked."""
        self.own = tuple(scenario.overrides)
        marked: Scenario = self.marked(scenario)
        return marked

    def marked(self, value: Any) -> Any:  # noqa: ANN401 -- whatever a model holds
        """The value, or a copy with marks where something within is given."""
        if isinstance(value, Quantity):
            if value.path not in self.paths or not (
                value.uncertain or not sets(self.own, value.path)
            ):
                parts = self.marked(value.parts)
                return value if parts is value.parts else value.model_copy(update={"parts": parts})
            self.found.add(value.path)
            return value.model_copy(update={"shape": "given"})
        if isinstance(value, BaseModel):
            parts = {name: getattr(value, name) for name in type(value).model_fields}
            made = {name: self.marked(part) for name, part in parts.items()}
            new = {name: part for name, part in made.items() if part is not parts[name]}
            return value.model_copy(update=new) if new else value
        if isinstance(value, Mapping):
            items = {key: self.marked(part) for key, part in value.items()}
            return items if any(items[key] is not value[key] for key in items) else value
        if isinstance(value, tuple):
            listed = tuple(map(self.marked, value))
            return listed if any(a is not b for a, b in zip(listed, value, strict=True)) else value
        return value
