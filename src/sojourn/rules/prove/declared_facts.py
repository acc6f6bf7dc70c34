"""The facts of two drafts: the values that either file can state, and those of only one."""

from __future__ import annotations

from collections.abc import Mapping

from sojourn.errors import Problem, RuleError
from sojourn.rules.meaning.reference import CaseFacts, Documented
from sojourn.study.fact_numbers import exact
from sojourn.study.fact_types import FACT_TYPES, limits, members
from sojourn.study.model.facts import Fact
from sojourn.study.units import singular


def declared(old: Mapping[str, Fact], new: Mapping[str, Fact]) -> tuple[dict[str, Fact], list[str]]:
    """The facts with every value that either draft can state, and the differences in words.

    Raises `RuleError` for a fact of another type or unit.
    """
    facts: dict[str, Fact] = {}
    told: list[str] = []
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            facts[name] = old[name] if name in old else new[name]
            told.append(f"`{name}` is declared in the {'old' if name in old else 'new'} one only")
            continue
        one, other = old[name], new[name]
        if one.type != other.type or singular(one.unit or "") != singular(other.unit or ""):
            raise RuleError(
                Problem(
                    f"`{name}` is a {_kind(one)} in the old agreement and a {_kind(other)} in the "
                    "new one, so no case can be decided under both",
                    "give one of them another name",
                    path=f"facts.{name}",
                )
            )
        facts[name] = _union(one, other)
        told += values_apart(name, one, other)
    return facts, told


def _kind(fact: Fact) -> str:
    return f"{fact.type} in {fact.unit}" if fact.unit else fact.type


def _union(one: Fact, other: Fact) -> Fact:
    """A fact that may have the values of either; a text without values may be any text."""
    either_open = not one.values or not other.values
    values = () if either_open else tuple(dict.fromkeys([*one.values, *other.values]))
    least = None if one.least is None or other.least is None else min(one.least, other.least)
    most = None if one.most is None or other.most is None else max(one.most, other.most)
    return one.model_copy(update={"values": values, "least": least, "most": most})


def values_apart(name: str, one: Fact, other: Fact) -> list[str]:
    """The values that only one of the drafts can state, in words."""
    told = []
    for draft, mine, beside in (("old", one, other), ("new", other, one)):
        if mine.type == "text" and beside.values and not mine.values:
            told.append(f"`{name}` may be any text in the {draft} one only")
        alone = [value for value in mine.values if beside.values and value not in beside.values]
        if alone:
            told.append(f"`{name}` may be {', '.join(alone)} in the {draft} one only")
    if limits(one) != limits(other):
        told.append(f"`{name}` is {_range(one)} in the old one and {_range(other)} in the new one")
    return told


def _range(fact: Fact) -> str:
    low, high = (
        None if end is None else FACT_TYPES[fact.type].told(end, fact)
        for end in (fact.least, fact.most)
    )
    if low is not None and high is not None:
        return f"{low} to {high}"
    return (
        f"{low} or more"
        if low is not None
        else f"up to {high}"
        if high is not None
        else "any number"
    )


def states(facts: Mapping[str, Fact], row: CaseFacts) -> bool:
    """Whether a draft with these facts can state a case; facts that it lacks are left out."""
    return all(_may_be(facts[name], value) for name, value in row.items() if name in facts)


def _may_be(fact: Fact, value: Documented) -> bool:
    if value is None or fact.type in ("yes-no", "date"):
        return True
    if fact.type == "set":
        return set(members(str(value))) <= set(fact.values)
    if fact.type == "text":
        return not fact.values or value in fact.values
    assert isinstance(value, float | int)
    low, high = limits(fact)
    return low <= exact(value) <= high
