"""The uncertain quantities of a study, to which a draw gives values."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from sojourn.study.model.study import StudyModel
from sojourn.study.model.values import Quantity
from sojourn.study.uncertain_shapes import DERIVED


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
    if isinstance(value, Quantity):
        yield value
        yield from (part for _, choice in value.parts for part in walk(choice) if part.path)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from walk(getattr(value, name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from walk(item)
