"""A checked condition written in the rule language; parsing the text gives the same meaning."""

from __future__ import annotations

from datetime import date

from sojourn.rules.language.tree import (
    Arithmetic,
    AsOf,
    AtLeast,
    Comparison,
    Constant,
    Count,
    Each,
    Elapsed,
    Extreme,
    FactOf,
    Junction,
    Known,
    Membership,
    Moved,
    Name,
    Negation,
    OfMembers,
    Passage,
    TreeNode,
)
from sojourn.rules.meaning.reference import date_of
from sojourn.study.fact_numbers import number_words


def written(node: TreeNode) -> str:  # noqa: PLR0912 -- one case a kind of node
    """The node as text that `parse` and `check` read back.

    Terms are written out. The only text that cannot be read back is `known(a and b)` from a term.
    """
    match node:
        case FactOf(name=name) | Name(name=name):
            return name
        case Constant():
            return constant(node)
        case Known(operand=operand):
            return f"known({written(operand)})"
        case Arithmetic(operator=operator, left=left, right=right):
            sign = {"+": "+", "-": "−", "*": "×", "/": "/"}[operator]
            return f"{_factor(left)} {sign} {_factor(right)}"
        case Extreme(operator=operator, operands=operands):
            return f"{operator}({', '.join(map(written, operands))})"
        case Elapsed(unit=unit, first=first, last=last):
            return f"{unit}s({written(first)}, {written(last)})"
        case Moved(day=day, months=months):
            return f"{_factor(day)} {'+' if months >= 0 else '−'} {_months(abs(months))}"
        case Each(quantifier=quantifier, operand=operand):
            return f"{quantifier}({written(operand)})"
        case OfMembers(quantifier=quantifier, fact=fact, options=options):
            texts = ", ".join(map(_text, options))
            if quantifier == "any" and len(options) == 1:
                return f"{texts} in {fact.name}"
            return f"{quantifier}({fact.name}) in ({texts})"
        case Count(fact=fact):
            return f"count({written(fact)})"
        case AsOf(on=on, steps=steps):
            return f"{_changing(steps)} by {written(on)}"
        case Passage(expression=expression):
            return written(expression.root)
        case Comparison(operator=operator, left=left, right=right):
            return f"{_side(left)} {operator} {_side(right)}"
        case Membership():
            return _member(node, "in")
        case Negation(operand=Membership() as inner):
            return _member(inner, "not in")
        case Negation(operand=FactOf() | Known() as inner):
            return f"not {written(inner)}"
        case Negation(operand=inner):
            return f"not ({written(inner)})"
        case Junction(operator=operator, operands=operands):
            return f" {operator} ".join(_joined(operand) for operand in operands)
        case AtLeast(count=count, operands=operands):
            return f"at least {count} of ({', '.join(map(written, operands))})"


def _changing(steps: tuple[tuple[int, Constant], ...]) -> str:
    """A value that changes on dates, for people: the language can only refer to it by name."""
    told = ", ".join(f"from {date_of(start)} {constant(value)}" for start, value in steps)
    return f"({told})"


def constant(node: Constant) -> str:
    """A value as it stands in a condition: `'US'`, `30 %`, `90 days`, `2025-02-04`, `yes`."""
    value = node.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value)
    if node.type == "duration":
        months = node.months
        if months is not None and months.denominator == 1:
            return _months(int(months))
        return f"{number_words(float(value))} day{'' if abs(value) == 1 else 's'}"
    if node.unit == "share":
        return f"{float(value * 100):.15g} %"
    return f"{number_words(float(value))} {node.unit}".strip()


def _months(count: int) -> str:
    """Calendar months, in years where these are whole."""
    number, unit = (count // 12, "year") if count and count % 12 == 0 else (count, "month")
    return f"{number} {unit}{'' if abs(number) == 1 else 's'}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _member(node: Membership, word: str) -> str:
    options = ", ".join(map(_side, node.options))
    return f"{_side(node.item)} {word} ({options})"


def _side(node: TreeNode) -> str:
    """A side of a comparison: bracketed unless it is a value."""
    text = written(node)
    grouped = isinstance(node, Junction | AtLeast | Negation | Comparison | Membership | OfMembers)
    return f"({text})" if grouped else text


def _joined(node: TreeNode) -> str:
    """A part of an `and` or an `or`."""
    text = written(node)
    return f"({text})" if isinstance(node, Junction) else text


def _factor(node: TreeNode) -> str:
    text = written(node)
    return f"({text})" if isinstance(node, Arithmetic | Moved) else text
