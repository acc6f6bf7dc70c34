"""How clocks are set: on entering a state, or on being admitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sojourn.engine.program import ALWAYS, UNCONDITIONAL
from sojourn.engine.random import salt
from sojourn.engine.stay_tables import TablePool
from sojourn.stays.law import Law
from sojourn.study.model.pathway import ClockReference

if TYPE_CHECKING:
    from sojourn.engine.compile.scenario import DrawnLaws
    from sojourn.study.model.stays import ClockRule
    from sojourn.study.model.study import Scenario
    from sojourn.study.time_steps import Steps

ClockNumbers = dict[ClockReference, int]
"""The number of each clock, and of each share of one that is read; without offsets."""
FOR_EVER = 1 << 30


@dataclass(slots=True)
class Setting:
    """One clock set on entering a state or on being admitted."""

    clock: int
    table: int
    day: int
    salt: int
    first_day: int = ALWAYS
    until: int = FOR_EVER
    law: Law | None = None
    condition: int = UNCONDITIONAL
    """See Program.set_condition."""
    given: int = -1
    """Its table, if not `table`."""


def clock_numbers(scenario: Scenario) -> ClockNumbers:
    """Every clock, and every share of one at which people leave; each with its number."""
    whole = [ClockReference(clock=name) for name in scenario.clocks]
    shares = (at.whole for t in scenario.transitions for at in t.clocks)
    return {at: number for number, at in enumerate(dict.fromkeys([*whole, *shares]))}


def clock_settings(
    owner: str,
    clock: str,
    rule: ClockRule,
    clock_index: ClockNumbers,
    laws: DrawnLaws,
    pool: TablePool,
    steps: Steps,
) -> tuple[Setting, ...]:
    """How a clock is set, a setting for each span of days and each share that is read. The loader
    refuses a clock that may differ by cell."""
    key = salt("clock", owner, clock)
    first_days = [ALWAYS, *(steps.step_of(day) for day, _ in rule.later)]
    ends = [*first_days[1:], FOR_EVER]
    found = []
    for first, until, each in zip(
        first_days, ends, (rule, *(later for _, later in rule.later)), strict=True
    ):
        for at, number in clock_index.items():
            if at.clock != clock:
                continue
            if each.on is not None:
                found.append(Setting(number, -1, steps.step_of(each.on), key, first, until))
                continue
            assert each.stay is not None
            law = laws.of(each.stay, None, f"{owner}.{clock}")
            if at.shares:
                law = laws.share_of(law, at)
            # One random number for all shares of a length.
            found.append(Setting(number, pool.law(law), 0, key, first, until, law))
    return tuple(found)
