"""A condition in words reads back as the same condition."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rules.generated import checked, condition, row
from sojourn.rules.language.tree import Constant
from sojourn.rules.language.write import written
from sojourn.rules.meaning.reference import evaluate
from sojourn.study.fact_numbers import duration_words, number_words


@settings(max_examples=150, deadline=None)
@given(source=condition, rows=st.lists(row, min_size=1, max_size=3))
def test_reading_back_gives_the_same_meaning(source, rows):
    for_people = ("known(both)", "known(young)", "notice", "least", "cutoff")
    assume(not any(words in source for words in for_people))
    expression = checked(source)
    again = checked(written(expression.root))
    assert written(again.root) == written(expression.root)
    for each in rows:
        assert evaluate(again, each) is evaluate(expression, each)


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("not (word in ('US','SV'))", "word not in ('US', 'SV')"),
        ("not flag", "not flag"),
        ("not (flag and mark)", "not (flag and mark)"),
        ("both or age<30", "(flag and mark) or age < 30"),
        ("term >= 52 weeks", "term >= 364 days"),
        ("term = 2 years", "term = 2 years"),
        ("term > 1 week", "term > 7 days"),
        ("term > 18 months", "term > 18 months"),
        ("entered + 24 months < due", "entered + 2 years < due"),
        ("due - 1 month > entered", "due − 1 month > entered"),
        ("months(entered, due) / 2 > 3", "months(entered, due) / 2 > 3"),
        ("max(age, score, 3) > 2", "max(age, score, 3) > 2"),
        ("at least 2 of (flag, mark, age > 3)", "at least 2 of (flag, mark, age > 3)"),
        ("'US' in nations", "'US' in nations"),
        ("any(nations) not in ('US', 'SV')", "not (all(nations) in ('US', 'SV'))"),
        ("count(crimes) >= 2", "count(crimes) >= 2"),
        ("age > 0.07", "age > 0.07"),
        ("age < -3", "age < -3"),
        ("(age + 1) * score > 2", "(age + 1) × score > 2"),
        ("entered + 30 days <= 2025-03-06", "entered + 30 days <= 2025-03-06"),
        # A duration in years is refused beside dates.
        ("entered + 365.25 days <= due", "entered + 365.25 days <= due"),
        ("(due - entered) in (365.25 days, 1 day)", "due − entered in (365.25 days, 1 day)"),
        ("word = 'it''s'", "word = 'it''s'"),
        ("(flag = mark) = mark", "(flag = mark) = mark"),
        ("not known(word)", "not known(word)"),
    ],
)
def test_words(source, meant):
    assert written(checked(source).root) == meant


def test_values():
    assert duration_words(1.0) == "1 day"
    assert duration_words(0.0) == "0 days"
    assert duration_words(30.4375) == "30.4375 days"
    assert number_words(1e-7) == "0.0000001"
    assert written(Constant(Fraction(3, 10), "number", "share", 0)) == "30 %"
