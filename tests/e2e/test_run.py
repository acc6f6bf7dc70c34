"""A study from its folder to its report, through the command line and through `run_study`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sojourn.engine.kernel import memory
from sojourn.errors import SojournError
from sojourn.results.columns import SPECS
from sojourn.results.run_folder.query import query
from sojourn.run.run import Options, run_study

TABLES = set(SPECS)


def contents(folder: Path) -> dict[str, object]:
    """Every table of a run folder as plain rows."""
    return {file.stem: pq.read_table(file).to_pylist() for file in folder.glob("*.parquet")}


@pytest.fixture(scope="module")
def finished(tmp_path_factory, whole_study):
    out = tmp_path_factory.mktemp("runs") / "finished"
    return run_study(whole_study, out=out, options=Options(threads=1))


def test_the_folder_holds_every_table(finished):
    held = {file.stem for file in finished.glob("*.parquet")}
    assert held == TABLES
    record = json.loads((finished / "run.json").read_text(encoding="utf-8"))
    assert record["seed"] == 7
    assert record["draws"] == 3
    assert record["scenarios"] == ["no agreement", "as agreed"]


def test_nobody_is_lost(finished):
    """People at the end = stock + admissions − those who left, in every history."""
    rows = query(
        finished,
        """
        with entered as (
            select scenario, draw, sum(people) as people from flows
            where transition = 'admission' group by all
        ), there as (
            select scenario, draw, sum(people) as people from census
            where period = (select max(period) from census) group by all
        )
        select scenario, draw, 200 + entered.people - there.people as lost
        from entered join there using (scenario, draw)
        """,
    ).to_pylist()
    assert len(rows) == 6
    assert all(row["lost"] == 0 for row in rows)


def test_the_agreement_is_the_only_difference(finished):
    moves = query(
        finished,
        "select scenario, sum(people)::bigint as people from flows"
        " where target = 'held' group by all",
    ).to_pylist()
    assert [row["scenario"] for row in moves] == ["as agreed"]
    assert moves[0]["people"] > 0
    admitted = query(
        finished,
        "select draw, period, count(distinct people) as differing from (select scenario, draw,"
        " period, sum(people) as people from flows where transition = 'admission' group by all)"
        " group by all having differing > 1",
    )
    assert admitted.num_rows == 0


def test_the_gate_holds(finished):
    rows = query(
        finished,
        "select min(period) as first, max(period) as last from flows where target = 'held'",
    ).to_pylist()
    assert rows[0]["first"].isoformat() == "2026-02-01"
    assert rows[0]["last"].isoformat() <= "2026-10-01"


def test_measures_and_claims(finished):
    claims = {row["claim"]: row for row in query(finished, "from claims").to_pylist()}
    assert claims["safe"]["verdict"] == "cannot be determined"
    assert claims["cheap"]["verdict"] == "cannot be determined"
    assert "3 draws decide nothing: at least 72 are needed" in claims["cheap"]["reason"]
    ratio = query(
        finished,
        "select a.value / b.value - c.value as rest from measures a, measures b, measures c"
        " where a.measure = 'fee_total' and b.measure = 'held_years' and c.measure = 'fee_per_year'"
        " and a.scenario = 'as agreed' and b.scenario = a.scenario and c.scenario = a.scenario"
        " and a.draw = b.draw and b.draw = c.draw",
    ).to_pylist()
    assert len(ratio) == 3
    assert all(abs(row["rest"]) < 1e-6 for row in ratio)


def test_threads_change_nothing(finished, whole_study, tmp_path):
    other = run_study(whole_study, out=tmp_path / "two", options=Options(threads=2))
    assert contents(other) == contents(finished)


def test_scenarios_alone_are_what_they_are_together(finished, whole_study, tmp_path):
    alone = run_study(
        whole_study, out=tmp_path / "alone", options=Options(scenarios=("no agreement",))
    )
    rows = contents(alone)["census"]
    together = contents(finished)["census"]
    assert rows == [row for row in together if row["scenario"] == "no agreement"]


def test_the_same_run_again_costs_nothing(finished, whole_study):
    before = (finished / "run.json").stat().st_mtime_ns
    run_study(whole_study, out=finished)
    assert (finished / "run.json").stat().st_mtime_ns == before


def test_another_seed_is_another_run(finished, whole_study, tmp_path):
    other = run_study(whole_study, out=tmp_path / "other", options=Options(seed=8))
    assert contents(other)["census"] != contents(finished)["census"]


def test_a_killed_run_is_not_whole_and_goes_on(finished, whole_study, tmp_path, monkeypatch):
    import sojourn.run.histories as room

    genuine, calls = room.simulate_in_parts, []

    def breaking(*arguments, **named):
        # The thread may begin another draw before it is told to stop: that is broken off too.
        calls.append(arguments)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return genuine(*arguments, **named)

    out = tmp_path / "killed"
    options = Options(threads=1)
    monkeypatch.setattr(room, "simulate_in_parts", breaking)
    with pytest.raises(KeyboardInterrupt):
        run_study(whole_study, out=out, options=options)
    assert not (out / "run.json").exists()
    again = []
    monkeypatch.setattr(
        room, "simulate_in_parts", lambda *a, **k: (again.append(a), genuine(*a, **k))[1]
    )
    run_study(whole_study, out=out, options=options)
    assert len(again) == 3  # three of six were kept
    assert contents(out) == contents(finished)


def test_ctrl_c_through_the_command_line(whole_study, tmp_path):
    command = [sys.executable, "-c", "from sojourn.cli.app import main; main()"]
    out = tmp_path / "stopped"
    process = subprocess.Popen(
        [*command, "run", str(whole_study), "--draws", "4000", "--out", str(out)],
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 300
    while not list(out.glob(".parts/*/0*")) and time.monotonic() < deadline:
        time.sleep(0.05)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "run the same command to go on" in errors
    assert "Traceback" not in errors
    assert not (out / "run.json").exists()


def test_a_draw_that_fails_ends_the_run_though_others_have_not_begun(
    whole_study, tmp_path, monkeypatch
):
    monkeypatch.setattr(memory, "free_bytes", lambda: 0)
    with pytest.raises(SojournError, match="of memory"):
        run_study(whole_study, out=tmp_path / "run", options=Options(draws=20, threads=1))


def test_ctrl_c_does_not_wait_for_the_kernel_to_be_compiled(whole_study, tmp_path):
    kept = tmp_path / "nothing compiled"
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from sojourn.cli.app import main; main()", "run"),
            *(str(whole_study), "--draws", "2", "--out", str(tmp_path / "run"), "--progress"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(kept)},
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("histories"):
            break
    time.sleep(2.0)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    # A kernel that was waited for would be kept.
    assert not list(kept.rglob("*.run_days-*"))
    assert process.returncode == 130
    assert "run the same command to go on" in errors
    assert "Traceback" not in errors


def test_from_new_to_report(sojourn, tmp_path):
    def ok(*arguments):
        done = sojourn(*arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    ok("new", "trial")
    ok("check", "trial")
    document = json.loads(ok("run", "trial", "--draws", "3", "--json"))
    assert document["ok"]
    assert document["draws"] == 3
    ok("report", "runs/trial")
    page = (tmp_path / "runs" / "trial" / "report.html").read_text(encoding="utf-8")
    assert "<html" in page
    assert 'http-equiv="refresh"' not in page
    rows = json.loads(ok("query", "runs/trial", "from draws", "--format", "json"))
    assert {row["draw"] for row in rows} == {0, 1, 2}
    assert ok("query", "runs/trial", "select 1 as one", "--format", "csv") == "one\n1\n"
    assert ok("query", "runs/trial", "from census limit 3").endswith("3 rows\n")
    ok("export", "runs/trial", "--to", "tables")
    package = json.loads((tmp_path / "tables" / "datapackage.json").read_text(encoding="utf-8"))
    assert {resource["name"] for resource in package["resources"]} >= {"census", "money"}


def test_progress_is_asked_for_or_silent(whole_study, sojourn, tmp_path):
    quiet = sojourn("run", whole_study, "--out", tmp_path / "a", "--quiet")
    assert quiet.stderr == ""
    shown = sojourn("run", whole_study, "--out", tmp_path / "b", "--progress")
    assert "6 of 6" in shown.stderr
    assert "6 of 6" not in shown.stdout
