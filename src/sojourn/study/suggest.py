"""What a misspelt word was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST_LISTED = 12


def did_you_mean(word: str, choices: Iterable[str], kind: str = "") -> str:
    """A remedy: the nearest choices, else all of them, else how to declare one of this `kind`."""
    known = list(dict.fromkeys(choices))
    lower = {choice.casefold(): choice for choice in known}
    near = [lower[match] for match in get_close_matches(word.casefold(), lower, 3, 0.6)]
    if near:
        return "did you mean " + " or ".join(f"`{choice}`" for choice in near) + "?"
    if not known:
        return f"no {kind} is declared; declare it first" if kind else ""
    listed = ", ".join(f"`{choice}`" for choice in known[:MOST_LISTED])
    return f"use one of: {listed}" + (", …" if len(known) > MOST_LISTED else "")
