"""Conditions and cases made at random, for tests that hold several evaluators to one meaning."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from sojourn.rules.check import check
from sojourn.rules.parse import parse
from sojourn.study.model import Fact

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
WORDS = ["US", "it's", 'a"b', "'; DROP TABLE cells; --", "é", "", "x y", "\\", "%_", "NULL"]

numbers = st.sampled_from(["0", "1", "2.5", "30", "0.1", "-3", "(-0.2)", "100000", "7 %"])
days = st.sampled_from(["2025-02-04", "1969-12-31", "2000-02-29", "1970-01-01"])
lengths = st.sampled_from(["30 days", "1 month", "2 weeks", "1 year"])
words = st.sampled_from(WORDS).map(lambda word: "'" + word.replace("'", "''") + "'")


def grown(leaves, make):
    return st.recursive(leaves, make, max_leaves=4)


number = grown(
    st.one_of(numbers, st.sampled_from(["age", "score"])),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
        "({0[0]} {0[1]} {0[2]})".format
    ),
)
length = st.one_of(
    lengths,
    st.just("term"),
    st.sampled_from(["(due - entered)", "(2 * term)", "(term + 30 days)", "(term - 1.5 days)"]),
)
day = st.one_of(
    days, st.sampled_from(["entered", "due"]), length.map("(entered + {})".format),
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
    st.sampled_from(["flag", "mark", "both", "young", "yes", "no"]),
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
dates = st.dates(date(1900, 1, 1), date(2100, 1, 1))
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
    return check(parse(source), FACTS, {name: parse(term) for name, term in TERMS.items()})
