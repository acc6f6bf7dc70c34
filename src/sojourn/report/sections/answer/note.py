"""The fiscal note: impact, who and what, people, places and cost by fiscal year, in two pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sojourn.languages import dates
from sojourn.languages.phrases import phrase, plural
from sojourn.languages.units import unit_words
from sojourn.report import yearly
from sojourn.report.context import Context
from sojourn.report.figures.blocks import (
    Block,
    BulletList,
    Callout,
    Column,
    Heading,
    Prose,
    ReportTable,
    Section,
)
from sojourn.report.sections.answer import note_money
from sojourn.report.sections.answer.caveats import caveats
from sojourn.report.sections.answer.compared import changes_told, effective, override_texts
from sojourn.report.sections.answer.note_years import NoteYears, left_out, note_years
from sojourn.report.sections.inputs.methods import methods_told, repeated
from sojourn.report.sections.people.people import year_note
from sojourn.report.sections.places.capacity import fillings
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import Row

FEW_CHANGES, FEW_PLACES, LINES = 4, 3, 10
"""The most changes told, of other facilities, and lines of methods and assumptions."""


def note(context: Context) -> Section:
    """The lead scenario against the baseline, in the order in which a fiscal note is read."""
    lead, years = context.data.lead, note_years(context)
    blocks: list[Block] = [
        Callout(phrase("Impact on people held"), _people_impact(context, years)),
        Callout(phrase("Impact on cost"), note_money.impact(context, years)),
        _what(context, years),
        *_people(context, years),
        *_places(context, years),
        *note_money.tables(context, years),
        Heading(phrase("What decides")),
        BulletList(
            tuple(caveats(context, lead, since=years.start))
            or (phrase("The run names nothing that decides."),)
        ),
        Heading(phrase("Methods and assumptions")),
        BulletList(_methods(context)),
        Heading(phrase("Reproduction")),
        Prose(repeated(context), small=True),
    ]
    title = (
        phrase("Fiscal note: {lead}", lead=lead) if context.data.variants else phrase("Fiscal note")
    )
    return Section("note", title, tuple(blocks))


def _people_impact(context: Context, years: NoteYears) -> str:
    """Yes, no, or why there is no estimate, and the change in people held."""
    data = context.data
    if not data.variants:
        return phrase(
            "No estimate available, because the study compares no scenario with the baseline. "
            "The tables show the baseline alone."
        )
    answer = context.answers[data.lead]
    if answer.unchanged:
        return phrase(
            "No. “{lead}” changes the number of people {label} in no history.",
            lead=data.lead,
            label=context.subject.label,
        )
    change = context.average_since(data.lead, years.start)
    told = phrase(
        "the average number of people {label} over {days} changes by {change} against “{baseline}”",
        change=change.sentence(numbers.signed_people),
        label=context.subject.label,
        days=context.days_since(years.start),
        baseline=data.baseline,
    )
    if change.unclear:
        return phrase(
            "No estimate available of its direction, because the range runs on both sides "
            "of zero: {told}.",
            told=told,
        )
    end = answer.change.sentence(numbers.signed_people)
    return phrase(
        "Yes: {told}, and the number on {last_day} by {end}.",
        told=told,
        end=end,
        last_day=dates.day(data.last_day),
    )


def _what(context: Context, years: NoteYears) -> ReportTable:
    """Who, what, when and how, against which baseline."""
    data = context.data
    lead, base = data.scenario(data.lead), data.scenario(data.baseline)
    rows: list[Row] = []

    def add(what: str, text: str) -> None:
        if text:
            rows.append({"what": what, "text": text})

    if data.variants:
        add(phrase("Scenario"), f"“{data.lead}”. {lead.about or ''}".strip())
    if lead.agreement:
        parties = phrase(
            "{sending} sends, {receiving} receives",
            sending=lead.agreement.sending,
            receiving=lead.agreement.receiving,
        )
        add(phrase("Agreement"), f"{lead.agreement.title}: {parties}.")
    add(
        phrase("Who"),
        phrase(
            "People {label}; {why}. {uncounted}",
            label=context.subject.label,
            why=context.subject.why,
            uncounted=context.subject.uncounted,
        ).strip(),
    )
    if data.variants:
        add(phrase("Effective"), _effective(context, years))
        told = _mechanism(context)
        more = len(told) - FEW_CHANGES
        rest = (
            phrase(" And {more} more, in “What is compared” of the full report.", more=more)
            if more > 0
            else ""
        )
        add(phrase("Mechanism"), " ".join(told[:FEW_CHANGES]) + rest)
    add(
        phrase("Baseline"),
        f"“{data.baseline}”. {base.about or phrase('Law and practice are held constant.')}",
    )
    add(phrase("Years"), year_note(context))
    return ReportTable(
        phrase("Who and what"),
        (
            Column(phrase("Item"), lambda row: row["what"]),
            Column(phrase("In this note"), lambda row: row["text"]),
        ),
        rows,
        "note-what",
    )


def _mechanism(context: Context) -> tuple[str, ...]:
    """What the lead changes; if it is the study as written, what the baseline has otherwise."""
    data = context.data
    base = data.scenario(data.baseline).overrides
    if data.scenario(data.lead).overrides or not base:
        return changes_told(context, data.lead)
    return (
        phrase("The study as written. The baseline differs from it:"),
        *override_texts(context, base),
    )


def _effective(context: Context, years: NoteYears) -> str:
    """The first dates that the lead has and the baseline has not."""
    data = context.data
    before = set(effective(data.study, data.scenario(data.baseline)))
    own = sorted(set(effective(data.study, data.scenario(data.lead))) - before)
    if not own and years.earlier:
        return phrase("First effect in {year}.", year=data.year_name(years.shown[0]))
    if not own:
        return phrase(
            "From the first day of the period, {start}.", start=dates.day(data.study.period.start)
        )
    first = [f"{dates.day(when)}: {what}." for when, what in own[:2]]
    return " ".join(first)


def _people(context: Context, years: NoteYears) -> Iterator[Block]:
    """Admissions, releases, held at year-end, on average, and on the peak day, by year."""
    data = context.data
    found = yearly.people(context)
    shown = years.shown

    def rows_of(scenario: str, part: str) -> list[dict[Any, Any]]:
        return [
            {
                "what": phrase(label),
                **{str(y): getattr(found[scenario, what, y], part) for y in shown},
            }
            for what, label in yearly.PEOPLE.items()
        ]

    yield _by_year(
        context,
        years,
        phrase("People {label}: {lead}", label=context.subject.label, lead=data.lead),
        rows_of(data.lead, "value"),
        "note-people",
        numbers.exact,
    )
    if data.variants:
        caption = phrase(
            "Change in people {label} against “{baseline}”",
            label=context.subject.label,
            baseline=data.baseline,
        )
        yield _by_year(context, years, caption, rows_of(data.lead, "change"), "note-people-change",
                       numbers.signed_exact)  # fmt: skip
        yield from _elsewhere(context, years)
    for sentence in left_out(context, years):
        yield Prose(sentence, small=True)


def _elsewhere(context: Context, years: NoteYears) -> Iterator[Block]:
    """The change of people held in the facilities that the headline does not count, by year."""
    data = context.data
    changes: dict[str, Row] = {}
    for (scenario, facility, year), each in yearly.elsewhere(context).items():
        if scenario == data.lead and year in years.shown:
            changes.setdefault(facility, {})[str(year)] = each.change
    sizes = {name: max(abs(each.mean) for each in row.values()) for name, row in changes.items()}
    first = sorted((name for name in sizes if sizes[name]), key=lambda name: -sizes[name])
    if first:
        yield _by_year(
            context,
            years,
            phrase(
                "Change in people held elsewhere, on average, against “{baseline}”",
                baseline=data.baseline,
            ),
            [
                {"what": study_words.facility_name(data.study, name), **changes[name]}
                for name in first[:FEW_PLACES]
            ],
            "note-elsewhere",
            numbers.signed_exact,
            told="",
        )
    if first[FEW_PLACES:]:
        yield Prose(
            plural(
                "{count} more facility changes less; the full report has it.",
                "{count} more facilities change less; the full report has them.",
                len(first) - FEW_PLACES,
                count=len(first) - FEW_PLACES,
            ),
            small=True,
        )


def _by_year(
    context: Context,
    years: NoteYears,
    caption: str,
    rows: list[Row],
    name: str,
    write: Callable[[float | None], str],
    told: str | None = None,
) -> ReportTable:
    """A row for each count, a column for each year; under it what is `told`, or what ranges are."""
    data = context.data
    return ReportTable(
        caption,
        (
            Column(phrase("People"), lambda row: row["what"]),
            *(
                Column(
                    data.year_head(year),
                    lambda row, y=str(year): row[y].cell(write),  # type: ignore[misc] # bound now
                    number=True,
                    value=lambda row, y=str(year): row[y],  # type: ignore[misc]
                    unit=unit_words("people"),
                )
                for year in years.shown
            ),
        ),
        rows,
        name,
        context.spreads if told is None else told,
    )


def _places(context: Context, years: NoteYears) -> Iterator[Block]:
    """Places of each facility by the end, and the chance and date of the first shortfall."""
    data = context.data
    since = years.start if years.earlier else None
    found = {(row["scenario"], row["facility"]): row for row in fillings(context, since)}
    mine = [row for (scenario, _), row in found.items() if scenario == data.lead]
    if not mine:
        return

    def chance(label: str, scenario: str) -> Column:
        def value(row: Row) -> float | None:
            own = found.get((scenario, row["facility"]))
            return own["probability"] if own else None

        return Column(label, lambda row: numbers.percent(value(row)), number=True, value=value,
                      unit=phrase("share of histories"))  # fmt: skip

    def falls_in(row: Row) -> str:
        return data.period_name(row["middle"]) if row["middle"] else numbers.DASH

    columns = [
        Column(
            phrase("Facility"), lambda row: study_words.facility_name(data.study, row["facility"])
        ),
        Column(
            phrase("Places"),
            lambda row: numbers.exact(row["places_end"]),
            number=True,
            value=lambda row: row["places_end"],
            unit=unit_words("places"),
        ),
        Column(
            phrase("Peak day"),
            lambda row: row["peak"].cell(),
            number=True,
            value=lambda row: row["peak"],
            unit=phrase("places taken"),
        ),
        chance(phrase("Chance of a shortfall"), data.lead),
        Column(
            phrase("First shortfall, median"),
            lambda row: dates.short_day(row["middle"]) if since is None else falls_in(row),
            number=True,
            value=lambda row: row["middle"] if since is None else falls_in(row),
        ),
    ]
    if data.variants:
        columns.append(chance(phrase("Chance in the baseline"), data.baseline))
    yield ReportTable(
        phrase("Places and first shortfall: {lead}", lead=data.lead),
        tuple(columns),
        mine,
        "note-places",
        phrase(
            "A shortfall is a day on which people are held and no place is free. Its date is the "
            "median of the histories in which there is one."
        ),
    )


def _methods(context: Context) -> tuple[str, ...]:
    """How the numbers are made, then the study's assumptions, in ten lines at most."""
    told = [*methods_told(context), *context.data.study.assumptions]
    if len(told) <= LINES:
        return tuple(told)
    more = len(told) - LINES + 1
    return (
        *told[: LINES - 1],
        phrase("{more} more assumptions are in the full report.", more=more),
    )
