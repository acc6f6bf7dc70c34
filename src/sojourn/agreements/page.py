"""The page that compares the agreements of the library, made from the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sojourn.agreements.compare import Comparison, comparisons, minimums
from sojourn.agreements.words import (
    confidence_in_words,
    dates_in_words,
    parties,
    price_form,
)
from sojourn.study.confidence import marked

if TYPE_CHECKING:
    from sojourn.agreements.file import AgreementFile

_HEAD = """\
# Agreements

The agreements, statutes and contracts that ship with Sojourn, beside each other. This page is made
from their files in `src/sojourn/agreements/`; each file holds the rules as conditions with their
citations, what else was agreed, where it was found, what was not established, and worked cases.

```console
sojourn agreements                              # the list
sojourn agreements norway-netherlands           # everything of one
sojourn agreements norway-netherlands --cases   # its worked cases
sojourn agreements --compare                    # the tables below
```

What is marked *(remembered, not read)* rests on no text that was read. A dash stands where nothing
was established. Sums are of their time and not converted. Figures by day take a year of 365 days.
"""


def page(agreements: Sequence[AgreementFile]) -> str:
    """The whole page in Markdown."""
    return "\n".join(_parts(agreements))


def _parts(agreements: Sequence[AgreementFile]) -> Iterator[str]:
    yield _HEAD
    rows = tuple(
        (
            f"[{agreement.name}](#{agreement.name})", agreement.title, parties(agreement),
            dates_in_words(agreement), price_form(agreement) or "–", confidence_in_words(agreement),
        )
        for agreement in agreements
    )  # fmt: skip
    names = ("name", "title", "parties", "status and dates", "price form", "rules and provisions")
    yield _table(Comparison("The library", names, rows))
    for comparison in (*comparisons(agreements), minimums(agreements)):
        yield _table(comparison)
    for agreement in agreements:
        yield from _section(agreement)


def _table(comparison: Comparison) -> str:
    lines = [
        f"## {comparison.title}",
        "",
        _row(comparison.names),
        "|---" * len(comparison.names) + "|",
    ]
    lines += [_row(row) for row in comparison.rows]
    return "\n".join([*lines, ""])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _section(agreement: AgreementFile) -> Iterator[str]:
    yield f"## {agreement.name}\n"
    yield f"{agreement.title} ({parties(agreement)}). {agreement.about or ''}".strip() + "\n"
    for checked in agreement.rules:
        rule = checked.rule
        span = " ".join(
            f"{word} {day}" for word, day in (("from", rule.start), ("to", rule.end)) if day
        )
        cite = rule.cite or f"source {rule.source}"
        words = marked(cite, rule.confidence) + (f", in force {span}" if span else "")
        yield f"- `{checked.name}`: {words}"
    yield ""
    if agreement.not_established:
        yield "Not established:\n"
        yield "\n".join(f"- {item}" for item in agreement.not_established) + "\n"
