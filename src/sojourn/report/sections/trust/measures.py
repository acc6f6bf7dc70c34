"""The study's measures: their numbers in a run, their wording, and their basis."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

from sojourn.languages.phrases import later, phrase
from sojourn.languages.units import unit_words
from sojourn.report.context import Context
from sojourn.report.study_inputs import WEAK
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import Row, Spread
from sojourn.study.model.measures import Measure
from sojourn.study.model.study import Scenario, StudyModel

GIVEN = "value"
"""The kind of measure that holds an input, not a result."""
BASES = {
    "read": later("read"),
    "secondary": later("read elsewhere"),
    "computed": later("computed"),
    "remembered": later("remembered"),
    "assumed": later("assumed"),
}
GROUPS = (
    later("People"),
    later("Time"),
    later("Money"),
    later("Shares and others"),
    later("Inputs, not computed by the model"),
)
_NAME = re.compile(r"[A-Za-z_]\w*")


def measure_rows(context: Context) -> list[Row]:
    """Each measure of each scenario: mean, percentiles, both errors, share determined."""
    data = context.data
    order = {name: place for place, name in enumerate(data.scenarios)}
    counted = {
        (row["scenario"], row["measure"]): row
        for row in data.rows(
            "SELECT scenario, measure, count(value) AS n, count(*) AS runs, "
            "avg(still_waiting) AS still_waiting FROM measures GROUP BY ALL"
        )
    }
    values = "SELECT scenario, measure, draw, replicate, value FROM measures"
    rows = [
        {**row, **counted[row["scenario"], row["measure"]]}
        for row in data.spreads_of(values, ("scenario", "measure"), absent=math.nan)
    ]
    measures = {name: data.scenario(name).measures for name in data.scenarios}
    rows = [
        row for row in rows
        if (own := measures[row["scenario"]].get(row["measure"])) is None
        or own.belongs_to(row["scenario"])
    ]  # fmt: skip
    for row in rows:
        measure = measures[row["scenario"]].get(row["measure"])
        row["label"] = study_words.measure_name(data.study, row["measure"])
        row["unit"] = measure.unit if measure else ""
        row["kind"] = measure.kind if measure else ""
        row["basis"] = basis(data.study, measure) if measure else ""
        row["group"] = _group(measure) if measure else GROUPS[3]
        row["determined"] = row["n"] / row["runs"]
    places = {
        name: place
        for place, name in enumerate(
            dict.fromkeys(m for s in data.study.scenarios.values() for m in s.measures)
        )
    }
    return sorted(rows, key=lambda r: (order.get(r["scenario"], 99), places.get(r["measure"], 999)))


def basis(study: StudyModel, measure: Measure) -> str:
    """The basis of an input, in a word or two; empty for a result."""
    if measure.kind != GIVEN:
        return ""
    mark = _confidence(study, measure)
    if mark:
        return BASES[mark]
    return later("from a source") if _source(measure) else later("set by the study")


def happened(study: StudyModel, scenario: Scenario) -> list[str]:
    """Measures of what really happened: certain, from a source, and said to have happened."""
    return [
        name
        for name, measure in scenario.measures.items()
        if measure.kind == GIVEN
        and _source(measure)
        and _confidence(study, measure) not in WEAK
        and not (measure.quantity and measure.quantity.uncertain)
        and measure.happened
    ]


def leads_to(scenario: Scenario, condition: str | None) -> set[str]:
    """The measures that a condition names, and the measures that these are made from."""
    found: set[str] = set()
    waiting = [name for name in _NAME.findall(condition or "") if name in scenario.measures]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [n for n in scenario.measures[name].measures if n in scenario.measures]
    return found


def sides(scenario: Scenario, condition: str | None) -> Iterator[str]:
    """The measures that a condition names, in its order, each once."""
    names = (name for name in _NAME.findall(condition or "") if name in scenario.measures)
    yield from dict.fromkeys(names)


def writer(unit: str, top: float = 0.0) -> tuple[str, Callable[[float | None], str]]:
    """A unit as a heading and how to write numbers of it, given the greatest of them.

    Shares are written as per cent, and large amounts of money in millions.
    """
    if unit == "share":
        return "%", lambda value: numbers.exact(None if value is None else value * 100)
    if re.match(r"[A-Z]{3}\b", unit) and top >= 1e7:
        heading = phrase("{currency} million{per}", currency=unit[:3], per=unit_words(unit[3:]))
        return heading, numbers.millions
    return unit_words(unit), numbers.exact


def told(row: Row) -> str:
    """A measure's mean and range with its unit: `USD 20,000 (5–95 %: 15,500 to 24,500)`."""
    if not row["n"]:
        return phrase("not determined in any history")
    heading, write = writer(row["unit"], abs(row["mean"]))
    spread = Spread.of(row)
    number = write(spread.allowed.mean)
    if heading == "%":
        number = f"{number}{numbers.NARROW}%"
    elif re.match(r"[A-Z]{3}\b", heading):
        word = f" {heading[4:].strip()}" if heading[4:].strip() else ""
        number = f"{heading[:3]}\u00a0{number}{word}"
    else:
        number = f"{number} {heading}".strip()
    alone = [phrase(row["basis"])] if row["basis"] else []
    if spread.wide:
        alone.insert(0, spread.brackets(write).strip(" ()"))
    if row["n"] < row["runs"]:
        alone.append(
            phrase(
                "over the {determined_in} histories in which it is determined",
                determined_in=determined_in(row),
            )
        )
    if row["still_waiting"]:
        alone.append(left_waiting(row))
    return f"{number} ({'; '.join(alone)})" if alone else number


def determined_in(row: Row) -> str:
    """In how many histories a measure has a value: `37 of 100`."""
    return phrase("{n} of {runs}", n=numbers.whole(row["n"]), runs=numbers.whole(row["runs"]))


def left_waiting(row: Row) -> str:
    """For a measure of a mean wait: the share of people who joined and are not in the mean."""
    share = numbers.percent(row["still_waiting"])
    return phrase("of people served; {share} of all who joined still wait at the end", share=share)


def _source(measure: Measure) -> str | None:
    quantity = measure.quantity
    return measure.source or (quantity.source if quantity else None)


def _confidence(study: StudyModel, measure: Measure) -> str | None:
    """The measure's own mark, else its number's, else (if it quotes one) its source's."""
    mark = measure.confidence or (measure.quantity.confidence if measure.quantity else None)
    source = study_words.source(study, _source(measure))
    if mark or source is None or not measure.quote:
        return mark
    return source.confidence


def _group(measure: Measure) -> str:
    if measure.kind == GIVEN:
        return GROUPS[4]
    if re.match(r"[A-Z]{3}\b", measure.unit):
        return GROUPS[2]
    if measure.unit == "people":
        return GROUPS[0]
    if re.search(r"\b(days?|months?|years?)\b", measure.unit):
        return GROUPS[1]
    return GROUPS[3]
