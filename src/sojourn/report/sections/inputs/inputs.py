"""Section: the uncertain inputs, and what is assumed without a range."""

from __future__ import annotations

from collections.abc import Collection

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase, plural
from sojourn.report.context import Context
from sojourn.report.figures.blocks import Block, Column, Heading, Prose, ReportTable, Section
from sojourn.report.study_inputs import WEAK, InputOfStudy, weak_inputs
from sojourn.report.wording import study_words
from sojourn.study.model.study import StudyModel
from sojourn.study.model.values import Quantity

_CHANCE = later("ranges show chance alone")
SHOWN = 12
"""Rows of a table above which it is folded."""


def inputs(context: Context) -> Section:
    """Uncertain inputs and their sources."""
    study, found = context.data.study, context.uncertain
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
    certain = [row for row in weak_inputs(study, context.quantities)
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


def _input_table(context: Context, found: list[InputOfStudy]) -> ReportTable:
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
