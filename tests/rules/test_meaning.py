"""One meaning, three evaluators: plain Python, NumPy and DuckDB on generated conditions."""

from datetime import date

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.rules.arrays import column, evaluate_arrays
from sojourn.rules.check import check
from sojourn.rules.evaluate import evaluate
from sojourn.rules.parse import parse
from sojourn.rules.sql import COLUMN_TYPES, identifier, to_sql
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


def by_arrays(expression, rows):
    columns = {name: column([row[name] for row in rows], fact.type) for name, fact in FACTS.items()}
    names = {1: True, 0: False, -1: None}
    found = evaluate_arrays(expression, columns)
    assert found.dtype == np.int8
    return [names[int(value)] for value in found]


@pytest.fixture(scope="module")
def database():
    with duckdb.connect() as connection:
        columns = ", ".join(
            f"{identifier(name)} {COLUMN_TYPES[fact.type]}" for name, fact in FACTS.items()
        )
        connection.execute(f"CREATE TABLE cells (row INTEGER, {columns})")
        yield connection


def by_duckdb(expression, rows, connection):
    connection.execute("DELETE FROM cells")
    places = ", ".join("?" * (len(FACTS) + 1))
    connection.executemany(
        f"INSERT INTO cells VALUES ({places})",
        [[place, *(row[name] for name in FACTS)] for place, row in enumerate(rows)],
    )
    query = f"SELECT {to_sql(expression)} FROM cells ORDER BY row"
    return [value for (value,) in connection.execute(query).fetchall()]


@settings(max_examples=400, deadline=None)
@given(source=condition, rows=st.lists(row, min_size=1, max_size=6))
def test_plain_arrays_and_duckdb_agree(source, rows, database):
    expression = checked(source)
    plain = [evaluate(expression, row) for row in rows]
    assert by_arrays(expression, rows) == plain
    assert by_duckdb(expression, rows, database) == plain


@pytest.mark.parametrize(
    ("source", "row", "meant"),
    [
        ("age > 3", {}, None),
        ("age > 3 or flag", {"flag": True}, True),
        ("age > 3 or flag", {"flag": False}, None),
        ("age > 3 and flag", {"flag": False}, False),
        ("age > 3 and flag", {"flag": True}, None),
        ("not age > 3", {}, None),
        ("known(age)", {}, False),
        ("known(age)", {"age": float("nan")}, False),
        ("not known(age) or age > 3", {}, True),
        ("known(both)", {"flag": False}, True),
        ("known(both)", {"flag": True}, False),
        ("age in (1, 2)", {}, None),
        ("age in (1, score)", {"age": 1.0}, True),
        ("age in (1, score)", {"age": 2.0}, None),
        ("age not in (1, 2)", {"age": 3.0}, True),
        ("flag = mark", {"flag": False, "mark": False}, True),
        ("entered + 30 days <= 2025-03-06", {"entered": "2025-02-04"}, True),
        ("entered + 30 days <= 2025-03-05", {"entered": date(2025, 2, 4)}, False),
        ("due - entered = 1 week", {"entered": "2025-02-04", "due": "2025-02-11"}, True),
        ("word = 'it''s'", {"word": "it's"}, True),
    ],
)
def test_worked_cases(source, row, meant, database):
    expression = checked(source)
    whole = {name: row.get(name) for name in FACTS}
    assert evaluate(expression, row) is meant
    assert by_arrays(expression, [whole]) == [meant]
    if row.get("age") == row.get("age"):  # NaN is kept out of tables
        assert by_duckdb(expression, [whole], database) == [meant]
