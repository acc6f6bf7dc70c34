"""YAML files as a raw tree in which every key and value knows its place.

Scalars stay text: the meaning of a word depends on its place, so `NO` is Norway and
`off` is a word. Duplicate keys, tags, merge keys, not-a-numbers and runaway aliases are refused,
so that what is left means the same in YAML 1.1 and 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from yaml.cyaml import CParser
from yaml.error import Mark, MarkedYAMLError
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from sojourn.errors import Problem, StudyError
from sojourn.study.files.text_positions import Position, spanned
from sojourn.study.files.yaml_faults import DEEPEST, syntax_problem, too_deep

GREATEST_FILE = 4_000_000
"""Bytes; a study is written by people, so more is a mistake."""
GREATEST_TREE = 200_000
"""Most values after aliases are expanded, because few nested aliases can expand to very many."""

_ARROW = re.compile(r"\s*(?:->|→)\s*")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Control characters, which nobody writes on purpose and which may steer a terminal.

With them what YAML 1.1 takes for the end of a line, and 1.2 does not."""
_WHOLE = re.compile(r"[-+]?\d+")
_DECIMAL = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A raw value: exactly one of a mapping (`items`), a list (`parts`) or a scalar (`text`)."""

    position: Position
    text: str | None = None
    quoted: bool = False
    parts: tuple[Node, ...] | None = None
    items: dict[str, Node] | None = None
    keys: dict[str, Position] = field(default_factory=dict)
    """Where each key of a mapping stands."""

    @property
    def empty(self) -> bool:
        """Whether nothing is written (`key:` or `null`)."""
        return self.text is not None and not self.quoted and self.text in ("", "~", "null")

    @property
    def kind(self) -> str:
        """What it is, in words for a message."""
        if self.items is not None:
            return "a mapping"
        if self.parts is not None:
            return "a list"
        return "nothing" if self.empty else f"`{shorten(self.text or '')}`"


def shorten(text: str, length: int = 60) -> str:
    """The text on one line, cut to `length`."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def canonical_key(text: str) -> str:
    """The key with arrows written ` -> ` and white space single, so that `→` equals `->`."""
    return " ".join(_ARROW.sub(" -> ", text).split())


