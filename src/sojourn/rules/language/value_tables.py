"""Values that a fact of the case chooses from a table: the day on which a state became a party.

A comparison that reads such a table is written out: one comparison for each value that the table
gives, beside the values of the fact that choose it. So every evaluator knows tables already. If the
fact is missing, the comparison is false where it would be false for every value, and otherwise
unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from sojourn.rules.language.named_numbers import constant_of
from sojourn.rules.language.refusal import Refusal
from sojourn.rules.language.tree import (
    Arithmetic,
    Comparison,
    Constant,
    Elapsed,
    Extreme,
    Junction,
    Membership,
    Name,
    TreeNode,
    children,
)
from sojourn.study.model.agreement import DatedValue
from sojourn.study.model.facts import Fact
from sojourn.study.model.values import Quantity

Compared = Comparison | Membership


def table_read(node: Compared, values: Mapping[str, DatedValue]) -> Name | None:
    """The first table that a comparison itself reads; not those of conditions within it."""
    return next((name for name in _own_names(node) if _is_table(name, values)), None)


def _is_table(name: Name, values: Mapping[str, DatedValue]) -> bool:
    return name.name in values and values[name.name].chosen_by is not None


def _own_names(node: TreeNode) -> Iterator[Name]:
    for below in children(node):
        if isinstance(below, Name):
            yield below
        elif isinstance(below, Arithmetic | Elapsed | Extreme):
            yield from _own_names(below)


def written_out(
    node: Compared,
    table: Name,
    value: DatedValue,
    facts: Mapping[str, Fact],
    check: Callable[[Compared], TreeNode],
) -> TreeNode:
    """The comparison for each value of the table; `check` checks a comparison.

    Raises `Refusal` if the table is by a fact without declared values, or lacks one of them.
    """
    by = value.chosen_by or ""
    if by not in facts or facts[by].type != "text" or not facts[by].values:
        raise Refusal(
            f"`{table.name}` is a table by `{by}`, which is no text with declared values",
            "name a fact of type text that declares its `values`",
            table.at,
        )
    named = dict(value.table)
    lacking = [text for text in facts[by].values if text not in named]
    if lacking:
        raise Refusal(
            f"the table `{table.name}` has no value for {', '.join(lacking[:5])}",
            f"give one for each value of `{by}`; a date may be `never`",
            table.at,
        )
    chosen: dict[Quantity | date, list[str]] = {}
    for text in facts[by].values:
        chosen.setdefault(named[text], []).append(text)
    parts = []
    for amount, texts in chosen.items():
        options = tuple(Constant(text, "text", "", table.at) for text in texts)
        there = check(Membership(Name(by, table.at), options, node.at))
        constant = (
            Constant(amount, "date", "", table.at)
            if isinstance(amount, date)
            else constant_of(table.name, amount, table.at)
        )
        parts.append(
            Junction("and", (there, check(_put_into(node, table.name, constant))), node.at)
        )
    return parts[0] if len(parts) == 1 else Junction("or", tuple(parts), node.at)


def _put_into(node: Compared, name: str, constant: Constant) -> Compared:
    """The comparison with a constant in the place of a name."""
    made = _put(node, name, constant)
    assert isinstance(made, Comparison | Membership)
    return made


def _put(node: TreeNode, name: str, constant: Constant) -> TreeNode:
    """The node with a constant in the place of a name."""

    def put(below: TreeNode) -> TreeNode:
        return _put(below, name, constant)

    match node:
        case Name(name=found) if found == name:
            return constant
        case Arithmetic(left=left, right=right) | Comparison(left=left, right=right):
            return replace(node, left=put(left), right=put(right))
        case Elapsed(first=first, last=last):
            return replace(node, first=put(first), last=put(last))
        case Extreme(operands=operands):
            return replace(node, operands=tuple(map(put, operands)))
        case Membership(item=item, options=options):
            return replace(node, item=put(item), options=tuple(map(put, options)))
        case _:
            return node
