"""Proofs, held against every case of small agreements."""

from __future__ import annotations

from itertools import combinations

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn as sj
from rules.small import (
    AXES,
    CASES,
    ELIGIBLE,
    FACTS,
    KNOWN,
    SHAPE,
    STATUSES,
    Outcomes,
    agreements,
    checked_rules,
    condition,
    over_all_cases,
)
from sojourn.errors import RuleError
from sojourn.rules.agreement.file import read_agreement
from sojourn.rules.agreement.verdict import judge
from sojourn.rules.language.parse import parse
from sojourn.rules.language.tree import Expression, facts_of
from sojourn.rules.language.type_check import check
from sojourn.rules.meaning.reference import evaluate
from sojourn.rules.prove.encoding import outcome_facts, read_question, with_outcome
from sojourn.rules.prove.prove import prove
from sojourn.study.model.facts import Fact

TYPES = {**FACTS, **outcome_facts(FACTS)}
question = st.tuples(
    st.sampled_from(["eligible", "barred", "(not referred)", "status = 'eligible'"]),
    st.sampled_from(["and", "or"]),
    condition,
).map(" ".join)


def smallest_conflicts(tried):
    """By trying every set of rules on every documented case."""
    for size in range(len(tried.rules) + 1):
        found = [
            set(some) for some in combinations(range(len(tried.rules)), size)
            if not tried.all_pass(some)[KNOWN].any()
        ]  # fmt: skip
        if found:
            return found
    return []


def findings_by_trying(tried, place):
    when, passes = tried.rules[place].when, tried.passes[place]
    others = tried.all_pass(at for at in range(len(tried.rules)) if at != place)
    if when is not None and not (over_all_cases(Expression(when, ""))[KNOWN] == 1).any():
        return {"never applies"}
    if not (tried.met[place][KNOWN] == 0).any():
        return {"never excludes"}
    found = set()
    if not (~passes & others)[KNOWN].any():
        told = (tried.status() != tried.status(without=place)).any()
        found.add("redundant if documented" if told else "redundant")
    return found


def implied(tried, because, place):
    named = [at for at, rule in enumerate(tried.rules) if rule.name in because]
    return tried.passes[place][KNOWN][tried.all_pass(named)[KNOWN]].all()


def check_against_trying(rules, never, always):
    asked = [check(parse(text), TYPES) for text in (never, always)]
    proof = prove(rules, FACTS, never=asked[:1], always=asked[1:], seconds=60)
    tried = Outcomes(rules)
    status = tried.status()
    assert proof.possible.answer == ("yes" if (status[KNOWN] == ELIGIBLE).any() else "no")
    if proof.possible.answer == "yes":
        assert judge(rules, proof.possible.witness.row).status == "eligible"
        assert None not in proof.possible.witness.row.values()
    else:
        conflict = {at for at, rule in enumerate(rules) if rule.name in proof.possible.conflict}
        assert proof.possible.smallest
        assert conflict in smallest_conflicts(tried)
        assert (proof.possible.undocumented is not None) == (status == ELIGIBLE).any()
    assert proof.open == ()
    all_excluded = [not passes[KNOWN].any() for passes in tried.passes]
    assert proof.unexamined == tuple(
        rule.name for rule, all_of_them in zip(rules, all_excluded, strict=True)
        if any(all_excluded) and not all_of_them
    )  # fmt: skip
    for place, rule in enumerate(rules):
        found = [each for each in proof.findings if each.rule == rule.name]
        if any(all_excluded):
            what = {"always excludes"} if all_excluded[place] else set()
        else:
            what = findings_by_trying(tried, place)
        assert {each.what for each in found} == what
        for each in found:
            if each.what.startswith("redundant"):
                assert implied(tried, each.because, place)
    told = [
        {**row, **{name: name == STATUSES[at] for name in STATUSES}, "status": STATUSES[at]}
        for row, at in zip(CASES, status.flat, strict=True)
    ]
    for kind, expression, answer in zip(("never", "always"), asked, proof.asked, strict=True):
        wanted = kind == "always"
        assert answer.answer == ("yes" if (over_all_cases(expression, told) == wanted).all()
                                 else "no")  # fmt: skip
        if answer.answer == "no":
            shown = evaluate(expression, with_outcome(rules, FACTS, answer.witness.row))
            assert shown is not wanted
    assert proof.missing_settled
    gain = {
        name: (status.take([0], axis) == ELIGIBLE)
        & (status.take(range(1, SHAPE[axis]), axis) < ELIGIBLE)
        for name, axis in AXES.items()
    }
    assert {each.fact for each in proof.missing} == {
        name for name, cases in gain.items() if cases.any()
    }
    assert all(gains_without(each.fact, rules, each.witness.row) for each in proof.missing)


