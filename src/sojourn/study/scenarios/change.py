"""Changes of a whole study by path, from values of Python: what `change` and `--set` do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from numbers import Integral, Real
from pathlib import Path

from sojourn.errors import StudyError
from sojourn.study.files.addresses import PathError
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, canonical_key, parse_yaml
from sojourn.study.scenarios.overrides import OFF, VARIABLE, Override, may_add, put, refuse_path
from sojourn.study.words.reader import Reader, Shared

CHANGEABLE = (*VARIABLE, "scenarios", "period", "run")
"""Sections that a change reaches."""


class Nowhere(Position):
    """A place for values that are in no file; no two are equal."""

    __slots__ = ()

    def __new__(cls) -> Nowhere:
        """A place without file, line and column."""
        return super().__new__(cls, "", 0, 0)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


def as_node(value: object) -> Node:
    """The raw tree of a value: text, number, yes-no, date, list or mapping.

    Raises StudyError for anything else.
    """
    at = Nowhere()
    if isinstance(value, Mapping):
        items = {canonical_key(str(key)): as_node(part) for key, part in value.items()}
        return Node(at, items=items, keys={key: Nowhere() for key in items})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Node(at, parts=tuple(as_node(part) for part in value))
    if value is None or isinstance(value, str | date):
        return Node(at, text="" if value is None else str(value))
    if isinstance(value, bool):
        return Node(at, text="true" if value else "false")
    if isinstance(value, Integral):
        return Node(at, text=str(int(value)))
    if isinstance(value, Real):
        return Node(at, text=repr(float(value)))
    raise StudyError(f"a study cannot hold a `{type(value).__name__}`")


def changed(tree: Node, changes: Mapping[str, object], folder: Path) -> Node:
    """The tree of a study with values put at addresses, `off` removing what is there.

    A text that begins with `{` or `[` is read as YAML. Addresses are those that scenarios use, and
    `scenarios.NAME.ADDRESS`, `period.…` and `run.…`. A scenario that sets an address itself keeps
    its own value; if every scenario does, the change is refused. Raises StudyError with every
    address that leads nowhere.
    """
    reader = Reader(Shared(folder))
    for written, value in changes.items():
        path, at = canonical_key(written), Nowhere()
        override = Override("", path, value_node(value), at)
        section = path.partition(".")[0]
        if section not in CHANGEABLE:
            what = f"`{section}` is not a section that can be changed"
            reader.refuse(at, path, what, did_you_mean(section, CHANGEABLE))
            continue
        if _set_everywhere(tree, path):
            what = "every scenario sets it, so the change would have no effect"
            reader.refuse(at, path, what, f"change `scenarios.NAME.{path}`")
            continue
        try:
            tree = put(tree, path, None if override.off else override.value, at, _may_add)
        except PathError as error:
            refuse_path(reader, override, path, error)
    if reader.problems:
        raise StudyError(*reader.problems)
    return tree


def value_node(value: object) -> Node:
    """The raw tree of a value to put somewhere; a text that begins with a bracket is YAML."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        return parse_yaml(value, "")
    return as_node(OFF if value is None else value)


def _may_add(parent: str, node: Node, key: str) -> bool:
    """A study may have another scenario, and a scenario another override."""
    return parent == "scenarios" or parent.startswith("scenarios.") or may_add(parent, node, key)


def _set_everywhere(tree: Node, path: str) -> bool:
    """Whether every scenario has an override at the address or above it."""
    scenarios = (tree.items or {}).get("scenarios")
    written = list((scenarios.items or {}).values()) if scenarios is not None else []
    return bool(written) and all(sets(list(scenario.items or ()), path) for scenario in written)


def sets(overrides: Sequence[str], path: str) -> bool:
    """Whether one of these overrides is of the address or of what it stands in."""
    return any(path == each or path.startswith(f"{each}.") for each in overrides)
