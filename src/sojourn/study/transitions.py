"""Transitions: ways out of states, with their branches and limits, and shared quotas."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from sojourn.study.model import Branch, ClockReference, FactValue, Quota, Transition
from sojourn.study.paths import per_source
from sojourn.study.quantity import dated_key, quantity_key, read_quantity
from sojourn.study.reader import Fields, Reader
from sojourn.study.stay import read_stay, stay_key, whole_days
from sojourn.study.values import QUOTA, SHARE, show
from sojourn.study.yaml import Node

OUT = "out"
"""The target of those who leave the system."""

_NAME = re.compile(r"(?P<sources>.+?) ->(?: (?P<target>[^()]*?))?(?: ?\((?P<label>[^()]*)\))?")
_CLOCK = re.compile(r"(?P<clock>.+?)(?:\s+(?P<sign>[+−-])\s*(?P<offset>\d.*))?")


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
    branches = _read_branches(fields, (match["target"] or "").strip())
    quota = None
    if fields.has("at most"):
        if fields.has("quota"):
            fields.refuse("at most", "both `quota` and `at most` are given", "keep one of them")
        quota = read_limit(fields)
    if fields.has("at") and (fields.has("after") or any(b.after for b in branches)):
        fields.refuse("at", "both `at` and `after` are given", "keep one of them")
    found: dict[str, Any] = {
        "branches": branches,
        "when": fields.text("when"),
        "at": _read_at(fields),
        "chance": quantity_key(fields, "chance", SHARE),
        "gates": fields.names("while"),
        "quota": name if quota is not None else fields.text("quota"),
        "priority": fields.whole("priority") or 0,
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


def _read_branches(fields: Fields, target: str) -> tuple[Branch, ...]:
    reader = fields.reader
    after = stay_key(fields, "after")
    to = fields.node("to")
    if to is None:
        if not target:
            reader.refuse(
                fields.whole_node,
                fields.path,
                "the transition has no target",
                "write it in the key, or as `to: {state: {share: 40 %}, …}`",
            )
        return (Branch(to=target, after=after),)
    if to.text is not None and not to.empty:
        return (Branch(to=to.text, after=after),)
    branches: list[Branch] = []
    path = fields.at("to")
    before = len(reader.problems)
    for name, part in reader.mapping(to, path, "{share: 40 %}").items():
        place = f"{path}.{name}"
        if part.text is not None and not part.empty:
            share = read_quantity(reader, part, place, SHARE)
            branches.append(Branch(to=name, share=share, after=after))
            continue
        inner = reader.fields(part, place, "branch")
        own = inner.get("after", partial(read_stay, reader))
        branches.append(
            Branch(to=name, share=quantity_key(inner, "share", SHARE), after=own or after)
        )
    if len(reader.problems) != before:
        return ()
    return _complete_shares(reader, to, path, branches)


def _complete_shares(
    reader: Reader, node: Node, path: str, branches: list[Branch]
) -> tuple[Branch, ...]:
    """One branch may leave out its share and takes the rest."""
    if not branches:
        reader.refuse(node, path, "no target is given", "write `{state: {share: 40 %}, …}`")
        return ()
    open_ones = [n for n, branch in enumerate(branches) if branch.share is None]
    if len(branches) == 1 and open_ones:
        return tuple(branches)
    shares = [branch.share for branch in branches if branch.share is not None]
    total = sum(share.value for share in shares)
    if len(open_ones) > 1:
        reader.refuse(node, path, "more than one branch has no share", "add `share: … %`")
    elif open_ones and sum(s.value if s.high is None else s.high for s in shares) > 1 + 1e-6:
        reader.refuse(node, path, "the shares can sum to more than 100 %", "mend one of them")
    elif not open_ones and abs(total - 1) > 1e-6:
        reader.refuse(
            node,
            path,
            f"the shares sum to {show(round(total * 100, 6))} %, not to 100 %",
            "mend one of them, or leave one out: it takes the rest",
        )
    return tuple(branches)


def _read_at(fields: Fields) -> ClockReference | None:
    text = fields.text("at")
    if text is None:
        return None
    match = _CLOCK.fullmatch(text)
    assert match is not None  # the pattern takes any text that is not empty
    offset = 0
    if match["offset"]:
        days = fields.get(
            "at", lambda n, p: fields.reader.words(n, p, lambda _: whole_days(match["offset"]))
        )
        offset = (days or 0) * (1 if match["sign"] == "+" else -1)
    return ClockReference(clock=match["clock"], offset=offset)


def read_limit(fields: Fields) -> Quota | None:
    """`at most: 250 people per week`, by date if need be."""
    dated = dated_key(fields, "at most", QUOTA)
    if not dated:
        return None
    periods = {entry.quantity.unit.partition(" per ")[2] for entry in dated}
    if len(periods) != 1:
        fields.refuse("at most", "the limit changes its period", "use one period, as `per week`")
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
