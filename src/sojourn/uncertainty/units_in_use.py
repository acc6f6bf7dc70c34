"""Units of a study's numbers as they are used: a rate of admissions is in `people per day`."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from sojourn.study.model.people import Admissions
from sojourn.study.model.study import StudyModel
from sojourn.study.model.values import Quantity


def units_in_use(study: StudyModel) -> dict[str, str]:
    """The unit of each number by its path, for readers.

    A parameter has that of the places where it is used, if it is the same everywhere; its use in
    a formula does not count. A number that is used nowhere, or in two units, is left out.
    """
    used: dict[str, set[str]] = {}
    for scenario in study.scenarios.values():
        sections = (
            item for key, item in vars(scenario).items() if key not in ("parameters", "overrides")
        )
        for quantity in _used(tuple(sections)):
            used.setdefault(quantity.path, set()).add(quantity.unit)
    return {path: min(units) for path, units in used.items() if len(units) == 1}


def _used(value: object) -> Iterator[Quantity]:
    """The quantities within a value, without their parts."""
    if isinstance(value, Quantity):
        yield value
        return
    inner: tuple[object, ...] = ()
    if isinstance(value, Admissions):
        value = value.told
    if isinstance(value, BaseModel):
        inner = tuple(vars(value).values())
    elif isinstance(value, dict):
        inner = tuple(value.values())
    elif isinstance(value, tuple):
        inner = value
    for item in inner:
        if isinstance(item, BaseModel | dict | tuple):
            yield from _used(item)