def gains_without(name, rules, row):
    """The case is eligible if it lacks the fact, and not with the value that it has."""
    if row[name] is None or judge(rules, row).status == "eligible":
        return False
    return judge(rules, {**row, name: None}).status == "eligible"


@settings(max_examples=30, deadline=None)
@given(rules=agreements, never=question, always=question)
def test_proofs_are_what_trying_every_case_gives(rules, never, always):
    check_against_trying(rules, never, always)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(rules=agreements, never=question, always=question)
def test_many_proofs_are_what_trying_every_case_gives(rules, never, always):
    check_against_trying(rules, never, always)


def test_the_smallest_conflict_is_the_least_in_number():
    """Each of the first three pairs up with the next; the last two exclude each other alone."""
    rules = checked_rules(
        [
            ("require", "word in ('a', 'b')", None, "refer"),
            ("require", "word in ('b', 'c')", None, "refer"),
            ("require", "word in ('a', 'c')", None, "refer"),
            ("require", "count > 2", None, "refer"),
            ("bar", "count > 1", None, "refer"),
        ]
    )
    assert prove(rules, FACTS).possible.conflict == ("r3", "r4")
    assert prove(rules[:3], FACTS).possible.conflict == ("r0", "r1", "r2")


def test_a_question_without_time_is_not_proven():
    rules = checked_rules([("require", "flag", None, "refer")])
    asked = check(parse("eligible and not flag"), TYPES)
    proof = prove(rules, FACTS, never=[asked], seconds=0)
    assert proof.possible.answer == proof.asked[0].answer == "not proven"
    assert [name for name, _ in proof.open] == ["r0"]
    assert "time" in proof.possible.why


def transfer(tmp_path, facts, rule):
    path = tmp_path / "agreement.yaml"
    path.write_text(
        f"title: T\nsending: A\nreceiving: B\nfacts: {{{facts}}}\nrules: {{r: {{{rule}}}}}\n"
    )
    return sj.agreement(path)


@pytest.mark.parametrize(
    "rule",
    [
        "require: not us_citizen, if unknown: pass, cite: art. 1",
        "bar: known(us_citizen) and us_citizen, cite: art. 1",
    ],
)
def test_a_case_of_unknown_citizenship_may_be_the_one_that_is_never_to_be(tmp_path, rule):
    proof = transfer(tmp_path, "us_citizen: {type: yes-no}", rule).prove(
        never="eligible and us_citizen"
    )
    assert proof.asked == ("no",)
    assert not proof.holds
    assert (
        "no, as this case may show, since a fact is missing:\n  us_citizen: not documented"
        in str(proof)
    )
    assert (
        "us_citizen: a case that lacks it is eligible, and barred with one of its values:\n"
        "  us_citizen: not documented → eligible\n"
        "  with us_citizen: yes → barred"
    ) in str(proof)


def test_beside_a_rule_that_excludes_everybody_no_other_is_examined():
    law = sj.agreement("uk-rwanda", today="2030-01-01")
    told = str(law.prove())
    assert "term: excludes everybody on 2030-01-01\n" in told
    assert "Not examined beside it, as none decides: arrival, no_lone_children" in told
    assert "never decides" not in told


def test_a_rule_that_never_decides_names_those_that_do():
    told = str(sj.agreement("us-citizens").prove())
    assert "treaty_transfer: never decides a case: everybody it stops is also stopped by" in told


