"""YAML 1.2 files as a raw tree in which every key and value knows its place.

Scalars stay text: the meaning of a word depends on its place, so `NO` is Norway and
`off` is a word. Duplicate keys, tags, merge keys, not-a-numbers and runaway aliases are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scanner import Scanner

from sojourn.errors import Problem, StudyError
from sojourn.study.files.text_positions import Position, spanned

GREATEST_FILE = 4_000_000
"""Bytes; a study is written by people, so more is a mistake."""
GREATEST_TREE = 200_000
"""Most values after aliases are expanded, because few nested aliases can expand to very many."""

DEEPEST_FLOW = 50
"""Brackets within each other; the parser's time for each grows with their number."""

_ARROW = re.compile(r"\s*(?:->|→)\s*")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
"""Control characters, which nobody writes on purpose and which may steer a terminal."""
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
    """The one document of a text. Raises StudyError."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _ShallowScanner
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        raise StudyError(_syntax_problem(error, text, shown)) from None
    except RecursionError:
        raise StudyError(
            Problem("lists or mappings are nested too deeply", "write fewer levels", shown, 1, 1)
        ) from None
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        sign = f"U+{ord(text[error.position]):04X}"
        what = f"the file holds the control character {sign}"
        raise StudyError(Problem(what, "take it out", shown, line, column)) from None
    except (YAMLError, ValueError) as error:
        raise StudyError(
            Problem(f"this is not YAML: {shorten(str(error))}", "write YAML 1.2", shown, 1, 1)
        ) from None
    if root is None:
        raise StudyError(
            Problem("the file is empty", "write the section's keys into it", shown, 1, 1)
        )
    return _Converter(shown, text).convert_root(root)


class _TooDeepError(MarkedYAMLError):
    """More brackets within each other than a person writes."""


class _ShallowScanner(Scanner):
    """The parser's scanner, for files that people write."""

    def fetch_flow_collection_start(self, token: Any, to_push: str) -> None:
        """One more bracket opens."""
        if self.flow_level >= DEEPEST_FLOW:
            raise _TooDeepError(problem_mark=self.reader.get_mark())
        super().fetch_flow_collection_start(token, to_push)


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


