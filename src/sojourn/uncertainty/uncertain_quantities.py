"""The uncertain quantities of a study, to which a draw gives values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from pydantic import BaseModel

from sojourn.study.model.study import StudyModel
from sojourn.study.model.values import Quantity
from sojourn.study.uncertain_shapes import DERIVED

_PLAIN = {str, int, float, bool, date}
"""What holds no quantity."""


def uncertain_quantities(study: StudyModel) -> dict[str, Quantity]:
    """Every uncertain quantity of any scenario by its path, in the order of the study.

    Quantities derived from others are not among them: in a draw they have no number of their own.

    Where a scenario overrides a quantity with another range, the first scenario's is given: both
    share the path, so both share the quantile.
    """
    found: dict[str, Quantity] = {}
    for scenario in study.scenarios.values():
        for quantity in walk(scenario):
            if quantity.uncertain and quantity.shape != DERIVED:
                found.setdefault(quantity.path, quantity)
    return found


def walk(value: object) -> Iterator[Quantity]:
    """Every quantity within a model, a mapping or a sequence of models.

    Those of which another is derived, or which are choices of another, come after it.
    """
    found: list[Quantity] = []
    _collect(value, found)
    return iter(found)


def _collect(value: object, found: list[Quantity]) -> None:
    """As `walk`, into one list: a study has a hundred thousand values, most of them texts."""
    if isinstance(value, Quantity):
        found.append(value)
        found += (part for _, choice in value.parts for part in walk(choice) if part.path)
        return
    inner: Iterable[object] = ()
    if isinstance(value, BaseModel):
        inner = map(vars(value).__getitem__, type(value).model_fields)
    elif isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, tuple):
        inner = value
    for item in inner:
        if item is not None and type(item) not in _PLAIN:
            _collect(item, found)
