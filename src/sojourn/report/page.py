"""The report and the fiscal note of a run, as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sojourn.disk.faults import problem_of
from sojourn.disk.whole import created, put_file, staged
from sojourn.errors import Problem, ResultsError
from sojourn.languages import dates
from sojourn.languages.phrases import known, phrase, plural, speaking
from sojourn.report.context import Context
from sojourn.report.figures.blocks import ReportDocument, Section
from sojourn.report.figures.svg import Press
from sojourn.report.formats.files import ENDINGS, format_of
from sojourn.report.headline import answers, find_subject, prepare
from sojourn.report.run_data import RunData
from sojourn.report.sections.answer.compared import compared
from sojourn.report.sections.answer.note import note
from sojourn.report.sections.answer.overview import answer, overview
from sojourn.report.sections.inputs.inputs import inputs
from sojourn.report.sections.inputs.methods import citation, methods, reproduction, sources
from sojourn.report.sections.inputs.sensitivity import matters
from sojourn.report.sections.money.money import money
from sojourn.report.sections.people.eligibility import eligibility
from sojourn.report.sections.people.people import people
from sojourn.report.sections.places.capacity import capacity
from sojourn.report.sections.places.waiting import line
from sojourn.report.sections.trust.accuracy import accuracy
from sojourn.report.sections.trust.claims import claims, statements
from sojourn.report.wording import numbers
from sojourn.results.endings import refuse_other_ending
from sojourn.results.run_folder.folder import read_run

SECTIONS = (
    answer, note, overview, matters, compared, people, eligibility, line, capacity, money, claims,
    statements, inputs, accuracy, methods, sources, reproduction,
)  # fmt: skip
"""In the order of the page."""
YEARS = 5
"""Columns of the fiscal note, unless more are asked for."""


def write_report(
    folder: Path,
    *files: Path,
    only: Literal["note"] | None = None,
    year_starts: int | None = None,
    years: int = YEARS,
    from_year: int | None = None,
    language: str | None = None,
    told: Callable[[Context], None] = lambda context: None,
) -> Path:
    """Write a run's report and return the path of its first file.

    Args:
        folder: a finished run; nothing else is read.
        files: the files to write, each of which ends in .html, .pdf, .docx or .xlsx; by default
            `report.html` in the run folder, or `note.html`.
        only: `note` for the fiscal note alone.
        year_starts: month (1–12) in which a reporting year starts; by default as in the study.
        years: columns of the fiscal note.
        from_year: the reporting year with which it begins; by default that of the first change.
        language: its language, a key of `LANGUAGES`; by default as in the study, else English.
        told: is called with what the report is made from.

    Raises:
        ResultsError: the folder is not a finished run, the file has another ending, is there
            already and no report of ours, or cannot be written; a library for its format is not
            installed; the run does not make up such years; or a note has no columns or
            begins with a year that the run has not.
    """
    if only not in (None, "note"):
        raise ResultsError(Problem(f"a report has no part `{only}`", "write `note`, or nothing"))
    if years < 1:
        raise ResultsError(Problem(f"a note of {years} years shows nothing", "ask for 1 or more"))
    outs = [Path(file) for file in files] or [Path(folder) / f"{only or 'report'}.html"]
    for out in outs:
        refuse_other_ending(out, "a report", *ENDINGS)
    forms = [format_of(out) for out in outs]
    with open_run(Path(folder), language=language, year_starts=year_starts) as data:
        context = open_context(data, years=years, from_year=from_year)
        document = make_document(context, only=only)
        contents = [form.content(document) for form in forms]
        told(context)
    for out, content in zip(outs, contents, strict=True):
        try:
            with staged(out) as stage:
                with created(stage / "page") as stream:
                    stream.write(content)
                put_file(stage / "page", out)
        except OSError as error:
            raise ResultsError(problem_of(error, "the report cannot be written", out)) from error
    return outs[0]


@contextmanager
def open_run(
    folder: Path, *, language: str | None = None, year_starts: int | None = None
) -> Iterator[RunData]:
    """A run's tables, while texts are in this language."""
    study = read_run(folder).study
    code = known(language or study.language)
    with (
        speaking(code, study.translations.get(code)),
        RunData(folder, year_starts=year_starts) as data,
    ):
        yield data


def open_context(data: RunData, *, years: int = YEARS, from_year: int | None = None) -> Context:
    """What the sections of a run's page are made from."""
    subject = find_subject(data.study)
    prepare(data, subject)
    return Context(data, subject, answers(data, subject), Press(), years, from_year)


def make_document(context: Context, *, only: Literal["note"] | None = None) -> ReportDocument:
    """The whole report, or the fiscal note alone."""
    data = context.data
    wanted = (note,) if only == "note" else SECTIONS
    sections: list[Section] = [section for make in wanted if (section := make(context)).blocks]
    version, digest = data.run.get("version", ""), str(data.run.get("digest", ""))[:12]
    facts = (
        phrase(
            "{start} to {last_day}",
            start=dates.day(data.study.period.start),
            last_day=dates.day(data.last_day),
        ),
        _runs(data),
        phrase("run of {started}", started=dates.of_file(str(data.run["started"])[:10]))
        if data.run.get("started")
        else "",
        f"Sojourn {version}",
        phrase("digest {digest}", digest=digest) if digest else "",
    )
    return ReportDocument(
        kind=phrase("Fiscal note") if only == "note" else phrase("Projection report"),
        title=data.study.title,
        about="" if only == "note" else data.study.about or "",
        facts=tuple(fact for fact in facts if fact),
        sections=tuple(sections),
        start=data.lead,
        made_by=phrase("Sojourn {version}, run {digest}", version=version, digest=digest),
        citation=citation(context),
    )


def _runs(data: RunData) -> str:
    if data.histories == 1:
        return phrase("the exact mean of one draw") if data.expected else phrase("one history")
    draws = plural("1 draw", "{draws} draws", data.draws, draws=numbers.whole(data.draws))
    if data.replicates == 1:
        return draws
    replicates = numbers.whole(data.replicates)
    return phrase("{draws} × {replicates} replicates", draws=draws, replicates=replicates)
