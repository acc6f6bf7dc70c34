"""One document in four formats: the numbers are read back from each and are the same."""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from html import unescape

import pytest

from report.made_run import make_run, study_dict
from report.reader import rows_of
from sojourn.errors import ResultsError
from sojourn.report.figures.blocks import (
    Cards,
    Column,
    Prose,
    ReportDocument,
    ReportTable,
    Section,
    Tabs,
)
from sojourn.report.formats import files, html, spreadsheet
from sojourn.report.formats.paged import paged
from sojourn.report.page import make_document, open_context, write_report
from sojourn.report.run_data import RunData
from sojourn.report.wording.ranges import NINETY_FIVE

NUMBER = re.compile(r"[−+]?\d[\d,]*(?:\.\d+)?")
pytest.importorskip("docx")
pytest.importorskip("openpyxl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    study = study_dict(end="2026-10-04")
    return make_run(tmp_path_factory.mktemp("runs") / "run", study, draws=4)


@pytest.fixture(scope="module")
def written(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("notes")

    def write(ending):
        return write_report(folder, out / f"note{ending}", only="note", year_starts=7)

    return write


@pytest.fixture(scope="module")
def marked_up(written):
    """Caption of each table of the page, and its cells, a line for each row."""
    page = written(".html").read_text(encoding="utf-8")
    found = {}
    for table in re.findall(r"<table.*?</table>", page, re.S):
        caption = unescape(re.search(r"<caption[^>]*>(.*?)</caption>", table, re.S)[1])
        found[caption] = rows_of(table)
    assert len(found) >= 5
    return found


@pytest.fixture(scope="module")
def tables(marked_up):
    """The same without markup."""
    return {
        caption: [[plain(cell) for cell in row] for row in rows]
        for caption, rows in marked_up.items()
    }


def plain(cell):
    return unescape(re.sub("<[^>]+>", "", cell.replace("<p>", "\n"))).strip()


def test_word_has_the_same_cells_under_real_captions_and_heads(written, tables):
    import docx

    file = docx.Document(written(".docx"))
    captions = [p.text for p in file.paragraphs if p.style.name == "Caption"]
    assert captions == list(tables)
    for table, cells in zip(file.tables, tables.values(), strict=True):
        assert [[cell.text.strip() for cell in row.cells] for row in table.rows] == cells
        assert table.rows[0]._tr.xpath("./w:trPr/w:tblHeader")
    assert {"Title", "Heading 1", "Heading 2", "List Bullet"} <= {
        p.style.name for p in file.paragraphs
    }


def test_a_spreadsheet_has_the_same_numbers_unrounded(written, tables, marked_up):
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(written(".xlsx").read_bytes()))
    assert [row[1].value for row in book["Contents"].iter_rows(min_row=5)] == list(tables)
    # A page writes millions, a cell holds the whole amount.
    title = book["note-cost-USD"]["A1"].value
    assert title == "Change in cost against “law as it stands”, USD: as offered"
    compared = 0
    for name, (caption, cells) in zip(book.sheetnames[1:], tables.items(), strict=True):
        sheet = book[name]
        assert sheet["A1"].value == caption.replace(" million", "") and sheet.freeze_panes == "B4"
        assert sheet.cell(sheet.max_row, 1).value.startswith("Source: Sojourn")
        heads = [cell.value for cell in sheet[3]]
        if not any(": mean" in head for head in heads):
            continue
        scale = 1e6 if "million" in caption else 1.0
        for line, row in enumerate(marked_up[caption][1:], start=4):
            for label, cell in zip(cells[0][1:], row[1:], strict=True):
                mine = [sheet.cell(line, 1 + place).value for place, head in enumerate(heads)
                        if head.startswith(f"{label}, ") and ": " in head]  # fmt: skip
                if not mine:
                    continue
                seen = NUMBER.findall(plain(cell).replace("–", " "))
                assert len(seen) == (3 if mine[1] < mine[2] else 1), (caption, label, cell)
                error = declared_error(cell)
                for told, whole, factor in zip(seen, mine, (1, 2, 2), strict=False):
                    near = max(step(told), first_digit(factor * error)) / 2
                    assert abs(number(told) - whole / scale) <= near * (1 + 1e-9), (caption, cell)
                    compared += 1
    assert compared > 60


def step(text):
    """The last digit with which a number is written: 1, 0.1 or 0.01."""
    return 10.0 ** -len(text.partition(".")[2])


def first_digit(error):
    """The place of its first digit; 0 of nothing."""
    return 10.0 ** math.floor(math.log10(error)) if error else 0.0


def declared_error(cell):
    """The standard error of a mean, from the 95 % interval that the page tells beside it.

    The interval is rounded itself: its half is the greatest that is written so.
    """
    known = re.search(r'<td title="([^"]*)">', cell)
    halves = NUMBER.findall(known[1]) if known else []
    greatest = (max(number(each) + step(each) / 2, number(each) * 1.05) for each in halves)
    return math.hypot(*greatest) / NINETY_FIVE


def number(text):
    return float(text.replace(",", "").replace("−", "-"))


def test_a_pdf_has_every_number_and_says_where_it_comes_from(written, tables):
    pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))
    pypdf = pytest.importorskip("pypdf")
    pdf = pypdf.PdfReader(written(".pdf"))
    assert len(pdf.pages) <= 2
    text = " ".join(page.extract_text() for page in pdf.pages)
    seen = Counter(NUMBER.findall(text.replace("–", " ")))
    wanted = Counter(
        each for cells in tables.values() for row in cells for cell in row
        for each in NUMBER.findall(cell.replace("–", " "))
    )  # fmt: skip
    assert not wanted - seen
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]  # tagged for screen readers


