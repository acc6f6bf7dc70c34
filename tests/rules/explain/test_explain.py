"""Why a case comes out as it does, and what would change that."""

from __future__ import annotations

from datetime import date
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn as sj
from rules.small import CASES, FACTS, VALUES, agreements, checked_rules
from sojourn.rules.agreement.verdict import judge, names
from sojourn.rules.explain.explain import explain
from sojourn.rules.explain.nearest_changes import MOST_FACTS
from sojourn.rules.meaning.reference import evaluate
from sojourn.rules.meaning.turning_points import Turning, between
from sojourn.study.model.facts import Fact


def by_trying(rules, row, status, allowed):
    """The smallest sets of facts whose change gives the status, by trying all."""
    for size in range(1, MOST_FACTS + 1):
        found = set()
        for some in combinations([name for name in VALUES if name in allowed], size):
            for values in product(*(VALUES[name] for name in some)):
                if judge(rules, {**row, **dict(zip(some, values, strict=True))}).status == status:
                    found.add(frozenset(some))
                    break
        if found:
            return found
    return set()


@settings(max_examples=60, deadline=None)
@given(rules=agreements, row=st.sampled_from(CASES))
def test_changes_are_the_smallest_that_trying_all_gives(rules, row):
    explanation = explain(rules, FACTS, row)
    assert explanation.verdict == judge(rules, row)
    missing = {name for name in row if row[name] is None and any(name in r.facts for r in rules)}
    allowed = missing if explanation.verdict.status == "referred" else set(VALUES)
    for changes in explanation.changes:
        if changes.to == "referred":
            continue
        assert changes.searched or changes.found
        tried = by_trying(rules, row, changes.to, allowed)
        assert {frozenset(name for name, _ in each.facts) for each in changes.found} == tried
        for each in changes.found:
            assert each.verdict == judge(rules, {**row, **dict(each.facts)})
            assert each.verdict.status == changes.to


@settings(max_examples=40, deadline=None)
@given(rules=agreements, row=st.sampled_from(CASES), fixed=st.sets(st.sampled_from(list(VALUES))))
def test_no_change_is_of_a_fixed_fact_or_leads_to_two_outcomes(rules, row, fixed):
    facts = {name: fact.model_copy(update={"fixed": name in fixed}) for name, fact in FACTS.items()}
    told = {}
    for changes in explain(rules, facts, row).changes:
        for each in changes.found:
            assert each.verdict == judge(rules, {**row, **dict(each.facts)})
            assert each.verdict.status == changes.to
            assert told.setdefault(each.facts, changes.to) == changes.to
            for name, value in each.facts:
                assert value != row[name]
                assert name not in fixed or row[name] is None


def test_a_bar_does_not_apply_and_is_not_met(tmp_path):
    path = tmp_path / "agreement.yaml"
    path.write_text(
        "title: T\nsending: A\nreceiving: B\n"
        "facts:\n  born_in: {values: [A, B], fixed: yes}\n  released: {type: yes-no}\n"
        "rules:\n"
        "  national: {bar: born_in = 'A', cite: art. 1}\n"
        "  held: {bar: released, cite: art. 2}\n"
    )
    law = sj.agreement(path)
    eligible = str(law.explain({"born_in": "B", "released": "no"}))
    assert "✓ national  bar does not apply\n" in eligible
    assert " met" not in eligible
    assert (
        "The outcome would differ, and be barred, if the file said:\n  released: no → yes"
        in eligible
    )
    assert "born_in: B →" not in eligible
    barred = str(law.explain({"born_in": "A", "released": "no"}))
    assert "eligible, with up to" in barred
    assert "(facts that are fixed left out)" in barred


@settings(max_examples=100, deadline=None)
@given(rules=agreements, row=st.sampled_from(CASES))
def test_only_the_facts_that_decide_are_needed(rules, row):
    """Whatever the facts are that a rule did not rest on, its value stays."""
    for each in explain(rules, FACTS, row).rules:
        met = evaluate(each.rule.met, row)
        kept = {name for leaf in each.deciding for name, _ in leaf.facts}
        others = [name for name in each.rule.facts if name not in kept]
        # Where an unknown part decides, a known one beside it could still settle the whole.
        if met is None or not others:
            continue
        for values in product(*((None, *VALUES[name]) for name in others)):
            changed = {**row, **dict(zip(others, values, strict=True))}
            assert evaluate(each.rule.met, changed) is met


