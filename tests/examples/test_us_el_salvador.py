"""The flagship study says what its two reports say, and every statement leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from sojourn.languages.phrases import speaking
from sojourn.population.cells import build_cells
from sojourn.report.wording.own_words import untold
from sojourn.study.checks.quotes import check_quotes
from sojourn.study.load import load_study
from sojourn.study.model.study import StudyModel

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src" / "sojourn" / "examples" / "us-el-salvador"
REPORTS = ROOT.parent / "shared" / "sources"
MOST_WORDS = 12
"""Of one quote: the texts of the reports stay outside the project."""


@pytest.fixture(scope="module")
def study() -> StudyModel:
    return load_study(FOLDER)


def test_quotes_stand_in_the_reports(study: StudyModel) -> None:
    if not REPORTS.is_dir():
        pytest.skip(f"the texts of the reports are not at hand ({REPORTS})")
    checks = [check for check in check_quotes(study, REPORTS) if check.source in ("r000", "r004")]
    assert len(checks) > 60
    assert [(check.path, check.quote) for check in checks if check.status != "found"] == []


def test_quotes_are_short(study: StudyModel) -> None:
    long = [
        check.quote for check in check_quotes(study, None) if len(check.quote.split()) > MOST_WORDS
    ]
    assert long == []


def test_every_statement_is_modelled_or_says_why_not(study: StudyModel) -> None:
    silent = [
        name
        for name, statement in study.statements.items()
        if not statement.models
        and not name.startswith("differ")
        and "ot modelled" not in (statement.says or "")
    ]
    assert silent == []


def test_every_text_is_in_spanish_too(study: StudyModel) -> None:
    with speaking("es", study.translations["es"]):
        assert untold(study) == ()


def test_cells_stay_few_and_groups_fit_a_chart(study: StudyModel) -> None:
    for scenario in study.scenarios.values():
        cells = build_cells(study, scenario)
        assert 60 <= len(cells) <= 250
        assert len(cells.groups) <= 8


def test_the_baseline_lets_no_citizen_be_sent(study: StudyModel) -> None:
    rules = study.scenarios[study.baseline].agreement
    assert rules is not None
    assert rules.rules["citizen"].condition == "'US' in citizenship or status = 'citizen'"
    offered = study.scenarios["as offered"].agreement
    assert offered is not None
    assert set(offered.rules) == {"offered", "convicted_only"}


def test_federal_prisoners_are_counted_once(study: StudyModel) -> None:
    people = study.scenarios[study.baseline].populations
    total = sum(
        population.stock.count.value
        for population in people.values()
        if population.facts.get("custody") == "federal" and population.stock is not None
    )
    assert total == 159_309
