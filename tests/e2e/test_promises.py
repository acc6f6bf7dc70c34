"""What SECURITY.md promises, where no other test holds it.

Elsewhere: hostile files and memory (`rules/agreement/test_hostile_files`, `engine/test_limits`),
files outside of a study's folder (`study/test_refusals`, `study/checks/test_quotes`), queries
(`results/run_folder/test_query`), the report's markup and script (`report/test_page`), small counts
and columns that identify people (`screening/test_disclosure`, `test_identifying_columns`).
"""

from __future__ import annotations

import json
import socket
from hashlib import sha256
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from results.made import record_in, write_run
from sojourn.cli.app import app
from sojourn.errors import ResultsError, SojournError
from sojourn.forecasting.sealed import FORMAT, open_sealed
from sojourn.results.run_folder.folder import read_run, sum_of
from sojourn.results.views import connect
from sojourn.screening.cohort import DuckCohort

AGREEMENT = """\
title: Transfer
sending: A
receiving: B
facts: {convicted: {type: yes-no}}
rules: {sentenced: {require: convicted, cite: Article 3}}
"""


@pytest.fixture
def offline(monkeypatch):
    """The network's functions raise; returns the addresses that were asked for."""
    asked = []

    def refuse(*address, **_):
        asked.append(address)
        raise OSError("the network was asked for")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    return asked


def test_no_command_asks_for_the_network(whole_study, tmp_path, offline):
    run = str(write_run(tmp_path / "run", draws=1, replicates=1))
    law = tmp_path / "law.yaml"
    law.write_text(AGREEMENT)
    (tmp_path / "case.yaml").write_text("convicted: yes\n")
    (tmp_path / "cohort.csv").write_text("convicted\n" + "yes\n" * 20)
    for command in (
        ["check", str(whole_study)],
        ["schema"],
        ["agreements"],
        ["query", run, "select count(*) from histories"],
        ["export", run, "--to", str(tmp_path / "tables")],
        ["verify", run],
        ["explain", str(tmp_path / "case.yaml"), "--agreement", str(law)],
        ["prove", str(law)],
        ["diff", str(law), str(law)],
        ["screen", str(tmp_path / "cohort.csv"), "--agreement", str(law)],
    ):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, (command, done.output)
    assert not offline


def test_the_databases_fetch_no_extensions(tmp_path):
    (tmp_path / "cohort.csv").write_text("convicted\nyes\n")
    asked = "select current_setting('autoinstall_known_extensions')"
    with connect({}) as views:
        assert views.execute(asked).fetchall() == [(False,)]
    with DuckCohort(str(tmp_path / "cohort.csv")) as cohort:
        assert cohort.connection.execute(asked).fetchall() == [(False,)]


def test_a_run_that_names_a_file_elsewhere_is_refused(tmp_path):
    run = write_run(tmp_path / "run", draws=1, replicates=1)
    (tmp_path / "private.txt").write_text("private")
    record = {name: value for name, value in record_in(run).items() if name != "sum"}
    record["files"]["../private.txt"] = {"bytes": 7, "digest": "0"}
    (run / "run.json").write_text(json.dumps({**record, "sum": sum_of(record)}))
    with pytest.raises(ResultsError, match="not what was written"):
        read_run(run)


def test_a_seal_that_names_a_file_elsewhere_is_refused(tmp_path):
    sealed = tmp_path / "sealed"
    (sealed / "seals").mkdir(parents=True)
    (tmp_path / "private.csv").write_text("location\n")
    digest = sha256(b"location\n").hexdigest()
    (sealed / "seals" / "2026-01-01.json").write_text(
        json.dumps({"format": FORMAT, "files": {"../private.csv": digest}})
    )
    with pytest.raises(SojournError, match="leaves the folder"):
        open_sealed(sealed, SimpleNamespace(names=()))
