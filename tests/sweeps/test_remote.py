"""Sweeps at addresses of fsspec: the same tables, kept run by run, and gone on with."""

from __future__ import annotations

from uuid import uuid4

import pytest
from typer.testing import CliRunner

import sojourn as sj
from sojourn.cli.app import app
from sojourn.disk.remote import RemoteFolder, is_remote
from sojourn.run.histories import RunHistories
from sojourn.sweeps.job import compute, job_of, name_of

fsspec = pytest.importorskip("fsspec")
ADMISSIONS = "populations.prisoners.admissions.per year"
VARY = {ADMISSIONS: "2800 people..3600 people/2"}


@pytest.fixture(scope="module")
def study():
    return sj.example("minimal").change({"period.to": "2025-03-01", "run.draws": 2})


@pytest.fixture(params=["memory", "file"])
def address(request, tmp_path):
    return f"memory://{uuid4()}" if request.param == "memory" else f"file://{tmp_path}/there"


def simulated(monkeypatch, fail_at=None):
    """Seeds of the runs that are simulated from now on; the one with this number fails."""
    found, genuine = [], RunHistories.simulate

    def told(self, *given):
        found.append(self.seed)
        if len(found) == fail_at:
            raise KeyboardInterrupt
        return genuine(self, *given)

    monkeypatch.setattr(RunHistories, "simulate", told)
    return found


def test_a_sweep_at_an_address_is_that_of_a_folder_and_goes_on(study, tmp_path, monkeypatch):
    address = f"memory://{uuid4()}"
    with monkeypatch.context() as patch:
        simulated(patch, fail_at=2)
        with pytest.raises(KeyboardInterrupt):
            sj.sweep(study, VARY, expected=True, out=address, progress=False)
    with pytest.raises(sj.SojournError, match=f"{address}: this sweep was not finished"):
        sj.open_sweep(address)
    found = simulated(monkeypatch)
    there = sj.sweep(study, VARY, expected=True, out=address, progress=False)
    assert len(found) == 1, "the first run was kept"
    again = sj.sweep(study, VARY, expected=True, out=address, progress=False)
    assert len(found) == 1
    here = sj.sweep(study, VARY, expected=True, out=tmp_path / "here", progress=False)
    for each in (there, again, sj.open_sweep(address)):
        assert each.kept == address
        for name in ("settings", "measures", "summary"):
            file = f"{name}.parquet"
            assert (each.folder / file).read_bytes() == (here.folder / file).read_bytes()
        assert each.run(2).census == here.run(2).census
    told = CliRunner().invoke(
        app, ["frontier", address, "--least", "cost", "--keep", "in_prison_at_end <= 9000"]
    )
    assert told.exit_code == 0, told.output


def test_a_worker_puts_its_piece_there_and_finds_it_again(study, address, monkeypatch):
    from sojourn.run.run import Options, SettledRun

    run = SettledRun(study._checked, Options(expected=True, threads=1), None, lambda _: None)
    found = simulated(monkeypatch)
    for _ in range(2):
        assert compute(job_of(run), address) == name_of(run)
    assert len(found) == 1
    assert {"run.json", "measures.parquet"} <= RemoteFolder(address).below(name_of(run)).names()


def test_what_cannot_be_an_address_is_refused(study, address, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    RemoteFolder(address).put_files(tmp_path, ["mine.txt"])
    with pytest.raises(sj.SojournError, match="holds something else"):
        sj.sweep(study, VARY, out=address)
    with pytest.raises(sj.SojournError, match="cannot be used"):
        sj.sweep(study, VARY, out="nowhere://bucket/sweep")
    with pytest.raises(sj.SojournError, match="this is an address"):
        study.run(out=address)
    assert not is_remote("C:/sweep") and not is_remote(tmp_path) and is_remote("s3:/bucket")
