"""A key of the study language, and the keys that many shapes share."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """One key of a shape.

    `kind` says what its value is: a word of `sojourn.study.words.schema` (`text`, `date`,
    `share`, `stay` …), the name of a shape, `map of KIND`, `list of KIND`, `dated KIND`
    (the value, or date -> value), or `one of: a, b`.
    """

    name: str
    kind: str
    about: str
    example: str
    required: bool = False


AT_LEAST = r"at least (\d{1,3}) of"
"""The key of a list of conditions of which so many hold."""

CITED: tuple[Key, ...] = (
    Key("source", "text", "Name of the source in which it was found", "r004"),
    Key("quote", "text", "The source's own words", '"capacity of 40,000 inmates"'),
    Key("by", "text", "Who said it", "the Department of Justice"),
    Key(
        "confidence",
        "one of: read, secondary, computed, remembered, assumed",
        "How we know it",
        "read",
    ),
    Key("note", "text", "A remark, for example why it is assumed", "no figure is published"),
    Key("cite", "text", "A legal citation", '"8 USC 1231"'),
)

CITED_NAMES = tuple(key.name for key in CITED)

QUANTITY: tuple[Key, ...] = (
    Key("value", "quantity", "A certain value", "40000 people"),
    Key("between", "list of quantity", "Least and greatest value", "[30 %, 80 %]"),
    Key("best", "quantity", "The most likely value", "50 %"),
    Key(
        "as",
        "one of: uniform, triangular, pert, loguniform",
        "Its distribution; default: pert with `best`, uniform without",
        "pert",
    ),
)
