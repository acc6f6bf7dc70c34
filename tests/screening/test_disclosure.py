"""What is published of a cohort: no small count can be had from it, nor by integer programmes."""

from __future__ import annotations

import random
from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from sojourn.study.model.facts import Fact

from rules.generated import FACTS, checked, row
from screening.cohorts import outcome, rule_of
from screening.test_screen import agreements
from sojourn.rules.agreement.funnel import RuleCounts
from sojourn.rules.meaning.reference import evaluate
from sojourn.screening.counts import FactCount, GroupCount, Screened
from sojourn.screening.disclosure import OF_RULE, OTHERS, publish
from sojourn.screening.rounding import Rounding

YES_NO = {True: "true", False: "false", None: None}


def lacking(rule, rows, follows):
    """How many a rule passes or fails for want of a fact."""
    if rule.refers or rule.rule.if_unknown != follows:
        return 0
    return sum(evaluate(rule.met, row) is None for row in rows)


def screened_of(rules, rows, by):
    """Counts of a cohort in plain Python."""
    found = {"eligible": 0, "barred": 0, "referred": 0}
    told = [outcome(rules, one) for one in rows]
    status = ["barred" if f else "referred" if u else "eligible" for f, u in told]
    for one in status:
        found[one] += 1
    tallies = [
        RuleCounts(
            sum(place in f for f, _ in told),
            sum(place in u for _, u in told),
            sum(not any(other <= place for other in f) for f, _ in told),
            sum(f == [place] for f, _ in told),
            sum(not f and u == [place] for f, u in told),
            *(lacking(rules[place], rows, follows) for follows in ("pass", "fail")),
        )
        for place in range(len(rules))
    ]
    wants = [
        {fact for p in u for fact in rules[p].facts if one[fact] is None} if not f else set()
        for one, (f, u) in zip(rows, told, strict=True)
    ]
    facts = [
        FactCount(fact, sum(fact in want for want in wants), sum(want == {fact} for want in wants))
        for fact in dict.fromkeys(fact for rule in rules for fact in rule.facts)
    ]
    values = [one[by] if by == "word" else YES_NO[one[by]] for one in rows]
    groups = [
        GroupCount(
            value,
            values.count(value),
            *(
                sum(v == value and s == name for v, s in zip(values, status, strict=True))
                for name in ("eligible", "barred", "referred")
            ),
        )
        for value in dict.fromkeys(values)
    ]
    return Screened(len(rows), len(rows), *found.values(), tuple(tallies), tuple(facts),
                    tuple(groups), ())  # fmt: skip


@given(count=st.integers(0, 10**15), smallest=st.integers(2, 1000), seed=st.integers(0, 99))
def test_a_count_is_held_back_or_a_multiple_next_to_it(count, smallest, seed):
    shown = Rounding(smallest, b"%d" % seed)(count)
    if count < smallest:
        assert shown is None
    else:
        assert shown % smallest == 0
        assert shown >= smallest
        assert abs(shown - count) < smallest
    assert shown == Rounding(smallest, b"%d" % seed)(count)


@pytest.mark.parametrize("smallest", [0, 1])
def test_without_a_threshold_counts_are_exact(smallest):
    assert [Rounding(smallest, b"1")(count) for count in (0, 1, 7, 123)] == [0, 1, 7, 123]


@given(counts=st.lists(st.integers(10, 10**6), min_size=2), seed=st.integers(0, 99))
def test_the_greater_count_is_never_shown_as_the_less(counts, seed):
    shown = [Rounding(10, b"%d" % seed)(count) for count in sorted(counts)]
    assert shown == sorted(shown)


def test_rounding_keeps_the_mean():
    number = 4000
    for count in (10, 13, 17, 99, 12345678901):
        shown = np.array([Rounding(10, b"%d" % seed)(count) for seed in range(number)], np.float64)
        spread = sqrt((count % 10) * (10 - count % 10))
        assert abs((shown - count).mean()) <= 4 * spread / sqrt(number)


SIGNS = ("met", "fails", "unknown")


def counts_by_sign(rules):
    """For each count that is published, which combinations of the rules' outcomes it counts."""
    signs = list(product(SIGNS, repeat=rules))

    def of(test):
        return np.array([float(test(sign)) for sign in signs])

    found = {
        "people": of(lambda sign: True),
        "eligible": of(lambda sign: set(sign) == {"met"}),
        "barred": of(lambda sign: "fails" in sign),
        "referred": of(lambda sign: "fails" not in sign and "unknown" in sign),
    }
    for at in range(rules):

        def alone(sign, what, at=at):
            return sign[at] == what and sign.count(what) == 1

        found[f"fails {at}"] = of(lambda sign, at=at: sign[at] == "fails")
        found[f"unknown {at}"] = of(lambda sign, at=at: sign[at] == "unknown")
        found[f"remaining {at}"] = of(lambda sign, at=at: "fails" not in sign[: at + 1])
        found[f"only this {at}"] = of(lambda sign, alone=alone: alone(sign, "fails"))
        found[f"undetermined only {at}"] = of(
            lambda sign, alone=alone: "fails" not in sign and alone(sign, "unknown")
        )
    return found


