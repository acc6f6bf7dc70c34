"""Populations: who is there on day 0, who enters, and how they differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sojourn.study.fact_types import fact_text
from sojourn.study.files.yaml import Node
from sojourn.study.model.people import Population
from sojourn.study.model.values import Quantity
from sojourn.study.sections.pathway.transitions import read_facts
from sojourn.study.sections.people.cell_tables import read_table
from sojourn.study.sections.people.stock_and_admissions import (
    read_admissions,
    read_stock,
    told_apart,
)
from sojourn.study.stays.stay import clock_rules
from sojourn.study.units import SHARE
from sojourn.study.words.quantities import read_quantity, sum_to_one
from sojourn.study.words.reader import Fields, Reader


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
    stock, held = fields.get("stock", lambda n, p: read_stock(reader, n, p, folder)) or (None, None)
    admissions, came = fields.get(
        "admissions", lambda n, p: read_admissions(reader, n, p, folder)
    ) or (None, None)
    if len(reader.problems) == before and (held is not None or came is not None):
        rows = told_apart(fields, facts, split, rows, held, came)
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
