"""Facts that would identify a person: cohorts here are de-identified, so they are refused."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sojourn.errors import Problem
from sojourn.study.model.facts import Fact

_ALWAYS = {
    "passport", "ssn", "surname", "forename", "alias", "dob", "birthday", "birthdate", "address",
    "street", "phone", "telephone", "email", "fingerprint", "fingerprints", "biometric",
    "biometrics", "photo", "photograph", "nickname", "firstname", "lastname", "fullname", "iban",
    "dui", "curp", "mugshot",
}  # fmt: skip
"""Words that identify wherever they stand in a fact's name."""

_TOGETHER = (
    ("birth", "date"), ("date", "of", "birth"), ("birth", "day"), ("social", "security"),
    ("first", "name"), ("last", "name"), ("full", "name"), ("given", "name"),
    ("family", "name"), ("maiden", "name"), ("middle", "name"), ("person", "name"),
    ("inmate", "name"), ("detainee", "name"), ("alien", "number"), ("a", "number"),
    ("inmate", "number"), ("register", "number"), ("booking", "number"), ("case", "number"),
    ("docket", "number"), ("document", "number"), ("identity", "number"), ("id", "number"),
    ("person", "id"), ("inmate", "id"), ("detainee", "id"), ("national", "id"),
    ("driver", "license"), ("drivers", "license"), ("driving", "licence"),
    ("license", "number"), ("licence", "number"), ("account", "number"),
)  # fmt: skip
"""Words that identify when they follow each other."""

_WHOLE = {"name", "names", "id", "identifier", "person"}
"""Words that identify when they are the whole name."""


CONTENTS = {
    "e-mail addresses": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z]{2,}",
    "social security numbers": r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b",
    "alien registration numbers": r"\b[Aa]-?[0-9]{8,9}\b|\b[Aa]-?[0-9]{3}-[0-9]{3}-[0-9]{3}\b",
    "telephone numbers": r"[+][0-9][0-9 ()./-]{7,}[0-9]|[(][0-9]{3}[)] ?[0-9]{3}-[0-9]{4}",
}
"""Patterns that values of a text must not match, readable by RE2, Java and Python."""


def telling(text: str) -> str | None:
    """What a text seems to hold that could identify a person; None if nothing."""
    return next((kind for kind, pattern in CONTENTS.items() if re.search(pattern, text)), None)


def identifying(name: str) -> bool:
    """Whether a fact of this name would identify a person."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)] or [
        name.lower()
    ]
    if len(words) == 1 and words[0] in _WHOLE:
        return True
    joined = f" {' '.join(words)} "
    return any(word in _ALWAYS for word in words) or any(
        f" {' '.join(pair)} " in joined for pair in _TOGETHER
    )


def identity_problems(facts: Mapping[str, Fact]) -> list[Problem]:
    """A problem for each fact that would identify a person.

    A yes-no fact says only whether something exists (`has_passport`), and is accepted.
    """
    return [
        Problem(
            f"`{name}` would identify a person; studies hold de-identified people only",
            "leave it out, or replace it by a category, as an age band or yes-no; of a birth, the "
            "first day of its month may stand, as the fact `birth_month`",
            path=f"facts.{name}",
        )
        for name, fact in facts.items()
        if fact.type != "yes-no" and identifying(name)
    ]
