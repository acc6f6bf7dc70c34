"""Which of several stays is that of somebody with given facts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from sojourn.errors import Problem
from sojourn.study.fact_types import fact_text
from sojourn.study.model.facts import FactValue
from sojourn.study.model.stays import Stay

ANY = "*"
"""Stands for every value of a fact."""
BY_FACTS = ("by fact", "by facts")
"""Families of stays that differ by fact."""


def case_name(values: Iterable[str]) -> str:
    """The name of a case: the values of the facts, joined."""
    return " & ".join(values)


def case_of(stay: Stay, facts: Mapping[str, FactValue]) -> Stay | None:
    """The case for these facts, or None.

    Of several facts, the first in which two cases differ decides: its own value comes before `*`.
    """
    if stay.family == "by fact":
        return stay.cases.get(fact_text(facts.get(stay.fact or ""))) or stay.otherwise
    words = [(fact_text(facts.get(fact)), ANY) for fact in stay.facts]
    names = map(case_name, itertools.product(*words))
    return next((stay.cases[name] for name in names if name in stay.cases), None)


def no_case(stay: Stay, facts: Mapping[str, FactValue], where: str) -> Problem:
    """What to say where `case_of` finds none."""
    names = (stay.fact or "",) if stay.family == "by fact" else stay.facts
    known = ", ".join(f"`{name}` {fact_text(facts.get(name))}" for name in names)
    rest = "`otherwise: … days`" if stay.family == "by fact" else f"a row with `{ANY}`"
    return Problem(
        f"no stay is given for {known}", f"add one, or {rest} for all others", path=where
    )
