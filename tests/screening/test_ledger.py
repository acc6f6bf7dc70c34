"""The ledger of a cohort: what is free, what is counted, and that nothing is lost."""

from __future__ import annotations

import json
import stat
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from sojourn.errors import SojournError
from sojourn.screening.ledger import ALLOWED, charge, ledger_of


def test_a_question_is_paid_once_and_answered_alike(tmp_path):
    place = tmp_path / "c.ledger.json"
    first = charge(place, "who", "12", 20, 10)
    assert first.used == pytest.approx(0.2 / ALLOWED)
    assert charge(place, "who", "12", 20, 10) == first
    # The same question of other people is another answer, with noise of its own.
    other = charge(place, "who", "13", 20, 10)
    assert other.key != first.key and other.used == pytest.approx(0.4 / ALLOWED)
    assert charge(tmp_path / "d.ledger.json", "who", "12", 20, 10).key != first.key


def test_with_much_noise_a_question_costs_little_but_never_nothing(tmp_path):
    place = tmp_path / "c.ledger.json"
    for question in range(3):
        used = charge(place, str(question), "", 20, 100_000).used
    assert used == pytest.approx(3 * 20 / 1e10 / ALLOWED)
    charge(place, "with less noise", "", 20, 10)


def test_what_is_used_up_is_refused_and_nothing_is_entered(tmp_path):
    place = tmp_path / "c.ledger.json"
    for question in range(9):
        charge(place, str(question), "", 20, 10)
    before = place.read_bytes()
    with pytest.raises(SojournError) as refused:
        charge(place, "one more", "", 20, 10)
    (problem,) = refused.value.problems
    assert problem.what.startswith("99% of what may be asked")
    assert "--smallest 64 or more" in problem.fix
    assert place.read_bytes() == before
    assert charge(place, "one more", "", 20, 32).used <= 1  # as the remedy says
    assert charge(place, "3", "", 20, 10)


def test_questions_asked_at_once_are_all_entered(tmp_path):
    place = tmp_path / "c.ledger.json"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: charge(place, str(at), "", 1, 10), range(24)))
    assert len(json.loads(place.read_text())["asked"]) == 24
    assert [file.name for file in tmp_path.iterdir()] == [place.name]


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
def test_the_ledger_is_its_owners_alone(tmp_path):
    charge(tmp_path / "c.ledger.json", "who", "12", 20, 10)
    assert stat.S_IMODE((tmp_path / "c.ledger.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "sojourn ledger", "secret": "x"}', "\0"]
)
def test_what_is_no_ledger_is_refused_and_stays(tmp_path, text):
    place = tmp_path / "c.ledger.json"
    place.write_text(text)
    with pytest.raises(SojournError, match="this is no ledger of a cohort"):
        charge(place, "who", "12", 20, 10)
    assert place.read_text() == text


def test_a_ledger_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(SojournError, match="cannot be written"):
        charge(tmp_path / "none" / "c.ledger.json", "who", "12", 20, 10)


def test_the_ledger_lies_beside_the_cohort(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "a.csv").write_text("age\n")
    of_folder = tmp_path / "people.ledger.json"
    for cohort in (
        "people",
        "people/",
        "people/*.csv",
        "people/**/[ab].csv",
        str(tmp_path / "people"),
    ):
        assert ledger_of(cohort) == of_folder
    assert ledger_of("people/a.csv") == tmp_path / "people" / "a.csv.ledger.json"
    assert ledger_of("s3a://bucket/people") is None
