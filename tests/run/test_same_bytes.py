"""The same bytes in every table, whatever the machine does in its own way."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from disk.machine import STUDY
from sojourn.run.run import Options, run_study

RUN = """
import sys
from pathlib import Path
from sojourn.run.run import Options, run_study
run_study(Path(sys.argv[1]), out=Path(sys.argv[2]), options=Options(draws=66, expected=True))
"""
MANY = STUDY.replace("scenarios: {base: {}}", """\
measures: {paid: {money: fee}, held_at_end: {people: held, at: end}}
scenarios: {base: {}, longer: {transitions.held -> free.after: {exponential: {mean: 40 days}}}}
""")  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("same") / "trial"
    folder.mkdir()
    (folder / "study.yaml").write_text(MANY, encoding="utf-8")
    return folder


def digests(out) -> dict[str, str]:
    """The digest of each table."""
    files = json.loads((out / "run.json").read_text(encoding="utf-8"))["files"]
    return {name: file["digest"] for name, file in files.items() if name.endswith(".parquet")}


def run_with(study, out, *, threads, expected):
    options = Options(draws=66, threads=threads, expected=expected)
    return digests(run_study(study, out=out, options=options))


@pytest.fixture(scope="module")
def one(study, tmp_path_factory):
    return run_with(study, tmp_path_factory.mktemp("one") / "run", threads=1, expected=True)


@pytest.fixture(scope="module")
def simulated(study, tmp_path_factory):
    return run_with(study, tmp_path_factory.mktemp("one") / "run", threads=1, expected=False)


@pytest.mark.parametrize("threads", [2, 64])
def test_threads_do_not_matter_to_exact_means(study, one, tmp_path, threads):
    assert run_with(study, tmp_path / "run", threads=threads, expected=True) == one


@pytest.mark.parametrize("threads", [2, 64])
def test_threads_do_not_matter_to_histories(study, simulated, one, tmp_path, threads):
    assert run_with(study, tmp_path / "run", threads=threads, expected=False) == simulated
    assert simulated != one


def test_neither_hashes_nor_zone_nor_locale_matter(study, one, tmp_path):
    there = {"PYTHONHASHSEED": "12345", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [sys.executable, "-c", RUN, study, tmp_path / "run"],
        env={**os.environ, **there},
        check=True,
    )
    assert digests(tmp_path / "run") == one


def test_the_order_of_sections_does_not_matter(study, one, tmp_path):
    (tmp_path / "trial").mkdir()
    head, *sections = MANY.strip().replace("\n  ", "\0").splitlines()
    text = "\n".join((*sections[::-1], head)).replace("\0", "\n  ") + "\n"
    (tmp_path / "trial" / "study.yaml").write_text(text, encoding="utf-8")
    options = Options(draws=66, expected=True)
    assert digests(run_study(tmp_path / "trial", out=tmp_path / "run", options=options)) == one
