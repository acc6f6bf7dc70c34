"""Numbers that conditions use by name: parameters, and dated values of the agreement."""

from __future__ import annotations

import math
from datetime import date

from sojourn.rules.language.comparisons import settled
from sojourn.rules.language.number_units import unit_of
from sojourn.rules.language.refusal import Refusal
from sojourn.rules.language.tree import AsOf, Constant, TreeNode, type_of
from sojourn.rules.meaning.reference import days_of
from sojourn.study.fact_numbers import GREATEST, written_exactly
from sojourn.study.model.agreement import DatedValue
from sojourn.study.model.values import Quantity


def constant_of(name: str, quantity: Quantity, at: int) -> Constant:
    """A certain number as a constant of the condition; raises `Refusal`."""
    if quantity.uncertain:
        raise Refusal(
            f"the parameter `{name}` is uncertain; conditions are evaluated before any draw",
            "give it one value, and vary it by scenarios",
            at,
        )
    if not math.isfinite(quantity.value) or abs(quantity.value) > GREATEST:
        raise Refusal(f"the parameter `{name}` is too large a number", "use a larger unit", at)
    value = written_exactly(quantity.value)
    if quantity.unit in {"day", "days"}:
        months = None if quantity.months is None else written_exactly(quantity.months)
        return Constant(value, "duration", "day", at, months)
    return Constant(value, "number", quantity.unit, at)


def _constant(name: str, amount: Quantity | date, at: int) -> Constant:
    if isinstance(amount, date):
        return Constant(amount, "date", "", at)
    return constant_of(name, amount, at)


def changes(value: DatedValue) -> bool:
    """Whether a value of the agreement has dates."""
    return any(start is not None for start, _ in value.steps)


def as_of(day: TreeNode | None, name: str, value: DatedValue, at: int) -> TreeNode:
    """A value of the agreement on a day: a constant if the day is one, or nothing changes.

    Raises `Refusal` for values of several kinds, and for a day before the first.
    """
    made = [(start, _constant(name, amount, at)) for start, amount in value.steps]
    if day is None:
        return made[0][1]
    dated = tuple((start, settled(constant)) for start, constant in made if start is not None)
    if len({(type_of(constant), unit_of(constant)) for _, constant in dated}) != 1:
        raise Refusal(
            f"`{name}` has values of several kinds", "give numbers of one unit, or dates", at
        )
    steps = tuple((days_of(start), each) for start, each in dated if isinstance(each, Constant))
    if isinstance(day, Constant) and isinstance(day.value, date):
        past = [constant for start, constant in steps if start <= days_of(day.value)]
        if not past:
            raise Refusal(
                f"`{name}` has no value on {day.value}, before its first date",
                "give one from an earlier date on",
                at,
            )
        return past[-1]
    return AsOf(day, steps, steps[0][1].type, unit_of(steps[0][1]), at)
