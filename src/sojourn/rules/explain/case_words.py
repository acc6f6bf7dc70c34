"""The wording of facts, cases and rules in text and JSON answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.meaning.reference import Documented
from sojourn.study.confidence import mark
from sojourn.study.fact_numbers import number_words
from sojourn.study.fact_types import FACT_TYPES
from sojourn.study.model.facts import Fact

DeclaredFacts = Mapping[str, Fact]


def told(value: Documented, fact: Fact | None = None) -> str:
    """A value for people: `not documented`, `yes`, `30 arrests`, `90 days`, `US`."""
    if value is None:
        return "not documented"
    if fact is not None:
        return FACT_TYPES[fact.type].told(value, fact)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number_words(float(value)) if isinstance(value, int | float) else str(value)


def plain(value: Documented) -> str | float | bool | None:
    """A value for JSON; a date as text."""
    return value.isoformat() if isinstance(value, date) else value


def case_words(row: Iterable[tuple[str, Documented]], facts: DeclaredFacts) -> str:
    """A case on one line: `citizenship: US, consent: not documented`."""
    return ", ".join(f"{name}: {told(value, facts.get(name))}" for name, value in row)


def case_json(row: Iterable[tuple[str, Documented]]) -> dict[str, object]:
    """A case as plain values; undocumented is null."""
    return {name: plain(value) for name, value in row}


def cited(rule: CheckedRule) -> str:
    """The rule's citation with how well it is known: `8 USC 1231 [read]`."""
    source = rule.rule.cite or (f"source {rule.rule.source}" if rule.rule.source else "")
    known = rule.rule.confidence
    sign = mark(known) or (f"[{known}]" if known else "[confidence not stated]")
    return f"{source}  {sign}".strip()


def rule_json(rule: CheckedRule) -> dict[str, object]:
    """A rule's text and origin, as plain values."""
    found = rule.rule
    return {
        "rule": rule.name,
        "kind": found.kind,
        "text": found.condition,
        "when": found.when,
        "unless": found.unless,
        "if unknown": found.if_unknown,
        "cite": found.cite,
        "source": found.source,
        "confidence": found.confidence,
        "about": found.about,
    }


def listed(names: Sequence[str], word: str = "and") -> str:
    """Names in a sentence: `a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}" if names \
        else ""  # fmt: skip


def wrapped(text: str, indent: int, width: int = 100) -> list[str]:
    """The text in lines of a width, indented; lines after the first two further."""
    import textwrap  # noqa: PLC0415  (text alone needs it)

    return textwrap.wrap(
        text, width, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
