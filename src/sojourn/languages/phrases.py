"""Texts for readers in the language of the moment, from gettext catalogues.

The English text is the key: `phrase("Scenario: {name}.", name=name)`. What has no other text stays
English. `python tests/languages/catalogues.py` collects the texts into `LANGUAGE.po`, from
which it compiles `LANGUAGE.mo`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, wraps
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from sojourn.errors import Problem, SojournError


def later(text: str) -> str:
    """Marks a text that `phrase` will say, for the catalogues."""
    return text


LANGUAGES = {"en": later("English"), "es": later("Spanish")}
"""Languages in which reports are written, by their code."""
DEFAULT = "en"
CATALOGUES = Path(__file__).parent

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Voice:
    """The language that is spoken, and a study's own words in it."""

    language: str = DEFAULT
    words: Mapping[str, str] | None = None


_ENGLISH = Voice()
_VOICE: ContextVar[Voice] = ContextVar("voice", default=_ENGLISH)


def known(code: str) -> str:
    """The code if there are texts in this language; SojournError if not."""
    if code not in LANGUAGES:
        told = ", ".join(f"{each} ({name})" for each, name in LANGUAGES.items())
        raise SojournError(Problem(f"there are no texts in the language `{code}`", f"use {told}"))
    return code


@contextmanager
def speaking(code: str, words: Mapping[str, str] | None = None) -> Iterator[None]:
    """Within this context, texts are in this language.

    Args:
        code: a key of `LANGUAGES`; another raises SojournError.
        words: a study's own words, by its text as written.
    """
    before = _VOICE.set(Voice(known(code), words))
    try:
        yield
    finally:
        _VOICE.reset(before)


def language() -> str:
    """The code of the language of the moment."""
    return _VOICE.get().language


def phrase(text: str, /, **values: object) -> str:
    """A text in the language of the moment, with values for its `{names}`."""
    # The empty text is the key of a catalogue's head.
    found = _catalogue(language()).gettext(text) if text else text
    return found.format(**values) if values else found


def plural(one: str, many: str, count: float, /, **values: object) -> str:
    """A text whose words depend on a count."""
    whole = 1 if count == 1 else max(2, int(count)) if count else 0
    return _catalogue(language()).ngettext(one, many, whole).format(**values)


def own(text: str) -> str:
    """A word of the study in the language of the moment, or the word as written."""
    return (_VOICE.get().words or {}).get(text, text)


def has_own(text: str) -> bool:
    """Whether the study has this word in the language of the moment, be it the same."""
    return text in (_VOICE.get().words or {})


def cached_by_language(function: Callable[P, R]) -> Callable[P, R]:
    """`functools.cache`, for each language apart."""
    made: dict[str, Callable[P, R]] = {}

    @wraps(function)
    def in_language(*args: P.args, **kwargs: P.kwargs) -> R:
        code = language()
        if code not in made:
            made[code] = cast("Callable[P, R]", cache(function))
        return made[code](*args, **kwargs)

    return in_language


@cache
def _catalogue(code: str) -> NullTranslations:
    if code == DEFAULT:
        return NullTranslations()
    with (CATALOGUES / f"{code}.mo").open("rb") as stream:
        return GNUTranslations(stream)
