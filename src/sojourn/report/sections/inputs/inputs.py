"""Section: the uncertain inputs, and what is assumed without a range."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date

from pydantic import BaseModel

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase, plural
from sojourn.report.context import Context
from sojourn.report.figures.blocks import Block, Column, Heading, Prose, ReportTable, Section
from sojourn.report.wording import study_words
from sojourn.report.wording.ranges import Row
from sojourn.study.model.people import Admissions
from sojourn.study.model.study import StudyModel
from sojourn.study.model.values import Cited, Quantity
from sojourn.uncertainty.units_in_use import units_in_use

WEAK = ("assumed", "remembered")
_CHANCE = later("ranges show chance alone")
SHOWN = 12
"""Rows of a table above which it is folded."""


@dataclass
class UncertainInput:
    """A quantity of the study and the scenarios that have it."""

    path: str
    quantity: Quantity
    scenarios: list[str] = field(default_factory=list)


def uncertain_inputs(study: StudyModel) -> list[UncertainInput]:
    """Every uncertain quantity, once, with the scenarios that use it."""
    return [found for found in quantities_of(study) if found.quantity.uncertain]


def weak_inputs(study: StudyModel) -> list[Row]:
    """Everything marked as assumed or remembered, certain or not."""
    seen: dict[tuple[str, str], Row] = {}
    units = {found.path: found.quantity.unit for found in quantities_of(study)}
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


def inputs(context: Context) -> Section:
    """Uncertain inputs and their sources."""
    study = context.data.study
    found = uncertain_inputs(study)
    blocks: list[Block] = []
    if found:
        weak = sum(item.quantity.confidence in WEAK for item in found)
        uncited = sum(not (i.quantity.source or i.quantity.cite) for i in found)
        blocks.append(
            Prose(
                phrase(
                    "{drawn}; {marked}, and {uncited}.",
                    drawn=plural(
                        "{count} input is drawn anew in each draw",
                        "{count} inputs are drawn anew in each draw",
                        len(found),
                        count=len(found),
                    ),
                    marked=plural(
                        "{count} of them is marked as assumed or remembered",
                        "{count} of them are marked as assumed or remembered",
                        weak,
                        count=weak,
                    ),
                    uncited=plural(
                        "{count} names no source", "{count} name no source", uncited, count=uncited
                    ),
                )
            )
        )
        blocks.append(_input_table(context, found))
    else:
        ranges = phrase("no number has a range") if context.data.expected else phrase(_CHANCE)
        blocks.append(
            Prose(phrase("The study names no uncertain inputs: {ranges}.", ranges=ranges))
        )
    certain = [row for row in weak_inputs(study)
               if row["path"] not in {item.path for item in found}]  # fmt: skip
    if certain:
        blocks += [
            Heading(phrase("Assumed or remembered, but without a range")),
            ReportTable(
                phrase("Values without a range whose confidence is “assumed” or “remembered”"),
                (
                    Column(
                        phrase("Input"),
                        lambda row: study_words.address(context.data.study, row["path"]),
                    ),
                    Column(phrase("Value"), lambda row: row["value"]),
                    Column(phrase("Confidence"), lambda row: phrase(row["confidence"])),
                    Column(phrase("Note"), lambda row: row["note"]),
                ),
                certain,
                "assumed",
                folded=phrase("All {count} values", count=len(certain))
                if len(certain) > SHOWN
                else "",
                data=[{**row, "scenarios": _scenarios(study, row["scenarios"])} for row in certain],
            ),
        ]
    return Section("uncertainty", phrase("Uncertain inputs"), tuple(blocks))


def quantities_of(study: StudyModel) -> list[UncertainInput]:
    """Every quantity of the study, once, with its unit in use, and the scenarios that have it."""
    seen: dict[tuple[str, float, float | None, float | None], UncertainInput] = {}
    for name, scenario in study.scenarios.items():
        for path, value in _walk(scenario, ""):
            if isinstance(value, Quantity):
                address = value.path or path
                key = (address, value.value, value.low, value.high)
                item = seen.setdefault(key, UncertainInput(address, value))
                if name not in item.scenarios:
                    item.scenarios.append(name)
    units = units_in_use(study)
    for item in seen.values():
        if item.path in units:
            item.quantity = item.quantity.model_copy(update={"unit": units[item.path]})
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
            (key, getattr(value, key)) for key in type(value).model_fields if key != "overrides"
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


def _input_table(context: Context, found: list[UncertainInput]) -> ReportTable:
    rows = [
        {
            "path": item.path,
            "range": study_words.quantity(item.quantity),
            "shape": phrase(item.quantity.shape),
            "source": _source(context, item.quantity),
            "confidence": phrase(item.quantity.confidence or "not marked"),
            "scenarios": _scenarios(context.data.study, item.scenarios),
            "note": item.quantity.note or "",
        }
        for item in found
    ]
    return ReportTable(
        phrase("Uncertain inputs"),
        (
            Column(
                phrase("Input"), lambda row: study_words.address(context.data.study, row["path"])
            ),
            Column(phrase("Range"), lambda row: row["range"]),
            Column(phrase("Shape"), lambda row: row["shape"]),
            Column(phrase("Source"), lambda row: row["source"]),
            Column(phrase("Confidence"), lambda row: row["confidence"]),
            Column(phrase("Scenarios"), lambda row: row["scenarios"]),
            Column(phrase("Note"), lambda row: row["note"]),
        ),
        rows,
        "inputs",
        folded=phrase("All {count} uncertain inputs", count=len(rows)) if len(rows) > SHOWN else "",
    )


def _scenarios(study: StudyModel, names: Collection[str]) -> str:
    return phrase("all") if set(names) == set(study.scenarios) else "; ".join(names)


def _source(context: Context, value: Quantity) -> str:
    source = study_words.source(context.data.study, value.source)
    parts = [value.by, value.cite, source.title if source else value.source,
             dates.of_file(source.date) if source else None]  # fmt: skip
    return ", ".join(part for part in parts if part) or phrase("none")
