"""Branches of a transition: its targets, their shares and delays, and how they change by date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.yaml import Node
from sojourn.study.model.pathway import Branch, Change, ClockReference, Everyone
from sojourn.study.model.stays import Stay
from sojourn.study.model.values import Quantity
from sojourn.study.sections.pathway.clock_times import read_at
from sojourn.study.stays.stay import read_stay, read_stays_by_way, stay_key, tells_ways
from sojourn.study.units import SHARE, read_date, show
from sojourn.study.words.quantities import quantity_key, read_quantity
from sojourn.study.words.reader import Fields, Reader

_EVERYONE: dict[str, Everyone] = {
    "new entrants": "no",
    "everyone by own stay": "own stay",
    "everyone by pace": "pace",
}
_BOTH_MEANINGS = (
    "write `everyone by own stay`: each stay becomes that of the new law, so that where 300 days "
    "for all become 240, a stay ends after 240 days, and who has been there for longer leaves at "
    "once; or `everyone by pace`: nobody leaves at once, but where a mean of 300 days becomes 240, "
    "one in 240 of the people there leaves each day from then on, not one in 300"
)


@dataclass(frozen=True, slots=True)
class Targets:
    """What is written of the targets: each with its share and a delay of its own, if any."""

    after: Stay | None
    """The delay of those without one of their own."""
    own: dict[str, tuple[Quantity | None, Stay | None]]
    ways: dict[str, tuple[str, ...]] | None = None
    """What a file of observed stays calls the way out to each, if shares and delays are its."""

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
    to = fields.node("to")
    if to is None:
        if not target:
            reader.refuse(
                fields.whole_node,
                fields.path,
                "the transition has no target",
                "write it in the key, or as `to: {state: {share: 40 %}, …}`",
            )
        return Targets(stay_key(fields, "after"), {target: (None, None)})
    if to.text is not None and not to.empty:
        return Targets(stay_key(fields, "after"), {to.text: (None, None)})
    own = _read_own(reader, to, fields.at("to"))
    if own is None:
        return None
    after, ways = fields.node("after"), _ways(own)
    if ways is not None and after is not None and tells_ways(after):
        found = read_stays_by_way(reader, after, fields.at("after"), ways)
        return None if found is None else Targets(None, {**found}, ways)
    if ways is not None and after is not None and "observed" in (after.items or {}):
        what = "a family is fitted to one way out, and this transition has several targets"
        first = next(iter(ways))
        fix = (
            f"write a transition for each, as `… -> {first}: {{after: {{observed: stays.csv, "
            f"way out: {ways[first][0]}, fit: weibull}}}}`, or leave out `fit`"
        )
        reader.refuse(after, fields.at("after"), what, fix)
        return None
    if any(each.ways for each in own.values()):
        what = "`way out` belongs to targets without a share or delay of their own"
        fix = "write `after: {observed: stays.csv}` and several targets, with nothing else"
        reader.refuse(to, fields.at("to"), what, fix)
        return None
    plain = {name: (each.share, each.after) for name, each in own.items()}
    targets = Targets(stay_key(fields, "after"), plain)
    check_shares(reader, to, fields.at("to"), targets.branches)
    return targets


class _Own(NamedTuple):
    """What is written of one target."""

    share: Quantity | None
    after: Stay | None
    ways: tuple[str, ...]


def _ways(own: dict[str, _Own]) -> dict[str, tuple[str, ...]] | None:
    """What a file may call the ways out: the targets, if several and nothing else is said."""
    if len(own) < 2 or any(each.share or each.after for each in own.values()):
        return None
    return {name: each.ways or (name,) for name, each in own.items()}


def _read_own(reader: Reader, node: Node, path: str) -> dict[str, _Own] | None:
    """What is written of each target, or None with problems; a list names them alone."""
    before = len(reader.problems)
    own: dict[str, _Own] = {}
    if node.parts is not None:
        for name in reader.texts(node, path):
            if name in own:
                reader.refuse(node, path, f"the target `{name}` is there twice", "remove one")
            own[name] = _Own(None, None, ())
        return own if len(reader.problems) == before else None
    for name, part in reader.mapping(node, path, "{share: 40 %}").items():
        place = f"{path}.{name}"
        if part.text is not None and not part.empty:
            own[name] = _Own(read_quantity(reader, part, place, SHARE), None, ())
            continue
        inner = reader.fields(part, place, "branch")
        delay = inner.get("after", partial(read_stay, reader))
        own[name] = _Own(quantity_key(inner, "share", SHARE), delay, inner.names("way out"))
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


def read_changes(
    fields: Fields, targets: Targets, chance: Quantity | None, at: ClockReference | None
) -> tuple[Change, ...]:
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
        at = _changed_clock(inner, at)
        everyone = _read_everyone(inner, by_clock=fields.has("at"))
        nothing = not any(inner.has(key) for key in ("after", "at", "chance", "to"))
        if nothing and len(reader.problems) == before:
            reader.refuse(part, place, "nothing changes", "write `after`, `at`, `chance` or `to`")
        changes.append(
            Change(
                start=day,
                everyone=everyone,
                at=at,
                chance=chance,
                branches=targets.branches,
                **inner.cited(),
            )
        )
    return tuple(changes)


def _changed_clock(inner: Fields, at: ClockReference | None) -> ClockReference | None:
    """The clock that the transition waits for, with what a change says of it."""
    new = read_at(inner)
    if new is None or at is not None:
        return new or at
    inner.refuse("at", "the transition is `after` a stay, not `at` a clock", "write `after`")
    return at


def _read_everyone(inner: Fields, *, by_clock: bool) -> Everyone:
    """What the change does to those who are there."""
    whom = inner.choice("for", (*_EVERYONE, "everyone")) or "new entrants"
    if by_clock and whom == "everyone by pace":
        what = "people leave `at` a clock on their day, at no pace"
        inner.refuse("for", what, "write `for: everyone`: their day is read anew")
    elif whom == "everyone" and not by_clock:
        what = "`for: everyone` does not say how to change stays that have begun"
        inner.refuse("for", what, _BOTH_MEANINGS)
    return _EVERYONE.get(whom, "own stay")


def _changed(inner: Fields, whole: Fields, targets: Targets) -> Targets:
    """The targets with what a change says of them."""
    reader = inner.reader
    to, written = inner.node("to"), inner.node("after")
    after: Stay | None = None
    if targets.ways is not None and written is not None and tells_ways(written):
        found = read_stays_by_way(reader, written, inner.at("after"), targets.ways)
        targets = targets if found is None else replace(targets, own={**found})
    else:
        after = stay_key(inner, "after")
    if inner.has("after") and whole.has("at"):
        inner.refuse("after", "the transition is `at` a clock, not `after` a stay", "remove it")
    if after is not None and targets.ways is not None:
        # One delay in place of those of the file, of which the shares remain.
        shares = targets.own.items()
        targets = replace(targets, own={name: (share, None) for name, (share, _) in shares})
    if after is not None:
        targets = replace(targets, after=after)
    if to is None:
        return targets
    path = inner.at("to")
    if len(targets.own) == 1:
        inner.refuse("to", "the transition has one target, which cannot change", "remove `to`")
        return targets
    changed = _read_own(reader, to, path)
    if changed is None:
        return targets
    merged = dict(targets.own)
    for name, (share, delay, ways) in changed.items():
        if ways:
            what = "what the file calls a way out cannot change"
            reader.refuse(to, f"{path}.{name}", what, "remove `way out`")
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
