"""A checked condition as Z3 terms over facts as free variables.

Kleene's three values need two bits: a condition is a `Truth`, with a term for true and a term for
false; if neither holds, it is unknown. A value is a `Valued`, with a term for known and a term for
the value. Both are free for a fact, within its declaration:

- a text: one of its declared values; where none are declared, one of the texts that the conditions
  name, or another text (as many others as there are such facts, so that they may all differ);
- a number or duration: a real number within its range, at most `GREATEST` in magnitude;
- a date: a day from `EARLIEST_CASE` to `LATEST_CASE`.

Numbers are exact here. The evaluators add and multiply doubles, which may round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias

import z3

from sojourn.population.fact_values import GREATEST
from sojourn.rules.language.tree import (
    EPOCH,
    Arithmetic,
    Comparison,
    Constant,
    Dated,
    Expression,
    FactOf,
    Junction,
    Known,
    Membership,
    Negation,
    Node,
    Years,
    type_of,
    walk,
)
from sojourn.rules.meaning.reference import Documented, days_of
from sojourn.rules.meaning.turning_points import EARLIEST_CASE, LATEST_CASE
from sojourn.rules.meaning.z3_calendar import Calendar
from sojourn.study.model import Fact

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
        self.inexact = False
        """Whether a condition adds or multiplies, so that doubles may round."""
        declared = (value for fact in self.facts.values() for value in fact.values)
        self._texts = list(dict.fromkeys([*texts, *declared]))
        self._calendar = Calendar(self.domain)
        self._made: dict[str, Truth | Valued | Worded] = {}
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

    def _fact(self, name: str) -> Truth | Valued | Worded:
        if name in self._defined:
            return self._defined[name]
        if name not in self._made:
            self._known[name] = z3.Bool(f"known {name}")
            self._made[name] = self._variable(name, self.facts[name])
        return self._made[name]

    def _variable(self, name: str, fact: Fact) -> Truth | Valued | Worded:
        known = self._known[name]
        if fact.type == "yes-no":
            value = z3.Bool(f"is {name}")
            return Truth(z3.And(known, value), z3.And(known, z3.Not(value)))
        if fact.type == "text":
            options = {text: z3.Bool(f"{name} is {text}") for text in self.options(name)}
            self.domain.append(z3.PbEq([(bit, 1) for bit in options.values()], 1))
            return Worded(known, options)
        if fact.type == "date":
            number: Number = z3.Int(f"day {name}")
            low, high = Fraction(days_of(EARLIEST_CASE)), Fraction(days_of(LATEST_CASE))
        else:
            number = z3.Real(f"value {name}")
            low = Fraction(-GREATEST if fact.least is None else fact.least)
            high = Fraction(GREATEST if fact.most is None else fact.most)
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
        number = days_of(value) if isinstance(value, date | str) else float(value)
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
            case _:
                raise AssertionError("not a checked condition")

    def _is_known(self, node: Node) -> Bit:
        kind = type_of(node)
        if kind == "yes-no":
            truth = self._truth(node)
            return either(truth.true, truth.false)
        return (self._worded(node) if kind == "text" else self._number(node)).known

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
        if isinstance(node, Constant):
            value = days_of(node.value) if isinstance(node.value, date) else node.value
            assert isinstance(value, float)
            return Valued(True, Fraction(value))
        if isinstance(node, Years):
            return self._years(node)
        if isinstance(node, Dated):
            return self._dated(node)
        assert isinstance(node, Arithmetic)
        self.inexact = True
        left, right = self._number(node.left), self._number(node.right)
        one, other = _alike(left.value, right.value)
        made = one + other if node.operator == "+" else one - other if node.operator == "-" \
            else one * other  # fmt: skip
        return Valued(both(left.known, right.known), made)

    def _years(self, node: Years) -> Valued:
        first, last = self._number(node.first), self._number(node.last)
        near = [isinstance(each, FactOf) for each in (node.first, node.last)]
        years = self._calendar.years(first.value, last.value, near[0], near[1])
        return Valued(both(first.known, last.known), years)

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
