"""Conditions over measures: when a claim holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from sojourn.errors import Problem, RuleError
from sojourn.rules.language.parse import parse
from sojourn.rules.language.tree import (
    Arithmetic,
    Comparison,
    Constant,
    Expression,
    FactOf,
    Membership,
    TreeNode,
    walk,
)
from sojourn.rules.language.type_check import check
from sojourn.rules.meaning.numpy_arrays import evaluate_arrays, measured
from sojourn.study.files.text_positions import Break, breaks_of
from sojourn.study.model.facts import Fact
from sojourn.study.model.study import Scenario
from sojourn.study.model.values import Quantity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def parse_claim(
    text: str,
    measures: Mapping[str, str],
    *,
    constants: Mapping[str, Quantity] | None = None,
    file: str = "",
    line: int = 0,
    column: int = 0,
    path: str = "",
    breaks: tuple[Break, ...] = (),
) -> Expression:
    """Read and check a condition over measures, given as name -> unit ('' if it has none).

    Measures in different units are not compared. Raises `RuleError`.
    """
    types = {name: Fact(type="number", unit=unit or None) for name, unit in measures.items()}
    parsed = parse(text, file=file, line=line, column=column, path=path, breaks=breaks)
    checked = check(parsed, types, constants=constants, any_digits=True)
    bare = list(_bare_numbers(checked))
    if bare:
        raise RuleError(*bare)
    return checked


def claim_condition(
    scenario: Scenario, name: str, text: str, place: tuple[str, int, int] = ("", 0, 0)
) -> Expression:
    """The condition `text` of the claim `name`, over the measures of a scenario.

    `place` is where it is written: file, line and column. Raises `RuleError`.
    """
    file, line, column = place
    return parse_claim(
        text,
        {name: measure.unit for name, measure in scenario.measures.items()},
        constants=scenario.parameters,
        file=file,
        line=line,
        column=column,
        path=f"claims.{name}.holds if",
        breaks=breaks_of(place),
    )


def _bare_numbers(claim: Expression) -> Iterator[Problem]:
    """Numbers without a unit compared with a measure that has one; zero needs no unit."""
    for node in walk(claim.root):
        match node:
            case Comparison(left=left, right=right):
                sides: tuple[TreeNode, ...] = (left, right)
            case Arithmetic(operator="+" | "-", left=left, right=right):
                sides = (left, right)
            case Membership(item=item, options=options):
                sides = (item, *options)
            case _:
                continue
        unit = next((unit for side in sides if (unit := _unit_as_written(side))), "")
        for side in sides if unit not in _PURE else ():
            if (
                isinstance(side, Constant)
                and side.type == "number"
                and not side.unit
                and side.value
            ):
                yield _bare(claim, side, unit)


_PURE = ("", "share", "%", "ratio")
"""Units whose numbers may be bare."""


def _unit_as_written(node: TreeNode) -> str:
    """The unit of the first measure or number within that has one."""
    return next(
        (each.unit for each in walk(node) if isinstance(each, FactOf | Constant) and each.unit), ""
    )


def _bare(claim: Expression, number: Constant, unit: str) -> Problem:
    assert isinstance(number.value, Fraction)
    said = f"{float(number.value):.15g}"
    if claim.text[number.at : number.at + 1].isalpha():
        what, fix = (
            f"a parameter without a unit is compared with {unit}",
            f"give it the unit {unit}",
        )
    else:
        what, fix = f"the number {said} has no unit", f"write {said} {unit}"
    return claim.problem(what, fix, number.at)


def claims_hold(
    claim: Expression, values: Mapping[str, NDArray[np.float64]], count: int | None = None
) -> NDArray[np.int8]:
    """Whether the claim holds in each draw: 1 it holds, 0 it does not, −1 undetermined.

    `values` gives each measure's value in every draw; NaN is undetermined.
    """
    return evaluate_arrays(claim, {name: measured(each) for name, each in values.items()}, count)
