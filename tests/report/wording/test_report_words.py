"""Words of the report that confused readers do not come back."""

from __future__ import annotations

import re

from report.reader import Page

CONFUSING = (
    "hangs most on", "goes furthest", "from few runs", "is a receipt", "Fills in",
    "Whom the rules keep", "luck of", "for nought", "keep their quantiles", "whom only one",
    "it stands above", "values of every uncertain",
)  # fmt: skip


def test_words_that_must_be_read_twice_are_gone(page):
    text = Page(page).text.lower()
    assert [words for words in CONFUSING if words.lower() in text] == []


def test_no_name_of_the_study_shows_where_there_is_a_label(page):
    shown = re.sub(r"<(code|script|style).*?</\1>", "", page, flags=re.S)
    assert not re.findall(r">[^<]*\bus_prison\b[^<]*<", shown)
