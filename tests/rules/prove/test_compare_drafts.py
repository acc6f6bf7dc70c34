"""Two drafts compared, held against every case of small agreements."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.small import CASES, DOCUMENTED, FACTS, checked_rules, written_rules
from sojourn.errors import RuleError
from sojourn.rules.agreement.verdict import fails, judge
from sojourn.rules.meaning.reference import evaluate
from sojourn.rules.prove.compare_drafts import Draft, compare, declared
from sojourn.study.model import Fact


@st.composite
def drafts(draw):
    """An agreement, and it again with some rules left out, replaced or added."""
    old = draw(written_rules(4))
    other = draw(written_rules(4))
    new = [
        rule if keep else instead
        for rule, keep, instead in zip(
            old, draw(st.lists(st.booleans(), min_size=4, max_size=4)), other * 4, strict=False
        )
    ]
    return checked_rules(old), checked_rules(new[: draw(st.integers(1, 4))])


def status(rules, row):
    return judge(rules, row).status


def stops(rule, row):
    met = evaluate(rule.met, row)
    return fails(rule, met) or (met is None and rule.refers)


def check_against_trying(old, new):
    found = compare(Draft(old, FACTS), Draft(new, FACTS), seconds=60)
    for only, mine, other in ((found.only_old, old, new), (found.only_new, new, old)):
        some = [
            row for row in DOCUMENTED
            if status(mine, row) == "eligible" and status(other, row) != "eligible"
        ]  # fmt: skip
        assert only.answer == ("some" if some else "none")
        if some:
            assert status(mine, only.witness.row) == "eligible"
            assert status(other, only.witness.row) != "eligible"
            assert set(only.rules) <= {rule.name for rule in other if stops(rule, only.witness.row)}
    assert found.equal is all(status(old, row) == status(new, row) for row in CASES)
    if found.other is not None:
        assert status(old, found.other.row) != status(new, found.other.row)
    for change in found.rules:
        rules = [{rule.name: rule for rule in draft}.get(change.rule) for draft in (old, new)]
        for witness, alone, mine, other, rule in (
            (change.stops, change.stops_alone, old, new, rules[1]),
            (change.lets, change.lets_alone, new, old, rules[0]),
        ):
            rest = [each for each in other if each is not rule]
            stopped = [
                row for row in DOCUMENTED
                if rule is not None and status(mine, row) == "eligible" and stops(rule, row)
            ]  # fmt: skip
            assert (witness is not None) == bool(stopped)
            by_it_alone = [row for row in stopped if status(rest, row) == "eligible"]
            assert alone == bool(by_it_alone)
            if witness is not None:
                assert status(mine, witness.row) == "eligible"
                assert stops(rule, witness.row)
                assert not alone or status(rest, witness.row) == "eligible"


@settings(max_examples=50, deadline=None)
@given(drafts())
def test_differences_are_what_trying_every_case_gives(pair):
    check_against_trying(*pair)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(drafts())
def test_many_differences_are_what_trying_every_case_gives(pair):
    check_against_trying(*pair)


def test_a_rule_written_otherwise_that_means_the_same():
    old = checked_rules([("require", "flag and mark", None, "refer")])
    new = checked_rules([("bar", "(not mark) or (not flag)", None, "refer")])
    found = compare(Draft(old, FACTS), Draft(new, FACTS))
    assert found.equal
    (change,) = found.rules
    assert (change.reads, change.means_same) == ("changed", True)


def test_only_missing_facts_tell_them_apart():
    old = checked_rules([("require", "flag", None, "refer")])
    new = checked_rules([("require", "flag", None, "fail")])
    found = compare(Draft(old, FACTS), Draft(new, FACTS))
    assert found.equal is False
    assert found.only_old.answer == found.only_new.answer == "none"
    assert found.other.row["flag"] is None


def test_no_time_is_not_proven():
    rules = checked_rules([("require", "flag", None, "refer")])
    other = checked_rules([("require", "mark", None, "refer")])
    found = compare(Draft(rules, FACTS), Draft(other, FACTS), seconds=0)
    assert found.equal is None
    assert found.only_old.answer == "not proven"
    assert found.rules[0].why


def test_declarations_that_differ_are_told():
    old = {"word": Fact(values=("a", "b")), "count": Fact(type="number", least=0.0, most=9.0)}
    new = {"word": Fact(values=("b", "c")), "count": Fact(type="number", most=5.0), "open": Fact()}
    facts, told = declared(old, new)
    assert facts["word"].values == ("b",)
    assert (facts["count"].least, facts["count"].most) == (0.0, 5.0)
    assert told == [
        "`word` may be a in the old one only",
        "`word` may be c in the new one only",
        "`count` has different ranges; only their common part is compared",
        "`open` is declared in the new one only",
    ]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (Fact(), Fact(type="yes-no"), "text in the old"),
        (Fact(type="number", unit="years"), Fact(type="number", unit="months"), "in months"),
        (Fact(values=("a",)), Fact(values=("b",)), "no value"),
        (Fact(type="number", most=1.0), Fact(type="number", least=2.0), "ranges"),
    ],
)
def test_facts_that_cannot_be_held_against_each_other_are_refused(old, new, what):
    with pytest.raises(RuleError, match=what):
        declared({"x": old}, {"x": new})
