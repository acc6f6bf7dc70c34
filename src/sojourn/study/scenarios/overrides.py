"""Scenarios: named overrides of the base, applied to the raw tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sojourn.errors import Problem
from sojourn.study.files.addresses import PathError, change, children, find
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, plain
from sojourn.study.words.keys.shapes import NAMES, SHAPES
from sojourn.study.words.reader import Reader

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

OFF = "off"
"""The word that removes what is at a path."""

VARIABLE = (
    "parameters", "correlated", "facts", "agreement", "facilities", "clocks", "states",
    "transitions",
    "quotas", "gates", "populations", "money", "measures", "claims",
)  # fmt: skip
"""Sections that a scenario may change."""

_OF_AGREEMENT = ("agreement.terms", "agreement.rules", "agreement.values")
GROWING = frozenset(
    {
        *_OF_AGREEMENT, "facilities", "clocks", "states", "transitions", "quotas", "gates",
        "populations", "money.payments", "measures", "claims",
    }
)  # fmt: skip
"""Addresses of mappings with free names to which a scenario may add.

Not `parameters` and `facts`: an addition there would change nothing, so it is a misspelling.
"""


@dataclass(frozen=True)
class Override:
    """One `path: value` of a scenario."""

    scenario: str
    """The scenario that writes it, which another may be based on."""
    path: str
    value: Node
    position: Position

    @property
    def off(self) -> bool:
        """Whether it removes what is at its path."""
        return self.value.text == OFF and not self.value.quoted

    def __str__(self) -> str:
        return f"`{self.path}` in {self.position.file}:{self.position.line}"


@dataclass
class Variant:
    """One scenario as a raw tree."""

    name: str
    tree: Node
    about: str | None = None
    overrides: list[Override] = field(default_factory=list)
    """In the order applied, those of the scenarios it is based on first."""
    added: list[tuple[str, Override]] = field(default_factory=list)
    """Names that the base does not have: (address, override)."""

    def written(self) -> dict[str, object]:
        """The overrides as ordinary values, for the report."""
        return {override.path: plain(override.value) for override in self.overrides}


BASE = "base"
"""The name of the one scenario of a study that writes none."""


def build_variants(tree: Node, reader: Reader) -> list[Variant]:
    """Every scenario of the study, in the file's order; problems go to the reader."""
    node = (tree.items or {}).get("scenarios")
    if node is None or node.empty:
        return [Variant(BASE, tree)]
    written = reader.mapping(node, "scenarios", "{path: value}")
    if not written:
        if node.items is not None:
            reader.refuse(node, "scenarios", "no scenario is written", "write `name: {}`")
        return [Variant(BASE, tree)]
    return [_build(tree, reader, written, name, node) for name in written]


def build_settings(tree: Node, reader: Reader) -> list[Variant]:
    """The settings among which decisions choose, as scenarios; problems go to the reader."""
    items = tree.items or {}
    scenarios, decisions = items.get("scenarios"), items.get("decisions")
    written = dict((scenarios and scenarios.items) or {})
    found = []
    for decision, node in ((decisions and decisions.items) or {}).items():
        settings = (node.items or {}).get("settings")
        for name, setting in ((settings and settings.items) or {}).items():
            if name in written:
                path = f"decisions.{decision}.settings.{name}"
                what = f"there is a scenario or another setting `{name}`"
                reader.refuse(setting, path, what, "give it another name")
                continue
            written[name] = setting
            found.append(_build(tree, reader, written, name, setting))
    return found


def _build(tree: Node, reader: Reader, written: dict[str, Node], name: str, node: Node) -> Variant:
    about = None
    chain = _chain(reader, written, name)
    overrides: list[Override] = []
    for scenario in chain:
        for key, value in _items(reader, written[scenario], scenario).items():
            if key == "about":
                about = reader.text(value, f"scenarios.{scenario}.about")
            elif key != "based on":
                at = written[scenario].keys[key]
                overrides.append(Override(scenario, key, value, at))
        if scenario != name:
            about = None
    variant = Variant(name, tree, about, overrides)
    for override in overrides:
        _apply(variant, override, reader)
    return variant


def _items(reader: Reader, node: Node, name: str) -> dict[str, Node]:
    return reader.mapping(node, f"scenarios.{name}", "value")


def _chain(reader: Reader, written: dict[str, Node], name: str) -> list[str]:
    """The scenario and those it is based on, the furthest first."""
    chain = [name]
    while True:
        raw = (written[chain[-1]].items or {}).get("based on")
        if raw is None:
            return chain[::-1]
        path = f"scenarios.{chain[-1]}.based on"
        before = reader.text(raw, path)
        if before is None:
            return chain[::-1]
        if before in chain:
            reader.refuse(raw, path, "the scenario is based on itself", "name another one")
            return chain[::-1]
        if before not in written:
            reader.refuse(
                raw,
                path,
                f"the scenario `{before}` does not exist",
                did_you_mean(before, written, "scenario"),
            )
            return chain[::-1]
        chain.append(before)


