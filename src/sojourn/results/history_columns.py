"""The tables that every history adds rows to, and the periods by which these are reported."""

from __future__ import annotations

from sojourn.results.column_specs import (
    GROUP,
    HISTORY,
    PERIOD,
    SEGMENT,
    ColumnSpec,
    TableSpec,
    count,
    mean,
    number,
    text,
)

HISTORY_TABLES = (
    TableSpec(
        "histories",
        "One row for each simulated history; rows missing from the other tables are zeros.",
        (*HISTORY, count("days", "Days simulated.")),
        per_history=True,
    ),
    TableSpec(
        "periods",
        "The reporting periods.",
        (
            PERIOD,
            count("days", "Days of the period that were simulated."),
            ColumnSpec(
                "year", "int32", "Reporting year, named by the calendar year in which it ends."
            ),
        ),
    ),
    TableSpec(
        "census",
        "People by state and group; rows with nobody in the whole period are left out.",
        (
            *HISTORY,
            PERIOD,
            text("state", "State, or `waiting outside` for admissions that wait for a place."),
            GROUP,
            mean("people", "People at the end of the period."),
            number(
                "person_days",
                "Sum of the census over the days of the period; with steps of a month or year, the "
                "mean of the numbers at both ends of each step times its days.",
            ),
            mean("peak", "Greatest daily census of this state and group in the period."),
        ),
        per_history=True,
    ),
    TableSpec(
        "custody",
        "Person-days between the days on which contracts can change; rows of zero are left out.",
        (
            *HISTORY,
            *SEGMENT,
            text("state", "State, or `waiting outside`."),
            GROUP,
            number("person_days", "As in `census`."),
        ),
        per_history=True,
    ),
    TableSpec(
        "custody_days",
        "People by day, for payments with a minimum or tiers that are settled daily. Rows: day 0, "
        "and each day on which the number differs from the day before.",
        (
            *HISTORY,
            ColumnSpec("date", "date", "First day with this number."),
            text("held", "States and facts of the people counted."),
            mean("people", "People at the end of the day."),
        ),
        per_history=True,
    ),
    TableSpec(
        "peaks",
        "Greatest daily census by state, all groups together; rows of zero are left out.",
        (
            *HISTORY,
            PERIOD,
            text(
                "state",
                "State, or several joined by ` + ` if a measure or the headline needs their joint "
                "peak.",
            ),
            mean("peak", "Greatest daily census in the period."),
        ),
        per_history=True,
    ),
    TableSpec(
        "flows",
        "Moves by transition and group; rows of zero are left out.",
        (
            *HISTORY,
            PERIOD,
            text("transition", "Transition, or `admission`."),
            text("source", "State before the move, or `outside`."),
            text("target", "State after the move, or `out`."),
            text("group", "Reporting group before the move."),
            mean("people", "People who moved in the period."),
        ),
        per_history=True,
    ),
    TableSpec(
        "moves",
        "The same moves by reporting period or, if a payment counts moves, by the segments between "
        "the days on which contracts can change.",
        (
            *HISTORY,
            *SEGMENT,
            text("transition", "Transition, or `admission`."),
            text("source", "State before the move, or `outside`."),
            text("target", "State after the move, or `out`."),
            text("group", "Reporting group before the move."),
            mean("people", "People who moved in the segment."),
        ),
        per_history=True,
    ),
    TableSpec(
        "waits",
        "The queues (lines) of transitions that need a place, a gate or a quota.",
        (
            *HISTORY,
            PERIOD,
            text("transition", "Transition that people wait for."),
            count("waiting", "People in the line at the end of the period."),
            number(
                "person_days",
                "Person-days waited in the period, computed as in `census`.",
            ),
            count("joined", "People who joined the line in the period."),
            count("served", "People who moved from the line in the period."),
            count("left", "People who left the line otherwise in the period."),
            count(
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
            *HISTORY,
            text("transition", "Transition that people wait for."),
            count("days", "Days waited, to the nearest day."),
            count("served", "People who moved from the line after that wait."),
            count("left", "People who left the line otherwise after that wait."),
            count("waiting", "People still waiting at the end, after that wait."),
        ),
        per_history=True,
    ),
    TableSpec(
        "facilities",
        "Places taken and free.",
        (
            *HISTORY,
            PERIOD,
            text("facility", "Facility."),
            count("capacity", "Places at the end of the period."),
            mean("occupied", "Places taken at the end, including people already held."),
            number("person_days", "Place-days taken, computed as in `census`."),
            mean("peak", "Greatest daily number of places taken in the period."),
            count("days_full", "Days on which people were held and no place was free."),
        ),
        per_history=True,
    ),
    TableSpec(
        "firsts",
        "The first day on which each facility was full.",
        (
            *HISTORY,
            text("facility", "Facility."),
            ColumnSpec("first_full", "date", "First day without a free place; empty: never.", True),
        ),
        per_history=True,
    ),
    TableSpec(
        "gates",
        "Days on which each gate was open.",
        (
            *HISTORY,
            PERIOD,
            text("gate", "Gate."),
            count("days", "Days of the period."),
            count("days_open", "Of these, days on which the gate was open."),
        ),
        per_history=True,
    ),
    TableSpec(
        "events",
        "Every event of a sample of simulated people; empty unless asked for (`--events 1%`).",
        (
            *HISTORY,
            ColumnSpec("date", "date", "Day of the event."),
            ColumnSpec(
                "person",
                "int64",
                "Number of a simulated person, the same in all scenarios; no real person.",
            ),
            ColumnSpec(
                "visit", "int32", "Number of states that the person entered before this one."
            ),
            text("transition", "Transition, `admission`, or `stock` for people there on day 0."),
            text("source", "State before the event, `outside`, or `stock`."),
            text("target", "State after the event, or `out`."),
            text("group", "Reporting group after the event."),
        ),
        per_history=True,
    ),
)
