"""The page *Which number matters* shows what its commands print; they run in this process."""

from __future__ import annotations

import sys
import tempfile
from contextlib import chdir
from pathlib import Path
from subprocess import CompletedProcess

from typer.testing import CliRunner

from e2e.test_docs import answered_page
from sojourn.cli.app import app

PAGE = Path(__file__).parents[2] / "docs" / "matters.md"


def here(*words: object, cwd: Path) -> CompletedProcess[str]:
    """A command in the folder, as a process of its own would end."""
    with chdir(cwd):
        done = CliRunner().invoke(app, [*map(str, words)])
    return CompletedProcess(words, done.exit_code, done.stdout, done.stderr or str(done.exception))


def test_the_page_shows_what_its_commands_print(tmp_path):
    """`python tests/e2e/test_matters_page.py` writes the answers anew."""
    assert PAGE.read_text(encoding="utf-8") == answered_page(PAGE, here, tmp_path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        PAGE.write_text(answered_page(PAGE, here, Path(temporary)), encoding="utf-8")
    print(f"wrote {PAGE}", file=sys.stderr)
