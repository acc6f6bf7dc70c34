"""Words of the report and of the command line that confused readers do not come back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from report.reader import Page

COMMANDS = Path(__file__).parents[3] / "docs" / "commands.md"
"""The help of every command; `e2e/test_docs` holds it to the commands."""
CONFUSING = (
    "values of every uncertain", "random histories under each", "in place of histories",
    "hangs most on", "goes furthest", "from few runs", "is a receipt", "fills in",
    "whom the rules keep", "luck of", "for nought", "keep their quantiles", "whom only one",
    "it stands above", "holds, 100",
)  # fmt: skip


@pytest.fixture(params=["report", "commands"])
def text(request):
    if request.param == "commands":
        return COMMANDS.read_text(encoding="utf-8").lower()
    return Page(request.getfixturevalue("page")).text.lower()


@pytest.mark.parametrize("words", CONFUSING)
def test_words_that_must_be_read_twice_are_gone(text, words):
    assert words not in text


def test_no_name_of_the_study_shows_where_there_is_a_label(page):
    shown = re.sub(r"<(code|script|style).*?</\1>", "", page, flags=re.S)
    assert not re.findall(r">[^<]*\bus_prison\b[^<]*<", shown)
