"""The keys of lengths of stay."""

from __future__ import annotations

from sojourn.stays.families import FAMILIES, FITTED
from sojourn.study.words.keys.key import AS_COUNTED, CITED, QUANTITY, Key

STAYS: dict[str, tuple[Key, ...]] = {
    "stay": (
        *CITED,
        *QUANTITY,
        Key("mean", "duration", "Mean of an exponential stay", "60 days"),
        *(
            Key(family.name, f"parameters of {family.name}", family.title, family.example)
            for family in FAMILIES.values()
        ),
        Key("table", "weights", "Whole days with weights", "{0: 10, 30: 90}"),
        Key(
            "quantiles",
            "quantiles",
            "Share of stays -> days not exceeded; linear in between",
            "{0 %: 1 day, 90 %: 30 days, 100 %: 1 year}",
        ),
        Key(
            "survival",
            "survival",
            "Time -> share still there; linear in between",
            "{0 days: 100 %, 30 days: 80 %, 1 year: 0 %}",
        ),
        Key(
            "hazard",
            "hazard",
            "Time -> rate of leaving from then on (not a probability); the last holds for ever",
            "{0 days: 0.2 % per day, 30 days: 5 % per month, 1 year: 0}",
        ),
        Key(
            "observed",
            "stays file",
            "Observed stays, some of them censored (Kaplan–Meier), with or without their way out "
            "(Aalen–Johansen)",
            "stays.csv",
        ),
        Key(
            "way out",
            "names",
            "With `observed`: the file's name or names for the way out that ends this stay",
            "bond",
        ),
        Key(
            "fit",
            f"one of: {', '.join(FITTED)}",
            "With `observed`: the family to fit by maximum likelihood, jointly with the other ways "
            "out of the file",
            "lognormal",
        ),
        Key(
            "rest",
            "one of: never, ends",
            "With `survival` or `observed`: people left at the end never leave, or leave then",
            "never",
        ),
        *AS_COUNTED,
        Key("mixture", "list of mixture part", "Several stays with shares", "[{}]"),
        Key("of", "map of stay", "With `by`: value of the fact -> its stay", "{violent: 10 days}"),
        Key("otherwise", "stay", "With `by`: the stay of all other values", "20 days"),
    ),
    "mixture part": (
        Key("share", "share", "Share", "30 %", True),
        Key("after", "stay", "The stay", "30 days", True),
    ),
    **{
        f"parameters of {family.name}": tuple(
            Key(each.name, each.kind, each.about, each.example, True) for each in family.parameters
        )
        for family in FAMILIES.values()
    },
}
