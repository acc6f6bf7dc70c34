"""The page of the architecture has every room, and says of it what the room says of itself."""

from __future__ import annotations

import ast
from pathlib import Path

import sojourn

ROOT = Path(sojourn.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_each_room_stands_on_the_page_in_its_own_words():
    lines = [" ".join(line.split()) for line in PAGE.read_text(encoding="utf-8").splitlines()]
    for file in ROOT.rglob("__init__.py"):
        if file.parent != ROOT:
            said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
            first = " ".join(said.split("\n\n")[0].split())
            assert f"{file.parent.name}/ {first}" in lines
