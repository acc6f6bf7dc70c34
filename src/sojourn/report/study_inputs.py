"""Every quantity of a study once: its value, its unit in use, and the scenarios that have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic import BaseModel

from sojourn.report.wording import study_words
from sojourn.report.wording.ranges import Row
from sojourn.study.model.people import Admissions
from sojourn.study.model.study import StudyModel
from sojourn.study.model.values import Cited, Quantity
from sojourn.uncertainty.units_in_use import units_in_use

WEAK = ("assumed", "remembered")


@dataclass
class InputOfStudy:
    """A quantity of the study and the scenarios that have it."""

    path: str
    quantity: Quantity
    scenarios: list[str] = field(default_factory=list)


def quantities_of(study: StudyModel) -> list[InputOfStudy]:
    """Every quantity of the study, once, with its unit in use, and the scenarios that have it."""
    seen: dict[tuple[str, float, float | None, float | None], InputOfStudy] = {}
    for name, scenario in study.scenarios.items():
        for path, value in _walk(scenario, ""):
            if isinstance(value, Quantity):
                address = value.path or path
                key = (address, value.value, value.low, value.high)
                item = seen.setdefault(key, InputOfStudy(address, value))
                if name not in item.scenarios:
                    item.scenarios.append(name)
    units = units_in_use(study)
    for item in seen.values():
        if item.path in units:
            item.quantity = item.quantity.model_copy(update={"unit": units[item.path]})
    return list(seen.values())


def weak_inputs(study: StudyModel, quantities: Sequence[InputOfStudy]) -> list[Row]:
    """Everything marked as assumed or remembered, certain or not."""
    seen: dict[tuple[str, str], Row] = {}
    units = {found.path: found.quantity.unit for found in quantities}
    for name, scenario in study.scenarios.items():
        for path, value in _walk(scenario, ""):
            if isinstance(value, Cited) and value.confidence in WEAK:
                address, text = path, ""
                if isinstance(value, Quantity):
                    address = value.path or path
                    used = value.model_copy(update={"unit": units[address]})
                    text = study_words.quantity(used)
                row = {"path": address, "value": text, "confidence": value.confidence,
                       "note": value.note or "", "scenarios": []}  # fmt: skip
                seen.setdefault((address, text), row)["scenarios"].append(name)
    return list(seen.values())


def _walk(value: object, path: str, within: Cited | None = None) -> Iterator[tuple[str, object]]:
    """Every model inside a value, with its address.

    A quantity without its own confidence, source or note has those of the part that contains it:
    `stock: {count: …, confidence: assumed}` marks the count as assumed.
    """
    if isinstance(value, BaseModel):
        if isinstance(value, Quantity) and within is not None:
            value = _inheriting(value, within)
        if isinstance(value, Admissions):
            value = value.told
        if path:
            yield path, value
        if isinstance(value, Cited) and (value.confidence or value.source):
            within = value
        parts: Iterator[tuple[str, object]] = (
            (key, item) for key, item in vars(value).items() if key != "overrides"
        )
    elif isinstance(value, dict):
        parts = ((str(key), item) for key, item in value.items())
    elif isinstance(value, tuple | list):
        parts = ((_label(item, place), item) for place, item in enumerate(value))
    else:
        return
    for key, item in parts:
        if isinstance(item, BaseModel | dict | tuple | list):
            yield from _walk(item, f"{path}.{key}" if path else key, within)


def _inheriting(quantity: Quantity, within: Cited) -> Quantity:
    missing = {
        key: getattr(within, key)
        for key in ("confidence", "source", "cite", "note")
        if getattr(quantity, key) is None and getattr(within, key) is not None
    }
    return quantity.model_copy(update=missing) if missing else quantity


def _label(item: object, place: int) -> str:
    name = getattr(item, "name", None) or getattr(item, "start", None)
    return str(name) if isinstance(name, str | date) else str(place + 1)
