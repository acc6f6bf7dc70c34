"""A checked condition as Z3 terms over facts as free variables.

Kleene's three values need two bits: a condition is a `Truth`, with a term for true and a term for
false; if neither holds, it is unknown. A value is a `Valued`, with a term for known and a term for
the value. Both are free for a fact, within its declaration:

- a text: one of its declared values; where none are declared, one of the texts that the conditions
  name, or another text (as many others as there are such facts, so that they may all differ);
- a number or duration: a real number within its range;
- a date: a day from `EARLIEST_CASE` to `LATEST_CASE`.

Numbers are exact, as in every evaluator. But a fact of a case is a whole number of millionths, so
that a number which Z3 finds may be none of a case; what it proves of all real numbers holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias

import z3

from sojourn.rules.language.exact_numbers import divisor
from sojourn.rules.language.tree import (
    EPOCH,
    Arithmetic,
    AtLeast,
    Comparison,
    Constant,
    Count,
    Dated,
    Elapsed,
    Expression,
    Extreme,
    FactOf,
    Junction,
    Known,
    Membership,
    Moved,
    Negation,
    Node,
    OfMembers,
    type_of,
    walk,
)
from sojourn.rules.meaning.reference import Documented, days_of
from sojourn.rules.meaning.turning_points import EARLIEST_CASE, LATEST_CASE
from sojourn.rules.meaning.z3_calendar import Calendar
from sojourn.study.fact_numbers import exact
from sojourn.study.fact_types import NOTHING, limits, members, read_fact
from sojourn.study.model.facts import Fact

Bit: TypeAlias = Any
"""A Z3 Boolean, or a Python bool where it is settled."""
Number: TypeAlias = Any
"""A Z3 integer or real, or a Fraction where it is settled."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition: when it is true, and when it is false; unknown where neither."""

    true: Bit
    false: Bit

    @property
    def unknown(self) -> Bit:
        """The term for unknown: a missing fact decides."""
        return negated(either(self.true, self.false))


@dataclass(frozen=True, slots=True)
class Valued:
    """A number, a duration in days, or a date in days since 1970: whether known, and its value."""

    known: Bit
    value: Number


@dataclass(frozen=True, slots=True)
class Worded:
    """A text: when it is known, and the term that says it is a given text (settled: a text)."""

    known: Bit
    options: Mapping[str, Bit]


@dataclass(frozen=True, slots=True)
class Grouped:
    """A set: when it is known, and for each value the bit that says it is a member."""

    known: Bit
    members: Mapping[str, Bit]


Meaning: TypeAlias = Truth | Valued | Worded | Grouped
"""What a fact is to Z3."""


def both(*bits: Bit) -> Bit:
    """All hold; settled bits fold away."""
    kept = [bit for bit in bits if bit is not True]
    if any(bit is False for bit in kept):
        return False
    return True if not kept else kept[0] if len(kept) == 1 else z3.And(*kept)


def either(*bits: Bit) -> Bit:
    """Any holds; settled bits fold away."""
    kept = [bit for bit in bits if bit is not False]
    if any(bit is True for bit in kept):
        return True
    return False if not kept else kept[0] if len(kept) == 1 else z3.Or(*kept)


def negated(bit: Bit) -> Bit:
    """It does not hold."""
    return (not bit) if isinstance(bit, bool) else z3.Not(bit)


def same(one: Bit, other: Bit) -> Bit:
    """Both hold or neither."""
    return either(both(one, other), both(negated(one), negated(other)))


def term(bit: Bit) -> z3.BoolRef:
    """A bit that a solver takes."""
    return z3.BoolVal(bit) if isinstance(bit, bool) else bit


