"""The calendar of proofs is that of Python."""

from __future__ import annotations

from datetime import date

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.rules.language.tree import EPOCH
from sojourn.rules.meaning.z3_calendar import Z3Calendar

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
    years = Z3Calendar(domain).years(*days, first_near=is_near, last_near=is_near)
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
    years = Z3Calendar(domain).years(day, day, first_near=True, last_near=True)
    solver = z3.Solver()
    solver.add(*domain)
    for each in (date(1900, 1, 1), date(1900, 12, 31), date(2100, 2, 28), date(2199, 12, 31)):
        assert solver.check(day == each.toordinal() - EPOCH) == z3.sat
    assert solver.check(years != 0) == z3.unsat


def full_months(first, last):
    """The greatest number of months by which `first` is moved and is not after `last`."""
    guess = 12 * (last.year - first.year) + last.month - first.month
    return max(n for n in range(guess - 2, guess + 2) if moved_by_hand(first, n) <= last)


def moved_by_hand(day, months):
    """The day so many months later, counted without our own calendar."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError


def settled(made, *days, is_near):
    """What the calendar's term comes to for these days, and can only come to."""
    domain, names = [], [z3.Int(f"day {place}") for place in range(len(days))]
    term = made(Z3Calendar(domain), *names, is_near)
    solver = z3.Solver()
    solver.add(*domain)
    solver.add(*(n == day.toordinal() - EPOCH for n, day in zip(names, days, strict=True)))
    assert solver.check() == z3.sat
    found = solver.model().eval(term).as_long()
    solver.add(term != found)
    assert solver.check() == z3.unsat
    return found


@settings(max_examples=25, deadline=None)
@given(near, near, st.booleans())
def test_full_months_end_with_the_month(first, last, is_near):
    found = settled(
        lambda calendar, one, other, near: calendar.months(one, other, near, near),
        first, last, is_near=is_near,
    )  # fmt: skip
    assert found == full_months(first, last)


@settings(max_examples=25, deadline=None)
@given(near, st.sampled_from([-1200, -13, -12, -1, 0, 1, 6, 11, 12, 48, 216, 1201]), st.booleans())
def test_a_day_moves_by_months_to_the_end_of_a_shorter_one(day, months, is_near):
    found = settled(
        lambda calendar, one, near: calendar.moved(one, months, near), day, is_near=is_near
    )
    assert date.fromordinal(found + EPOCH) == moved_by_hand(day, months)
