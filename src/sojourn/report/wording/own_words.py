"""A study in the language of the moment: its texts, and its scenarios and parties by name."""

from __future__ import annotations

from collections.abc import Iterator
from operator import is_
from typing import TypeVar

from pydantic import BaseModel

from sojourn.languages import dates
from sojourn.languages.phrases import LANGUAGES, has_own, language, own, phrase, plural, speaking
from sojourn.study.model.study import Scenario, StudyModel

T = TypeVar("T")

TEXTS = frozenset({
    "title", "about", "label", "note", "says", "eligible", "cannot", "who", "assumptions",
    "limits", "publisher",
})  # fmt: skip
"""Fields of the model that hold a text for readers, or several."""
NAMES = frozenset({
    "sending", "receiving", "country", "payer", "payee", "category", "name", "scenario",
    "scenarios", "lead", "options",
})  # fmt: skip
"""Fields that hold names of parties, categories or scenarios, which tables hold too."""
COLUMNS = ("scenario", "payer", "payee", "category", "says", "cite")
"""Columns of tables with such names or texts."""


def in_language(study: StudyModel) -> StudyModel:
    """The study with its own words in place of its texts and names."""
    return _said(study, "", study.language)


def said(text: str, key: str, written: str) -> str:
    """A field's text in the language of the moment, or as `written` in another.

    Its dates are as in the language that it is in; in a name they stay, since tables hold it.
    """
    found = own(text) if key in TEXTS or key in NAMES or key == "cite" else text
    if key not in TEXTS and key != "cite":
        return found
    if found != text or written == language():
        return dates.in_text(found)
    with speaking(written):
        return dates.in_text(text)


def _said(value: T, key: str, written: str) -> T:
    found: object = value
    if isinstance(value, str):
        found = said(value, key, written)
    elif isinstance(value, BaseModel):
        fields = {name: getattr(value, name) for name in type(value).model_fields}
        if not isinstance(value, Scenario):
            fields.pop("name", None)
        changed = {
            name: new
            for name, old in fields.items()
            if (new := _said(old, name, written)) is not old
        }
        found = value.model_copy(update=changed) if changed else value
    elif isinstance(value, dict):
        named = key in ("scenarios", "settings")
        items = {own(k) if named else k: _said(v, "", written) for k, v in value.items()}
        same = all(map(is_, items.values(), value.values()))
        found = value if same and list(items) == list(value) else items
    elif isinstance(value, tuple):
        parts = tuple(_said(part, key, written) for part in value)
        found = value if all(map(is_, parts, value)) else parts
    return found  # type: ignore[return-value]  # of the type that came in


def untold(study: StudyModel) -> tuple[str, ...]:
    """Texts of the study that a report in this language shows as written in another."""
    if language() == study.language:
        return ()
    return tuple(dict.fromkeys(text for text in _texts(study, "") if not has_own(text)))


def _texts(value: object, key: str) -> Iterator[str]:
    if isinstance(value, str):
        if key in TEXTS and key != "publisher" and any(map(str.isalpha, value)):
            yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in ("overrides", "sources", "quotes"):
                yield from _texts(getattr(value, name), name)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item, "")
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part, key)


def untold_note(study: StudyModel) -> str:
    """Says how many of the study's texts are in its own language; empty if none are."""
    count = len(untold(study))
    if not count:
        return ""
    return plural(
        "This report is in {language}; {count} text of the study is given only in {written}, "
        "and stands as written.",
        "This report is in {language}; {count} texts of the study are given only in {written}, "
        "and stand as written.",
        count,
        language=phrase(LANGUAGES[language()]),
        count=count,
        written=phrase(LANGUAGES[study.language]),
    )
