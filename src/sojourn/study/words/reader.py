"""A reader of raw nodes that remembers every problem instead of stopping at the first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

from sojourn.errors import Problem
from sojourn.study.fact_types import read_fact
from sojourn.study.files.suggest import did_you_mean, listed
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, shorten
from sojourn.study.model.facts import Fact, FactValue
from sojourn.study.units import WordsError, read_date, read_flag, read_whole
from sojourn.study.words.keys.key import CITED_NAMES
from sojourn.study.words.keys.shapes import FILLED, NAMES, REQUIRED

T = TypeVar("T")

CONFIDENCES: Final = ("read", "secondary", "computed", "remembered", "assumed")


@dataclass(frozen=True)
class QuotePlace:
    """Words that the study quotes, and where it does."""

    path: str
    source: str
    quote: str
    by: str | None
    position: Position


@dataclass
class Shared:
    """What the readers of all scenarios have in common."""

    folder: Path = Path()
    """The study's folder, in which tables are looked for."""
    sources: frozenset[str] = frozenset()
    start: date = date.min
    end: date = date.max
    """The day after the last one."""
    year_starts: int = 1
    """The month in which a fiscal year starts."""
    quotes: dict[Position, QuotePlace] = field(default_factory=dict)
    """By where the quoted words stand, so that each is held once."""
    cache: dict[Any, Any] = field(default_factory=dict)
    uncertain: set[str] = field(default_factory=set)
    """Addresses of uncertain numbers of any scenario, each with a random number of its own."""


class Reader:
    """Reads nodes of one scenario; `problems` grows, and nothing is raised."""

    def __init__(self, shared: Shared, parameters: Node | None = None) -> None:
        self.shared = shared
        self.parameters = (parameters.items or {}) if parameters else {}
        self.facts: dict[str, Fact] = {}
        self.units: frozenset[str] = frozenset()
        self.correlated: dict[str, dict[str, float]] = {}
        """By address of a correlated number: the addresses whose normal scores make up its own."""
        self.deriving: list[str] = []
        """Addresses of the derived numbers that are being read."""
        self.problems: list[Problem] = []

    def refuse(self, at: Node | Position, path: str, what: str, fix: str = "") -> None:
        """Remember a problem."""
        position = at.position if isinstance(at, Node) else at
        self.problems.append(
            Problem(what, fix, position.file, position.line, position.column, path)
        )

    def words(self, node: Node, path: str, read: Callable[[str], T]) -> T | None:
        """What `read` makes of a scalar, or None with a problem."""
        if node.text is None or node.empty:
            self.refuse(node, path, f"a value is needed here, not {node.kind}", "write a value")
            return None
        try:
            return read(node.text)
        except WordsError as error:
            self.refuse(node, path, error.what, error.fix)
            return None

    def text(self, node: Node, path: str) -> str | None:
        """A text that is not empty."""
        if node.text is None or node.text.strip() == "" or node.empty:
            self.refuse(node, path, f"{node.kind} stands where text is needed", "write the text")
            return None
        return node.text.strip()

    def date(self, node: Node, path: str) -> date | None:
        """A calendar date."""
        return self.words(node, path, read_date)

    def choice(self, node: Node, path: str, choices: Iterable[str]) -> str | None:
        """One of a few words."""
        known = tuple(choices)
        if node.text is not None and node.text in known:
            return node.text
        self.refuse(
            node, path, f"{node.kind} is not known here", did_you_mean(node.text or "", known)
        )
        return None

    def texts(self, node: Node, path: str) -> tuple[str, ...]:
        """A list of texts; one text stands for a list of one."""
        if node.parts is None:
            text = self.text(node, path)
            return () if text is None else (text,)
        found = (self.text(part, f"{path}.{n}") for n, part in enumerate(node.parts, 1))
        return tuple(text for text in found if text is not None)

    def names(self, node: Node, path: str) -> tuple[str, ...]:
        """A list of names, also written `a, b`."""
        if node.parts is None:
            text = self.text(node, path)
            return () if text is None else split_names(text)
        return self.texts(node, path)

    def mapping(self, node: Node, path: str, what: str) -> dict[str, Node]:
        """The items of a mapping with free names; nothing written is an empty one."""
        if node.items is not None:
            return node.items
        if not node.empty:
            self.refuse(
                node,
                path,
                f"{node.kind} stands where a mapping is needed",
                f"write `name: {what}` below it, one a line",
            )
        return {}

    def parts(self, node: Node, path: str) -> list[tuple[Node, str]]:
        """The elements of a list with their paths; one mapping stands for a list of one."""
        if node.parts is not None:
            return [(part, f"{path}.{n}") for n, part in enumerate(node.parts, 1)]
        if node.items is not None:
            return [(node, path)]
        self.refuse(node, path, f"{node.kind} stands where a list is needed", "write `[…]`")
        return []

    def fields(self, node: Node, path: str, shape: str) -> Fields:
        """The keys of a mapping of a known shape; unknown and missing keys are problems."""
        items: dict[str, Node] = {}
        if node.items is not None:
            items = node.items
        elif not node.empty:
            self.refuse(
                node,
                path,
                f"{node.kind} stands where a mapping is needed",
                f"write `{{key: value}}`; the keys are {listed(NAMES[shape])}",
            )
            return Fields(self, node, path, shape, {})
        for key, value in items.items():
            if key not in NAMES[shape]:
                self._unknown_key(node, path, shape, key)
            elif value.empty and key in FILLED[shape]:
                address = f"{path}.{key}" if path else key
                example = f"write, for example, `{key}: {FILLED[shape][key]}`"
                self.refuse(node.keys[key], address, f"nothing is written for `{key}`", example)
        for wanted in REQUIRED[shape]:
            if wanted.name not in items:
                self.refuse(
                    node,
                    path,
                    f"the key `{wanted.name}` is missing",
                    f"write, for example, `{wanted.name}: {wanted.example}`",
                )
        return Fields(self, node, path, shape, items)

    def _unknown_key(self, node: Node, path: str, shape: str, key: str) -> None:
        fix = did_you_mean(key, NAMES[shape])
        if re.match(r"\d{3}\b", key):
            fix = "a comma in `{…}` or `[…]` begins a new key: write the number without it"
        elif (node.items or {})[key].empty and not fix.startswith("did you mean"):
            fix = "a comma in `{…}` begins a new key: put text that holds commas in quotes"
        address = f"{path}.{key}" if path else key
        self.refuse(node.keys[key], address, f"the key `{key}` is not known here", fix)

    def fact_value(self, node: Node, path: str, name: str) -> FactValue:
        """A value of a declared fact; `unknown` is None. Unknown facts are problems."""
        fact = self.facts.get(name)
        if fact is not None and fact.type == "set" and node.parts is not None:
            return self.fact_words(self.texts(node, path), node, path, name)
        if node.text is None or node.empty:
            self.refuse(node, path, f"a value is needed here, not {node.kind}", "write a value")
            return None
        return self.fact_words(node.text, node, path, name)

    def fact_words(
        self, words: str | tuple[str, ...], at: Node | Position, path: str, name: str
    ) -> FactValue:
        """As `fact_value`, for the words themselves, or the members of a set."""
        fact = self.facts.get(name)
        if fact is None:
            self.refuse(
                at,
                path,
                f"the fact `{name}` is not declared",
                did_you_mean(name, self.facts, "fact"),
            )
            return None
        try:
            return read_fact(words, name, fact)
        except WordsError as error:
            self.refuse(at, path, error.what, error.fix)
            return None


