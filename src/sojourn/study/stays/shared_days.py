"""Observed stays of several transitions out of one state: they leave by one of them on a day.

A file for each way out, in which the stays that ended by another are not ended, gives the share of
those at risk who leave by this way on each day. These shares add up: of six at risk of whom two go
one way and one the other, three are left. As independent delays in whole days, of which the
earlier in the file wins where both are due, they would not. So a later transition takes its share
of those whom the earlier ones leave behind, which is the estimate of Aalen and Johansen again, and
the order in the file moves nobody.
"""

from __future__ import annotations

import itertools

from sojourn.study.files.addresses import find, key_position, written
from sojourn.study.files.yaml import Node
from sojourn.study.model.pathway import Transition
from sojourn.study.model.stays import Stay
from sojourn.study.stays.stay import tells_ways
from sojourn.study.words.reader import Reader

Hazards = dict[float, float]
"""Of those at risk on a day the share that leaves on it, by day."""


def share_days(
    reader: Reader, tree: Node, transitions: tuple[Transition, ...]
) -> tuple[Transition, ...]:
    """The transitions, those with observed stays each given those before it; problems are told.

    Ways out for people who differ by `when` are left as they are: they need not meet.
    """
    found: list[Transition] = []
    before: dict[str, list[Transition]] = {}
    for transition in transitions:
        node = find(tree, f"transitions.{transition.name}")
        kept = transition
        if node is not None and _observed_days(node):
            same = before.setdefault(transition.state, [])
            others = [each for each in same if _meet(each, transition)]
            if others:
                kept = _after(reader, tree, others, transition)
            same.append(transition)
        found.append(kept)
    return tuple(found)


def _meet(other: Transition, transition: Transition) -> bool:
    return other.when == transition.when or None in (other.when, transition.when)


def _after(
    reader: Reader, tree: Node, others: list[Transition], transition: Transition
) -> Transition:
    """The transition given the others, or as it is with a problem."""
    problem = _problem([*others, transition], tree)
    stay = None if problem else _given(others, transition)
    if stay is None:
        problem = problem or "on some day more leave by them together than are at risk"
        _refuse(reader, tree, others[-1], transition, problem)
        return transition
    branch = transition.branches[0].model_copy(update={"after": stay})
    return transition.model_copy(update={"branches": (branch,)})


def _observed_days(node: Node) -> bool:
    """Whether some delay within is the table of observed stays."""
    return tells_ways(node) or any(
        _observed_days(part) for part in (*(node.items or {}).values(), *(node.parts or ()))
    )


def _problem(together: list[Transition], tree: Node) -> str:
    """Why the stays of these transitions cannot be read together, or nothing."""
    for transition in together:
        node = find(tree, f"transitions.{transition.name}")
        after = None if node is None else find(node, "after")
        if len(transition.branches) > 1:
            return f"`{transition.name}` has several targets"
        if transition.changes or transition.chance is not None:
            return f"`{transition.name}` has a chance or changes on a date"
        if after is None or not tells_ways(after):
            return f"only some of the stays of `{transition.name}` are observed"
    first = together[0].branches[0].after
    last = together[-1].when
    for transition in together[:-1]:
        if last is None and transition.when is not None:
            return f"`{transition.name}` is for some people only (write it after this one)"
    for transition in together[1:]:
        stay = transition.branches[0].after
        assert first is not None and stay is not None
        if (stay.facts, stay.cases.keys()) != (first.facts, first.cases.keys()):
            return (
                f"the files of `{together[0].name}` and `{transition.name}` differ in their facts"
            )
    return ""


def _refuse(
    reader: Reader, tree: Node, other: Transition, transition: Transition, problem: str
) -> None:
    path = f"transitions.{transition.name}"
    targets = dict.fromkeys(b.to for each in (other, transition) for b in each.branches)
    reader.refuse(
        key_position(tree, path),
        written(tree, path),
        f"the observed stays of `{other.name}` and of this transition cover the same days, and "
        f"cannot be read together: {problem}",
        "put the stays into one file with a column `way out`, and write one transition, as "
        f"`{transition.state} -> leaves: {{to: [{', '.join(targets)}], "
        "after: {observed: stays.csv}}`; or fit a family to each, as `fit: weibull`",
    )


def _given(others: list[Transition], transition: Transition) -> Stay | None:
    """The stays of a transition for people who have not left by the others; None if nobody can."""
    stay = transition.branches[0].after
    before = [other.branches[0].after for other in others]
    assert stay is not None
    names = ", ".join(f"`{other.name}`" for other in others)
    note = {"note": f"{stay.note}; on each day after those who leave by {names}"}
    if not stay.cases:
        made = _apart([each for each in before if each is not None], stay)
        return made and made.model_copy(update=note)
    cases = {
        name: _apart([each.cases[name] for each in before if each is not None], case)
        for name, case in stay.cases.items()
    }
    whole = {name: case for name, case in cases.items() if case is not None}
    return stay.model_copy(update={"cases": whole, **note}) if len(whole) == len(cases) else None


def _apart(before: list[Stay], stay: Stay) -> Stay | None:
    gone = [_hazards(each) for each in before]
    points: list[tuple[float, float]] = []
    left = 1.0
    for day, hazard in _hazards(stay).items():
        there = 1.0 - sum(each.get(day, 0.0) for each in gone)
        if there <= 0.0 or hazard > there + 1e-9:
            return None
        share = min(1.0, hazard / there)
        points.append((day, left * share))
        left *= 1.0 - share
    return stay.model_copy(update={"points": tuple(points), "never": left})


def _hazards(stay: Stay) -> Hazards:
    """Those of a table whose weights and `never` make 1."""
    weights = [weight for _, weight in stay.points]
    # Summed from the end, so that nobody is left, exactly, where the last all leave.
    at_risk = list(itertools.accumulate([stay.never, *weights[::-1]]))[:0:-1]
    return {day: weight / n for (day, weight), n in zip(stay.points, at_risk, strict=True)}
