"""What the command line promises before any study is run."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from sojourn import __version__
from sojourn.cli.app import app
from sojourn.cli.output import counted
from sojourn.library.examples import example_names

COMMANDS = [
    "new", "check", "run", "report", "query", "schema", "export", "explain", "prove", "diff",
    "sweep", "frontier", "screen", "agreements", "backtest", "forecast", "score", "history", "fit",
    "import", "matters", "compare",
]  # fmt: skip


def test_version(sojourn):
    assert sojourn("--version").stdout == f"sojourn {__version__}\n"


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "sojourn", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"sojourn {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches_with_examples(command, sojourn):
    done = sojourn(command, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
    assert f"sojourn {command}" in done.stdout


def test_no_arguments_shows_help(sojourn):
    done = sojourn()
    assert all(command in done.stdout + done.stderr for command in COMMANDS)


def test_starting_up_loads_nothing_heavy():
    heavy = {"numpy", "numba", "scipy", "pyarrow", "duckdb", "pydantic", "altair", "lark", "z3"}
    code = "import sys, sojourn.cli.app; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not heavy & set(done.stdout.split())


def test_check_loads_no_engine(write_study):
    folder = write_study()
    code = (
        "import sys; from sojourn.run.check import check_study; from pathlib import Path;"
        "check_study(Path(sys.argv[1]), None); print(' '.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert not {"numba", "scipy", "pyarrow", "altair"} & set(done.stdout.split())


def test_check_says_what_the_study_holds(write_study, sojourn):
    done = sojourn("check", write_study())
    assert done.returncode == 0, done.stderr
    assert "Two places" in done.stdout
    assert "2 found" in done.stdout
    assert done.stderr == ""


def test_one_thing_is_told_in_the_singular(write_study, sojourn):
    told = sojourn("check", write_study()).stdout
    assert "1 population, " in told
    assert "1 gate, " in told
    assert "1 source\n" in told
    assert "2 facilities, " in told
    assert counted(1, "facilities") == "1 facility"


def test_check_as_json(write_study, sojourn):
    document = json.loads(sojourn("check", write_study(), "--json").stdout)
    assert document["ok"]
    assert document["scenarios"] == ["no agreement", "as agreed"]
    assert document["quotes"] == {"found": 2, "not found": 0, "not checked": 0}


def test_quotes_without_their_text_are_told(write_study, sojourn, tmp_path):
    folder = write_study()
    texts = tmp_path / "texts"
    texts.mkdir()
    (folder / "memo.txt").rename(texts / "memo.txt")
    assert "2 quotations of memo" in sojourn("check", folder).stdout
    assert "2 found" in sojourn("check", folder, "--sources", texts).stdout


def test_help_of_new_names_every_study_that_ships(sojourn):
    told = " ".join(sojourn("new", "--help").stdout.replace("│", " ").split())
    assert [name for name in example_names() if name not in told] == []


@pytest.mark.parametrize("example", example_names())
def test_new_makes_a_study_that_passes(example, sojourn, tmp_path):
    done = sojourn("new", "trial", "--example", example, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sojourn("check", "trial", cwd=tmp_path).returncode == 0
    again = sojourn("new", "trial", cwd=tmp_path)
    assert again.returncode == 2
    assert "exists" in again.stderr


def test_schema_is_json(sojourn):
    assert json.loads(sojourn("schema").stdout)["type"] == "object"


def test_a_reader_that_leaves_is_no_error(tmp_path):
    command = f"{sys.executable} -c 'from sojourn.cli.app import main; main()' schema"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | true"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == ""


@pytest.fixture
def breaking(monkeypatch):
    """Make `check` raise what is given."""

    def breaks(error):
        def raising(*_):
            raise error

        monkeypatch.setattr("sojourn.load", raising)
        return CliRunner()

    return breaks


def test_an_internal_error_is_short_and_says_where_to_report(breaking):
    done = breaking(ZeroDivisionError("by nought")).invoke(app, ["check", "x"])
    assert done.exit_code == 1
    assert "ZeroDivisionError: by nought" in done.stderr
    assert "--debug" in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback(breaking):
    done = breaking(ZeroDivisionError("by nought")).invoke(app, ["--debug", "check", "x"])
    assert isinstance(done.exception, ZeroDivisionError)


def test_debug_may_stand_last(sojourn, tmp_path):
    # A usage error is no internal error: the option is taken, and nothing else changes.
    assert sojourn("check", tmp_path / "absent", "--debug").returncode == 2


def test_stopping_by_hand(breaking):
    done = breaking(KeyboardInterrupt()).invoke(app, ["check", "x"])
    assert done.exit_code == 130
