"""Types: every name of a condition is declared, and every comparison has a meaning."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
    OfMembers,
    Passage,
    TreeNode,
    children,
    type_of,
)
from sojourn.rules.language.value_tables import table_read, written_out
from sojourn.study.fact_numbers import GREATEST
from sojourn.study.fact_types import limits
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model.agreement import DatedValue
from sojourn.study.model.facts import Fact
from sojourn.study.model.values import Quantity

TODAY = "today"
"""The word for the day of decision."""


class NodeTypes:
    """Checks the parts of conditions against what is declared.

    `types` are the declared facts by name, `terms` the names of the named conditions, `checked`
    what each of them stands for (those that a condition uses are there before it is checked),
    `constants` the parameters, `dated` the values that change on dates, and `today` the day of
    decision; `any_digits` allows numbers that only Python's integers hold.
    """

    def __init__(
        self,
        types: Mapping[str, Fact],
        terms: Collection[str],
        checked: Mapping[str, TreeNode | tuple[Problem, ...]],
        constants: Mapping[str, Quantity],
        dated: Mapping[str, DatedValue],
        today: TreeNode | None,
        any_digits: bool,
    ) -> None:
        self._types, self._terms, self._checked = types, terms, checked
        self._constants, self._dated, self._today = constants, dated, today
        self._any_digits = any_digits
        self._tables = any(value.chosen_by is not None for value in dated.values())

    def condition(self, expression: Expression) -> TreeNode:
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

    def _group(self, expression: Expression) -> TreeNode:
        """The checked tree of conditions that have texts of their own."""
        problems: list[Problem] = []
        roots: list[TreeNode] = []
        root = expression.root
        for part in root.operands if isinstance(root, Junction | AtLeast) else (root,):
            assert isinstance(part, Passage)
            try:
                roots.append(self.condition(part.expression))
            except RuleError as error:
                problems.extend(error.problems)
        if problems:
            raise RuleError(*problems)
        if isinstance(root, Junction | AtLeast):
            return replace(root, operands=tuple(roots))
        return roots[0]

    def _gather(self, node: TreeNode, problems: list[Refusal]) -> TreeNode | None:
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

    def _gather_truth(self, node: TreeNode, problems: list[Refusal]) -> TreeNode | None:
        found = self._gather(node, problems)
        if found is not None and type_of(found) != "yes-no":
            raise Refusal(
                f"this is a {type_of(found)}; `and`, `or` and `not` join conditions",
                "compare it with something",
                node.at,
            )
        return found

    def _node(self, node: TreeNode) -> TreeNode:
        """The checked node; constants are in days and fractions."""
        return settled(self._side(node))

    def _side(self, node: TreeNode) -> TreeNode:  # noqa: PLR0912 -- one case a kind of node
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

    def _name(self, node: Name) -> TreeNode:
        name = node.name
        if name in self._types:
            fact = self._types[name]
            greatest = min(GREATEST, ceil(max(map(abs, limits(fact)))))
            members = fact.values if fact.type == "set" else ()
            return FactOf(name, fact.type, fact.unit or "", node.at, greatest, members)
        if name in self._terms:
            found = self._checked[name]
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

    def _day(self, at: int) -> TreeNode:
        """The day of decision."""
        if self._today is None:
            raise Refusal(
                "`today` has no value here",
                "write in the agreement `today: FACT`, a date of each case, or `today: 2025-03-15`",
                at,
            )
        return self._today

    def _elapsed(self, node: Elapsed) -> TreeNode:
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

    def _extreme(self, node: Extreme) -> TreeNode:
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

    def _set(self, name: TreeNode) -> FactOf:
        """A fact that is a set."""
        found = self._side(name)
        if isinstance(found, FactOf) and found.type == "set":
            return found
        shown = name.name if isinstance(name, Name) else "this"
        raise Refusal(f"`{shown}` is a {type_of(found)}, not a set",
                      "declare it with `type: set`, or compare it as it is", name.at)  # fmt: skip

    def _of_members(self, each: Each, options: tuple[TreeNode, ...]) -> TreeNode:
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

    def _known(self, operand: TreeNode, at: int) -> TreeNode:
        found = self._side(operand)
        if isinstance(found, Constant):
            raise Refusal("a parameter is always known", "put a fact or a term in known(…)", at)
        return Known(found, at)

    def _compared(self, node: Comparison | Membership) -> TreeNode:
        """A comparison, written out if it reads a table."""
        table = table_read(node, self._dated) if self._tables else None
        if table is not None and table.name not in self._types:
            value = self._dated[table.name]
            return written_out(node, table, value, self._types, self._compared)
        return self._comparison(node) if isinstance(node, Comparison) else self._membership(node)

    def _membership(self, node: Membership) -> TreeNode:
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

    def _comparison(self, node: Comparison) -> TreeNode:
        for each, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(each, Each):
                return self._member_compared(node, each, other)
        left, right = self._side(node.left), self._side(node.right)
        left, right = matched(node.operator, left, right, self._types, node.at)
        self._bounded(left, right, node.at)
        return Comparison(node.operator, left, right, node.at)

    def _member_compared(self, node: Comparison, each: Each, other: TreeNode) -> TreeNode:
        """`any(x) = 'SV'`, or `any(x) != 'SV'`: some member is another, so not all are that."""
        if node.operator == "=":
            return self._of_members(each, (other,))
        if node.operator == "!=":
            turned = replace(each, quantifier="all" if each.quantifier == "any" else "any")
            return Negation(self._of_members(turned, (other,)), node.at)
        raise Refusal(f"`{node.operator}` has no meaning for members", "use = or !=", node.at)

    def _bounded(self, left: TreeNode, right: TreeNode, at: int) -> None:
        """Refuse numbers that may need more digits than every evaluator has."""
        if self._any_digits or type_of(left) not in {"number", "duration", "date"}:
            return
        if alike([left, right]).widest > MOST:
            raise Refusal(
                "these numbers may need more than 37 digits",
                "give the facts that are multiplied a `range`, or multiply fewer values",
                at,
            )

    def _arithmetic(self, node: Arithmetic) -> TreeNode:
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


def _suggestion(name: str, declared: list[str]) -> str:
    fix = did_you_mean(name, declared, "fact")
    return fix if fix.startswith("did") else f"{fix}; a text has quotes: '{name}'"
