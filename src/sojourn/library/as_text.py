"""An agreement in full for the terminal, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from textwrap import wrap
from typing import TYPE_CHECKING

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase
from sojourn.languages.signs import local
from sojourn.languages.units import unit_words
from sojourn.library.agreed_prices import figures
from sojourn.library.agreement_words import (
    confidence_in_words,
    dates_in_words,
    figure_in_words,
    parties,
    payment_in_words,
    price_of,
    provision_in_words,
)
from sojourn.library.worked_cases import CaseResult
from sojourn.study.confidence import marked
from sojourn.study.model.agreement import DatedValue, Rule
from sojourn.study.model.facts import Fact
from sojourn.study.model.sources import Source
from sojourn.study.model.values import Quantity

if TYPE_CHECKING:
    from sojourn.rules.agreement.file import AgreementFile

WIDTH = 100
_KEYWORDS = (
    later("require"), later("bar"), later("eligible"), later("barred"), later("referred"),
    later("per place"), later("per place with a minimum"), later("tiers"),
    later("fixed per year"), later("lump sum"), later("per person"), later("staged"),
    later("up front and yearly"), later("own cost"), later("not stated"), later("none"),
    later("pass"), later("fail"), later("refer"),
    later("text"), later("number"), later("yes-no"), later("date"), later("duration"),
    later("law"), later("approval"), later("basis"), later("delay"), later("oversight"),
    later("other costs"), later("rent"), later("ended"), later("in force"), later("signed"),
    later("announced"),
)  # fmt: skip
"""Words of agreements that are shown, and `phrase` says."""


def agreement_lines(agreement: AgreementFile) -> Iterator[str]:
    """Title, provisions, price, rules with citations, facts, sources, gaps and cases."""
    yield from _folded(agreement.title)
    yield f"{parties(agreement)}; {dates_in_words(agreement)}"
    yield phrase("rules and provisions: {known}", known=confidence_in_words(agreement))
    if agreement.about:
        yield ""
        yield from _folded(agreement.about)
    if agreement.eligible:
        yield ""
        yield from _folded(phrase("eligible means: {eligible}", eligible=agreement.eligible))
    yield from _provisions(agreement)
    yield from _prices(agreement)
    yield from _rules(agreement)
    yield from _listed(
        phrase("facts"), (_fact(name, fact) for name, fact in agreement.facts.items())
    )
    sources = (_source(name, source) for name, source in agreement.sources.items())
    yield from _listed(phrase("sources"), sources)
    yield from _listed(phrase("not established"), iter(agreement.not_established))
    yield from _listed(phrase("cases"), _cases(agreement))


def _folded(text: str, first: str = "", rest: str = "") -> list[str]:
    """The text in lines that fit; words, such as web addresses, are never broken."""
    return wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _listed(heading: str, items: Iterator[str]) -> Iterator[str]:
    found = list(items)
    if not found:
        return
    yield ""
    yield f"{heading}:"
    for item in found:
        yield from _folded(item, "  ", "    ")


def _provisions(agreement: AgreementFile) -> Iterator[str]:
    def told() -> Iterator[str]:
        for name, provision in agreement.provisions.items():
            cited = "; ".join(part for part in (provision.cite, provision.source) if part)
            note = f" {provision.note}" if provision.note else ""
            yield f"{phrase(name)}: {provision_in_words(provision)} [{cited}]{note}"

    yield from _listed(phrase("provisions"), told())


def _prices(agreement: AgreementFile) -> Iterator[str]:
    price = price_of(agreement)
    if price is None:
        return
    paid = ("; ".join(payment_in_words(name, pay)) for name, pay in price.payments.items())
    yield from _listed(phrase("price, {form}", form=phrase(price.form)), paid)
    made = (f"{figure_in_words(figure)} = {unit_words(figure.how)}" for figure in figures(price))
    yield from _listed(phrase("which makes"), made)


def _rules(agreement: AgreementFile) -> Iterator[str]:
    values = (_value(name, value) for name, value in agreement.values.items())
    yield from _listed(phrase("values"), values)
    terms = (f"{name}: {' '.join(term.text.split())}" for name, term in agreement.terms.items())
    yield from _listed(phrase("terms"), terms)
    if agreement.rules:
        yield ""
        yield phrase("rules:")
    for checked in agreement.rules:
        rule = checked.rule
        words = f"{phrase(rule.kind)} {' '.join(rule.condition.split())}"
        if rule.scope:
            words += f",{rule.scope}"
        yield from _folded(f"{checked.name}: {words}", "  ", "    ")
        yield from _folded(_cited(rule), "    ", "    ")
        if rule.about:
            yield from _folded(rule.about, "    ", "    ")


def _cited(rule: Rule) -> str:
    cite = rule.cite or phrase("source {source}", source=rule.source)
    span = rule.span_words
    undetermined = (
        ""
        if rule.if_unknown == "refer"
        else phrase("if unknown: {outcome}", outcome=phrase(rule.if_unknown))
    )
    parts = (
        marked(cite, rule.confidence),
        phrase("in force {span}", span=span) if span else "",
        undetermined,
    )
    return "; ".join(part for part in parts if part)


def _value(name: str, value: DatedValue) -> str:
    amount = value.steps[0][1] if value.steps else value.table[0][1]
    # A single number may carry its own source.
    first = amount if isinstance(amount, Quantity) else value
    cite, source = value.cite or first.cite, value.source or first.source
    number = ", ".join(
        phrase("from {start} {amount}", start=dates.day(start), amount=_amount(quantity))
        if start
        else _amount(quantity)
        for start, quantity in value.steps
    )
    if value.chosen_by:
        table = ", ".join(f"{text} {_amount(each)}" for text, each in value.table)
        number = phrase("by {fact}: {table}", fact=value.chosen_by, table=table)
    cited = cite or (phrase("source {source}", source=source) if source else "")
    told = f"{name}: {number}" + (f" [{cited}]" if cited else "")
    return marked(told, value.confidence or first.confidence)


def _amount(value: Quantity | date) -> str:
    if isinstance(value, date):
        return phrase("never") if value == date.max else dates.day(value)
    of = "days" if value.unit == "day" else value.unit
    return f"{local(f'{value.value:g}')} {unit_words(of)}".strip()


def _fact(name: str, fact: Fact) -> str:
    kind = " | ".join(fact.values) if fact.values else phrase(fact.type)
    unit = phrase(" in {unit}", unit=fact.unit) if fact.unit else ""
    return f"{name} ({kind}{unit}): {fact.about or ''}".removesuffix(": ")


def _source(name: str, source: Source) -> str:
    parts = (source.title, source.publisher, dates.of_file(source.date), source.url, source.note)
    told = ". ".join(str(part).rstrip(".") for part in parts if part)
    known = f" [{phrase(source.confidence)}]" if source.confidence else ""
    return f"{name}: {marked(told, source.confidence)}{known}"


def _cases(agreement: AgreementFile) -> Iterator[str]:
    for name, case in agreement.cases.items():
        because = (
            phrase(" because of {because}", because=", ".join(case.because)) if case.because else ""
        )
        yield f"{name}: {case.says or ''} → {phrase(case.outcome)}{because}"


def case_lines(agreement: AgreementFile, results: Sequence[CaseResult]) -> Iterator[str]:
    """Each worked case with pass or fail; if it fails, with the outcome and the one expected."""
    weak = {rule.name: rule.rule.confidence for rule in agreement.rules}
    for result in results:
        deciding = ", ".join(marked(name, weak[name]) for name in result.deciding)
        found = phrase(result.found)
        found = f"{found}: {deciding}" if deciding else found
        yield f"{phrase('pass') if result.passed else phrase('FAIL')}  {result.name}: {found}"
        if not result.passed:
            wanted = ", ".join(result.because)
            expected = phrase(
                "expected {outcome}: {rules}", outcome=phrase(result.outcome), rules=wanted
            )
            yield f"      {expected}".removesuffix(": ")
    failed = sum(not result.passed for result in results)
    yield phrase(
        "{name}: {passed} of {count} cases pass",
        name=agreement.name,
        passed=len(results) - failed,
        count=len(results),
    )