class Symbols:
    """The facts of one problem as Z3 variables, and conditions over them.

    `facts` are the declared facts by name; `texts` every text that conditions of the problem name,
    as `texts_of` finds them.
    """

    def __init__(self, facts: Mapping[str, Fact], texts: Iterable[str] = ()) -> None:
        self.facts = dict(facts)
        self.domain: list[z3.BoolRef] = []
        """Constraints on the variables in every case: declared values, ranges, the calendar."""
        declared = (value for fact in self.facts.values() for value in fact.values)
        self._texts = list(dict.fromkeys([*texts, *declared]))
        self._calendar = Calendar(self.domain)
        self._made: dict[str, Meaning] = {}
        self._known: dict[str, z3.BoolRef] = {}
        self._defined: dict[str, Truth | Worded] = {}
        self._done: dict[Node, Truth] = {}

    def define(self, name: str, meaning: Truth | Worded) -> None:
        """Define a name that is not a fact, such as `eligible`."""
        self._defined[name] = meaning

    def truth(self, expression: Expression) -> Truth:
        """A checked condition."""
        return self._truth(expression.root)

    def truth_of(self, node: Node) -> Truth:
        """A checked node of type yes-no."""
        return self._truth(node)

    def known(self, name: str) -> z3.BoolRef:
        """That a fact is documented."""
        self._fact(name)
        return self._known[name]

    @property
    def used(self) -> tuple[str, ...]:
        """The facts that conditions have read so far."""
        return tuple(self._known)

    def documented(self) -> list[z3.BoolRef]:
        """That every fact read so far is documented."""
        return list(self._known.values())

    # Facts

    def _fact(self, name: str) -> Meaning:
        if name in self._defined:
            return self._defined[name]
        if name not in self._made:
            self._known[name] = z3.Bool(f"known {name}")
            self._made[name] = self._variable(name, self.facts[name])
        return self._made[name]

    def _variable(self, name: str, fact: Fact) -> Meaning:
        known = self._known[name]
        if fact.type == "yes-no":
            value = z3.Bool(f"is {name}")
            return Truth(z3.And(known, value), z3.And(known, z3.Not(value)))
        if fact.type == "text":
            options = {text: z3.Bool(f"{name} is {text}") for text in self.options(name)}
            self.domain.append(z3.PbEq([(bit, 1) for bit in options.values()], 1))
            return Worded(known, options)
        if fact.type == "set":
            return Grouped(known, {each: z3.Bool(f"{name} has {each}") for each in fact.values})
        if fact.type == "date":
            number: Number = z3.Int(f"day {name}")
            low, high = Fraction(days_of(EARLIEST_CASE)), Fraction(days_of(LATEST_CASE))
        else:
            number = z3.Real(f"value {name}")
            low, high = (Fraction(exact(limit)) for limit in limits(fact))
        self.domain += [_lifted(low, number) <= number, number <= _lifted(high, number)]
        return Valued(known, number)

    def options(self, name: str) -> tuple[str, ...]:
        """The texts that a text fact may have."""
        declared = self.facts[name].values
        if declared:
            return declared
        undeclared = sum(
            1 for fact in self.facts.values() if fact.type == "text" and not fact.values
        )
        return (*self._texts, *_others(self._texts, undeclared))

    def within(self, name: str, fact: Fact) -> Bit:
        """That the value of a fact, if known, is one that another declaration of it allows."""
        made = self._fact(name)
        missing = negated(self._known[name])
        if isinstance(made, Worded):
            allowed = [bit for text, bit in made.options.items() if text in fact.values]
            return True if not fact.values else either(missing, *allowed)
        if isinstance(made, Grouped):
            others = [negated(bit) for text, bit in made.members.items() if text not in fact.values]
            return either(missing, both(*others))
        if isinstance(made, Valued) and fact.type != "date":
            low, high = (Fraction(exact(limit)) for limit in limits(fact))
            between = (
                _lifted(low, made.value) <= made.value,
                made.value <= _lifted(high, made.value),
            )
            return either(missing, both(*between))
        return True

    def whole(self) -> list[z3.BoolRef]:
        """That every number and duration read so far is whole."""
        values = (made.value for made in self._made.values() if isinstance(made, Valued))
        return [z3.IsInt(value) for value in values if z3.is_real(value)]

    def value(self, model: z3.ModelRef, name: str) -> Documented | Fraction:
        """The value of a fact in a model: None if it is undocumented; numbers are exact.

        An irrational number (a root) is approximated by a fraction.
        """
        made = self._fact(name)
        if not z3.is_true(model.eval(self._known[name], model_completion=True)):
            return None
        if isinstance(made, Truth):
            return bool(z3.is_true(model.eval(made.true, model_completion=True)))
        if isinstance(made, Worded):
            for text, bit in made.options.items():
                if z3.is_true(model.eval(bit, model_completion=True)):
                    return text
            raise AssertionError(f"{name} has no value")
        if isinstance(made, Grouped):
            held = [text for text, bit in made.members.items()
                    if z3.is_true(model.eval(bit, model_completion=True))]  # fmt: skip
            return read_fact(held, name, self.facts[name]) if held else NOTHING
        number = _fraction(model.eval(made.value, model_completion=True))
        if self.facts[name].type == "date":
            return date.fromordinal(int(number) + EPOCH)
        return number

    def given(self, name: str, value: Documented) -> list[z3.BoolRef]:
        """That a fact has this documented value, or is undocumented (None)."""
        made = self._fact(name)
        known = self._known[name]
        if value is None:
            return [z3.Not(known)]
        if isinstance(made, Truth):
            return [term(made.true if value else made.false)]
        if isinstance(made, Worded):
            bit = made.options.get(str(value))
            return [known, term(False if bit is None else bit)]
        if isinstance(made, Grouped):
            chosen = members(str(value))
            return [known, *(term(bit if text in chosen else negated(bit))
                             for text, bit in made.members.items())]  # fmt: skip
        number = days_of(value) if isinstance(value, date | str) else exact(value)
        return [known, made.value == _lifted(Fraction(number), made.value)]

    # Conditions

    def _truth(self, node: Node) -> Truth:
        if node not in self._done:
            self._done[node] = self._made_truth(node)
        return self._done[node]

    def _made_truth(self, node: Node) -> Truth:
        match node:
            case FactOf(name=name):
                found = self._fact(name)
                assert isinstance(found, Truth)
                return found
            case Constant(value=value):
                return Truth(value is True, value is not True)
            case Known(operand=operand):
                known = self._is_known(operand)
                return Truth(known, negated(known))
            case OfMembers(quantifier=quantifier, fact=fact, options=options):
                held = self._grouped(fact)
                among = [bit for text, bit in held.members.items() if text in options]
                others = [bit for text, bit in held.members.items() if text not in options]
                holds = either(*among) if quantifier == "any" else negated(either(*others))
                return Truth(both(held.known, holds), both(held.known, negated(holds)))
            case Comparison(operator=operator, left=left, right=right):
                return self._compared(operator, left, right)
            case Membership(item=item, options=options):
                return _any([self._compared("=", item, option) for option in options])
            case Negation(operand=operand):
                inner = self._truth(operand)
                return Truth(inner.false, inner.true)
            case Junction(operator="or", operands=operands):
                return _any([self._truth(operand) for operand in operands])
            case Junction(operands=operands):
                return _all([self._truth(operand) for operand in operands])
            case AtLeast(count=count, operands=operands):
                truths = [self._truth(operand) for operand in operands]
                most = len(truths) - count
                return Truth(
                    _at_least(count, [each.true for each in truths]),
                    _at_least(most + 1, [each.false for each in truths]),
                )
            case _:
                raise AssertionError("not a checked condition")

    def _is_known(self, node: Node) -> Bit:
        kind = type_of(node)
        if kind == "yes-no":
            truth = self._truth(node)
            return either(truth.true, truth.false)
        if isinstance(node, FactOf) and node.name not in self._defined:
            return self.known(node.name)
        return (self._worded(node) if kind == "text" else self._number(node)).known

    def _grouped(self, node: Node) -> Grouped:
        assert isinstance(node, FactOf)
        found = self._fact(node.name)
        assert isinstance(found, Grouped)
        return found

    def _worded(self, node: Node) -> Worded:
        if isinstance(node, Constant):
            return Worded(True, {str(node.value): True})
        assert isinstance(node, FactOf)
        found = self._fact(node.name)
        assert isinstance(found, Worded)
        return found

    def _number(self, node: Node) -> Valued:
        if isinstance(node, FactOf):
            found = self._fact(node.name)
            assert isinstance(found, Valued)
            return found
        match node:
            case Constant(value=date() as day):
                return Valued(True, Fraction(days_of(day)))
            case Constant(value=Fraction() as value):
                return Valued(True, value)
            case Count(fact=fact):
                grouped = self._grouped(fact)
                each = [z3.If(bit, 1, 0) for bit in grouped.members.values()]
                return Valued(grouped.known, z3.Sum(each))
            case Elapsed():
                return self._elapsed(node)
            case Moved(day=day, months=months):
                held = self._number(day)
                moved = self._calendar.moved(held.value, months, isinstance(day, FactOf))
                return Valued(held.known, moved)
            case Dated():
                return self._dated(node)
            case Extreme():
                return self._extreme(node)
            case Arithmetic():
                return self._arithmetic(node)
            case _:
                raise AssertionError(f"{node} is no number")

    def _arithmetic(self, node: Arithmetic) -> Valued:
        left, right = self._number(node.left), self._number(node.right)
        if node.operator == "/":
            right = Valued(True, 1 / divisor(node.right))
        one, other = _alike(left.value, right.value)
        made = one + other if node.operator == "+" else one - other if node.operator == "-" \
            else one * other  # fmt: skip
        return Valued(both(left.known, right.known), made)

    def _extreme(self, node: Extreme) -> Valued:
        sides = [self._number(operand) for operand in node.operands]
        made = sides[0].value
        for side in sides[1:]:
            one, other = _alike(made, side.value)
            first = _ordered(">=" if node.operator == "max" else "<=", one, other)
            if isinstance(first, bool):
                made = one if first else other
            else:
                made = z3.If(first, one, other)
        return Valued(both(*(side.known for side in sides)), made)

    def _elapsed(self, node: Elapsed) -> Valued:
        first, last = self._number(node.first), self._number(node.last)
        near = [isinstance(each, FactOf) for each in (node.first, node.last)]
        count = self._calendar.years if node.unit == "year" else self._calendar.months
        return Valued(
            both(first.known, last.known), count(first.value, last.value, near[0], near[1])
        )

    def _dated(self, node: Dated) -> Valued:
        on = self._number(node.on)
        past = [
            (_ordered("<=", *_alike(Fraction(start), on.value)), value)
            for start, value in node.steps
        ]
        made = self._number(node.steps[0][1]).value
        for bit, constant in past[1:]:
            value = self._number(constant).value
            if isinstance(bit, bool):
                made = value if bit else made
            else:
                made = z3.If(bit, _real(value), _real(made))
        return Valued(both(on.known, past[0][0]), made)

    def _compared(self, operator: str, left: Node, right: Node) -> Truth:
        kind = type_of(left)
        if kind == "yes-no":
            one, other = self._truth(left), self._truth(right)
            equal = either(both(one.true, other.true), both(one.false, other.false))
            unequal = either(both(one.true, other.false), both(one.false, other.true))
            return Truth(equal, unequal) if operator == "=" else Truth(unequal, equal)
        if kind == "text":
            first, second = self._worded(left), self._worded(right)
            holds = either(
                *(both(bit, second.options[text]) for text, bit in first.options.items()
                  if text in second.options)
            )  # fmt: skip
            known = both(first.known, second.known)
            holds = holds if operator == "=" else negated(holds)
        else:
            low, high = self._number(left), self._number(right)
            known = both(low.known, high.known)
            holds = _ordered(operator, *_alike(low.value, high.value))
        return Truth(both(known, holds), both(known, negated(holds)))


