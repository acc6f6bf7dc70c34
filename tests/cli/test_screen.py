"""The command that screens a cohort, as a user meets it."""

from __future__ import annotations

import json
import os
import sys

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from called import called

AGREEMENT = """\
title: Transfer
sending: A
receiving: B
facts:
  nationality: {values: [home, other]}
  convicted: {type: yes-no}
  born: {type: date}
rules:
  sentenced: {require: convicted, cite: Article 3}
  national: {bar: nationality = 'home', cite: Article 4}
  adult: {require: born <= 2008-01-01, cite: Article 5}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.yaml").write_text(AGREEMENT)
    lines = ["case,nationality,convicted,born"]
    lines += [f"c{n},other,yes,1990-01-01" for n in range(30)]
    lines += [f"d{n},home,yes,1990-02-01" for n in range(12)]
    lines += [f"e{n},other,,1990-02-01" for n in range(15)]
    lines += ["f1,home,no,2010-02-01", "f2,,no,1980-01-01"]
    (tmp_path / "c.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_noise_is_added_and_said_and_a_question_repeated_is_answered_alike(sojourn, folder):
    line = ("screen", "c.csv", "-a", "a.yaml", "--id", "case")
    done = sojourn(*line, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "Counts have noise (standard deviation 10) and are rounded to multiples" in done.stdout
    assert "9% of what may be asked about this cohort is used" in done.stdout
    assert sojourn(*line, cwd=folder).stdout == done.stdout
    answer = json.loads(sojourn(*line, "--json", cwd=folder).stdout)
    assert (answer["noise"], answer["ledger used"]) == (10, 0.088)
    # Somebody has come whom no rule tells apart: the question is new, and its noise.
    with (folder / "c.csv").open("a") as file:
        file.write("g1,home,yes,1990-02-01\n")
    answer = json.loads(sojourn(*line, "--json", cwd=folder).stdout)
    assert answer["ledger used"] == 0.176


@pytest.mark.parametrize(("today", "bits"), [("1999-12-31", {"0": "ended", "1": "adult"}),
                                             ("2026-01-01", {"1": "adult"})])  # fmt: skip
def test_a_rule_has_the_bit_of_its_place_in_the_file_on_every_day(folder, today, bits):
    rules = "rules:\n  ended: {require: convicted, cite: Article 1, to: 2000-01-01}\n"
    rules += "  adult: {require: born <= 1990-01-15, cite: Article 5}\n"
    text = AGREEMENT.partition("rules:")[0].replace("facts:", f"today: {today}\nfacts:") + rules
    (folder / "a.yaml").write_text(text)
    line = ("screen", folder / "c.csv", "-a", folder / "a.yaml", "--id", "case", "--smallest", 0)
    status, out, err = called(*line, "--rows", folder / "r.parquet", "--json")
    assert status == 0, err
    assert json.loads(out)["bits"] == bits
    failed = dict(zip(*(pq.read_table(folder / "r.parquet")[name].to_pylist()
                        for name in ("case", "failed")), strict=True))  # fmt: skip
    assert (failed["c1"], failed["d1"]) == (0, 2)


def test_what_the_ledger_does_not_allow_is_refused(sojourn, folder):
    line = ("screen", "c.csv", "-a", "a.yaml", "--id", "case", "--smallest", 4)
    done = sojourn(*line, "--rows", "rows.parquet", "--out", "out", cwd=folder)
    assert done.returncode == 2
    assert "0% of what may be asked about this cohort is used" in done.stderr
    assert "ask with --smallest 6 or more" in " ".join(done.stderr.split())
    assert sorted(file.name for file in folder.iterdir()) == ["a.yaml", "c.csv"]
    done = sojourn(*line, "--ledger", "none/l.json", "--smallest", 20, cwd=folder)
    assert done.returncode == 2
    assert "none/l.json: the ledger of the cohort cannot be written" in done.stderr


def test_exact_counts_are_shown_when_asked_for(sojourn, folder):
    whole = sojourn("screen", "c.csv", "-a", "a.yaml", "--id", "case", "--smallest", 0, cwd=folder)
    assert "held back" not in whole.stdout
    lines = [line.split() for line in whole.stdout.splitlines()]
    assert ["sentenced", "2", "57", "1", "15", "15"] in lines
    assert ["convicted", "15", "15"] in lines


def test_those_who_pass_for_want_of_a_fact_are_shown(sojourn, tmp_path):
    (tmp_path / "a.yaml").write_text(
        "title: T\nsending: A\nreceiving: B\nfacts: {us_citizen: {type: yes-no}}\nrules:\n"
        "  alien: {require: not us_citizen, if unknown: pass, cite: Article 1}\n"
    )
    (tmp_path / "c.csv").write_text("us_citizen,weight\n" + ",1\n" * 12)
    line = ("screen", "c.csv", "-a", "a.yaml", "--drop", "weight", "--smallest", 0)
    done = sojourn(*line, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "unsaid, passes" in done.stdout
    done = sojourn(*line, "--json", cwd=tmp_path)
    (row,) = json.loads(done.stdout)["funnel"]
    assert (row["passes_unknown"], row["fails_unknown"], row["unknown"]) == (12, 0, 0)


def test_tables_and_rows_are_written(sojourn, folder):
    line = ("screen", "c.csv", "-a", "a.yaml", "--id", "case", "--rows", "rows.parquet", "--out",
            "out", "--by", "nationality", "--json")  # fmt: skip
    for _ in range(2):  # the same place takes the same again
        done = sojourn(*line, cwd=folder)
        assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["ok"] and answer["options"]["by"] == "nationality"
    record = json.loads((folder / "out" / "run.json").read_text())
    assert record["digest"] == answer["digest"]
    assert str(folder) not in json.dumps(record)
    funnel = pq.read_table(folder / "out" / "funnel.parquet").to_pylist()
    assert [row["rule"] for row in funnel] == ["sentenced", "national", "adult"]
    assert funnel == answer["funnel"]
    assert (folder / "out" / "groups.csv").read_text().startswith('"value","people"')
    rows = pq.read_table(folder / "rows.parquet").to_pylist()
    assert rows[57] == {
        "file": "c.csv", "row": 58, "case": "f1", "failed": 7, "unknown": 0, "status": "barred",
        "first_failing": "sentenced",
    }  # fmt: skip
    (folder / "out" / "run.json").unlink()
    done = sojourn(*line, cwd=folder)
    assert done.returncode == 2
    assert "holds something else" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "options", "said"),
    [
        ("", "", (), "case: the column is not a fact of the agreement"),
        ("case,", "ssn,", (), "ssn: the column seems to hold a number of a document"),
        ("case,", "Full Name,", (), "add --drop 'Full Name'"),
        ("1990-01-01", "1990-01-17", ("--drop", "case"), "days of the month from 1 to 17"),
        ("d3,home", "d3,Home", ("--drop", "case"), "row 34 of c.csv"),
        ("", "", ("--drop", "case", "--today", "soon"), "--today: `soon` is not a date"),
        ("", "", ("--drop", "case", "--rows", "no/rows.parquet"), "there is no folder for it"),
        ("", "", ("--drop", "case", "--rows", "rows.csv"), "--rows writes Parquet"),
        ("", "", ("--drop", "case", "--memory", "lots"), "--memory: `lots` is not a size"),
        ("", "", ("--drop", "case", "--memory", "9" * 20 + "TB"), "is not a size"),
        ("", "", ("--drop", "case", "--memory", "1KB"), "--memory: `1KB` is too little"),
        ("", "", ("-a", "."), "this is a folder"),
        ("", "", ("--drop", "case", "--on", "local[1]", "--threads", 2), "for this machine alone"),
    ],
)
def test_what_cannot_be_screened_is_refused(sojourn, folder, old, new, options, said):
    text = (folder / "c.csv").read_text()
    (folder / "c.csv").write_text(text.replace(old, new, 1) if old else text)
    done = sojourn("screen", "c.csv", "-a", "a.yaml", *options, cwd=folder)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(file.name for file in folder.iterdir()) == ["a.yaml", "c.csv"]


@pytest.mark.parametrize(
    "place",
    [
        "made.parquet",
        pytest.param(
            "/proc/x.parquet",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc"),
        ),
    ],
)
def test_rows_that_cannot_be_written_are_the_place_s_fault(sojourn, folder, place):
    (folder / "made.parquet").mkdir()
    line = ("screen", "c.csv", "-a", "a.yaml", "--drop", "case", "--rows", place)
    done = sojourn(*line, cwd=folder)
    assert done.returncode == 2, done.stdout
    assert f"error: {place}: --rows: it cannot be written" in done.stderr
    assert "c.csv" not in done.stderr


def test_signs_of_patterns_in_names_of_files_are_no_patterns(sojourn, folder):
    (folder / "many").mkdir()
    (folder / "c.csv").rename(folder / "many" / "c1.csv")
    lines = ["case,nationality,convicted,born", *["x,home,yes,1990-02-01"] * 7]
    (folder / "many" / "c[1].csv").write_text("\n".join(lines) + "\n")
    line = ("screen", "many", "-a", "a.yaml", "--drop", "case", "--smallest", 0, "--json")
    done = sojourn(*line, cwd=folder)
    assert json.loads(done.stdout)["people"] == 66
    done = sojourn("screen", "many/c[1].csv", *line[2:], cwd=folder)
    assert json.loads(done.stdout)["people"] == 7


@pytest.mark.parametrize("place", ["many/c1.parquet", "many/rows.parquet"])
def test_the_cohort_is_not_written_over(sojourn, folder, place):
    (folder / "many").mkdir()
    table = pc.read_csv(folder / "c.csv")
    pq.write_table(table, folder / "many" / "c1.parquet")
    before = (folder / "many" / "c1.parquet").read_bytes()
    done = sojourn("screen", "many", "-a", "a.yaml", "--id", "case", "--rows", place, cwd=folder)
    assert done.returncode == 2, done.stderr
    assert "write into the cohort" in done.stderr
    assert (folder / "many" / "c1.parquet").read_bytes() == before
    assert len(list((folder / "many").iterdir())) == 1


def test_what_is_not_ours_in_a_folder_of_results_stays(sojourn, folder):
    line = ("screen", "c.csv", "-a", "a.yaml", "--id", "case")
    assert sojourn(*line, "--out", "out", cwd=folder).returncode == 0
    (folder / "out" / "letter.txt").write_text("dear")
    done = sojourn(*line, "--out", "out", cwd=folder)
    assert done.returncode == 2
    assert "letter.txt" in done.stderr
    assert (folder / "out" / "letter.txt").read_text() == "dear"
    (folder / "here").mkdir()
    line = ("screen", "../c.csv", "-a", "../a.yaml", "--id", "case", "--out", ".")
    assert sojourn(*line, cwd=folder / "here").returncode == 0
    assert (folder / "here" / "run.json").is_file()


def test_an_identifier_is_not_named_as_the_outcome(sojourn, folder):
    text = (folder / "c.csv").read_text().replace("case,", "Status,", 1)
    (folder / "c.csv").write_text(text)
    done = sojourn("screen", "c.csv", "-a", "a.yaml", "--id", "Status", cwd=folder)
    assert done.returncode == 2
    assert "--id names `Status`" in done.stderr


def test_values_in_messages_are_short_and_tell_nobody(sojourn, folder):
    for value, seen, unseen in (
        ("\x1b[31mred", "\\x1b[31mred", "\x1b"),
        ("y" * 3000, "y" * 60 + "…", "y" * 61),
        ("A 123-45-6789", "may identify a person", "123-45"),
    ):
        text = (folder / "c.csv").read_text().replace("f1,home", f"f1,{value}", 1)
        (folder / "odd.csv").write_text(text)
        done = sojourn("screen", "odd.csv", "-a", "a.yaml", "--drop", "case", cwd=folder)
        assert done.returncode == 2
        told = " ".join(done.stderr.split())
        assert seen in told.replace(" ", "") or seen in told
        assert unseen not in told


def test_what_is_no_file_is_not_read(sojourn, folder):
    if not hasattr(os, "mkfifo"):
        pytest.skip("no such files here")
    os.mkfifo(folder / "pipe.csv")
    done = sojourn("screen", "pipe.csv", "-a", "a.yaml", cwd=folder)
    assert done.returncode == 2
    assert "neither a file nor a folder" in done.stderr


def test_spans_of_time_that_arrow_writes_are_refused(sojourn, folder):
    text = "title: T\nsending: A\nreceiving: B\nfacts: {left: {type: duration}}\n"
    (folder / "d.yaml").write_text(text + "rules: {r: {require: left >= 2 days, cite: x}}\n")
    pq.write_table(pa.table({"left": pa.array([3600], pa.duration("s"))}), folder / "d.parquet")
    done = sojourn("screen", "d.parquet", "-a", "d.yaml", cwd=folder)
    assert done.returncode == 2
    assert "duration[s]" in done.stderr
