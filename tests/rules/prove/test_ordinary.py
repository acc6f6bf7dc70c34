"""Cases that proofs show are the most ordinary of their kind, and the same from run to run."""

from __future__ import annotations

from datetime import date

import pytest

import sojourn as sj
from sojourn.rules.language.parse import parse
from sojourn.rules.language.type_check import check
from sojourn.rules.prove.ordinary import OrdinaryValues
from sojourn.study.fact_types import NOTHING
from sojourn.study.model.facts import Fact

FACTS = """\
  asked: {type: date}
  arrived: {type: date}
  birth: {type: date}
  nations: {type: set, values: [SV, US, VE]}
  arrests: {type: number, range: [0, 200]}
  left: {type: duration}
  gang: {values: [none, MS-13]}
  consent: {type: yes-no}
"""
RULES = {
    "in_time": "require: arrived <= today and today <= arrived + 3 months",
    "begun": "require: arrived >= 2025-08-06",
    "not_over": "require: today <= 2026-06-11",
    "adult": "require: 'age(birth, today) >= 18'",
    "alien": "bar: any(nations) = 'US'",
    "often": "require: arrests >= 30",
    "half_a_year": "require: left >= 180 days",
    "free": "require: consent or gang = 'none'",
}


def agreement(tmp_path, rules, name="agreement"):
    path = tmp_path / f"{name}.yaml"
    lines = "".join(f"  {name}: {{{rule}, cite: a}}\n" for name, rule in rules.items())
    path.write_text(
        f"title: T\nsending: A\nreceiving: B\ntoday: asked\nfacts:\n{FACTS}\nrules:\n{lines}"
    )
    return sj.agreement(path)


EXPECTED = {
    "asked": "2025-09-01",
    "arrived": "2025-08-22",
    "birth": "1995-09-01",
    "nations": "SV",
    "arrests": 30,
    "left": 365,
    "gang": "none",
    "consent": False,
}


def test_a_case_lies_near_the_days_that_rules_name_and_its_numbers_are_round(tmp_path):
    law = agreement(tmp_path, RULES)
    assert law.prove().to_dict()["anybody eligible"]["case"] == EXPECTED


def test_a_difference_is_shown_by_an_ordinary_case(tmp_path):
    old = agreement(tmp_path, RULES, "old")
    new = agreement(tmp_path, RULES | {"not_over": "require: today <= 2026-07-11"}, "new")
    found = old.diff(new).to_dict()["eligible under new alone"]["case"]
    # The first of the month after the old last day.
    assert found == EXPECTED | {
        "asked": "2026-07-01",
        "arrived": "2026-06-21",
        "birth": "1996-07-01",
    }


@pytest.mark.parametrize(
    "name", ["uk-france", "us-el-salvador-offer", "us-el-salvador-grant", "us-safe-third-country"]
)
def test_a_case_of_the_library_is_of_its_years_and_has_a_nationality(name):
    law = sj.agreement(name)
    case = law.prove().to_dict()["anybody eligible"]["case"]
    days = [day for fact, day in case.items() if law._file.facts[fact].type == "date"]
    assert days
    assert all("2024" <= day < "2028" for day in days)
    assert NOTHING not in [
        case[name] for name in law._file.facts if law._file.facts[name].type == "set"
    ]


def test_what_only_a_strange_case_shows_is_shown_by_it(tmp_path):
    rules = {"late": "require: today > 2150-01-01 and count(nations) = 0 and arrests = 17.25"}
    case = agreement(tmp_path, rules).prove().to_dict()["anybody eligible"]["case"]
    assert case["asked"] == "2150-02-01"
    assert (case["nations"], case["arrests"]) == (NOTHING, 17.25)


def test_an_open_text_is_one_that_its_own_conditions_name_or_none_does():
    open_text = Fact(open="codes of tests")
    facts = {"code": open_text, "court": open_text}
    conditions = [check(parse(text), facts) for text in ("code != 'x'", "court in ('N', 'S')")]
    ordinary = OrdinaryValues(conditions, facts, lambda _: ("x", "N", "S", "another"))

    def goal(case):
        return case["code"] != "x"

    row = {"code": "S", "court": "x"}
    ordinary.made_plain(row, goal)
    assert row == {"code": "another", "court": "N"}


def test_dates_that_are_bound_to_each_other_move_together():
    facts = {"first": Fact(type="date"), "second": Fact(type="date")}
    row = {"first": date(2143, 3, 7), "second": date(2143, 3, 10)}

    def goal(case):
        return (case["second"] - case["first"]).days == 3

    OrdinaryValues([], facts, lambda _: ()).made_plain(row, goal)
    assert row == {"first": date(2025, 1, 1), "second": date(2025, 1, 4)}
