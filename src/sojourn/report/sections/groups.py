"""People by reporting group, with small numbers held back."""

from __future__ import annotations

from collections.abc import Sequence

from sojourn.languages.phrases import later, phrase
from sojourn.report.context import Context
from sojourn.report.figures.blocks import Column, ReportTable
from sojourn.report.headline import moves_sql
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import Row, Spread
from sojourn.results.views import listed

SMALL = 10
"""Fewer people than this are not published for a group."""
HIDDEN = f"<\u202f{SMALL}"
HELD_BACK = later("held back")


def group_table(context: Context, scenario: str) -> ReportTable | None:
    """Moves, average and people at the end of the headline, by group; None with one group."""
    data, states = context.data, listed(context.subject.states)
    only = "scenario = '" + scenario.replace("'", "''") + "'"
    every = 'SELECT DISTINCT "group" FROM census WHERE ' + only
    days = "(SELECT sum(days) FROM spans)"
    moves = moves_sql(context.subject).replace("scenario,", 'scenario, "group",', 1)
    queries = {
        "moved_in": f"SELECT * FROM ({moves}) WHERE {only}",
        "average": 'SELECT "group", draw, replicate, '
        f"sum(person_days) / {days} AS value FROM census "
        f"WHERE {only} AND state IN {states} GROUP BY ALL",
        "at_end": 'SELECT "group", draw, replicate, sum(people) AS value FROM census '
        f"WHERE {only} AND state IN {states} AND period = (SELECT max(period) FROM spans) "
        "GROUP BY ALL",
    }
    found: dict[str, Row] = {}
    for column, query in queries.items():
        for row in data.spreads(query, ["group"], every):
            found.setdefault(row["group"], {"group": row["group"]})[column] = Spread.of(row)
    if len(found) < 2 or not any(row["moved_in"].high or row["average"].high
                                 for row in found.values()):  # fmt: skip
        return None
    facts = _facts(context)
    rows = [{"group": facts.get(name, name), **_values(row)} for name, row in found.items()]
    rows.sort(key=lambda row: str(row["group"]))
    for column in queries:
        hold_back(rows, column)
    return ReportTable(
        phrase(
            "People {label} by group, {scenario}", label=context.subject.label, scenario=scenario
        ),
        (
            Column(phrase("Group"), lambda row: row["group"]),
            Column(phrase("Moved in, whole period"), lambda row: row["moved_in"], number=True),
            Column(phrase("Average held"), lambda row: row["average"], number=True),
            Column(
                phrase("Held on {last_day}", last_day=numbers.day(data.last_day)),
                lambda row: row["at_end"],
                number=True,
            ),
        ),
        [{key: _text(value) for key, value in row.items()} for row in rows],
        f"groups-{scenario}",
        phrase(
            "Mean over histories. Numbers below {least} are not shown; if that hides one "
            "group only, the next smallest is hidden too, so that subtraction cannot "
            "reveal the first.",
            least=SMALL,
        ),
    )


def hold_back(rows: Sequence[Row], column: str) -> None:
    """Hide numbers between 0 and 10, and a second one if subtraction would reveal the first."""
    small = [row for row in rows if 0 < float(row[column]) < SMALL]
    others = [row for row in rows if float(row[column]) >= SMALL]
    for row in small:
        row[column] = HIDDEN
    if len(small) == 1 and others:
        min(others, key=lambda row: float(row[column]))[column] = HELD_BACK


def _facts(context: Context) -> dict[str, str]:
    """What each group's facts are, in words."""
    found: dict[str, list[str]] = {}
    for row in context.data.rows('SELECT "group", fact, value FROM groups'):
        text = f"{study_words.plain(row['fact'])}: {study_words.plain(row['value'])}"
        found.setdefault(row["group"], []).append(text)
    return {group: ", ".join(parts) for group, parts in found.items()}


def _values(row: Row) -> Row:
    return {key: value.mean for key, value in row.items() if isinstance(value, Spread)}


def _text(value: object) -> object:
    if value == HELD_BACK:
        return phrase(HELD_BACK)
    return numbers.exact(value) if isinstance(value, float) else value
