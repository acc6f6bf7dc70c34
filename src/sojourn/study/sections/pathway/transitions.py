"""Transitions: ways out of states, with their branches and limits, and shared quotas."""

from __future__ import annotations

import re
from typing import Any

from sojourn.study.files.addresses import per_source
from sojourn.study.files.yaml import Node
from sojourn.study.model.facts import FactValue
from sojourn.study.model.pathway import Branch, Quota, Transition
from sojourn.study.sections.pathway.branches import read_changes, read_targets
from sojourn.study.sections.pathway.clock_times import read_at
from sojourn.study.units import QUOTA, SHARE
from sojourn.study.words.quantities import dated_key, quantity_key
from sojourn.study.words.reader import Fields, Reader

OUT = "out"
"""The target of those who leave the system."""

_NAME = re.compile(r"(?P<sources>.+?) ->(?: (?P<target>[^()]*?))?(?: ?\((?P<label>[^()]*)\))?")


def read_transition(
    reader: Reader, node: Node, path: str, name: str
) -> tuple[tuple[Transition, ...], Quota | None] | None:
    """One transition for each source state, and the limit written in place, if any."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "transition")
    match = _NAME.fullmatch(name)
    if match is None:
        reader.refuse(
            node, path, f"`{name}` is not a transition", "write its key as `source -> target`"
        )
        return None
    sources = [source.strip() for source in match["sources"].split(",") if source.strip()]
    targets = read_targets(fields, (match["target"] or "").strip())
    quota = None
    if fields.has("at most"):
        if fields.has("quota"):
            fields.refuse("at most", "both `quota` and `at most` are given", "keep one of them")
        quota = read_limit(fields)
    branches = () if targets is None else targets.branches
    if fields.has("at") and (fields.has("after") or any(b.after for b in branches)):
        fields.refuse("at", "both `at` and `after` are given", "keep one of them")
    chance = quantity_key(fields, "chance", SHARE)
    at = read_at(fields)
    if any(branch.after and branch.after.as_counted for branch in branches):
        _refuse_beside_counts(fields, branches)
    found: dict[str, Any] = {
        "branches": branches,
        "when": fields.text("when"),
        "at": at,
        "chance": chance,
        "changes": () if targets is None else read_changes(fields, targets, chance, at),
        "gates": fields.names("while"),
        "quota": name if quota is not None else fields.text("quota"),
        "priority": fields.whole("priority") or 0,
        "otherwise": _read_otherwise(fields, sources, branches),
        "becomes": read_facts(fields, "becomes"),
        "starts": fields.date("starts"),
        "label": fields.text("label"),
        **fields.cited(),
    }
    if len(reader.problems) != before:
        return None
    names = per_source(name)
    made = tuple(
        Transition.model_validate({**found, "name": single, "state": source})
        for single, source in zip(names, sources, strict=True)
    )
    return made, quota


def _refuse_beside_counts(fields: Fields, branches: tuple[Branch, ...]) -> None:
    """Refuse what a pace `as counted` leaves no room for."""
    if fields.has("changes"):
        what = "the pace `as counted` changes with every period of the account"
        fields.refuse("changes", what, "multiply the stay by date: `times: {DATE: 110 %}`")
    if len(branches) > 1 or fields.has("chance"):
        what = "an account counts who leaves, and not by which way"
        fields.refuse("after", what, "leave out `chance`, and write one target")


def _read_otherwise(fields: Fields, sources: list[str], branches: tuple[Branch, ...]) -> str | None:
    """Where those go who cannot move on the day they join the line."""
    target = fields.text("otherwise")
    if target in sources:
        fields.refuse(
            "otherwise", "they would stay where they are", "remove it: who cannot move waits"
        )
    elif target in [branch.to for branch in branches]:
        what = f"`{target}` is where the transition itself leads"
        fields.refuse("otherwise", what, "name another state, or `out`")
    elif target is not None and fields.has("becomes"):
        what = "with both `becomes` and `otherwise` it is unclear whose facts change"
        fields.refuse("becomes", what, "change the facts on leaving the states they come to")
    return target


def read_facts(fields: Fields, key: str) -> dict[str, FactValue]:
    """Declared facts with their values."""
    node = fields.node(key)
    if node is None:
        return {}
    items = fields.reader.mapping(node, fields.at(key), "value")
    return {
        fact: fields.reader.fact_value(part, f"{fields.at(key)}.{fact}", fact)
        for fact, part in items.items()
    }


def read_limit(fields: Fields) -> Quota | None:
    """`at most: 250 people per week`, by date if need be."""
    dated = dated_key(fields, "at most", QUOTA)
    if not dated:
        return None
    periods = {entry.quantity.unit.partition(" per ")[2] for entry in dated}
    if len(periods) != 1:
        fields.refuse("at most", "the limit changes its period", "use one period, as `per week`")
        return None
    for entry in dated:
        least = entry.quantity.value if entry.quantity.low is None else entry.quantity.low
        if least is not None and 0 < least < 1:
            what = (
                "a limit below one lets nobody through, because it is rounded down to whole people"
            )
            fields.refuse("at most", what, "limit a longer time, as `1 person per month`")
            return None
    count = tuple(
        entry.model_copy(update={"quantity": entry.quantity.model_copy(update={"unit": "people"})})
        for entry in dated
    )
    return Quota.model_validate({"count": count, "per": periods.pop()})


def read_quota(reader: Reader, node: Node, path: str, name: str) -> Quota | None:
    """A limit that transitions share; `135 people per day` alone is enough."""
    if node.text is not None and not node.empty:
        node = Node(node.position, items={"at most": node}, keys={"at most": node.position})
    fields = reader.fields(node, path, "quota")
    quota = read_limit(fields)
    return None if quota is None else quota.model_copy(update=fields.cited())
