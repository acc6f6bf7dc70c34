"""What a misspelt word was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MOST_LISTED = 40
"""More than any part of the study language has keys."""


def did_you_mean(word: str, choices: Iterable[str], kind: str = "") -> str:
    """A remedy: the nearest choices, else all of them, else how to declare one of this `kind`."""
    known = list(dict.fromkeys(choices))
    lower = {choice.casefold(): choice for choice in known}
    if word.casefold() in lower:
        return f"did you mean `{lower[word.casefold()]}`?"
    near = [lower[match] for match in get_close_matches(word.casefold(), lower, 3, 0.6)]
    if near:
        return "did you mean " + " or ".join(f"`{choice}`" for choice in near) + "?"
    if not known:
        return f"no {kind} is declared; declare it first" if kind else ""
    return f"use one of: {listed(known)}"


def listed(choices: Sequence[str]) -> str:
    """The choices in backticks; of very many the first, and how many more there are."""
    told = ", ".join(f"`{choice}`" for choice in choices[:MOST_LISTED])
    more = len(choices) - MOST_LISTED
    return told + (f" and {more} more" if more > 0 else "")
