"""Whether two sides can be compared, and in which unit."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from sojourn.rules.language.number_units import between_dates, calendar_part, unit_of
from sojourn.rules.language.refusal import Refusal
from sojourn.rules.language.tree import (
    Arithmetic,
    AsOf,
    Comparator,
    Constant,
    Elapsed,
    Extreme,
    FactOf,
    TreeNode,
    Type,
    type_of,
    walk,
)
from sojourn.study.fact_numbers import exact
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model.facts import Fact
from sojourn.study.units import DAYS, singular

_EXACT_DAYS = {unit: Fraction(days) for unit, days in DAYS.items()}
_MONTHS = {"month": 1, "year": 12}


def settled(node: TreeNode) -> TreeNode:
    """A constant in its canonical unit: durations in days, shares as fractions."""
    if isinstance(node, Constant) and node.type == "number" and isinstance(node.value, Fraction):
        unit = singular(node.unit)
        if unit in _EXACT_DAYS:
            months = node.value * _MONTHS[unit] if unit in _MONTHS else None
            return Constant(node.value * _EXACT_DAYS[unit], "duration", "day", node.at, months)
        if unit == "%":
            return Constant(node.value / 100, "number", "share", node.at)
    return node


def matched(
    operator: Comparator, left: TreeNode, right: TreeNode, types: Mapping[str, Fact], at: int
) -> tuple[TreeNode, TreeNode]:
    """Both sides in one unit; raises `Refusal` if comparing them has no meaning."""
    for count, length in ((left, right), (right, left)):
        if isinstance(length, Constant):
            _in_whole_units(count, length)
    left, right = _in_unit_of(left, right), _in_unit_of(right, left)
    first, second = type_of(left), type_of(right)
    if "set" in {first, second}:
        raise not_members(left if first == "set" else right, at)
    if first != second:
        raise _unlike(left, right, first, second, at)
    days_apart(left, right)
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


def not_members(side: TreeNode, at: int) -> Refusal:
    """Refuse a set where one value is needed."""
    name = side.name if isinstance(side, FactOf) else "x"
    return Refusal(
        f"`{name}` is a set, which has any number of values",
        f"write any({name}) in ('…'), all({name}) in ('…'), '…' in {name}, or count({name}) >= 1",
        at,
    )


def _in_whole_units(count: TreeNode, length: Constant) -> None:
    """Refuse other units with full years: 19 months are 1 full year, yet more than 18 months."""
    unit = singular(length.unit)
    if unit not in DAYS or type_of(count) != "number":
        return
    counted = [each.unit for each in walk(count) if isinstance(each, Elapsed)]
    if not counted or unit == counted[0]:
        return
    if counted[0] == "month" and unit == "year":
        return
    raise Refusal(
        f"full {counted[0]}s are compared with {unit}s",
        "write full years, as: age(birth, today) >= 18" if counted[0] == "year"
        else "write full months, as: months(filed, today) >= 6",
        length.at,
    )  # fmt: skip


def days_apart(left: TreeNode, right: TreeNode) -> None:
    """Refuse months and years beside the time between two dates, whose days it would count.

    As lengths they are 30.4375 and 365.25 days, and end on no birthday.
    """
    for dates, length in ((left, right), (right, left)):
        months = calendar_part(length)
        if months is not None and between_dates(dates):
            raise not_birthdays(months)


def not_birthdays(length: Constant) -> Refusal:
    """Months and years that do not stand alone beside a date."""
    assert length.months is not None
    count, unit = length.months, "month"
    if count % 12 == 0:
        count, unit = count / 12, "year"
    told = f"{float(count):g} {unit}{'' if count == 1 else 's'}"
    return Refusal(
        f"{told} are counted by the calendar, the time between dates by days",
        f"move the date, as: first + {told} <= last; or count full {unit}s, as: "
        f"{unit}s(first, last) >= {float(count):g}",
        length.at,
    )


def _same_unit(one: str, other: str) -> bool:
    """Whether units agree as far as both are given: `USD` may be `USD per person-year`."""
    if " per " not in one or " per " not in other:
        one, other = one.partition(" per ")[0], other.partition(" per ")[0]
    return not one or not other or one == other


def _in_unit_of(node: TreeNode, other: TreeNode) -> TreeNode:
    """A constant in the unit of a number that counts days, months, or per cent."""
    if not isinstance(node, Constant) or not isinstance(node.value, Fraction):
        return node
    have, want = singular(node.unit), unit_of(other)
    counted = isinstance(other, FactOf | Arithmetic | Extreme | Elapsed | AsOf) \
        and other.type == "number"  # fmt: skip
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
        assert isinstance(days, Fraction)
        return Constant(days / _EXACT_DAYS[want], "number", want, node.at)
    if counted and have == "share" and want == "%":
        return Constant(node.value * 100, "number", want, node.at)
    return made


def _unlike(left: TreeNode, right: TreeNode, first: Type, second: Type, at: int) -> Refusal:
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


def _called(node: TreeNode, kind: Type) -> str:
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
    if isinstance(value, Fraction):
        least, most = declared.least, declared.most
        if (least is not None and value < exact(least)) or (
            most is not None and value > exact(most)
        ):
            low = "any" if least is None else f"{least:g}"
            high = "any" if most is None else f"{most:g}"
            raise Refusal(
                f"{float(value):g} is outside the range of `{fact.name}`, {low} to {high}",
                "correct the number, or the range of the fact",
                constant.at,
            )


def _among(value: str, name: str, values: tuple[str, ...]) -> str:
    if value.lower() in {"unknown", "missing", "none", "null", ""}:
        return f"write: not known({name})"
    return did_you_mean(value, values)
