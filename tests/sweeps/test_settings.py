"""Values of a sweep, as they are written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.errors import SojournError
from sojourn.sweeps.settings import MOST_SETTINGS, grid, read_values, settings_of


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("200 people..600 people/5", ["200 people", "300 people", "400 people", "500 people",
                                      "600 people"]),
        ("0..1 USD/3", ["0 USD", "0.5 USD", "1 USD"]),
        ("1,000 EUR..1,010 EUR/2", ["1000 EUR", "1010 EUR"]),
        ("30 %..10 %/3", ["30 %", "20 %", "10 %"]),
        ("90 USD; 100 USD", ["90 USD", "100 USD"]),
        ("2026-01-01", ["2026-01-01"]),
    ],
)  # fmt: skip
def test_values_are_those_written(text, values):
    assert read_values(text) == values


@given(first=st.integers(-1000, 1000), width=st.integers(1, 1000), count=st.integers(2, 50))
def test_values_are_evenly_spaced_to_twelve_digits(first, width, count):
    found = [Fraction(text) for text in read_values(f"{first}..{first + width}/{count}")]
    assert len(found) == count
    for step, value in enumerate(found):
        exact = first + Fraction(width * step, count - 1)
        assert abs(value - exact) <= Fraction(1, 10**8)
    assert found[0] == first and found[-1] == first + width


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("1 day..2 years/3", "goes from 'day' to 'years'"),
        ("a..b/3", "is not FIRST..LAST/N"),
        ("1..2/1", "is not FIRST..LAST/N"),
    ],
)
def test_a_range_that_is_none_is_refused(text, what):
    with pytest.raises(SojournError, match=what):
        read_values(text)


def test_a_grid_is_every_combination_the_last_path_fastest():
    assert grid({"a": [1, 2], "b": "x; y"}) == [
        {"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"},
    ]  # fmt: skip


def test_too_many_settings_are_refused_with_their_number():
    with pytest.raises(SojournError, match=f"1,000,000 settings; a sweep holds {MOST_SETTINGS:,}"):
        grid(dict.fromkeys("abc", "1..100/100"))
    with pytest.raises(SojournError, match="has no values"):
        grid({"a": []})


def test_an_empty_cell_of_a_table_leaves_the_study_as_it_is():
    assert settings_of({"a": ["1", ""], "b": [None, "2"]}) == [{"a": "1"}, {"b": "2"}]
    with pytest.raises(SojournError, match="has 0 rows"):
        settings_of({"a": []})
