"""What was used in the spans of a payment: person-days and moves, from result tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import duckdb
import numpy as np
import numpy.typing as npt

from sojourn.arrays import Floats
from sojourn.errors import Problem, ResultsError
from sojourn.money.spans import Spans
from sojourn.results.totals import Histories, groups_where, moves_where
from sojourn.results.views import listed, quoted
from sojourn.study.contract_days import Daily, daily_label, daily_of
from sojourn.study.model.money import Payment
from sojourn.study.model.study import Period, Scenario
from sojourn.uncertainty.draws import Draws

Asked = dict[tuple[str, ...], tuple[npt.NDArray[np.int64], Floats]]
"""By question about a scenario: segments, and sums [history, segment]."""
_DAYS = 32
"""Bits of a segment's length, where it stands in a word with its first day."""


@dataclass(frozen=True, slots=True)
class Usage:
    """The result tables of one scenario."""

    scenario: Scenario
    connection: duckdb.DuckDBPyConnection
    histories: Histories
    period: Period
    draws: Draws
    draw: npt.NDArray[np.int64] = field(init=False, compare=False)
    """Place in `draws` of each history's draw."""
    asked: Asked = field(default_factory=dict, compare=False)
    """Answers: payments for the same people ask once, and so do bills at several prices."""
    _found: dict[tuple[tuple[str, ...], Spans], Floats] = field(
        default_factory=dict, init=False, compare=False
    )
    """By question and spans: the sums spread over the spans."""

    def __post_init__(self) -> None:
        place = {number: at for at, number in enumerate(self.draws)}
        draw = np.asarray([place[number] for number in self.histories.draw.tolist()], np.int64)
        object.__setattr__(self, "draw", draw)

    def person_days(self, payment: Payment, spans: Spans, path: str) -> Floats:
        """Days paid for [history, span]; those of departure too where the contract says so."""
        states = f"state in {listed(payment.states)}"
        daily = daily_of(payment, self.period)
        if daily is None:
            found = self._spread("custody", "person_days", payment, states, spans, path)
        else:
            found = self._by_day(daily, spans, path)
        if payment.days == "both ends":
            leaving = (
                f"source in {listed(payment.states)} and target not in {listed(payment.states)}"
            )
            found = found + self._spread("moves", "people", payment, leaving, spans, path)
        return found

    def moves(self, payment: Payment, spans: Spans, path: str) -> Floats:
        """Moves over the payment's transitions [history, span], without those turned away."""
        named = moves_where(self.scenario, payment.transitions)
        return self._spread("moves", "people", payment, named, spans, path)

    def _by_day(self, daily: Daily, spans: Spans, path: str) -> Floats:
        """People [history, span] where each span is a day."""
        label = daily_label(daily)
        found = self.connection.execute(
            f"select draw, replicate, (date - date '{self.period.start}')::bigint as day, "
            f"people::double as people from custody_days where scenario = "
            f"{quoted(self.histories.scenario)} and held = {quoted(label)} order by all"
        ).fetchnumpy()
        row = self.histories.find(np.asarray(found["draw"]), np.asarray(found["replicate"]))
        start = row * self.period.days + np.asarray(found["day"])
        whole = len(self.histories.draw) * self.period.days
        if not len(start) and whole:
            raise ResultsError(
                Problem(
                    f"the run does not keep the number of those in {label} by day",
                    "Run the study again: what is settled by the day is part of what is kept.",
                    path=path,
                )
            )
        people = np.repeat(np.asarray(found["people"]), np.diff(start, append=whole))
        return np.asarray(people.reshape(-1, self.period.days)[:, spans.first])

    def _spread(
        self, table: str, column: str, payment: Payment, condition: str, spans: Spans, path: str
    ) -> Floats:
        """Sum of a column [history, span]; a segment of the table is spread evenly by its days."""
        asked = (table, column, condition, groups_where(self.connection, payment.where))
        if asked not in self.asked:
            self.asked[asked] = self._summed(*asked)
        if (asked, spans) not in self._found:
            segments, totals = self.asked[asked]
            self._found[asked, spans] = totals @ self._shares(segments, spans, path)
        return self._found[asked, spans]

    def _summed(
        self, table: str, column: str, condition: str, where: str
    ) -> tuple[npt.NDArray[np.int64], Floats]:
        """Segments with their first day and length, and the sum of a column [history, segment]."""
        found = self.connection.execute(
            f"select draw, replicate, (segment - date '{self.period.start}')::bigint as first, "
            f"days, sum({column})::double as total from {table} where scenario = "
            f"{quoted(self.histories.scenario)} and {condition} and {where} group by all"
        ).fetchnumpy()
        first, days = (np.asarray(found[name], dtype=np.int64) for name in ("first", "days"))
        pairs, place = np.unique((first << _DAYS) + days, return_inverse=True)
        segments = np.stack((pairs >> _DAYS, pairs & ((1 << _DAYS) - 1)), axis=1)
        totals = np.zeros((len(self.histories.draw), len(segments)))
        row = self.histories.find(np.asarray(found["draw"]), np.asarray(found["replicate"]))
        totals[row, place] = found["total"]
        return segments, totals

    def _shares(self, segments: npt.NDArray[np.int64], spans: Spans, path: str) -> Floats:
        """The share of each segment's days that lies in each span [segment, span]."""
        first, days = segments[:, :1], segments[:, 1:]
        shared = np.minimum(first + days, spans.last) - np.maximum(first, spans.first)
        shares = np.clip(shared, 0, None) / days
        cut = (shares > 0.0) & (shares < 1.0)
        if self.period.step == "day" and cut.any():
            at, span = (int(n) for n in np.argwhere(cut)[0])
            edge = spans.first[span] if spans.first[span] > first[at, 0] else spans.last[span]
            raise ResultsError(
                Problem(
                    f"the payment changes on {self.period.start + timedelta(days=int(edge))}, "
                    "within days that the run keeps together",
                    "Run the study again: the dates of contracts are part of what is kept.",
                    path=path,
                )
            )
        return np.asarray(shares)
