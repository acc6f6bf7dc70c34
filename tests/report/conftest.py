"""A run folder that every test of the report may read."""

from __future__ import annotations

from pathlib import Path

import pytest

from report.made_run import make_run
from sojourn.report.page import write_report


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def page(run_folder, tmp_path_factory) -> str:
    out = tmp_path_factory.mktemp("page") / "report.html"
    return write_report(run_folder, out).read_text(encoding="utf-8")
