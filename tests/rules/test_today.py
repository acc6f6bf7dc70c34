"""Ages, values that change on dates and rules with dates: explained, proven and searched."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st
from sojourn.rules.meaning.z3_logic import term
from sojourn.study.model.facts import Fact

from sojourn.rules.agreement.file import read_agreement
from sojourn.rules.agreement.verdict import judge
from sojourn.rules.explain.explain import explain
from sojourn.rules.explain.explain_text import explanation_lines
from sojourn.rules.language.parse import parse
from sojourn.rules.language.tree import Constant, FactOf
from sojourn.rules.language.type_check import check
from sojourn.rules.meaning.reference import evaluate
from sojourn.rules.meaning.z3_terms import Symbols
from sojourn.rules.prove.encoding import read_question
from sojourn.rules.prove.prove import prove
from sojourn.rules.prove.witness import confirm
from sojourn.study.files.joined_agreements import library_names
from sojourn.study.files.yaml import parse_yaml
from sojourn.study.sections.agreement import read_value
from sojourn.study.words.reader import Reader, Shared

FACTS = {
    "asked": Fact(type="date"),
    "birth": Fact(type="date"),
    "left": Fact(type="duration"),
    "count": Fact(type="number"),
}
NOTICE = read_value(
    Reader(Shared()), parse_yaml("{1985-01-01: 180 days, 2025-01-01: 120 days}", "x"), "x", "notice"
)
CASE_DAY = FactOf("asked", "date", "", 0)
FIXED = Constant(date(2025, 6, 1), "date", "", 0)

years = st.sampled_from(
    [
        "age(birth, today)", "years(birth, asked)", "years(asked, birth)",
        "years(birth, asked + left)", "years(birth - left, 2025-02-28)",
        "years(2000-02-29, today)", "years(2000-02-29, 2025-02-28)",
    ]
)  # fmt: skip
condition = st.one_of(
    st.tuples(
        years, st.sampled_from([">=", "<", "=", "!="]), st.sampled_from(["0", "18", "count"])
    ),
    st.tuples(
        st.sampled_from(["left", "asked - birth", "notice + left"]),
        st.sampled_from([">=", "<", "="]),
        st.sampled_from(["notice", "120 days", "2 * notice"]),
    ),
    st.tuples(st.sampled_from(["today", "birth"]), st.sampled_from(["<", ">="]), st.just("asked")),
).map(" ".join)
days = st.one_of(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.sampled_from(
        [date(2000, 2, 29), date(2018, 2, 28), date(2018, 3, 1), date(1984, 12, 31),
         date(1985, 1, 1), date(2024, 12, 31), date(2025, 1, 1)]
    ),
)  # fmt: skip
row = st.fixed_dictionaries(
    {
        "asked": st.one_of(st.none(), days),
        "birth": st.one_of(st.none(), days),
        "left": st.sampled_from([None, 0.0, 30.4375, -0.5, 60.0, 120.0, 180.0, 1e7]),
        "count": st.sampled_from([None, 0.0, 18.0, -3.0, 25.0]),
    }
)


def checked(source, today):
    return check(parse(source), FACTS, dated={"notice": NOTICE}, today=today)


@settings(max_examples=120, deadline=None)
@given(source=condition, case=row, today=st.sampled_from([CASE_DAY, FIXED]))
def test_z3_plain_and_duckdb_agree(source, case, today):
    expression = checked(source, today)
    symbols = Symbols(FACTS)
    truth = symbols.truth(expression)
    here = [bit for name in symbols.used for bit in symbols.given(name, case[name])]
    solver = z3.Solver()
    solver.add(*symbols.domain, *here)
    assert solver.check() == z3.sat
    true, false = (solver.check(term(bit)) == z3.sat for bit in (truth.true, truth.false))
    assert not (true and false)
    assert evaluate(expression, case) is (True if true else False if false else None)
    confirm([case], [expression], FACTS)


AGREEMENT = """\
title: Transfer
sending: A
receiving: B
today: asked
facts:
  asked: {type: date}
  birth: {type: date}
  left: {type: duration, range: [0 days, 9000 days]}
