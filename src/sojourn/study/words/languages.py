"""Texts of a study in several languages: read here, all of them, before anything else is read.

`label: {en: The prison, es: La cárcel}` stands wherever a key is one of *words*. The tree keeps the
text in the study's language, or else the first; the others are found by it, as in a catalogue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from sojourn.errors import Problem
from sojourn.languages.phrases import DEFAULT, LANGUAGES
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.yaml import Node, shorten
from sojourn.study.words.keys.shapes import SHAPES

WORDED = frozenset(
    key.name for keys in SHAPES.values() for key in keys if key.kind in ("words", "list of words")
)
"""Keys whose text may be written in several languages."""
_CODE = re.compile(r"[a-z]{2}")
"""What a language's code looks like, known or not."""


@dataclass
class Spoken:
    """A study's language, its texts in other languages, and what is wrong with them."""

    language: str = DEFAULT
    wanted: str = ""
    """The language whose texts stand if there are any; else that of the study."""
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    """By language, and by the text as the tree has it."""
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, node: Node, path: str, what: str, fix: str) -> None:
        """Remember a problem."""
        self.problems.append(Problem(what, fix, *node.position, path=path))

    def known(self, code: str, node: Node, path: str) -> bool:
        """Whether there is such a language; a problem if not."""
        if code not in LANGUAGES:
            fix = did_you_mean(code, LANGUAGES) or f"use {', '.join(LANGUAGES)}"
            self.refuse(node, path, f"`{code}` is no language that reports are written in", fix)
        return code in LANGUAGES

    def add(self, code: str, text: str, said: str, node: Node, path: str) -> None:
        """Remember what a text is in another language; it is the same wherever the text stands."""
        before = self.translations.setdefault(code, {}).setdefault(text, said)
        if before != said:
            what = f"“{shorten(text)}” is also “{shorten(before)}” in `{code}`"
            self.refuse(node, path, what, "write one of the two everywhere")


def spoken(tree: Node, wanted: str = "") -> tuple[Node, Spoken]:
    """The tree with one text for each text in several languages, and the others.

    Of each the one that is wanted stands, or else that in the study's language, or the first.
    """
    found = Spoken(wanted=wanted)
    items = tree.items or {}
    written = items.get("language")
    if written is not None and found.known(written.text or "", written, "language"):
        found.language = written.text or DEFAULT
    for code, node in (_items(items.get("translations"))).items():
        path = f"translations.{code}"
        if found.known(code, node, path):
            for text, said in _items(node).items():
                if said.text is None or said.empty:
                    what = f"{said.kind} stands where text is needed"
                    found.refuse(said, f"{path}.{text}", what, "write the text")
                else:
                    found.add(code, text, said.text.strip(), said, f"{path}.{text}")
    scenarios = items.get("scenarios")
    if scenarios is not None and scenarios.items is not None:
        kept = {name: _named(found, name, node) for name, node in scenarios.items.items()}
        tree = replace(tree, items={**items, "scenarios": replace(scenarios, items=kept)})
    return _read(found, tree, "", ""), found


def _named(found: Spoken, name: str, scenario: Node) -> Node:
    """A scenario without its label, which is remembered as what its name is in a language."""
    items = dict(_items(scenario))
    label = items.pop("label", None)
    if label is None:
        return scenario
    path = f"scenarios.{name}.label"
    if label.items is not None:
        texts = _texts(found, label, path)
    else:
        texts = {found.language: label.text or ""} if _is_text(found, label, path) else {}
    for code, text in texts.items():
        found.add(code, name, text.strip(), label, path)
    return replace(scenario, items=items)


def _items(node: Node | None) -> dict[str, Node]:
    return (node.items if node is not None else None) or {}


def _read(found: Spoken, node: Node, key: str, path: str) -> Node:
    """The node with one text for each; itself if it has none in several languages."""
    if node.items is not None:
        if key in WORDED and node.items and all(map(_CODE.fullmatch, node.items)):
            return _one(found, node, path)
        head = f"{path}." if path else ""
        items = {
            name: _read(found, item, name.rpartition(".")[2], head + name)
            for name, item in node.items.items()
        }
        same = all(items[name] is item for name, item in node.items.items())
        return node if same else replace(node, items=items)
    if node.parts is not None:
        parts = tuple(_read(found, p, key, f"{path}.{n}") for n, p in enumerate(node.parts, 1))
        same = all(new is old for new, old in zip(parts, node.parts, strict=True))
        return node if same else replace(node, parts=parts)
    return node


def _one(found: Spoken, node: Node, path: str) -> Node:
    """The text in the study's language, or else the first; the others are remembered."""
    texts = _texts(found, node, path)
    if not texts:
        return node
    text = texts.get(found.wanted) or texts.get(found.language) or next(iter(texts.values()))
    for code, said in texts.items():
        if said != text or code != found.language:
            found.add(code, text, said, node, path)
    return Node(node.position, text=text, quoted=True)


def _texts(found: Spoken, node: Node, path: str) -> dict[str, str]:
    """The texts by language; without those that are refused."""
    return {
        code: (said.text or "").strip()
        for code, said in _items(node).items()
        if found.known(code, said, f"{path}.{code}") and _is_text(found, said, f"{path}.{code}")
    }


def _is_text(found: Spoken, node: Node, path: str) -> bool:
    if node.text is None or node.empty or not node.text.strip():
        found.refuse(node, path, f"{node.kind} stands where text is needed", "write the text")
        return False
    return True
