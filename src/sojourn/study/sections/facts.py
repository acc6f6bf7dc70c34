"""Declared attributes of people."""

from __future__ import annotations

from sojourn.study.fact_types import (
    FACT_TYPES,
    MOST_MEMBERS,
    NOTHING,
    UNKNOWN,
    FactTypeName,
    number_units,
)
from sojourn.study.files.yaml import Node
from sojourn.study.model.facts import Fact
from sojourn.study.units import WordsError, read_words
from sojourn.study.words.reader import Fields, Reader


def read_fact_declaration(reader: Reader, node: Node, path: str, name: str) -> Fact | None:
    """A fact with its type, allowed values or range."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "fact")
    kind: FactTypeName = fields.choice("type", tuple(FACT_TYPES)) or "text"
    values = fields.texts("values")
    unit = fields.text("unit")
    record = FACT_TYPES[kind]
    if fields.has("values") and "values" not in record.takes:
        fields.refuse("values", f"`values` has no meaning for type `{kind}`", "remove it")
    if same := [value for value in values if value.strip().lower() == UNKNOWN]:
        fields.refuse(
            "values", f"`{same[0]}` always means undocumented", "leave it out of the values"
        )
    if fields.has("open") and ("open" not in record.takes or values):
        fields.refuse("open", "`open` is for a text without `values`", "remove it")
    if kind == "set":
        _check_members(fields, values)
    if len(set(values)) != len(values):
        fields.refuse("values", "a value is written twice", "keep one of the two")
    if unit is not None and "unit" not in record.takes:
        fields.refuse("unit", f"`unit` has no meaning for type `{kind}`", "add `type: number`")
    low, high = None, None
    limits = fields.node("range")
    if limits is not None:
        address = fields.at("range")
        if "range" not in record.takes:
            fields.refuse("range", f"`range` has no meaning for type `{kind}`", "remove it")
        elif limits.parts is None or len(limits.parts) != 2:
            fields.refuse("range", f"{limits.kind} is not a pair", "write `range: [0, 200]`")
        else:
            allowed = number_units(kind, unit)
            extra = frozenset([unit] if unit else [])

            def read(text: str) -> float:
                value, written = read_words(text, extra)
                if written not in allowed:
                    raise WordsError(
                        f"`{text}` does not fit the type `{kind}`",
                        f"write `{record.written_as}`" if record.unit else "write a bare number",
                    )
                return value

            low, high = (reader.words(part, address, read) for part in limits.parts)
            if low is not None and high is not None and low > high:
                fields.refuse("range", "the first number is above the second", "swap them")
    about, fixed, why = fields.text("about"), fields.flag("fixed"), fields.text("open")
    if len(reader.problems) != before:
        return None
    return Fact(
        type=kind, values=values, unit=unit, least=low, most=high,
        open=why, fixed=fixed, about=about,
    )  # fmt: skip


def _check_members(fields: Fields, values: tuple[str, ...]) -> None:
    """The values that a set may have as members."""
    if not 0 < len(values) <= MOST_MEMBERS:
        fields.refuse(
            "values", f"a set needs 1 to {MOST_MEMBERS} values; here are {len(values)}",
            "write `values: [SV, US]`",
        )  # fmt: skip
    for value in values:
        if ";" in value or "," in value or value.lower() == NOTHING:
            fields.refuse(
                "values", f"`{value}` cannot be a member of a set",
                f"leave out `;` and `,`; `{NOTHING}` is the set without members",
            )  # fmt: skip