values:
  notice: {2000-01-01: 120 days, 2025-01-01: 60 days}
rules:
  adult: {require: "age(birth, today) >= 18", cite: art. 1}
  time_left: {require: left >= notice, cite: art. 2}
  old: {bar: "age(birth, today) >= 65", cite: art. 3, from: 2020-01-01, to: 2030-01-01}
"""


@pytest.fixture
def agreement(tmp_path):
    path = tmp_path / "transfer.yaml"
    path.write_text(AGREEMENT, encoding="utf-8")
    return read_agreement(path)


def explained(agreement, case):
    return explain(agreement.rules, agreement.facts, case, agreement.terms)


def test_a_rule_is_in_force_on_the_day_of_the_case(agreement):
    case = {"birth": "1950-01-01", "left": 200.0, "asked": "2019-12-31"}
    before = explained(agreement, case)
    assert (before.verdict.status, before.rules[2].finding) == ("eligible", "not in force")
    assert before.rules[2].facts == {"asked": "2019-12-31"}
    lines = list(explanation_lines("one", before, case, agreement.facts))
    assert "    not in force: asked < 2020-01-01 is true   asked: 2019-12-31" in lines
    within = explained(agreement, {**case, "asked": "2020-01-01"})
    assert (within.verdict.status, within.rules[2].finding) == ("barred", "excludes")
    after = explained(agreement, {**case, "asked": "2030-01-01"})
    assert after.verdict.status == "eligible"
    unknown = explained(agreement, {**case, "asked": None})
    assert unknown.rules[2].finding == "undetermined"
    assert unknown.rules[2].facts["asked"] is None


def test_the_day_itself_is_searched_where_values_change(agreement):
    case = {"birth": "1990-01-01", "left": 100.0, "asked": "2024-06-01"}
    explanation = explained(agreement, case)
    assert explanation.verdict.status == "barred"
    found = {each.facts for changes in explanation.changes for each in changes.found}
    assert (("asked", date(2025, 1, 1)),) in found
    assert (("left", 120.0),) in found
    for facts in found:
        assert judge(agreement.rules, {**case, **dict(facts)}).status == "eligible"


def test_proofs_are_over_all_days(agreement):
    asked = [
        read_question(text, "--never", agreement)
        for text in (
            "eligible and age(birth, today) < 18",
            "eligible and age(birth, today) >= 65",
            "eligible and age(birth, today) >= 65 and today >= 2020-01-01 and today < 2030-01-01",
            "eligible and left < 60 days",
            "eligible and today < 2000-01-01",
        )
    ]
    proof = prove(agreement.rules, agreement.facts, never=asked)
    assert [each.answer for each in proof.asked] == ["yes", "no", "yes", "yes", "yes"]
    case = proof.asked[1].witness.row
    born = case["birth"]
    assert not date(2020, 1, 1) <= case["asked"] < date(2030, 1, 1)
    assert case["asked"] - born >= timedelta(days=365 * 65)


def test_a_fixed_day_settles_what_is_in_force(tmp_path):
    path = tmp_path / "transfer.yaml"
    path.write_text(AGREEMENT, encoding="utf-8")
    fixed = read_agreement(path, today=date(2026, 1, 1))
    assert [rule.name for rule in fixed.rules] == ["adult", "time_left", "old"]
    assert "asked" not in {name for rule in fixed.rules for name in rule.facts}
    later = read_agreement(path, today=date(2031, 1, 1))
    assert [rule.name for rule in later.rules] == ["adult", "time_left"]


@pytest.mark.parametrize("name", library_names())
def test_somebody_can_be_eligible_under_each_agreement_that_ships(name):
    agreement = read_agreement(name)
    proof = prove(agreement.rules, agreement.facts, seconds=60)
    assert proof.possible.answer == "yes"
    assert judge(agreement.rules, proof.possible.witness.row).status == "eligible"
    assert proof.open == ()
