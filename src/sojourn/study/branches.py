"""Branches of a transition: its targets, their shares and delays, and how they change by date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from sojourn.study.model import Branch, Change, Quantity, Stay
from sojourn.study.quantity import quantity_key, read_quantity
from sojourn.study.reader import Fields, Reader
from sojourn.study.stay import read_stay, stay_key
from sojourn.study.suggest import did_you_mean
from sojourn.study.values import SHARE, read_date, show
from sojourn.study.yaml import Node


@dataclass(frozen=True, slots=True)
class Targets:
    """What is written of the targets: each with its share and a delay of its own, if any."""

    after: Stay | None
    """The delay of those without one of their own."""
    own: dict[str, tuple[Quantity | None, Stay | None]]

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The branches that they are."""
        return tuple(
            Branch(to=to, share=share, after=own or self.after)
            for to, (share, own) in self.own.items()
        )


def read_targets(fields: Fields, target: str) -> Targets | None:
    """The targets of a transition; `target` is the one that its key names, if any."""
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
        return Targets(after, {target: (None, None)})
    if to.text is not None and not to.empty:
        return Targets(after, {to.text: (None, None)})
    own = _read_own(reader, to, fields.at("to"))
    if own is None:
        return None
    targets = Targets(after, own)
    check_shares(reader, to, fields.at("to"), targets.branches)
    return targets


def _read_own(
    reader: Reader, node: Node, path: str
) -> dict[str, tuple[Quantity | None, Stay | None]] | None:
    """Share and own delay by target, or None with problems."""
    before = len(reader.problems)
    own: dict[str, tuple[Quantity | None, Stay | None]] = {}
    for name, part in reader.mapping(node, path, "{share: 40 %}").items():
        place = f"{path}.{name}"
        if part.text is not None and not part.empty:
            own[name] = read_quantity(reader, part, place, SHARE), None
            continue
        inner = reader.fields(part, place, "branch")
        delay = inner.get("after", partial(read_stay, reader))
        own[name] = quantity_key(inner, "share", SHARE), delay
    return own if len(reader.problems) == before else None


def check_shares(reader: Reader, node: Node, path: str, branches: tuple[Branch, ...]) -> None:
    """Refuse shares that do not sum to one; one branch may leave its share out."""
    if not branches:
        reader.refuse(node, path, "no target is given", "write `{state: {share: 40 %}, …}`")
        return
    open_ones = [n for n, branch in enumerate(branches) if branch.share is None]
    if len(branches) == 1 and open_ones:
        return
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


def read_changes(fields: Fields, targets: Targets, chance: Quantity | None) -> tuple[Change, ...]:
    """What the transition is from each date of `changes` on; each builds on the one before."""
    node = fields.node("changes")
    if node is None:
        return ()
    reader, path = fields.reader, fields.at("changes")
    dated = []
    for key, part in reader.mapping(node, path, "{after: 90 days}").items():
        place = f"{path}.{key}"
        day = reader.words(Node(node.keys[key], text=key), place, read_date)
        if day is not None and day <= reader.shared.start:
            reader.refuse(
                node.keys[key],
                place,
                f"the change of {day} is not after {reader.shared.start}, the first day",
                "write what holds on the first day in the transition itself",
            )
        elif day is not None:
            dated.append((day, part, place))
    changes: list[Change] = []
    for day, part, place in sorted(dated, key=lambda item: item[0]):
        before = len(reader.problems)
        inner = reader.fields(part, place, "change")
        targets = _changed(inner, fields, targets)
        new_chance = quantity_key(inner, "chance", SHARE)
        chance = chance if new_chance is None else new_chance
        whom = inner.choice("for", ("new entrants", "everyone"))
        nothing = not any(inner.has(key) for key in ("after", "chance", "to"))
        if nothing and len(reader.problems) == before:
            reader.refuse(part, place, "nothing changes", "write `after`, `chance` or `to`")
        changes.append(
            Change(
                start=day,
                everyone=whom == "everyone",
                chance=chance,
                branches=targets.branches,
                **inner.cited(),
            )
        )
    return tuple(changes)


def _changed(inner: Fields, whole: Fields, targets: Targets) -> Targets:
    """The targets with what a change says of them."""
    reader = inner.reader
    after, to = stay_key(inner, "after"), inner.node("to")
    if inner.has("after") and whole.has("at"):
        inner.refuse("after", "the transition is `at` a clock, not `after` a stay", "remove it")
    if after is not None:
        targets = replace(targets, after=after)
    if to is None:
        return targets
    path = inner.at("to")
    if len(targets.own) == 1:
        inner.refuse("to", "the transition has one target, which cannot change", "remove `to`")
        return targets
    own = _read_own(reader, to, path)
    if own is None:
        return targets
    merged = dict(targets.own)
    for name, (share, delay) in own.items():
        if name not in merged:
            reader.refuse(
                to.keys[name] if to.items else to,
                f"{path}.{name}",
                f"`{name}` is not a target of the transition",
                did_you_mean(name, merged, "target"),
            )
            continue
        merged[name] = (merged[name][0] if share is None else share, delay or merged[name][1])
    targets = replace(targets, own=merged)
    check_shares(reader, to, path, targets.branches)
    return targets
