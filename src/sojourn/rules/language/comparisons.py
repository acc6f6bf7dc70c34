"""Whether two sides can be compared, and in which unit."""

from __future__ import annotations

from collections.abc import Mapping

from sojourn.population.fact_values import singular
from sojourn.rules.language.number_units import between_dates, unit_of
from sojourn.rules.language.refusal import Refusal
from sojourn.rules.language.tree import (
    Arithmetic,
    Comparator,
    Constant,
    Dated,
    FactOf,
    Node,
    Type,
    Years,
    type_of,
)
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model import Fact
from sojourn.study.units import DAYS


def settled(node: Node) -> Node:
    """A constant in its canonical unit: durations in days, shares as fractions."""
    if isinstance(node, Constant) and node.type == "number" and isinstance(node.value, float):
        unit = singular(node.unit)
        if unit in DAYS:
            return Constant(node.value * DAYS[unit], "duration", "day", node.at)
        if unit == "%":
            return Constant(node.value / 100, "number", "share", node.at)
    return node


def matched(
    operator: Comparator, left: Node, right: Node, types: Mapping[str, Fact], at: int
) -> tuple[Node, Node]:
    """Both sides in one unit; raises `Refusal` if comparing them has no meaning."""
    for years, length in ((left, right), (right, left)):
        if isinstance(years, Years) and isinstance(length, Constant):
            _in_whole_years(length)
            continue
        in_years = isinstance(length, Constant) and singular(length.unit) == "year"
        if in_years and between_dates(years):
            raise not_birthdays(length.at)
    left, right = _in_unit_of(left, right), _in_unit_of(right, left)
    first, second = type_of(left), type_of(right)
    if first != second:
        raise _unlike(left, right, first, second, at)
    if operator not in {"=", "!="} and first in {"text", "yes-no"}:
        raise Refusal(f"`{operator}` has no meaning for {first}", "use = or !=", at)
    if first == "number":
        one, other = unit_of(left), unit_of(right)
        if not _same_unit(one, other):
            raise Refusal(f"{one} compared with {other}", f"give both in {one}", at)
    for fact, constant in ((left, right), (right, left)):
        if isinstance(fact, FactOf) and isinstance(constant, Constant):
            _allowed(fact, constant, types[fact.name])
    return left, right


def _in_whole_years(length: Constant) -> None:
    """Refuse other units with full years: 19 months are 1 full year, yet more than 18 months."""
    unit = singular(length.unit)
    if unit in DAYS and unit != "year":
        raise Refusal(
            f"full years are compared with {unit}s",
            "write full years, as: age(birth, today) >= 18",
            length.at,
        )


def not_birthdays(at: int) -> Refusal:
    """Refuse years with dates: a year would be 365.25 days and never end on a birthday."""
    return Refusal(
        "a duration in years counts 365.25 days a year, so it does not end on a birthday",
        "count full years between the dates, as: years(first, last) >= 2; or write days",
        at,
    )


def _same_unit(one: str, other: str) -> bool:
    """Whether units agree as far as both are given: `USD` may be `USD per person-year`."""
    if " per " not in one or " per " not in other:
        one, other = one.partition(" per ")[0], other.partition(" per ")[0]
    return not one or not other or one == other


def _in_unit_of(node: Node, other: Node) -> Node:
    """A constant in the unit of a number that counts days, months, or per cent."""
    if not isinstance(node, Constant) or not isinstance(node.value, float):
        return node
    have, want = singular(node.unit), unit_of(other)
    counted = isinstance(other, FactOf | Arithmetic | Years | Dated) and other.type == "number"
    if counted and node.type == "number" and have == want:
        return node
    made = settled(node)
    if counted and isinstance(made, Constant) and made.type == "duration" and want in DAYS:
        if want == "year" != have:
            raise Refusal(
                f"a number of years is compared with {have}s",
                "write years, as 18, or declare the fact with `type: duration`",
                node.at,
            )
        days = made.value
        assert isinstance(days, float)
        return Constant(days / DAYS[want], "number", want, node.at)
    if counted and have == "share" and want == "%":
        return Constant(node.value * 100, "number", want, node.at)
    return made


def _unlike(left: Node, right: Node, first: Type, second: Type, at: int) -> Refusal:
    """Two sides of different types."""
    what = f"{_called(left, first)} is compared with {_called(right, second)}"
    kinds = {first, second}
    constant = next((side for side in (left, right) if isinstance(side, Constant)), None)
    fix = "compare values of one type"
    if constant is not None and constant.type == "text":
        if "number" in kinds:
            fix = "write the number without quotes"
        elif "date" in kinds:
            fix = "write the date without quotes, as 2025-02-04"
        elif "duration" in kinds:
            fix = "write the duration without quotes, as 90 days"
        else:
            fix = "write yes or no, without quotes"
    elif constant is not None and "text" in kinds:
        word = ("yes" if constant.value else "no") if constant.type == "yes-no" else "US"
        fix = f"texts have quotes, as '{word}'"
    elif kinds == {"number", "duration"}:
        fix = (
            "give the duration its unit, as 90 days"
            if constant is not None and constant.type == "number"
            else "declare the fact with `type: duration`, or with `unit: days`"
        )
    return Refusal(what, fix, at)


def _called(node: Node, kind: Type) -> str:
    return f"`{node.name}` ({kind})" if isinstance(node, FactOf) else f"a {kind}"


def _allowed(fact: FactOf, constant: Constant, declared: Fact) -> None:
    """Refuse a value that the fact can never have: the comparison would be pointless."""
    value = constant.value
    if isinstance(value, str) and declared.values and value not in declared.values:
        raise Refusal(
            f"'{value}' is not among the values of `{fact.name}`",
            _among(value, fact.name, declared.values),
            constant.at,
        )
    if isinstance(value, float):
        least, most = declared.least, declared.most
        if (least is not None and value < least) or (most is not None and value > most):
            low = "any" if least is None else f"{least:g}"
            high = "any" if most is None else f"{most:g}"
            raise Refusal(
                f"{value:g} is outside the range of `{fact.name}`, {low} to {high}",
                "correct the number, or the range of the fact",
                constant.at,
            )


def _among(value: str, name: str, values: tuple[str, ...]) -> str:
    if value.lower() in {"unknown", "missing", "none", "null", ""}:
        return f"write: not known({name})"
    return did_you_mean(value, values)