def plain(node: Node) -> object:
    """The node as ordinary Python values (None, bool, int, float, str, list, dict)."""
    if node.items is not None:
        return {key: plain(value) for key, value in node.items.items()}
    if node.parts is not None:
        return [plain(part) for part in node.parts]
    text = node.text or ""
    if node.quoted:
        return text
    if node.empty:
        return None
    if text in ("true", "false"):
        return text == "true"
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def walk(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every (path, node) under `node`, itself first; list elements count from 1."""
    yield path, node
    head = f"{path}." if path else ""
    for key, value in (node.items or {}).items():
        yield from walk(value, head + key)
    for number, part in enumerate(node.parts or (), 1):
        yield from walk(part, f"{head}{number}")


def read_yaml(path: Path, shown: str) -> Node:
    """The one document of a file; `shown` is its name in messages. Raises StudyError."""
    return parse_yaml(_read_text(path, shown), shown)


def parse_yaml(text: str, shown: str) -> Node:
    """The one document of a text, in time that grows with its length. Raises StudyError."""
    if found := _CONTROL.search(text):
        before = text[: found.start()]
        line, column = before.count("\n") + 1, found.start() - before.rfind("\n")
        what = f"the file holds the control character {_sign(found)}"
        raise StudyError(Problem(what, "take it out", shown, line, column))
    try:
        return _Composer(shown, text).document()
    except MarkedYAMLError as error:
        raise StudyError(syntax_problem(error, text, shown)) from None


def _read_text(path: Path, shown: str) -> str:
    try:
        if path.stat().st_size > GREATEST_FILE:
            raise StudyError(
                Problem(
                    f"the file is larger than {GREATEST_FILE // 1_000_000} MB",
                    "a study is text; move tables into .csv files",
                    shown,
                )
            )
        data = path.read_bytes()
    except OSError as error:
        raise StudyError(
            Problem(f"the file cannot be read: {error.strerror}", "check its name", shown)
        ) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        raise StudyError(
            Problem(
                f"the file is not UTF-8: byte {data[error.start]:#04x}",
                "save it with the encoding UTF-8",
                shown,
                before.count(b"\n") + 1,
                error.start - before.rfind(b"\n"),
            )
        ) from None


def _sign(found: re.Match[str]) -> str:
    return f"U+{ord(found[0]):04X}"


class _Alias(NamedTuple):
    """What an alias stands for: its number of values, and of levels within each other."""

    node: Node
    size: int
    levels: int


class _Composer:
    """From the parser's events to nodes, for one file."""

    def __init__(self, shown: str, source: str) -> None:
        self.shown, self.source = shown, source
        self.next: Callable[[], Any] = CParser(source).get_event
        """The next event of the parser, which has no types."""
        self.anchors: dict[str, _Alias | None] = {}
        """None while the value is being read."""
        self.size, self.deepest = 0, 0
        """Values so far, with aliases expanded; the depth of the deepest of them."""
        self.problems: list[Problem] = []

    def document(self) -> Node:
        """The tree; raises StudyError with all problems, MarkedYAMLError if it is no YAML."""
        self.next()
        if isinstance(self.next(), StreamEndEvent):
            what, fix = "the file is empty", "write the section's keys into it"
            raise StudyError(Problem(what, fix, self.shown, 1, 1))
        root = self.value(self.next(), 0)
        self.next()
        if not isinstance(after := self.next(), StreamEndEvent):
            place = self.place(after.start_mark)
            self.refuse(place, "a second document begins here", "keep one in a file")
        if self.problems:
            raise StudyError(*self.problems)
        return root

    def refuse(self, place: Position, what: str, fix: str) -> None:
        self.problems.append(Problem(what, fix, *place))

    def place(self, mark: Mark) -> Position:
        return Position(self.shown, mark.line + 1, mark.column + 1)

    def value(self, event: NodeEvent, depth: int) -> Node:
        """What begins with an event, within `depth` lists and mappings."""
        if isinstance(event, AliasEvent):
            return self.alias(event, depth)
        if event.tag is not None:
            what = f"the tag `{event.tag}` has no meaning here"
            self.refuse(self.place(event.start_mark), what, "remove the tag")
        if event.anchor is not None:
            return self.anchored(event, depth)
        return self.read(event, depth)

    def read(self, event: NodeEvent, depth: int) -> Node:
        if isinstance(event, ScalarEvent):
            self.add(event, 1)
            return self.scalar(event)
        self.add(event, 1, depth + 1)
        place = self.place(event.start_mark)
        if isinstance(event, MappingStartEvent):
            return self.mapping(place, depth + 1)
        parts: list[Node] = []
        while not isinstance(event := self.next(), SequenceEndEvent):
            parts.append(self.value(event, depth + 1))
        return Node(place, parts=tuple(parts))

    def anchored(self, event: NodeEvent, depth: int) -> Node:
        """The same, kept for the aliases that refer to it."""
        self.anchors[event.anchor] = None
        size, deepest, self.deepest = self.size, self.deepest, depth
        node = self.read(event, depth)
        self.anchors[event.anchor] = _Alias(node, self.size - size, self.deepest - depth)
        self.deepest = max(deepest, self.deepest)
        return node

    def alias(self, event: AliasEvent, depth: int) -> Node:
        name, place = event.anchor, self.place(event.start_mark)
        made = self.anchors.get(name)
        if made is None:
            what = "refers to itself" if name in self.anchors else "is not defined before"
            self.refuse(place, f"the alias `*{name}` {what}", "write the value out")
            return Node(place, text="")
        self.add(event, made.size, depth + made.levels)
        return made.node

    def add(self, event: NodeEvent, size: int, deepest: int = 0) -> None:
        """Count values; stop reading where they are more, or deeper, than a person writes."""
        self.size += size
        self.deepest = max(self.deepest, deepest)
        if deepest > DEEPEST:
            sort = "brackets" if getattr(event, "flow_style", False) else "values"
            raise StudyError(too_deep(sort, *self.place(event.start_mark)))
        if self.size > GREATEST_TREE:
            what, fix = f"the file has more than {GREATEST_TREE:,} values", "move tables into .csv"
            if self.anchors:
                what = f"aliases expand to more than {GREATEST_TREE:,} values"
                fix = "write the values out, or use fewer aliases"
            raise StudyError(Problem(what, fix, *self.place(event.start_mark)))

    def mapping(self, position: Position, depth: int) -> Node:
        items: dict[str, Node] = {}
        keys: dict[str, Position] = {}
        while not isinstance(event := self.next(), MappingEndEvent):
            place = self.place(event.start_mark)
            key = self.key(event, place, keys, depth)
            value = self.value(self.next(), depth)
            if key is not None:
                keys[key], items[key] = place, value
        return Node(position, items=items, keys=keys)

    def key(
        self, event: NodeEvent, place: Position, keys: dict[str, Position], depth: int
    ) -> str | None:
        """The key that begins with an event; None if it is refused, with its value."""
        if not isinstance(event, ScalarEvent) or event.anchor or event.tag:
            self.value(event, depth)
            self.refuse(place, "a key must be a word", "write the word, in quotes if need be")
            return None
        self.check_text(event, place)
        key = canonical_key(event.value)
        if key == "<<" and not event.style:
            self.refuse(place, "merge keys (`<<`) are not used", "write the keys out")
            return None
        if key in keys:
            what = f"the key `{key}` is written twice (first in line {keys[key].line})"
            self.refuse(place, what, "keep one of the two, or give one another name")
            return None
        return key

    def check_text(self, event: ScalarEvent, place: Position) -> None:
        """Refuse control characters that are written as escapes; others are found before."""
        if event.style == '"' and (found := _CONTROL.search(event.value)):
            what = f"the text holds the control character {_sign(found)}"
            self.refuse(place, what, "take it out")

    def scalar(self, event: ScalarEvent) -> Node:
        text, style, mark = event.value, event.style or "", event.start_mark
        place = self.place(mark)
        self.check_text(event, place)
        if not style and _NOT_A_NUMBER.fullmatch(text):
            self.refuse(place, f"`{text}` is not a number", "write a finite number")
        span = spanned(place, self.source, mark.index, text.strip(), style)
        return Node(span, text=text, quoted=bool(style))
