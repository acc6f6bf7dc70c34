"""Time served before day 0: how long the people of a stock have been there.

A person counted on the evening before day 0 has been in the state for s nights. No way out by a
stay and no clock that could end it has done so in that time. Remaining times are drawn given
that, and in equilibrium
P(s = a + 1) is proportional to the probability that nothing has ended the stay after a days.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sojourn.arrays import Floats
from sojourn.engine.compile.clock_settings import Setting
from sojourn.engine.compile.pathway import Pathway
from sojourn.engine.program import ALWAYS, UNCONDITIONAL
from sojourn.engine.stay_tables import Guide, TablePool, with_guide
from sojourn.errors import Problem, StudyError
from sojourn.stays.distribution import curve_of, is_whole, still_there
from sojourn.stays.law import Law, longest_steps

if TYPE_CHECKING:
    from sojourn.engine.compile.scenario import DrawnLaws
    from sojourn.population.cells import Cells
    from sojourn.population.streams import Stream
    from sojourn.study.model.facts import FactValue
    from sojourn.study.model.pathway import Transition
    from sojourn.study.model.people import Stock

MOST_LEFT_AT_LONGEST = 0.01

Stays = tuple[tuple[Law, float], ...]
"""Ways out by a stay: the law, and its chance."""
EndingClocks = tuple[tuple[Law, int], ...]
"""Clocks that end a stay: the law, and days to add."""


@dataclass(frozen=True)
class Past:
    """The past of a stock of one cell in one state."""

    stream: Stream
    state: int
    pathway: Pathway
    cells: Cells
    laws: DrawnLaws
    pool: TablePool

    def conditioned(self, settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
        """The clocks with tables long enough, each conditioned on the ways out that read it."""
        made = []
        for setting in settings:
            if setting.law is None or setting.first_day != ALWAYS:  # the past knows the first alone
                made.append(setting)
                continue
            readers = [
                (self.laws.steps.count(t.at.offset), self._chance(t))
                for t in self._running
                if t.at is not None and self.pathway.clock_index[t.at.whole] == setting.clock
            ]
            certain = [offset for offset, chance in readers if chance >= 1.0]
            condition = min(certain, default=UNCONDITIONAL)
            if any(chance < 1.0 and offset < condition for offset, chance in readers):
                raise StudyError(
                    Problem(
                        "the days served cannot be known: a clock ends the stay only with a chance",
                        fix="write `served: new`, or end the stay by `after`",
                        path=self._where,
                    )
                )
            table = self.pool.law(setting.law, served=True)
            made.append(replace(setting, table=table, given=table, condition=condition))
        return self._by_length(tuple(made))

    def _by_length(self, settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
        """The same settings; what is known of one share of a length applies to its other shares."""
        bound = {s.salt: s for s in settings if s.condition != UNCONDITIONAL}
        if len(bound) < sum(s.condition != UNCONDITIONAL for s in settings):
            raise StudyError(
                Problem(
                    "the days served cannot be known: two shares of one length end the stay",
                    fix="write `served: new`, or end the stay at one share",
                    path=self._where,
                )
            )
        known = ((setting, bound.get(setting.salt)) for setting in settings)
        return tuple(
            setting
            if one is None or setting.given < 0
            else replace(setting, given=one.given, condition=one.condition)
            for setting, one in known
        )

    def age_table(self, stock: Stock, settings: tuple[Setting, ...]) -> int:
        """Table of nights served up to and including the evening before day 0.

        Raises `StudyError` if there is no equilibrium.
        """
        if stock.served != "equilibrium":
            assert stock.served != "new"
            law = self.laws.of(stock.served, self._facts, self._where)
            if law.defect > 0.0:
                raise StudyError(
                    Problem(
                        f"{law.defect:.1%} have served for ever",
                        fix="give days served that end, without `rest: never`",
                        path=self._where,
                    )
                )
            longest = law.support()
            table = self.pool.law(law)
            self.pool.need(table, longest + 1)
            self.lengthen(settings, longest)
            return table
        stays = tuple((self._law(t), self._chance(t)) for t in self._running if t.at is None)
        ending = {
            s.salt: (s.law, s.condition)
            for s in settings
            if s.law is not None and s.given == s.table and s.condition != UNCONDITIONAL
        }
        clocks = tuple(ending.values())
        if not stays and not clocks:
            name = self.pathway.arrays.state_names[self.state]
            raise StudyError(
                Problem(
                    f"no equilibrium: nobody leaves state {name!r} by a stay or a clock",
                    fix="write `served: new`, or the days served, such as `served: 200 days`",
                    path=self._where,
                )
            )
        cdf, guide = _ages(stays, clocks, self._where)
        self.lengthen(settings, len(cdf))
        return self.pool.ready(cdf, guide, f"ages {stays!r} {clocks!r}")

    def known_age(self, served: int) -> int:
        """Table of nights served by people whose days served are known; see `lengthen`."""
        table = self.pool.law(Law("fixed", (float(served),), step=self.laws.steps.length))
        self.pool.need(table, self.laws.steps.count(served) + 2)
        return table

    @property
    def ways(self) -> bytes:
        """Which ways out of the state the cell has, and the tables of their stays."""
        arrays, cell = self.pathway.arrays, self.stream.cell
        ways = slice(*arrays.state_first[self.state : self.state + 2].tolist())
        rows = np.append(arrays.policy_branch, len(arrays.branch_table))
        first, last = rows[arrays.policy_first[[ways.start, ways.stop]]].tolist()
        holds = arrays.transition_when[ways, cell]
        return holds.tobytes() + arrays.branch_table[first:last, cell].tobytes()

    @property
    def _where(self) -> str:
        return f"populations.{self.stream.population}.stock.served"

    @property
    def _facts(self) -> dict[str, FactValue]:
        return dict(zip(self.cells.facts, self.cells.rows[self.stream.cell], strict=True))

    @cached_property
    def _running(self) -> list[Transition]:
        """Ways out of the state, for this cell, that have been running before day 0.

        They need no gate and no quota, and do not start later; a place is assumed to be free.
        """
        arrays = self.pathway.arrays
        first = int(arrays.state_first[self.state])
        return [
            transition
            for t, transition in enumerate(self.pathway.by_state[self.state], first)
            if arrays.transition_running[t]
            and arrays.transition_start[t] < 0
            and arrays.transition_when[t, self.stream.cell]
        ]

    def _chance(self, transition: Transition) -> float:
        return 1.0 if transition.chance is None else self.laws.value(transition.chance)

    def _law(self, transition: Transition) -> Law:
        """The transition's delay, mixed over its branches."""
        where = f"transitions.{transition.name}.after"
        given = [None if b.share is None else self.laws.value(b.share) for b in transition.branches]
        rest = 1.0 - sum(share for share in given if share is not None)
        free = max(1, given.count(None))
        shares = [rest / free if share is None else share for share in given]
        total = sum(shares)
        parts = tuple(
            (
                share / total,
                Law("fixed", (0.0,), step=self.laws.steps.length)
                if b.after is None
                else self.laws.of(b.after, self._facts, where),
            )
            for share, b in zip(shares, transition.branches, strict=True)
        )
        return (
            parts[0][1]
            if len(parts) == 1
            else Law("mixture", (), (), parts, step=self.laws.steps.length)
        )

    def lengthen(self, settings: tuple[Setting, ...], longest: int) -> None:
        """Make room in the tables for those who have already served up to `longest` days."""
        arrays = self.pathway.arrays
        before = [0, *(-s.condition for s in settings)]
        tables = [s.table for s in settings if s.table >= 0]
        for t in range(arrays.state_first[self.state], arrays.state_first[self.state + 1]):
            # Under every policy: one for everyone reads on from the days served.
            first = arrays.policy_branch[arrays.policy_first[t]]
            size = arrays.transition_first[t + 1] - arrays.transition_first[t]
            rows = range(first, first + size * np.diff(arrays.policy_first)[t])
            tables += [int(arrays.branch_table[r, self.stream.cell]) for r in rows]
        for table in tables:
            self.pool.need(table, longest + max(before) + self.pool.horizon + 1)


