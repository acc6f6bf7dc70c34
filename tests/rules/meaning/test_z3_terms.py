"""The fourth evaluator: Z3 says of a case what plain Python and DuckDB say."""

from __future__ import annotations

import re
from datetime import date

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.generated import FACTS, WORDS, checked, condition, maybe
from sojourn.rules.meaning.reference import evaluate
from sojourn.rules.meaning.z3_terms import Symbols, term, texts_of
from sojourn.rules.prove.witness import confirm, read_witness
from sojourn.rules.prove.z3_solver import NotProven

quantity = st.sampled_from([0.0, 1.0, 2.5, 30.0, 0.125, -3.0, 0.0625, 7.75])
dates = st.one_of(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.sampled_from([date(2025, 2, 4), date(1970, 1, 1), date(2000, 2, 29)]),
)
exact_row = st.fixed_dictionaries(
    {
        "word": maybe(st.sampled_from([*WORDS, "of no condition"])),
        "other": maybe(st.sampled_from([*WORDS, "of no condition"])),
        "age": maybe(quantity),
        "score": maybe(quantity),
        "flag": maybe(st.booleans()),
        "mark": maybe(st.booleans()),
        "entered": maybe(dates),
        "due": maybe(dates),
        "term": maybe(st.sampled_from([0.0, 30.0, 30.4375, 365.25, 1.5])),
    }
)


def exact(source):
    """The condition with numbers that doubles hold and add without rounding."""
    for old, new in (("0.1", "0.125"), ("0.2", "0.25"), ("7 %", "6.25 %"), ("100000", "64")):
        source = re.sub(rf"(?<![\d.]){re.escape(old)}(?!\d)", new, source)
    return source


def by_z3(expression, rows):
    texts = [value for row in rows for value in row.values() if isinstance(value, str)]
    symbols = Symbols(FACTS, [*texts_of([expression]), *texts])
    truth = symbols.truth(expression)
    solver = z3.Solver()
    found = []
    for row in rows:
        given_row = [bit for name in symbols.used for bit in symbols.given(name, row[name])]
        assert solver.check(*symbols.domain, *given_row) == z3.sat
        true, false = (
            solver.check(*symbols.domain, *given_row, term(bit)) == z3.sat
            for bit in (truth.true, truth.false)
        )
        assert not (true and false)
        assert (solver.check(*symbols.domain, *given_row, term(truth.unknown)) == z3.sat) is not (
            true or false
        )
        found.append(True if true else False if false else None)
    return found


@settings(max_examples=150, deadline=None)
@given(source=condition.map(exact), rows=st.lists(exact_row, min_size=1, max_size=3))
def test_z3_plain_and_duckdb_agree(source, rows):
    expression = checked(source)
    assert by_z3(expression, rows) == [evaluate(expression, row) for row in rows]
    confirm(rows, [expression], FACTS)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(source=condition.map(exact), rows=st.lists(exact_row, min_size=1, max_size=3))
def test_z3_plain_and_duckdb_agree_on_thousands(source, rows):
    expression = checked(source)
    assert by_z3(expression, rows) == [evaluate(expression, row) for row in rows]
    confirm(rows, [expression], FACTS)


@settings(max_examples=80, deadline=None)
@given(source=condition.map(exact))
def test_a_case_that_z3_finds_has_the_value_it_was_asked_for(source):
    expression = checked(source)
    symbols = Symbols(FACTS, texts_of([expression]))
    truth = symbols.truth(expression)
    for bit, value in ((truth.true, True), (truth.false, False), (truth.unknown, None)):
        solver = z3.Solver()
        solver.set("timeout", 200)  # products of dates may take it for ever: not proven, then
        solver.add(*symbols.domain, term(bit))
        if solver.check() == z3.sat:
            try:
                found = read_witness(
                    solver.model(),
                    symbols,
                    symbols.used,
                    lambda row, value=value: evaluate(expression, row) is value,
                )
            except NotProven:
                assert symbols.inexact
            else:
                assert evaluate(expression, found.row) is value


def test_open_texts_may_all_differ():
    expression = checked("(word != other) and (word not in ('US', 'another')) and (other != 'US')")
    symbols = Symbols(FACTS, texts_of([expression]))
    wanted = term(symbols.truth(expression).true)
    solver = z3.Solver()
    solver.add(*symbols.domain, wanted)
    assert solver.check() == z3.sat
    row = {name: symbols.value(solver.model(), name) for name in symbols.used}
    assert len({row["word"], row["other"], "US", "another"} - {None}) >= 3
    assert evaluate(expression, row) is True
