"""The page that compares the agreements is that of their files."""

from __future__ import annotations

import re
from pathlib import Path

from sojourn.library.as_page import page
from sojourn.library.worked_cases import run_cases
from sojourn.rules.agreement.file import read_agreement
from sojourn.study.files.joined_agreements import library_names

PAGE = Path(__file__).parents[2] / "docs" / "agreements.md"


def made() -> str:
    """The page as it should be."""
    return page([read_agreement(name) for name in library_names()])


def test_the_page_is_that_of_the_files():
    """`python tests/library/test_as_page.py` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == made()


def test_links_lead_to_headings():
    text = PAGE.read_text(encoding="utf-8")
    anchors = {
        heading.lower().replace(" ", "-").replace(",", "")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    links = set(re.findall(r"\]\(#([^)]*)\)", text))
    assert links == set(library_names())
    assert links <= anchors


def test_the_file_of_the_page_is_read_and_its_cases_pass(tmp_path):
    ((name, text),) = re.findall(r"```yaml (\S+)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (tmp_path / name).write_text(text, encoding="utf-8")
    results = run_cases(read_agreement(tmp_path / name))
    assert results
    assert all(result.passed for result in results)


def test_every_row_of_a_table_has_its_columns():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    width = 0
    for row in rows:
        cells = len(re.findall(r"(?<!\\)\|", row))
        if set(row) <= set("|-"):
            assert cells == width
        width = cells


if __name__ == "__main__":
    PAGE.write_text(made(), encoding="utf-8")
