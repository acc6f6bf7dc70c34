"""Facts: the documented attributes of a case."""

from __future__ import annotations

from sojourn.study.fact_types import FactTypeName
from sojourn.study.model.values import Model

FactValue = str | float | bool | None
"""A documented attribute; None means undocumented."""


class Fact(Model):
    """A declared attribute of a case."""

    type: FactTypeName = "text"
    values: tuple[str, ...] = ()
    """Allowed values of a text, or possible members of a set."""
    unit: str | None = None
    least: float | None = None
    most: float | None = None
    open: str | None = None
    """Of a text without `values`: why any text may stand there, and identifies nobody."""
    fixed: bool = False
    """Nothing a person or an office does changes it, such as a birth: `explain` leaves it as it
    is."""
    about: str | None = None
