"""People by reporting group and year, with small numbers held back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sojourn.languages.phrases import phrase
from sojourn.report import yearly
from sojourn.report.context import Context
from sojourn.report.figures.blocks import Column, ReportTable
from sojourn.report.sections.people.groups import (
    HELD_BACK,
    HIDDEN,
    SMALL,
    counted,
    facts_of_groups,
    flat,
)
from sojourn.report.wording.ranges import Row, Spread

Cell = tuple[str, str, int]
"""A key of `yearly.BY_GROUP`, group and year."""


def group_year_table(context: Context, scenario: str, note: str) -> ReportTable | None:
    """A row for each group and year of the headline's people; None with one group."""
    found = {
        (what, group, year): each.value
        for (name, what, group, year), each in yearly.groups(context).items()
        if name == scenario
    }
    if not any(spread.high or spread.mean for spread in found.values()):
        return None
    instead = held_back({cell: spread.mean for cell, spread in found.items()})
    facts = facts_of_groups(context)
    places = sorted({(facts.get(group, group), group, year) for _, group, year in found})
    rows: list[Row] = [
        {"group": told, "year": context.data.year_head(year),
         **{what: _shown((what, group, year), found, instead) for what in yearly.BY_GROUP}}
        for told, group, year in places
    ]  # fmt: skip
    return ReportTable(
        phrase(
            "People {label} by group and year, {scenario}",
            label=context.subject.label,
            scenario=scenario,
        ),
        (
            Column(phrase("Group"), lambda row: row["group"]),
            Column(phrase("Year"), lambda row: row["year"]),
            *(counted(what, phrase(yearly.PEOPLE[what])) for what in yearly.BY_GROUP),
        ),
        rows,
        f"groups-by-year-{scenario}",
        phrase(
            "{note} Numbers below {least} are not shown; where a sum would reveal one of them, the "
            "next smallest is hidden too.",
            note=note,
            least=SMALL,
        ),
        folded=phrase("Each group by year"),
        data=[flat(row, yearly.BY_GROUP) for row in rows],
    )


def held_back(means: Mapping[Cell, float]) -> dict[Cell, str]:
    """The cells of one scenario that are not published, with what stands in their place.

    These are numbers between 0 and 10, and, in each sum that has one hidden term only, the
    smallest of the others. Sums are those of all groups, those of all years, and that people held
    at year-end are those of the year before, with admissions, without releases.
    """
    found = {cell: HIDDEN for cell, mean in means.items() if 0 < mean < SMALL}
    sums, before = _sums(means), -1
    while before < len(found):
        before = len(found)
        for terms in sums:
            others = [cell for cell in terms if cell not in found and means[cell] >= SMALL]
            if others and sum(cell in found for cell in terms) == 1:
                found[min(others, key=lambda cell: means[cell])] = HELD_BACK
    return found


def _sums(means: Mapping[Cell, float]) -> list[list[Cell]]:
    sums: defaultdict[tuple[object, ...], list[Cell]] = defaultdict(list)
    for what, group, year in means:
        cell = (what, group, year)
        sums["groups", what, year].append(cell)
        if what == "year_end":
            sums["flow", group, year + 1].append(cell)
        else:
            sums["years", what, group].append(cell)
        if what != "average":
            sums["flow", group, year].append(cell)
    return list(sums.values())


def _shown(cell: Cell, found: Mapping[Cell, Spread], instead: Mapping[Cell, str]) -> Spread | str:
    if cell in instead:
        return phrase(instead[cell]) if instead[cell] == HELD_BACK else instead[cell]
    return found[cell]


def published(context: Context) -> Sequence[Row]:
    """What every scenario publishes: scenario, year, group, what, estimate, and whether hidden.

    A difference from the baseline is hidden with either of its two numbers.
    """
    found = yearly.groups(context)
    means: dict[str, dict[Cell, float]] = {name: {} for name in context.data.scenarios}
    for (name, what, group, year), each in found.items():
        means[name][what, group, year] = each.value.mean
    instead = {name: held_back(own) for name, own in means.items()}
    return [
        {"scenario": name, "what": what, "group": group, "year": year, "estimate": each,
         "hidden": (what, group, year) in instead[name],
         "change_hidden": any((what, group, year) in instead[of]
                              for of in (name, context.data.baseline))}
        for (name, what, group, year), each in found.items()
    ]  # fmt: skip
