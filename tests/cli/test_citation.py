"""What the project is cited as is what is installed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import yaml

import sojourn

ROOT = Path(__file__).parents[2]


def test_the_citation_names_this_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {cited["version"], project["version"]} == {sojourn.__version__}
    assert cited["license"] == project["license"]
