"""The site of the documentation: every page reached, every link alive, nothing from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site, built as `make docs` builds it: a warning is an error."""
    pytest.importorskip("sphinx", reason="make check installs it")
    out = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q"]
    build += ["-d", str(out / "doctrees"), "-b", "html", "docs", str(out / "html")]
    done = subprocess.run(build, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return out / "html"


def test_every_page_is_in_the_site(site):
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")}
    assert pages <= {page.stem for page in site.glob("*.html")}


def test_the_site_needs_no_network(site):
    loaded = r"""<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=["'](?:https?:)?//"""
    styles = r"""url\(\s*["']?(?:https?:)?//|@import"""
    for page in site.rglob("*.html"):
        assert not re.search(loaded, page.read_text(encoding="utf-8")), page.name
    for style in site.rglob("*.css"):
        assert not re.search(styles, style.read_text(encoding="utf-8")), style.name


def test_the_site_can_be_searched_by_the_words_of_the_field(site):
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    for word in ("parol", "injunct", "minimum", "kaplan"):  # stems, as Sphinx keeps them
        assert f'"{word}"' in index or f"{word}:" in index
