"""The calendar of proofs is that of Python."""

from __future__ import annotations

from datetime import date

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.rules.language.tree import EPOCH
from sojourn.rules.meaning.z3_calendar import Calendar

near = st.one_of(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.builds(
        date,
        st.sampled_from([1900, 1904, 1999, 2000, 2001, 2096, 2099, 2100, 2101, 2104, 2199]),
        st.sampled_from([1, 2, 3, 12]),
        st.sampled_from([1, 28]),
    ),
    st.builds(date, st.integers(476, 524).map(lambda n: 4 * n), st.just(2), st.just(29)),
)
far = st.one_of(near, st.dates())


def full_years(first, last):
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


def by_z3(first, last, is_near):
    domain = []
    days = [z3.Int("first"), z3.Int("last")]
    years = Calendar(domain).years(*days, first_near=is_near, last_near=is_near)
    solver = z3.Solver()
    solver.add(*domain, days[0] == first.toordinal() - EPOCH, days[1] == last.toordinal() - EPOCH)
    assert solver.check() == z3.sat
    found = solver.model().eval(years).as_long()
    # No other split of the days is possible.
    assert solver.check(years != found) == z3.unsat
    return found


@settings(max_examples=60, deadline=None)
@given(near, near)
def test_near_years_are_those_of_python(first, last):
    assert by_z3(first, last, True) == full_years(first, last)


@settings(max_examples=60, deadline=None)
@given(far, far)
def test_far_years_are_those_of_python(first, last):
    assert by_z3(first, last, False) == full_years(first, last)


@pytest.mark.parametrize(
    ("born", "on", "meant"),
    [
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2000, 3, 1), date(2100, 2, 28), 99),
        (date(2000, 3, 1), date(2100, 3, 1), 100),
    ],
)
def test_birthdays(born, on, meant):
    assert full_years(born, on) == meant
    assert by_z3(born, on, True) == by_z3(born, on, False) == meant


def test_every_day_of_the_near_years_splits():
    """Nothing is asked of a date that it does not have by itself."""
    domain = []
    day = z3.Int("day")
    years = Calendar(domain).years(day, day, first_near=True, last_near=True)
    solver = z3.Solver()
    solver.add(*domain)
    for each in (date(1900, 1, 1), date(1900, 12, 31), date(2100, 2, 28), date(2199, 12, 31)):
        assert solver.check(day == each.toordinal() - EPOCH) == z3.sat
    assert solver.check(years != 0) == z3.unsat
