"""People, places and money by reporting year, each with its change against the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sojourn.languages.phrases import later
from sojourn.report.context import Context
from sojourn.report.run_data import RunData
from sojourn.report.wording.ranges import NOTHING, Estimate
from sojourn.results.views import listed, quoted
from sojourn.study.model.study import Scenario

PEOPLE = {
    "admissions": later("Admissions"),
    "releases": later("Releases"),
    "year_end": later("Held at year-end"),
    "average": later("Held on average"),
    "peak": later("Peak day"),
}
"""What is counted of the people of the headline, by name."""
BY_GROUP = ("admissions", "releases", "year_end", "average")
"""Of these, what is counted by reporting group: the peak of a group is not kept."""
PRICES = {"amount": "nominal", "real": "real", "discounted": later("present value")}
"""Columns of the table `money`, and what their amounts are."""
AT_END = "arg_max({}, period)"
"""SQL: the value of the last period of a year."""


def people(context: Context) -> dict[tuple[str, str, int], Estimate]:
    """By scenario, a key of `PEOPLE`, and year; the last year may end with the study.

    Admissions and releases are moves into and out of the headline's states, moves among them
    left out; the peak is the greatest number on any day of the year.
    """
    states = listed(context.subject.states)
    moves = (
        "SELECT scenario, '{}' AS what, year, draw, replicate, sum(people) AS value FROM went "
        "WHERE {} IN " + states + " AND {} NOT IN " + states
        + " GROUP BY ALL"
    )  # fmt: skip
    held = (
        "SELECT scenario, '{}' AS what, year, draw, replicate, {}::DOUBLE AS value FROM headline "
        "GROUP BY ALL"
    )
    parts = (
        moves.format("admissions", "target", "source"),
        moves.format("releases", "source", "target"),
        held.format("year_end", AT_END.format("people")),
        held.format("average", "sum(person_days) / sum(days)"),
        held.format("peak", "max(top)"),
    )
    found = context.data.estimates(" UNION ALL ".join(parts), ("what", "year"))
    return {
        (scenario, what, year): found.get((scenario, what, year), NOTHING)
        for scenario in context.data.scenarios
        for what in PEOPLE
        for year in context.data.years
    }


def groups(context: Context) -> dict[tuple[str, str, str, int], Estimate]:
    """By scenario, a name of `BY_GROUP`, group, and year, as `people`; empty with one group."""
    data, states = context.data, listed(context.subject.states)
    names = [row["group"] for row in data.rows('SELECT DISTINCT "group" FROM census ORDER BY ALL')]
    if len(names) < 2:
        return {}
    moves = (
        "SELECT scenario, '{}' AS what, \"group\", year, draw, replicate, sum(people) AS value "
        "FROM flows JOIN spans USING (period) WHERE {} IN " + states + " AND {} NOT IN " + states
        + " GROUP BY ALL"
    )  # fmt: skip
    held = (
        "SELECT scenario, '{}' AS what, \"group\", year, draw, replicate, {}::DOUBLE AS value "
        "FROM census JOIN spans USING (period) JOIN (SELECT year, max(period) AS final, "
        "sum(days) AS days_of_year FROM spans GROUP BY ALL) USING (year) "
        "WHERE state IN " + states + " GROUP BY ALL"
    )  # fmt: skip
    parts = (
        moves.format("admissions", "target", "source"),
        moves.format("releases", "source", "target"),
        held.format("year_end", "sum(people) FILTER (period = final)"),
        held.format("average", "sum(person_days) / any_value(days_of_year)"),
    )
    found = data.estimates(" UNION ALL ".join(parts), ("what", "group", "year"))
    return {
        (scenario, what, group, year): found.get((scenario, what, group, year), NOTHING)
        for scenario in data.scenarios
        for group in names
        for year in data.years
        for what in BY_GROUP
    }


def elsewhere(context: Context) -> dict[tuple[str, str, int], Estimate]:
    """By scenario, facility that the headline does not count, and year: people held on average.

    Known of the lead scenario and the baseline only.
    """
    data = context.data
    parts = [
        f"SELECT scenario, {quoted(facility)} AS facility, year, draw, replicate, "
        "sum(person_days) / any_value(days_of_year) AS value FROM held JOIN spans USING (period) "
        "JOIN (SELECT year, sum(days) AS days_of_year FROM spans GROUP BY ALL) USING (year) "
        f"WHERE scenario = {quoted(name)} AND state IN {listed(states)} GROUP BY ALL"
        for name in dict.fromkeys((data.baseline, data.lead))
        for facility, states in _states_by_facility(data.scenario(name)).items()
        if facility not in context.subject.facilities
    ]
    return data.estimates(" UNION ALL ".join(parts), ("facility", "year")) if parts else {}


def _states_by_facility(scenario: Scenario) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, state in scenario.states.items():
        if state.place:
            found.setdefault(state.place, []).append(name)
    return found


def places(data: RunData) -> dict[tuple[str, str, str, int], Estimate]:
    """By scenario, facility, what, and year.

    What: `capacity` and `year_end` (places taken) at the end of the year, `average`, `peak`, and
    `short`, 1 if the facility has been full on a day up to the end of the year.
    """
    each = (
        "SELECT scenario, facility, '{}' AS what, year, draw, replicate, {}::DOUBLE AS value "
        "FROM facilities JOIN spans USING (period) GROUP BY ALL"
    )
    ends = "(SELECT year, max(last) AS last FROM spans GROUP BY ALL)"
    parts = (
        each.format("capacity", AT_END.format("capacity")),
        each.format("year_end", AT_END.format("occupied")),
        each.format("average", "sum(person_days) / sum(days)"),
        each.format("peak", "max(peak)"),
        "SELECT scenario, facility, 'short' AS what, year, draw, replicate, "
        f"(first_full <= last)::DOUBLE AS value FROM firsts CROSS JOIN {ends}",
    )
    found = data.estimates(" UNION ALL ".join(parts), ("facility", "what", "year"))
    return {(s, facility, what, year): one for (s, facility, what, year), one in found.items()}


@dataclass(frozen=True, slots=True, order=True)
class Bill:
    """What is paid: by whom, in which costing, and whether only for steps such as a new wing."""

    currency: str
    payer: str
    costing: str
    """`average`, `marginal`, or `any` if the study tells no two costings apart."""
    part: str
    """`paid`; of it `step costs`; `received` by the payer from others."""


def money(
    context: Context, without: Sequence[int] = ()
) -> dict[tuple[str, Bill, str, int | None], Estimate]:
    """By scenario, bill, one of `PRICES`, and year; None is the period after the years `without`.

    A payment that names no costing belongs to each. Costings are never added together.
    """
    data = context.data
    costings = [
        row["costing"]
        for row in data.rows("SELECT DISTINCT costing FROM money ORDER BY costing DESC")
    ]
    named = [costing for costing in costings if costing != "any"] or costings
    steps = _steps(data)
    after = f"AND year > {max(without)}" if without else ""
    parts = []
    for costing in named:
        own = f"FROM money_by_year WHERE costing IN ('any', '{costing}')"
        for part, party, only in (
            ("paid", "payer", ""),
            ("step costs", "payer", f"AND payment IN {listed(steps)}"),
            ("received", "payee", "AND payee IN (SELECT DISTINCT payer FROM money)"),
        ):
            parts += [
                f"SELECT scenario, currency, {party} AS payer, '{costing}' AS costing, "
                f"'{part}' AS part, '{column}' AS prices, {year} AS year, draw, replicate, "
                f"sum({column}) AS value {own} {only} {counted} GROUP BY ALL"
                for column in PRICES
                for year, counted in (("year", ""), ("0", after))
            ]
    if not parts:
        return {}
    sums = ", ".join(f"sum({column}) AS {column}" for column in PRICES)
    by_year = (
        "WITH money_by_year AS MATERIALIZED (SELECT scenario, payment, payer, payee, currency, "
        f"costing, year, draw, replicate, {sums} FROM money JOIN spans USING (period) "
        "GROUP BY ALL) "
    )
    # The whole period is year 0 within the query, since a join finds no nulls.
    keys = ("currency", "payer", "costing", "part", "prices", "year")
    return {
        (scenario, Bill(currency, payer, costing, part), prices, year or None): each
        for (scenario, currency, payer, costing, part, prices, year), each in data.estimates(
            by_year + " UNION ALL ".join(parts), keys
        ).items()
    }


def _steps(data: RunData) -> list[str]:
    """The payments that rise in steps: wings that open and close."""
    return sorted(
        {
            name
            for scenario in data.scenarios
            for name, payment in data.scenario(scenario).money.payments.items()
            if payment.wing is not None
        }
    )


def changes(found: Mapping[tuple[str, Bill, str, int | None], Estimate], scenario: str) -> bool:
    """Whether any history of a scenario costs anybody more or less than in the baseline."""
    return any(
        each.change.wide or each.change.mean
        for (name, *_), each in found.items()
        if name == scenario
    )
