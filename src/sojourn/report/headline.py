"""The page's first number: people held under the agreement, against the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sojourn.errors import Problem, ResultsError
from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase
from sojourn.report.run_data import RunData
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import ZERO, Row, Spread
from sojourn.results.subject import headline_states
from sojourn.results.views import listed
from sojourn.study.model.study import StudyModel
from sojourn.study.sections.pathway.facilities_and_states import TOGETHER

WIDER = 1.1
"""The sentence also gives the widest change if it exceeds the change at the end by this factor."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The states whose people the headline counts, and the words for being there."""

    states: tuple[str, ...]
    facilities: tuple[str, ...]
    label: str
    """Follows "people": "held in CECOT"."""
    why: str
    """How it was chosen, for the reader."""
    already: str = ""
    """People of others who hold places there and are not counted: "14,532"; empty if none."""

    @property
    def beside(self) -> str:
        """Follows a number of people: ", besides 14,532 already held"; empty if none are."""
        return (
            phrase(", besides {already} already held", already=self.already) if self.already else ""
        )

    @property
    def uncounted(self) -> str:
        """A remark for charts and tables; empty if nobody else is held."""
        if not self.already:
            return ""
        return phrase(
            "The {already} already held there by others are not counted.", already=self.already
        )


@dataclass(frozen=True, slots=True)
class Headline:
    """What a scenario does to the headline."""

    scenario: str
    end: Spread
    change: Spread
    average: Spread
    average_change: Spread
    peak: Spread
    """The greatest number on any day."""
    peak_day: date | None
    """The last day of the reporting period of that day: of half of the histories, not later."""
    greatest: Spread
    """The change on the day when its mean is farthest from zero."""
    greatest_day: date | None
    moved: Spread
    """Moves into the states over the whole period; one person may move more than once."""

    @property
    def empty(self) -> bool:
        """Whether nobody is there in any history on any day."""
        return self.peak.mean == 0 and self.moved.mean == 0

    @property
    def unchanged(self) -> bool:
        """Whether no run differs from the baseline."""
        return not any(
            (s.mean, s.low, s.high) != (0.0, 0.0, 0.0)
            for s in (self.change, self.average_change, self.greatest)
        )


def find_subject(study: StudyModel) -> Subject:
    """The states that the headline counts, with words for them."""
    states, facilities, reason = headline_states(study)
    why = phrase(reason)
    if not facilities:
        return Subject(states, (), phrase("in any state of the model"), why)
    names = [study_words.facility_name(study, name) for name in facilities]
    label = (
        phrase("held in {places}", places=_list(names))
        if len(names) <= 3
        else phrase("held in {count} facilities", count=len(names))
    )
    return Subject(states, facilities, label, why, _already(study, facilities))


def _already(study: StudyModel, chosen: tuple[str, ...]) -> str:
    """How many are held by others in the chosen places on the first day, in the baseline."""
    facilities = study.scenarios[study.baseline].facilities
    spans = [facilities[name].already_held for name in chosen if name in facilities]
    total = sum(dated[0].quantity.value for dated in spans if dated)
    if not total:
        return ""
    changing = any(len(dated) > 1 or dated[0].quantity.uncertain for dated in spans if dated)
    told = numbers.exact(total)
    return phrase("at first about {number}", number=told) if changing else told


def prepare(folder: RunData, subject: Subject) -> None:
    """Add `headline` to the folder's tables, with a row for every scenario, run and period.

    Columns: scenario, draw, replicate, period, last, days, year, people, person_days, top (the
    greatest number on a day of the period), change and change_days (against the baseline, same
    draw and replicate). Raises ResultsError if the run has not kept the greatest number by day.
    """
    folder.rows(
        f"""
        CREATE TABLE headline AS
        WITH there AS (
            SELECT scenario, draw, replicate, period, sum(people) AS people,
                   sum(person_days) AS person_days
            FROM held WHERE state IN {listed(subject.states)} GROUP BY ALL
        ),
        tops AS (
            SELECT scenario, draw, replicate, period, peak FROM peaks WHERE state = ?
        ),
        filled AS (
            SELECT scenario, draw, replicate, period, last, days, year,
                   coalesce(people, 0)::DOUBLE AS people,
                   coalesce(person_days, 0)::DOUBLE AS person_days,
                   coalesce(peak, 0)::DOUBLE AS top
            FROM scenario_list CROSS JOIN runs CROSS JOIN spans
            LEFT JOIN there USING (scenario, draw, replicate, period)
            LEFT JOIN tops USING (scenario, draw, replicate, period)
        )
        SELECT filled.*, filled.people - b.people AS change,
               filled.person_days - b.person_days AS change_days
        FROM filled JOIN filled b ON b.scenario = ? AND b.draw = filled.draw
            AND b.replicate = filled.replicate AND b.period = filled.period
        """,
        TOGETHER.join(subject.states),
        folder.baseline,
    )
    if folder.again is not None:
        prepare(folder.again, subject)
    # A mean may fall short by its rounding.
    if folder.rows("SELECT 1 FROM headline WHERE people > top + 1e-6 LIMIT 1"):
        raise ResultsError(
            Problem(
                f"the run has no greatest number of people {subject.label} on a day",
                "Was it written by another version? Run the study again.",
                file=str(folder.path),
            )
        )


