"""Two drafts compared, held against every case of small agreements."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn as sj
from rules.small import (
    DOCUMENTED,
    ELIGIBLE,
    FACTS,
    KNOWN,
    Outcomes,
    checked_rules,
    written_rules,
)
from sojourn.errors import RuleError
from sojourn.rules.agreement.verdict import fails, judge
from sojourn.rules.meaning.reference import evaluate
from sojourn.rules.prove.compare_drafts import Draft, compare
from sojourn.rules.prove.declared_facts import declared, states
from sojourn.study.model.facts import Fact


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
    before, after = Outcomes(old), Outcomes(new)
    for only, mine, other in ((found.only_old, before, after), (found.only_new, after, before)):
        some = ((mine.status() == ELIGIBLE) & (other.status() != ELIGIBLE))[KNOWN].any()
        assert only.answer == ("some" if some else "none")
        if some:
            row = only.witness.row
            assert status(mine.rules, row) == "eligible"
            assert status(other.rules, row) != "eligible"
            assert set(only.rules) <= {rule.name for rule in other.rules if stops(rule, row)}
    assert found.equal is bool((before.status() == after.status()).all())
    if found.other is not None:
        assert status(old, found.other.row) != status(new, found.other.row)
    for change in found.rules:
        places = [
            next((at for at, rule in enumerate(draft) if rule.name == change.rule), None)
            for draft in (old, new)
        ]
        for witness, alone, mine, other, place in (
            (change.stops, change.stops_alone, before, after, places[1]),
            (change.lets, change.lets_alone, after, before, places[0]),
        ):
            if place is None:
                assert (witness, alone) == (None, False)
                continue
            stopped = (mine.status() == ELIGIBLE) & ~other.passes[place]
            assert (witness is not None) == stopped[KNOWN].any()
            by_it_alone = stopped & (other.status(without=place) == ELIGIBLE)
            assert alone == by_it_alone[KNOWN].any()
            if witness is not None:
                rest = [rule for at, rule in enumerate(other.rules) if at != place]
                assert status(mine.rules, witness.row) == "eligible"
                assert stops(other.rules[place], witness.row)
                assert not alone or status(rest, witness.row) == "eligible"


@settings(max_examples=35, deadline=None)
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


def test_drafts_of_other_values_differ_as_trying_the_values_of_both_gives():
    """Each pair of declarations and of rules, held against every case of either."""
    words = [("a", "b"), ("b", "c"), ("a", "b", "c")]
    ranges = [(0.0, 2.0), (1.0, 3.0)]
    texts = ["word in ('b', 'c')", "word != 'b' and count >= 1", "count > 2", "flag or count < 1"]

    def draft(values, ends, text):
        facts = {"word": Fact(values=values), "count": Fact(type="number", least=ends[0],
                 most=ends[1]), "flag": FACTS["flag"]}  # fmt: skip
        # A text is checked against the values that its own file declares.
        text = text if values != ("a", "b") else text.replace("('b', 'c')", "('b')")
        return Draft(checked_rules([("require", text, None, "refer")], facts), facts)

    drafts = [draft(*each) for each in zip(words * 2, ranges * 3, texts + texts[:2], strict=True)]
    for old, new in product(drafts, drafts):
        found = compare(old, new, seconds=60)
        rows = [
            row for row in DOCUMENTED if any(states(each.facts, row) for each in (old, new))
        ]  # fmt: skip
        for only, mine, other in (
            (found.only_old, old.rules, new.rules),
            (found.only_new, new.rules, old.rules),
        ):
            some = [
                row for row in rows
                if status(mine, row) == "eligible" and status(other, row) != "eligible"
            ]  # fmt: skip
            assert only.answer == ("some" if some else "none")
            both = [row for row in some
                    if states(old.facts, row) and states(new.facts, row)]  # fmt: skip
            assert only.stated is (bool(both) or not some)
        same_facts = old.facts == new.facts
        assert found.equal is (found.same_outcomes and same_facts)


def agreement(tmp_path, name, fact, rule):
    path = tmp_path / f"{name}.yaml"
    path.write_text(
        f"title: T\nsending: A\nreceiving: B\nfacts: {{{fact}}}\n"
        f"rules:\n  r:\n    {rule}\n    cite: art. 1\n"
    )
    return sj.agreement(path)


@pytest.mark.parametrize(
    ("old", "new", "case"),
    [
        (
            ("age: {type: number, range: [18, 120]}", "require: age >= 18"),
            ("age: {type: number, range: [0, 120]}", "require: age >= 10"),
            "age: 10",
        ),
        (
            ("nation: {values: [A, B]}", "require: nation in ('A', 'B')"),
            ("nation: {values: [A, B, C]}", "require: nation in ('A', 'B', 'C')"),
            "nation: C",
        ),
        (
            (
                "nations: {type: set, values: [A, B]}",
                "require: any(nations) = 'A' or any(nations) = 'B'",
            ),
            (
                "nations: {type: set, values: [C, A, B]}",
                "require: any(nations) = 'A' or any(nations) = 'C'",
            ),
            "nations: C",
        ),
    ],
)
def test_a_child_of_ten_or_a_third_nationality_is_a_difference(tmp_path, old, new, case):
    first, second = (
        agreement(tmp_path, name, *each) for name, each in (("old", old), ("new", new))
    )
    found = first.diff(second)
    assert found.equal is False
    told = str(found)
    assert told.startswith(
        f"The new draft takes, for example, this case, which r in the old one stops:\n  {case}\n"
        "  Only one of the two files can state this case"
    )
    back = second.diff(first)
    assert back.equal is False
    assert (
        f"no longer takes, for example, this case, which r in the new one stops:\n  {case}"
        in str(back)
    )


def test_the_same_outcomes_of_files_that_allow_other_cases_are_not_the_same(tmp_path):
    old = agreement(tmp_path, "old", "nation: {values: [A, B]}", "bar: nation = 'A'")
    new = agreement(tmp_path, "new", "nation: {values: [A, B, C]}", "bar: nation = 'A'")
    found = old.diff(new)
    assert found.equal is False
    assert "same outcome: proven. But one file allows cases that the other refuses" in str(found)
    assert "`nation` may be C in the new one only" in str(found)


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
    assert facts["word"].values == ("a", "b", "c")
    assert (facts["count"].least, facts["count"].most) == (None, 9.0)
    assert told == [
        "`word` may be a in the old one only",
        "`word` may be c in the new one only",
        "`count` is 0 to 9 in the old one and up to 5 in the new one",
        "`open` is declared in the new one only",
    ]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (Fact(), Fact(type="yes-no"), "text in the old"),
        (Fact(type="number", unit="years"), Fact(type="number", unit="months"), "in months"),
    ],
)
def test_facts_that_cannot_be_held_against_each_other_are_refused(old, new, what):
    with pytest.raises(RuleError, match=what):
        declared({"x": old}, {"x": new})