def _any(truths: list[Truth]) -> Truth:
    return Truth(either(*(each.true for each in truths)), both(*(each.false for each in truths)))


def _all(truths: list[Truth]) -> Truth:
    return Truth(both(*(each.true for each in truths)), either(*(each.false for each in truths)))


def _at_least(count: int, bits: list[Bit]) -> Bit:
    """At least so many of the bits hold; settled ones fold away."""
    count -= sum(bit is True for bit in bits)
    open_bits = [bit for bit in bits if not isinstance(bit, bool)]
    if count <= 0:
        return True
    return z3.PbGe([(bit, 1) for bit in open_bits], count) if count <= len(open_bits) else False


def _ordered(operator: str, left: Number, right: Number) -> Bit:
    return {
        "=": lambda: left == right, "!=": lambda: left != right, "<": lambda: left < right,
        "<=": lambda: left <= right, ">": lambda: left > right, ">=": lambda: left >= right,
    }[operator]()  # fmt: skip


def _fraction(number: Number) -> Fraction:
    """A Z3 number as a fraction; a root as one within 1e-20."""
    if z3.is_int_value(number):
        return Fraction(number.as_long())
    near = number.approx(20) if z3.is_algebraic_value(number) else number
    return Fraction(near.numerator_as_long(), near.denominator_as_long())


