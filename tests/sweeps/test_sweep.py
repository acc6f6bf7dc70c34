"""Sweeps: every setting is the run that the study would make by itself, and is made once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

import sojourn as sj
from sojourn.cli.app import app
from sojourn.results.columns import PER_HISTORY
from sojourn.results.run_folder.folder import read_run
from sojourn.results.summary import SPREAD
from sojourn.run.histories import RunHistories, look_away
from sojourn.run.run import Options, SettledRun
from sojourn.sweeps.job import compute, job_of, name_of

ADMISSIONS = "populations.prisoners.admissions.per year"
PRICE = "money.payments.custody.amount"
VARY = {ADMISSIONS: "2800 people..3600 people/2", PRICE: "100 USD; 120 USD"}


@pytest.fixture(scope="module")
def study():
    return sj.example("minimal").change({"period.to": "2025-07-01", "run.draws": 3})


@pytest.fixture(scope="module")
def swept(study, tmp_path_factory):
    return sj.sweep(study, VARY, out=tmp_path_factory.mktemp("sweep") / "all")


def test_each_setting_is_the_run_of_the_changed_study(study, swept):
    for number, setting in enumerate(swept.settings, 1):
        setting.pop("setting")
        assert swept.run(number).record["options"]["changes"] == study.changes | setting
        alone = study.change(setting).run()
        for table in ("census", "flows", "money", "measures", "claims", "draws"):
            assert getattr(swept.run(number), table) == getattr(alone, table), (number, table)


def test_the_summary_is_that_of_each_run(swept):
    rows = swept.summary("cost").to_dicts()
    assert [row["setting"] for row in rows] == [1, 1, 2, 2, 3, 3, 4, 4]
    for row in rows:
        of_run = swept.run(row["setting"]).summary()
        key = (row["scenario"], "cost")
        same = next(each for each in of_run if (each["scenario"], each["measure"]) == key)
        assert row["unit"] == "USD"
        assert row[ADMISSIONS] in {"2800 people", "3600 people"}
        for name in SPREAD:
            assert row[name] == (None if same[name] is None else pytest.approx(same[name]))
        assert row["error_parameters"] > 0
    with pytest.raises(sj.SojournError, match="no measure 'costs'"):
        swept.summary("costs")
    with pytest.raises(sj.SojournError, match="no setting 5"):
        swept.run(5)


def test_the_best_setting_under_a_limit(swept):
    found = swept.frontier("cost", "in_prison_at_end <= 9,480", chance=0.4).to_dicts()
    for row, number in zip(found, range(1, 5), strict=True):
        run = swept.run(number).measures.to_pandas()
        own = run[run.scenario == "fewer admissions"]
        assert row["mean"] == pytest.approx(own[own.measure == "cost"].value.mean())
        held = own[own.measure == "in_prison_at_end"].value
        assert row["broken"] == pytest.approx((held > 9480).mean())
    with pytest.raises(sj.SojournError, match="no measure 'costs'"):
        swept.frontier("costs", "cost <= 1")
    with pytest.raises(sj.SojournError, match="is not a limit"):
        swept.frontier("cost", "cost < 1")


def simulated(monkeypatch):
    """The runs that are simulated from now on."""
    found = []
    original = RunHistories.simulate

    def told(self, *given):
        found.append(self.seed)
        return original(self, *given)

    monkeypatch.setattr(RunHistories, "simulate", told)
    return found


def test_a_price_alone_is_not_simulated_again_and_nothing_twice(study, tmp_path, monkeypatch):
    found = simulated(monkeypatch)
    out = tmp_path / "sweep"
    sj.sweep(study, {PRICE: "100 USD; 110 USD"}, out=out)
    assert len(found) == 1
    before = (out / "sweep.json").read_bytes()
    sj.sweep(study, {PRICE: "100 USD; 110 USD"}, out=out)
    assert (out / "sweep.json").read_bytes() == before, "nothing was written again"
    more = sj.sweep(
        study, {PRICE: "100 USD; 120 USD", ADMISSIONS: "3200 people; 3300 people"}, out=out
    )
    assert len(found) == 2, "3,200 is what the study has"
    assert len(list((out / "runs").iterdir())) == len(more.settings) == 4


def test_a_piece_is_known_by_what_its_histories_are_made_of_and_has_nothing_else(study, tmp_path):
    changes = ({}, {PRICE: "120 USD"}, {ADMISSIONS: "2900 people"})
    runs = [SettledRun(study.change(each)._checked, Options(), None, look_away) for each in changes]
    pieces = [job_of(run).of_draws(0, 2) for run in runs]
    first, priced, others = (name_of(piece.settled()) for piece in pieces)
    assert first == priced != others
    assert name_of(job_of(runs[0]).of_draws(1, 2).settled()) != first
    whole = [run.into(tmp_path / f"{number}") for number, run in enumerate(runs[:2])]
    halves = [job_of(runs[0]).of_draws(start, count) for start, count in ((0, 2), (2, 1))]
    made = [read_run(tmp_path / compute(half, str(tmp_path))) for half in halves]
    assert {file.stem for file in made[0].path.glob("*.parquet")} == set(PER_HISTORY)
    for number, run in enumerate(runs[:2]):
        joined = run.into(tmp_path / f"joined {number}", made)
        for file in whole[number].glob("*.parquet"):
            assert file.read_bytes() == (joined / file.name).read_bytes(), file


def test_all_settings_are_checked_before_any_is_run(study, tmp_path, monkeypatch):
    found = simulated(monkeypatch)
    with pytest.raises(sj.SojournError) as raised:
        sj.sweep(study, {ADMISSIONS: ["3000 people", "3000 days", "many"]}, out=tmp_path / "sweep")
    assert len(raised.value.problems) == 2
    assert not found
    with pytest.raises(sj.SojournError, match="not both"):
        sj.sweep(study)


def test_an_unknown_measure_is_refused_before_a_finished_sweep_is_touched(study, tmp_path):
    out = tmp_path / "sweep"
    sj.sweep(study, {PRICE: "100 USD; 110 USD"}, draws=2, expected=True, out=out, progress=False)
    before = {file: file.read_bytes() for file in out.rglob("*.*") if file.suffix}
    for prices in ("90 USD", "100 USD; 110 USD"):
        with pytest.raises(sj.SojournError, match="no measure 'costs'") as refused:
            sj.sweep(study, {PRICE: prices}, draws=2, expected=True, measures=["costs"], out=out,
                     progress=False)  # fmt: skip
        assert "`cost`" in refused.value.problems[0].fix
    command = ["sweep", str(study.folder), "--vary", f"{PRICE}=90 USD", "--draws", "2",
               "--expected", "--measure", "costs", "--out", str(out)]  # fmt: skip
    refused = CliRunner().invoke(app, command)
    assert isinstance(refused.exception, sj.SojournError) or refused.exit_code == 2
    assert {file: file.read_bytes() for file in out.rglob("*.*") if file.suffix} == before


def test_a_folder_with_something_else_is_refused_and_damage_is_noticed(study, swept, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(sj.SojournError, match="holds something else"):
        sj.sweep(study, VARY, out=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(sj.SojournError, match="not a sweep's folder"):
        sj.open_sweep(tmp_path)
    file = swept.folder / "measures.parquet"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    with pytest.raises(sj.SojournError, match="was written with"):
        sj.open_sweep(swept.folder)
    sj.sweep(study, VARY, out=swept.folder)
    assert file.read_bytes() == whole


def test_two_sweeps_never_write_into_one_folder(study, tmp_path):
    refused = []

    def try_another(_):
        if not refused:
            with pytest.raises(sj.SojournError, match="another sweep writes into this folder"):
                sj.sweep(study, VARY, out=tmp_path / "sweep", progress=False)
            refused.append(True)

    sj.sweep(study, {PRICE: "100 USD; 110 USD"}, out=tmp_path / "sweep", progress=try_another)
    assert refused


def test_the_command_prints_each_setting(study, tmp_path):
    settings = tmp_path / "settings.csv"
    settings.write_text(f"{ADMISSIONS},{PRICE}\n3000 people,\n,110 USD\n")
    command = ["sweep", str(sj.example("minimal").folder), "--settings", str(settings), "--draws",
               "2", "--expected", "--measure", "cost", "--out", str(tmp_path / "out")]  # fmt: skip
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert f"setting 1: {ADMISSIONS} = 3000 people\nsetting 2: {PRICE} = 110 USD" in done.stdout
    told = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert told["ok"] and len(told["summary"]) == 4
    wrong = CliRunner().invoke(app, [*command[:2], "--vary", "nonsense"])
    assert wrong.exit_code == 2


ON = """
import sys
import sojourn as sj
if __name__ == "__main__":
    study = sj.example("minimal").change({"period.to": sys.argv[3], "run.draws": int(sys.argv[4])})
    sj.sweep(study, {"populations.prisoners.admissions.per year": ["2800 people", "3600 people"]},
             out=sys.argv[1], on=sys.argv[2] or None, progress=lambda step: print(step, flush=True))