def _syntax_problem(error: MarkedYAMLError, text: str, shown: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    if error.context == "while scanning a simple key" and error.context_mark:
        mark = error.context_mark
        return Problem(
            "this is not YAML: a colon is missing after this key", "write `key: value`", shown,
            mark.line + 1, mark.column + 1,
        )  # fmt: skip
    line = mark.line + 1 if mark else 1
    column = mark.column + 1 if mark else 1
    if isinstance(error, _TooDeepError):
        what = f"brackets are nested more than {DEEPEST_FLOW} deep"
        return Problem(what, "write fewer levels", shown, line, column)
    lines = text.split("\n")
    written = lines[line - 1] if 0 < line <= len(lines) else ""
    indent = written[: len(written) - len(written.lstrip())]
    reason = shorten(error.problem or error.context or "the text is not YAML", 120)
    if "\t" in indent or "'\\t'" in reason:
        return Problem(
            "a tab is used to indent", "indent with spaces", shown, line, indent.find("\t") + 1
        )
    opened = _left_open(error, lines, line) or _shifted(lines, line)
    if opened is not None:
        what, remedy, *_ = opened
        return Problem(f"this is not YAML: {what}", remedy, shown, *opened[2:])
    fix = 'check quotes, brackets and indentation; put words that hold ": " or "#" in quotes'
    return Problem(f"this is not YAML: {reason}", fix, shown, line, column)


LOOKED_BACK = 30
"""Lines before a fault in which a quote is looked for that swallowed what follows."""


def _left_open(
    error: MarkedYAMLError, lines: list[str], line: int
) -> tuple[str, str, int, int] | None:
    """What is wrong, its remedy, line and column, if a quote or bracket was left open before."""
    for before in range(line, max(line - LOOKED_BACK, 0), -1):
        column = _open_quote(lines[before - 1]) if before <= len(lines) else 0
        # A text may go on in the next line, but where it does, nothing is wrong.
        if column and (before < line or "end of stream" in str(error.problem)):
            return "the quote that opens here is not closed", "close it", before, column
    mark = error.context_mark
    if mark is None or "flow" not in str(error.context) or mark.line + 1 >= line:
        return None
    sign = lines[mark.line][mark.column : mark.column + 1]
    inside = lines[line - 1] if line <= len(lines) else ""
    if len(inside) - len(inside.lstrip()) > len(lines[mark.line]) - len(lines[mark.line].lstrip()):
        return None  # the fault is within the brackets
    return f"the bracket `{sign}` is not closed", "close it", mark.line + 1, mark.column + 1


def _shifted(lines: list[str], line: int) -> tuple[str, str, int, int] | None:
    """As `_left_open`: a line shortly before is indented as none around it, or has no colon."""
    meant = [
        (number, text)
        for number, text in enumerate(lines[:line], 1)
        if text.strip() and not text.lstrip().startswith("#")
    ]
    depths = [len(text) - len(text.lstrip()) for _, text in meant]
    if depths.count(0) < len(depths) and sum(depth % 2 for depth in depths) <= 2:
        for (number, _), depth in list(zip(meant, depths, strict=True))[: -LOOKED_BACK - 1 : -1]:
            if depth % 2:
                what = f"the line is indented by {depth} space{'s'[: depth != 1]}, unlike others"
                return what, "indent it like its neighbours", number, depth + 1
    if len(meant) > 1 and meant[-1][0] == line:
        number, before = meant[-2]
        if depths[-2] == depths[-1] and not before.lstrip().startswith("-") and ":" not in before:
            return "a colon is missing in this line", "write `key: value`", number, depths[-2] + 1
    return None


def _open_quote(line: str) -> int:
    """The column of a quote that opens a value in this line and is not closed in it; or 0."""
    opened, sign, last, at = 0, "", ":", 0
    while at < len(line):
        here = line[at]
        if sign:
            if here == "\\" and sign == '"':
                at += 1
            elif here == sign:
                sign = ""
        elif here == "#" and (at == 0 or line[at - 1].isspace()):
            break
        elif here in "'\"" and last in ":-,[{":
            opened, sign = at + 1, here
        if not here.isspace():
            last = here
        at += 1
    return opened if sign else 0


class _Converter:
    """From the parser's nodes to ours, for one file."""

    def __init__(self, shown: str, source: str) -> None:
        self.shown, self.source = shown, source
        self.done: dict[int, tuple[Node, int]] = {}
        self.open: set[int] = set()
        self.problems: list[Problem] = []

    def convert_root(self, root: Any) -> Node:
        """The tree; raises StudyError with every problem found."""
        try:
            node, _ = self.convert(root)
        except RecursionError:
            self.problems.append(
                Problem("values are nested too deeply", "write fewer levels", self.shown, 1, 1)
            )
        if self.problems:
            raise StudyError(*self.problems)
        return node

    def refuse(self, mark: Any, what: str, fix: str) -> None:
        self.problems.append(Problem(what, fix, self.shown, mark.line + 1, mark.column + 1))

    def place(self, mark: Any) -> Position:
        return Position(self.shown, mark.line + 1, mark.column + 1)

    def convert(self, raw: Any) -> tuple[Node, int]:
        """The node and its number of values with aliases expanded."""
        if id(raw) in self.done:
            return self.done[id(raw)]
        position = self.place(raw.start_mark)
        if id(raw) in self.open:
            self.refuse(raw.start_mark, "an alias refers to itself", "write the value out")
            return Node(position, text=""), 1
        self.open.add(id(raw))
        tag = str(raw.tag)
        if not tag.startswith("tag:yaml.org,2002:") or "python" in tag:
            self.refuse(raw.start_mark, f"the tag `{tag}` has no meaning here", "remove the tag")
        if isinstance(raw, MappingNode):
            node, size = self.mapping(raw, position)
        elif isinstance(raw, SequenceNode):
            pairs = [self.convert(part) for part in raw.value]
            node = Node(position, parts=tuple(part for part, _ in pairs))
            size = 1 + sum(count for _, count in pairs)
        else:
            node, size = self.scalar(raw, position), 1
        self.open.discard(id(raw))
        if size > GREATEST_TREE:
            self.refuse(
                raw.start_mark,
                f"aliases expand to more than {GREATEST_TREE} values",
                "write the values out, or use fewer aliases",
            )
            size = 1
        self.done[id(raw)] = node, size
        return node, size

    def scalar(self, raw: ScalarNode, position: Position) -> Node:
        quoted = bool(raw.style)
        text = str(raw.value)
        self.refuse_control(raw, text, "the text")
        if not quoted and _NOT_A_NUMBER.fullmatch(text):
            self.refuse(raw.start_mark, f"`{text}` is not a number", "write a finite number")
        position = spanned(
            position, self.source, raw.start_mark.index, text.strip(), raw.style or ""
        )
        return Node(position, text=text, quoted=quoted)

    def refuse_control(self, raw: ScalarNode, text: str, what: str) -> None:
        """Refuse a text with a control character other than a tab or a line's end."""
        if found := _CONTROL.search(text):
            sign = f"U+{ord(found[0]):04X}"
            self.refuse(raw.start_mark, f"{what} holds the control character {sign}", "take it out")

    def mapping(self, raw: MappingNode, position: Position) -> tuple[Node, int]:
        items: dict[str, Node] = {}
        keys: dict[str, Position] = {}
        size = 1
        for raw_key, raw_value in raw.value:
            if not isinstance(raw_key, ScalarNode):
                self.refuse(raw_key.start_mark, "a key must be a word", "put the key in quotes")
                continue
            self.refuse_control(raw_key, str(raw_key.value), "the name")
            key = canonical_key(str(raw_key.value))
            if key == "<<" and not raw_key.style:
                self.refuse(
                    raw_key.start_mark, "merge keys (`<<`) are not used", "write the keys out"
                )
                continue
            if key in items:
                self.refuse(
                    raw_key.start_mark,
                    f"the key `{key}` is written twice (first in line {keys[key].line})",
                    "keep one of the two, or give one another name",
                )
                continue
            keys[key] = self.place(raw_key.start_mark)
            items[key], count = self.convert(raw_value)
            size += count
        return Node(position, items=items, keys=keys), size
