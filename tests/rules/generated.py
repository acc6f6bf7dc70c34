"""Conditions and cases made at random, for tests that hold several evaluators to one meaning."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from sojourn.rules.agreement.conditions import read_conditions
from sojourn.rules.language.parse import parse
from sojourn.rules.language.tree import FactOf
from sojourn.rules.language.type_check import check
from sojourn.study.model import Agreement, DatedValue, Fact, Group, Quantity, Rule, Scenario

FACTS = {
    "word": Fact(),
    "other": Fact(),
    "age": Fact(type="number"),
    "score": Fact(type="number"),
    "flag": Fact(type="yes-no"),
    "mark": Fact(type="yes-no"),
    "entered": Fact(type="date"),
    "due": Fact(type="date"),
    "term": Fact(type="duration"),
}
TERMS = {"both": "flag and mark", "young": "age < 30"}
TODAY = FactOf("due", "date", "", 0)
"""The day of which conditions speak: a fact of each case."""


def dated(unit, **steps):
    """A value that changes on dates, written as d2000_01_31=3."""
    return DatedValue(
        steps=tuple(
            (date(*map(int, day[1:].split("_"))), Quantity(value=value, unit=unit))
            for day, value in steps.items()
        )
    )


VALUES = {
    "notice": dated("day", d1985_01_01=180, d2025_01_01=120),
    "least": dated("", d1970_01_01=18, d2000_02_29=21, d2025_02_04=2.5),
    "cutoff": DatedValue(
        steps=((date(1990, 5, 1), date(2000, 2, 29)), (date(2023, 10, 3), date(2023, 7, 31)))
    ),
    "always": DatedValue(steps=((None, Quantity(value=30, unit="")),)),
}
WORDS = ["US", "it's", 'a"b', "'; DROP TABLE cells; --", "é", "", "x y", "\\", "%_", "NULL"]

numbers = st.sampled_from(["0", "1", "2.5", "30", "0.1", "-3", "(-0.2)", "100000"])
days = st.sampled_from(["2025-02-04", "1969-12-31", "2000-02-29", "1970-01-01", "2023-02-28"])
lengths = st.sampled_from(["30 days", "1 month", "2 weeks", "12 months"])
words = st.sampled_from(WORDS).map(lambda word: "'" + word.replace("'", "''") + "'")


def grown(leaves, make):
    return st.recursive(leaves, make, max_leaves=4)


some_day = st.one_of(
    days,
    st.sampled_from(
        ["entered", "due", "today", "(entered + term)", "(due - 1.5 days)", "(due + notice)",
         "(today + 4000000 days)", "(entered - 2000 * term)", "cutoff", "(cutoff + term)"]
    ),
)  # fmt: skip
years = st.tuples(st.sampled_from(["years", "age"]), some_day, some_day).map(
    "{0[0]}({0[1]}, {0[2]})".format
)
number = grown(
    st.one_of(numbers, st.sampled_from(["age", "score", "least", "always"]), years),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
        "({0[0]} {0[1]} {0[2]})".format
    ),
)
length = st.one_of(
    lengths,
    st.sampled_from(["term", "notice"]),
    st.sampled_from(["(due - entered)", "(2 * term)", "(term + 30 days)", "(term - 1.5 days)"]),
)
day = st.one_of(
    days,
    st.sampled_from(["entered", "due", "today", "cutoff"]),
    length.map("(entered + {})".format),
    length.map("(due - {})".format),
)  # fmt: skip
text = st.one_of(words, st.sampled_from(["word", "other"]))
equal = st.sampled_from(["=", "!="])
ordered = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def comparisons(value, sign):
    return st.tuples(value, sign, value).map(" ".join)


def memberships(item, value):
    options = st.lists(value, min_size=1, max_size=3).map(", ".join)
    kind = st.sampled_from(["in", "not in"])
    return st.tuples(item, kind, options).map("{0[0]} {0[1]} ({0[2]})".format)


simple = st.one_of(
    comparisons(number, ordered),
    comparisons(length, ordered),
    comparisons(day, ordered),
    comparisons(text, equal),
    memberships(st.sampled_from(["age", "score", "(age + 1)"]), number),
    memberships(st.sampled_from(["word", "other"]), text),
    memberships(st.sampled_from(["entered", "due"]), day),
    memberships(st.sampled_from(["flag", "both"]), st.sampled_from(["yes", "no", "mark"])),
    st.sampled_from(["flag", "mark", "both", "young", "yes", "no", "score < 7 %", "7 % = age"]),
    st.sampled_from(["word", "age", "flag", "due", "term", "both", "young"]).map(
        "known({})".format
    ),
)
condition = st.recursive(
    simple.map("({})".format),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' and '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' or '.join(parts)})"),
        inner.map("(not {})".format),
        st.tuples(inner, equal, inner).map("({0[0]} {0[1]} {0[2]})".format),
    ),
    max_leaves=6,
)


def maybe(values):
    return st.one_of(st.none(), values)


quantity = st.one_of(
    st.sampled_from([0.0, 1.0, 2.5, 30.0, 0.1, -3.0, -0.0, 0.30000000000000004]),
    st.floats(-1e15, 1e15),
)
dates = st.one_of(
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    # Leap days and their neighbours, where full years are easily miscounted.
    st.sampled_from(
        [date(year, month, day) for year in (1999, 2000, 2004, 2023, 2025)
         for month, day in ((2, 28), (3, 1), (2, 4))] + [date(2000, 2, 29), date(2004, 2, 29)]
    ),
)  # fmt: skip
row = st.fixed_dictionaries(
    {
        "word": maybe(st.sampled_from(WORDS)),
        "other": maybe(st.sampled_from(WORDS)),
        "age": maybe(quantity),
        "score": maybe(quantity),
        "flag": maybe(st.booleans()),
        "mark": maybe(st.booleans()),
        "entered": maybe(st.one_of(dates, st.sampled_from([date(2025, 2, 4), date(1970, 1, 1)]))),
        "due": maybe(dates),
        "term": maybe(st.sampled_from([0.0, 30.0, 30.4375, 365.25, 1.5])),
    }
)


def checked(source):
    terms = {name: parse(term) for name, term in TERMS.items()}
    return check(parse(source), FACTS, terms, dated=VALUES, today=TODAY)


grouped = st.recursive(
    condition,
    lambda inner: st.builds(
        Group,
        operator=st.sampled_from(["and", "or"]),
        parts=st.lists(inner, min_size=1, max_size=3).map(tuple),
    ),
    max_leaves=5,
)
"""A text, or `any of` and `all of` several, each a text or such a group."""


def rule_of(condition, **more):
    """A checked rule that requires a condition, by way of an agreement."""
    text = condition if isinstance(condition, str) else condition.text()
    group = condition if isinstance(condition, Group) else None
    rule = Rule(kind="require", condition=text, condition_group=group, cite="art. 1", **more)
    agreement = Agreement(
        title="t", sending="A", receiving="B", terms=TERMS, values=VALUES, rules={"one": rule},
        today=TODAY.name,
    )  # fmt: skip
    scenario = Scenario(
        name="s", facts=FACTS, agreement=agreement, states={}, transitions=(), populations={}
    )
    return read_conditions(scenario).rules[0]
