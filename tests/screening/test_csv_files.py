"""A CSV file is read as its header says; what is wrong with it is said in plain words."""

from __future__ import annotations

import pytest

from rules.generated import FACTS, checked
from screening.cohorts import rule_of
from sojourn.screening.cohort import CohortError, DuckCohort
from sojourn.screening.cohort_columns import Choices
from sojourn.screening.scan_cohort import screen

RULES = [rule_of("adult", checked("age >= 18"))]


def screened(place):
    with DuckCohort(str(place)) as engine:
        return screen(engine, RULES, FACTS, Choices(drop=("x",)))


@pytest.mark.parametrize(
    "text",
    [
        b"age,x\n20,a\n10,b\n",
        b"\xef\xbb\xbfage,x\n20,a\n10,b\n",
        b'\xef\xbb\xbf"age",x\n20,a\n10,b\n',
        b"age,x\r\n20,a\r\n10,b\r\n",
        b"age,x\r20,a\r10,b\r",
        b"age;x\n20;a\n10;b\n",
        b"age\tx\n20\ta\n10\tb\n",
        b"age|x\n20|a\n10|b",
        b" age , x\n20,a\n10,b\n",
        b'"age","x"\n20,"a, ""b"""\n"10","b\nc"\n',
        b"x,age\na,20\n\nb,10\n\n",
    ],
)
def test_what_people_write_is_read(tmp_path, text):
    (tmp_path / "c.csv").write_bytes(text)
    found = screened(tmp_path / "c.csv")
    assert (found.people, found.eligible, found.barred) == (2, 1, 1)


def test_a_header_alone_is_a_cohort_of_nobody(tmp_path):
    (tmp_path / "c.csv").write_text("age,x")
    assert screened(tmp_path / "c.csv").people == 0


def test_each_file_is_read_as_its_own_header_says(tmp_path):
    (tmp_path / "a.csv").write_text("age,x\n20,5\n")
    (tmp_path / "b.csv").write_text("x;age\n5;30\n")
    (tmp_path / "c.tsv").write_text("x\tage\n50\t9\n")
    found = screened(tmp_path)
    assert (found.eligible, found.barred) == (2, 1)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (b"", 0, "the file is empty"),
        (b"\nage,x\n20,a\n", 1, "the first line is empty"),
        (b"age,x\n20,a\n20\n", 3, "line 3 has 1 field, the header has 2"),
        (b"age,x\n20,a\n20,a,b\n", 3, "line 3 has 3 fields, the header has 2"),
        (b'age,x\n20,"a\n', 2, "line 2 has a quote that is not closed"),
        (b'age,x\n20,"a\n30,b\n', 2, "line 2 has a quote that is not closed"),
        (b'age,x\n20,"a"b\n', 2, "line 2 has a quote that is not closed"),
        (b'age,"x\n20,a\n', 1, "a quote in the header is not closed"),
        (b"age,x,age\n20,a,10\n", 1, "the column `age` stands twice"),
        (b"Age,x,age\n20,a,10\n", 1, "the column `age` stands twice, also as `Age`"),
        (b"age;x, y\n20;a\n", 1, "the header has commas and semicolons"),
        (b"age,x\n20,a\n2\xe9,b\n", 3, "the file is not UTF-8: line 3"),
        (b"age,\xe9\n20,a\n", 1, "the file is not UTF-8: line 1"),
        ("age,x\n20,a\n".encode("utf-16"), 1, "the file is not UTF-8: line 1"),
        (bytes(range(256)), 1, "the file is not text"),
        (b"age,x\r\n20,a\n20,b\r\n", 0, "its lines end in different ways"),
    ],
)
def test_what_is_no_csv_file_is_refused_with_its_line(tmp_path, text, line, said):
    (tmp_path / "c.csv").write_bytes(text)
    with pytest.raises(CohortError) as caught:
        screened(tmp_path / "c.csv")
    (problem,) = caught.value.problems
    assert said in problem.what
    assert (problem.file, problem.line) == (str(tmp_path / "c.csv"), line)
    assert "Error" not in str(problem)


def test_a_header_that_is_too_long_is_called_so(tmp_path):
    names = ",".join(f"c{number}" for number in range(300_000))
    (tmp_path / "c.csv").write_text(f"age,{names}\n20\n")
    with pytest.raises(CohortError, match="the header is longer than 2,000,000 bytes"):
        screened(tmp_path / "c.csv")


def test_a_quote_far_down_is_found(tmp_path):
    lines = ["age,x", *["20,a"] * 400_000, '20,"b', *["20,a"] * 600_000]
    (tmp_path / "c.csv").write_text("\n".join(lines))
    with pytest.raises(CohortError, match="quote"):
        screened(tmp_path / "c.csv")


def test_a_column_without_a_name_can_be_dropped(tmp_path):
    (tmp_path / "c.csv").write_text('"",age\n1,20\n')
    with DuckCohort(str(tmp_path / "c.csv")) as engine:
        assert screen(engine, RULES, FACTS, Choices(drop=("column0",))).eligible == 1


def test_a_name_cannot_leave_its_quotes(tmp_path):
    name = "a\"b'; drop table x;--"
    (tmp_path / "c.csv").write_text('"a""b\'; drop table x;--",age\n1,20\n')
    with DuckCohort(str(tmp_path / "c.csv")) as engine:
        assert screen(engine, RULES, FACTS, Choices(drop=(name,))).eligible == 1


def test_a_refused_value_is_told_with_its_line(tmp_path):
    (tmp_path / "c.csv").write_text('age,x\n20,"a\nb"\n\nmany,c\n')
    with pytest.raises(CohortError, match=r"row 2 of c\.csv, line 5"):
        screened(tmp_path / "c.csv")


def test_an_empty_weight_is_called_nothing(tmp_path):
    (tmp_path / "c.csv").write_text("age,w\n20,\n")
    with (
        DuckCohort(str(tmp_path / "c.csv")) as engine,
        pytest.raises(CohortError, match="nothing is written, in one row: row 1 of"),
    ):
        screen(engine, RULES, FACTS, Choices(weights="w"))


def test_options_that_name_no_column_list_the_columns(tmp_path):
    (tmp_path / "c.csv").write_text(f"{','.join(FACTS)}\n")
    with (
        DuckCohort(str(tmp_path / "c.csv")) as engine,
        pytest.raises(CohortError, match="--drop names `zz`, which is no column"),
    ):
        screen(engine, RULES, FACTS, Choices(drop=("zz",)))


@pytest.mark.parametrize("text", [b"", b"text", b"PAR1 and then something else"])
def test_what_is_no_parquet_file_is_said(tmp_path, text):
    (tmp_path / "c.parquet").write_bytes(text)
    with pytest.raises(CohortError, match="this is no Parquet file"):
        screened(tmp_path / "c.parquet")
