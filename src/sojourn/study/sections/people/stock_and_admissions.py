"""Who is there on day 0 and who enters, as a population's `stock` and `admissions` say it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

from sojourn.study.fact_types import fact_text
from sojourn.study.files.yaml import Node
from sojourn.study.model.facts import FactValue
from sojourn.study.model.people import Admissions, Arrivals, Held, Stock
from sojourn.study.model.stays import Stay
from sojourn.study.model.values import Quantity
from sojourn.study.sections.people.cell_tables import Rows
from sojourn.study.sections.people.people_files import (
    PeopleFile,
    read_arrivals,
    read_served,
    values_in_words,
)
from sojourn.study.stays.stay import read_stay
from sojourn.study.units import DAYS, FACTOR, MONTHS, PEOPLE, RATE, RATIO, WEEKDAYS
from sojourn.study.words.as_counted import read_as_counted
from sojourn.study.words.quantities import dated_key, quantity_key
from sojourn.study.words.reader import Fields, Reader


def read_stock(
    reader: Reader, node: Node, path: str, folder: Path
) -> tuple[Stock, PeopleFile[int] | None] | None:
    """People on the evening before day 0, and the file that says who."""
    fields = reader.fields(node, path, "stock")
    state, cited = fields.text("state"), fields.cited()
    served = fields.get("served", lambda n, p: _read_served(reader, n, p)) or "new"
    if fields.has("count") == fields.has("file"):
        what = "both `count` and `file` are given" if fields.has("count") else "no count is given"
        reader.refuse(node, path, what, "write `count: 200 people` or `file: stock.csv`")
        return None
    counts, count = None, quantity_key(fields, "count", PEOPLE)
    held: tuple[Held, ...] = ()
    if fields.has("file"):
        counts = fields.get("file", lambda n, p: read_served(reader, n, p, folder))
        if counts is None:
            return None
        if counts.keyed and fields.has("served"):
            what = "the days served are given twice: here, and in the file"
            fields.refuse("served", what, "keep one of the two")
        count = Quantity(value=counts.total, unit="people", path=path)
        held = tuple(
            Held(
                facts=dict(zip(counts.facts, values, strict=True)),
                served=tuple(people) if counts.keyed else (),
                people=tuple(people.values()),
                place=(counts.shown, counts.last[values]),
            )
            for values, people in counts.people.items()
        )
    if count is None or state is None:
        return None
    return Stock(count=count, held=held, state=state, served=served, **cited), counts


def _read_served(
    reader: Reader, node: Node, path: str
) -> Literal["new", "equilibrium"] | Stay | None:
    if node.text == "new":
        return "new"
    if node.text == "equilibrium":
        return "equilibrium"
    if node.text is not None and not node.text[:1].isdigit():
        reader.choice(node, path, ("new", "equilibrium"))
        return None
    return read_stay(reader, node, path)


def read_admissions(
    reader: Reader, node: Node, path: str, folder: Path
) -> tuple[Admissions, PeopleFile[date] | None] | None:
    """People who enter, and the file that says on which dates."""
    fields = reader.fields(node, path, "admissions")
    into = fields.text("into")
    rates = tuple(f"per {unit}" for unit in DAYS)
    given = [key for key in (*rates, "file", "as counted") if fields.has(key)]
    if len(given) != 1:
        what = f"`{given[0]}` and `{given[1]}` are given together" if given else "no rate is given"
        fix = "write one, as `per year: 45300 people`, or `file: arrivals.csv`"
        reader.refuse(node, path, what, fix)
        return None
    if given == ["file"]:
        return _from_file(fields, into, folder)
    if fields.has("outside"):
        fields.refuse("outside", "`outside` belongs to a `file` of dates", "remove it")
    counted = read_as_counted(fields) if given == ["as counted"] else None
    for key in ("from", "to", "times") if given != ["as counted"] else ():
        if fields.has(key):
            fields.refuse(key, f"`{key}` belongs to `as counted`", "remove it")
    rate = dated_key(fields, given[0], PEOPLE) if given[0] in rates else ()
    process = fields.choice("process", ("poisson", "fixed", "over-dispersed")) or "poisson"
    ratio = quantity_key(fields, "variance ratio", RATIO)
    if (process == "over-dispersed") != fields.has("variance ratio"):
        if process == "over-dispersed":
            fields.refuse("process", "the variance is not given", "add `variance ratio: 2.5`")
        else:
            fields.refuse(
                "variance ratio",
                f"`variance ratio` has no meaning with `process: {process}`",
                "write `process: over-dispersed`, or remove it",
            )
    found: dict[str, Any] = {
        "rate": rate,
        "per": given[0].removeprefix("per ") if rate else "day",
        "as_counted": counted,
        "into": into,
        "process": process,
        "variance_ratio": ratio,
        "trend": quantity_key(fields, "trend", RATE),
        "season": _read_factors(fields, "season", MONTHS),
        "weekdays": _read_factors(fields, "weekdays", WEEKDAYS),
        **fields.cited(),
    }
    if into is None or not (rate or counted):
        return None
    return Admissions.model_validate(found), None


def _from_file(
    fields: Fields, into: str | None, folder: Path
) -> tuple[Admissions, PeopleFile[date]] | None:
    for key in ("process", "variance ratio", "trend", "season", "weekdays"):
        if fields.has(key):
            what = f"`{key}` has no meaning with `file`, which says who comes on each date"
            fields.refuse(key, what, "remove it")
    outside = fields.choice("outside", ("refuse", "ignore")) or "refuse"
    counts = fields.get("file", lambda n, p: read_arrivals(fields.reader, n, p, folder, outside))
    cited = fields.cited()
    if counts is None or into is None:
        return None
    arrivals = tuple(
        Arrivals(
            facts=dict(zip(counts.facts, values, strict=True)),
            dates=tuple(people),
            people=tuple(people.values()),
        )
        for values, people in counts.people.items()
    )
    return Admissions(arrivals=arrivals, into=into, **cited), counts


def _read_factors(fields: Fields, key: str, names: tuple[str, ...]) -> dict[str, Quantity]:
    """Factors of months or weekdays, by name; those without one have 1."""
    node = fields.node(key)
    if node is None:
        return {}
    inner = fields.reader.fields(node, fields.at(key), key)
    read = {name: quantity_key(inner, name, FACTOR) for name in names}
    found = {name: factor for name, factor in read.items() if factor is not None}
    if len(found) == len(names) and not any(factor.value for factor in found.values()):
        fields.refuse(key, "every factor is 0 %, so nobody enters", "give one above 0 %")
    return found


def told_apart(
    fields: Fields,
    facts: dict[str, FactValue],
    split: dict[str, dict[str, Quantity]],
    rows: Rows,
    held: PeopleFile[int] | None,
    came: PeopleFile[date] | None,
) -> Rows:
    """The rows of the population's table, which a file may stand for; refuses what fits no cell.

    Facts of a file that nothing else of the population tells make its cells, if everybody in it
    comes from files with the same facts.
    """
    known = {*split, *(rows[0][0] if rows else ())}
    files = [("stock", held), ("admissions", came)]
    for key, counts in files:
        for fact in counts.facts if counts is not None else ():
            if fact in facts:
                fields.refuse(key, f"the fact `{fact}` is given twice", "keep one of the two")
                return rows
    fresh = {
        frozenset(counts.facts) - known if counts is not None else frozenset()
        for key, counts in files
        if fields.has(key)
    }
    new = next((fact for facts_of in fresh for fact in sorted(facts_of)), None)
    if new is not None and (rows or len(fresh) > 1):
        key = "stock" if held is not None and new in held.facts else "admissions"
        what = f"the population is not divided by `{new}`, a column of the file"
        fields.refuse(key, what, "add it to `split` or `table`, or remove the column")
        return rows
    if new is not None:
        people: dict[tuple[tuple[str, FactValue], ...], int] = {}
        for _, counts in files:
            for values, each in counts.people.items() if counts is not None else ():
                pairs = zip(counts.facts, values, strict=True) if counts is not None else ()
                cell = tuple(sorted((fact, v) for fact, v in pairs if fact not in known))
                people[cell] = people.get(cell, 0) + sum(each.values())
        total = sum(people.values())
        rows = tuple((dict(cell), n / total) for cell, n in people.items())
    if held is not None:
        untold = sorted({*split, *(rows[0][0] if rows else ())} - set(held.facts))
        if untold:
            what = f"the file has no column `{untold[0]}`, by which the population is split"
            held.refuse(fields.reader, fields.at("stock.file"), 1, what, "add the column")
    for key, counts in files:
        if counts is not None:
            _known_values(fields, f"{key}.file", counts, split, rows)
    return rows


def _known_values(
    fields: Fields,
    key: str,
    counts: PeopleFile[int] | PeopleFile[date],
    split: dict[str, dict[str, Quantity]],
    rows: Rows,
) -> None:
    """Refuse people with facts that no cell of the population has."""
    tabled = [fact for fact in counts.facts if rows and fact in rows[0][0]]
    cells = {tuple(row[fact] for fact in tabled) for row, _ in rows}
    for values, line in counts.lines.items():
        told = dict(zip(counts.facts, values, strict=True))
        wrong = [f for f, v in told.items() if f in split and fact_text(v) not in split[f]]
        if not wrong and tabled and tuple(told[fact] for fact in tabled) not in cells:
            wrong = tabled
        if wrong:
            words = values_in_words(tuple(wrong), tuple(told[fact] for fact in wrong))
            what = f"the population has nobody with {words}"
            fix = "add it to `split` or to the table, or mend the row"
            counts.refuse(fields.reader, fields.at(key), line, what, fix)
