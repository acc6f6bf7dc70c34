"""Dates are written as in the language, wherever a text has them."""

from __future__ import annotations

from sojourn.languages import dates
from sojourn.languages.phrases import speaking

TEXT = "Order of 2025-04-18 (stayed 2025-06-23)."


def test_dates_in_a_text_are_written_as_in_the_language():
    assert dates.in_text(TEXT) == "Order of 18 April 2025 (stayed 23 June 2025)."
    with speaking("es"):
        assert dates.in_text("Orden del 2025-04-18.") == "Orden del 18 de abril de 2025."


def test_what_is_no_date_or_a_command_stays():
    for text in (
        "2025-13-01",
        "case 1:25-cv-10676",
        "/law/2025-04-18/text",
        "2024-25",
        "7, 2024-1-3",
    ):
        assert dates.in_text(text) == text
    assert dates.in_text("`--to 2025-04-18` by 2025-04-18") == "`--to 2025-04-18` by 18 April 2025"


def test_a_source_s_date_is_as_exact_as_it_was_given():
    told = [dates.of_file(each) for each in ("2025-04-07; 2025-05-16", "2025-04", "2025", None)]
    assert told == ["7 April 2025; 16 May 2025", "April 2025", "2025", ""]
