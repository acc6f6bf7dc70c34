"""Every way a command can end is one of those that are documented."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from called import called
from disk.machine import CONFIGURATIONS, STUDY

COMMAND = (sys.executable, "-c", "from sojourn.cli.app import main; main()")
LONG = "n" * 300


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A small study and a run of it."""
    folder = tmp_path_factory.mktemp("endings")
    (folder / "study").mkdir()
    (folder / "study" / "study.yaml").write_text(STUDY, encoding="utf-8")
    line = ("run", folder / "study", "--expected", "--draws", "2", "--out", folder / "run")
    assert called(*line, *CONFIGURATIONS[0])[0] == 0
    return folder


def refused(*line: object) -> str:
    """What a command says that ends with 2."""
    status, _, told = called(*line)
    assert status == 2, told
    assert told.startswith("error: ") and "internal" not in told
    return told


def test_links_in_a_circle_and_long_names_are_refused_everywhere(place, tmp_path):
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    for bad in (tmp_path / "one", tmp_path / LONG):
        refused("check", bad)
        refused("run", place / "study", "--expected", "--out", bad)
        refused("report", place / "run", "--out", bad / "page.html")
        refused("export", place / "run", "--to", bad)
        refused("new", bad)
        refused("verify", bad)
        refused("query", bad, "select 1")
    assert "shorter name" in refused("export", place / "run", "--to", tmp_path / LONG)


@pytest.mark.parametrize("what", ["circle", "long"])
def test_a_section_whose_file_cannot_be_opened_is_refused_at_its_line(tmp_path, what):
    (tmp_path / "study.yaml").write_text(
        STUDY.replace("populations: {all", "populations: people.yaml #"), encoding="utf-8"
    )
    (tmp_path / "people.yaml").symlink_to("people.yaml")
    if what == "long":
        text = (tmp_path / "study.yaml").read_text().replace("people.yaml", f"{LONG}.yaml")
        (tmp_path / "study.yaml").write_text(text)
    assert "study.yaml:5" in refused("check", tmp_path)


def test_a_report_overwrites_no_other_page(place, tmp_path):
    (tmp_path / "index.html").write_text("<html>mine</html>")
    assert "not a report of ours" in refused(
        "report", place / "run", "--out", tmp_path / "index.html"
    )
    assert (tmp_path / "index.html").read_text() == "<html>mine</html>"


@pytest.mark.parametrize("room", [300, 1_000])
def test_a_full_disk_is_said_and_leaves_nothing_half_written(place, tmp_path, room):
    """The system ends each file after so many bytes."""
    run = ("run", place / "study", "--expected", "--draws", "2", "--out", tmp_path / "run")
    _, most = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
    try:
        told = [
            refused(*run),
            refused("export", place / "run", "--to", tmp_path / "tables"),
            refused("new", tmp_path / "copy"),
        ]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert all("make room" in one for one in told)
    assert [file.name for file in tmp_path.iterdir()] == ["run"]
    assert called(*run, *CONFIGURATIONS[0])[0] == 0
    assert called("verify", tmp_path / "run")[0] == 0


def test_a_damaged_parquet_cohort_is_refused(tmp_path):
    file = tmp_path / "cohort.parquet"
    pq.write_table(pa.table({"age": list(range(100)), "left": pa.array([1] * 100, "int64")}), file)
    whole = file.read_bytes()
    (tmp_path / "law.yaml").write_text(
        "title: T\nsending: A\nreceiving: B\n"
        "facts: {age: {type: number, range: [0, 120]}}\n"
        "rules: {old: {require: age > 3, cite: C}}\n"
    )
    law = tmp_path / "law.yaml"
    screening = ("screen", file, "-a", law, "--drop", "left", "--smallest", "0")
    assert called(*screening)[0] == 0
    for place in range(len(whole) - 700, len(whole), 50):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        status, _, told = called(*screening)
        assert status in (0, 2), told
        assert "internal" not in told


def test_columns_of_one_name_are_told_apart_and_values_are_those_of_the_tables(place):
    run = place / "run"
    two = ("query", run, "select 1 as a, 2 as a, 3 as a_2", "--format")
    assert called(*two, "csv")[1] == "a,a_3,a_2\n1,2,3\n"
    assert json.loads(called(*two, "json")[1]) == [{"a": 1, "a_3": 2, "a_2": 3}]
    odd = ("query", run, "select 'root:x:0' as a, 1e999 as b, NULL as c")
    assert "root:x:0" in called(*odd)[1]
    assert json.loads(called(*odd, "--format", "json")[1]) == [
        {"a": "root:x:0", "b": "inf", "c": None}
    ]


def test_large_answers_come_as_arrow_and_parquet(place):
    for form, read in (("arrow", pa.ipc.open_stream), ("parquet", pq.ParquetFile)):
        done = subprocess.run(
            [*COMMAND, "query", place / "run", "select * from census", "--format", form],
            capture_output=True, check=True,
        )  # fmt: skip
        stream = read(pa.BufferReader(done.stdout))
        found = stream.read_all() if form == "arrow" else stream.read()
        assert found.num_rows == len(pq.read_table(place / "run" / "census.parquet"))


def test_formulas_are_neutral_in_csv_and_the_way_back_is_one_apostrophe(place):
    texts = ["=cmd|'/c calc'!A1", "+1", "-1", "@x", "'quoted", "plain", "a=b", "\tx"]
    listed = ", ".join("('" + text.replace("'", "''") + "')" for text in texts)
    answer = called("query", place / "run", f"select * from (values {listed}) as t(\"=x\")",
                    "--format", "csv")[1]  # fmt: skip
    head, *lines = answer.splitlines()
    assert head == "'=x"
    assert [line.strip('"').removeprefix("'") for line in lines] == texts
    assert not any(line.strip('"')[0] in "=+-@\t" for line in lines)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_output_that_cannot_be_written_is_said():
    for command in ("schema", "--help"):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [*COMMAND, command], stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        assert done.returncode == 2
        assert done.stderr == "error: what is printed cannot be written: No space left on device\n"


def test_help_that_nobody_reads_is_no_fault():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, "--help"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_failed_check_stays_2_though_nobody_reads_and_the_encoding_lacks_letters(tmp_path):
    (tmp_path / "study.yaml").write_text(STUDY.replace("stock", "stöck"), encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    for both in (writing, subprocess.PIPE):
        done = subprocess.run(
            [*COMMAND, "check", tmp_path],
            stdout=both, stderr=both, env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=False,
        )  # fmt: skip
        assert done.returncode == 2
    os.close(writing)
    assert b"st?ck" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_keeps_what_is_finished_within_five_seconds(place, tmp_path, number):
    out = tmp_path / "stopped"
    line = ["run", place / "study", "--expected", "--draws", "50000", "--out", out, "-q"]
    process = subprocess.Popen([*COMMAND, *line], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 100
    while not list(out.glob(".parts/*/000000")) and time.monotonic() < deadline:
        time.sleep(0.02)
        assert process.poll() is None
    begin = time.monotonic()
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert time.monotonic() - begin < 5
    assert process.returncode == 128 + number
    assert told == "stopped; finished draws are kept, run the same command to go on\n"
    kept = [json.loads(file.read_text())[0]["keys"] for file in out.glob(".parts/*/*/keys.json")]
    assert len(kept) > 1  # the full parts, and what was in memory
    assert sum(map(len, kept)) % 64


def test_too_many_threads_are_refused(place):
    status, _, told = called("run", place / "study", "--threads", "100000")
    assert status == 2
    assert "1024" in told
