"""Every column of every result table: the one place that says what a run folder holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "int32", "int64", "double", "date"]


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column: its name, type, meaning, and whether it may be empty."""

    name: str
    kind: Kind
    about: str
    nullable: bool = False
    mean: bool = False
    """Whole people or days; an expected run holds their mean, as a double."""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table of a run folder; `per_history` tables are written history by history."""

    name: str
    about: str
    columns: tuple[ColumnSpec, ...]
    per_history: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)


def _text(name: str, about: str, *, nullable: bool = False) -> ColumnSpec:
    return ColumnSpec(name, "text", about, nullable)


def _count(name: str, about: str) -> ColumnSpec:
    return ColumnSpec(name, "int64", about)


def _mean(name: str, about: str) -> ColumnSpec:
    return ColumnSpec(name, "int64", about, mean=True)


def _number(name: str, about: str, *, nullable: bool = False) -> ColumnSpec:
    return ColumnSpec(name, "double", about, nullable)


_SCENARIO = _text("scenario", "Name of the scenario.")
_HISTORY = (
    _SCENARIO,
    ColumnSpec("draw", "int32", "Which value of every uncertain parameter; counts from 0."),
    ColumnSpec("replicate", "int32", "Which random history under that draw; counts from 0."),
)
_PERIOD = ColumnSpec("period", "date", "First day of the reporting period.")
_SEGMENT = (
    ColumnSpec("segment", "date", "First day of the segment."),
    ColumnSpec("days", "int64", "Its days."),
)
_GROUP = _text("group", "Reporting group.")

_SPECS = (
    TableSpec(
        "histories",
        "One row for each simulated history; rows missing from the other tables are zeros.",
        (*_HISTORY, _count("days", "Days simulated.")),
        per_history=True,
    ),
    TableSpec(
        "periods",
        "The reporting periods.",
        (
            _PERIOD,
            _count("days", "Days of the period that were simulated."),
            ColumnSpec(
                "year", "int32", "Reporting year, named by the calendar year in which it ends."
            ),
        ),
    ),
    TableSpec(
        "census",
        "People by state and group; rows with nobody in the whole period are left out.",
        (
            *_HISTORY,
            _PERIOD,
            _text("state", "State, or `waiting outside` for admissions that wait for a place."),
            _GROUP,
            _mean("people", "People at the end of the period."),
            _number(
                "person_days",
                "Sum of the census over the days of the period; with steps of a month or year, the "
                "mean of the numbers at both ends of each step times its days.",
            ),
            _mean("peak", "Greatest daily census of this state and group in the period."),
        ),
        per_history=True,
    ),
    TableSpec(
        "custody",
        "Person-days between the days on which contracts can change; rows of zero are left out.",
        (
            *_HISTORY,
            *_SEGMENT,
            _text("state", "State, or `waiting outside`."),
            _GROUP,
            _number("person_days", "As in `census`."),
        ),
        per_history=True,
    ),
    TableSpec(
        "custody_days",
        "People by day, for payments with a minimum or tiers that are settled daily. Rows: day 0, "
        "and each day on which the number differs from the day before.",
        (
            *_HISTORY,
            ColumnSpec("date", "date", "First day with this number."),
            _text("held", "States and facts of the people counted."),
            _mean("people", "People at the end of the day."),
        ),
        per_history=True,
    ),
    TableSpec(
        "peaks",
        "Greatest daily census by state, all groups together; rows of zero are left out.",
        (
            *_HISTORY,
            _PERIOD,
            _text(
                "state",
                "State, or several joined by ` + ` if a measure or the headline needs their joint "
                "peak.",
            ),
            _mean("peak", "Greatest daily census in the period."),
        ),
        per_history=True,
    ),
    TableSpec(
        "flows",
        "Moves by transition and group; rows of zero are left out.",
        (
            *_HISTORY,
            _PERIOD,
            _text("transition", "Transition, or `admission`."),
            _text("source", "State before the move, or `outside`."),
            _text("target", "State after the move, or `out`."),
            _text("group", "Reporting group before the move."),
            _mean("people", "People who moved in the period."),
        ),
        per_history=True,
    ),
    TableSpec(
        "moves",
        "The same moves by reporting period or, if a payment counts moves, by the segments between "
        "the days on which contracts can change.",
        (
            *_HISTORY,
            *_SEGMENT,
            _text("transition", "Transition, or `admission`."),
            _text("source", "State before the move, or `outside`."),
            _text("target", "State after the move, or `out`."),
            _text("group", "Reporting group before the move."),
            _mean("people", "People who moved in the segment."),
        ),
        per_history=True,
    ),
    TableSpec(
        "waits",
        "The queues (lines) of transitions that need a place, a gate or a quota.",
        (
            *_HISTORY,
            _PERIOD,
            _text("transition", "Transition that people wait for."),
            _count("waiting", "People in the line at the end of the period."),
            _number(
                "person_days",
                "Person-days waited in the period, computed as in `census`.",
            ),
            _count("joined", "People who joined the line in the period."),
            _count("served", "People who moved from the line in the period."),
            _count("left", "People who left the line otherwise in the period."),
            _count(
                "days_served",
                "Sum of the waits of the people served, in whole days.",
            ),
        ),
        per_history=True,
    ),
    TableSpec(
        "wait_days",
        "Lengths of waits in lines, over all periods; rows of zero are left out.",
        (
            *_HISTORY,
            _text("transition", "Transition that people wait for."),
            _count("days", "Days waited, to the nearest day."),
            _count("served", "People who moved from the line after that wait."),
            _count("left", "People who left the line otherwise after that wait."),
            _count("waiting", "People still waiting at the end, after that wait."),
        ),
        per_history=True,
    ),
    TableSpec(
        "facilities",
        "Places taken and free.",
        (
            *_HISTORY,
            _PERIOD,
            _text("facility", "Facility."),
            _count("capacity", "Places at the end of the period."),
            _mean("occupied", "Places taken at the end, including people already held."),
            _number("person_days", "Place-days taken, computed as in `census`."),
            _mean("peak", "Greatest daily number of places taken in the period."),
            _count("days_full", "Days on which people were held and no place was free."),
        ),
        per_history=True,
    ),
    TableSpec(
        "firsts",
        "The first day on which each facility was full.",
        (
            *_HISTORY,
            _text("facility", "Facility."),
            ColumnSpec("first_full", "date", "First day without a free place; empty: never.", True),
        ),
        per_history=True,
    ),
    TableSpec(
        "gates",
        "Days on which each gate was open.",
        (
            *_HISTORY,
            _PERIOD,
            _text("gate", "Gate."),
            _count("days", "Days of the period."),
            _count("days_open", "Of these, days on which the gate was open."),
        ),
        per_history=True,
    ),
    TableSpec(
        "events",
        "Every event of a sample of simulated people; empty unless asked for (`--events 1%`).",
        (
            *_HISTORY,
            ColumnSpec("date", "date", "Day of the event."),
            ColumnSpec(
                "person",
                "int64",
                "Number of a simulated person, the same in all scenarios; no real person.",
            ),
            ColumnSpec(
                "visit", "int32", "Number of states that the person entered before this one."
            ),
            _text("transition", "Transition, `admission`, or `stock` for people there on day 0."),
            _text("source", "State before the event, `outside`, or `stock`."),
            _text("target", "State after the event, or `out`."),
            _text("group", "Reporting group after the event."),
        ),
        per_history=True,
    ),
    TableSpec(
        "draws",
        "The values drawn for uncertain quantities.",
        (
            _HISTORY[1],
            _text("path", "Path of the quantity in the study."),
            _number("value", "Value drawn."),
            _text("unit", "Its unit; empty for a bare number."),
        ),
    ),
    TableSpec(
        "cells",
        "Cells: groups of people who are alike in every attribute that matters to the model.",
        (
            _SCENARIO,
            ColumnSpec("cell", "int32", "Number of the cell."),
            _GROUP,
            _text("population", "Population it belongs to."),
            _text("facts", "Facts of the cell, as JSON."),
            _number("stock", "People on the evening before day 0, central value."),
            _number("admissions_per_year", "People entering per year, central value."),
            _text("outcome", "`eligible`, `barred`, `referred`, or `none` without an agreement."),
        ),
    ),
    TableSpec(
        "groups",
        "The facts that define each reporting group.",
        (_GROUP, _text("fact", "Fact."), _text("value", "Its value in the group.")),
    ),
    TableSpec(
        "funnel",
        "How many people pass and fail each rule of the agreement.",
        (
            _SCENARIO,
            ColumnSpec(
                "position", "int32", "Position of the rule in the agreement; counts from 1."
            ),
            _text("rule", "Rule."),
            _text("kind", "`require` or `bar`."),
            _text("condition", "Condition as written."),
            _text("cite", "Legal citation.", nullable=True),
            _text("source", "Source.", nullable=True),
            _text("confidence", "How well the rule is known.", nullable=True),
            _number("people", "People considered."),
            _number("fails", "People who fail this rule."),
            _number("unknown", "People for whom it cannot be determined."),
            _number("remaining", "People left after this rule and all before it."),
            _number("only_this", "People who fail this rule and no other."),
            _number("undetermined_only", "People for whom only this rule is undetermined."),
            _number("passes_unknown", "People who pass it for want of a fact."),
            _number("fails_unknown", "People who fail it for want of a fact."),
            _text("facts_missing", "Missing facts that leave it undetermined.", nullable=True),
        ),
    ),
    TableSpec(
        "money",
        "Payments by period.",
        (
            *_HISTORY,
            _PERIOD,
            _text("payment", "Payment."),
            _text("payer", "Who pays."),
            _text("payee", "Who is paid."),
            _text("category", "`fee`, `custody`, `transfer`, `legal` or `other`."),
            _text("costing", "`average` or `marginal`; `any` belongs to both."),
            _text("currency", "Currency of all amounts."),
            _number("quantity", "Quantity paid for, including a guaranteed minimum."),
            _text("unit", "Unit of the quantity, as `person-year`."),
            _number("amount", "Nominal amount as paid, accrued to the period by its days."),
            _number("real", "The amount in prices of the index's year; without an index, nominal."),
            _number("discounted", "The real amount discounted to day 0."),
        ),
    ),
    TableSpec(
        "measures",
        "The study's measures in each history.",
        (
            *_HISTORY,
            _text("measure", "Measure."),
            _number("value", "Its value; empty: not determined.", nullable=True),
            _number(
                "at_least",
                "Lower bound if the study ends first: for the date of a facility that is not yet "
                "full, and for a median wait that is longer than the study can show.",
                nullable=True,
            ),
            _number(
                "still_waiting",
                "For a mean wait and measures made from one: share of the people who joined and "
                "still wait at the end; the mean leaves them out.",
                nullable=True,
            ),
        ),
    ),
    TableSpec(
        "claims",
        "Claims that somebody made, tested on the measures.",
        (
            _SCENARIO,
            _text("claim", "Claim."),
            _text("says", "What was said, in words.", nullable=True),
            _text("by", "Who said it.", nullable=True),
            _text("source", "Source.", nullable=True),
            _text("quote", "Words of the source.", nullable=True),
            _text("condition", "Condition under which it holds.", nullable=True),
            _text(
                "verdict",
                "`holds`, `does not hold`, `depends`, `follows from an assumption` or "
                "`cannot be determined`.",
            ),
            _number(
                "share_holds", "Share of determined histories in which it holds.", nullable=True
            ),
            _number(
                "share_low",
                "Lower end of a 95 % interval for the share of all possible histories in which it "
                "holds; undetermined histories count as if it did not hold.",
                nullable=True,
            ),
            _number(
                "share_high",
                "Its upper end; undetermined histories count as if it held.",
                nullable=True,
            ),
            _number("determined", "Share of histories in which it can be determined."),
            _text("reason", "Why the verdict is what it is."),
        ),
    ),
    TableSpec(
        "quotes",
        "Every quotation of the study, compared with the source's text if available.",
        (
            _text("path", "Address in the study."),
            _text("source", "Source."),
            _text("quote", "Words quoted."),
            _text("by", "Who said it.", nullable=True),
            _text("status", "`found`, `not found`, or `not checked, text not at hand`."),
            _text("note", "Remarks on the quotation.", nullable=True),
        ),
    ),
)

SPECS: dict[str, TableSpec] = {spec.name: spec for spec in _SPECS}
"""All tables by name, in the order of the documentation."""

PER_HISTORY: tuple[str, ...] = tuple(spec.name for spec in _SPECS if spec.per_history)
"""Tables that every simulated history adds rows to."""


def markdown() -> str:
    """All tables as Markdown, for the reference pages."""
    lines: list[str] = []
    for spec in _SPECS:
        lines += [f"### `{spec.name}`", "", spec.about, ""]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        for column in spec.columns:
            kind = f"{column.kind}, may be empty" if column.nullable else column.kind
            kind += "; expected: double" * column.mean
            lines.append(f"| `{column.name}` | {kind} | {column.about} |")
        lines.append("")
    return "\n".join(lines)
