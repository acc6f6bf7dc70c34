"""Conditions and cases made at random, for tests that hold several evaluators to one meaning."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from sojourn.errors import RuleError
from sojourn.rules.agreement.conditions import read_conditions
from sojourn.rules.language.parse import parse
from sojourn.rules.language.tree import FactOf
from sojourn.rules.language.type_check import check
from sojourn.study.fact_numbers import nearest
from sojourn.study.fact_types import NOTHING
from sojourn.study.model.agreement import AgreementModel, DatedValue, Group, Rule
from sojourn.study.model.facts import Fact
from sojourn.study.model.study import Scenario
from sojourn.study.model.values import Quantity

FACTS = {
    "word": Fact(open="words of tests"),
    "other": Fact(open="words of tests"),
    "age": Fact(type="number"),
    "score": Fact(type="number", least=-1e6, most=1e6),
    "flag": Fact(type="yes-no"),
    "mark": Fact(type="yes-no"),
    "entered": Fact(type="date"),
    "due": Fact(type="date"),
    "term": Fact(type="duration"),
    "nations": Fact(type="set", values=("US", "SV", "it's", "MX")),
    "crimes": Fact(type="set", values=("theft", "fraud")),
    "land": Fact(values=("US", "SV", "MX")),
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
    "since": DatedValue(
        chosen_by="land",
        table=(("US", date(2001, 6, 24)), ("SV", date(2000, 2, 29)), ("MX", date.max)),
    ),
    "grace": DatedValue(
        chosen_by="land",
        table=tuple(
            (land, Quantity(value=days, unit="day"))
            for land, days in (("US", 30), ("SV", 30), ("MX", 2.5))
        ),
    ),
    "half": DatedValue(steps=((None, Quantity(value=182.625, unit="day", months=6)),)),
}
WORDS = ["US", "it's", 'a"b', "'; DROP TABLE cells; --", "é", "", "x y", "\\", "%_", "NULL"]

numbers = st.sampled_from(
    ["0", "1", "2.5", "30", "0.1", "-3", "(-0.2)", "100000", "0.000001", "123456.789012"]
)
days = st.sampled_from(["2025-02-04", "1969-12-31", "2000-02-29", "1970-01-01", "2023-02-28"])
lengths = st.sampled_from(["30 days", "30.4375 days", "2 weeks", "365.25 days"])
of_calendar = st.sampled_from(["1 month", "12 months", "1.5 years", "half", "(half + 2 * half)"])
words = st.sampled_from(WORDS).map(lambda word: "'" + word.replace("'", "''") + "'")


def grown(leaves, make):
    return st.recursive(leaves, make, max_leaves=4)


some_day = st.one_of(
    days,
    st.sampled_from(
        ["entered", "due", "today", "(entered + term)", "(due - 1.5 days)", "(due + notice)",
         "(today + 4000000 days)", "(entered - 2000 * term)", "cutoff", "(cutoff + term)",
         "(entered + 6 months)", "(due - 1 month)", "(today + 18 years)", "(entered + half)",
         "(due + 9000 months)", "((entered + term) - 11 months)", "max(entered, due, cutoff)",
         "min(due + 1 month, today)", "since", "(since + 6 months)", "max(entered, since)"]
    ),
)  # fmt: skip
years = st.tuples(st.sampled_from(["years", "age"]), some_day, some_day).map(
    "{0[0]}({0[1]}, {0[2]})".format
)
months = st.tuples(some_day, some_day).map("months({0[0]}, {0[1]})".format)
number = grown(
    st.one_of(
        numbers,
        st.sampled_from(["age", "score", "least", "always", "count(nations)", "count(crimes)"]),
        years,
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map("({0[0]} {0[1]} {0[2]})".format),
        st.tuples(inner, st.sampled_from(["3", "(-0.7)", "always"])).map(
            "({0[0]} / {0[1]})".format
        ),
        st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(
            "{0[0]}({0[1]}, {0[2]})".format
        ),
    ),
)
length = st.one_of(
    lengths,
    st.sampled_from(["term", "notice", "grace", "(term - grace)"]),
    st.sampled_from(
        ["(due - entered)", "(2 * term)", "(term + 30 days)", "(term - 1.5 days)", "(0.55 * term)",
         "(term / 7)", "max(term, 30 days)", "min(due - entered, term, notice)", "(age * term)"]
    ),
)  # fmt: skip
day = st.one_of(
    days,
    some_day,
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


def too_many_digits(source):
    """Whether a product may need more digits than there are; such conditions are refused."""
    try:
        checked(source)
    except RuleError as error:
        if "37 digits" not in error.problems[0].what:
            raise
        return True
    return False


simple = st.one_of(
    comparisons(number, ordered),
    comparisons(length, ordered),
    comparisons(st.one_of(of_calendar, st.sampled_from(["term", "0.5 * term"])), ordered),
    st.tuples(months, ordered, st.one_of(months, st.sampled_from(["6", "age", "1.5 years"]))).map(
        " ".join
    ),
    comparisons(day, ordered),
    comparisons(text, equal),
    memberships(st.sampled_from(["age", "score", "(age + 1)"]), number),
    memberships(st.sampled_from(["word", "other"]), text),
    memberships(st.sampled_from(["entered", "due"]), day),
    memberships(st.sampled_from(["flag", "both"]), st.sampled_from(["yes", "no", "mark"])),
    st.sampled_from(["flag", "mark", "both", "young", "yes", "no", "score < 7 %", "7 % = age"]),
    st.sampled_from(["word", "age", "flag", "due", "term", "both", "young", "nations"]).map(
        "known({})".format
    ),
    st.tuples(
        st.sampled_from(["any", "all"]), st.sampled_from(["in", "not in"]),
        st.lists(st.sampled_from(["'US'", "'SV'", "'it''s'", "'MX'"]), min_size=1, max_size=3),
    ).map(lambda each: f"{each[0]}(nations) {each[1]} ({', '.join(each[2])})"),
    st.sampled_from(
        ["'US' in nations", "'MX' not in nations", "any(crimes) = 'fraud'",
         "all(crimes) != 'theft'"]
    ),
)  # fmt: skip
condition = st.recursive(
    simple.map("({})".format),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' and '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' or '.join(parts)})"),
        inner.map("(not {})".format),
        st.tuples(inner, equal, inner).map("({0[0]} {0[1]} {0[2]})".format),
        st.lists(inner, min_size=2, max_size=3).flatmap(
            lambda parts: st.integers(1, len(parts)).map(
                lambda count: f"at least {count} of ({', '.join(parts)})"
            )
        ),
    ),
    max_leaves=6,
).filter(lambda source: not too_many_digits(source))


def maybe(values):
    return st.one_of(st.none(), values)


def some_of(name):
    """Sets of a fact, as documented."""
    fact = FACTS[name]
    return st.sets(st.sampled_from(fact.values)).map(
        lambda held: "; ".join(value for value in fact.values if value in held) or NOTHING
    )


quantity = st.one_of(
    st.sampled_from([0.0, 1.0, 2.5, 30.0, 0.1, -3.0, 0.3, 0.2, 1e15, 999999999.999999]),
    st.floats(-1e15, 1e15).map(nearest),
    st.floats(-100, 100).map(nearest),
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
        "score": maybe(quantity.filter(lambda value: abs(value) <= 1e6)),
        "flag": maybe(st.booleans()),
        "mark": maybe(st.booleans()),
        "entered": maybe(st.one_of(dates, st.sampled_from([date(2025, 2, 4), date(1970, 1, 1)]))),
        "due": maybe(dates),
        "term": maybe(st.sampled_from([0.0, 30.0, 30.4375, 365.25, 1.5, 100.0, 1e6])),
        "nations": maybe(some_of("nations")),
        "crimes": maybe(some_of("crimes")),
        "land": maybe(st.sampled_from(FACTS["land"].values)),
    }
)


def checked(source):
    terms = {name: parse(term) for name, term in TERMS.items()}
    return check(parse(source), FACTS, terms, dated=VALUES, today=TODAY)


grouped = st.recursive(
    condition,
    lambda inner: st.builds(
        Group,
        operator=st.sampled_from(["and", "or", "at least"]),
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
    agreement = AgreementModel(
        title="t", sending="A", receiving="B", terms=TERMS, values=VALUES, rules={"one": rule},
        today=TODAY.name,
    )  # fmt: skip
    scenario = Scenario(
        name="s", facts=FACTS, agreement=agreement, states={}, transitions=(), populations={}
    )
    return read_conditions(scenario).rules[0]
