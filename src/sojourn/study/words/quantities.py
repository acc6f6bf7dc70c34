"""Numbers with units, certain or uncertain, and values that change by date."""

from __future__ import annotations

from typing import Any

from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.yaml import Node
from sojourn.study.model.values import Dated, Quantity
from sojourn.study.uncertain_shapes import BETWEEN, DERIVED
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
from sojourn.study.words.uncertain import (
    COMPANIONS,
    UNCORRELATED,
    WAYS,
    Readers,
    counted_together,
    written,
)

TIMES = Kind("a factor", ("share",), "%", "110 %", 0, above=True)


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
    """The quantity written as `value`, or in one of the ways in which uncertain ones are."""
    reader, path = fields.reader, fields.path
    ways = [key for key in ("value", *WAYS) if written(fields, key)]
    if len(ways) != 1:
        both = " and ".join(f"`{key}`" for key in ways)
        reader.refuse(
            fields.whole_node,
            path,
            f"{both} are given together" if ways else "no value is given",
            f"write `value: {kind.example}` or `between: [low, high]`",
        )
        return None
    way = ways[0]
    for key, owners in COMPANIONS.items():
        # Measures and stays have a `unit` and a `mean` of their own meaning.
        own = fields.shape == "quantity" or BETWEEN in owners
        if own and written(fields, key) and way not in owners:
            belongs = " or ".join(f"`{owner}`" for owner in owners)
            fields.refuse(key, f"`{key}` belongs to {belongs}", "remove it")
    cited: dict[str, Any] = fields.cited()
    if written(fields, "fit") and fields.flag("fit"):
        cited["fit"] = True
    value = fields.node("value")
    if value is not None:
        inner = read_quantity(reader, value, f"{path}.value" if value.items else path, kind)
        return inner.model_copy(update=cited) if inner is not None else None
    before = len(reader.problems)
    found = WAYS[way](fields, kind, Readers(read_number, read_quantity))
    if found is None or len(reader.problems) != before:
        return None
    return correlated(reader, Quantity.model_validate({**found, "path": path, **cited}))


def correlated(reader: Reader, number: Quantity) -> Quantity:
    """The number with the random numbers that it shares with others, as `correlated` says."""
    if not number.uncertain or number.shape in UNCORRELATED:
        return number
    reader.shared.uncertain.add(number.path)
    scores = reader.correlated.get(number.path)
    if scores is None:
        return number
    update = {"addresses": tuple(scores), "scores": tuple(scores.values())}
    return number.model_copy(update=update)


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
    times = quantity_key(fields, "times", TIMES)
    if times is not None and times.uncertain:
        fields.refuse("times", "the factor is one number", "write `times: 110 %`")
    if found is not None and times is not None:
        found = multiplied(found, name, times, path)
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


def multiplied(number: Quantity, name: str, factor: Quantity, path: str) -> Quantity:
    """The product of a positive number and a factor, which shares the draws of both.

    `name` stands for the number in the product's formula.
    """
    ends = {
        key: (number.value if mine is None else mine) * (factor.value if its is None else its)
        for key, mine, its in (
            ("value", number.value, factor.value),
            ("low", number.low, factor.low),
            ("high", number.high, factor.high),
        )
    }
    if not (number.uncertain or factor.uncertain):
        return number.model_copy(update={"value": ends["value"], "months": None, "path": path})
    by = "factor" if factor.uncertain else repr(factor.value)
    return Quantity.model_validate(
        {**ends, "shape": DERIVED, "unit": number.unit, "path": path,
         "parts": ((name, number), (by, factor)), "formula": f"{name} * {by}"}
    )  # fmt: skip


def read_dated(
    reader: Reader, node: Node, path: str, kind: Kind, *, whole: bool = True
) -> tuple[Dated, ...]:
    """One quantity that always holds, or `{date: quantity, …}`; in order of date.

    `whole`: one must hold on the first day of the period.
    """
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
    if whole and found and found[0].start > start:
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


def make_one(reader: Reader, node: Node, path: str, shares: list[Quantity]) -> list[Quantity]:
    """The shares, drawn together if one count tells of them all.

    Shares whose central values do not sum to one are refused.
    """
    total = sum(share.value for share in shares)
    if abs(total - 1) > 1e-6:
        reader.refuse(
            node,
            path,
            f"the shares sum to {show(round(total * 100, 6))} %, not to 100 %",
            "mend one of them",
        )
    return counted_together(shares)
