"""What is made appears whole or not at all, and what dead processes left is taken away."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys

import pytest

from sojourn.disk.whole import READY, complete, put_file, put_folder, staged, write_text

DIE = """
import os, signal, sys
from pathlib import Path
from sojourn.disk.whole import staged, write_text
with staged(Path(sys.argv[1])) as stage:
    write_text(stage / "rows", "secret")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_nobody_else_can_read_what_is_being_made(tmp_path):
    with staged(tmp_path / "page") as stage:
        assert stat.S_IMODE(stage.stat().st_mode) == 0o700
        write_text(stage / "page", "whole")
        put_file(stage / "page", tmp_path / "page")
    assert names(tmp_path) == ["page"]


def test_an_error_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    (tmp_path / "page").write_text("old")
    with pytest.raises(OSError, match="full"), staged(tmp_path / "page") as stage:
        write_text(stage / "page", "half")
        raise OSError("full")
    assert (tmp_path / "page").read_text() == "old"
    assert names(tmp_path) == ["page"]


def test_the_next_call_takes_away_what_a_killed_one_left(tmp_path):
    target = tmp_path / "rows.parquet"
    killed = subprocess.run([sys.executable, "-c", DIE, str(target)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name.endswith(".unfinished")
    assert stat.S_IMODE(left.stat().st_mode) == 0o700
    with staged(tmp_path / "other"):
        assert left.exists()  # of another target
    with staged(target) as stage, staged(target) as beside:
        assert not left.exists()
        assert stage.exists() and beside.exists()  # both are alive
    assert names(tmp_path) == []


def test_a_link_or_file_of_that_name_is_no_left_over(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis").write_text("years")
    (tmp_path / ".page.x.unfinished").symlink_to(tmp_path / "mine")
    (tmp_path / ".page.y.unfinished").write_text("a note")
    with staged(tmp_path / "page"):
        pass
    assert (tmp_path / "mine" / "thesis").read_text() == "years"
    assert (tmp_path / ".page.y.unfinished").read_text() == "a note"


@pytest.mark.parametrize("moved", range(4))
def test_a_folder_that_was_being_put_in_place_is_completed(tmp_path, monkeypatch, moved):
    """Whatever the number of files that had been moved; files of others stay."""
    target = tmp_path / "out"
    target.mkdir()
    for name in ("a", "b/one", "b/two", "last", "mine"):
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text("old")
    genuine, calls = os.replace, []

    def dying(*arguments):
        calls.append(arguments)
        if len(calls) > moved:
            raise KeyboardInterrupt
        genuine(*arguments)

    with staged(target) as stage:
        (stage / "made" / "b").mkdir(parents=True)
        for name in ("a", "b/one", "last"):
            write_text(stage / "made" / name, "new")
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", dying)
            if moved < 3:
                with pytest.raises(KeyboardInterrupt):
                    put_folder(stage / "made", target, "last")
                assert (target / "last").read_text() == "old"
                assert (target / READY).exists()
            else:
                put_folder(stage / "made", target, "last")
    complete(target, "last")
    found = {file: file.read_text() for file in target.rglob("*") if file.is_file()}
    assert {str(file.relative_to(target)): text for file, text in found.items()} == {
        "a": "new", "b/one": "new", "last": "new", "mine": "old",
    }  # fmt: skip
