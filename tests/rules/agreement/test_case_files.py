"""Files of cases."""

from __future__ import annotations

import json

import pytest
from sojourn.study.model.facts import Fact

from sojourn.errors import StudyError
from sojourn.rules.agreement.case_files import read_cases

FACTS = {
    "citizenship": Fact(values=("US", "NO")),
    "arrests": Fact(type="number", unit="arrests", least=0.0, most=200.0),
    "consent": Fact(type="yes-no"),
    "served": Fact(type="duration"),
    "entered": Fact(type="date"),
}


@pytest.fixture
def write(tmp_path):
    def writes(text, name="case.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return writes


def test_one_case_has_the_name_of_its_file(write):
    path = write("citizenship: NO\narrests: 3 arrests\nserved: 2 years\nentered: 2025-02-04\n")
    assert read_cases(path, FACTS) == {
        "case": {"citizenship": "NO", "arrests": 3.0, "served": 730.5, "entered": "2025-02-04"}
    }


def test_several_cases_have_names(write):
    path = write("one: {consent: yes}\nanother:\n  consent: unknown\n")
    assert read_cases(path, FACTS) == {"one": {"consent": True}, "another": {"consent": None}}
    assert read_cases(path, FACTS, "one") == {"one": {"consent": True}}
    with pytest.raises(StudyError, match="no case `onee`"):
        read_cases(path, FACTS, "onee")


def test_json_is_read_as_well(write):
    path = write(json.dumps({"a": {"consent": False, "arrests": 3, "served": None}}), "cases.json")
    assert read_cases(path, FACTS) == {"a": {"consent": False, "arrests": 3.0, "served": None}}


def test_a_case_without_documents(write):
    assert read_cases(write("{}"), FACTS) == {"case": {}}
    with pytest.raises(StudyError, match="empty"):
        read_cases(write(""), FACTS)


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("citizenship: SE", "1:14", "`SE` is not a value"),
        ("consent: yes\narrests: 201", "2:10", "outside the range"),
        ("passport: X1", "1:1", "would identify a person"),
        ("one: {surname: Doe}", "1:7", "would identify a person"),
        ("citizen: US", "1:10", "not declared"),
        ("consent: yes\none: {consent: no}", "1:1", "are mixed"),
        ("[1, 2]", "1:1", "facts are needed here"),
        ("consent: [yes]", "1:10", "a list"),
        ("consent: yes\nconsent: no", "2:1", "twice"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(write, text, place, what):
    path = write(text)
    with pytest.raises(StudyError, match=what) as told:
        read_cases(path, FACTS)
    assert f"{path}:{place}" in str(told.value)


def test_every_problem_is_told_at_once(write):
    with pytest.raises(StudyError) as told:
        read_cases(write("one: {consent: perhaps}\ntwo: {arrests: many}\n"), FACTS)
    assert len(told.value.problems) == 2


def test_no_file(tmp_path):
    with pytest.raises(StudyError, match="no such file"):
        read_cases(tmp_path / "none.yaml", FACTS)


@pytest.mark.parametrize("text", ["word: j.doe@mail.example.org", "078-05-1120: {word: x}"])
def test_what_could_identify_a_person_is_refused_and_not_repeated(tmp_path, text):
    file = tmp_path / "case.yaml"
    file.write_text(text + "\n")
    with pytest.raises(StudyError, match="cases are de-identified") as caught:
        read_cases(file, {"word": Fact(open="words of tests")})
    assert "j.doe" not in str(caught.value) and "078-05" not in str(caught.value)
