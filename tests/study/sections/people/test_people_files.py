"""People from files: dates of arrivals, and stocks by days served."""

from __future__ import annotations

import time
from datetime import date

import pyarrow as pa
import pytest
from pyarrow import parquet

from sojourn.errors import StudyError
from sojourn.study.load import load_study
from sojourn.study.words import file_tables

RATE = "per year: {between: [150 people, 250 people]}, into: prison"
STOCK = "count: 200 people, state: prison, served: equilibrium"
CAME = "file: came.csv, into: prison"
HELD = "file: held.csv, state: prison"
NO_TABLE = ("    table: cells.csv\n", "")


def folder_with(write_study, *changes, came=None, held=None):
    folder = write_study(*changes)
    for name, text in (("came.csv", came), ("held.csv", held)):
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def population(folder):
    return load_study(folder).scenarios["as agreed"].populations["prisoners"]


def refused(folder):
    with pytest.raises(StudyError) as caught:
        load_study(folder)
    return caught.value.problems


def test_dates_add_up_and_come_in_order(write_study):
    came = "date,people\n2026-03-01,2\n2026-01-01,1\n\n2026-03-01,3\n2026-04-01,0\n"
    found = population(folder_with(write_study, (RATE, CAME), came=came)).admissions
    (group,) = found.arrivals
    assert group.facts == {}
    assert group.dates == (date(2026, 1, 1), date(2026, 3, 1))
    assert group.people == (1, 5)
    assert found.rate == ()


def test_each_row_is_a_person_without_a_column_of_people(write_study):
    came = "date,citizenship\n2026-03-01,home\n2026-03-01,home\n2026-03-02,other\n"
    found = population(folder_with(write_study, (RATE, CAME), came=came)).admissions
    assert [(g.facts["citizenship"], g.people) for g in found.arrivals] == [
        ("home", (2,)),
        ("other", (1,)),
    ]


def test_parquet_reads_as_csv(write_study):
    folder = folder_with(write_study, (RATE, CAME.replace(".csv", ".parquet")))
    table = pa.table(
        {
            "date": pa.array([date(2026, 3, 1), date(2026, 1, 1)]),
            "people": pa.array([5, 1]),
            "citizenship": pa.array(["home", None]),
        }
    )
    parquet.write_table(table, folder / "came.parquet")
    # The table of the study has nobody whose citizenship is unknown.
    problem = refused(folder)[0]
    assert "nobody with citizenship unknown" in problem.what
    assert (problem.file.rpartition("/")[2], problem.line) == ("came.parquet", 3)
    parquet.write_table(table.slice(0, 1), folder / "came.parquet")
    (group,) = population(folder).admissions.arrivals
    assert (group.facts, group.dates, group.people) == (
        {"citizenship": "home"},
        (date(2026, 3, 1),),
        (5,),
    )


def test_dates_outside_the_period(write_study):
    came = "date,people\n2025-12-31,4\n2026-06-01,2\n2027-01-01,3\n"
    problem = refused(folder_with(write_study, (RATE, CAME), came=came))[0]
    assert problem.what.startswith("7 people of 2 rows come outside")
    assert "2025-12-31" in problem.what
    assert "`outside: ignore`" in problem.fix
    assert (problem.file.rpartition("/")[2], problem.line) == ("came.csv", 2)


def test_dates_outside_the_period_can_be_left_out(write_study):
    came = "date,people\n2025-12-31,4\n2026-06-01,2\n2027-01-01,3\n"
    changed = (RATE, f"{CAME}, outside: ignore")
    found = population(folder_with(write_study, changed, came=came)).admissions
    assert found.arrivals[0].people == (2,)


def test_facts_that_only_the_files_tell_make_the_cells(write_study):
    found = population(
        folder_with(
            write_study,
            NO_TABLE,
            (RATE, CAME),
            (STOCK, HELD),
            came="date,people,citizenship\n2026-06-01,2,home\n",
            held="citizenship,served,people\nother,100,5\nother,7,1\nhome,7,2\n",
        )
    )
    assert {row["citizenship"]: share for row, share in found.rows} == {
        "home": 0.4,
        "other": 0.6,
    }
    assert found.stock.count.value == 8
    assert [(h.facts["citizenship"], h.served, h.people) for h in found.stock.held] == [
        ("other", (7, 100), (1, 5)),
        ("home", (7,), (2,)),
    ]


CELLS = "citizenship,offence,convicted"


@pytest.mark.parametrize(
    ("changes", "came", "line", "what", "fix"),
    [
        ([], "day,people\n2026-06-01,2\n", 1, "`day` is not `date`", "`date`"),
        ([], "people\n2\n", 1, "no column `date`", "date,people"),
        ([], "date,date\n2026-06-01,2\n", 1, "`date` is there twice", "remove"),
        ([], "date,people\n2026-6-1,2\n", 2, "`2026-6-1` is not a date", "2025-02-04"),
        ([], "date,people\n2026-06-01,2.5\n", 2, "`2.5` is not a number of people", "whole"),
        ([], "date,people\n2026-06-01,-2\n", 2, "`-2` is not a number of people", "whole"),
        ([], "date,people\n2026-06-01,99999999\n", 2, "`99999999` people", "10,000,000"),
        ([], "date,people\n\n2026-06-01\n", 3, "1 cells, the header 2", "comma"),
        ([], "date,citizenship\n2026-06-01,hom\n", 2, "`hom` is not a value", "`home`"),
        ([], f"date,{CELLS}\n2026-06-01,home,assault,yes\n", 2, "nobody with citizenship home",
         "mend the row"),
        ([NO_TABLE], "date,citizenship\n2026-06-01,home\n", None, "not divided by",
         "add it to `split`"),
    ],
)  # fmt: skip
def test_arrivals_that_are_refused(changes, came, line, what, fix, write_study):
    problems = refused(folder_with(write_study, *changes, (RATE, CAME), came=came))
    told = [problem for problem in problems if what in problem.what]
    assert told, problems
    assert fix in told[0].fix
    if line is not None:
        assert (told[0].file.rpartition("/")[2], told[0].line) == ("came.csv", line)


