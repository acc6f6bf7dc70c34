"""Tables as people and programs write them: the same in every reader."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
import pytest
from pyarrow import parquet

from sojourn.errors import StudyError
from sojourn.study.load import load_study
from sojourn.study.units import WordsError
from sojourn.study.words.table_cells import (
    date_words,
    flag_words,
    known_as,
    point_number,
    whole_number,
)

STUDY = """\
study: Tables
period: {from: 2026-01-01, to: 2027-01-01}
facts:
  sentence_kind: {values: [short, long]}
  convicted: {type: yes-no}
  born: {type: date}
  score: {type: number}
states: {held: {}, gone: {end: yes}}
transitions: {held -> gone: {after: {observed: stays.csv}}}
populations:
  p:
    table: cells.csv
    admissions: {file: came.csv, into: held}
  q: {stock: {file: stock.csv, state: held}}
"""
PLAIN = {
    "stays": "days,ended\n10,yes\n20,no\n30,yes\n",
    "cells": (
        "sentence_kind,convicted,born,score,share\n"
        "short,yes,1990-05-01,1.5,0.25\nlong,no,1980-01-02,2,0.75\n"
    ),
    "stock": "sentence_kind,served,people\nshort,180,12\nlong,7,3\n",
    "came": "date,people\n2026-02-01,4\n2026-03-01,1\n",
}
FORMS = {
    "semicolons, decimal commas and capitals": {
        "stays": "Days;Ended\n10,0;TRUE\n20;FALSE\n30;true\n",
        "cells": (
            "Sentence kind;Convicted;BORN;Score;Share\n"
            "short;1;1990-05-01;1,5;0,25\nlong;0;1980-01-02;2,0;75 %\n"
        ),
        "stock": "Sentence Kind;Served;People\nshort;180,0;12,0\nlong;7;3,0\n",
        "came": "Date;People\n2026-02-01;4,0\n2026-03-01;1\n",
    },
    "tabs, times of day and a byte order mark": {
        "stays": "\ufeffdays\tended\n10\ty\n20\tn\n30\tY\n",
        "cells": (
            "\ufeffsentence_kind\tconvicted\tborn\tscore\tshare\n"
            "short\tY\t1990-05-01T00:00:00\t1.5\t25 %\nlong\tN\t1980-01-02\t2.0\t0.75\n"
        ),
        "stock": "\ufeffsentence_kind\tserved\tpeople\nshort\t180.0\t12\nlong\t7.00\t3\n",
        "came": "\ufeffdate\tpeople\n2026-02-01T10:30\t4.0\n2026-03-01 23:59:59.5+02:00\t1\n",
    },
    "as programs write numbers": {
        "stays": "days,ended\n1e+01,1\n20.0,0\n30.,1.0\n",
        "cells": (
            "sentence_kind,convicted,born,score,share\n"
            "short,1.0,1990-05-01 00:00,1.50,2.5e-1\nlong,false,1980-01-02,2e0,0.75\n"
        ),
        "stock": "sentence_kind,served,people\nshort,180.0,12.0\nlong,7.0,3.0\n",
        "came": "date,people\n2026-02-01 00:00:00,4.0\n2026-03-01T00:00:00Z,1.0\n",
    },
}


@pytest.fixture
def scenario(tmp_path):
    def read(files):
        (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        return load_study(tmp_path).scenarios["base"]

    return read


@pytest.mark.parametrize("name", FORMS)
def test_every_reader_takes_the_forms_people_have(name, scenario):
    assert scenario(FORMS[name]) == scenario(PLAIN)


def test_a_parquet_file_with_timestamps_and_floats(tmp_path, scenario):
    plain = scenario(PLAIN)
    moments = [datetime(2026, 2, 1, 10, 30), datetime(2026, 3, 1)]
    nanoseconds = pa.array([1769941800000000001, 1772323200000000001], pa.timestamp("ns"))
    for days in (pa.array(moments, pa.timestamp("us")), nanoseconds):
        parquet.write_table(
            pa.table({"Date": days, "People": [4.0, 1.0]}), tmp_path / "came.parquet"
        )
        study = STUDY.replace("came.csv", "came.parquet")
        (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
        found = load_study(tmp_path).scenarios["base"].populations["p"]
        assert found == plain.populations["p"]


REFUSED = {
    "thousands or decimals of people": ("came", "date,people\n2026-02-01,1.000\n", "`1.000`",
                                        "without a sign"),
    "the same with a comma": ("came", "date;people\n2026-02-01;1,000\n", "`1,000`",
                              "without a sign"),
    "of days": ("stays", "days;ended\n1.000;1\n", "`1.000`", "without a sign"),
    "of a fact": ("cells", PLAIN["cells"].replace(",", ";").replace("1.5", "1,500"), "`1,500`",
                  "without a sign"),
    "half a person": ("came", "date;people\n2026-02-01;2,5\n", "`2,5` is not a number of people",
                      "whole"),
    "a time that is none": ("came", "date,people\n2026-02-01T25:30,4\n",
                            "`2026-02-01T25:30` is not a date", "2025-02-04"),
    "words after a date": ("came", "date,people\n2026-02-01 about noon,4\n", "is not a date", ""),
    "maybe": ("stays", "days,ended\n1,2\n", "`2` is neither yes nor no", "`yes`"),
    "too few cells": ("stays", "days;ended\n1\n", "1 cells, the header 2", "semicolon"),
    "twice but for capitals": ("came", "Date,date,people\n2026-02-01,2026-02-01,4\n",
                               "`date` is there twice", "remove"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_place_and_remedy(name, scenario):
    file, text, what, fix = REFUSED[name]
    with pytest.raises(StudyError) as caught:
        scenario({**PLAIN, file: text})
    told = [each for each in caught.value.problems if what in each.what and fix in each.fix]
    assert told, [str(each) for each in caught.value.problems]
    assert told[0].file.endswith(f"{file}.csv")


def test_words_one_by_one():
    assert [flag_words(text) for text in ("Y", "TRUE", "1", "n", "0.0", "perhaps")] == [
        "yes", "yes", "yes", "no", "no", "perhaps"
    ]  # fmt: skip
    assert date_words("2026-02-01T23:30-05:00") == date(2026, 2, 1).isoformat()
    assert date_words("01/02/2026 10:30") == "01/02/2026 10:30"
    assert known_as(" Rate Per_Day", ("days", "rate per day")) == "rate per day"
    assert known_as("Days", ("Days", "days")) == "Days"
    assert (point_number("0,125", True), point_number("0,125", False)) == ("0.125", "0,125")
    assert point_number("90,5 days", True) == "90.5 days"
    assert whole_number("1e+05", False, "a number") == 100_000
    for text in ("1e400", "1.5e0", "-1", "٣", "", "1_000", "12,5"):
        with pytest.raises(WordsError):
            whole_number(text, True, "a number")
