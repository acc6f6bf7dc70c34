from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.errors import RuleError
from sojourn.population.cells import build_cells
from sojourn.population.central_counts import stock_per_cell
from sojourn.rules.agreement.changes_in_period import changes_within
from sojourn.rules.agreement.conditions import read_conditions
from sojourn.rules.agreement.funnel import funnel
from sojourn.rules.agreement.outcomes_by_cell import evaluate
from sojourn.rules.agreement.study_conditions import check_conditions
from sojourn.study.model.agreement import AgreementModel, Rule
from sojourn.study.model.facts import Fact
from sojourn.study.model.measures import Claim, Measure
from sojourn.study.model.pathway import Branch, State, Transition
from sojourn.study.model.people import Population, Stock
from sojourn.study.model.study import Period, Scenario, StudyModel
from sojourn.study.model.values import Quantity

DAY = date(2025, 2, 4)
FACTS = {name: Fact(type="yes-no") for name in ("a", "b", "c")}
VALUES = (True, False, None)
WITHIN = "within the study's period"
COLUMNS = [
    "scenario", "position", "rule", "kind", "condition", "cite", "source", "confidence", "people",
    "fails", "unknown", "remaining", "only_this", "undetermined_only", "passes_unknown",
    "fails_unknown", "facts_missing",
]  # fmt: skip


def study_of(rules, whens=None, terms=None, facts=None, populations=None, agreement=True, **more):
    """A study whose cells are all combinations of a, b and c, with 1, 2, 4… people."""
    rows = tuple(
        ({"a": a, "b": b, "c": c}, float(2 ** (place % 5)))
        for place, (a, b, c) in enumerate((a, b, c) for a in VALUES for b in VALUES for c in VALUES)
    )
    total = sum(share for _, share in rows)
    everyone = Population(rows=rows, stock=Stock(count=Quantity(value=total), state="held"))
    made = AgreementModel(
        title="t", sending="A", receiving="B", terms=terms or {},
        rules={name: Rule.model_validate(rule) for name, rule in rules.items()},
    )  # fmt: skip
    scenario = Scenario(
        name="base",
        facts=facts or FACTS,
        states={"held": State()},
        agreement=made if agreement else None,
        transitions=tuple(
            Transition(name=name, state="held", branches=(Branch(to="held"),), when=when)
            for name, when in (whens or {}).items()
        ),
        populations=populations or {"everyone": everyone},
        **more,
    )
    period = Period(start=DAY, end=date(2026, 2, 4))
    return StudyModel(title="t", path=".", period=period, scenarios={"base": scenario})


def outcomes_of(rules, whens=None, on=DAY, **more):
    study = study_of(rules, whens, **more)
    scenario = study.scenarios["base"]
    cells = build_cells(study, scenario)
    return cells, evaluate(scenario, cells, read_conditions(scenario, on=on), on), study


def require(condition, **more):
    return {"kind": "require", "condition": condition, **more}


def bar(condition, **more):
    return {"kind": "bar", "condition": condition, **more}


def both(left, right):
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def negated(value):
    return None if value is None else not value


def expected(rules, facts):
    """The outcome of one case, said anew in plain Python: `when` implies the rule."""
    barred = referred = False
    for rule in rules.values():
        value = facts[rule["condition"]]
        stands = value if rule["kind"] == "bar" else negated(value)
        if "when" in rule:
            stands = both(facts[rule["when"]], stands)
        unknown = rule.get("if_unknown", "refer")
        if stands is True or (stands is None and unknown == "fail"):
            barred = True
        elif stands is None and (unknown == "refer" or rule["kind"] == "bar"):
            referred = True
    return "barred" if barred else "referred" if referred else "eligible"


rule = st.fixed_dictionaries(
    {"kind": st.sampled_from(["require", "bar"]), "condition": st.sampled_from("abc")},
    optional={"when": st.sampled_from("abc"), "if_unknown": st.sampled_from(["refer", "fail"])},
) | st.fixed_dictionaries(
    {"kind": st.just("require"), "condition": st.sampled_from("abc"), "if_unknown": st.just("pass")}
)