@pytest.mark.parametrize("seed", range(12))
def test_no_programme_in_whole_people_pins_what_is_held_back(seed):
    """An attacker who knows the rules and the threshold, and takes every table together."""
    drawn, smallest = random.Random(seed), 10
    counted = counts_by_sign(2 + seed % 2)
    people = np.zeros(len(counted["people"]))
    for _ in range(drawn.randint(1, 12)):
        people[drawn.randrange(len(people))] += drawn.choice([1, 2, 3, 5, 8, 9, 12, 30, 100])
    exact = {name: int(which @ people) for name, which in counted.items()}
    shown = Rounding(smallest, b"%d" % seed)
    told = {name: shown(count) for name, count in exact.items()}
    # Of two counts that are shown unlike, the greater is the greater.
    seen = [(which, told[name]) for name, which in counted.items() if told[name] is not None]
    unlike = [one - other for one, more in seen for other, less in seen if more > less]
    least = [0 if c is None else max(c - smallest + 1, smallest) for c in told.values()]
    most = [smallest - 1 if c is None else c + smallest - 1 for c in told.values()]
    published = [LinearConstraint(np.array(list(counted.values())), least, most)]
    published += [LinearConstraint(np.array(unlike), 1)] if unlike else []

    def end(which):
        solved = milp(
            which,
            constraints=published,
            integrality=np.ones(len(people)),
            bounds=Bounds(0, np.inf),
        )
        assert solved.status == 0
        return round(solved.fun)

    for name, count in told.items():
        if count is None:
            low, high = end(counted[name]), -end(-counted[name])
            assert low <= exact[name] <= high
            assert high - low >= 6, name


@settings(max_examples=25, deadline=None)
@given(
    rules=agreements(),
    rows=st.lists(st.tuples(row, st.sampled_from([1, 1, 2, 5, 9, 30])), min_size=1, max_size=10),
    smallest=st.sampled_from([3, 10]),
)
def test_every_count_of_every_table_is_rounded(rules, rows, smallest):
    screened = screened_of(rules, [one for one, times in rows for _ in range(times)], "flag")
    published = publish(screened, rules, Rounding(smallest, b"1"), Fact(type="yes-no"))
    numbers = [
        value
        for table in published.tables().values()
        for row in table
        for name, value in row.items()
        if name != "position" and not isinstance(value, str)
    ]
    assert all(value is None or value % smallest == 0 for value in numbers)
    # What other tables are asked for changes no count.
    plain = publish(screened, rules, Rounding(smallest, b"1"))
    assert (plain.statuses, plain.funnel, plain.facts) == (
        published.statuses, published.funnel, published.facts,
    )  # fmt: skip
    # Nothing but what is asked for is told by which rows there are.
    assert [one["value"] for one in published.groups] == ["true", "false", None]
    assert {one["fact"] for one in published.facts} == {one.fact for one in screened.facts}


def test_without_a_threshold_everything_is_shown():
    rules = [rule_of("adult", checked("age >= 18"))]
    rows = [dict.fromkeys(FACTS) | {"age": age} for age in (10.0, 20.0, None)]
    yes_no = Fact(type="yes-no")
    published = publish(screened_of(rules, rows, "flag"), rules, Rounding(0, b"1"), yes_no)
    assert published.held_back == 0
    assert published.funnel[0]["fails"] == published.funnel[0]["unknown"] == 1
    assert [one["people"] for one in published.statuses] == [3, 1, 1, 1]
    assert published.facts == [{"fact": "age", "wanted": 1, "only_this": 1}]
    assert published.groups[-1] == {
        "value": None, "people": 3, "eligible": 1, "barred": 1, "referred": 1,
    }  # fmt: skip
    hidden = publish(screened_of(rules, rows, "flag"), rules, Rounding(10, b"1"), yes_no)
    assert {one["people"] for one in hidden.statuses} == {None}
    # That a rule which refers decides nothing without a fact is no secret.
    assert hidden.held_back == 4 + len(OF_RULE) - 2 + 2 + 3 * 4


def test_a_rule_that_refers_nobody_says_so():
    rules = [rule_of("adult", checked("age >= 18"), if_unknown="fail")]
    rows = [dict.fromkeys(FACTS) | {"age": None}] * 20
    row = publish(screened_of(rules, rows, "flag"), rules, Rounding(10, b"1")).funnel[0]
    assert (row["fails"], row["unknown"], row["undetermined_only"]) == (20, 0, 0)


def test_a_bar_is_never_passed_for_want_of_a_fact_here_either():
    """`if unknown: pass` of a bar refers, and is counted so."""
    rules = [rule_of("minor", checked("age >= 18"), kind="bar", if_unknown="pass")]
    rows = [dict.fromkeys(FACTS) | {"age": None}] * 20
    found = publish(screened_of(rules, rows, "flag"), rules, Rounding(10, b"1"))
    assert (found.funnel[0]["unknown"], found.facts[0]["wanted"]) == (20, 20)


def test_words_that_few_people_have_are_not_told():
    rules = [rule_of("adult", checked("age >= 18"))]
    rows = [
        dict.fromkeys(FACTS) | {"age": 20.0, "word": word}
        for word, times in (("a", 30), ("b", 4), ("c", 7))
        for _ in range(times)
    ]
    screened = screened_of(rules, rows, "word")
    open_text = publish(screened, rules, Rounding(10, b"1"), Fact())
    assert [(one["value"], one["people"]) for one in open_text.groups] == [
        ("a", 30), (OTHERS, open_text.groups[1]["people"]), (None, None),
    ]  # fmt: skip
    assert open_text.groups[1]["people"] in {10, 20}
    declared = publish(screened, rules, Rounding(10, b"1"), Fact(values=("d", "c", "b", "a")))
    assert [(one["value"], one["people"]) for one in declared.groups] == [
        ("d", None), ("c", None), ("b", None), ("a", 30), (None, None),
    ]  # fmt: skip
