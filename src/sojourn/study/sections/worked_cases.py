"""Worked cases of an agreement: invented people, and what its rules should come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sojourn.study.files.yaml import Node
from sojourn.study.model.facts import FactValue
from sojourn.study.words.reader import Fields, Reader


@dataclass(frozen=True, slots=True)
class WorkedCase:
    """An invented person described by facts alone, and what the file expects of the rules."""

    says: str
    facts: Mapping[str, FactValue]
    today: date | None
    """The day on which the case is decided, if it is said beside the facts."""
    outcome: Literal["eligible", "barred", "referred"]
    because: tuple[str, ...]
    """Rules that fail if barred, that are undetermined if referred."""


def read_worked_case(reader: Reader, node: Node, path: str, name: str) -> WorkedCase | None:
    """One worked case; its facts are declared ones."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "worked case")
    says = fields.text("says")
    outcome = fields.choice("outcome", ("eligible", "barred", "referred"))
    because = fields.names("because")
    if outcome in ("barred", "referred") and not because:
        fields.refuse("outcome", "no rule is named that decides", "add `because: [RULE, …]`")
    facts = _facts(fields)
    today = fields.date("today")
    if len(reader.problems) != before or outcome is None:
        return None
    return WorkedCase(says or "", facts, today, outcome, because)


def _facts(fields: Fields) -> dict[str, FactValue]:
    node = fields.node("facts")
    path = fields.at("facts")
    written = fields.reader.mapping(node, path, "value").items() if node is not None else ()
    return {
        name: fields.reader.fact_value(value, f"{path}.{name}", name) for name, value in written
    }
