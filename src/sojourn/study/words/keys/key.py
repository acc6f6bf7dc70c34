"""A key of the study language, and the keys that many shapes share."""

from __future__ import annotations

from typing import NamedTuple

from sojourn.study.uncertain_shapes import UNCERTAIN_SHAPES


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
    Key("note", "words", "A remark, for example why it is assumed", "no figure is published"),
    Key("cite", "text", "A legal citation", '"8 USC 1231"'),
)

CITED_NAMES = tuple(key.name for key in CITED)

QUANTITY: tuple[Key, ...] = (
    Key("value", "quantity", "A certain value", "40000 people"),
    Key("between", "list of quantity", "Least and greatest value", "[30 %, 80 %]"),
    Key("best", "quantity", "With `between`: the most likely value", "50 %"),
    Key(
        "90 % between",
        "list of quantity",
        "5 % lie below the first value and 5 % above the second; needs `as`",
        "[30 %, 50 %]",
    ),
    Key(
        "as",
        f"one of: {', '.join(shape.name for shape in UNCERTAIN_SHAPES.values() if shape.by)}",
        "Its [distribution](#distributions); with `between`, pert if there is `best`, else uniform",
        "pert",
    ),
)
AS_COUNTED: tuple[Key, ...] = (
    Key(
        "as counted",
        "text",
        "An account of `history`: as it counted, and then as its counts are forecast",
        "prisoners",
    ),
    Key(
        "times",
        "dated factor",
        "With `as counted`: what it is multiplied by, from dates on",
        "{2027-01-01: 110 %}",
    ),
)
UNCERTAIN: tuple[Key, ...] = (
    Key("mean", "quantity", "With `90 % between` and `as: beta`: the mean", "40 %"),
    Key("counted", "text", "A share of which a count tells", "12 of 40"),
    Key("draws", "text", "A CSV or Parquet file of draws, such as a posterior", "posterior.csv"),
    Key("column", "text", "With `draws`: the column that holds it", "admissions"),
    Key("unit", "text", "With `draws`: the unit of the column", "people per year"),
    Key("one of", "list of quantity", "Choices, of which each draw takes one", "[30 %, 50 %]"),
    Key("weights", "list of number", "With `one of`: the weight of each", "[2, 1]"),
    Key("derived", "text", "A formula over parameters and numbers", "stock * 12 %"),
)
