"""Units in the language of the moment."""

from __future__ import annotations

import re

from sojourn.languages.phrases import DEFAULT, language, later, phrase

UNITS = frozenset({
    later("people"), later("person"), later("places"), later("place"), later("share"),
    later("days"), later("day"), later("weeks"), later("week"),
    later("months"), later("month"), later("years"), later("year"),
    later("person-day"), later("person-days"), later("place-day"), later("place-days"),
    later("person-month"), later("person-months"), later("place-month"), later("place-months"),
    later("person-year"), later("person-years"), later("place-year"), later("place-years"),
    later("per"), later("once"), later("history"), later("histories"), later("moves"),
    later("move"), later("over"),
})  # fmt: skip
"""Words of which units are made."""


def unit_words(text: str) -> str:
    """A unit in the language of the moment: `USD per person-day`."""
    if language() == DEFAULT:
        return text
    return re.sub(
        r"[A-Za-z]+(?:-[a-z]+)?",
        lambda word: phrase(word[0]) if word[0] in UNITS else word[0],
        text,
    )