@settings(max_examples=60, deadline=None)
@given(rules=agreements, row=st.sampled_from(CASES))
def test_documents_say_what_each_value_comes_to(rules, row):
    explanation = explain(rules, FACTS, row)
    told = {fact for each in explanation.rules if each.follows == "refer" for fact in each.facts}
    missing = {fact for fact in told if row[fact] is None}
    wanted = missing if explanation.verdict.status == "referred" else set()
    assert {document.fact for document in explanation.documents} == wanted
    for document in explanation.documents:
        for outcome in document.outcomes:
            assert outcome.verdict == judge(rules, {**row, **dict(outcome.facts)})
        here = {outcome.verdict.status for outcome in document.outcomes}
        everywhere = {
            judge(rules, {**row, document.fact: value}).status for value in VALUES[document.fact]
        }
        assert here == everywhere


RULES = checked_rules(
    [
        ("require", "word = 'a' or (flag and mark)", None, "refer"),
        ("bar", "count > 2", "flag", "refer"),
        ("require", "mark", None, "fail"),
    ]
)


def test_a_case_rule_by_rule():
    row = {"word": "a", "flag": True, "count": 3.0, "mark": None}
    first, second, third = explain(RULES, FACTS, row).rules
    assert (first.finding, first.facts) == ("met", {"word": "a"})
    assert (second.finding, second.facts) == ("excludes", {"flag": True, "count": 3.0})
    assert (third.finding, third.follows, third.facts) == (
        "undetermined",
        "fail",
        {"mark": None},
    )
    assert [part.text for part in second.deciding] == ["flag", "count > 2"]
    assert first.condition.parts[1].decides is False


def test_a_rule_whose_when_is_false_does_not_apply():
    row = {"word": "a", "flag": False, "count": 3.0, "mark": True}
    second = explain(RULES, FACTS, row).rules[1]
    assert (second.finding, second.facts) == ("does not apply", {"flag": False})


def test_the_nearest_value_comes_first():
    row = {"word": "a", "flag": True, "count": 3.0, "mark": True}
    (eligible,) = explain(RULES, FACTS, row).changes
    assert [each.facts for each in eligible.found] == [
        (("flag", False),),
        (("count", 2.0),),
        (("count", 1.0),),
    ]
    assert names(RULES, eligible.found[0].verdict.failed) == ()


@pytest.mark.parametrize(
    ("turns", "low", "high", "step", "meant"),
    [
        ([], 0, 9, 0.0, [0.0]),
        ([], 3, 9, 0.0, [3.0]),
        ([2.0], 0, 9, 0.0, [1.0, 2.0, 3.0]),
        ([0.0], 0, 9, 0.0, [0.0, 1.0]),
        ([1.0, 2.0], 1, 2, 0.0, [1.0, 1.5, 2.0]),
        ([1.0, 2.0], 1, 2, 1.0, [1.0, 2.0]),
        ([1.0, 5.0], 0, 9, 1.0, [0.0, 1.0, 3.0, 5.0, 6.0]),
        ([0.25], 0, 0.5, 0.0, [0.2, 0.25, 0.3]),
        ([0.4], 0, 1, 0.0, [0.3, 0.4, 0.5]),
        ([0.05, 0.95], 0, 1, 0.0, [0.04, 0.05, 0.5, 0.95, 0.96]),
        ([1.0], 0, 1, 0.0, [0.9, 1.0]),
        ([0.5], 0, 20, 0.0, [0.0, 0.5, 1.0]),
        ([20.0], 0, 9, 0.0, [0.0]),
    ],
)
def test_values_between_the_turns(turns, low, high, step, meant):
    assert between(turns, low, high, step) == meant


def test_a_turn_rests_on_the_other_facts_of_the_comparison():
    facts = {"due": Fact(type="date"), "entered": Fact(type="date"), "term": Fact(type="duration")}
    rules = checked_rules([("require", "due - entered > term + 30 days", None, "refer")], facts)
    turning = Turning([rules[0].met], facts)
    row = {"due": "2025-03-01", "entered": "2025-02-04", "term": 10.0}
    days = [day.isoformat() for day in turning.values("due", row)]
    assert days == sorted(days)
    assert {"2025-03-15", "2025-03-16", "2025-03-17"} < set(days)
    (changes,) = explain(rules, facts, row).changes
    assert {name for each in changes.found for name, _ in each.facts} == {"due", "entered", "term"}
    assert dict(next(each.facts for each in changes.found if each.facts[0][0] == "due")) == {
        "due": date(2025, 3, 17)
    }
