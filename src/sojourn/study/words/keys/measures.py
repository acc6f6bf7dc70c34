"""The keys of what is asked: measures, claims, and the scenarios in which they are answered."""

from __future__ import annotations

from sojourn.study.words.keys.key import CITED, QUANTITY, Key

MEASURES: dict[str, tuple[Key, ...]] = {
    "measure": (
        *CITED,
        *QUANTITY,
        Key("people", "names", "People in these states", "held"),
        Key("average", "names", "Mean census of these states (or of a facility)", "held"),
        Key("peak", "names", "Greatest daily census of these states (or of a facility)", "held"),
        Key("person-days", "names", "Days spent in these states", "held"),
        Key("person-years", "names", "Years spent in these states", "held"),
        Key("moves", "names", "Moves over these transitions", "nominated -> held"),
        Key(
            "turned away",
            "names",
            "People whom these transitions sent `otherwise`",
            "nominated -> held",
        ),
        Key("wait", "names", "Mean wait of the people served, in days", "nominated -> held"),
        Key(
            "median wait",
            "names",
            "Days within which half of the people who join the line are served",
            "nominated -> held",
        ),
        Key(
            "share served",
            "names",
            "Share of the people who join the line that is served by the end",
            "nominated -> held",
        ),
        Key("money", "bill", "Sum of payments", "fee"),
        Key(
            "prices",
            "one of: nominal, real",
            "Amounts as paid, or in prices of the index year",
            "real",
        ),
        Key("discounted", "flag", "Amounts discounted to day 0", "yes"),
        Key("first full", "text", "Days until the facility is first full", "cecot"),
        Key("ratio", "names", "The first measure divided by the second", "[fee_total, years]"),
        Key("sum", "names", "Sum of measures", "[a, b]"),
        Key("difference", "names", "The first measure minus the second", "[a, b]"),
        Key("product", "names", "Product of measures", "[a, b]"),
        Key("where", "map of value", "Only people with these facts", "{citizenship: US}"),
        Key("from", "date", "First day", "2025-03-15"),
        Key("to", "date", "The first day after the last one", "2026-03-15"),
        Key("at", "text", "`end` or a date", "end"),
        Key(
            "scenario",
            "text",
            "Scenario whose value it takes; default: its own",
            "law as it stands",
        ),
        Key(
            "only under",
            "names",
            "The scenarios to which it belongs; elsewhere it has no value and is not reported",
            "[as offered]",
        ),
        Key(
            "happened",
            "flag",
            "The `value` is what came to pass: the report lists it, with the claims that use it",
            "yes",
        ),
        Key("unit", "text", "Unit", "USD per person-year"),
        Key("label", "words", "Name for people", "Held at the end"),
    ),
    "bill": (
        Key("payments", "names", "These payments", "[fee, transport]"),
        Key("payer", "text", "All that this party pays", "US"),
        Key("payee", "text", "All that this party receives", "SV"),
        Key("category", "one of: fee, custody, transfer, legal, other", "Kind", "fee"),
        Key(
            "costing",
            "one of: average, marginal",
            "This costing, and payments without one",
            "marginal",
        ),
    ),
    "claim": (
        *CITED,
        Key("says", "words", "The claim", "the fee is low", True),
        Key("holds if", "condition", "Condition over measures", "fee < home_cost"),
        Key(
            "cannot be determined",
            "words",
            "Why it cannot be tested",
            "no measure of safety is in the model",
        ),
        Key("scenario", "text", "The scenario in which it is tested", "as offered"),
        Key(
            "follows from",
            "names",
            "Paths of the study, such as an assumed number, that by themselves decide it",
            "[parameters.petitions]",
        ),
    ),
    "scenario": (
        Key("based on", "text", "Scenario whose changes are applied first", "as offered"),
        Key("about", "words", "What it is", "the offer as announced"),
        Key("label", "words", "Its name in reports", "{es: según la oferta}"),
    ),
}
