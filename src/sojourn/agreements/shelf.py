"""The agreements that ship: which there are."""

from __future__ import annotations

from pathlib import Path

SHELF = Path(__file__).parent
"""The folder of the files."""


def library_names() -> tuple[str, ...]:
    """Names of all agreements that ship, in order."""
    return tuple(sorted(path.stem for path in SHELF.glob("*.yaml")))