def test_where_a_missing_fact_refers_none_makes_eligible(tmp_path):
    rule = "require: not us_citizen, cite: art. 1"
    proof = transfer(tmp_path, "us_citizen: {type: yes-no}", rule).prove(
        never="eligible and us_citizen"
    )
    assert proof.asked == ("yes",)
    assert "would not: proven." in str(proof)


def test_whole_days_are_asked_for_where_the_first_case_has_thirds_of_days(tmp_path):
    facts = ", ".join(f"x{at}: {{type: duration}}" for at in range(8))
    ring = " and ".join(
        f"x{at} + x{(at + 1) % 8} >= x{(at + 2) % 8} + {at + 1} days" for at in range(8)
    )
    proof = transfer(tmp_path, facts, f"require: {ring}, cite: art. 1").prove()
    assert proof.possible == "yes"


NUMBERS = {
    "x": Fact(type="number", least=-1000, most=1000),
    "y": Fact(type="number", least=0.1, most=0.3),
}


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("x * x = 2", "not proven"),  # no decimal is the root
        ("3 * x = 1", "not proven"),  # nor a third
        ("3 * x = 1.2", "yes"),
        ("x + y = 0.3 and x - y = 0.1 and y = 0.1", "yes"),
        ("x * y = 0.3 and x != 1", "yes"),
        ("x * x < 0", "no"),
        ("y > 0.1 and y < 0.2 and y + y > 0.2", "yes"),
        ("y = 0.1 and y > 0.1", "no"),
        ("yes", "yes"),
        ("no", "no"),
    ],
)
def test_numbers_as_the_evaluators_have_them(source, answer):
    rules = checked_rules([("require", source, None, "refer")], NUMBERS)
    proof = prove(rules, NUMBERS)
    assert proof.possible.answer == answer
    if answer == "yes":
        assert judge(rules, proof.possible.witness.row).status == "eligible"
    if answer == "not proven":
        assert "more digits" in proof.possible.why


def test_no_rules_take_everybody():
    proof = prove((), FACTS)
    assert (proof.possible.answer, proof.findings) == ("yes", ())


def test_stopping_by_hand_stops(monkeypatch):
    """Z3 catches Ctrl-C while it works, and says so in its reason."""
    rules = checked_rules([("require", "flag", None, "refer")])
    monkeypatch.setattr("z3.Solver.check", lambda *_: z3.unknown)
    monkeypatch.setattr("z3.Solver.reason_unknown", lambda _: "interrupted from keyboard")
    with pytest.raises(KeyboardInterrupt):
        prove(rules, FACTS)
    monkeypatch.setattr("z3.Solver.reason_unknown", lambda _: "(incomplete quantifiers)")
    assert prove(rules, FACTS).possible.why == "Z3 gave up: (incomplete quantifiers)"


def test_disagreement_is_an_internal_error(monkeypatch):
    """A reference that errs is caught, as Z3 or DuckDB would be."""
    rules = checked_rules([("require", "count > 1", None, "refer")])
    monkeypatch.setattr("sojourn.rules.prove.witness.evaluate", lambda *_: False)
    with pytest.raises(AssertionError, match="DuckDB alone says True"):
        prove(rules, FACTS)
    assert facts_of(rules[0].met) == ("count",)


def test_status_is_the_outcome_unless_a_fact_is_called_so(tmp_path):
    def agreement(facts):
        path = tmp_path / "agreement.yaml"
        path.write_text(f"title: T\nsending: A\nreceiving: B\nfacts: {{{facts}}}\n")
        return read_agreement(path)

    plain, named = agreement("flag: {type: yes-no}"), agreement("status: {values: [citizen]}")
    assert facts_of(read_question("status = 'barred'", "--never", plain)) == ("status",)
    assert read_question("status = 'citizen' and eligible", "--never", named)
    with pytest.raises(RuleError, match="is a fact of this agreement") as told:
        read_question("status = 'eligible'", "--never", named)
    assert "write `eligible`" in str(told.value)
    with pytest.raises(RuleError, match="--never: `flagg` is not declared"):
        read_question("flagg", "--never", plain)
