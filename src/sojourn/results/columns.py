"""Every column of every result table: the one place that says what a run folder holds.

The tables of counts are in `history_columns`; here are those that a run has once.
"""

from __future__ import annotations

from sojourn.results.column_specs import (
    GROUP,
    HISTORY,
    PERIOD,
    SCENARIO,
    ColumnSpec,
    TableSpec,
    number,
    text,
)
from sojourn.results.history_columns import HISTORY_TABLES

_SPECS = (
    *HISTORY_TABLES,
    TableSpec(
        "draws",
        "The values drawn for uncertain quantities.",
        (
            HISTORY[1],
            text("path", "Path of the quantity in the study."),
            number("value", "Value drawn."),
            text("unit", "Its unit; empty for a bare number."),
        ),
    ),
    TableSpec(
        "cells",
        "Cells: groups of people who are alike in every attribute that matters to the model.",
        (
            SCENARIO,
            ColumnSpec("cell", "int32", "Number of the cell."),
            GROUP,
            text("population", "Population it belongs to."),
            text("facts", "Facts of the cell, as JSON."),
            number("stock", "People on the evening before day 0, central value."),
            number("admissions_per_year", "People entering per year, central value."),
            text("outcome", "`eligible`, `barred`, `referred`, or `none` without an agreement."),
        ),
    ),
    TableSpec(
        "groups",
        "The facts that define each reporting group.",
        (GROUP, text("fact", "Fact."), text("value", "Its value in the group.")),
    ),
    TableSpec(
        "funnel",
        "How many people pass and fail each rule of the agreement.",
        (
            SCENARIO,
            ColumnSpec(
                "position", "int32", "Position of the rule in the agreement; counts from 1."
            ),
            text("rule", "Rule."),
            text("kind", "`require` or `bar`."),
            text("condition", "Condition as written."),
            text("cite", "Legal citation.", nullable=True),
            text("source", "Source.", nullable=True),
            text("confidence", "How well the rule is known.", nullable=True),
            number("people", "People considered."),
            number("fails", "People who fail this rule."),
            number("unknown", "People for whom it cannot be determined."),
            number("remaining", "People left after this rule and all before it."),
            number("only_this", "People who fail this rule and no other."),
            number("undetermined_only", "People for whom only this rule is undetermined."),
            number("passes_unknown", "People who pass it for want of a fact."),
            number("fails_unknown", "People who fail it for want of a fact."),
            text("facts_missing", "Missing facts that leave it undetermined.", nullable=True),
        ),
    ),
    TableSpec(
        "money",
        "Payments by period.",
        (
            *HISTORY,
            PERIOD,
            text("payment", "Payment."),
            text("payer", "Who pays."),
            text("payee", "Who is paid."),
            text("category", "`fee`, `custody`, `transfer`, `legal` or `other`."),
            text("costing", "`average` or `marginal`; `any` belongs to both."),
            text("currency", "Currency of all amounts."),
            number("quantity", "Quantity paid for, including a guaranteed minimum."),
            text("unit", "Unit of the quantity, as `person-year`."),
            number("amount", "Nominal amount as paid, accrued to the period by its days."),
            number("real", "The amount in prices of the index's year; without an index, nominal."),
            number("discounted", "The real amount discounted to day 0."),
        ),
    ),
    TableSpec(
        "measures",
        "The study's measures in each history.",
        (
            *HISTORY,
            text("measure", "Measure."),
            number("value", "Its value; empty: not determined.", nullable=True),
            number(
                "at_least",
                "Lower bound if the study ends first: for the date of a facility that is not yet "
                "full, and for a median wait that is longer than the study can show.",
                nullable=True,
            ),
            number(
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
            SCENARIO,
            text("claim", "Claim."),
            text("says", "What was said, in words.", nullable=True),
            text("by", "Who said it.", nullable=True),
            text("source", "Source.", nullable=True),
            text("quote", "Words of the source.", nullable=True),
            text("condition", "Condition under which it holds.", nullable=True),
            text(
                "verdict",
                "`holds`, `does not hold`, `depends`, `follows from an assumption` or "
                "`cannot be determined`.",
            ),
            number(
                "share_holds", "Share of determined histories in which it holds.", nullable=True
            ),
            number(
                "share_low",
                "Lower end of a 95 % interval for the share of all possible histories in which it "
                "holds; undetermined histories count as if it did not hold.",
                nullable=True,
            ),
            number(
                "share_high",
                "Its upper end; undetermined histories count as if it held.",
                nullable=True,
            ),
            number("determined", "Share of histories in which it can be determined."),
            text("reason", "Why the verdict is what it is."),
        ),
    ),
    TableSpec(
        "quotes",
        "Every quotation of the study, compared with the source's text if available.",
        (
            text("path", "Address in the study."),
            text("source", "Source."),
            text("quote", "Words quoted."),
            text("by", "Who said it.", nullable=True),
            text("status", "`found`, `not found`, or `not checked, text not at hand`."),
            text("note", "Remarks on the quotation.", nullable=True),
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
