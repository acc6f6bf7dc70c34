"""The studies that ship with Sojourn, and whether a folder holds one of them."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

ENTRY = "study.yaml"
"""The file that makes a folder a study."""


def examples() -> Traversable:
    """The folder of the studies that ship."""
    return files("sojourn") / "examples"


def example_names() -> list[str]:
    """Names of the studies that ship, in alphabetical order."""
    return sorted(each.name for each in examples().iterdir() if (each / ENTRY).is_file())


def example_of(folder: Path) -> str | None:
    """The study that ships whose files all stand in this folder unchanged; None if there is none.

    Its expected output does not count: `sojourn new` copies a study without it.
    """
    for name in example_names():
        held = [file for file in (examples() / name).iterdir() if file.is_file()]
        if all(_same(file, folder / file.name) for file in held if "expected" not in file.name):
            return name
    return None


def _same(shipped: Traversable, file: Path) -> bool:
    return file.is_file() and file.read_bytes() == shipped.read_bytes()
