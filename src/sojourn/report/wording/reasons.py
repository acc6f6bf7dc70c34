"""The reason of a verdict, which a run holds in English, in the language of the moment."""

from __future__ import annotations

import re

from sojourn.languages.phrases import DEFAULT, language, own, phrase
from sojourn.languages.signs import local
from sojourn.results.claims import OF_MEANS, REASONS


def reason(text: str) -> str:
    """Each of our parts of it said in the language; what the study says is the study's word."""
    if language() == DEFAULT:
        return text
    text = own(text)
    for part in (*REASONS.values(), OF_MEANS):
        text = _pattern(part).sub(lambda found, p=part: _said(p, found), text)  # type: ignore[misc] # bound now
    return text


def _said(part: str, found: re.Match[str]) -> str:
    values = found.groupdict()
    return phrase(part, **{name: _value(value) for name, value in values.items()})


def _value(text: str) -> str:
    return local(text) if re.fullmatch(r"[\d.]+( %)?", text) else phrase(text)


def _pattern(part: str) -> re.Pattern[str]:
    """What the part looks like with values; one at its end goes on to the next part."""
    pieces = re.split(r"\{(\w+)\}", part)
    last = len(pieces) - 2 if pieces[-1] == "" else -1
    return re.compile(
        "".join(
            re.escape(piece) if not place % 2
            else rf"(?P<{piece}>{'[^;]+' if place == last else '[^;]+?'})"
            for place, piece in enumerate(pieces)
        )
    )  # fmt: skip
