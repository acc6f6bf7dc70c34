"""Proofs, held against every case of small agreements."""

from __future__ import annotations

from itertools import combinations

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn as sj
from rules.small import CASES, DOCUMENTED, FACTS, agreements, checked_rules, condition
from sojourn.errors import RuleError
from sojourn.rules.agreement.file import read_agreement
from sojourn.rules.agreement.verdict import fails, judge
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


def passes(rule, row):
    met = evaluate(rule.met, row)
    return not fails(rule, met) and not (met is None and rule.refers)


def smallest_conflicts(rules):
    """By trying every set of rules on every documented case."""
    meets = [
        frozenset(at for at, rule in enumerate(rules) if passes(rule, row)) for row in DOCUMENTED
    ]
    for size in range(len(rules) + 1):
        found = [
            set(some) for some in combinations(range(len(rules)), size)
            if not any(set(some) <= met for met in meets)
        ]  # fmt: skip
        if found:
            return found
    return []


def findings_by_trying(rules, place):
    rule = rules[place]
    others = [other for at, other in enumerate(rules) if at != place]
    when = rule.when
    if when is not None and not any(evaluate(Expression(when, ""), row) for row in DOCUMENTED):
        return {"never applies"}
    if not any(evaluate(rule.met, row) is False for row in DOCUMENTED):
        return {"never excludes"}
    found = set() if any(passes(rule, row) for row in DOCUMENTED) else {"always excludes"}
    if not any(not passes(rule, row) and all(passes(o, row) for o in others) for row in DOCUMENTED):
        told = any(judge(rules, row).status != judge(others, row).status for row in CASES)
        found.add("redundant if documented" if told else "redundant")
    return found


def implied(rules, because, rule):
    named = [each for each in rules if each.name in because]
    return all(passes(rule, row) for row in DOCUMENTED if all(passes(n, row) for n in named))


def check_against_trying(rules, never, always):
    asked = [check(parse(text), TYPES) for text in (never, always)]
    proof = prove(rules, FACTS, never=asked[:1], always=asked[1:], seconds=60)
    eligible = [row for row in DOCUMENTED if judge(rules, row).status == "eligible"]
    assert proof.possible.answer == ("yes" if eligible else "no")
    if eligible:
        assert judge(rules, proof.possible.witness.row).status == "eligible"
        assert None not in proof.possible.witness.row.values()
    else:
        conflict = {at for at, rule in enumerate(rules) if rule.name in proof.possible.conflict}
        assert proof.possible.smallest
        assert conflict in smallest_conflicts(rules)
        missing = any(judge(rules, row).status == "eligible" for row in CASES)
        assert (proof.possible.undocumented is not None) == missing
    assert proof.open == ()
    for place, rule in enumerate(rules):
        found = [each for each in proof.findings if each.rule == rule.name]
        assert {each.what for each in found} == findings_by_trying(rules, place)
        for each in found:
            if each.what.startswith("redundant"):
                assert implied(rules, each.because, rule)
    for kind, expression, answer in zip(("never", "always"), asked, proof.asked, strict=True):
        values = [evaluate(expression, with_outcome(rules, FACTS, row)) for row in CASES]
        wanted = kind == "always"
        assert answer.answer == ("yes" if all(value is wanted for value in values) else "no")
        if answer.answer == "no":
            shown = evaluate(expression, with_outcome(rules, FACTS, answer.witness.row))
            assert shown is not wanted
    assert proof.missing_settled
    assert {each.fact for each in proof.missing} == {
        name for name in FACTS if any(gains_without(name, rules, row) for row in CASES)
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