"""


def command(out: Path, on: str, until: str, draws: int) -> list[str]:
    return [sys.executable, "-c", ON, str(out), on, until, str(draws)]


def swept_on(out: Path, on: str, until: str, draws: int) -> None:
    done = subprocess.run(
        command(out, on, until, draws), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def interrupted(asked: list[str], pieces: int, kill: subprocess.Popen[bytes]) -> tuple[int, str]:
    """How a sweep ends, and what it says, if a process is killed once so many pieces are there."""
    with subprocess.Popen(
        asked, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if f"what='pieces', done={pieces}" in line:
                kill.send_signal(signal.SIGKILL)
                break
        output = process.stdout.read()
    return process.returncode, output


def same_tables(one: Path, other: Path) -> None:
    """The runs of two sweeps are the same, byte for byte, but for run.json (times)."""
    names = sorted(run.name for run in (one / "runs").iterdir())
    assert names == sorted(run.name for run in (other / "runs").iterdir())
    for name in names:
        for file in sorted((one / "runs" / name).glob("*.parquet")):
            assert file.read_bytes() == (other / "runs" / name / file.name).read_bytes(), file


def dask(*arguments: str, **pipes: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", *arguments, "--no-dashboard"], **pipes)


@pytest.fixture
def cluster():
    """A scheduler and two workers, as somebody else starts them: (scheduler, address, workers)."""
    pytest.importorskip("distributed")
    with ExitStack() as stack:
        head = dask("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
                    stderr=subprocess.PIPE)  # fmt: skip
        stack.enter_context(head)
        stack.callback(head.kill)
        assert head.stderr
        told = next(line for line in head.stderr if b"Scheduler at" in line)
        address = told.split()[-1].decode()
        Thread(target=head.stderr.read, daemon=True).start()
        workers = []
        for _ in range(2):
            worker = dask("distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1",
                          stderr=subprocess.DEVNULL)  # fmt: skip
            stack.enter_context(worker)
            stack.callback(worker.kill)
            workers.append(worker)
        yield head, address, workers


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes(tmp_path, cluster):
    _, address, _ = cluster
    for name, on in {"here": "", "tcp": address, "local": "local:2"}.items():
        swept_on(tmp_path / name, on, "2025-07-01", 5)
    same_tables(tmp_path / "here", tmp_path / "tcp")
    same_tables(tmp_path / "here", tmp_path / "local")


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path, cluster):
    _, address, workers = cluster
    asked = command(tmp_path / "killed", address, "2027-01-01", 24)
    status, output = interrupted(asked, 1, workers[0])
    assert status == 0, output
    swept_on(tmp_path / "here", "", "2027-01-01", 24)
    same_tables(tmp_path / "here", tmp_path / "killed")


@pytest.mark.slow
def test_a_lost_scheduler_is_told_and_the_sweep_goes_on(tmp_path, cluster):
    head, address, _ = cluster
    out = tmp_path / "lost"
    status, output = interrupted(command(out, address, "2027-01-01", 24), 2, head)
    assert status != 0
    assert "run the same command again" in output, output
    kept = [piece for piece in (out / "pieces").iterdir() if (piece / "run.json").exists()]
    assert len(kept) >= 2
    swept_on(out, "local:2", "2027-01-01", 24)
    swept_on(tmp_path / "here", "", "2027-01-01", 24)
    same_tables(tmp_path / "here", out)
