"""Populations: who is there on day 0, who enters, and how they differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from sojourn.study.model import Admissions, Population, Quantity, Stay, Stock
from sojourn.study.quantity import dated_key, quantity_key, read_quantity, sum_to_one
from sojourn.study.reader import Fields, Reader, fact_text
from sojourn.study.stay import clock_rules, read_stay
from sojourn.study.table import read_table
from sojourn.study.transitions import read_facts
from sojourn.study.values import (
    DAYS,
    FACTOR,
    MONTHS,
    PEOPLE,
    RATE,
    RATIO,
    SHARE,
    WEEKDAYS,
)
from sojourn.study.yaml import Node


def read_population(
    reader: Reader, node: Node, path: str, name: str, folder: Path
) -> Population | None:
    """A stream of people; tables are looked for in `folder`."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "population")
    facts = read_facts(fields, "facts")
    split = _read_split(fields)
    rows = fields.get("table", lambda n, p: read_table(reader, n, p, folder)) or ()
    varied = set(rows[0][0]) if rows else set()
    for one, other, key in (
        (facts, split, "split"),
        (facts, varied, "table"),
        (split, varied, "table"),
    ):
        for fact in set(one) & set(other):
            fields.refuse(key, f"the fact `{fact}` is given twice", "keep one of the two")
    stock = fields.get("stock", lambda n, p: _read_stock(reader, n, p))
    admissions = fields.get("admissions", lambda n, p: _read_admissions(reader, n, p))
    if not fields.has("stock") and not fields.has("admissions"):
        reader.refuse(
            node, path, "the population has nobody", "add `stock: {…}` or `admissions: {…}`"
        )
    population: dict[str, Any] = {
        "facts": facts,
        "split": split,
        "rows": rows,
        "stock": stock,
        "admissions": admissions,
        "clocks": clock_rules(fields, "clocks"),
        "label": fields.text("label"),
        **fields.cited(),
    }
    return Population.model_validate(population) if len(reader.problems) == before else None


def _read_split(fields: Fields) -> dict[str, dict[str, Quantity]]:
    reader, node = fields.reader, fields.node("split")
    if node is None:
        return {}
    found: dict[str, dict[str, Quantity]] = {}
    for fact, part in reader.mapping(node, fields.at("split"), "{value: 40 %}").items():
        path = f"{fields.at('split')}.{fact}"
        before = len(reader.problems)
        shares: dict[str, Quantity] = {}
        for value, share_node in reader.mapping(part, path, "40 %").items():
            place = f"{path}.{value}"
            known = reader.fact_words(value, part.keys[value], place, fact)
            share = read_quantity(reader, share_node, place, SHARE)
            if share is not None:
                shares[fact_text(known)] = share
            if fact not in reader.facts:
                break
        if len(reader.problems) == before:
            sum_to_one(reader, part, path, list(shares.values()))
        found[fact] = shares
    return found


def _read_stock(reader: Reader, node: Node, path: str) -> Stock | None:
    fields = reader.fields(node, path, "stock")
    count, state = quantity_key(fields, "count", PEOPLE), fields.text("state")
    served = fields.get("served", lambda n, p: _read_served(reader, n, p)) or "new"
    cited = fields.cited()
    if count is None or state is None:
        return None
    return Stock(count=count, state=state, served=served, **cited)


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


def _read_admissions(reader: Reader, node: Node, path: str) -> Admissions | None:
    fields = reader.fields(node, path, "admissions")
    into = fields.text("into")
    given = [unit for unit in DAYS if fields.has(f"per {unit}")]
    if len(given) != 1:
        what = "two rates are given" if given else "no rate is given"
        reader.refuse(node, path, what, "write one, as `per year: 45300 people`")
        return None
    rate = dated_key(fields, f"per {given[0]}", PEOPLE)
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
        "per": given[0],
        "into": into,
        "process": process,
        "variance_ratio": ratio,
        "trend": quantity_key(fields, "trend", RATE),
        "season": _read_factors(fields, "season", MONTHS),
        "weekdays": _read_factors(fields, "weekdays", WEEKDAYS),
        **fields.cited(),
    }
    return Admissions.model_validate(found) if rate and into is not None else None


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
