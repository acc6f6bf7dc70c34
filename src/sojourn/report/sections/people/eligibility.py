"""Section: how many people pass the agreement's rules, rule by rule."""

from __future__ import annotations

from sojourn.languages.phrases import later, phrase
from sojourn.report.context import Context, tabs
from sojourn.report.figures import charts
from sojourn.report.figures.blocks import Block, Column, Figure, Panel, Prose, ReportTable, Section
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import Row

OUTCOMES = {
    "eligible": later("Eligible: every requirement true, every bar false"),
    "barred": later("Barred by at least one rule"),
    "referred": later("Referred: a fact is missing, so that it cannot be determined"),
    "none": later("No agreement applies"),
}


def eligibility(context: Context) -> Section:
    """The funnel of each scenario, with each rule's citation."""
    rows = context.data.rows("SELECT * FROM funnel ORDER BY scenario, position")
    outcomes = context.data.rows(
        "SELECT scenario, outcome, sum(stock) AS stock, sum(admissions_per_year) AS a_year "
        "FROM cells GROUP BY ALL"
    )
    if not rows and not any(context.data.scenario(n).agreement for n in context.data.scenarios):
        return Section("eligibility", phrase("Who is eligible"))
    panels: dict[str, list[Block]] = {}
    for scenario in context.data.scenarios:
        own = [row for row in rows if row["scenario"] == scenario]
        agreement = context.data.scenario(scenario).agreement
        if agreement is None and not own:
            panels[scenario] = [
                Prose(phrase("No agreement in this scenario, so no rules are applied."))
            ]
            continue
        means = agreement.eligible if agreement else None
        blocks: list[Block] = (
            [Prose(phrase("Eligible means: {means}.", means=means))] if means else []
        )
        if own:
            blocks.append(_figure(context, scenario, own))
        else:
            blocks.append(Prose(phrase("The agreement of this scenario has no rules.")))
        ends = _outcomes([row for row in outcomes if row["scenario"] == scenario], scenario)
        if ends:
            blocks.append(ends)
        panels[scenario] = blocks
    return Section(
        "eligibility",
        phrase("Who is eligible"),
        tabs(panels),
        phrase(
            "Each rule of the agreement with its citation, in order. If a fact that a rule needs "
            "is not documented, the rule is undetermined: neither passed nor failed."
        ),
    )


def _figure(context: Context, scenario: str, rows: list[Row]) -> Figure:
    considered = float(rows[0]["people"] or 0)
    bars: list[Row] = [
        {"label": phrase("considered"), "cite": "", "remaining": considered, "taken": 0.0}
    ]
    before = considered
    for row in rows:
        remaining = float(row["remaining"] or 0)
        bars.append(
            {
                "label": study_words.plain(row["rule"]),
                "cite": row["cite"] or "",
                "remaining": remaining,
                "taken": max(before - remaining, 0.0),
            }
        )
        before = remaining
    title = phrase("People left after each rule: {scenario}", scenario=scenario)
    about = phrase(
        "Of {considered} considered (the stock plus those admitted in the period), "
        "{before} are left.",
        considered=numbers.people(considered),
        before=numbers.people(before),
    )
    panel = Panel(
        context.press.draw(charts.funnel(bars, width=charts.WIDE), title, about),
        narrow=context.press.draw(charts.funnel(bars, width=charts.NARROW), title, about),
    )
    return Figure(
        phrase(
            "{left} of {considered} people are left after all rules",
            left=numbers.people(before),
            considered=numbers.people(considered),
        ),
        phrase(
            "{about} Dark: left after this rule and all before it. Pale: failed or "
            "undetermined at this rule.",
            about=about,
        ),
        (panel,),
        ReportTable(
            phrase("Rules of the agreement, {scenario}", scenario=scenario),
            (
                Column(
                    phrase("Rule"), lambda row: f"{study_words.plain(row['rule'])} ({_kind(row)})"
                ),
                Column(phrase("Condition"), lambda row: study_words.condition(row["condition"])),
                Column(phrase("Citation"), lambda row: _citation(context, row)),
                _count(phrase("Fail this rule"), "fails"),
                _count(phrase("Undetermined"), "unknown"),
                _count(phrase("Left after this and earlier rules"), "remaining"),
                _count(phrase("Fail only this"), "only_this"),
                _count(phrase("Undetermined only by this"), "undetermined_only"),
                _count(phrase("Pass it for want of a fact"), "passes_unknown"),
                _count(phrase("Fail it for want of a fact"), "fails_unknown"),
                Column(
                    phrase("Facts missing"),
                    lambda row: study_words.plain(row["facts_missing"] or ""),
                ),
            ),
            rows,
            f"funnel-{scenario}",
            phrase(
                "Central values. “Fail this rule” counts each rule by itself; “fail only this” "
                "counts people who fail no other rule."
            ),
        ),
        phrase("table funnel"),
    )


def _outcomes(rows: list[Row], scenario: str) -> ReportTable | None:
    order = list(OUTCOMES)
    rows = sorted(
        (row for row in rows if row["stock"] or row["a_year"]),
        key=lambda row: order.index(row["outcome"]) if row["outcome"] in order else len(order),
    )
    if not rows:
        return None
    return ReportTable(
        phrase("Outcome of all rules together, {scenario}", scenario=scenario),
        (
            Column(
                phrase("Outcome"),
                lambda row: phrase(OUTCOMES.get(row["outcome"]) or str(row["outcome"])),
            ),
            _count(phrase("In the stock"), "stock"),
            _count(phrase("Entering a year"), "a_year"),
        ),
        rows,
        f"outcomes-{scenario}",
        phrase("Central values, over all populations of the study."),
    )


def _count(label: str, key: str) -> Column:
    return Column(label, lambda row: numbers.people(row[key]), number=True)


def _kind(row: Row) -> str:
    return phrase("required") if row["kind"] == "require" else phrase("bar")


def _citation(context: Context, row: Row) -> str:
    source = study_words.source(context.data.study, row["source"])
    known = phrase(row["confidence"]) if row["confidence"] else None
    parts = [row["cite"], source.title if source else row["source"], known]
    return "; ".join(str(part) for part in parts if part) or phrase("none given")
