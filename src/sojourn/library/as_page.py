"""The page that compares the agreements of the library, made from the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sojourn.library.agreement_words import confidence_in_words, dates_in_words, parties, price_form
from sojourn.library.compare import AgreementComparison, comparisons, minimums
from sojourn.study.confidence import marked

if TYPE_CHECKING:
    from sojourn.rules.agreement.file import AgreementFile

_HEAD = """\
# Agreements

A comparison of the agreements, statutes and contracts that ship with Sojourn. This page is made
from their files in `src/sojourn/library/agreements/`. Each file holds the rules as conditions with
their citations, the other provisions, the sources, open questions, and worked cases.

```console
sojourn agreements                              # the list
sojourn agreements norway-netherlands           # everything of one
sojourn agreements norway-netherlands --cases   # its worked cases
sojourn agreements --compare                    # the tables below
```

Entries marked *(remembered, not read)* were not checked against a text. A dash means that nothing
was established. Sums are in the prices of their time, without conversion. Figures per day assume a
year of 365 days.
"""

_OWN = """\
## A file of your own

An agreement file is a study's `agreement` section with more keys, and `sojourn agreements FILE`
shows it and runs its cases:

```yaml agreement.yaml
title: Places in another state
sending: A
receiving: B
eligible means: may be sent, if both states agree   # shown with every outcome
today: requested          # a date among the facts, or a date: the day of decision
sources:
  treaty: {title: Treaty between A and B, date: 2026-01-05, confidence: read}
facts:
  requested: {type: date, about: Day of the request}
  age: {type: number, unit: years}
  remaining: {type: duration}
  consent: {type: yes-no}
values:
  long_term: {value: 1825 days, cite: "Protocol, art. 1: five years of 365 days", confidence: read}
rules:
  adults: {require: age >= 18, cite: "Treaty, art. 2", source: treaty, confidence: read}
  time_left: {require: today + remaining > today + 2 months, cite: "Treaty, art. 4", source: treaty}
  willing:
    require: {any of: [consent, remaining > long_term]}
    cite: Protocol, art. 1
    from: 2027-01-01       # in force from this day on
provisions:
  price:
    says: 70 euro a place and day, of which at least 100 are paid for.
    source: treaty
    confidence: read
    form: per place with a minimum
    payments:
      places: {per: place-day, amount: 70 EUR, minimum: 100 places}
not established:
  - The way out.
cases:
  a man of 30 who does not want to go:
    says: An invented man of 30 with a year left, after the protocol.
    today: 2027-01-01
    facts: {age: 30, remaining: 365 days, consent: no}
    outcome: barred
    because: willing
  the same, with nothing said of his age:
    says: What is not documented is never passed in silence.
    today: 2026-06-01
    facts: {remaining: 365 days, consent: no}
    outcome: referred
    because: adults
```

Outside its dates a rule does not apply. To limit an agreement to its term, write a rule of its own:
`require: today >= 2015-09-01 and today <= 2018-08-31`. Provisions, prices and worked cases have the
keys of [the study language](language.md#provision).
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
    yield _table(AgreementComparison("The library", names, rows))
    for comparison in (*comparisons(agreements), minimums(agreements)):
        yield _table(comparison)
    for agreement in agreements:
        yield from _section(agreement)
    yield _OWN


def _table(comparison: AgreementComparison) -> str:
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
    if agreement.eligible:
        yield f"Eligible means: {agreement.eligible}.\n"
    for checked in agreement.rules:
        rule = checked.rule
        span = rule.span_words
        cite = rule.cite or f"source {rule.source}"
        words = marked(cite, rule.confidence) + (f", in force {span}" if span else "")
        yield f"- `{checked.name}`: {words}"
    yield ""
    if agreement.not_established:
        yield "Not established:\n"
        yield "\n".join(f"- {item}" for item in agreement.not_established) + "\n"
