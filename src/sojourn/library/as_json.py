"""An agreement as plain values, for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sojourn.library.agreed_prices import figures
from sojourn.library.agreement_words import (
    confidences,
    dates_in_words,
    dates_of,
    parties,
    price_form,
    price_of,
)
from sojourn.library.worked_cases import CaseResult
from sojourn.study.confidence import counted_by_confidence, mark, weakest

if TYPE_CHECKING:
    from sojourn.rules.agreement.file import AgreementFile


def summary(agreement: AgreementFile) -> dict[str, Any]:
    """The agreement's row of the list."""
    known = confidences(agreement)
    return {
        "name": agreement.name,
        "title": agreement.title,
        "parties": parties(agreement),
        "dates": dates_in_words(agreement),
        "price form": price_form(agreement),
        "confidence": counted_by_confidence(known),
        "weakest": weakest(known),
    }


def described(agreement: AgreementFile) -> dict[str, Any]:
    """Everything of the agreement that can be read, empty parts left out.

    Entries that are only remembered or assumed carry their `mark` as text.
    """
    price = price_of(agreement)
    found = {
        **summary(agreement),
        "sending": agreement.sending,
        "receiving": agreement.receiving,
        "about": agreement.about,
        "eligible means": agreement.eligible,
        "provisions": {
            name: _with_mark(provision.model_dump(mode="json", exclude_none=True))
            for name, provision in agreement.provisions.items()
        },
        "figures": [
            {"payment": each.payment, "amount": round(each.amount, 2), "currency": each.currency,
             "per": each.per, "how": each.how, "since": each.since}
            for each in (figures(price) if price else ())
        ],
        "values": {
            name: _with_mark(value.model_dump(mode="json", exclude_none=True))
            for name, value in agreement.values.items()
        },
        "terms": {name: term.text for name, term in agreement.terms.items()},
        "rules": {
            checked.name: _with_mark(
                checked.rule.model_dump(mode="json", exclude_none=True, by_alias=True)
            )
            for checked in agreement.rules
        },
        "facts": {
            name: fact.model_dump(
                mode="json", exclude_none=True, exclude=set() if fact.fixed else {"fixed"}
            )
            for name, fact in agreement.facts.items()
        },
        "sources": {
            name: source.model_dump(mode="json", exclude_none=True)
            for name, source in agreement.sources.items()
        },
        "not established": list(agreement.not_established),
        "cases": {name: asdict(case) for name, case in agreement.cases.items()},
    }  # fmt: skip
    dates = dates_of(agreement)
    if dates is not None:
        found["term"] = dates.model_dump(mode="json", exclude_none=True)
    return {key: value for key, value in found.items() if value not in (None, [], {}, "")}


def _with_mark(values: dict[str, Any]) -> dict[str, Any]:
    sign = mark(values.get("confidence"))
    return {**values, "mark": sign} if sign else values


def case_result(result: CaseResult) -> dict[str, Any]:
    """The result of a worked case."""
    return {
        "case": result.name,
        "says": result.says,
        "expected": result.outcome,
        "because": list(result.because),
        "found": result.found,
        "deciding": list(result.deciding),
        "passed": result.passed,
    }
