"""All shapes of the study language, in the order in which its page shows them."""

from __future__ import annotations

from sojourn.study.words.keys.agreement import AGREEMENT
from sojourn.study.words.keys.key import CITED, QUANTITY, UNCERTAIN, Key
from sojourn.study.words.keys.measures import MEASURES
from sojourn.study.words.keys.money import MONEY
from sojourn.study.words.keys.pathway import PATHWAY
from sojourn.study.words.keys.people import PEOPLE
from sojourn.study.words.keys.stays import STAYS
from sojourn.study.words.keys.study import STUDY

SHAPES: dict[str, tuple[Key, ...]] = {
    **STUDY,
    "quantity": (
        *QUANTITY,
        *UNCERTAIN,
        Key(
            "fit",
            "flag",
            "With `between`: `sojourn fit` learns it from the history; the range is its prior",
            "yes",
        ),
        *CITED,
    ),
    "correlation": (
        Key(
            "of",
            "names",
            "Addresses of uncertain numbers, parameters or others",
            "[parameters.fee, parameters.wage]",
            True,
        ),
        Key(
            "rank correlation",
            "number or list of list of number",
            "Spearman's, of every two; or, from the second number on, with each before it",
            "0.6",
            True,
        ),
        Key("about", "words", "Why they go together", "both follow the price of labour"),
        *CITED,
    ),
    "parameter use": (
        Key("parameter", "text", "Name of the parameter to use here", "fee"),
        Key("times", "factor", "What it is multiplied by", "110 %"),
    ),
    **AGREEMENT,
    **PATHWAY,
    **PEOPLE,
    **MONEY,
    **MEASURES,
    **STAYS,
}

NAMES: dict[str, tuple[str, ...]] = {
    shape: tuple(key.name for key in keys) for shape, keys in SHAPES.items()
}
REQUIRED: dict[str, tuple[Key, ...]] = {
    shape: tuple(key for key in keys if key.required) for shape, keys in SHAPES.items()
}
FILLED: dict[str, dict[str, str]] = {
    shape: {
        key.name: key.example
        for key in keys
        if not key.kind.startswith("map of ") and (shape != "study" or key.required)
    }
    for shape, keys in SHAPES.items()
}
"""Keys below which something must be written, with an example.

Not so for mappings with free names and the sections of a study, which may be empty.
"""
SECTIONS = tuple(key.name for key in SHAPES["study"] if key.name not in ("study", "about"))
"""Top-level keys whose value may be the name of a .yaml file."""
