"""Numbers with units, certain or uncertain, and values that change by date."""

from __future__ import annotations

import math
from typing import Literal

from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.yaml import Node
from sojourn.study.model.values import Dated, Quantity
from sojourn.study.units import (
    ANYTHING,
    Kind,
    WordsError,
    looks_like_date,
    months_of,
    read_words,
    show,
)
from sojourn.study.words.reader import Fields, Reader

SHAPES = ("uniform", "triangular", "pert", "loguniform")
Shape = Literal["certain", "uniform", "triangular", "pert", "loguniform"]


def read_quantity(reader: Reader, node: Node, path: str, kind: Kind) -> Quantity | None:
    """A quantity of this kind, or None with a problem."""
    if node.items is not None and "parameter" in node.items:
        return _parameter(reader, node, path, kind)
    if node.items is None:
        number = read_number(reader, node, path, kind)
        if number is None:
            return None
        months = months_of(node.text or "")
        return Quantity(value=number[0], unit=number[1], path=path, months=months)
    before = len(reader.problems)
    fields = reader.fields(node, path, "quantity")
    return quantity_of(fields, kind) if len(reader.problems) == before else None


def quantity_of(fields: Fields, kind: Kind) -> Quantity | None:
    """The quantity written as `value`, or `between` with `best` and `as`."""
    reader, path = fields.reader, fields.path
    value, between = fields.node("value"), fields.node("between")
    if (value is None) == (between is None):
        what = "both `value` and `between` are given" if value else "no value is given"
        reader.refuse(
            fields.whole_node,
            path,
            what,
            f"write `value: {kind.example}` or `between: [low, high]`",
        )
        return None
    cited = fields.cited()
    if value is not None:
        for key in ("best", "as"):
            if fields.has(key):
                fields.refuse(key, f"`{key}` belongs to `between`", "remove it")
        inner = read_quantity(reader, value, f"{path}.value" if value.items else path, kind)
        return inner.model_copy(update=cited) if inner is not None else None
    assert between is not None
    if between.parts is None or len(between.parts) != 2:
        fields.refuse(
            "between", f"{between.kind} is not a pair", f"write `between: [{kind.example}, …]`"
        )
        return None
    numbers = [
        read_number(reader, part, f"{path}.between.{n}", kind)
        for n, part in enumerate(between.parts, 1)
    ]
    best = fields.get("best", lambda n, p: read_number(reader, n, p, kind))
    if numbers[0] is None or numbers[1] is None or (fields.has("best") and best is None):
        return None
    shape: Shape = fields.choice("as", SHAPES) or ("pert" if best is not None else "uniform")
    return _uncertain(fields, shape, numbers[0], numbers[1], best, cited)


def _uncertain(
    fields: Fields,
    shape: Shape,
    lowest: tuple[float, str],
    highest: tuple[float, str],
    best: tuple[float, str] | None,
    cited: dict[str, str],
) -> Quantity | None:
    low, high, unit = lowest[0], highest[0], lowest[1]
    if any(other[1] != unit for other in (highest, best) if other is not None):
        fields.refuse("between", "the numbers have different units", "give all the same unit")
        return None
    if low > high:
        fields.refuse("between", "the first number is above the second", "write the lower first")
        return None
    if best is not None and not low <= best[0] <= high:
        fields.refuse("best", "the best value lies outside `between`", "write one within it")
        return None
    if shape in ("triangular", "pert") and best is None:
        fields.refuse("as", f"`{shape}` needs the most likely value", "add `best: …`")
        return None
    if shape in ("uniform", "loguniform") and best is not None:
        fields.refuse("best", f"`{shape}` has no best value", "remove `best`, or write `as: pert`")
        return None
    if shape == "loguniform" and low <= 0:
        fields.refuse("between", "`loguniform` needs numbers above zero", "write `as: uniform`")
        return None
    if low == high:
        certain = {"value": low, "unit": unit, "path": fields.path}
        return Quantity.model_validate({**certain, **cited})
    middle = math.sqrt(low * high) if shape == "loguniform" else (low + high) / 2
    return Quantity.model_validate(
        {
            "value": best[0] if best is not None else middle,
            "low": low,
            "high": high,
            "shape": shape,
            "unit": unit,
            "path": fields.path,
            **cited,
        }
    )


