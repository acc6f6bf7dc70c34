"""The node made by each rule of the grammar, with its depth and its range in the text.

The parser calls this while reading, so no tree is walked here, and depth is bounded before any
other part recurses.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, cast

from lark import Token, Transformer

from sojourn.rules.language.refusal import Mixed, Refusal, scaled
from sojourn.rules.language.tree import (
    Arithmetic,
    AtLeast,
    Comparator,
    Comparison,
    Constant,
    Count,
    Each,
    Elapsed,
    Extreme,
    Junction,
    Known,
    Membership,
    Name,
    Negation,
    TreeNode,
)
from sojourn.study.units import WordsError, refuse_ambiguous

DEEPEST = 40
"""Levels in one condition."""
LONGEST_TEXT = 200
MOST_DIGITS = 15
"""Digits that a double holds exactly."""

_COMPARATORS: dict[str, Comparator] = {
    "==": "=", "=": "=", "!=": "!=", "<>": "!=", "≠": "!=",
    "<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=", "≥": ">=",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parsed:
    """A node with its depth and its range in the text, including brackets.

    `joined` holds the pieces of an unbracketed `and`, kept to show how it could be read.
    """

    node: TreeNode
    depth: int
    start: int
    end: int
    joined: tuple[tuple[int, int], ...] = ()


Child = Parsed | Token


def _leaf(node: TreeNode, first: Token, last: Token | None = None) -> Parsed:
    last = first if last is None else last
    return Parsed(node, 1, _start(first), _start(last) + len(last))


def _start(token: Token) -> int:
    return 0 if token.start_pos is None else token.start_pos


def _above(
    node: TreeNode, *below: Parsed, start: int | None = None, end: int | None = None
) -> Parsed:
    """A part one level above others; refuses what is too deep."""
    depth = 1 + max(part.depth for part in below)
    if depth > DEEPEST:
        raise Refusal(
            f"the condition is nested more than {DEEPEST} deep",
            "give parts of it names under agreement.terms",
            below[0].start,
        )
    first = below[0].start if start is None else start
    return Parsed(node, depth, first, below[-1].end if end is None else end)


def _parts(children: list[Child]) -> list[Parsed]:
    return [child for child in children if isinstance(child, Parsed)]


class Builder(Transformer[Token, TreeNode]):
    """Callbacks of the parser; without state."""

    def start(self, children: list[Child]) -> TreeNode:
        """The whole condition; a full stop at its end is ignored."""
        return _parts(children)[0].node

    def either(self, children: list[Child]) -> Parsed:
        """One condition, or several joined by `or`."""
        parts = _parts(children)
        if len(parts) == 1:
            return parts[0]
        if any(part.joined for part in parts):
            raise Mixed([part.joined or ((part.start, part.end),) for part in parts])
        node = Junction("or", tuple(part.node for part in parts), parts[0].start)
        return _above(node, *parts)

    def both(self, children: list[Child]) -> Parsed:
        """One condition, or several joined by `and`."""
        parts = _parts(children)
        if len(parts) == 1:
            return parts[0]
        node = Junction("and", tuple(part.node for part in parts), parts[0].start)
        made = _above(node, *parts)
        spans = tuple((part.start, part.end) for part in parts)
        return Parsed(made.node, made.depth, made.start, made.end, spans)

    def negated(self, children: list[Child]) -> Parsed:
        """`not` a condition."""
        token, part = cast(tuple[Token, Parsed], tuple(children))
        return _above(Negation(part.node, _start(token)), part, start=_start(token))

    def compared(self, children: list[Child]) -> Parsed:
        """Two values compared."""
        left, sign, right = cast(tuple[Parsed, Token, Parsed], tuple(children))
        node = Comparison(_COMPARATORS[sign], left.node, right.node, _start(sign))
        return _above(node, left, right)

    def member(self, children: list[Child]) -> Parsed:
        """A value and the list that may contain it."""
        item, *options = _parts(children)
        tokens = [child for child in children if isinstance(child, Token)]
        end = _start(tokens[-1]) + 1
        node, outside = item.node, tokens[0].type == "NOT"
        if outside and isinstance(node, Each):
            # Some member is not among them: not all are.
            node = replace(node, quantifier="all" if node.quantifier == "any" else "any")
        found = Membership(node, tuple(part.node for part in options), item.start)
        made = _above(found, item, *options, end=end)
        return _above(Negation(found, item.start), made) if outside else made

    def within(self, children: list[Child]) -> Parsed:
        """A text that may be a member of a set."""
        item, *tokens = cast(list[Parsed], children)
        name = cast(Token, tokens[-1])
        each = Each("any", _name(name), item.start)
        found = Membership(each, (item.node,), item.start)
        made = _above(found, item, end=_start(name) + len(name))
        return made if len(tokens) == 2 else _above(Negation(found, item.start), made)

    def at_least(self, children: list[Child]) -> Parsed:
        """`at least 2 of (…, …)`."""
        word, parts = cast(Token, children[0]), _parts(children)
        count = int(re.findall(r"\d+", word)[0])
        if not 0 < count <= len(parts):
            raise Refusal(
                f"at least {count} of {len(parts)} conditions",
                f"write a number from 1 to {len(parts)}",
                _start(word),
            )
        node = AtLeast(count, tuple(part.node for part in parts), _start(word))
        end = _start(cast(Token, children[-1])) + 1
        return _above(node, *parts, start=_start(word), end=end)

    def arithmetic(self, children: list[Child]) -> Parsed:
        """A sum, a difference, a product or a division."""
        left, sign, right = cast(tuple[Parsed, Token, Parsed], tuple(children))
        operator = {"PLUS": "+", "MINUS": "-", "TIMES": "*", "DIVIDED": "/"}[sign.type]
        node = Arithmetic(operator, left.node, right.node, _start(sign))  # type: ignore[arg-type]  # one of the four
        return _above(node, left, right)

    def negative(self, children: list[Child]) -> Parsed:
        """A number with a minus sign; of anything else, its product with −1."""
        sign, part = cast(tuple[Token, Parsed], tuple(children))
        at, node = _start(sign), part.node
        if isinstance(node, Constant) and isinstance(node.value, Fraction):
            return _above(Constant(-node.value, node.type, node.unit, at), part, start=at)
        minus = Constant(Fraction(-1), "number", "", at)
        return _above(Arithmetic("*", minus, node, at), part, start=at)

    def bracket(self, children: list[Child]) -> Parsed:
        """Brackets: they group, and settle how `and` and `or` are read."""
        opening, part, closing = cast(tuple[Token, Parsed, Token], tuple(children))
        return _above(part.node, part, start=_start(opening), end=_start(closing) + 1)

    def number(self, children: list[Token]) -> Parsed:
        """A number, with its unit if it has one."""
        digits = children[0]
        if len(digits.replace(".", "").lstrip("0")) > MOST_DIGITS:
            raise Refusal(f"a number of more than {MOST_DIGITS} digits", "round it", _start(digits))
        unit = re.sub(r"\s+", " ", children[1]) if len(children) > 1 else ""
        spelt = scaled(digits, unit, _start(digits))
        if spelt is not None:
            raise spelt
        try:
            refuse_ambiguous(digits, unit, f"{digits} {unit}")
        except WordsError as error:
            raise Refusal(error.what, error.fix, _start(digits)) from None
        value = Fraction(digits)
        return _leaf(Constant(value, "number", unit, _start(digits)), digits, children[-1])

    def date(self, children: list[Token]) -> Parsed:
        """A calendar date."""
        token = children[0]
        try:
            value = datetime.date(*(int(part) for part in token.split("-")))
        except ValueError:
            raise Refusal(
                f"{token} is not a date", "write year-month-day, as 2025-02-04", _start(token)
            ) from None
        return _leaf(Constant(value, "date", "", _start(token)), token)

    def text(self, children: list[Token]) -> Parsed:
        """A text in quotes; a quote inside is doubled."""
        token = children[0]
        quote, value = token[0], token[1:-1]
        if quote in "'\"":
            value = value.replace(quote * 2, quote)
        if len(value) > LONGEST_TEXT:
            raise Refusal(
                f"a text of more than {LONGEST_TEXT} characters", "shorten it", _start(token)
            )
        if not value.isprintable():
            raise Refusal("a text with an invisible character", "type the text anew", _start(token))
        return _leaf(Constant(value, "text", "", _start(token)), token)

    def yes(self, children: list[Token]) -> Parsed:
        """Yes, or true."""
        return _leaf(Constant(True, "yes-no", "", _start(children[0])), children[0])

    def no(self, children: list[Token]) -> Parsed:
        """No, or false."""
        return _leaf(Constant(False, "yes-no", "", _start(children[0])), children[0])

    def name(self, children: list[Token]) -> Parsed:
        """A fact, a term or a parameter."""
        return _leaf(_name(children[0]), children[0])

    def known(self, children: list[Token]) -> Parsed:
        """`known(x)`."""
        word, _, name, closing = children
        return _leaf(Known(_name(name), _start(word)), word, closing)

    def years(self, children: list[Child]) -> Parsed:
        """`years(from, to)`, `age(birth, on)` and `months(from, to)`."""
        word, _, first, _, last, closing = cast(
            tuple[Token, Token, Parsed, Token, Parsed, Token], tuple(children)
        )
        unit: Literal["year", "month"] = "month" if word.lower() == "months" else "year"
        age = word.lower() == "age"
        made = Elapsed(unit, first.node, last.node, _start(word), age)
        return _above(made, first, last, start=_start(word), end=_start(closing) + 1)

    months = years

    def extreme(self, children: list[Child]) -> Parsed:
        """`max(…, …)` and `min(…, …)`."""
        word, parts = cast(Token, children[0]), _parts(children)
        operator: Literal["max", "min"] = "max" if word.lower() == "max" else "min"
        made = Extreme(operator, tuple(part.node for part in parts), _start(word))
        end = _start(cast(Token, children[-1])) + 1
        return _above(made, *parts, start=_start(word), end=end)

    def each(self, children: list[Token]) -> Parsed:
        """`any(x)` and `all(x)`, of a set."""
        word, _, name, closing = children
        quantifier: Literal["any", "all"] = "any" if word.lower() == "any" else "all"
        return _leaf(Each(quantifier, _name(name), _start(word)), word, closing)

    def count(self, children: list[Token]) -> Parsed:
        """`count(x)`, of a set."""
        word, _, name, closing = children
        return _leaf(Count(_name(name), _start(word)), word, closing)

    def age_without_date(self, children: list[Child]) -> Parsed:
        """`age(birth)` without a second date: refused."""
        word, _, birth, _ = cast(tuple[Token, Token, Parsed, Token], tuple(children))
        name = birth.node.name if isinstance(birth.node, Name) else "birth"
        raise Refusal("an age needs a date", f"write age({name}, today)", _start(word))


def _name(token: Token) -> Name:
    """A name, if it is spelt as one."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", token):
        raise Refusal(
            f"`{token}` is not a name: names are a–z, 0–9 and _",
            f"if it is a text, quote it: '{token}'; if a name, spell it as declared",
            _start(token),
        )
    return Name(str(token), _start(token))
