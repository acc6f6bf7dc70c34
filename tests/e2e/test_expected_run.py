"""`sojourn run --expected`: the same tables with exact means, or a refusal with its scenario."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import sojourn
from report.reader import Page
from sojourn.errors import SojournError, StudyError
from sojourn.library.examples import new_study
from sojourn.report.page import write_report
from sojourn.results.columns import SPECS
from sojourn.results.run_folder.export import export_run
from sojourn.results.run_folder.query import query
from sojourn.run.run import Options, run_study

MINIMAL = Path(sojourn.__file__).parent / "examples" / "minimal"
REPLICATES = 60


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> tuple[Path, Path]:
    """The minimal study, expected and simulated, under the same two draws."""
    out = tmp_path_factory.mktemp("expected")
    exact = run_study(MINIMAL, out=out / "exact", options=Options(draws=2, expected=True))
    drawn = run_study(MINIMAL, out=out / "drawn", options=Options(draws=2, replicates=REPLICATES))
    return exact, drawn


def test_it_holds_the_same_tables_with_means(runs):
    exact, _ = runs
    assert {file.stem for file in exact.glob("*.parquet")} == set(SPECS)
    record = json.loads((exact / "run.json").read_text(encoding="utf-8"))
    assert (record["solver"], record["draws"], record["replicates"]) == ("expected", 2, 1)
    for name in ("census", "flows", "peaks", "facilities"):
        here, there = (pq.read_schema(run / f"{name}.parquet") for run in runs)
        assert here.names == there.names
        for column in SPECS[name].columns:
            kinds = str(here.field(column.name).type), str(there.field(column.name).type)
            assert not column.mean or kinds == ("double", "int64")
            assert column.mean or kinds[0] == kinds[1]
    assert query(exact, "select count(*) as n from census where people <> round(people)")[
        "n"
    ].to_pylist() > [0]


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        ("select *, people as value from census", "scenario, draw, period, state, \"group\""),
        ("select *, people as value from flows", "scenario, draw, period, transition, target"),
        ("select *, amount as value from money", "scenario, draw, period, payment, payer"),
        ("select * from measures where value is not null", "scenario, draw, measure"),
    ],
)  # fmt: skip
def test_its_numbers_are_the_means_of_histories(runs, values, keys):
    """Each within five standard errors (of some thousand, one in a million is beyond)."""
    exact, drawn = runs
    summed = f"select {keys}, replicate, sum(value) as value from ({values}) group by all"
    means = query(exact, f"select {keys}, value from ({summed}) order by all")
    sample = query(
        drawn,
        f"select {keys}, sum(value) / {REPLICATES} as value, coalesce(stddev_samp(value), 0) as sd "
        f"from ({summed}) group by all order by all",
    )
    # The peak of means is not the mean of peaks.
    own, other = means.to_pylist(), sample.to_pylist()
    peaks = {"peak", "first full"}
    gaps = [
        (abs(a["value"] - b["value"]), b["sd"] / np.sqrt(REPLICATES) + 1e-6 * abs(a["value"]))
        for a, b in zip(own, other, strict=True)
        if not any(word in str(a.get("measure", "")) for word in peaks)
    ]
    assert len(gaps) > 2
    worst = max(gap / error if error else float(gap > 1e-9) * 9 for gap, error in gaps)
    assert worst < 5


def test_the_report_and_the_export_say_so(runs, tmp_path):
    exact, _ = runs
    page = write_report(exact, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Exact expectation: means over all possible histories" in page
    assert "--expected" in page
    assert "there is no simulation error" in page
    export_run(exact, tmp_path / "csv")
    assert "." in (tmp_path / "csv" / "census.csv").read_text(encoding="utf-8").splitlines()[1]


def test_an_expected_run_is_another_run(runs, tmp_path):
    """Neither takes the other's histories for its own."""
    first = run_study(MINIMAL, out=tmp_path / "run", options=Options(draws=2, expected=True))
    before = (first / "census.parquet").read_bytes()
    again = run_study(MINIMAL, out=tmp_path / "run", options=Options(draws=2))
    assert json.loads((again / "run.json").read_text(encoding="utf-8"))["solver"] == "simulated"
    assert (again / "census.parquet").read_bytes() != before


@pytest.fixture(scope="module")
def certain(tmp_path_factory) -> Path:
    """The minimal study with every number certain."""
    folder = new_study(tmp_path_factory.mktemp("certain") / "trial", "minimal")
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    assert text.count("between: [25 %, 45 %], best: 35 %") == 1
    text = text.replace("between: [25 %, 45 %], best: 35 %", "value: 35 %")
    text += "claims:\n  few: {says: few are held, holds if: in_prison_at_end < 1000 people}\n"
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return folder


def test_one_draw_is_enough_where_no_number_is_uncertain(certain, tmp_path):
    out = tmp_path / "run"
    run_study(certain, out=out, options=Options(expected=True))
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (record["draws"], record["uncertain"]) == (1, 0)
    (claim,) = query(out, "from claims").to_pylist()
    assert (claim["verdict"], claim["share_low"]) == ("does not hold", 0.0)
    page = Page(write_report(out).read_text(encoding="utf-8")).text
    assert "No input is uncertain, so one draw is enough and no number has a range" in page
    assert "The exact mean of one draw: no range." in page
    assert "This run has one draw, and no ranges" in page
    assert "history only" not in page and "ranges show chance alone" not in page
    assert "--seed 1 --draws 1 --expected" in page


def test_whatever_number_of_draws_is_asked_for_it_is_the_same_run(certain, tmp_path, sojourn):
    out = tmp_path / "run"
    run_study(certain, out=out, options=Options(expected=True))
    before = (out / "run.json").stat().st_mtime_ns
    done = sojourn("run", certain, "--expected", "--draws", 50, "--out", out)
    assert "one draw: no number of the study is uncertain" in done.stdout
    assert (out / "run.json").stat().st_mtime_ns == before


def test_replicates_and_events_make_no_sense(tmp_path):
    with pytest.raises(StudyError, match="expected means have no replicates"):
        run_study(MINIMAL, out=tmp_path / "x", options=Options(replicates=3, expected=True))
    with pytest.raises(StudyError, match="expected means have no events"):
        run_study(MINIMAL, out=tmp_path / "x", options=Options(events=0.1, expected=True))


def test_a_scenario_with_lines_is_named(tmp_path, whole_study):
    with pytest.raises(SojournError) as caught:
        run_study(whole_study, out=tmp_path / "x", options=Options(draws=1, expected=True))
    assert any(
        problem.path == "scenarios.as agreed" and "no exact expectation" in problem.what
        for problem in caught.value.problems
    )
    done = subprocess.run(
        [sys.executable, "-c", "from sojourn.cli.app import main; main()", "run", str(whole_study),
         "--expected", "--out", str(tmp_path / "y")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "scenarios.as agreed: no exact expectation" in done.stderr
