"""Arguments that several commands take."""

from __future__ import annotations

from collections.abc import Iterable

import sojourn as sj


def by_path(texts: Iterable[str], option: str, example: str) -> dict[str, str]:
    """What is written as PATH=VALUE, by path. Raises SojournError for another form."""
    found = {}
    for text in texts:
        path, equals, value = text.partition("=")
        if not (path.strip() and equals and value.strip()):
            what = f"{option}: `{text}` is not PATH=VALUE"
            raise sj.SojournError(sj.Problem(what, f"write it as '{example}'"))
        found[path.strip()] = value.strip()
    return found
