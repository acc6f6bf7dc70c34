"""The answer on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sojourn.languages import dates
from sojourn.languages.phrases import phrase, plural
from sojourn.report.context import Context
from sojourn.report.page import open_context, open_run
from sojourn.report.run_data import RunData
from sojourn.report.sections.answer.caveats import caveats, notices
from sojourn.report.sections.answer.overview import sentences
from sojourn.report.sections.money.balances import balances
from sojourn.report.sections.money.costings import costed
from sojourn.report.sections.places.capacity import fillings, sentence
from sojourn.report.sections.trust.claims import MARKS, told_share
from sojourn.report.sections.trust.outcomes import TITLE, record
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import Row
from sojourn.results.run_folder.folder import read_run


def terminal_summary(folder: Path, console: Console, language: str | None = None) -> None:
    """Print the headline, filling of places, money and claims of a run.

    Texts of the study are printed unchanged, without markup. Raises ResultsError if the folder is
    not a finished run.
    """
    with open_run(Path(folder), language=language) as data:
        print_answer(open_context(data), console)


def print_answer(context: Context, console: Console) -> None:
    """As `terminal_summary`, of a run that is open."""
    data = context.data
    console.print(Text(data.study.title, style="bold"))
    console.print(
        Text(
            phrase(
                "{first} to {last}, {draws}, {replicates} a draw",
                first=dates.day(data.study.period.start),
                last=dates.day(data.last_day),
                draws=plural(
                    "{count} draw", "{count} draws", data.draws, count=numbers.whole(data.draws)
                ),
                replicates=plural(
                    "{count} replicate",
                    "{count} replicates",
                    data.replicates,
                    count=numbers.whole(data.replicates),
                ),
            )
        )
    )
    for text in notices(context):
        console.print(Text(text))
    for name, text in sentences(context):
        console.print()
        console.print(Text(name, style="bold"))
        console.print(Text(text))
    _bullets(console, phrase(TITLE), record(context))
    table = _table(
        phrase(
            "People {label}{beside}", label=context.subject.label, beside=context.subject.beside
        ),
        texts=(phrase("scenario"),),
        numbers=(
            phrase("at the end"),
            phrase("change"),
            phrase("average"),
            phrase("peak of all days"),
            phrase("moved in"),
        ),
    )
    for name, answer in context.answers.items():
        change = "–" if name == data.baseline else answer.change.table(numbers.signed_exact)
        cells = (answer.end.table(), change, answer.average.table(), answer.peak.table(),
                 answer.moved.table())  # fmt: skip
        table.add_row(Text(name), *map(Text, cells))
    console.print()
    console.print(table)
    console.print(Text(context.spreads))
    known = {name: answer.end.errors() for name, answer in context.answers.items()}
    if any(known.values()):
        console.print(
            Text(
                phrase(
                    "95 % intervals of the means at the end: {errors}.",
                    errors="; ".join(f"{name} {text}" for name, text in known.items() if text),
                )
            )
        )
    _filling(context, console)
    _money(context, console)
    _claims(context, console)
    _bullets(console, phrase("How far to trust this"), caveats(context))


def outcomes_told(folder: Path) -> tuple[str, ...]:
    """What has happened since and how near a run came to it, a sentence each.

    Empty if its study records no outcomes. Raises ResultsError as `terminal_summary`.
    """
    if not read_run(folder).study.outcomes:
        return ()
    with RunData(folder) as data:
        return tuple(record(open_context(data)))


def _bullets(console: Console, title: str, texts: Sequence[str]) -> None:
    """A list under a heading, and nothing if it is empty."""
    if texts:
        console.print()
        console.print(Text(title, style="bold"))
    for text in texts:
        console.print(Text(f"· {text}"))


def _table(title: str, *, texts: Sequence[str], numbers: Sequence[str]) -> Table:
    """An empty table whose cells break between words where the terminal is narrow.

    Nothing is cut: on a very narrow terminal a word goes on in the next line.
    """
    table = Table(title=title, title_justify="left")
    for heading in texts:
        table.add_column(heading, overflow="fold")
    for heading in numbers:
        table.add_column(heading, justify="right", overflow="fold")
    return table


def _filling(context: Context, console: Console) -> None:
    """When places run out: one line for all scenarios with the same sentence."""
    said: dict[str, list[str]] = {}
    for row in fillings(context):
        if row["full_runs"]:
            said.setdefault(sentence(context, row), []).append(row["scenario"])
    for text, names in said.items():
        every = len(names) == len(context.data.scenarios) > 1
        where = phrase("all scenarios") if every else ", ".join(names)
        console.print(Text(f"{where}: {text}"))


def _claims(context: Context, console: Console) -> None:
    """Each claim once, with a verdict for every scenario in which it is tested."""
    said: dict[str, list[Row]] = {}
    for row in context.data.rows("SELECT * FROM claims"):
        said.setdefault(row["says"] or study_words.plain(row["claim"]), []).append(row)
    if said:
        console.print()
        console.print(Text(phrase("Claims"), style="bold"))
    for says, rows in said.items():
        if len(rows) == 1:
            console.print(Text(f"{_verdict(rows[0])}: {says}"))
            continue
        console.print(Text(f"  {says}"))
        for row in rows:
            console.print(Text(f"    {_verdict(row)}"))


def _verdict(row: Row) -> str:
    text = f"{MARKS.get(row['verdict'], ' ')} {phrase(row['verdict'])}"
    if row["share_holds"] is None:
        return text
    if not row["scenario"]:
        return f"{text} ({told_share(row)})"
    where = phrase("under “{scenario}”", scenario=row["scenario"])
    return f"{text} ({where}, {told_share(row)})"


def _money(context: Context, console: Console) -> None:
    agreements = [s.agreement for s in context.data.study.scenarios.values() if s.agreement]
    states = {party for a in agreements for party in (a.sending, a.receiving)}
    rows = [row for row in balances(context) if row["net"].mean or row["net"].wide]
    # The two states only; the report has the other payees.
    rows = [row for row in rows if row["party"] in states] or rows
    if not rows:
        return
    table = _table(
        phrase(
            "Net cost over the whole period, nominal{costed}, million; negative = income",
            costed=costed(context),
        ),
        texts=(phrase("scenario"), phrase("party")),
        numbers=(phrase("net cost"), phrase("change")),
    )
    for row in rows:
        cells = (row["net"].table(numbers.millions), row["change"].table(_signed_millions))
        table.add_row(
            Text(row["scenario"]), Text(f"{row['party']} ({row['currency']})"), *map(Text, cells)
        )
    console.print()
    console.print(table)


def _signed_millions(value: float | None) -> str:
    return numbers.signed(numbers.millions(value), value)