def split_names(text: str) -> tuple[str, ...]:
    """Names separated by commas; the sources of one transition (`a, b -> c`) stay together."""
    names: list[str] = []
    held: list[str] = []
    arrows = "->" in text
    for piece in (part.strip() for part in text.split(",")):
        held.append(piece)
        if not arrows or "->" in piece:
            names.append(", ".join(held))
            held = []
    names.extend(held)
    return tuple(name for name in names if name)


class Fields:
    """The keys of one mapping, read by name; a key that is absent reads as None."""

    def __init__(
        self, reader: Reader, node: Node, path: str, shape: str, items: dict[str, Node]
    ) -> None:
        self.reader = reader
        self.whole_node = node
        self.path = path
        self.shape = shape
        self.items = items

    def node(self, key: str) -> Node | None:
        """The raw value, None if absent or nothing is written."""
        if key not in NAMES[self.shape]:
            raise KeyError(f"{self.shape} has no key {key}")
        node = self.items.get(key)
        return None if node is None or node.empty else node

    def at(self, key: str) -> str:
        """The address of a key."""
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        """Whether something is written under the key."""
        return self.node(key) is not None

    def get(self, key: str, read: Callable[[Node, str], T | None]) -> T | None:
        """What `read(node, path)` makes of the key."""
        node = self.node(key)
        return None if node is None else read(node, self.at(key))

    def text(self, key: str) -> str | None:
        """A text."""
        return self.get(key, self.reader.text)

    def date(self, key: str) -> date | None:
        """A date."""
        return self.get(key, self.reader.date)

    def flag(self, key: str) -> bool:
        """Yes or no; absent is no."""
        return bool(self.get(key, lambda n, p: self.reader.words(n, p, read_flag)))

    def whole(self, key: str) -> int | None:
        """A whole number."""
        return self.get(key, lambda n, p: self.reader.words(n, p, read_whole))

    def choice(self, key: str, choices: Iterable[str]) -> Any:  # noqa: ANN401 -- a Literal of the caller's
        """One of a few words."""
        return self.get(key, lambda n, p: self.reader.choice(n, p, choices))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return self.get(key, self.reader.texts) or ()

    def names(self, key: str) -> tuple[str, ...]:
        """A list of names."""
        return self.get(key, self.reader.names) or ()

    def refuse(self, key: str, what: str, fix: str = "") -> None:
        """A problem at the key, or at the mapping if it is absent."""
        at = self.items.get(key, self.whole_node)
        self.reader.refuse(at, self.at(key) if key in self.items else self.path, what, fix)

    def dates_in_order(self) -> None:
        """Refuse `from` on or after `to`."""
        start, end = self.date("from"), self.date("to")
        if start is not None and end is not None and start >= end:
            self.refuse("to", f"`to` ({end}) is not after `from` ({start})", "swap or mend them")

    def cited(self) -> dict[str, Any]:
        """source, quote, by, confidence, note and cite; remembers the quote."""
        items = self.items
        if not any(name in items for name in CITED_NAMES):
            return {}
        found: dict[str, Any] = {
            "source": self.text("source"),
            "quote": self.text("quote"),
            "by": None if self.shape == "stay" and "of" in items else self.text("by"),
            "confidence": self.choice("confidence", CONFIDENCES),
            "note": self.text("note"),
            "cite": self.text("cite"),
        }
        source, quote = found["source"], found["quote"]
        sources = self.reader.shared.sources
        if source is not None and source not in sources:
            self.refuse(
                "source",
                f"the source `{shorten(source)}` is not declared",
                did_you_mean(source, sources, "source"),
            )
        if quote is not None and source is None and "source" not in items:
            self.refuse("quote", "a quote has no source", "add `source: NAME` beside it")
        if quote is not None and source is not None:
            position = items["quote"].position
            self.reader.shared.quotes.setdefault(
                position, QuotePlace(self.path, source, quote, found["by"], position)
            )
        return found
