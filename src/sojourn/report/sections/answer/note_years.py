"""The years of the fiscal note: with which it begins, how many it shows, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sojourn.errors import Problem, ResultsError
from sojourn.languages.phrases import phrase, plural
from sojourn.report import yearly
from sojourn.report.context import Context
from sojourn.report.sections.answer.compared import effective
from sojourn.report.wording.ranges import Spread

ROUNDING = 1e-6
"""A difference between exact means that is nothing but their rounding."""


@dataclass(frozen=True, slots=True)
class NoteYears:
    """What of the run a fiscal note is about: whole reporting years to the end of the run."""

    start: date
    """First day of its first year: totals, averages and first shortfalls count from here."""
    shown: tuple[int, ...]
    """The years that have columns."""
    earlier: tuple[int, ...]
    following: tuple[int, ...]
    why: str
    """Why it begins with that year; empty if nothing is left out before it."""


def note_years(context: Context) -> NoteYears:
    """The years that the caller asked for.

    By default the first is that in which the lead first has a date or an effect that the baseline
    has not; of a study without scenarios, or without an effect, that after the last count.

    Raises ResultsError if the run has no such year.
    """
    data = context.data
    years = data.years
    if context.first_year is not None:
        first, why = context.first_year, phrase("as asked")
        if first not in years:
            raise ResultsError(
                Problem(
                    f"the run has no year {first}",
                    f"begin the note with one of {years[0]} to {years[-1]}",
                )
            )
    elif (changed := _first_change(context)) is not None:
        first, why = changed, phrase("the first in which a change takes effect")
    else:
        first, why = _after_counts(context), phrase("the first after the last count")
    place = years.index(first)
    return NoteYears(
        data.span_of(first)[0],
        years[place : place + context.years],
        years[:place],
        years[place + context.years :],
        why if place else "",
    )


def left_out(context: Context, years: NoteYears) -> Iterator[str]:
    """A sentence for the years before those shown, and one for the years after."""
    name = context.data.year_name
    if years.earlier:
        yield phrase(
            "This note begins with {first}, {why}, and counts from there; `--from {earliest}` "
            "begins with the first year of the run.",
            first=name(years.shown[0]),
            why=years.why,
            earliest=years.earlier[0],
        )
    if years.following:
        yield plural(
            "{first} is left out of this note; `--years {count}` shows it.",
            "{first} to {last} are left out of this note; `--years {count}` shows them.",
            len(years.following),
            first=name(years.following[0]),
            last=name(years.following[-1]),
            count=len(years.shown) + len(years.following),
        )


def _first_change(context: Context) -> int | None:
    """The year of the lead's first own date or of its first effect, whichever is earlier."""
    data = context.data
    if not data.variants:
        return None
    lead, base = (
        set(effective(data.study, data.scenario(name))) for name in (data.lead, data.baseline)
    )
    dated = (min(max(day, data.periods[0].start), data.last_day) for day, _ in lead ^ base
             if day <= data.last_day)  # fmt: skip
    (moved,) = data.rows(
        "SELECT min(year) AS year FROM headline WHERE scenario = ? "
        f"AND greatest(abs(change), abs(change_days)) > {ROUNDING} * greatest(people, 1)",
        data.lead,
    )
    paid = (
        year
        for (name, _, _, year), each in yearly.money(context).items()
        if name == data.lead and year and _differs(each.value, each.change)
    )
    found = [*map(data.year_of, dated), *([moved["year"]] if moved["year"] else []), *paid]
    return min(found, default=None)


def _differs(value: Spread, change: Spread) -> bool:
    size = ROUNDING * max(abs(value.mean), 1.0)
    return max(abs(change.mean), abs(change.low), abs(change.high)) > size


def _after_counts(context: Context) -> int:
    """The first year that ends after the last count; the first of all if nothing was counted."""
    data = context.data
    counted = [max(account.ends) for account in data.study.history.values() if account.ends]
    after = max(counted, default=date.min) + timedelta(days=1)
    return data.year_of(min(max(after, data.periods[0].start), data.last_day))
