"""The effect of a change for everyone on its day, computed from the laws alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sojourn.arrays import Floats
from sojourn.engine.compile.scenario import DrawnLaws
from sojourn.stays.law import Law
from sojourn.study.time_steps import Steps
from sojourn.study.units import show

if TYPE_CHECKING:
    from sojourn.population.cells import Cells
    from sojourn.study.model.pathway import Branch, Change, ClockReference, Transition
    from sojourn.study.model.study import Scenario
    from sojourn.study.model.values import Quantity

SOON = 30
MOST_PAIRS = 3
"""The most pairs of an old and a new law that are reported for one change."""


def changes_for_everyone(scenario: Scenario, cells: Cells) -> list[str]:
    """A sentence for each effect of a change on the people who are there, at central values."""
    if not any(t.changes for t in scenario.transitions):
        return []
    told = _ReformEffect(scenario, cells)
    return [
        f"on {change.start} `{transition.name}` changes for everyone{how}: {text}"
        for transition in scenario.transitions
        for number, change in enumerate(transition.changes)
        if change.everyone != "no" and _by_policy(change)
        for how in ("" if change.at is not None else f" by {change.everyone}",)
        for text in told.of(transition, number, change)
    ]


def _by_policy(change: Change) -> bool:
    """Whether it is more than the next period of an account, whose pace is never twice the same."""
    stays = (branch.after for branch in change.branches)
    uses = [stay.as_counted for stay in stays if stay is not None and stay.as_counted is not None]
    return not uses or any(each.start == change.start for use in uses for each in use.times)


class _ReformEffect:
    def __init__(self, scenario: Scenario, cells: Cells) -> None:
        self.scenario, self.cells = scenario, cells
        first = next(c.start for t in scenario.transitions for c in t.changes)
        self.laws = DrawnLaws(_central, cells, Steps(first, first))

    def of(self, transition: Transition, number: int, change: Change) -> Iterator[str]:
        """What one change does."""
        chance, branches = transition.policies[number]
        yield from _chances(chance, change.chance)
        if change.at is not None:
            before = transition.at if number == 0 else transition.changes[number - 1].at
            assert before is not None
            yield from self._clock(before, change.at)
            return
        for old, new in zip(branches, change.branches, strict=True):
            several = f" (to `{old.to}`)" if len(branches) > 1 else ""
            pairs = self._pairs(transition, old, new)
            for label, first, second in pairs[:MOST_PAIRS]:
                whom = several + (f" ({label})" if len(pairs) > 1 else "")
                told = _own_stay if change.everyone == "own stay" else _pace
                yield told(first, second) + whom

    def _pairs(
        self, transition: Transition, old: Branch, new: Branch
    ) -> list[tuple[str, Law, Law]]:
        """The old law and the new, with the first cell that has them; empty if they are equal."""
        if old.after is None or new.after is None:
            return []
        path = f"transitions.{transition.name}"
        found: dict[tuple[Law, Law], str] = {}
        for cell in range(len(self.cells.rows)):
            facts = dict(zip(self.cells.facts, self.cells.rows[cell], strict=True))
            pair = (self.laws.of(old.after, facts, path), self.laws.of(new.after, facts, path))
            if pair[0] != pair[1] and pair not in found:
                found[pair] = self.cells.label(cell)
        return [(label, *pair) for pair, label in found.items()]

    def _clock(self, old: ClockReference, new: ClockReference) -> Iterator[str]:
        """For the first law of the length that somebody sets."""
        holders = (*self.scenario.populations.values(), *self.scenario.states.values())
        rules = (
            rules.get(old.clock)
            for rules in (getattr(h, "clocks", None) or getattr(h, "sets", {}) for h in holders)
        )
        stay = next((rule.stay for rule in rules if rule is not None and rule.stay), None)
        if old == new or old.clock != new.clock or stay is None:
            return
        whole = self.laws.of(stay, None, f"clocks.{old.clock}")
        laws = [self.laws.share_of(whole, at) if at.shares else whole for at in (old, new)]
        before, after = (
            _later(_left(law), at.offset) for law, at in zip(laws, (old, new), strict=True)
        )
        length, first, second = (_median(tail) for tail in (_left(whole), before, after))
        if length is not None:
            yield (
                f"with a `{old.clock}` of {length:,} days, the median, they are due after "
                f"{second:,} days in place of {first:,}{_released(before, after, whole.defect)}"
            )


def _central(quantity: Quantity) -> float:
    return quantity.value


def _left(law: Law) -> Floats:
    """P(K > k)."""
    return law.survival(law.support() + 1)


def _later(tail: Floats, days: int) -> Floats:
    """The same of so many days later, or earlier; not below none."""
    return np.concatenate([np.ones(max(0, days)), tail[max(0, -days) :]])


def _median(tail: Floats) -> int | None:
    """The days after which half have left, if half ever do."""
    below = np.flatnonzero(tail <= 0.5)
    return int(below[0]) if len(below) else None


def _share(share: float) -> str:
    return f"{show(float(f'{100 * share:.3g}'))} %"


def _chances(old: Quantity | None, new: Quantity | None) -> Iterator[str]:
    before, after = (1.0 if chance is None else chance.value for chance in (old, new))
    if after > before:
        share = (after - before) / (1 - before)
        yield f"it now takes {_share(share)} of those there whom it would never have taken"
    elif after < before:
        share = (before - after) / before
        yield f"{_share(share)} of those there whom it would have taken now never leave by it"


def _both(old: Floats, new: Floats) -> tuple[Floats, Floats]:
    size = max(len(old), len(new))
    return np.pad(old, (0, size - len(old))), np.pad(new, (0, size - len(new)))


def _released(old: Floats, new: Floats, defect: float) -> str:
    """Those whose new stay is over, of a stock in equilibrium under the old law.

    P(held for a days, and the new stay is no longer than that) is, by ranks, F'(a) − F(a).
    """
    if defect > 0:
        return ""
    old, new = _both(old, new)
    share = float(np.maximum(old - new, 0.0).sum() / old.sum()) if old.sum() > 0 else 0.0
    return f"; of a stock in equilibrium, {_share(share)} are past that and leave at once"


def _own_stay(old: Law, new: Law) -> str:
    before, after = _left(old), _left(new)
    first, second = _median(before), _median(after)
    if first is None or second is None:
        return "each stay becomes that of the new law, and ends at once if it is over"
    told = f"a stay of {first:,} days, the median, becomes one of {second:,}"
    return told + _released(before, after, max(old.defect, new.defect))


def _pace(old: Law, new: Law) -> str:
    before, after = _both(_left(old), _left(new))
    served = _median(before)
    if served is None:
        return "from that day on people leave at the rate of the new law"
    gone = [_gone(tail, served) for tail in (before, after)]
    told = (
        f"of those who have been there for {served:,} days, the old median, {_share(gone[1])} "
        f"leave within {SOON} days, in place of {_share(gone[0])}"
    )
    # Longer than the new law allows; its table ends where next to nothing is left.
    over = float(before[after <= 0.0].sum() / before.sum())
    at_once = f"; {_share(over)} of a stock in equilibrium are there longer than it allows"
    return told + (
        f"{at_once}, and leave at once" if over > 1e-6 else "; nobody is released at once"
    )


def _gone(tail: Floats, served: int) -> float:
    """P(K < served + SOON) of those with K ≥ served; all, if the law allows no stay so long."""
    left = tail[served - 1] if served > 0 else 1.0
    end = tail[min(served + SOON, len(tail)) - 1]
    return float(1.0 - end / left) if left > 0.0 else 1.0
