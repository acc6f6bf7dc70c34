"""Which features cannot come together, and why."""

from __future__ import annotations

from itertools import combinations, product

from engine.generated.features import BY_STEP, FAMILIES, PUT

STOCK = frozenset(name for name in PUT if name.startswith("stock: "))
ADMISSIONS = frozenset(name for name in PUT if name.startswith("admissions: ")) - {
    "admissions: at a rate that changes"
}
OF_STOCK = STOCK | {"stock in a hard facility"}
OF_ADMISSIONS = ADMISSIONS | {
    "admissions: at a rate that changes",
    "admitted into a hard facility",
    "admitted into a soft facility",
}
ENTRANCE = OF_STOCK | OF_ADMISSIONS
"""Of how people come in: those of others in the study count beside a person's own."""

BESIDE = frozenset(
    frozenset(pair)
    for pair in (
        *combinations(STOCK, 2),
        *combinations(ADMISSIONS, 2),
        *product(OF_STOCK, OF_ADMISSIONS),
        ("admitted into a hard facility", "admitted into a soft facility"),
        ("admissions: listed", "admissions: at a rate that changes"),
    )
)
"""Pairs that no person can have, for everybody comes in once, into one place; two can."""

IMPOSSIBLE: dict[tuple[str, ...], str] = {
    ("a clock of a date", "a clock read at a share"): "a date has no length",
}
"""What cannot come together, and the reason."""
for _pair in combinations(BY_STEP, 2):
    IMPOSSIBLE[_pair] = "a study has one step"

NEEDS = frozenset(
    {
        "admitted into a hard facility",
        "stock in a hard facility",
        "moves into a hard facility",
        "moves within a hard facility",
        "a capacity that changes",
        "places that others hold",
        "a quota",
        "a gate by dates",
        "a gate by chance",
        "a priority",
        "several lines of a state",
        "somebody goes elsewhere at once",
        "somebody gives up waiting",
        "somebody waits",
    }
)
CARRIED = frozenset({"a clock read later", "a clock carried past a state that is plain"})
ALONE = tuple(name for name in PUT if name not in NEEDS | CARRIED)
"""The features that the expected solver takes: people share nothing, and carry no clock onward."""

FOR_EVERYONE = ("a policy that changes everybody's own stay",
                "a policy that changes everybody's pace")  # fmt: skip
OF_ONE_WAY = (
    *BY_STEP,
    "moves into a hard facility",
    "moves within a hard facility",
    "a quota",
    "a gate by dates",
    "a gate by chance",
    "somebody waits",
    "a clock set by the population",
    "a clock set by a state",
    "a clock read later",
    "a clock with an offset",
    "a clock read at a share",
    "a chance",
    "several branches",
    "a stay of no time",
    "stays that differ by fact",
    *FAMILIES,
    "facts that change",
    "a condition",
    "a way out that starts",
    "a policy that changes for those who come",
    *FOR_EVERYONE,
)
"""Features that one way out can have."""
_BY_CLOCK = ("a clock set by the population", "a clock set by a state", "a clock read later",
             "a clock with an offset", "a clock read at a share")  # fmt: skip
NOT_ON_ONE_WAY: dict[tuple[str, ...], str] = {
    ("a clock set by the population", "a clock set by a state"): "a way out reads one clock",
    ("moves into a hard facility", "moves within a hard facility"): "it has left from there or not",
    **dict.fromkeys(
        product(_BY_CLOCK, (*FAMILIES, "stays that differ by fact")),
        "a way out is by a clock or by a stay",
    ),
    **dict.fromkeys(
        combinations((*FAMILIES, "stays that differ by fact"), 2), "one stay is drawn of one law"
    ),
    ("a stay of no time", "a stay of a table"): "a table with 0 days is a feature of its own",
    ("a stay of no time", "a way out that starts"): "it was taken before it started",
    **{("a stay of no time", name): "it was taken before it changed" for name in FOR_EVERYONE},
}
"""What cannot come together on one way out, and the reason."""


def impossible(names: tuple[str, ...], *, on_one_way: bool) -> list[frozenset[str]]:
    """Of these features."""
    never = [*IMPOSSIBLE, *(NOT_ON_ONE_WAY if on_one_way else ())]
    return [frozenset(together) for together in never if set(together) <= set(names)]
