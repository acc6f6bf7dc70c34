"""A sweep on a full disk, or killed, goes on where it stopped: nothing is lost, or made twice."""

from __future__ import annotations

from pathlib import Path

import pytest

import sojourn as sj
from disk.machine import SHIM, STUDY
from disk.shim import Killed
from sojourn.run.histories import RunHistories

VARY = {
    "populations.all.stock.count": ["10 people", "20 people"],
    "money.payments.fee.amount": ["3 EUR", "4 EUR"],
}
FULL = -28
"""ENOSPC, from some operation on, of whatever writes."""


@pytest.fixture(scope="module")
def study():
    priced = STUDY.replace("scenarios:", "measures: {paid: {money: fee}}\nscenarios:")
    return sj.load(priced).change({"period.to": "2026-01-15"})


@pytest.fixture(scope="module")
def undisturbed(study, tmp_path_factory):
    """The files of a sweep that nothing disturbed, and how many file operations it took."""
    out = tmp_path_factory.mktemp("undisturbed") / "sweep"
    with SHIM.faults(out, -1, 0):
        sweep_into(study, out)
    return tables(out), SHIM.count


def sweep_into(study, out):
    return sj.sweep(study, VARY, draws=2, expected=True, out=out, threads=1, progress=False)


def tables(out: Path) -> dict[str, bytes]:
    return {str(file.relative_to(out)): file.read_bytes() for file in out.rglob("*.parquet")}


@pytest.mark.parametrize(
    ("how", "part"), [(FULL, 0.2), (FULL, 0.6), (FULL, 0.97), ("kill", 0.5), ("kill", 0.9)]
)
def test_a_sweep_goes_on_where_it_stopped(study, undisturbed, tmp_path, monkeypatch, how, part):
    files, operations = undisturbed
    out = tmp_path / "sweep"
    ended = Killed if how == "kill" else sj.SojournError
    with SHIM.faults(out, int(part * operations), how), pytest.raises(ended):
        sweep_into(study, out)
    with pytest.raises(sj.SojournError):
        sj.open_sweep(out)
    finished = {run.name for run in (out / "runs").glob("*") if (run / "run.json").exists()}
    made = []
    original = RunHistories.simulate
    monkeypatch.setattr(
        RunHistories, "simulate", lambda *given: made.append(given) or original(*given)
    )
    sweep_into(study, out)
    assert tables(sj.open_sweep(out).folder) == files
    # Settings that differ in their price share their histories: two are computed in all.
    assert len(made) <= 2 - bool(finished)
