"""The keys of facts, and of an agreement: rules, provisions and worked cases."""

from __future__ import annotations

from sojourn.study.fact_types import FACT_TYPES
from sojourn.study.model.provisions import FORMS, PAID_FOR
from sojourn.study.words.keys.key import CITED, Key

AGREEMENT: dict[str, tuple[Key, ...]] = {
    "fact": (
        Key("type", f"one of: {', '.join(FACT_TYPES)}", "Type", "number"),
        Key(
            "values",
            "list of text",
            "Values of a text, or members of a set",
            "[US, SV]",
        ),
        Key(
            "open",
            "text",
            "Of a text without `values`: why any text may stand there, and names nobody",
            "offence codes of the register",
        ),
        Key("unit", "text", "Unit of a number", "arrests"),
        Key("range", "list of number", "Least and greatest number", "[0, 200]"),
        Key("fixed", "flag", "Nobody can change it: `explain` proposes no other value", "yes"),
        Key("about", "words", "What it means", "as documented at intake"),
    ),
    "agreement": (
        Key("title", "words", "Title", "Custody agreement", True),
        Key("sending", "words", "The sending state", "US", True),
        Key("receiving", "words", "The receiving state", "SV", True),
        Key(
            "today",
            "text",
            "What `today` means in conditions: a date, or the name of a date fact; default in a "
            "study: its first day",
            "requested",
        ),
        Key("sources", "map of source", "Added to those of the study", "{}"),
        Key("facts", "map of fact", "Added to those of the study", "{}"),
        Key(
            "values",
            "map of agreed value",
            "Named values for use in conditions",
            "{notice: 180 days}",
        ),
        Key("terms", "map of conditions", "Named conditions", "{adult: age >= 18 years}"),
        Key("rules", "map of rule", "Requirements and bars", "{}"),
        Key("provisions", "map of provision", "What else the agreement says", "{}"),
        Key("not established", "list of words", "What is not known about it", "[the price]"),
        Key("cases", "map of worked case", "Invented people with the expected outcome", "{}"),
        Key(
            "eligible means",
            "words",
            "What its `eligible` says; a statute may only bar. Shown with every outcome",
            "not barred by this statute",
        ),
        Key("about", "words", "A remark", "as announced"),
    ),
    "agreed value": (
        *CITED,
        Key("dated", "dated quantity or date", "The value, or date -> value", "180 days"),
        Key("chosen by", "text", "The text fact whose value chooses from the table", "receiver"),
        Key(
            "table",
            "map of quantity or date",
            "A number, duration or date for each declared value; `never` for no date",
            "{SV: 2007-12-18, US: 2001-06-24}",
        ),
    ),
    "rule": (
        *CITED,
        Key("require", "conditions", "Must be true", "citizenship = 'SV'"),
        Key("bar", "conditions", "Must be false", "citizenship = 'US'"),
        Key(
            "when",
            "conditions",
            "The rule applies only to cases for which this is true",
            "convicted",
        ),
        Key(
            "if unknown", "one of: refer, fail, pass", "What happens if a fact is missing", "refer"
        ),
        Key(
            "unless",
            "conditions",
            "The rule does not apply to cases for which this is true",
            "appealed",
        ),
        Key("from", "date", "In force from", "2025-02-04"),
        Key("to", "date", "In force until, not including", "2026-02-04"),
        Key(
            "in force",
            "list of span",
            "Several spans in which it is in force, instead of `from` and `to`",
            "[{to: 2017-03-06}, {from: 2025-01-20}]",
        ),
        Key("about", "words", "A remark", "as announced"),
    ),
    "provision": (
        *CITED,
        Key(
            "says", "words", "What the agreement says, in our own words", "at most 300 places", True
        ),
        Key("signed", "text", "Day, month or year of signature", "2015-03-02"),
        Key("from", "text", "Day, month or year from which it holds", "2015-09-01"),
        Key("to", "text", "The last day, month or year", "2018-08-31"),
        Key("status", "text", "Its status in words", "ended"),
        Key("form", f"one of: {', '.join(FORMS)}", "How the price is formed", "fixed per year"),
        Key("places", "people", "Places covered by a sum for a period", "242 places"),
        Key("payments", "map of agreed payment", "The prices", "{}"),
    ),
    "agreed payment": (
        *CITED,
        Key("per", f"one of: {', '.join(PAID_FOR)}", "What the amount buys", "place-day", True),
        Key("amount", "dated amount", "The amount", "8500 EUR", True),
        Key("minimum", "people", "Places paid for, used or not", "300 places"),
        Key("maximum", "people", "Most places available", "600 places"),
        Key("tiers", "list of tier", "Amounts above a number of places", "[{}]"),
        Key("escalator", "rate", "Relative increase per year", "2 % per year"),
        Key("from", "date", "First day", "2025-03-15"),
        Key("to", "date", "The first day after the last one", "2026-03-15"),
        Key("years", "number", "Number of years for which it is paid (with per: year)", "30"),
        Key("people", "people", "Number of people in the end (with per: once)", "238 people"),
        Key("days", "number", "Days for which each was held in the end", "125"),
    ),
    "worked case": (
        Key("says", "words", "A sentence about an invented person", "a man of 30", True),
        Key("facts", "map of value", "Their facts; a fact left out is not documented", "{}"),
        Key("today", "date", "The day on which the case is decided", "2026-09-01"),
        Key(
            "outcome", "one of: eligible, barred, referred", "The expected outcome", "barred", True
        ),
        Key("because", "names", "The rules that fail, or are undetermined", "[men]"),
    ),
}