def test_a_file_of_ours_is_replaced_and_another_is_not(folder, written, tmp_path):
    for ending in (".docx", ".xlsx"):
        assert written(ending) == written(ending)
        other = tmp_path / f"thesis{ending}"
        other.write_bytes(b"mine")
        with pytest.raises(ResultsError, match="not a report of ours"):
            write_report(folder, other, only="note")
        assert other.read_bytes() == b"mine"


def test_a_missing_library_is_named_with_its_remedy(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "find_spec", lambda module: None)
    with pytest.raises(ResultsError) as error:
        write_report(folder, tmp_path / "note.docx", only="note")
    assert "needs the library docx" in str(error.value) and "sojourn[report]" in str(error.value)
    assert not (tmp_path / "note.docx").exists()


def test_another_ending_is_refused(folder, tmp_path):
    with pytest.raises(ResultsError, match="written as HTML, PDF, DOCX or XLSX"):
        write_report(folder, tmp_path / "note.odt")


def test_a_table_too_long_for_a_page_is_in_the_spreadsheet_alone():
    import openpyxl

    rows = [{"n": place, "name": "=1+1"} for place in range(3)]
    columns = (Column("Name", lambda row: row["name"]), Column("N", lambda row: row["n"]))
    table = ReportTable("All of them", columns, rows, "all", page=False)
    document = ReportDocument(
        "Report",
        "T",
        "",
        (),
        (Section("answer", "The answer", (table,)),),
        "a",
        "Sojourn 1",
        "a report",
    )
    shown = html.page(document)
    assert "All of them: 3 rows, in the spreadsheet" in shown and "1+1" not in shown
    assert "1+1" not in html.sheets(paged(document))
    book = openpyxl.load_workbook(io.BytesIO(spreadsheet.content(document)))
    # A study's words are never run as formulas.
    assert [[c.value for c in row] for row in book["all"]["A4:B6"]] == [
        [0, "'=1+1"], [1, "'=1+1"], [2, "'=1+1"],
    ]  # fmt: skip


def test_code_and_quotations_within_quotations_are_set_as_such(folder):
    with RunData(folder) as data:
        document = make_document(open_context(data))
    for shown in (html.page(document), html.sheets(paged(document))):
        text = re.sub(r"<(style|script)>.*?</\1>|data:text/csv[^\"]*", "", shown, flags=re.S)
        assert "`" not in text and re.search(r"<code>sojourn run trial [^<]*</code>", text)
        assert "Cite as: “" in text and not re.search("Cite as: “[^”]*“", text)


