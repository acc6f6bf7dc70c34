"""The report: one HTML file that holds everything it needs."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from sojourn.disk.faults import problem_of
from sojourn.disk.whole import put_file, staged, write_text
from sojourn.errors import Problem, ResultsError
from sojourn.report.context import Context
from sojourn.report.figures.blocks import Section
from sojourn.report.figures.svg import Press
from sojourn.report.headline import answers, find_subject, prepare
from sojourn.report.run_data import RunData
from sojourn.report.sections.accuracy import accuracy
from sojourn.report.sections.capacity import capacity
from sojourn.report.sections.claims import claims, statements
from sojourn.report.sections.compared import compared
from sojourn.report.sections.eligibility import eligibility
from sojourn.report.sections.inputs import inputs
from sojourn.report.sections.methods import methods, reproduction, sources
from sojourn.report.sections.money import money
from sojourn.report.sections.outcomes import record
from sojourn.report.sections.overview import caveats, notices, overview, sentences
from sojourn.report.sections.people import people
from sojourn.report.sections.sensitivity import matters
from sojourn.report.sections.waiting import line
from sojourn.report.wording import numbers
from sojourn.report.wording.ranges import RANGE
from sojourn.results.endings import refuse_other_ending

TEMPLATES = Path(__file__).parent / "templates"
GENERATOR = '<meta name="generator" content="Sojourn">'
"""In the page's head: marks it as ours, so that no other page is overwritten."""
SECTIONS = (
    overview, matters, compared, people, eligibility, line, capacity, money, claims, statements,
    inputs, accuracy, methods, sources, reproduction,
)  # fmt: skip
"""In the order of the page."""


def write_report(
    folder: Path, out: Path | None = None, *, year_starts_in: int | None = None
) -> Path:
    """Write a run's report and return its path.

    Args:
        folder: a finished run; nothing else is read.
        out: the file to write, which ends in .html; by default `report.html` in the run folder.
        year_starts_in: month (1–12) in which a reporting year starts; January by default.

    Raises:
        ResultsError: the folder is not a finished run, the file does not end in .html, is there
            already and no report of ours, or cannot be written.
    """
    out = Path(folder) / "report.html" if out is None else Path(out)
    refuse_other_ending(out, "a report", ".html", ".htm")
    _refuse_foreign(out)
    with RunData(Path(folder), year_starts_in=year_starts_in) as data:
        page = render(open_context(data))
    try:
        with staged(out) as stage:
            write_text(stage / "page", page)
            put_file(stage / "page", out)
    except OSError as error:
        raise ResultsError(problem_of(error, "the report cannot be written", out)) from error
    return out


def _refuse_foreign(out: Path) -> None:
    """Raise ResultsError for a page that we have not written."""
    try:
        with out.open("rb") as stream:
            ours = GENERATOR.encode() in stream.read(4096)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ResultsError(problem_of(error, "the report cannot be written", out)) from error
    if not ours:
        raise ResultsError(
            Problem("this file is not a report of ours", "give the report another name", str(out))
        )


def open_context(data: RunData) -> Context:
    """What the sections of a run's page are made from."""
    subject = find_subject(data.study)
    prepare(data, subject)
    return Context(data, subject, answers(data, subject), Press())


def render(context: Context) -> str:
    """The page as HTML."""
    data = context.data
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    sections: list[Section] = [section for make in SECTIONS if (section := make(context)).blocks]
    return _environment().get_template("report.html").render(
        title=data.study.title,
        generator=Markup(GENERATOR),
        about=data.study.about,
        days=f"{numbers.day(data.study.period.start)} to {numbers.day(data.last_day)}",
        runs=_runs(data),
        version=data.run.get("version", ""),
        digest=str(data.run.get("digest", ""))[:12],
        started=str(data.run.get("started", ""))[:10],
        subject=context.subject,
        answers=sentences(context),
        baseline=data.baseline,
        start=_start(context),
        caveats=caveats(context),
        notices=notices(context),
        record=record(context),
        sections=sections,
        sources={source.title: source for source in data.study.sources.values()},
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )  # fmt: skip


def _start(context: Context) -> str:
    """The scenario that is shown first: the first compared one that adds people."""
    variants = context.data.variants or (context.data.baseline,)
    adding = [name for name in variants if context.answers[name].average_change.mean > 0]
    return (adding or list(variants))[0]


def _runs(data: RunData) -> str:
    if data.draws * data.replicates == 1:
        return "the exact mean of one draw" if data.expected else "one history"
    draws = f"{data.draws:,} draws" if data.draws > 1 else "1 draw"
    return f"{draws} × {data.replicates:,} replicates" if data.replicates > 1 else draws


@cache
def _environment() -> Environment:
    """Escapes every text of a study; only our own style, script and charts are markup."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["web"] = _web
    environment.filters["kept"] = _kept
    return environment


_KEPT = re.compile(
    rf"{RANGE}|\b\d{{1,2}} (?:{'|'.join(numbers.MONTHS)}) \d{{4}}\b|"
    rf"\b(?:{'|'.join(numbers.MONTHS)}) \d{{4}}\b"
)


def _kept(text: str) -> Markup:
    """The text, escaped, with dates and the name of the range each kept on one line."""
    return Markup(_KEPT.sub(r'<span class="kept">\g<0></span>', str(escape(text))))


def _web(address: str | None) -> str:
    """The address if it is a web address; nothing that a browser would run."""
    text = (address or "").strip()
    return text if text.lower().startswith(("https://", "http://")) else ""
