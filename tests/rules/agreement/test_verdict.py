"""Nothing that moves a person is decided by a missing fact."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.small import CASES, agreements
from sojourn.rules.agreement.verdict import judge, names
from sojourn.rules.language.tree import Expression
from sojourn.rules.meaning.reference import evaluate


@settings(max_examples=150, deadline=None)
@given(rules=agreements, row=st.sampled_from(CASES), removed=st.sets(st.sampled_from([*CASES[0]])))
def test_eligible_needs_every_bar_known_false_and_every_requirement_known_true(rules, row, removed):
    case = {name: value for name, value in row.items() if name not in removed}
    if judge(rules, case).status != "eligible":
        return
    for rule in rules:
        applies = True if rule.when is None else evaluate(Expression(rule.when, ""), case)
        value = evaluate(rule.condition, case)
        if rule.rule.kind == "bar":
            assert applies is False or value is False
        elif rule.rule.if_unknown == "pass":
            assert applies is not True or value is not False
        else:
            assert applies is False or value is True


@settings(max_examples=100, deadline=None)
@given(rules=agreements, row=st.sampled_from(CASES), removed=st.sampled_from([*CASES[0]]))
def test_a_document_more_never_opens_what_was_settled_by_others(rules, row, removed):
    """Without `known(…)`, a missing fact makes nobody eligible that its value would bar."""
    if any("known" in rule.rule.condition + (rule.rule.when or "") for rule in rules):
        return
    if any(rule.rule.if_unknown == "pass" for rule in rules):
        return
    without = {name: value for name, value in row.items() if name != removed}
    if judge(rules, without).status == "eligible":
        assert judge(rules, row).status == "eligible"


@given(rules=agreements, row=st.sampled_from(CASES))
def test_masks_name_the_rules(rules, row):
    verdict = judge(rules, row)
    assert verdict.failed & verdict.unknown == 0
    for name in names(rules, verdict.failed | verdict.unknown):
        rule = next(rule for rule in rules if rule.name == name)
        assert evaluate(rule.met, row) is not True