@settings(max_examples=60, deadline=None)
@given(st.lists(rule, max_size=5))
def test_every_case_has_the_outcome_of_the_plain_meaning(drawn):
    rules = {f"r{place}": one for place, one in enumerate(drawn)}
    whens = {"go": "eligible", "stop": "barred", "ask": "referred"}
    cells, found, _ = outcomes_of(rules, whens)
    assert found.texts == tuple(expected(rules, cells.facts_of(n)) for n in range(len(cells)))
    for name, outcome in (("go", "eligible"), ("stop", "barred"), ("ask", "referred")):
        assert found.when[name].tolist() == [text == outcome for text in found.texts]
        assert not found.when_unknown[name].any()
    # The masks say the same as the query.
    nobody = np.zeros(len(cells), bool)
    barred = np.logical_or.reduce([nobody, *found.fails.values()])
    asked = np.logical_or.reduce([nobody, *found.undetermined.values()])
    assert barred.tolist() == [text == "barred" for text in found.texts]
    assert (asked & ~barred).tolist() == [text == "referred" for text in found.texts]


def test_a_rule_applies_only_where_its_when_is_not_false():
    cells, found, _ = outcomes_of({"r": bar("a", when="b")})
    for cell, outcome in enumerate(found.texts):
        facts = cells.facts_of(cell)
        if facts["b"] is False or facts["a"] is False:
            assert outcome == "eligible"
        elif facts["a"] and facts["b"]:
            assert outcome == "barred"
        else:
            assert outcome == "referred"


def test_rules_out_of_force_are_skipped():
    rules = {
        "early": bar("a", to=DAY),
        "now": bar("b", **{"from": DAY}),
        "late": bar("c", **{"from": date(2025, 2, 5)}),
    }
    _, found, study = outcomes_of(rules)
    assert list(found.rules) == ["now"]
    within = changes_within(study.scenarios["base"], date(2025, 1, 1), date(2026, 1, 1))
    assert [(problem.path, problem.what) for problem in within] == [
        ("agreement.rules.early.to", f"the rule `early` ends on {DAY}, {WITHIN}"),
        ("agreement.rules.now.from", f"the rule `now` begins on {DAY}, {WITHIN}"),
        ("agreement.rules.late.from", f"the rule `late` begins on 2025-02-05, {WITHIN}"),
    ]


def test_a_day_that_the_agreement_gives_goes_before_the_first_day():
    rules = {"old": bar("a", to=date(2020, 1, 1)), "new": bar("b", **{"from": date(2020, 1, 1)})}
    study = study_of(rules)
    scenario = study.scenarios["base"]
    agreement = scenario.agreement.model_copy(update={"today": date(2019, 12, 31)})
    scenario = scenario.model_copy(update={"agreement": agreement})
    found = evaluate(scenario, build_cells(study, scenario), read_conditions(scenario, on=DAY), DAY)
    assert (found.on, list(found.rules)) == (date(2019, 12, 31), ["old"])
    # As of one day, nothing changes within the period.
    assert list(changes_within(scenario, date(2019, 1, 1), date(2026, 1, 1))) == []


def test_without_an_agreement_nobody_is_eligible():
    _, found, _ = outcomes_of({}, {"go": "eligible", "any": None}, agreement=False)
    assert set(found.texts) == {"none"}
    assert not found.when["go"].any()
    assert found.when["any"].all()


def test_an_unknown_when_does_not_hold_and_is_counted():
    cells, found, _ = outcomes_of({}, {"go": "a"})
    for cell in range(len(cells)):
        value = cells.facts_of(cell)["a"]
        assert found.when["go"][cell] == (value is True)
        assert found.when_unknown["go"][cell] == (value is None)


def test_every_type_of_fact_reaches_the_query():
    facts = {
        "word": Fact(values=("it's", "b")), "size": Fact(type="number"), "day": Fact(type="date"),
        "term": Fact(type="duration"), "sure": Fact(type="yes-no"), "my note": Fact(),
    }  # fmt: skip
    population = Population(
        facts={"word": "it's", "size": 3, "day": "2025-02-04", "term": "2 weeks", "sure": True,
               "my note": "x"}
    )  # fmt: skip
    condition = (
        "word = 'it''s' and size * 2 = 6 and day + term = 2025-02-18 and term < 15 days and sure"
    )
    _, found, _ = outcomes_of(
        {"r": require("t")}, {"go": "eligible and t"}, terms={"t": condition}, facts=facts,
        populations={"one": population},
    )  # fmt: skip
    assert found.texts == ("eligible",)
    assert found.when["go"].tolist() == [True]
    assert found.rules["r"].dtype == np.int8


def funnel_of(rules):
    cells, found, study = outcomes_of(rules)
    scenario = study.scenarios["base"]
    weights = stock_per_cell(scenario, cells)
    conditions = read_conditions(scenario, on=DAY)
    return funnel(scenario, cells, conditions, found, weights), cells, weights


