"""How well something is known, and the mark for what was only remembered or assumed.

Every output that shows something of an agreement marks it with `marked` or `mark`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sojourn.languages.phrases import later, phrase
from sojourn.study.model.values import Confidence

MARKS: Final[dict[Confidence, str]] = {
    "remembered": later("(remembered, not read)"),
    "assumed": later("(assumed)"),
}
"""Marks of entries that rest on no text; entries that were read or computed have none."""

_WEAKEST_FIRST: Final[tuple[Confidence, ...]] = (
    "assumed", "remembered", "computed", "secondary", "read",
)  # fmt: skip


def mark(confidence: Confidence | None) -> str:
    """The visible mark of a confidence; empty if it needs none."""
    return phrase(MARKS[confidence]) if confidence in MARKS else ""


def marked(text: str, confidence: Confidence | None) -> str:
    """The text with the mark of its confidence behind it."""
    sign = mark(confidence)
    return f"{text} {sign}" if sign else text


def weakest(confidences: Iterable[Confidence | None]) -> Confidence | None:
    """The least of several confidences; None if none is given."""
    given = {confidence for confidence in confidences if confidence is not None}
    return next((confidence for confidence in _WEAKEST_FIRST if confidence in given), None)


def counted_by_confidence(confidences: Iterable[Confidence | None]) -> dict[Confidence, int]:
    """The number of entries of each confidence, the best known first; None is left out."""
    given = list(confidences)
    counts = {confidence: given.count(confidence) for confidence in reversed(_WEAKEST_FIRST)}
    return {confidence: count for confidence, count in counts.items() if count}
