"""Tables of series: dates of every kind, gaps, and what cannot be used."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sojourn.errors import SojournError
from sojourn.forecasting.history import Columns, read_history
from sojourn.study.words.periods import Calendar, read_horizons, read_periods

COLUMNS = Columns("when", "held", ("place",), ("entered",))
COUNTS = Columns("when", "held")


def history(tmp_path, text: str, columns: Columns = COLUMNS):
    file = tmp_path / "table.csv"
    file.write_text(text, encoding="utf-8")
    return read_history(file, columns)


def test_a_table_by_years_with_a_gap(tmp_path):
    found = history(
        tmp_path,
        "place,when,held,entered\nA,2001,10,1\nA,2003,30,\nB,2002,5,2\nB,2003,NA,3\n",
    )
    assert found.names == ("A", "B")
    assert found.calendar == Calendar("year", 11)
    assert found.calendar.show(found.first) == "2001"
    np.testing.assert_array_equal(found.values, [[10, np.nan, 30], [np.nan, 5, np.nan]])
    np.testing.assert_array_equal(found.beside["entered"], [[1, np.nan, np.nan], [np.nan, 2, 3]])


@pytest.mark.parametrize(
    ("words", "step", "shown", "last_day"),
    [
        (("2001-Q4", "2002-Q1"), "quarter", "2002-Q1", date(2002, 3, 31)),
        (("2001-06-30", "2002-06-30"), "year", "2002-06", date(2002, 6, 30)),
        (("2001-03-31", "2001-06-30"), "quarter", "2001-Q2", date(2001, 6, 30)),
        (("2001-01", "2001-02"), "month", "2001-02", date(2001, 2, 28)),
        (("1999", "2000"), "year", "2000", date(2000, 12, 31)),
    ],
)
def test_dates_tell_the_step(tmp_path, words, step, shown, last_day):
    rows = "".join(f"{word},{count}\n" for count, word in enumerate(words, 1))
    found = history(tmp_path, "when,held\n" + rows, Columns("when", "held"))
    assert found.names == ("held",)
    assert found.calendar.step == step
    assert found.last == found.first + 1
    assert found.calendar.show(found.last) == shown
    assert found.calendar.number(shown) == found.last
    assert found.calendar.last_day(found.last) == last_day


def test_periods_before_and_after_all_that_is_known_are_left_out(tmp_path):
    found = history(tmp_path, "when,held\n2001,\n2002,4\n2003,\n2004,5\n2005,NA\n", COUNTS)
    assert found.calendar.show(found.first) == "2002"
    np.testing.assert_array_equal(found.values, [[4, np.nan, 5]])
    with pytest.raises(SojournError, match="holds no number"):
        history(tmp_path, "when,held\n2001,\n", COUNTS)


def test_semicolons_and_decimal_commas_are_read(tmp_path):
    found = history(tmp_path, "when;held\n2001;10,5\n2002;11\n", Columns("when", "held"))
    np.testing.assert_array_equal(found.values, [[10.5, 11]])


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("place,when,held,entered\nA,2001-13,1,1\n", (2, 3), "2001-13"),
        ("place,when,held,entered\nA,2001,minus,1\n", (2, 8), "minus"),
        ("place,when,held,entered\nA,2001,-4,1\n", (2, 8), "-4"),
        ("place,when,held,entered\nA,2001,1,1\nA,2001,2,1\n", (3, 3), "second row"),
        ("place,when,hold,entered\nA,2001,1,1\n", (1, 0), "hold"),
        ("place,when,held,entered\n", (0, 0), "no rows"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_place(tmp_path, text, place, words):
    with pytest.raises(SojournError) as error:
        history(tmp_path, text)
    (problem,) = error.value.problems
    assert (problem.line, problem.column) == place
    assert words in str(problem)
    assert problem.fix


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SojournError, match=r"nowhere\.csv"):
        read_history(tmp_path / "nowhere.csv", COLUMNS)


@pytest.mark.parametrize("words", ["1990-1992", "1990..1992", "1990 to 1992"])
def test_ranges_of_years(words):
    calendar = Calendar("year", 11)
    assert [calendar.show(each) for each in read_periods(words, calendar, "--origins")] == [
        "1990", "1991", "1992",
    ]  # fmt: skip


def test_ranges_of_quarters_and_single_months():
    assert len(read_periods("2010-Q1..2011-Q4", Calendar("quarter", 2), "--origins")) == 8
    assert len(read_periods("2010-03", Calendar("month"), "--origins")) == 1


@pytest.mark.parametrize("words", ["1992-1990", "lately", "1990..1991..1992", ""])
def test_what_is_no_range_is_refused(words):
    with pytest.raises(SojournError, match="--origins"):
        read_periods(words, Calendar("year", 11), "--origins")


def test_horizons():
    assert read_horizons("1-3, 10") == (1, 2, 3, 10)
    for words in ("0-3", "3-1", "x", "", "1-2-3", "9999"):
        with pytest.raises(SojournError, match="--horizons"):
            read_horizons(words)
