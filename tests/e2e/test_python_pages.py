"""The pages of Python run, and show what they give.

`python tests/e2e/test_python_pages.py` writes their answers and charts anew.
"""

from __future__ import annotations

import ast
import io
import os
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "python.md", DOCS / "notebook.md"]
CELL = re.compile(r"```python\n(?P<code>.*?)```(?P<told>\n\n```text\n.*?```)?", re.DOTALL)


@pytest.mark.parametrize("path", PAGES, ids=lambda page: page.name)
def test_a_page_shows_what_its_cells_give(path, tmp_path, monkeypatch):
    (tmp_path / "images").mkdir()
    monkeypatch.chdir(tmp_path)
    page = path.read_text(encoding="utf-8")
    assert page == executed(page)
    for image in re.findall(r"\]\((images/[^)]*)\)", page):
        assert (DOCS / image).is_file()
        assert (tmp_path / image).is_file()


def executed(page: str) -> str:
    """The page with what each cell gives below it, as a session of Python would print it."""
    names: dict[str, object] = {}

    def cell(found: re.Match[str]) -> str:
        told = given(found["code"], names)
        answer = f"\n\n```text\n{told}```" if told else ""
        return f"```python\n{found['code']}```{answer}"

    return CELL.sub(cell, page)


def given(code: str, names: dict[str, object]) -> str:
    """What the code prints, and the repr of its last expression."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile(tree, "page", "exec"), names)  # the page is ours
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "page", "eval"), names)
            if value is not None:
                print(repr(value))
    return printed.getvalue()


if __name__ == "__main__":
    os.chdir(DOCS)
    for page in PAGES:
        page.write_text(executed(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"wrote {page}", file=sys.stderr)