def answers(folder: RunData, subject: Subject) -> dict[str, Headline]:
    """The headline of each scenario; `prepare` comes first."""
    end = _by_scenario(folder, "SELECT *, people AS value FROM headline "
                       "WHERE period = (SELECT max(period) FROM spans)")  # fmt: skip
    change = _by_scenario(folder, "SELECT *, change AS value FROM headline "
                          "WHERE period = (SELECT max(period) FROM spans)")  # fmt: skip
    per_run = "SELECT scenario, draw, replicate, {} AS value FROM headline GROUP BY ALL"
    average = _by_scenario(folder, per_run.format("sum(person_days) / sum(days)"))
    average_change = _by_scenario(folder, per_run.format("sum(change_days) / sum(days)"))
    peak = _by_scenario(folder, per_run.format("max(top)"))
    peak_days = {
        row["scenario"]: row["day"]
        for row in folder.rows(
            "SELECT scenario, quantile_disc(day, 0.5) AS day FROM (SELECT scenario, draw, "
            "replicate, last AS day, top FROM headline QUALIFY row_number() OVER "
            "(PARTITION BY scenario, draw, replicate ORDER BY top DESC, last) = 1) "
            "WHERE top > 0 GROUP BY ALL"
        )
    }
    monthly = folder.spreads_of("SELECT *, last AS day, change AS value FROM headline",
                                ("scenario", "day"))  # fmt: skip
    greatest: dict[str, Row] = {}
    for row in monthly:
        most = greatest.setdefault(row["scenario"], row)
        if abs(row["mean"]) > abs(most["mean"]):
            greatest[row["scenario"]] = row
    every = "SELECT scenario FROM scenario_list"
    moved = {
        row["scenario"]: Spread.of(row)
        for row in folder.spreads(moves_sql(subject), ["scenario"], every)
    }
    return {
        name: Headline(
            scenario=name,
            end=end.get(name, ZERO),
            change=change.get(name, ZERO),
            average=average.get(name, ZERO),
            average_change=average_change.get(name, ZERO),
            peak=peak.get(name, ZERO),
            peak_day=peak_days.get(name),
            greatest=Spread.of(greatest[name]) if name in greatest else ZERO,
            greatest_day=greatest[name]["day"] if name in greatest else None,
            moved=moved.get(name, ZERO),
        )
        for name in folder.scenarios
    }


def sentence(folder: RunData, subject: Subject, answer: Headline) -> str:
    """The answer in one sentence: change, baseline, range, date and peak."""
    last = dates.day(folder.last_day)
    if answer.scenario == folder.baseline:
        if answer.empty:
            return phrase("In the baseline, nobody is {label} in any history.", label=subject.label)
        return phrase(
            "In the baseline, {with_range} people are {label} on {last}{beside}{peak}.",
            with_range=_with_range(folder, answer.end),
            label=subject.label,
            last=last,
            beside=subject.beside,
            peak=_peak(folder, answer),
        )
    if answer.unchanged:
        nobody = (
            phrase("; nobody is {label} in any history", label=subject.label)
            if answer.empty
            else ""
        )
        return phrase(
            "No change against “{baseline}” in any history{nobody}.",
            baseline=folder.baseline,
            nobody=nobody,
        )
    start = _change(folder, answer.change, subject, last)
    if not answer.end.mean and not answer.change.mean:
        start = phrase(
            "On {last} nobody is {label}, as under “{baseline}”",
            last=last,
            label=subject.label,
            baseline=folder.baseline,
        )
    most = ""
    mean = answer.greatest.mean
    if answer.greatest_day and abs(mean) > WIDER * abs(answer.change.mean):
        most = phrase(
            "; the change is widest at the end of {period_name}, {greatest}",
            period_name=folder.period_name(answer.greatest_day),
            greatest=answer.greatest.sentence(numbers.signed_people),
        )
    return f"{start}{most}{_peak(folder, answer, subject.beside)}."