def test_on_paper_the_other_scenarios_stand_in_an_annex():
    def panel(name):
        rows = [{"n": place} for place in range(3)]
        columns = (Column("N", lambda row: row["n"]), Column("M", lambda row: row["n"]))
        long = ReportTable(f"long of {name}", columns, rows * 20, "long")
        return name, (Prose(f"told of {name}"), ReportTable(f"of {name}", columns, rows, "t"), long)

    sections = (
        Section("people", "People", (Tabs((panel("base"), panel("lead"), panel("other"))),)),
        Section("measures", "Measures", (Tabs((panel("base"), panel("lead"))),)),
    )
    document = ReportDocument("Report", "T", "", (), sections, "lead", "Sojourn 1", "a report")
    shown = paged(document).sections
    assert [section.title for section in shown] == [
        "People", "Measures", "Annex 1: base", "Annex 2: other",
    ]  # fmt: skip
    captions = [[b.caption for b in s.blocks if isinstance(b, ReportTable)] for s in shown]
    # The annex leaves out long tables and the sections that say nothing of people or money.
    assert captions == [["of lead"], ["of lead"], ["of base"], ["of other"]]
    said = [b.text for b in shown[0].blocks if isinstance(b, Prose)]
    assert said == ["told of lead", "long of lead: 60 rows, in the page and the spreadsheet."]


def test_a_table_too_wide_for_paper_is_taken_apart_with_its_first_column_in_each():
    columns = tuple(Column(f"c{n}", lambda row, n=n: row["n"] + n, number=n > 0) for n in range(20))
    wide = ReportTable("Wide", columns, [{"n": 7}], "wide", "A note.")
    document = ReportDocument(
        "Report", "T", "", (), (Section("s", "S", (wide,)),), "lead", "Sojourn 1", "a report"
    )
    parts = paged(document).sections[0].blocks
    assert [part.caption for part in parts] == ["Wide (1 of 2)", "Wide (2 of 2)"]
    assert [column.label for part in parts for column in part.columns] == [
        "c0", *(f"c{n}" for n in range(1, 11)), "c0", *(f"c{n}" for n in range(11, 20)),
    ]  # fmt: skip
    assert [part.note for part in parts] == ["", "A note."]
    assert len(re.findall("<table", html.sheets(paged(document)))) == 2


def test_on_paper_and_in_word_a_claim_says_under_which_scenario():
    import docx

    from sojourn.report.formats import word

    card = {"title": "It is low.", "verdict": "holds", "where": "under “lead”", "share": "in all",
            "parts": [("Reason", "because")],
            **dict.fromkeys(("quote", "by", "source", "date", "anchor"))}  # fmt: skip
    sections = (Section("claims", "Claims", (Cards((card,)),)),)
    document = ReportDocument("Report", "T", "", (), sections, "lead", "Sojourn 1", "a report")
    assert "under “lead”; in all · <strong>Reason:</strong> because" in html.sheets(document)
    file = docx.Document(io.BytesIO(word.content(document)))
    assert "under “lead”; in all" in [paragraph.text for paragraph in file.paragraphs]


def test_a_spreadsheet_draws_from_its_own_cells(folder, tmp_path):
    import openpyxl

    book = openpyxl.load_workbook(write_report(folder, tmp_path / "all.xlsx"))
    drawn = {sheet.title: sheet for sheet in book if sheet._charts}
    assert {"headline", "facilities-as offered", "payers-as offered-USD"} <= set(drawn)
    for sheet in drawn.values():
        assert sheet.freeze_panes == "B4" and "Source: Sojourn" in str(
            sheet.cell(sheet.max_row, 1).value
        )
        for series in sheet._charts[0].series:
            column = re.search(r"\$([A-Z]+)\$4:\$\1\$(\d+)$", series.val.numRef.f)
            cells = [sheet[f"{column[1]}{line}"].value for line in range(4, int(column[2]) + 1)]
            assert len(cells) > 1 and all(isinstance(cell, int | float) for cell in cells)
            assert re.search(r", (people|places|places taken|USD)\b", sheet[f"{column[1]}3"].value)
    for name, unit in (("scenarios", "people"), ("groups-as offered", "people"),
                       ("filling-as offered", "places"), ("parties-as offered", "USD"),
                       ("payments-as offered", "USD")):  # fmt: skip
        means = [cell for cell in book[name][3] if str(cell.value).endswith(f", {unit}: mean")]
        assert len(means) > 1
        cells = [cell.value for head in means for cell in book[name][head.column_letter][3:]]
        assert any(isinstance(cell, int | float) for cell in cells)
        # A word says why there is no number.
        words = {cell for cell in cells if isinstance(cell, str)}
        assert words <= {"–", "held back", "<\u202f10"}
    heads = [cell.value for cell in drawn["facilities-as offered"][3]]
    assert "CECOT, capacity, places" in heads and "CECOT, places taken: mean" in heads
