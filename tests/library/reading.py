"""Provisions straight from a file of the library, or from a text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sojourn.study.model.provisions import Price, Provision

import sojourn
from sojourn.errors import StudyError
from sojourn.study.files.yaml import Node, parse_yaml, read_yaml
from sojourn.study.sections.period_and_sources import read_map, read_source
from sojourn.study.sections.provisions import read_provisions
from sojourn.study.words.reader import Reader, Shared

LIBRARY = Path(sojourn.__file__).parent / "library" / "agreements"
NAMES = tuple(sorted(path.stem for path in LIBRARY.glob("*.yaml")))


def read(root: Node) -> dict[str, Provision]:
    """The provisions of a file's tree; raises StudyError."""
    items = root.items or {}
    reader = Reader(Shared())
    sources = read_map(reader, items.get("sources"), "sources", read_source)
    reader.shared.sources = frozenset(sources)
    found = read_provisions(reader, items.get("provisions"), "provisions")
    if reader.problems:
        raise StudyError(*reader.problems)
    return found


def provisions(text: str) -> dict[str, Provision]:
    """The provisions of a text."""
    return read(parse_yaml(text, "agreement.yaml"))


@cache
def provisions_of(name: str) -> dict[str, Provision]:
    """The provisions of an agreement of the library."""
    return read(read_yaml(LIBRARY / f"{name}.yaml", f"{name}.yaml"))


def price_of(name: str) -> Price:
    """The price of an agreement of the library."""
    price = provisions_of(name)["price"].price
    assert price is not None
    return price