@lru_cache(maxsize=128)
def _ages(stays: Stays, clocks: EndingClocks, where: str) -> tuple[Floats, Guide]:
    """Table of nights served in equilibrium by people with these ways out."""
    length = 256
    longest = longest_steps((*stays, *clocks)[0][0].step)
    while True:
        product = _still_there(stays, length)
        for law, later in clocks:
            # P(K + later > a): certain before `later` is over.
            longer = np.concatenate([np.ones(max(0, later)), law.survival(length + max(0, -later))])
            product = product * longer[max(0, -later) :][:length]
        if product[-1] <= 1e-9:
            break
        if length >= longest:
            # A heavy tail is cut where a life ends; a race that hardly anybody leaves has no
            # equilibrium.
            if product[-1] <= MOST_LEFT_AT_LONGEST:
                break
            raise StudyError(
                Problem(
                    f"no equilibrium: {product[-1]:.1%} would stay for over 120 years",
                    fix="give the days served as a duration or a table",
                    path=where,
                )
            )
        length = min(4096, longest) if length < 4096 else longest
    if product.sum() <= 0.0:
        raise StudyError(
            Problem("no equilibrium: everybody leaves on the day they come", path=where)
        )
    cdf = np.cumsum(np.concatenate([[0.0], product])) / product.sum()
    cdf[-1] = 1.0
    return with_guide(cdf)


def _still_there(stays: Stays, length: int) -> Floats:
    """P(no way out by a stay has been taken after a whole steps), a < length."""
    random = [(law, chance) for law, chance in stays if not is_whole(law)]
    product = np.ones(length)
    if len(random) > 1:
        # They run in continuous time: none has been taken at one and the same moment.
        curves = [(curve_of(law, length + 1), chance) for law, chance in random]
        product = still_there(curves, length)
        stays = tuple((law, chance) for law, chance in stays if is_whole(law))
    for law, chance in stays:
        product = product * (1.0 - chance + chance * law.survival(length))
    return product
