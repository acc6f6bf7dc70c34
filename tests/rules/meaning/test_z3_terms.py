"""The fourth evaluator: Z3 says of a case what plain Python and DuckDB say."""

from __future__ import annotations

from datetime import date

import pytest
import z3
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from rules.generated import FACTS, WORDS, checked, condition, maybe, quantity, some_of
from sojourn.rules.meaning.reference import evaluate
from sojourn.rules.meaning.z3_logic import term
from sojourn.rules.meaning.z3_terms import Symbols, texts_of
from sojourn.rules.prove.ordinary import OrdinaryValues
from sojourn.rules.prove.witness import confirm, read_witness
from sojourn.rules.prove.z3_solver import NotProven

dates = st.one_of(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.sampled_from([date(2025, 2, 4), date(1970, 1, 1), date(2000, 2, 29), date(2025, 8, 31)]),
)
MOST_STEPS = 3_000_000
"""Z3's own count of its work, the same on a slow machine: about a second."""
whole = {
    "word": st.sampled_from([*WORDS, "of no condition"]),
    "other": st.sampled_from([*WORDS, "of no condition"]),
    "age": quantity,
    "score": quantity.filter(lambda value: abs(value) <= 1e6),
    "flag": st.booleans(),
    "mark": st.booleans(),
    "entered": dates,
    "due": dates,
    "term": st.sampled_from([0.0, 30.0, 30.4375, 365.25, 1.5]),
    "nations": some_of("nations"),
    "crimes": some_of("crimes"),
    "land": st.sampled_from(FACTS["land"].values),
}
whole_row = st.fixed_dictionaries(whole)
z3_row = st.fixed_dictionaries({name: maybe(values) for name, values in whole.items()})


def by_z3(expression, rows, hidden):
    """What Z3 says of each row. Behind a missing fact stands a hidden value, which is to tell
    nothing; were it left free, Z3 might look for one for hours."""
    texts = [value for row in (*rows, hidden) for value in row.values() if isinstance(value, str)]
    symbols = Symbols(FACTS, [*texts_of([expression]), *texts])
    truth = symbols.truth(expression)
    return [by_solver(symbols.variables, truth, row, hidden) for row in rows]


def by_solver(variables, truth, row, hidden):
    """What Z3 says of one row: the value that its truth may have, and no other."""
    case = list(variables.domain)
    for name in variables.used:
        if row[name] is None:
            _, *value = variables.given(name, hidden[name])
            case += [*variables.given(name, None), *value]
        else:
            case += variables.given(name, row[name])
    possible = []
    for value, bit in ((True, truth.true), (False, truth.false)):
        # A solver of its own: with the case settled from the beginning, it has little to search.
        solver = z3.Solver()
        solver.set("rlimit", MOST_STEPS)
        solver.add(*case, term(bit))
        possible += [value] if answered(solver) == z3.sat else []
    assert len(possible) < 2
    return possible[0] if possible else None


def answered(solver):
    """The answer; an example for which Z3 would search for long is left out."""
    found = solver.check()
    if found == z3.unknown:
        reject()
    return found


def agree(source, rows, hidden):
    expression = checked(source)
    assert by_z3(expression, rows, hidden) == [evaluate(expression, row) for row in rows]
    confirm(rows, [expression], FACTS)


@settings(max_examples=60, deadline=None)
@given(source=condition, rows=st.lists(z3_row, min_size=1, max_size=3), hidden=whole_row)
def test_z3_plain_and_duckdb_agree(source, rows, hidden):
    agree(source, rows, hidden)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(source=condition, rows=st.lists(z3_row, min_size=1, max_size=3), hidden=whole_row)
def test_z3_plain_and_duckdb_agree_on_thousands(source, rows, hidden):
    agree(source, rows, hidden)


@settings(max_examples=30, deadline=None)
@given(source=condition)
def test_a_case_that_z3_finds_has_the_value_it_was_asked_for(source):
    expression = checked(source)
    symbols = Symbols(FACTS, texts_of([expression]))
    truth = symbols.truth(expression)
    for bit, value in ((truth.true, True), (truth.false, False), (truth.unknown, None)):
        solver = z3.Solver()
        solver.set("timeout", 200)  # products of dates may take it for ever: not proven, then
        solver.add(*symbols.variables.domain, term(bit))
        if solver.check() == z3.sat:
            try:
                found = read_witness(
                    solver.model(),
                    symbols.variables,
                    symbols.variables.used,
                    lambda row, value=value: evaluate(expression, row) is value,
                    OrdinaryValues([expression], FACTS, symbols.variables.options),
                )
            except NotProven:
                # Only numbers with more digits than facts have were found.
                assert any(sign in source for sign in "*/")
            else:
                assert evaluate(expression, found.row) is value


def test_open_texts_may_all_differ():
    expression = checked("(word != other) and (word not in ('US', 'another')) and (other != 'US')")
    symbols = Symbols(FACTS, texts_of([expression]))
    wanted = term(symbols.truth(expression).true)
    solver = z3.Solver()
    solver.add(*symbols.variables.domain, wanted)
    assert solver.check() == z3.sat
    row = {name: symbols.variables.value(solver.model(), name) for name in symbols.variables.used}
    assert len({row["word"], row["other"], "US", "another"} - {None}) >= 3
    assert evaluate(expression, row) is True
