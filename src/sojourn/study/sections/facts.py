"""Declared attributes of people."""

from __future__ import annotations

from sojourn.study.files.yaml import Node
from sojourn.study.model import Fact
from sojourn.study.units import WordsError, read_words
from sojourn.study.words.reader import UNKNOWN, Reader


def read_fact_declaration(reader: Reader, node: Node, path: str, name: str) -> Fact | None:
    """A fact with its type, allowed values or range."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "fact")
    kind = fields.choice("type", ("text", "number", "yes-no", "date", "duration")) or "text"
    values = fields.texts("values")
    unit = fields.text("unit")
    if fields.has("values") and kind != "text":
        fields.refuse("values", f"`values` has no meaning for type `{kind}`", "remove it")
    if UNKNOWN in values:
        fields.refuse(
            "values", f"`{UNKNOWN}` always means undocumented", "leave it out of the values"
        )
    if len(set(values)) != len(values):
        fields.refuse("values", "a value is written twice", "keep one of the two")
    if unit is not None and kind != "number":
        fields.refuse("unit", f"`unit` has no meaning for type `{kind}`", "add `type: number`")
    low, high = None, None
    limits = fields.node("range")
    if limits is not None:
        address = fields.at("range")
        if kind not in ("number", "duration"):
            fields.refuse("range", f"`range` has no meaning for type `{kind}`", "remove it")
        elif limits.parts is None or len(limits.parts) != 2:
            fields.refuse("range", f"{limits.kind} is not a pair", "write `range: [0, 200]`")
        else:
            allowed = ("day",) if kind == "duration" else ("", unit)
            extra = frozenset([unit] if unit else [])

            def read(text: str) -> float:
                value, written = read_words(text, extra)
                if written not in allowed:
                    raise WordsError(
                        f"`{text}` does not fit the type `{kind}`",
                        "write `90 days`" if kind == "duration" else "write a bare number",
                    )
                return value

            low, high = (reader.words(part, address, read) for part in limits.parts)
            if low is not None and high is not None and low > high:
                fields.refuse("range", "the first number is above the second", "swap them")
    about = fields.text("about")
    if len(reader.problems) != before:
        return None
    return Fact(type=kind, values=values, unit=unit, least=low, most=high, about=about)
