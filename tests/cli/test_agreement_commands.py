"""`explain`, `prove` and `diff` from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sojourn.cli.app import app

AGREEMENT = """\
title: Transfer
sending: A
receiving: B
facts:
  citizenship: {values: [A, B]}
  age: {type: number, unit: years, range: [0, 120]}
  consent: {type: yes-no}
rules:
  nationality: {require: citizenship = 'B', cite: art. 1, confidence: read}
  adult: {require: age >= 18 years, cite: art. 2, confidence: remembered}
  consent: {require: consent, cite: art. 3}
"""
CASES = "one: {citizenship: B, age: 30}\nother: {citizenship: A, age: 17, consent: yes}\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "a.yaml").write_text(AGREEMENT, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(AGREEMENT.replace(">= 18", ">= 21"), encoding="utf-8")
    (tmp_path / "none.yaml").write_text(
        AGREEMENT + "  foreign: {bar: citizenship = 'B', cite: art. 4}\n", encoding="utf-8"
    )
    (tmp_path / "cases.yaml").write_text(CASES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    """The command in this process."""
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_explain_says_why(folder, sojourn):
    done = sojourn("explain", "cases.yaml", "--agreement", "a.yaml", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "one: referred, because of consent\n" in done.stdout
    assert "other: barred, because of nationality and adult\n" in done.stdout
    assert "    art. 2  (remembered, not read)\n" in done.stdout
    assert "    art. 3  [confidence not stated]\n" in done.stdout
    assert "  age: 17 years → 18 years, citizenship: A → B\n" in done.stdout
    assert done.stderr == ""


def test_explain_as_json(folder):
    done = run("explain", "cases.yaml", "--agreement", "a.yaml", "--json")
    document = json.loads(done.stdout)
    assert document["agreement"] == "Transfer"
    one, other = document["cases"]
    assert (one["outcome"], one["because"]) == ("referred", ["consent"])
    assert one["documents"] == [
        {
            "fact": "consent",
            "values": [
                {"value": True, "outcome": "eligible", "because": []},
                {"value": False, "outcome": "barred", "because": ["consent"]},
            ],
        }
    ]
    assert [rule["finding"] for rule in other["rules"]] == ["excludes", "excludes", "met"]
    assert other["rules"][1]["decided by"] == {"age": 17.0}
    (changes,) = other["changes"]
    assert changes["to"] == "eligible"
    assert changes["found"][0]["facts"]["citizenship"] == "B"


def test_all_shows_every_part(folder):
    arguments = ("explain", "cases.yaml", "--case", "one", "--agreement", "a.yaml", "--all")
    done = run(*arguments)
    assert "● require: citizenship = 'B' is true" in done.stdout
    assert "other:" not in done.stdout


def test_prove_and_its_exit_status(folder):
    never = "eligible and citizenship = 'A'"
    done = run("prove", "a.yaml", "--never", never, "--check")
    assert done.exit_code == 0, done.stderr
    assert "Somebody can be eligible" in done.stdout
    assert f"never {never}: proven" in done.stdout
    done = run("prove", "a.yaml", "--never", "eligible and age = 30 years", "--check")
    assert done.exit_code == 3
    assert "citizenship: B, age: 30 years, consent: yes" in done.stdout
    assert run("prove", "a.yaml", "--never", "eligible").exit_code == 0
    always = "(not eligible) or consent"
    assert run("prove", "a.yaml", "--always", always, "--check").exit_code == 0
    assert run("prove", "a.yaml", "--timeout", 0, "--check").exit_code == 3


def test_prove_names_the_conflict(folder):
    done = run("prove", "none.yaml", "--check", "--json")
    assert done.exit_code == 3
    document = json.loads(done.stdout)
    assert document["anybody eligible"]["answer"] == "no"
    assert document["anybody eligible"]["conflict"] == ["nationality", "foreign"]
    assert document["anybody eligible"]["smallest"] is True
    told = run("prove", "none.yaml").stdout
    assert "  foreign: bar citizenship = 'B'\n" in told


def test_diff_and_its_exit_status(folder):
    same = run("diff", "a.yaml", "a.yaml", "--check")
    assert same.exit_code == 0, same.stderr
    assert same.stdout == "The two agreements give every case the same outcome: proven.\n"
    done = run("diff", "a.yaml", "b.yaml", "--json", "--check")
    assert done.exit_code == 3
    document = json.loads(done.stdout)
    assert document["equal"] is False
    assert 18 <= document["eligible under old alone"]["case"]["age"] < 21
    assert document["eligible under new alone"]["answer"] == "none"
    (change,) = document["rules"]
    assert (change["rule"], change["written"], change["alone in new"]) == ("adult", "changed", True)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("prove", "a.yaml", "--never", "eligibl"), "did you mean `eligible`?"),
        (("prove", "a.yaml", "--never", "age >"), "a value is missing"),
        (("prove", "a.yaml", "--today", "soon"), "--today"),
        (("prove", "nothing.yaml"), "nothing.yaml"),
        (("diff", "a.yaml", "nothing.yaml"), "nothing.yaml"),
        (("explain", "nothing.yaml", "--agreement", "a.yaml"), "nothing.yaml"),
        (("explain", "cases.yaml", "--agreement", "a.yaml", "--case", "on"), "no case `on`"),
        (("explain", "a.yaml", "--agreement", "a.yaml"), "are mixed"),
    ],
)
def test_bad_input_is_told_and_ends_with_2(arguments, what, folder):
    done = run(*arguments)
    assert done.exit_code == 2
    assert what in done.stderr
    as_json = run(*arguments, "--json")
    assert as_json.exit_code == 2
    assert json.loads(as_json.stdout)["ok"] is False


@pytest.mark.parametrize("command", [["prove", "a.yaml"], ["diff", "a.yaml", "b.yaml"]])
def test_without_the_solver_the_remedy_is_told(command, folder):
    code = (
        "import sys; sys.modules['z3'] = None\n"
        "import importlib.util as util; find = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'z3' else find(name, *rest)\n"
        "from sojourn.cli.app import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 2
    assert "proofs need the Z3 solver" in done.stderr
    assert f"{sys.executable} -m pip install 'z3-solver>=4.13'" in done.stderr


def test_explaining_loads_neither_solver_nor_database(folder):
    code = (
        "import sys\nfrom sojourn.cli.app import app\n"
        "app(['explain', 'cases.yaml', '--agreement', 'a.yaml'], standalone_mode=False)\n"
        "print(' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )
    loaded = set(done.stderr.split())
    assert not {"z3", "duckdb", "numpy", "pyarrow", "numba", "scipy"} & loaded


def test_what_the_benchmark_reads_can_be_read():
    place = Path(__file__).parents[2] / "benchmarks" / "sixteen.yaml"
    done = CliRunner().invoke(app, ["prove", str(place)])
    assert done.exit_code == 0, done.output


def test_values_of_a_missing_document_are_told_as_ranges(folder):
    (folder / "missing.yaml").write_text("{citizenship: B, consent: yes}\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["explain", "missing.yaml", "--agreement", "a.yaml"])
    assert done.exit_code == 0, done.output
    assert "age: up to 17 years → barred; from 18 years → eligible" in done.output


def test_an_agreement_without_rules_is_said_to_have_none(folder):
    text = AGREEMENT[: AGREEMENT.index("rules:")]
    (folder / "none.yaml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["prove", "none.yaml"])
    assert done.exit_code == 0, done.output
    assert "The agreement has no rules, so everybody is eligible." in done.output
