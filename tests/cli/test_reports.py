"""The note, the formats and the summary from the command line, as an office would ask for them."""

from __future__ import annotations

import csv
import json

import pytest

from disk.machine import STUDY, called
from report.made_run import make_run, study_dict


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    study = study_dict(end="2026-10-04")
    return make_run(tmp_path_factory.mktemp("reports") / "run", study, draws=2)


def test_the_note_alone_by_fiscal_year(run, tmp_path):
    out = tmp_path / "note.html"
    asked = ("report", run, "--only", "note", "--to", out, "--year-starts", "1 October")
    status, told, _ = called(*asked)
    assert status == 0 and f"report: {out}" in told
    page = out.read_text(encoding="utf-8")
    assert "FY 2026" in page and "Fiscal note" in page and 'id="sources"' not in page


def test_a_day_that_starts_no_year_is_refused(run, tmp_path):
    status, told, said = called(
        "report", run, "--to", tmp_path / "x.html", "--year-starts", "6 May"
    )
    assert status == 2 and not told and "write `1 May`" in said
    status, _, said = called("export", run, "--to", tmp_path / "x", "--year-starts", "1 July")
    assert status == 2 and "add --summary" in said
    assert not list(tmp_path.iterdir())


def test_a_summary_has_means_ranges_and_errors_in_csv_and_excel(run, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    out = tmp_path / "summary"
    for _ in range(2):  # the second replaces the first
        status, told, said = called(
            "export", run, "--summary", "--to", out, "--year-starts", "1 July"
        )
        assert status == 0 and str(out) in told, said
    package = json.loads((out / "datapackage.json").read_text(encoding="utf-8"))
    book = openpyxl.load_workbook(out / "summary.xlsx")
    assert [each["name"] for each in package["resources"]] == [
        "people",
        "groups",
        "places",
        "cost",
        "measures",
    ]
    assert book.sheetnames[1:] == ["people", "groups", "places", "cost", "measures"]
    for each in package["resources"]:
        with (out / each["path"]).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        assert rows[0] == [field["name"] for field in each["schema"]["fields"]] and len(rows) > 3
        sheet = [[cell.value for cell in row] for row in book[each["name"]].iter_rows(min_row=3)]
        assert sheet[0] == rows[0]
        for mine, theirs in zip(rows[1:], sheet[1:], strict=False):
            for text, value in zip(mine, theirs, strict=True):
                assert text == (value or "") if not isinstance(value, int | float) else (
                    float(text) == pytest.approx(value)
                )  # fmt: skip
    other = tmp_path / "mine"
    other.mkdir()
    (other / "thesis.csv").write_text("x")
    assert called("export", run, "--summary", "--to", other)[0] == 2


def test_a_run_by_calendar_years_says_what_to_write(tmp_path):
    study = tmp_path / "study"
    study.mkdir()
    text = STUDY.replace("period: {", "period: {report: year, ")
    (study / "study.yaml").write_text(text, encoding="utf-8")
    asked = ("run", study, "--expected", "--draws", "2", "--out", tmp_path / "run")
    assert called(*asked)[0] == 0
    status, _, said = called("report", tmp_path / "run", "--year-starts", "1 July")
    assert status == 2 and "`year starts: 1 July`" in said