def _peak(folder: RunData, answer: Headline, beside: str = "") -> str:
    """The greatest number on a day, and the period it falls in."""
    if answer.peak_day is None:
        return ""
    if answer.peak == answer.end and answer.peak_day >= folder.periods[-1].start:
        comma = "," if beside else ""
        there = numbers.people(answer.peak.mean)
        return phrase(
            "; the {there} there on that day{beside}{comma} are also the peak",
            there=there,
            beside=beside,
            comma=comma,
        )
    level = f"{_with_range(folder, answer.peak)}{beside}"
    period = folder.period_name(answer.peak_day)
    if folder.histories > 1:
        return phrase(
            "; the peak, {level}, falls in {period} in the median history",
            level=level,
            period=period,
        )
    return phrase("; the peak, {level}, falls in {period}", level=level, period=period)


def _with_range(folder: RunData, value: Spread) -> str:
    """A number of people with its range, or the reason why there is none."""
    if value.wide or not value.mean or folder.histories == 1:
        return value.sentence()
    same = (
        phrase("the same in every history")
        if value.constant
        else phrase("the same in 90 % of histories")
    )
    return f"{numbers.people(value.mean)} ({same})"


def moves_sql(subject: Subject, *, by_group: bool = False) -> str:
    """SQL giving, for each scenario and run, the moves into the headline's states as `value`."""
    states = listed(subject.states)
    group, table = ('"group", ', "flows") if by_group else ("", "went")
    return (
        f"SELECT scenario, {group}draw, replicate, sum(people) AS value FROM {table} "
        f"WHERE target IN {states} AND source NOT IN {states} GROUP BY ALL"
    )


def headings(found: Mapping[str, Headline]) -> list[Row]:
    """The headline of all scenarios as rows for a table and its CSV."""
    return [
        {
            "scenario": name,
            **_flat("end", answer.end),
            **_flat("change", answer.change),
            **_flat("average", answer.average),
            **_flat("peak", answer.peak),
            "peak_day": answer.peak_day,
            **_flat("moved_in", answer.moved),
        }
        for name, answer in found.items()
    ]


def _flat(name: str, value: Spread) -> Row:
    return {
        f"{name}_mean": value.mean,
        f"{name}_low": value.low,
        f"{name}_median": value.median,
        f"{name}_high": value.high,
        f"{name}_error_parameters": value.error_parameters,
        f"{name}_error_simulation": value.error_simulation,
    }


def _by_scenario(folder: RunData, values: str) -> dict[str, Spread]:
    return {row["scenario"]: Spread.of(row) for row in folder.spreads_of(values, ("scenario",))}


def _change(folder: RunData, change: Spread, subject: Subject, last: str) -> str:
    baseline = folder.baseline
    if not (change.mean or change.low or change.high):
        return phrase(
            "On {last} as many people are {label} as under “{baseline}”",
            last=last,
            label=subject.label,
            baseline=baseline,
        )
    if change.unclear:
        return phrase(
            "No clear change in people {label} on {last} against “{baseline}”: {change}",
            label=subject.label,
            last=last,
            baseline=baseline,
            change=change.sentence(numbers.signed_people),
        )
    sign = 1.0 if change.mean >= 0 else -1.0
    edges = sorted((sign * change.low, sign * change.high))
    spread = replace(change, mean=abs(change.mean), low=edges[0], median=abs(change.median),
                     high=edges[1])  # fmt: skip
    same = ""
    if spread.constant and folder.histories > 1:
        same = phrase(" (the same in every history)")
    text = numbers.people(spread.allowed.mean)
    if text == phrase("fewer than 1"):
        few = (
            later(
                "Fewer than 1 person more is {label} on {last} than under “{baseline}”{brackets}"
            ),
            later(
                "Fewer than 1 person less is {label} on {last} than under “{baseline}”{brackets}"
            ),
        )
        return phrase(
            few[sign < 0],
            label=subject.label,
            last=last,
            baseline=baseline,
            brackets=spread.brackets(),
        )
    many = (
        later("{number} more people are {label} on {last} than under “{baseline}”{brackets}{same}"),
        later(
            "{number} fewer people are {label} on {last} than under “{baseline}”{brackets}{same}"
        ),
    )
    return phrase(
        many[sign < 0],
        number=text,
        label=subject.label,
        last=last,
        baseline=baseline,
        brackets=spread.brackets(),
        same=same,
    )


def _list(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return phrase("{first} and {last}", first=", ".join(names[:-1]), last=names[-1])