def _apply(variant: Variant, override: Override, reader: Reader) -> None:
    """Change the variant's tree, or refuse the override at its own place."""
    path, at = override.path, override.position
    address = f"scenarios.{override.scenario}.{path}"
    section = path.partition(".")[0]
    if section not in VARIABLE:
        known = [*VARIABLE, *NAMES["scenario"]]
        reader.refuse(
            at,
            address,
            f"`{section}` is not a section that a scenario changes",
            did_you_mean(section, known),
        )
        return
    value = None if override.off else override.value
    if value is not None and value.empty:
        reader.refuse(at, address, "nothing is written for the override", "write a value, or `off`")
        return
    existed = find(variant.tree, path, strict=True) is not None
    try:
        variant.tree = put(variant.tree, path, value, at)
    except PathError as error:
        refuse_path(reader, override, address, error)
        return
    if not existed:
        variant.added.append((path, override))


def put(
    tree: Node,
    path: str,
    value: Node | None,
    at: Position,
    allowed: Callable[[str, Node, str], bool] | None = None,
) -> Node:
    """The tree with the value at an address, or without what is there if None.

    `allowed` says where a key may be added (default: `may_add`). Raises PathError.
    """
    for parent in (path.partition(".")[0], "money.payments", *_OF_AGREEMENT):
        # A first gate, payment, term … may be added where its section is not yet written.
        if parent in GROWING and path.startswith(f"{parent}.") and find(tree, parent) is None:
            empty = Node(at, items={})
            try:
                tree = change(tree, parent, empty, at, lambda *_: True)
            except PathError:
                break
    add = allowed or may_add
    try:
        return change(tree, path, value, at, add)
    except PathError as error:
        key, _, day = error.rest.rpartition(".")
        known = error.node.items is not None and add(error.parent, error.node, key)
        if value is None or not known or not _DATE.fullmatch(day):
            raise
        # The first change of a transition, or the first factor of a date: `changes.2026-07-01`.
        dated = Node(at, items={day: value}, keys={day: at})
        return change(tree, f"{error.parent}.{key}", dated, at, add)


def may_add(parent: str, node: Node, key: str) -> bool:
    """Whether a scenario may add this key to the mapping at an address."""
    if parent in GROWING:
        return "." not in key
    if parent in ("parameters", "facts"):
        return False
    if parent == "":
        return key in VARIABLE
    if "." in key:
        return False
    shape = shape_at(parent)
    return shape is None or key in NAMES[shape]


def shape_at(path: str) -> str | None:
    """The shape of the mapping at an address, None where names are free or unknown."""
    head, _, rest = path.partition(".")
    if head in ("agreement", "money"):
        if not rest:
            return head
        inner, _, item = rest.partition(".")
        shape = {"rules": "rule", "payments": "payment"}.get(inner)
        return shape if item and "." not in item else None
    shape = next((k.kind.removeprefix("map of ") for k in SHAPES["study"] if k.name == head), None)
    return shape if rest and "." not in rest and shape in NAMES else None


def refuse_path(reader: Reader, override: Override, address: str, error: PathError) -> None:
    """Told that an override's address does not lead anywhere, and what would be near."""
    choices = children(error.node)
    where = f"`{error.parent}`" if error.parent else "the study"
    if not choices and error.node.items is None:
        reader.refuse(
            override.position,
            address,
            f"{where} is a single value without parts",
            f"override `{error.parent}` whole",
        )
        return
    known = [*choices]
    shape = shape_at(error.parent)
    if shape is not None and not override.off:
        known += [name for name in NAMES[shape] if name not in choices]
    word = error.rest
    fix = did_you_mean(word, known)
    if not fix.startswith("did you mean"):
        shorter = did_you_mean(word.partition(".")[0], known)
        fix = shorter if shorter.startswith("did you mean") else fix
    what = f"{where} has no `{word}`" + (" to remove" if override.off else "")
    reader.refuse(override.position, address, what, fix or "remove the override")


def attribute(problem: Problem, variant: Variant) -> Override | None:
    """The override that a problem of a scenario comes from; None where no one is known to."""
    for override in reversed(variant.overrides):
        inside = problem.path == override.path or problem.path.startswith(f"{override.path}.")
        if inside:
            return override
    for word in re.findall(r"`([^`]+)`", problem.what):
        named = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        for override in reversed(variant.overrides):
            if named.search(override.path):
                return override
    return None