@pytest.mark.parametrize(
    ("written", "what", "fix"),
    [
        (f"{CAME}, per day: 2 people", "`per day` and `file` are given together", "write one"),
        (f"{CAME}, trend: 2 % per year", "`trend` has no meaning with `file`", "remove"),
        (f"{CAME}, season: {{july: 9 %}}", "`season` has no meaning with `file`", "remove"),
        ("per day: 2 people, into: prison, outside: ignore", "belongs to a `file`", "remove"),
        ("file: came.cvs, into: prison", "`came.cvs` does not exist", "`came.csv`"),
    ],
)
def test_keys_beside_a_file(written, what, fix, write_study):
    came = "date,people\n2026-06-01,2\n"
    problems = refused(folder_with(write_study, (RATE, written), came=came))
    told = [problem for problem in problems if what in problem.what]
    assert told, problems
    assert fix in told[0].fix


def test_a_stock_by_cell_and_days_served(write_study):
    held = f"{CELLS},served,people\nhome,theft,yes,0,3\nhome,theft,yes,900,1\nother,assault,,5,2\n"
    found = population(folder_with(write_study, (STOCK, HELD), held=held)).stock
    assert found.count.value == 6
    assert [(h.served, h.people) for h in found.held] == [((0, 900), (3, 1)), ((5,), (2,))]
    assert found.held[1].facts == {"citizenship": "other", "offence": "assault", "convicted": None}


def test_a_stock_whose_days_served_are_told_for_all(write_study):
    held = f"{CELLS},people\nhome,theft,yes,3\n"
    changed = (STOCK, f"{HELD}, served: equilibrium")
    found = population(folder_with(write_study, changed, held=held)).stock
    assert (found.held[0].served, found.held[0].people) == ((), (3,))
    assert found.served == "equilibrium"


@pytest.mark.parametrize(
    ("written", "held", "what", "fix"),
    [
        (HELD, "served,people\n3,2\n", "has no column `citizenship`", "add the column"),
        (HELD, f"{CELLS},served\nhome,theft,yes,3.5\n", "`3.5` is not a number of days", "`180`"),
        (HELD, f"{CELLS},served\nhome,theft,yes,99999\n", "`99999` is not a number of", "`180`"),
        (f"{HELD}, served: equilibrium", f"{CELLS},served\nhome,theft,yes,3\n", "given twice",
         "keep one"),
        ("state: prison", "", "no count is given", "file: stock.csv"),
        (f"{HELD}, count: 3 people", "", "both `count` and `file`", "count: 200 people"),
    ],
)  # fmt: skip
def test_stocks_that_are_refused(written, held, what, fix, write_study):
    problems = refused(folder_with(write_study, (STOCK, written), held=held))
    told = [problem for problem in problems if what in problem.what]
    assert told, problems
    assert fix in told[0].fix


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_table_that_does_not_fit_is_refused_before_it_is_made(write_study, monkeypatch, ending):
    folder = folder_with(write_study, (RATE, CAME.replace(".csv", ending)))
    days = ["2026-03-01"] * 40
    table = pa.table({"date": days, "people": ["1"] * 40})
    if ending == ".csv":
        (folder / "came.csv").write_text("date,people\n" + "2026-03-01,1\n" * 40, encoding="utf-8")
    else:
        parquet.write_table(table, folder / "came.parquet")
        monkeypatch.setattr(parquet, "read_table", None)
    monkeypatch.setattr(file_tables, "MOST_CELLS", 79)
    problem = refused(folder)[0]
    assert "the table is too large: 4" in problem.what
    assert "rows of 2 cells; 79 cells are the most" in problem.what
    assert "leave out columns" in problem.fix
    if ending == ".csv":
        monkeypatch.setattr(file_tables, "GREATEST_CSV", 100)
        assert "too large: 532 bytes" in refused(folder)[0].what


def test_reading_takes_time_in_proportion_to_the_rows(write_study):
    folder, taken = folder_with(write_study, (RATE, CAME)), []
    for rows in (2_000, 20_000):
        came = "date,people\n" + "".join(f"2026-0{1 + n % 9}-01,1\n" for n in range(rows))
        (folder / "came.csv").write_text(came, encoding="utf-8")
        began = time.process_time()
        (group,) = population(folder).admissions.arrivals
        taken.append(time.process_time() - began)
        assert sum(group.people) == rows
    # Reading the study alone is most of the first.
    assert taken[1] < 20 * taken[0]
