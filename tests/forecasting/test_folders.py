"""Folders of backtests: an earlier one is replaced whole; folders of others are refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import sojourn as sj
from forecasting.test_sealed import table
from sojourn.disk.whole import READY
from sojourn.errors import SojournError
from sojourn.forecasting.folders import RECORD


def backtest(out: Path, *forecasters: str) -> None:
    sj.backtest(
        table(2010), date="year", value="held", series="place", origins="2005-2008",
        forecasters=forecasters, out=out,
    )  # fmt: skip


def files(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_an_earlier_backtest_is_replaced_with_all_its_files(tmp_path):
    backtest(tmp_path / "new", "no change")
    backtest(tmp_path / "out", "no change", "drift")
    assert any("drift" in name for name in files(tmp_path / "out"))
    backtest(tmp_path / "out", "no change")
    assert files(tmp_path / "out") == files(tmp_path / "new")


def test_a_folder_of_others_is_refused_before_any_work(tmp_path):
    (tmp_path / "thesis").write_text("years")
    with pytest.raises(SojournError, match="the folder holds something else: thesis"):
        backtest(tmp_path, "no change")
    assert files(tmp_path) == {"thesis"}


def test_a_backtest_that_was_being_put_in_place_is_completed(tmp_path, monkeypatch):
    out = tmp_path / "out"
    backtest(out, "no change", "drift")
    before = (out / RECORD).read_bytes()
    genuine = os.replace

    def dying(made: Path, target: Path) -> None:
        if Path(target).name == RECORD:
            raise KeyboardInterrupt
        genuine(made, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", dying)
        with pytest.raises(KeyboardInterrupt):
            backtest(out, "no change")
    assert (out / READY).exists() and (out / RECORD).read_bytes() == before
    backtest(out, "no change")
    assert not (out / READY).exists()
    assert not any("drift" in name for name in files(out))
