"""Section: the uncertain inputs, and what is assumed without a range."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date

from pydantic import BaseModel

from sojourn.report.context import Context
from sojourn.report.figures.blocks import Block, Column, Heading, Prose, ReportTable, Section
from sojourn.report.wording import study_words
from sojourn.report.wording.ranges import Row
from sojourn.study.model.study import StudyModel
from sojourn.study.model.values import Cited, Quantity

WEAK = ("assumed", "remembered")
_CHANCE = "ranges show chance alone"
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
    for name, scenario in study.scenarios.items():
        for path, value in _walk(scenario, ""):
            if isinstance(value, Cited) and value.confidence in WEAK:
                address, text = path, ""
                if isinstance(value, Quantity):
                    address, text = value.path or path, study_words.quantity(value)
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
                f"{_many(len(found), 'input')} {'is' if len(found) == 1 else 'are'} drawn anew in "
                f"each draw; {weak} of them {'is' if weak == 1 else 'are'} marked as assumed or "
                f"remembered, and {uncited} {'names' if uncited == 1 else 'name'} no source."
            )
        )
        blocks.append(_input_table(context, found))
    else:
        ranges = "no number has a range" if context.data.expected else _CHANCE
        blocks.append(Prose(f"The study names no uncertain inputs: {ranges}."))
    certain = [row for row in weak_inputs(study)
               if row["path"] not in {item.path for item in found}]  # fmt: skip
    if certain:
        blocks += [
            Heading("Assumed or remembered, but without a range"),
            ReportTable(
                "Values without a range whose confidence is “assumed” or “remembered”",
                (
                    Column("Input", lambda row: study_words.address(row["path"])),
                    Column("Value", lambda row: row["value"]),
                    Column("Confidence", lambda row: row["confidence"]),
                    Column("Note", lambda row: row["note"]),
                ),
                certain,
                "assumed",
                folded=f"All {len(certain)} values" if len(certain) > SHOWN else "",
                data=[{**row, "scenarios": _scenarios(study, row["scenarios"])} for row in certain],
            ),
        ]
    return Section("uncertainty", "Uncertain inputs", tuple(blocks))


def quantities_of(study: StudyModel) -> list[UncertainInput]:
    """Every quantity of the study, once, with the scenarios in which it has this value."""
    seen: dict[tuple[str, float, float | None, float | None], UncertainInput] = {}
    for name, scenario in study.scenarios.items():
        for path, value in _walk(scenario, ""):
            if isinstance(value, Quantity):
                address = value.path or path
                key = (address, value.value, value.low, value.high)
                item = seen.setdefault(key, UncertainInput(address, value))
                if name not in item.scenarios:
                    item.scenarios.append(name)
    return list(seen.values())


def _walk(value: object, path: str, within: Cited | None = None) -> Iterator[tuple[str, object]]:
    """Every model inside a value, with its address.

    A quantity without its own confidence, source or note has those of the part that contains it:
    `stock: {count: …, confidence: assumed}` marks the count as assumed.
    """
    if isinstance(value, BaseModel):
        if isinstance(value, Quantity) and within is not None:
            value = _inheriting(value, within)
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
            "shape": item.quantity.shape,
            "source": _source(context, item.quantity),
            "confidence": item.quantity.confidence or "not marked",
            "scenarios": _scenarios(context.data.study, item.scenarios),
            "note": item.quantity.note or "",
        }
        for item in found
    ]
    return ReportTable(
        "Uncertain inputs",
        (
            Column("Input", lambda row: study_words.address(row["path"])),
            Column("Range", lambda row: row["range"]),
            Column("Shape", lambda row: row["shape"]),
            Column("Source", lambda row: row["source"]),
            Column("Confidence", lambda row: row["confidence"]),
            Column("Scenarios", lambda row: row["scenarios"]),
            Column("Note", lambda row: row["note"]),
        ),
        rows,
        "inputs",
        folded=f"All {len(rows)} uncertain inputs" if len(rows) > SHOWN else "",
    )


def _scenarios(study: StudyModel, names: Collection[str]) -> str:
    return "all" if set(names) == set(study.scenarios) else "; ".join(names)


def _source(context: Context, value: Quantity) -> str:
    source = study_words.source(context.data.study, value.source)
    parts = [value.by, value.cite, source.title if source else value.source,
             source.date if source else None]  # fmt: skip
    return ", ".join(part for part in parts if part) or "none"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
