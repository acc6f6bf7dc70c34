"""Person-days and moves of each history and period, from result tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from sojourn.arrays import Floats
from sojourn.errors import Problem, ResultsError
from sojourn.results.periods import ReportingPeriods
from sojourn.results.views import listed, quoted
from sojourn.study.model.study import Scenario


@dataclass(frozen=True, slots=True)
class Histories:
    """The simulated histories of a scenario: `draw` and `replicate`, in order."""

    scenario: str
    draw: npt.NDArray[np.int32]
    replicate: npt.NDArray[np.int32]

    def find(
        self, draw: npt.NDArray[np.int32], replicate: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.int64]:
        """Row of each (draw, replicate); −1 where there is none."""
        own, wanted = _key(self.draw, self.replicate), _key(draw, replicate)
        row = np.searchsorted(own, wanted)
        there = np.zeros(len(wanted), dtype=bool)
        inside = row < len(own)
        there[inside] = own[row[inside]] == wanted[inside]
        return np.where(there, row, -1)


def _key(draw: npt.NDArray[np.int32], replicate: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    return (draw.astype(np.int64) << 32) + replicate


def histories_of(connection: duckdb.DuckDBPyConnection, scenario: str) -> Histories:
    """The histories of a scenario."""
    found = connection.execute(
        f"select distinct draw, replicate from histories where scenario = {quoted(scenario)} "
        "order by all"
    ).fetchnumpy()
    return Histories(scenario, np.asarray(found["draw"]), np.asarray(found["replicate"]))


def groups_where(connection: duckdb.DuckDBPyConnection, where: dict[str, str]) -> str:
    """SQL condition that keeps the reporting groups with these values of facts."""
    if not where:
        return "true"
    facts = {row[0] for row in connection.execute("select distinct fact from groups").fetchall()}
    for fact in where:
        if fact not in facts:
            raise ResultsError(
                Problem(
                    f"people are not reported by {fact!r}",
                    f"Add it to `period: by:`, which has {sorted(facts)}.",
                )
            )
    pairs = [f"(fact = {quoted(f)} and value = {quoted(v)})" for f, v in where.items()]
    chosen = connection.execute(
        f'select "group" from groups where {" or ".join(pairs)} '
        f'group by "group" having count(distinct fact) = {len(where)}'
    ).fetchall()
    return f'"group" in {listed([row[0] for row in chosen])}'


def moves_where(scenario: Scenario, names: Iterable[str], *, turned_away: bool = False) -> str:
    """SQL condition for the moves by these transitions, without people who go elsewhere because
    they cannot move; with `turned_away`, for these people only.
    """
    elsewhere = {t.name: t.otherwise for t in scenario.transitions}
    found = []
    for name in names:
        target = elsewhere.get(name)
        if turned_away and target is not None:
            found.append(f"(transition = {quoted(name)} and target = {quoted(target)})")
        elif not turned_away:
            but = "" if target is None else f" and target <> {quoted(target)}"
            found.append(f"(transition = {quoted(name)}{but})")
    return f"({' or '.join(found) or 'false'})"


class Totals:
    """Sums over the rows of tables, asked once for all scenarios.

    The last few answers are kept, since the same is asked of several scenarios in a row.
    """

    _KEPT = 4

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        histories: Mapping[str, Histories],
        periods: ReportingPeriods,
    ) -> None:
        self._connection, self._histories = connection, histories
        self._starts = np.asarray(periods.starts, dtype="datetime64[D]")
        self._found: dict[tuple[str, ...], dict[str, Floats]] = {}

    def of(self, scenario: str, *, table: str, column: str, condition: str) -> Floats:
        """Sum of a table's column [history, period] over the rows that meet an SQL condition."""
        asked = (table, column, condition)
        if asked not in self._found:
            if len(self._found) == self._KEPT:
                del self._found[next(iter(self._found))]
            self._found[asked] = self._summed(*asked)
        return self._found[asked][scenario]

    def _summed(self, table: str, column: str, condition: str) -> dict[str, Floats]:
        names = list(self._histories)
        found = self._connection.execute(
            f"select list_position([{', '.join(map(quoted, names))}], scenario::varchar) - 1 as "
            f"scenario, draw, replicate, period, total from (select scenario, draw, replicate, "
            f'period, sum("{column}")::double as total from {table} where {condition} '
            f"and scenario in {listed(names)} group by all)"
        ).fetchnumpy()
        scenario = np.asarray(found["scenario"])
        place = np.searchsorted(self._starts, np.asarray(found["period"]).astype("datetime64[D]"))
        sums = {}
        for number, (name, histories) in enumerate(self._histories.items()):
            own = scenario == number
            row = histories.find(
                np.asarray(found["draw"])[own], np.asarray(found["replicate"])[own]
            )
            sums[name] = np.zeros((len(histories.draw), len(self._starts)))
            sums[name][row, place[own]] = np.asarray(found["total"])[own]
        return sums
