"""Conditions without a fault, read by descent: quicker, and the same tree as by the grammar.

The grammar alone says what the language is. This knows its rules a second time, with the grammar's
own words; a test holds the two together. What it does not expect is left to the grammar, which then
says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lark import Token

from sojourn.rules.language.builder import DEEPEST, Builder, Parsed
from sojourn.rules.language.refusal import Refusal
from sojourn.rules.language.tree import TreeNode

_FIRST = (
    "NOT", "YES", "NO", "KNOWN", "YEARS", "AGE", "MONTHS", "EXTREME", "EACH", "COUNT", "AT_LEAST",
    "DATE", "NUMBER", "NAME", "TEXT", "LPAR", "MINUS",
)  # fmt: skip
"""Words at which a value or a condition begins; those before are taken first."""
_NEXT = (
    "AND", "OR", "NOT", "IN", "COMPARE", "PLUS", "MINUS", "TIMES", "DIVIDED", "COMMA", "RPAR",
)  # fmt: skip
"""Words that stand after a value or a condition."""
_END = Token("END", "")


class _Unexpected(Exception):  # noqa: N818 -- no error: it is never seen outside
    """The grammar has to say what this is."""


class Descent:
    """Reads conditions by the words of the grammar and the nodes of its builder."""

    def __init__(self, words: Mapping[str, str], builder: Builder) -> None:
        """`words` are the patterns of the grammar's words, by name."""

        def one_of(names: tuple[str, ...]) -> str:
            return "|".join(f"(?P<{name}>{words[name]})" for name in names)

        self._first = re.compile(rf"\s*(?:{one_of(_FIRST)})")
        self._next = re.compile(rf"\s*(?:{one_of(_NEXT)}|(?:{words['STOP']})?(?P<END>\Z))")
        self._unit = re.compile(rf"\s*(?P<UNIT>{words['UNIT']})")
        self._builder = builder
        self._leaves: dict[str, Callable[[list[Token]], Parsed]] = {
            "DATE": builder.date, "TEXT": builder.text, "YES": builder.yes, "NO": builder.no,
            "NAME": builder.name,
        }  # fmt: skip

    def tree(self, text: str) -> TreeNode | None:
        """The tree of a text; None if the grammar has to look at it."""
        reading = _Pass(text, self._first, self._next, self._unit, self._builder, self._leaves)
        try:
            return reading.whole()
        except (_Unexpected, Refusal):
            return None


class _Pass:
    """One text, word for word: `word` is the one that comes next."""

    def __init__(
        self,
        text: str,
        first: re.Pattern[str],
        following: re.Pattern[str],
        unit: re.Pattern[str],
        builder: Builder,
        leaves: Mapping[str, Callable[[list[Token]], Parsed]],
    ) -> None:
        self.text, self.first, self.following, self.unit = text, first, following, unit
        self.builder, self.leaves = builder, leaves
        self.at = self.depth = 0
        self.word = _END

    def whole(self) -> TreeNode:
        """The whole text."""
        self.go(self.first)
        made = self.either()
        if self.word.type != "END":
            raise _Unexpected
        return made.node

    def go(self, pattern: re.Pattern[str]) -> Token:
        """Take the word, and look at the next."""
        taken, found = self.word, pattern.match(self.text, self.at)
        if found is None:
            raise _Unexpected
        kind = found.lastgroup or ""
        self.at = found.end()
        self.word = Token(kind, found[kind], found.start(kind))
        return taken

    def take(self, kind: str, pattern: re.Pattern[str]) -> Token:
        """Take a word of this kind."""
        if self.word.type != kind:
            raise _Unexpected
        return self.go(pattern)

    def several(self, part: Callable[[], Parsed]) -> list[Parsed | Token]:
        """What stands in brackets, with commas between."""
        found: list[Parsed | Token] = [self.take("LPAR", self.first), part()]
        while self.word.type == "COMMA":
            found += [self.go(self.first), part()]
        found.append(self.take("RPAR", self.following))
        return found

    def either(self) -> Parsed:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Unexpected
        found: list[Parsed | Token] = [self.both()]
        while self.word.type == "OR":
            found += [self.go(self.first), self.both()]
        self.depth -= 1
        return self.builder.either(found)

    def both(self) -> Parsed:
        found: list[Parsed | Token] = [self.negation()]
        while self.word.type == "AND":
            found += [self.go(self.first), self.negation()]
        return self.builder.both(found)

    def negation(self) -> Parsed:
        outer: list[Token] = []
        while self.word.type == "NOT" and len(outer) < DEEPEST:
            outer.append(self.go(self.first))
        made = self.comparison()
        for word in reversed(outer):
            made = self.builder.negated([word, made])
        return made

    def comparison(self) -> Parsed:
        left = self.sum()
        if self.word.type == "COMPARE":
            return self.builder.compared([left, self.go(self.first), self.sum()])
        if self.word.type not in ("NOT", "IN"):
            return left
        outside = [self.go(self.following)] if self.word.type == "NOT" else []
        within = self.take("IN", self.first)
        if self.word.type == "NAME":
            return self.builder.within([left, *outside, within, self.go(self.following)])
        return self.builder.member([left, *outside, within, *self.several(self.sum)])

    def sum(self) -> Parsed:
        made = self.product()
        while self.word.type in ("PLUS", "MINUS"):
            made = self.builder.arithmetic([made, self.go(self.first), self.product()])
        return made

    def product(self) -> Parsed:
        made = self.factor()
        while self.word.type in ("TIMES", "DIVIDED"):
            made = self.builder.arithmetic([made, self.go(self.first), self.factor()])
        return made

    def factor(self) -> Parsed:
        signs: list[Token] = []
        while self.word.type == "MINUS" and len(signs) < DEEPEST:
            signs.append(self.go(self.first))
        made = self.atom()
        for sign in reversed(signs):
            made = self.builder.negative([sign, made])
        return made

    def atom(self) -> Parsed:
        word, builder = self.word, self.builder
        kind = word.type
        if kind in self.leaves:
            return self.leaves[kind]([self.go(self.following)])
        if kind == "NUMBER":
            unit = self.unit.match(self.text, self.at)
            tokens = [word]
            if unit is not None:
                tokens.append(Token("UNIT", unit["UNIT"], unit.start("UNIT")))
                self.at = unit.end()
            self.go(self.following)
            return builder.number(tokens)
        if kind == "LPAR":
            return builder.bracket([self.go(self.first), self.either(), self.closed()])
        if kind in ("KNOWN", "EACH", "COUNT"):
            tokens = [self.go(self.first), self.take("LPAR", self.first)]
            tokens += [self.take("NAME", self.following), self.closed()]
            make = {"KNOWN": builder.known, "EACH": builder.each, "COUNT": builder.count}[kind]
            return make(tokens)
        if kind not in ("YEARS", "AGE", "MONTHS", "EXTREME", "AT_LEAST"):
            raise _Unexpected
        head = self.go(self.first)
        if kind == "AT_LEAST":
            return builder.at_least([head, *self.several(self.either)])
        parts = [head, *self.several(self.sum)]
        if kind == "EXTREME":
            return builder.extreme(parts)
        if len(parts) != len(("years", "(", "from", ",", "to", ")")):
            raise _Unexpected
        return builder.years(parts)

    def closed(self) -> Token:
        return self.take("RPAR", self.following)