def _lifted(number: Fraction, beside: Number) -> Number:
    """A fraction as a Z3 number, an integer beside an integer if it is whole."""
    if z3.is_int(beside) and number.denominator == 1:
        return z3.IntVal(number.numerator)
    return z3.RealVal(f"{number.numerator}/{number.denominator}")


def _real(number: Number) -> Number:
    """A number as a Z3 real."""
    if isinstance(number, Fraction):
        return z3.RealVal(f"{number.numerator}/{number.denominator}")
    return z3.ToReal(number) if z3.is_int(number) else number


def _alike(left: Number, right: Number) -> tuple[Number, Number]:
    """Both sides in one sort; two settled numbers stay settled."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left, right
    if isinstance(left, Fraction):
        left = _lifted(left, right)
    elif isinstance(right, Fraction):
        right = _lifted(right, left)
    if z3.is_int(left) != z3.is_int(right):
        left, right = (z3.ToReal(side) if z3.is_int(side) else side for side in (left, right))
    return left, right


def _others(taken: list[str], count: int) -> Iterator[str]:
    """Texts that no condition names."""
    number = 0
    while count:
        number += 1
        text = "another" if number == 1 else f"another {number}"
        if text not in taken:
            count -= 1
            yield text


def texts_of(expressions: Iterable[Expression]) -> tuple[str, ...]:
    """Every text that the conditions name, once each, in order."""
    return tuple(
        dict.fromkeys(
            node.value
            for expression in expressions
            for node in walk(expression.root)
            if isinstance(node, Constant) and isinstance(node.value, str)
        )
    )
