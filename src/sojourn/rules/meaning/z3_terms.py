"""A checked condition as Z3 terms over facts as free variables (`z3_facts`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

import z3

from sojourn.rules.language.exact_numbers import divisor
from sojourn.rules.language.tree import (
    Arithmetic,
    AsOf,
    AtLeast,
    Comparison,
    Constant,
    Count,
    Elapsed,
    Expression,
    Extreme,
    FactOf,
    Junction,
    Known,
    Membership,
    Moved,
    Negation,
    OfMembers,
    TreeNode,
    type_of,
    walk,
)
from sojourn.rules.meaning.reference import days_of
from sojourn.rules.meaning.z3_calendar import Z3Calendar
from sojourn.rules.meaning.z3_facts import FactVariables
from sojourn.rules.meaning.z3_logic import (
    Bit,
    Grouped,
    Meaning,
    Truth,
    Valued,
    Worded,
    alike,
    all_of,
    any_of,
    at_least,
    both,
    either,
    negated,
    ordered,
    real,
)
from sojourn.study.model.facts import Fact


class Symbols:
    """Conditions of one problem over the variables of its facts.

    `facts` are the declared facts by name; `texts` every text that conditions of the problem name,
    as `texts_of` finds them.
    """

    def __init__(self, facts: Mapping[str, Fact], texts: Iterable[str] = ()) -> None:
        self.variables = FactVariables(facts, texts)
        self._calendar = Z3Calendar(self.variables.domain)
        self._defined: dict[str, Truth | Worded] = {}
        self._done: dict[TreeNode, Truth] = {}

    def define(self, name: str, meaning: Truth | Worded) -> None:
        """Define a name that is not a fact, such as `eligible`."""
        self._defined[name] = meaning

    def truth(self, expression: Expression) -> Truth:
        """A checked condition."""
        return self._truth(expression.root)

    def truth_of(self, node: TreeNode) -> Truth:
        """A checked node of type yes-no."""
        return self._truth(node)

    def _fact(self, name: str) -> Meaning:
        return self._defined.get(name) or self.variables.of(name)

    def _truth(self, node: TreeNode) -> Truth:
        if node not in self._done:
            self._done[node] = self._made_truth(node)
        return self._done[node]

    def _made_truth(self, node: TreeNode) -> Truth:
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
                return any_of([self._compared("=", item, option) for option in options])
            case Negation(operand=operand):
                inner = self._truth(operand)
                return Truth(inner.false, inner.true)
            case Junction(operator="or", operands=operands):
                return any_of([self._truth(operand) for operand in operands])
            case Junction(operands=operands):
                return all_of([self._truth(operand) for operand in operands])
            case AtLeast(count=count, operands=operands):
                truths = [self._truth(operand) for operand in operands]
                most = len(truths) - count
                return Truth(
                    at_least(count, [each.true for each in truths]),
                    at_least(most + 1, [each.false for each in truths]),
                )
            case _:
                raise AssertionError("not a checked condition")

    def _is_known(self, node: TreeNode) -> Bit:
        kind = type_of(node)
        if kind == "yes-no":
            truth = self._truth(node)
            return either(truth.true, truth.false)
        if isinstance(node, FactOf) and node.name not in self._defined:
            return self.variables.known(node.name)
        return (self._worded(node) if kind == "text" else self._number(node)).known

    def _grouped(self, node: TreeNode) -> Grouped:
        assert isinstance(node, FactOf)
        found = self._fact(node.name)
        assert isinstance(found, Grouped)
        return found

    def _worded(self, node: TreeNode) -> Worded:
        if isinstance(node, Constant):
            return Worded(True, {str(node.value): True})
        assert isinstance(node, FactOf)
        found = self._fact(node.name)
        assert isinstance(found, Worded)
        return found

    def _number(self, node: TreeNode) -> Valued:
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
            case AsOf():
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
        one, other = alike(left.value, right.value)
        made = one + other if node.operator == "+" else one - other if node.operator == "-" \
            else one * other  # fmt: skip
        return Valued(both(left.known, right.known), made)

    def _extreme(self, node: Extreme) -> Valued:
        sides = [self._number(operand) for operand in node.operands]
        made = sides[0].value
        for side in sides[1:]:
            one, other = alike(made, side.value)
            first = ordered(">=" if node.operator == "max" else "<=", one, other)
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

    def _dated(self, node: AsOf) -> Valued:
        on = self._number(node.on)
        past = [
            (ordered("<=", *alike(Fraction(start), on.value)), value) for start, value in node.steps
        ]
        made = self._number(node.steps[0][1]).value
        for bit, constant in past[1:]:
            value = self._number(constant).value
            if isinstance(bit, bool):
                made = value if bit else made
            else:
                made = z3.If(bit, real(value), real(made))
        return Valued(both(on.known, past[0][0]), made)

    def _compared(self, operator: str, left: TreeNode, right: TreeNode) -> Truth:
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
            holds = ordered(operator, *alike(low.value, high.value))
        return Truth(both(known, holds), both(known, negated(holds)))


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
