"""The place of every value of a study in its files."""

from __future__ import annotations

from dataclasses import dataclass

from sojourn.study.files.addresses import find, nearest
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node


@dataclass(frozen=True)
class Positions:
    """The raw trees of a study: the base, and each scenario with its overrides applied."""

    base: Node
    scenarios: dict[str, Node]

    def tree(self, scenario: str | None = None) -> Node:
        """The raw tree of a scenario, or the base."""
        return self.base if scenario is None else self.scenarios[scenario]

    def find(self, path: str, scenario: str | None = None) -> Position:
        """Where the value at an address stands, or its nearest ancestor if it is not written."""
        return nearest(self.tree(scenario), path)[0]

    def text(self, path: str, scenario: str | None = None) -> str | None:
        """A scalar as written, None if nothing or no scalar is there."""
        node = find(self.tree(scenario), path)
        return None if node is None else node.text
