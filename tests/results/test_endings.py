"""A folder named like a file, and a page of another ending, are refused; nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from sojourn.errors import SojournError
from sojourn.library.examples import new_study
from sojourn.report.page import write_report
from sojourn.results.run_folder.export import export_run
from sojourn.run.run import run_study
from sojourn.screening.screen import refuse_folder

WRITES = {
    "run": (lambda out: run_study(Path("trial"), out=out), "runs/x.parquet"),
    "new": (lambda out: new_study(out, "minimal"), "trial.yaml"),
    "export": (lambda out: export_run(Path("run"), out), "x.xlsx"),
    "screen": (refuse_folder, "x.CSV"),
    "report": (lambda out: write_report(Path("run"), out), "r.odt"),
    "report without an ending": (lambda out: write_report(Path("run"), out), "r"),
}


@pytest.mark.parametrize(("write", "name"), WRITES.values(), ids=WRITES)
def test_a_name_of_another_kind_of_file_is_refused(write, name, tmp_path):
    with pytest.raises(SojournError) as caught:
        write(tmp_path / name)
    (problem,) = caught.value.problems
    assert "ends in" in problem.what + problem.fix
    assert problem.file == str(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["tables", "tables.v2", "2026.01", "prisons.dk"])
def test_a_folder_may_have_a_dot_in_its_name(name, tmp_path):
    refuse_folder(tmp_path / name)


def test_the_command_line_says_so_and_exits_with_2(sojourn, tmp_path):
    assert sojourn("new", "trial", "--example", "minimal", cwd=tmp_path).returncode == 0
    assert sojourn("run", "trial", "--draws", 1, "--out", "run", cwd=tmp_path).returncode == 0
    for line in (("report", "run", "--out", "r.odt"), ("export", "run", "--to", "x.xlsx")):
        done = sojourn(*line, cwd=tmp_path)
        assert done.returncode == 2
        assert line[-1] in done.stderr
        assert not (tmp_path / line[-1]).exists()


def test_the_ending_of_today_s_word_files_is_proposed_for_that_of_old_ones(tmp_path):
    with pytest.raises(SojournError, match=r"ends in \.docx, as note\.docx"):
        write_report(Path("run"), tmp_path / "note.doc")
