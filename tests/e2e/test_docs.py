"""The README and the pages say what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sojourn.results.columns import markdown

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def test_the_study_of_the_readme_passes(sojourn, tmp_path):
    (study,) = blocks(ROOT / "README.md", "yaml")
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    done = sojourn("check", tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page, sojourn):
    for line in "".join(blocks(page, "console")).splitlines():
        words = line.split("#")[0].split()
        if words[:1] == ["sojourn"] and words[1].islower():
            text = sojourn(words[1], "--help").stdout
            for option in (word for word in words if word.startswith("--")):
                assert option in text, line
        if words[:1] == ["make"]:
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


def test_the_page_of_tables_is_that_of_the_code():
    """`python tests/e2e/test_docs.py` writes it anew."""
    assert (ROOT / "docs" / "tables.md").read_text(encoding="utf-8") == tables_page()


def tables_page() -> str:
    """The page of tables, as it should be."""
    return (
        "# Tables of a run\n\n"
        'A run folder holds one Parquet file for each table; `sojourn query RUN "…"` sees each as '
        "a table\nof that name. This page is made from `results/columns.py`.\n\n" + markdown()
    )


if __name__ == "__main__":
    (ROOT / "docs" / "tables.md").write_text(tables_page(), encoding="utf-8")
