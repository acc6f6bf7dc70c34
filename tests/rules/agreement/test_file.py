"""An agreement file is read whole, and what it cannot mean is refused at its place."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from sojourn.errors import SojournError
from sojourn.library.worked_cases import judge, run_cases
from sojourn.rules.agreement.file import read_agreement

TEXT = """\
title: Two states
sending: A
receiving: B
today: asked
sources:
  t: {title: A treaty}
facts:
  asked: {type: date}
  sex: {values: [male, female]}
  age: {type: number, unit: years}
  left: {type: duration}
  expelled: {type: yes-no}
  heard: {type: yes-no}
values:
  adult: {value: 18, cite: art. 1}
terms:
  grown: age >= adult
rules:
  adults: {require: grown, cite: art. 1, source: t}
  ground:
    require:
      any of:
        - left < 30 days
        - all of: [expelled, not heard]
    cite: art. 2
  men: {require: sex = 'male', cite: art. 3, from: 2020-01-01, to: 2021-01-01}
provisions:
  who: {says: adults, source: t}
not established: [the price]
cases:
  a woman in 2019:
    says: before the rule
    today: 2019-12-31
    facts: {sex: female, age: 30, left: 3 days}
    outcome: eligible
  a woman in 2020:
    says: under the rule
    facts: {asked: 2020-01-01, sex: female, age: 30, left: 3 days}
    outcome: barred
    because: men
  a woman in 2021:
    says: after it
    today: 2021-01-01
    facts: {sex: female, age: 30, left: 3 days}
    outcome: eligible
  no day:
    says: nobody knows when
    facts: {sex: female, age: 30, left: 3 days}
    outcome: referred
    because: [men]
"""


@pytest.fixture
def write(tmp_path):
    def of(*changes: tuple[str, str]):
        text = TEXT
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return of


def test_a_rule_with_dates_counts_on_the_day_of_the_case(write):
    assert all(result.passed for result in run_cases(read_agreement(write())))


def test_a_man_needs_no_date(write):
    found = judge(read_agreement(write()), {"sex": "male", "age": 30.0, "left": 3.0})
    assert found == ("eligible", ())


def test_a_fixed_day_holds_for_every_case(write):
    agreement = read_agreement(
        write(("today: asked", "today: 2020-06-01"), ("    today: 2019-12-31\n", ""))
    )
    found = {result.name: (result.found, result.deciding) for result in run_cases(agreement)}
    assert found["a woman in 2019"] == found["no day"] == ("barred", ("men",))
    assert found["a woman in 2021"] == ("eligible", ())


@pytest.mark.parametrize(
    ("facts", "met"),
    [
        ({"left": 29.0}, "eligible"),
        ({"left": 30.0, "expelled": True, "heard": False}, "eligible"),
        ({"left": 30.0, "expelled": True, "heard": True}, "barred"),
        ({"left": 30.0, "expelled": True}, "referred"),
        ({"left": 30.0, "expelled": False}, "barred"),
    ],
)
def test_any_of_and_all_of_nest(write, facts, met):
    outcome, deciding = judge(read_agreement(write()), {"sex": "male", "age": 30.0, **facts})
    assert outcome == met
    assert deciding == (() if met == "eligible" else ("ground",))


def test_a_known_bar_decides_before_what_is_not_known(write):
    agreement = read_agreement(write())
    assert judge(agreement, {"sex": "male", "age": 17.0}) == ("barred", ("adults",))


@pytest.mark.parametrize(
    ("old", "new", "what", "fix"),
    [
        ("provisions:", "provisons:", "`provisons` is not known", "`provisions`"),
        ("any of:", "one of:", "a condition is needed here", "any of"),
        ("today: asked", "today: sex", "`sex` is a text", "type: date"),
        ("today: asked", "today: 2020-13-01", "not a date", "2025-02-04"),
        ("because: [men]", "because: [man]", "no rule `man`", "`men`"),
        ("    because: [men]\n", "", "no rule is named that decides", "because"),
        ("outcome: barred", "outcome: excluded", "`excluded` is not known", ""),
        ("sex: female, age: 30", "sex: woman, age: 30", "not a value of the fact `sex`", "female"),
        ("sex: female, age: 30", "gender: female", "`gender` is not declared", ""),
        (", cite: art. 1, source: t", "", "no citation", "cite"),
        ("grown: age >= adult", "grown: age >= adlt", "`adlt` is not declared", "adult"),
        ("facts:\n  asked", "facts:\n  passport: {type: text}\n  asked", "passport", ""),
        ("title: Two states\n", "", "`title` is missing", "title"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_place(write, old, new, what, fix):
    path = write((old, new))
    with pytest.raises(SojournError) as caught:
        read_agreement(path)
    told = str(caught.value)
    assert what in told
    assert fix in told
    assert all(problem.line > 0 for problem in caught.value.problems)


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(SojournError, match="norway-netherlands"):
        read_agreement("norway-netherland")


def test_a_list_is_no_agreement(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text("- a\n", encoding="utf-8")
    with pytest.raises(SojournError, match="a mapping is needed here, not a list"):
        read_agreement(path)


def test_a_pipe_is_read_like_a_file(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(pipe.write_text, TEXT)
        assert [rule.name for rule in read_agreement(pipe).rules] == ["adults", "ground", "men"]


@pytest.mark.parametrize("spelt", ["unknown", "Unknown", "' UNKNOWN '"])
def test_undocumented_is_no_value(tmp_path, spelt):
    """However it is spelt: a case could never have it."""
    file = tmp_path / "agreement.yaml"
    file.write_text(TEXT.replace("[male, female]", f"[male, female, {spelt}]"))
    with pytest.raises(SojournError, match="always means undocumented"):
        read_agreement(file)
