"""The README and the pages: what they show is what the commands print."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from sojourn.study.words.keys.shapes import SHAPES

from commands_page import commands_page
from sojourn.results.columns import markdown
from sojourn.results.run_folder.query import query
from sojourn.study.load import load_study
from sojourn.study.words import language_page as language

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def test_the_study_of_the_readme_passes(sojourn, tmp_path):
    (study,) = blocks(ROOT / "README.md", "yaml")
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    done = sojourn("check", tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_query_of_the_readme_gives_rows(sojourn, tmp_path):
    (study,) = blocks(ROOT / "README.md", "yaml")
    (tmp_path / "trial").mkdir()
    (tmp_path / "trial" / "study.yaml").write_text(study, encoding="utf-8")
    assert sojourn("run", "trial", "--draws", 2, cwd=tmp_path).returncode == 0
    (line,) = re.findall(r"^sojourn (query .*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    done = sojourn(*shlex.split(line), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "held_at_end" in done.stdout
    assert done.stdout.endswith("2 rows\n")


def test_the_python_of_the_readme_runs(tmp_path):
    (study,), (program,) = (blocks(ROOT / "README.md", kind) for kind in ("yaml", "python"))
    (tmp_path / "prison").mkdir()
    (tmp_path / "prison" / "study.yaml").write_text(study, encoding="utf-8")
    command = [sys.executable, "-c", program.replace("draws=100", "draws=2")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert (tmp_path / "prison.html").is_file()


def test_the_forecasts_of_the_readme_run(sojourn, tmp_path):
    rows = (ROOT / "docs" / "series" / "prisoners.csv").read_text(encoding="utf-8").splitlines()
    few = [row for row in rows if row.split(",")[0] in {"state", "AK", "IA", "OH"}]
    (tmp_path / "prisoners.csv").write_text("\n".join(few) + "\n", encoding="utf-8")
    lines = re.findall(
        r"^sojourn ((?:backtest|forecast) .*)$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    assert [line.split()[0] for line in lines] == ["backtest", "forecast"]
    for line in lines:
        asked = (*shlex.split(line), "--forecasters", "sojourn,no change")
        done = sojourn(*asked, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "no change" in done.stdout or "forecaster: sojourn" in done.stdout
    assert list((tmp_path / "record" / "seals").iterdir())


HELP: dict[str, str] = {}
"""What `--help` says of each command that was asked for; a process each takes its time."""


def help_of(sojourn, command) -> str:
    if command not in HELP:
        HELP[command] = sojourn(command, "--help").stdout
    return HELP[command]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page, sojourn):
    for line in "".join(blocks(page, "console")).splitlines():
        words = line.split("#")[0].split()
        if words[:1] == ["sojourn"] and words[1].islower():
            text = help_of(sojourn, words[1])
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
        "a table\nof that name. This page is made from the declarations of the tables.\n\n"
        "## The tables\n\n" + markdown()
    )


def test_the_page_of_the_command_line_is_that_of_the_code():
    """`python tests/e2e/test_docs.py` writes it anew."""
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == commands_page()


def test_the_page_of_the_language_is_that_of_the_code():
    """`python tests/e2e/test_docs.py` writes it anew."""
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    assert page == language.markdown()
    anchors = {
        heading.lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]*)\)", page)) <= anchors
    for key in (key for keys in SHAPES.values() for key in keys):
        assert f"`{key.name}`" in page


def test_the_tutorial_runs(sojourn, tmp_path):
    page = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    study = tmp_path / "trial" / "study.yaml"
    for kind, name, block in re.findall(r"```(\w+)(?: (\S+))?\n(.*?)```", page, re.DOTALL):
        if kind == "console":
            for line in block.splitlines():
                done = sojourn(*shlex.split(line)[1:], cwd=tmp_path)
                assert done.returncode == 0, f"{line}\n{done.stderr}"
                assert " query " not in line or done.stdout.splitlines()[-1] != "0 rows"
        elif kind == "yaml":
            study.write_text(added(study.read_text(encoding="utf-8"), block), encoding="utf-8")
            load_study(study)
        else:
            (tmp_path / name).write_text(block, encoding="utf-8")
    rows = {row["claim"]: row for row in query(tmp_path / "runs" / "trial", CLAIMS).to_pylist()}
    assert rows["much cheaper"]["verdict"] == "depends"
    assert rows["safer"]["verdict"] == "cannot be determined"


ANSWERED = [
    ROOT / "docs" / f"{name}.md"
    for name in (
        "budget",
        "court",
        "forecast",
        "money",
        "planning",
        "proofs",
        "reform",
        "research",
        "rules",
    )
]
"""Pages that show what their commands print."""


@pytest.mark.parametrize("path", ANSWERED, ids=lambda page: page.name)
def test_a_page_shows_what_its_commands_print(path, sojourn, tmp_path):
    """`python tests/e2e/test_docs.py` writes the answers anew."""
    assert path.read_text(encoding="utf-8") == answered_page(path, sojourn, tmp_path)


def answered_page(path, sojourn, folder) -> str:
    """The page, with what its commands print in the `text` blocks below them."""
    printed = ""

    def answered(found: re.Match[str]) -> str:
        nonlocal printed
        kind, name, block = found.groups()
        if name:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(block, encoding="utf-8")
        for line in block.splitlines() if kind == "console" else ():
            done = sojourn(*shlex.split(line)[1:], cwd=folder)
            # Bad input is shown where a page is about it: exit status 2, and nothing on stdout.
            assert done.returncode == 0 or (done.returncode == 2 and not done.stdout), done.stderr
            printed = done.stdout or done.stderr
        if kind == "python":
            command = [sys.executable, "-c", block]
            printed = subprocess.run(
                command, capture_output=True, text=True, check=True, cwd=folder
            ).stdout
        return f"```text\n{printed}```" if kind == "text" else found[0]

    page = path.read_text(encoding="utf-8")
    return re.sub(r"```(\w+)(?: (\S+))?\n(.*?)```", answered, page, flags=re.DOTALL)


def test_the_page_of_screening_runs(sojourn, tmp_path):
    page = (ROOT / "docs" / "screening.md").read_text(encoding="utf-8")
    printed = ""
    for kind, name, block in re.findall(r"```(\w+)(?: (\S+))?\n(.*?)```", page, re.DOTALL):
        if kind == "console":
            for line in block.splitlines():
                done = sojourn(*shlex.split(line)[1:], cwd=tmp_path)
                assert done.returncode == 0, f"{line}\n{done.stderr}"
                printed = done.stdout
        elif kind == "text":
            assert blanked(block) == blanked(printed)
        else:
            (tmp_path / name).write_text(block, encoding="utf-8")
    assert (tmp_path / "rows.parquet").is_file()
    assert (tmp_path / "result" / "run.json").is_file()


def blanked(text: str) -> list[str]:
    """The lines without counts, which have noise, and which decide the order of the facts."""
    return sorted(
        " ".join(re.sub(r"<?[0-9][0-9,.]*", "", line).split()) for line in text.splitlines()
    )


def test_the_page_of_the_studies_that_ship_runs(sojourn, tmp_path):
    page = ROOT / "docs" / "studies.md"
    answers = []
    for line in "".join(blocks(page, "console")).splitlines():
        done = sojourn(*shlex.split(line)[1:], cwd=tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        if " query " in line:
            answers.append(done.stdout)
    sent, claims, days = answers
    assert "936" in sent and sent.endswith("2 rows\n")
    assert "936 people had been sent" in claims
    assert "558.904" in days and days.endswith("6 rows\n")
    assert (tmp_path / "runs" / "norway" / "report.html").is_file()


CLAIMS = "from claims where scenario in ('places abroad', 'as now') order by scenario"


def added(text: str, block: str) -> str:
    """The study with the block's lines at the end of the sections that they name."""
    lines = text.splitlines()
    at = len(lines)
    for line in block.splitlines():
        if line.endswith(":") and line in lines:
            at = end = lines.index(line) + 1
            while end < len(lines) and (not lines[end].strip() or depth(lines[end]) > depth(line)):
                end += 1
                at = end if lines[end - 1].strip() else at
        else:
            at = len(lines) if depth(line) == 0 else at
            lines.insert(at, line)
            at += 1
    return "\n".join(lines) + "\n"


def depth(line: str) -> int:
    """How far a line is indented."""
    return len(line) - len(line.lstrip())


def _run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from sojourn.cli.app import main; main()"]
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=cwd
    )


if __name__ == "__main__":
    # With `docs` on PYTHONPATH, for `commands_page`.
    for answered in ANSWERED:
        with tempfile.TemporaryDirectory() as temporary:
            answered.write_text(answered_page(answered, _run, Path(temporary)), encoding="utf-8")
    (ROOT / "docs" / "language.md").write_text(language.markdown(), encoding="utf-8")
    (ROOT / "docs" / "commands.md").write_text(commands_page(), encoding="utf-8")
    (ROOT / "docs" / "tables.md").write_text(tables_page(), encoding="utf-8")
