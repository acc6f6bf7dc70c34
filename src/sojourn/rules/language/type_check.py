"""Types: every name of a condition is declared, and every comparison has a meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import ceil

from sojourn.errors import Problem, RuleError
from sojourn.rules.language.arithmetic import RESULTS, SIGNS, divided, moved, of_months
from sojourn.rules.language.comparisons import (
    days_apart,
    matched,
    not_birthdays,
    not_members,
    settled,
)
from sojourn.rules.language.exact_numbers import MOST, alike
from sojourn.rules.language.named_numbers import as_of, changes, constant_of
from sojourn.rules.language.number_units import (
    arithmetic_unit,
    between_dates,
    calendar_part,
)
from sojourn.rules.language.refusal import Refusal
from sojourn.rules.language.tree import (
    Arithmetic,
    AtLeast,
    Comparison,
    Constant,
    Count,
    Each,
    Elapsed,
    Expression,
    Extreme,
    FactOf,
    Junction,
    Known,
    Membership,
    Name,
    Negation,
    Node,
    OfMembers,
    Passage,
    children,
    type_of,
    walk,
)
from sojourn.rules.language.value_tables import table_read, written_out
from sojourn.study.fact_numbers import GREATEST
from sojourn.study.fact_types import limits
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model import DatedValue, Fact, Quantity

TODAY = "today"
"""The word for the day of decision."""
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
    today: Node | None = None,
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
        today: Node | None = None,
        any_digits: bool = False,
    ) -> None:
        self._any_digits = any_digits
        self._types, self._terms, self._constants = types, terms, constants
        self._dated, self._today = dated or {}, today
        self._done: dict[str, Node | tuple[Problem, ...]] = {}
        """Terms checked so far: what they stand for, or what is wrong with them."""
        self._written = 0
        """Parts of the conditions checked so far, terms written out."""
        self._full: Problem | None = None
        """The problem to report, once, if there are too many parts."""

    def check(self, expression: Expression) -> Expression:
        """The condition with every name resolved; raises `RuleError`."""
        for term in self._needed(expression):
            if term not in self._done:
                try:
                    self._done[term] = self._whole(self._terms[term])
                except RuleError as error:
                    self._done[term] = error.problems
        root = self._whole(expression)
        return replace(expression, root=root)

    def _whole(self, expression: Expression) -> Node:
        """The checked tree; terms in it are checked first, and report their own problems."""
        wrong = [
            problem
            for term in self._terms_in(expression)
            if isinstance(found := self._done[term], tuple)
            for problem in found
        ]
        if wrong:
            raise RuleError(*dict.fromkeys(wrong))
        if self._full is not None:
            raise RuleError(self._full)
        root = self._condition(expression)
        self._measure(root, expression)
        return root

    def _measure(self, root: Node, expression: Expression) -> None:
        """Refuse conditions that grow too large by their terms, without walking all of them."""
        fix = "use fewer terms within terms"
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
            waiting.extend((child, depth + 1) for child in children(node))
        self._written += count
        if self._written > MOST_IN_ALL:
            what = f"written out, the conditions have more than {MOST_IN_ALL:,} parts in all"
            self._full = expression.problem(what, fix)
            raise RuleError(self._full)

    def _needed(self, expression: Expression) -> list[str]:
        """Terms that the expression uses, terms without terms of their own first.

        Iterative, so that a long chain of terms cannot exhaust the stack.
        """
        order: dict[str, None] = {}
        path: list[str] = []
        stack = [iter(self._terms_in(expression))]
        while stack:
            term = next(stack[-1], None)
            if term is None:
                stack.pop()
                if path:
                    order[path.pop()] = None
            elif term in path:
                raise RuleError(self._circle(path[path.index(term) :]))
            elif term not in order and term not in self._done:
                path.append(term)
                stack.append(iter(self._terms_in(self._terms[term])))
        return list(order)

    def _circle(self, terms: list[str]) -> Problem:
        """The problem of terms that use each other, reported at the first in the file."""
        name = next(name for name in self._terms if name in terms)
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
        names = dict.fromkeys(_names(expression.root))
        return [name for name in names if name in self._terms and name not in self._types]

    def _condition(self, expression: Expression) -> Node:
        """The checked tree of a whole condition; raises `RuleError`."""
        if any(isinstance(part, Passage) for part in (expression.root, *children(expression.root))):
            return self._group(expression)
        problems: list[Refusal] = []
        root = self._gather(expression.root, problems)
        if root is not None and type_of(root) != "yes-no":
            problems.append(
                Refusal(
                    f"this is a {type_of(root)}, not a condition", "compare it with something", 0
                )
            )
        if problems or root is None:
            raise RuleError(*(expression.problem(p.what, p.fix, p.at) for p in problems))
        return root

    def _group(self, expression: Expression) -> Node:
        """The checked tree of conditions that have texts of their own."""
        problems: list[Problem] = []
        roots: list[Node] = []
        root = expression.root
        for part in root.operands if isinstance(root, Junction | AtLeast) else (root,):
            assert isinstance(part, Passage)
            try:
                roots.append(self._condition(part.expression))
            except RuleError as error:
                problems.extend(error.problems)
        if problems:
            raise RuleError(*problems)
        if isinstance(root, Junction | AtLeast):
            return replace(root, operands=tuple(roots))
        return roots[0]

    def _gather(self, node: Node, problems: list[Refusal]) -> Node | None:
        """Check the parts of `and`, `or` and `not` separately, to report all problems."""
        try:
            if isinstance(node, Junction | AtLeast):
                found = [self._gather_truth(part, problems) for part in node.operands]
                kept = tuple(part for part in found if part is not None)
                if len(kept) < len(found):
                    return None
                return replace(node, operands=kept)
            if isinstance(node, Negation):
                operand = self._gather_truth(node.operand, problems)
                return None if operand is None else Negation(operand, node.at)
            return self._node(node)
        except Refusal as error:
            problems.append(error)
            return None

    def _gather_truth(self, node: Node, problems: list[Refusal]) -> Node | None:
        found = self._gather(node, problems)
        if found is not None and type_of(found) != "yes-no":
            raise Refusal(
                f"this is a {type_of(found)}; `and`, `or` and `not` join conditions",
                "compare it with something",
                node.at,
            )
        return found

    def _node(self, node: Node) -> Node:
        """The checked node; constants are in days and fractions."""
        return settled(self._side(node))

    def _side(self, node: Node) -> Node:  # noqa: PLR0912 -- one case a kind of node
        """One side of a comparison, constants still in the unit as written."""
        match node:
            case Name():
                return self._name(node)
            case Known(operand=operand):
                return self._known(operand, node.at)
            case Arithmetic():
                return self._arithmetic(node)
            case Elapsed():
                return self._elapsed(node)
            case Extreme():
                return self._extreme(node)
            case Count(fact=fact):
                return Count(self._set(fact), node.at)
            case Each(operand=operand):
                raise not_members(self._set(operand), node.at)
            case Comparison():
                return self._compared(node)
            case Membership(item=Each() as each):
                return self._of_members(each, node.options)
            case Membership():
                return self._compared(node)
            case Junction() | AtLeast() | Negation():
                problems: list[Refusal] = []
                found = self._gather(node, problems)
                if found is None:
                    raise problems[0]
                return found
            case _:
                return node

    def _name(self, node: Name) -> Node:
        name = node.name
        if name in self._types:
            fact = self._types[name]
            greatest = min(GREATEST, ceil(max(map(abs, limits(fact)))))
            members = fact.values if fact.type == "set" else ()
            return FactOf(name, fact.type, fact.unit or "", node.at, greatest, members)
        if name in self._terms:
            found = self._done[name]
            if isinstance(found, tuple):  # unreachable: `check` has raised its problems
                raise Refusal(found[0].what, found[0].fix, node.at)
            return found
        if name in self._constants:
            return constant_of(name, self._constants[name], node.at)
        if name == TODAY:
            return self._day(node.at)
        if name in self._dated:
            value = self._dated[name]
            if value.chosen_by is not None:
                what = f"`{name}` is a table by `{value.chosen_by}`"
                raise Refusal(what, f"compare it with something, as: today >= {name}", node.at)
            return as_of(self._day(node.at) if changes(value) else None, name, value, node.at)
        declared = [*self._types, *self._terms, *self._constants, *self._dated]
        raise Refusal(
            f"`{name}` is not declared", _suggestion(name, declared),
            node.at,
        )  # fmt: skip

    def _day(self, at: int) -> Node:
        """The day of decision."""
        if self._today is None:
            raise Refusal(
                "`today` has no value here",
                "write in the agreement `today: FACT`, a date of each case, or `today: 2025-03-15`",
                at,
            )
        return self._today

    def _elapsed(self, node: Elapsed) -> Node:
        """Full years or months between two dates."""
        sides = []
        for side in (node.first, node.last):
            made = self._node(side)
            if type_of(made) != "date":
                what = f"`{side.name}`" if isinstance(side, Name) else "this"
                raise Refusal(
                    f"{what} is a {type_of(made)}; {node.unit}s are counted between two dates",
                    f"as: {node.unit}s(first_conviction, today)",
                    side.at,
                )
            sides.append(made)
        return Elapsed(node.unit, sides[0], sides[1], node.at, node.age)

    def _extreme(self, node: Extreme) -> Node:
        """The greatest or least of values of one type and unit."""
        sides = [self._node(operand) for operand in node.operands]
        first = sides[0]
        if type_of(first) not in {"number", "duration", "date"}:
            raise Refusal(f"this is a {type_of(first)}; {node.operator}(…) takes numbers, "
                          "durations or dates", "leave it out", first.at)  # fmt: skip
        for side in sides[1:]:
            if type_of(side) != type_of(first):
                raise Refusal(f"a {type_of(first)} is compared with a {type_of(side)}",
                              "give values of one type", node.at)  # fmt: skip
            days_apart(first, side)
        if any(map(between_dates, sides)) and (months := next(
            filter(None, map(calendar_part, sides)), None)
        ):  # fmt: skip
            raise not_birthdays(months)
        unit = ""
        for side in sides if type_of(first) == "number" else []:
            unit = arithmetic_unit("+", replace(node, unit=unit), side, node.at)
        return Extreme(node.operator, tuple(sides), node.at, type_of(first), unit)

    def _set(self, name: Node) -> FactOf:
        """A fact that is a set."""
        found = self._side(name)
        if isinstance(found, FactOf) and found.type == "set":
            return found
        shown = name.name if isinstance(name, Name) else "this"
        raise Refusal(f"`{shown}` is a {type_of(found)}, not a set",
                      "declare it with `type: set`, or compare it as it is", name.at)  # fmt: skip

    def _of_members(self, each: Each, options: tuple[Node, ...]) -> Node:
        """Whether any member of a set, or all, are among the options."""
        fact = self._set(each.operand)
        texts = []
        for option in options:
            made = self._side(option)
            if not isinstance(made, Constant) or not isinstance(made.value, str):
                raise Refusal("a member of a set is compared with a text", "as: 'SV'", option.at)
            if made.value not in fact.values:
                fix = did_you_mean(made.value, fact.values)
                what = f"'{made.value}' is not among the values of `{fact.name}`"
                raise Refusal(what, fix, option.at)
            texts.append(made.value)
        return OfMembers(each.quantifier, fact, tuple(dict.fromkeys(texts)), each.at)

    def _known(self, operand: Node, at: int) -> Node:
        found = self._side(operand)
        if isinstance(found, Constant):
            raise Refusal("a parameter is always known", "put a fact or a term in known(…)", at)
        return Known(found, at)

    def _compared(self, node: Comparison | Membership) -> Node:
        """A comparison, written out if it reads a table."""
        table = table_read(node, self._dated)
        if table is not None and table.name not in self._types:
            value = self._dated[table.name]
            return written_out(node, table, value, self._types, self._compared)
        return self._comparison(node) if isinstance(node, Comparison) else self._membership(node)

    def _membership(self, node: Membership) -> Node:
        item = self._side(node.item)
        if isinstance(item, Constant):
            raise Refusal("a constant is looked for in a list", "put a fact first", node.at)
        options = tuple(
            matched("=", item, self._side(option), self._types, option.at)[1]
            for option in node.options
        )
        item = settled(item)
        for option in options:
            self._bounded(item, option, option.at)
        return Membership(item, options, node.at)

    def _comparison(self, node: Comparison) -> Node:
        for each, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(each, Each):
                return self._member_compared(node, each, other)
        left, right = self._side(node.left), self._side(node.right)
        left, right = matched(node.operator, left, right, self._types, node.at)
        self._bounded(left, right, node.at)
        return Comparison(node.operator, left, right, node.at)

    def _member_compared(self, node: Comparison, each: Each, other: Node) -> Node:
        """`any(x) = 'SV'`, or `any(x) != 'SV'`: some member is another, so not all are that."""
        if node.operator == "=":
            return self._of_members(each, (other,))
        if node.operator == "!=":
            turned = replace(each, quantifier="all" if each.quantifier == "any" else "any")
            return Negation(self._of_members(turned, (other,)), node.at)
        raise Refusal(f"`{node.operator}` has no meaning for members", "use = or !=", node.at)

    def _bounded(self, left: Node, right: Node, at: int) -> None:
        """Refuse numbers that may need more digits than every evaluator has."""
        if self._any_digits or type_of(left) not in {"number", "duration", "date"}:
            return
        if alike([left, right]).widest > MOST:
            raise Refusal(
                "these numbers may need more than 37 digits",
                "give the facts that are multiplied a `range`, or multiply fewer values",
                at,
            )

    def _arithmetic(self, node: Arithmetic) -> Node:
        left, right = self._node(node.left), self._node(node.right)
        kind = RESULTS.get((node.operator, type_of(left), type_of(right)))
        if kind is None:
            raise Refusal(
                f"{type_of(left)} {SIGNS[node.operator]} {type_of(right)} has no meaning",
                "numbers and durations add and multiply, and are divided by numbers; dates move by "
                "durations, as 90 days",
                node.at,
            )
        if kind == "date":
            return moved(node, left, right)
        if node.operator == "/":
            return divided(node, left, right, kind)
        if kind == "duration":
            days_apart(left, right)
            folded = of_months(node, left, right)
            if folded is not None:
                return folded
        unit = ""
        if kind == "number":
            unit = arithmetic_unit(node.operator, left, right, node.at)
        return Arithmetic(node.operator, left, right, node.at, kind, unit)


def _names(node: Node) -> Iterable[str]:
    return (found.name for found in walk(node) if isinstance(found, Name))


def _suggestion(name: str, declared: list[str]) -> str:
    fix = did_you_mean(name, declared, "fact")
    return fix if fix.startswith("did") else f"{fix}; a text has quotes: '{name}'"
