"""Documented values of facts, from the words of a study."""

from __future__ import annotations

from sojourn.errors import Problem, StudyError
from sojourn.study.fact_types import read_fact
from sojourn.study.model.facts import Fact, FactValue
from sojourn.study.units import WordsError


def documented(name: str, fact: Fact, value: object, path: str) -> FactValue:
    """The documented value of a fact; raises `StudyError` for what the fact cannot be."""
    try:
        return read_fact(value, name, fact)
    except WordsError as error:
        raise StudyError(Problem(error.what, error.fix, path=path)) from None
