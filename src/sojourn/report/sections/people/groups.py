"""People by reporting group, with small numbers held back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase
from sojourn.languages.units import unit_words
from sojourn.report.context import Context
from sojourn.report.figures.blocks import Column, ReportTable
from sojourn.report.headline import moves_sql
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import NOTHING, Row, Spread
from sojourn.results.views import listed

SMALL = 10
"""Fewer people than this are not published for a group."""
HIDDEN = f"<\u202f{SMALL}"
HELD_BACK = later("held back")
COUNTS = ("moved_in", "average", "at_end")


def group_table(context: Context, scenario: str) -> ReportTable | None:
    """Moves, average and people at the end of the headline, by group; None with one group.

    A scenario that is compared has the change of the average too.
    """
    data = context.data
    found = _spreads(context, scenario)
    if len(found) < 2 or not any(row["moved_in"].high or row["average"].high
                                 for row in found.values()):  # fmt: skip
        return None
    rows = _published(found, COUNTS)
    columns = [
        Column(phrase("Group"), lambda row: row["group"]),
        counted("moved_in", phrase("Moved in, whole period")),
        counted("average", phrase("Average held")),
        counted("at_end", phrase("Held on {last_day}", last_day=dates.day(data.last_day))),
    ]
    if scenario != data.baseline:
        base = {row["key"]: row for row in _published(_spreads(context, data.baseline), COUNTS)}
        for row in rows:
            before = base.get(row["key"], {}).get("average", 0.0)
            # With one of the two numbers, the change would tell the other.
            hidden = next((n for n in (row["average"], before) if isinstance(n, str)), None)
            row["change"] = hidden or found[row["key"]]["change"]
        columns.append(counted("change", phrase("Change of the average"), numbers.signed_exact))
    facts = facts_of_groups(context)
    shown = [
        {"group": facts.get(row["key"], row["key"]),
         **{key: _told(row[key], found[row["key"]][key]) for key in row if key != "key"}}
        for row in rows
    ]  # fmt: skip
    return ReportTable(
        phrase(
            "People {label} by group, {scenario}", label=context.subject.label, scenario=scenario
        ),
        tuple(columns),
        sorted(shown, key=lambda row: str(row["group"])),
        f"groups-{scenario}",
        phrase(
            "{spreads} Numbers below {least} are not shown; if that hides one group only, the next "
            "smallest is hidden too, so that subtraction cannot reveal the first.",
            spreads=context.spreads,
            least=SMALL,
        ),
        data=[flat(row, tuple(key for key in row if key != "group")) for row in shown],
    )


def counted(key: str, label: str, write: Callable[[float | None], str] = numbers.exact) -> Column:
    """A number of people with its range, or why it is not shown."""
    return Column.of_spread(label, lambda row: row[key], unit_words("people"), write)


def flat(row: Row, counts: Collection[str]) -> Row:
    """For the CSV: the numbers of each count; in their place the word why it is not shown."""
    told = {key: value for key, value in row.items() if key not in counts}
    for key in counts:
        for part in ("mean", "low", "high"):
            told[f"{key}_{part}"] = getattr(row[key], part, row[key])
    return told


def _spreads(context: Context, scenario: str) -> dict[str, Row]:
    """By group: the spread of each count, and of the change of the average."""
    data, states = context.data, listed(context.subject.states)
    keys = ("scenario", "group")
    every = 'SELECT DISTINCT scenario, "group" FROM census'
    held = (
        'SELECT scenario, "group", draw, replicate, {} AS value FROM census '
        f"WHERE state IN {states} {{}} GROUP BY ALL"
    )
    average = held.format("sum(person_days) / (SELECT sum(days) FROM spans)", "")
    at_end = held.format("sum(people)", "AND period = (SELECT max(period) FROM spans)")
    averages = data.estimates(average, ("group",))
    found: dict[str, Row] = {}
    for column, query in (("moved_in", moves_sql(context.subject, by_group=True)),
                          ("at_end", at_end)):  # fmt: skip
        for row in data.spreads(query, keys, every):
            if row["scenario"] == scenario:
                found.setdefault(row["group"], {})[column] = Spread.of(row)
    for group, row in found.items():
        estimate = averages.get((scenario, group), NOTHING)
        row |= {"average": estimate.value, "change": estimate.change}
    return found


def _published(found: dict[str, Row], columns: Sequence[str]) -> list[Row]:
    """Means by group, small ones held back, under `key` the group."""
    rows: list[Row] = [
        {"key": group, **{column: row[column].mean for column in columns}}
        for group, row in found.items()
    ]
    for column in columns:
        hold_back(rows, column)
    return rows


def hold_back(rows: Sequence[Row], column: str) -> None:
    """Hide numbers between 0 and 10, and a second one if subtraction would reveal the first."""
    small = [row for row in rows if 0 < float(row[column]) < SMALL]
    others = [row for row in rows if float(row[column]) >= SMALL]
    for row in small:
        row[column] = HIDDEN
    if len(small) == 1 and others:
        min(others, key=lambda row: float(row[column]))[column] = HELD_BACK


def facts_of_groups(context: Context) -> dict[str, str]:
    """What each group's facts are, in words."""
    found: dict[str, list[str]] = {}
    for row in context.data.rows('SELECT "group", fact, value FROM groups'):
        text = f"{study_words.plain(row['fact'])}: {study_words.plain(row['value'])}"
        found.setdefault(row["group"], []).append(text)
    return {group: ", ".join(parts) for group, parts in found.items()}


def _told(value: object, spread: Spread) -> Spread | str:
    """The number with its range, or why it is not shown."""
    if isinstance(value, str):
        return phrase(value) if value == HELD_BACK else value
    return spread
