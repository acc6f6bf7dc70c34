"""Conditions checked, with the terms that they name written out.

Each term is checked once, the terms in it first; `node_types` checks the parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sojourn.errors import Problem, RuleError
from sojourn.rules.language.node_types import NodeTypes
from sojourn.rules.language.tree import (
    Expression,
    Name,
    TreeNode,
    children,
    walk,
)
from sojourn.study.model.agreement import DatedValue
from sojourn.study.model.facts import Fact
from sojourn.study.model.values import Quantity

MOST_NODES = 20_000
DEEPEST = 120
MOST_IN_ALL = 200_000
"""Parts of all conditions of one agreement or study together, terms written out."""
MOST_TOLD = 8
"""Terms of a circle that a message names."""


def check(
    expression: Expression,
    types: Mapping[str, Fact],
    terms: Mapping[str, Expression] | None = None,
    constants: Mapping[str, Quantity] | None = None,
    *,
    dated: Mapping[str, DatedValue] | None = None,
    today: TreeNode | None = None,
    any_digits: bool = False,
) -> Expression:
    """The same condition with every name resolved: terms written out, constants put in.

    `types` are the declared facts by name, `terms` the parsed named conditions, `constants` the
    parameters, `dated` the values that change on dates, and `today` the day of decision, a fact or
    a fixed date; `any_digits` allows numbers that only Python's integers hold. Raises `RuleError`
    with every problem found. In the result, durations are in days
    and shares are fractions.
    """
    checker = Checker(types, terms or {}, constants or {}, dated or {}, today, any_digits)
    return checker.check(expression)


class Checker:
    """Checks the conditions of one scenario; each term is checked once."""

    def __init__(
        self,
        types: Mapping[str, Fact],
        terms: Mapping[str, Expression],
        constants: Mapping[str, Quantity],
        dated: Mapping[str, DatedValue] | None = None,
        today: TreeNode | None = None,
        any_digits: bool = False,
    ) -> None:
        self._types, self._terms = types, terms
        self._done: dict[str, TreeNode | tuple[Problem, ...]] = {}
        """Terms checked so far: what they stand for, or what is wrong with them."""
        self._parts = NodeTypes(types, terms, self._done, constants, dated or {}, today, any_digits)
        self._written = 0
        """Parts of the conditions checked so far, terms written out."""
        self._full: Problem | None = None
        """The problem to report, once, if there are too many parts."""

    def check(self, expression: Expression) -> Expression:
        """The condition with every name resolved; raises `RuleError`."""
        used = self._terms_in(expression)
        for term in self._needed(used):
            if term not in self._done:
                written = self._terms[term]
                try:
                    self._done[term] = self._whole(written, self._terms_in(written))
                except RuleError as error:
                    self._done[term] = error.problems
        said = expression
        root = self._whole(said, used)
        return Expression(
            root, said.text, said.file, said.line, said.column, said.path, said.breaks
        )

    def _whole(self, expression: Expression, used: list[str]) -> TreeNode:
        """The checked tree; the terms `used` were checked first, and report their own problems."""
        wrong = [
            problem
            for term in used
            if isinstance(found := self._done[term], tuple)
            for problem in found
        ]
        if wrong:
            raise RuleError(*dict.fromkeys(wrong))
        if self._full is not None:
            raise RuleError(self._full)
        root = self._parts.condition(expression)
        self._measure(root, expression)
        return root

    def _measure(self, root: TreeNode, expression: Expression) -> None:
        """Refuse conditions that grow too large by their terms, without walking all of them."""
        fix = "use fewer terms within terms, or fewer conditions"
        count, waiting = 0, [(root, 1)]
        while waiting:
            node, depth = waiting.pop()
            count += 1
            if count > MOST_NODES:
                what = f"written out, it has more than {MOST_NODES:,} parts"
                raise RuleError(expression.problem(what, fix))
            if depth > DEEPEST:
                what = f"written out, it is nested more than {DEEPEST} deep"
                raise RuleError(expression.problem(what, fix))
            if below := children(node):
                waiting += [(child, depth + 1) for child in below]
        self._written += count
        if self._written > MOST_IN_ALL:
            what = f"written out, the conditions have more than {MOST_IN_ALL:,} parts in all"
            self._full = expression.problem(what, fix)
            raise RuleError(self._full)

    def _needed(self, used: list[str]) -> list[str]:
        """The terms `used` and those that they use, terms without terms of their own first.

        Iterative, so that a long chain of terms cannot exhaust the stack.
        """
        order: dict[str, None] = {}
        path: dict[str, None] = {}
        stack = [iter(used)]
        while stack:
            term = next(stack[-1], None)
            if term is None:
                stack.pop()
                if path:
                    order[path.popitem()[0]] = None
            elif term in path:
                found = list(path)
                raise RuleError(self._circle(found[found.index(term) :]))
            elif term not in order and term not in self._done:
                path[term] = None
                stack.append(iter(self._terms_in(self._terms[term])))
        return list(order)

    def _circle(self, terms: list[str]) -> Problem:
        """The problem of terms that use each other, reported at the first in the file."""
        held = set(terms)
        name = next(name for name in self._terms if name in held)
        start = terms.index(name)
        told = [*terms[start:], *terms[:start], name]
        if len(told) > MOST_TOLD:
            told = [*told[: MOST_TOLD - 2], "…", name]
        problem = self._terms[name].problem(
            f"terms use each other in a circle: {' → '.join(told)}",
            "write one of them without the others",
        )
        self._done.update((term, (problem,)) for term in terms)
        return problem

    def _terms_in(self, expression: Expression) -> list[str]:
        if not self._terms:
            return []
        names = dict.fromkeys(_names(expression.root))
        return [name for name in names if name in self._terms and name not in self._types]


def _names(node: TreeNode) -> Iterable[str]:
    return (found.name for found in walk(node) if isinstance(found, Name))
