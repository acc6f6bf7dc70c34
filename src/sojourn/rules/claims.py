"""Conditions over measures: when a claim holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sojourn.rules.arrays import evaluate_arrays
from sojourn.rules.check import check
from sojourn.rules.evaluate import evaluate
from sojourn.rules.parse import parse
from sojourn.rules.tree import Expression
from sojourn.study.model import Fact, Quantity

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
) -> Expression:
    """Read and check a condition over measures, given as name -> unit ('' if it has none).

    Measures in different units are not compared. Raises `RuleError`.
    """
    types = {name: Fact(type="number", unit=unit or None) for name, unit in measures.items()}
    parsed = parse(text, file=file, line=line, column=column, path=path)
    return check(parsed, types, constants=constants)


def claim_holds(claim: Expression, values: Mapping[str, float | None]) -> bool | None:
    """Whether the claim holds for one value of each measure; None and NaN are undetermined."""
    return evaluate(claim, values)


def claims_hold(
    claim: Expression, values: Mapping[str, NDArray[np.float64]], count: int | None = None
) -> NDArray[np.int8]:
    """The same for many draws at once: 1 it holds, 0 it does not, −1 undetermined."""
    return evaluate_arrays(claim, values, count)
