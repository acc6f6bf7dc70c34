"""A report in Spanish: every text of ours in Spanish, and a study's own words where it has some."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from rich.console import Console

from languages import catalogues
from report.made_run import make_run, study_dict
from sojourn.errors import SojournError
from sojourn.languages import dates
from sojourn.languages.phrases import speaking
from sojourn.report.formats import html, spreadsheet
from sojourn.report.formats.paged import paged
from sojourn.report.page import make_document, open_context, open_run, write_report
from sojourn.report.run_data import RunData
from sojourn.report.summary_text import terminal_summary
from sojourn.report.wording import numbers, own_words, study_words
from sojourn.report.wording.ranges import Spread

WORDS = {
    "law as it stands": "ley vigente",
    "no measure of safety is in the model": "el modelo no tiene ningún indicador de seguridad",
    "as offered": "según la oferta",
    "injunction never": "sin orden judicial",
    "United States – El Salvador custody offer": "Oferta de custodia de El Salvador",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    study = study_dict() | {"translations": {"es": WORDS}}
    return make_run(tmp_path_factory.mktemp("run"), study)


@pytest.fixture(scope="module")
def texts(folder):
    """The texts of the report by format; that of a PDF as it is handed to its printer."""
    import docx
    import openpyxl

    from sojourn.report.formats import word

    with open_run(folder, language="es") as data:
        document = make_document(open_context(data))
        found = {
            "html": _visible(html.page(document)),
            "pdf": _visible(html.sheets(paged(document))),
        }
        file = docx.Document(io.BytesIO(word.content(document)))
        book = openpyxl.load_workbook(io.BytesIO(spreadsheet.content(document)))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    found["docx"] = "\n".join([*(each.text for each in file.paragraphs), *cells])
    found["xlsx"] = "\n".join(
        str(value)
        for sheet in book
        for row in sheet.iter_rows(values_only=True)
        for value in row
        if isinstance(value, str)
    )
    return found


def _visible(page: str) -> str:
    page = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    page = re.sub("</?code>", "`", page)
    return unescape(re.sub(r"<(?!title|desc)[^>]*>|</[^>]*>", "\n", page)).replace("\u202f", " ")


def _pieces() -> set[str]:
    """What stands between the placeholders of English texts: enough words to know them by.

    Without those that the study says too.
    """
    found, said = set(), repr(study_dict())
    for message in catalogues.texts():
        for text in (message.id,) if isinstance(message.id, str) else message.id:
            for piece in re.split(r"\{\w+\}", text):
                if len(re.findall(r"[A-Za-z]{2,}", piece)) >= 3:
                    found.add(piece.strip(" .;:,()").replace("\u202f", " "))
    return {piece for piece in found if piece not in said}


@pytest.mark.parametrize("form", ["html", "pdf", "docx", "xlsx"])
def test_nothing_of_ours_is_left_in_english(texts, form):
    assert len(texts[form]) > 5000
    assert [piece for piece in sorted(_pieces()) if piece in texts[form]] == []
    assert "Project-Id-Version" not in texts[form]
    assert not re.search("^Contents$", texts[form], re.M)


@pytest.mark.parametrize("form", ["html", "pdf", "docx", "xlsx"])
def test_the_study_s_own_words_replace_what_is_written(texts, form):
    for text, said in WORDS.items():
        assert said in texts[form] or form == "xlsx"
        assert not re.search(rf"\b{re.escape(text)}\b(?!’|-| )", texts[form]), text


def test_headings_of_columns_and_sections_are_spanish(folder):
    english = {message.id for message in catalogues.catalogue("es") if message.id != message.string}
    with open_run(folder, language="es") as data:
        document = make_document(open_context(data))
        page = html.page(document)
    rows = " ".join(re.findall(r"<thead>(.*?)</thead>", page, re.DOTALL))
    heads = {unescape(head) for head in re.findall(r"<th>([^<]*)", rows)}
    assert "Escenario" in heads
    assert heads & english == set()
    assert {section.title for section in document.sections} & english == set()
    assert '<html lang="es">' in page


def test_the_terminal_says_the_same_in_spanish(folder):
    console = Console(file=io.StringIO(), width=200)
    terminal_summary(folder, console, "es")
    said = console.file.getvalue().replace("\u202f", " ")
    assert "Oferta de custodia de El Salvador" in said
    assert "según la oferta" in said
    assert [piece for piece in sorted(_pieces()) if piece in said] == []


def test_texts_that_the_study_has_in_english_alone_are_counted_in_a_notice(texts):
    assert re.search(r"\d+ textos del estudio se dan solo en inglés", texts["html"])


def test_numbers_days_and_money_are_written_as_in_the_language():
    from datetime import date

    with speaking("es"):
        assert numbers.exact(1234567.0) == "1\u202f234\u202f567"
        assert numbers.exact(1.5) == "1,5"
        assert numbers.rounded(-0.0123) == "−0,0123"
        assert numbers.whole(4500) == "4500"
        assert dates.day(date(2025, 2, 4)) == "4 de febrero de 2025"
        assert dates.short_day(date(2025, 1, 4)) == "4 ene 2025"
        assert dates.month(date(2025, 12, 1)) == "diciembre de 2025"
        assert numbers.money(1e6, "USD") == "USD\u00a01\u00a0millón"
        assert numbers.money(4.76e6, "USD") == "USD\u00a04,76\u00a0millones"
        assert numbers.money(1.2e9, "USD") == "USD\u00a01200\u00a0millones"
        assert Spread(10.0, 5.5, 9.0, 20.0).sentence(numbers.exact) == (
            "10 (5–95\u202f%: 5,5 a 20)"
        )
        assert study_words.amount(20000, "USD per person-day") == "20\u202f000 USD por persona-día"


def test_fiscal_years_and_one_text_are_told_in_the_language(folder, monkeypatch):
    monkeypatch.setattr(own_words, "untold", lambda study: ("everything",))
    with RunData(folder, year_starts=10) as data, speaking("es"):
        assert data.year_name(2027) == "AF 2027"
        told = own_words.untold_note(data.study)
    assert "1 texto del estudio se da solo en inglés y figura" in told


@pytest.mark.parametrize(
    ("whom", "said"),
    [("new entrants", "quienes entren desde entonces"),
     ("everyone by own stay", "todos, cada uno según su propia estancia"),
     ("everyone by pace", "todos, al nuevo ritmo de salida")],
)  # fmt: skip
def test_whom_a_change_is_for_is_told_in_the_language(whom, said):
    with speaking("es"):
        told = study_words.override("transitions.a -> b.changes",
                                    {"2027-01-01": {"for": whom, "after": "30 days"}})  # fmt: skip
    assert f"desde el 1 de enero de 2027 para {said}: estancia" in told


def test_a_chart_writes_its_numbers_in_the_language(texts):
    from sojourn.report.figures import charts
    from sojourn.report.figures.svg import Press

    rows = [
        {"year": year, "category": "a", "amount": amount}
        for year, amount in ((2025, 1500.0), (2026, 2500.0))
    ]
    drawn = {}
    for code in ("en", "es"):
        with speaking(code):
            drawing = charts.stacked_years(rows, ["a"], width=charts.SMALL)
            drawn[code] = str(Press().draw(drawing, "a"))
    assert "1,000<" in drawn["en"]
    assert "1000<" in drawn["es"]


def test_a_language_that_nobody_wrote_is_refused(folder, tmp_path):
    with pytest.raises(SojournError, match="no texts in the language `fr`"):
        write_report(folder, tmp_path / "report.html", language="fr")
    assert list(tmp_path.iterdir()) == []


def test_what_a_scenario_changes_is_told_in_the_language():
    fee = {"payer": "US", "per": "person over a -> b", "amount": "20000 USD"}
    with speaking("es", {"US": "EE. UU.", "fee": "tarifa"}):
        assert study_words.override("money.payments.fee", fee) == (
            "El pago “tarifa”: pagador EE. UU.; por persona en a → b; importe 20\u202f000 USD."
        )
        assert study_words.override("states.held.sets", {"end": "2025-07-18"}) == (
            "El estado “held”: vencimientos: end 18 de julio de 2025."
        )
        assert study_words.override("states.held.place", "north").startswith(
            "El estado “held”: establecimiento"
        )
        gate = {"open": [{"from": "2025-02-14", "to": "2025-03-16"}]}
        assert study_words.override("gates.a", gate) == (
            "La compuerta “a”: abierta desde el 14 de febrero de 2025; "
            "hasta el 16 de marzo de 2025."
        )
        assert study_words.condition("'VE' in citizenship") == "“VE” está entre citizenship"
