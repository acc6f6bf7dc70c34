"""Everything a study can get wrong ends with status 2, its place, and no traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

# (what is replaced, what by, words that the message must hold)
BAD_STUDIES = {
    "bare number": ("count: 200 people", "count: 200", ["stock.count", "people"]),
    "wrong unit": ("capacity: 400 people", "capacity: 400 days", ["facilities.north", "people"]),
    "unknown key": ("{place: abroad}", "{plcae: abroad}", ["plcae", "place"]),
    "missing table": ("table: cells.csv", "table: celles.csv", ["celles.csv"]),
    "quote not in its source": (
        'quote: "forty places"',
        'quote: "fifty places"',
        ["facilities.abroad", "fifty places"],
    ),
    "unknown fact": ("citizenship = 'home'", "citizenshp = 'home'", ["citizenshp", "citizenship"]),
    "unknown value": ("citizenship = 'home'", "citizenship = 'hme'", ["hme"]),
    "unreachable state": (
        "  released: {end: yes}",
        "  released: {end: yes}\n  island: {end: yes}",
        ["island"],
    ),
    "state without exit": ("  held -> released: {at: sentence_end}\n", "", ["held"]),
    "zero-time loop": (
        "  suing -> prison: {after: {gamma: {mean: 60 days, sd: 30 days}}}",
        "  suing -> prison: {after: 0 days}\n  prison -> suing (now): {after: 0 days}",
        ["suing", "prison"],
    ),
    "impossible distribution": (
        "gamma: {mean: 60 days, sd: 30 days}",
        "gamma: {mean: 60 days, sd: -30 days}",
        ["suing -> prison"],
    ),
    "unknown state": ("into: prison", "into: prizon", ["prizon", "prison"]),
    "unknown gate": ("while: in_force", "while: in_farce", ["in_farce", "in_force"]),
    "unknown measure": (
        "holds if: fee_per_year < home_per_year",
        "holds if: fee_per_yaer < home_per_year",
        ["fee_per_yaer"],
    ),
    "unknown source": (
        "{require: convicted, source: memo",
        "{require: convicted, source: memmo",
        ["memmo", "memo"],
    ),
    "unknown override": (
        "transitions.prison -> held: off",
        "transitions.prison -> hold: off",
        ["prison -> hold"],
    ),
    "end before start": ("to: 2027-01-01, report", "to: 2025-01-01, report", ["period"]),
    "not YAML": ("states:", "states: [", ["study.yaml"]),
}


@pytest.mark.parametrize("case", BAD_STUDIES)
def test_check_refuses(case, write_study, sojourn):
    old, new, words = BAD_STUDIES[case]
    folder = write_study((old, new))
    done = sojourn("check", folder)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize(
    ("cells", "word"),
    {
        "NaN": ("citizenship,offence,convicted,share\nhome,theft,yes,NaN\n", "share"),
        "infinity": ("citizenship,offence,convicted,share\nhome,theft,yes,inf\n", "share"),
        "wrong column": ("citizenshp,offence,convicted,share\nhome,theft,yes,1\n", "citizenshp"),
        "no share": ("citizenship,offence,convicted\nhome,theft,yes\n", "share"),
        "unknown value": ("citizenship,offence,convicted,share\nhume,theft,yes,1\n", "hume"),
        "no rows": ("citizenship,offence,convicted,share\n", "cells.csv"),
    }.values(),
)
def test_check_refuses_tables(cells, word, write_study, sojourn):
    done = sojourn("check", write_study(cells=cells))
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert word in done.stderr
    assert "cells.csv" in done.stderr


def test_problems_have_their_line(write_study, sojourn):
    folder = write_study(("{place: abroad}", "{plcae: abroad}"))
    line = next(
        number
        for number, text in enumerate((folder / "study.yaml").read_text().splitlines(), 1)
        if "plcae" in text
    )
    assert f"study.yaml:{line}:" in sojourn("check", folder).stderr


def test_all_problems_at_once(write_study, sojourn):
    folder = write_study(
        ("amount: 100 USD", "amount: 100"), ("capacity: 400 people", "capacity: 400 days")
    )
    done = sojourn("check", folder, "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 2
    assert not document["ok"]
    assert len(document["problems"]) == 2
    assert all(problem["what"] and problem["line"] for problem in document["problems"])


@pytest.mark.parametrize("command", ["check", "run"])
def test_no_study_there(command, tmp_path, sojourn):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for name, word in (("absent", "absent"), ("empty", "study.yaml"), ("file", "file")):
        done = sojourn(command, tmp_path / name, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert word in done.stderr
        assert "Traceback" not in done.stderr
        assert "internal error" not in done.stderr


def test_the_study_file_stands_for_its_folder(write_study, sojourn):
    done = sojourn("check", write_study() / "study.yaml")
    assert done.returncode == 0, done.stderr


def test_run_refuses_what_check_refuses(write_study, sojourn, tmp_path):
    folder = write_study(('quote: "forty places"', 'quote: "fifty places"'))
    done = sojourn("run", folder, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "fifty places" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", ["/dev/null/x", "occupied", "file"])
def test_output_that_cannot_be_written(out, write_study, sojourn, tmp_path):
    folder = write_study()
    (tmp_path / "occupied").mkdir()
    (tmp_path / "occupied" / "letter.txt").write_text("dear")
    (tmp_path / "file").touch()
    done = sojourn("run", folder, "--draws", 1, "--out", tmp_path / out, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert (tmp_path / "occupied" / "letter.txt").read_text() == "dear"


def test_unknown_scenario(write_study, sojourn, tmp_path):
    done = sojourn("run", write_study(), "--out", tmp_path / "out", "--scenario", "as agreet")
    assert done.returncode == 2
    assert "as agreed" in done.stderr


@pytest.mark.parametrize("many", ["--draws", "--replicates"])
def test_more_histories_than_can_be_kept(many, write_study, sojourn, tmp_path):
    done = sojourn("run", write_study(), "--out", tmp_path / "out", many, 10**20)
    assert done.returncode == 2, done.stderr
    assert "keeps the tables of 1,000,000 at most" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["frob"],
        ["run"],
        ["run", "x", "--draws", "0"],
        ["run", "x", "--draws", "many"],
        ["query", "x", "select 1", "--format", "xml"],
        ["new", "x", "--example", "absent"],
        ["report", "absent"],
        ["query", "absent", "select 1"],
        ["export", "absent", "--to", "x"],
    ],
)
def test_wrong_arguments(arguments, sojourn, tmp_path):
    done = sojourn(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert not any(Path(tmp_path).iterdir())