@settings(max_examples=30, deadline=None)
@given(st.lists(rule, min_size=1, max_size=4))
def test_the_funnel_counts_people_case_by_case(drawn):
    rules = {f"r{place}": one for place, one in enumerate(drawn)}
    rows, cells, weights = funnel_of(rules)
    cases = []
    for cell in range(len(cells)):
        facts = cells.facts_of(cell)
        single = [expected({"r": one}, facts) for one in rules.values()]
        cases.append((float(weights[cell]), single))
    everyone = sum(people for people, _ in cases)
    for place, row in enumerate(rows):

        def count(keep):
            return pytest.approx(sum(people for people, single in cases if keep(single)))

        assert list(row) == COLUMNS
        assert row["position"] == place + 1
        assert row["people"] == pytest.approx(everyone)
        assert row["fails"] == count(lambda s, p=place: s[p] == "barred")
        assert row["unknown"] == count(lambda s, p=place: s[p] == "referred")
        assert row["remaining"] == count(lambda s, p=place: "barred" not in s[: p + 1])
        assert row["only_this"] == count(
            lambda s, p=place: s[p] == "barred" and s.count("barred") == 1
        )
        assert row["undetermined_only"] == count(
            lambda s, p=place: s[p] == "referred" and "barred" not in s and s.count("referred") == 1
        )


def test_the_funnel_names_the_missing_facts():
    rows, _, _ = funnel_of({"first": bar("a and b", cite="8 USC 1"), "second": require("c")})
    assert rows[0]["facts_missing"] == "a, b"
    assert rows[1]["facts_missing"] == "c"
    assert (rows[0]["kind"], rows[0]["cite"]) == ("bar", "8 USC 1")


def test_every_condition_is_checked_with_its_place():
    study = study_of(
        {"r": require("aa"), "s": bar("a", if_unknown="pass"), "t": bar("b", when="c >")},
        {"go": "eligble", "fine": "eligible and own"},
        terms={"own": "a", "x": "y", "y": "x", "c": "a"},
        parameters={"limit": Quantity(value=3)},
        measures={"cost": Measure(kind="value"), "home": Measure(kind="value")},
        claims={"low": Claim(says="low", holds_if="cost < hme"), "ok": Claim(says="-")},
    )
    places = {"agreement.rules.r.require": ("agreement.yaml", 7, 12)}
    _, problems = check_conditions(study, lambda path, _: places.get(path, ("study.yaml", 1, 1)))
    text = "\n".join(map(str, problems))
    assert "agreement.yaml:7:12" in text
    for said in (
        "`aa` is not declared", "a missing fact cannot pass a bar", "a value is missing",
        "did you mean `eligible`", "x → y → x", "`c` is also a fact", "did you mean `home`",
    ):  # fmt: skip
        assert said in text
    assert len(problems) == len(set(problems))


def test_a_sound_study_has_no_problems():
    study = study_of({"r": require("a")}, {"go": "eligible and not b"})
    conditions, problems = check_conditions(study)
    assert problems == []
    assert [rule.name for rule in conditions["base"].rules] == ["r"]


def test_conditions_of_the_agreement_cannot_use_its_outcome():
    with pytest.raises(RuleError, match="`eligible` is not declared"):
        outcomes_of({"r": require("eligible")})


def test_a_fact_cannot_be_named_as_an_outcome():
    facts = {**FACTS, "eligible": Fact(type="yes-no")}
    with pytest.raises(RuleError, match="a word of the rule language"):
        outcomes_of({"r": require("a")}, facts=facts)


def test_the_funnel_counts_who_passes_or_fails_for_want_of_a_fact():
    rows, cells, weights = funnel_of(
        {
            "lenient": require("a", if_unknown="pass"),
            "strict": require("b", if_unknown="fail"),
            "asks": require("c"),
        }
    )
    lacking = {
        name: sum(
            weight for cell, weight in enumerate(weights) if cells.facts_of(cell)[name] is None
        )
        for name in FACTS
    }
    assert [(row["passes_unknown"], row["fails_unknown"], row["unknown"]) for row in rows] == [
        (lacking["a"], 0, 0), (0, lacking["b"], 0), (0, 0, lacking["c"]),
    ]  # fmt: skip
    assert min(lacking.values()) > 0
    assert [row["facts_missing"] for row in rows] == ["a", "b", "c"]
