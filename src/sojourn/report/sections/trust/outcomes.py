"""What has happened since, and how near the baseline and the scenarios came to it."""

from __future__ import annotations

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase
from sojourn.report.context import Context
from sojourn.report.figures.blocks import Column, ReportTable
from sojourn.report.sections.trust.measures import BASES, measure_rows, told
from sojourn.report.wording import study_words
from sojourn.report.wording.ranges import Row, Spread
from sojourn.study.model.measures import Outcome

TITLE = later("Compared with what has happened")
FEW = 3
"""So many scenarios or more are told as all others, if they are most."""
INSIDE, ABOVE, BELOW, UNKNOWN = "within", "above", "below", "not determined"
"""Where the projection lies: its range holds what happened, or lies above or below it."""
WORDS = {
    INSIDE: later("the range holds what happened"),
    ABOVE: later("above what happened"),
    BELOW: later("below what happened"),
    UNKNOWN: later("not determined"),
}


def outcome_rows(context: Context) -> list[Row]:
    """Each outcome with each scenario: the observed value, the measure's spread, and its place."""
    found = {(row["scenario"], row["measure"]): row for row in measure_rows(context)}
    return [
        {**found[name, outcome.measure], "outcome": key, "on": outcome.on,
         "observed": outcome.value.value, "place": _place(found[name, outcome.measure], outcome)}
        for key, outcome in context.data.study.outcomes.items()
        for name in context.data.scenarios
        if (name, outcome.measure) in found
    ]  # fmt: skip


def _place(row: Row, outcome: Outcome) -> str:
    """The place of a projection against what happened."""
    if not row["n"]:
        return UNKNOWN
    spread, seen = Spread.of(row), outcome.value.value
    if spread.low <= seen <= spread.high:
        return INSIDE
    return ABOVE if spread.low > seen else BELOW


def record(context: Context) -> list[str]:
    """A sentence for each outcome: what happened, what the baseline has, where the others lie."""
    rows = outcome_rows(context)
    return [
        _sentence(context, outcome, [row for row in rows if row["outcome"] == key])
        for key, outcome in context.data.study.outcomes.items()
    ]


def _sentence(context: Context, outcome: Outcome, rows: list[Row]) -> str:
    data = context.data
    label = study_words.measure_name(data.study, outcome.measure)
    text = phrase(
        "{label}, {when}: {observed} in fact",
        label=label,
        when=_when(context, outcome),
        observed=_observed(context, outcome),
    )
    if outcome.confidence:
        text += f" ({phrase(BASES[outcome.confidence])})"
    base = next((row for row in rows if row["scenario"] == data.baseline), None)
    if base is None:
        return phrase("{outcome}; no scenario of this run has the measure.", outcome=text)
    text = phrase(
        "{outcome}. Baseline: {value}; {place}.",
        outcome=text,
        value=told(base),
        place=phrase(WORDS[base["place"]]),
    )
    others = [row for row in rows if row is not base]
    groups = [[row for row in others if row["place"] == place] for place in WORDS]
    # The few by name; the many last, as all that are left.
    groups = sorted(filter(None, groups), key=len)
    for group in groups:
        rest = group is groups[-1] and len(group) >= (FEW if len(groups) > 1 else 2)
        named = ", ".join(f"“{row['scenario']}”" for row in group)
        where = phrase("every other scenario") if rest else named
        place_told = phrase(WORDS[group[0]["place"]])
        text += phrase(
            " {place} under {scenarios}.",
            place=place_told[0].upper() + place_told[1:],
            scenarios=where,
        )
    return text


def _when(context: Context, outcome: Outcome) -> str:
    """On a day for people counted on it, else the days to it."""
    measure = context.data.scenario(context.data.baseline).measures[outcome.measure]
    on = dates.day(outcome.on)
    return phrase("to {day}", day=on) if measure.at is None else phrase("on {day}", day=on)


def _observed(context: Context, outcome: Outcome) -> str:
    measure = context.data.scenario(context.data.baseline).measures[outcome.measure]
    value = outcome.value.value
    one = {"n": 1, "runs": 1, "mean": value, "low": value, "median": value, "high": value,
           "unit": measure.unit, "basis": "", "still_waiting": None}  # fmt: skip
    return told(one)


def outcome_table(context: Context) -> ReportTable | None:
    """Every outcome with every scenario; None if the study records none."""
    study, rows = context.data.study, outcome_rows(context)
    if not rows:
        return None
    seen = study.outcomes
    return ReportTable(
        phrase(TITLE),
        (
            Column(phrase("What"), lambda row: row["label"]),
            Column(phrase("When"), lambda row: _when(context, seen[row["outcome"]])),
            Column(
                phrase("In fact"), lambda row: _observed(context, seen[row["outcome"]]), number=True
            ),
            Column(phrase("Scenario"), lambda row: row["scenario"]),
            Column(phrase("In the model"), told, number=True),
            Column(phrase("Against it"), lambda row: phrase(WORDS[row["place"]])),
            Column(phrase("Source"), lambda row: _source(context, seen[row["outcome"]])),
            Column(phrase("What happened"), lambda row: seen[row["outcome"]].says or ""),
        ),
        rows,
        "outcomes",
        phrase(
            "{spreads} Above and below: what happened lies outside the range.",
            spreads=context.spreads,
        ),
        data=[
            {
                "outcome": row["outcome"],
                "measure": row["measure"],
                "on": row["on"],
                "observed": row["observed"],
                "scenario": row["scenario"],
                "place": row["place"],
                **{key: row[key] for key in ("mean", "low", "median", "high")},
            }
            for row in rows
        ],
        folded=phrase("What happened, for every scenario"),
    )


def _source(context: Context, outcome: Outcome) -> str:
    source = study_words.source(context.data.study, outcome.source)
    return source.title if source else outcome.cite or ""