def read_number(reader: Reader, node: Node, path: str, kind: Kind) -> tuple[float, str] | None:
    """The value and unit of one scalar of this kind."""

    def read(text: str) -> tuple[float, str]:
        value, unit = read_words(text, reader.units)
        kind.check(value, unit, text)
        return value, unit

    if node.parts is not None:
        reader.refuse(
            node,
            path,
            f"{kind.name} is needed here, not a list",
            f"write `{kind.example}`, or `{{between: […]}}` for a range",
        )
        return None
    return reader.words(node, path, read)


def _parameter(reader: Reader, node: Node, path: str, kind: Kind) -> Quantity | None:
    fields = reader.fields(node, path, "parameter use")
    name = fields.text("parameter")
    if name is None:
        return None
    raw = reader.parameters.get(name)
    if raw is None:
        fields.refuse(
            "parameter",
            f"the parameter `{name}` is not declared",
            did_you_mean(name, reader.parameters, "parameter"),
        )
        return None
    address = f"parameters.{name}"
    if raw.items is not None and "parameter" in raw.items:
        reader.refuse(raw, address, "a parameter stands for a parameter", "write its value")
        return None
    before = len(reader.problems)
    found = read_quantity(reader, raw, address, ANYTHING)
    if found is None:
        # The section `parameters` reports this itself, once.
        del reader.problems[before:]
        return None
    try:
        for value in (found.value, found.low, found.high):
            if value is not None:
                kind.check(value, found.unit, f"{show(value)} {found.unit}".strip())
    except WordsError as error:
        fields.refuse(
            "parameter", f"the parameter `{name}` does not fit here: {error.what}", error.fix
        )
        return None
    return found


def read_dated(reader: Reader, node: Node, path: str, kind: Kind) -> tuple[Dated, ...]:
    """One quantity that always holds, or `{date: quantity, …}`; in order of date."""
    start = reader.shared.start
    if node.items is None or not any(looks_like_date(key) for key in node.items):
        quantity = read_quantity(reader, node, path, kind)
        return () if quantity is None else (Dated(start=start, quantity=quantity),)
    found: list[Dated] = []
    for key, part in node.items.items():
        place = f"{path}.{key}"
        day = reader.date(Node(node.keys[key], text=key), place)
        quantity = read_quantity(reader, part, place, kind)
        if day is not None and quantity is not None:
            found.append(Dated(start=day, quantity=quantity))
    found.sort(key=lambda dated: dated.start)
    if found and found[0].start > start:
        reader.refuse(
            node,
            path,
            f"no value is given before {found[0].start}",
            f"add one for {start}, the first day of the period",
        )
    return tuple(found)


def quantity_key(fields: Fields, key: str, kind: Kind) -> Quantity | None:
    """The quantity under a key, None if absent or refused."""
    node = fields.node(key)
    return None if node is None else read_quantity(fields.reader, node, fields.at(key), kind)


def dated_key(fields: Fields, key: str, kind: Kind) -> tuple[Dated, ...]:
    """The dated quantities under a key, empty if absent or refused."""
    node = fields.node(key)
    return () if node is None else read_dated(fields.reader, node, fields.at(key), kind)


def sum_to_one(reader: Reader, node: Node, path: str, shares: list[Quantity]) -> None:
    """Refuse shares whose central values do not sum to one."""
    total = sum(share.value for share in shares)
    if abs(total - 1) > 1e-6:
        reader.refuse(
            node,
            path,
            f"the shares sum to {show(round(total * 100, 6))} %, not to 100 %",
            "mend one of them",
        )
