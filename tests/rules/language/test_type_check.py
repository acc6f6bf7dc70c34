import time
from datetime import date
from fractions import Fraction

import pytest
from sojourn.study.model.facts import Fact
from sojourn.study.model.values import Quantity

from sojourn.errors import RuleError
from sojourn.rules.language.parse import parse
from sojourn.rules.language.tree import Constant, facts_of
from sojourn.rules.language.type_check import check

FACTS = {
    "citizenship": Fact(values=("US", "SV", "VE", "other")),
    "note": Fact(),
    "arrests": Fact(type="number", unit="arrests", least=0, most=200),
    "served": Fact(type="number", unit="months"),
    "risk": Fact(type="number", unit="%"),
    "people": Fact(type="number", unit="people"),
    "score": Fact(type="number"),
    "convicted": Fact(type="yes-no"),
    "entered": Fact(type="date"),
    "sentence": Fact(type="duration"),
}


MAJORITY = Quantity(value=6574.5, unit="day", months=216)
"""18 years, as a study writes them."""


def checked(text, terms=None, **constants):
    return check(
        parse(text, file="s.yaml", line=1),
        FACTS,
        {name: parse(term) for name, term in (terms or {}).items()},
        constants,
    )


def refusal(text, terms=None, **constants):
    with pytest.raises(RuleError) as caught:
        checked(text, terms, **constants)
    return "\n".join(str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("citizenshp = 'US'", "did you mean `citizenship`?"),
        ("citizenship = 'USA'", "did you mean `US`?"),
        ("citizenship = 'us'", "did you mean `US`?"),
        ("citizenship = 'unknown'", "not known(citizenship)"),
        ("citizenship in ('US', 'XX')", "'XX' is not among the values"),
        ("citizenship > 'US'", "no meaning for text"),
        ("citizenship = 3", "texts have quotes"),
        ("citizenship = yes", "'yes'"),
        ("arrests = '3'", "without quotes"),
        ("arrests > 201", "outside the range of `arrests`, 0 to 200"),
        ("arrests = -1", "outside the range"),
        ("arrests > 3 people", "arrest compared with person"),
        ("sentence > 90", "as 90 days"),
        ("score > 90 days", "type: duration"),
        ("convicted = 'yes'", "without quotes"),
        ("convicted > no", "no meaning for yes-no"),
        ("entered > '2025-02-04'", "date without quotes"),
        ("entered + entered > 2025-02-04", "has no meaning"),
        ("entered * 2 > 2025-02-04", "has no meaning"),
        ("note + 'x' = 'y'", "has no meaning"),
        ("arrests + people > 3", "do not add"),
        ("arrests", "not a condition"),
        ("arrests and convicted", "join conditions"),
        ("not arrests", "join conditions"),
        ("arrests > 1 and (arrests or convicted)", "join conditions"),
        ("known(citizen)", "did you mean"),
        ("3 in (1, 2)", "put a fact first"),
        ("score * score > 1", "more than 37 digits"),
        ("score / arrests > 1", "only a number without unit divides"),
        ("score / (3 - 3) > 1", "a division by zero"),
        ("10.000 EUR < score", "may be 10 or 10000"),
        ("at least 3 of (convicted, arrests > 1)", "write a number from 1 to 2"),
        ("max(arrests, entered) > 1", "values of one type"),
        ("convicted + 1 > 1", "has no meaning"),
    ],
)
def test_what_has_no_meaning_is_refused_with_a_fix(text, said):
    assert said in refusal(text)


def test_every_problem_is_told_at_once():
    found = refusal("citizenshp = 'US' and arrests > 500 and not (convicted = 'yes')")
    assert found.count("s.yaml:1") == 3


def test_units_are_made_canonical():
    def right(text):
        return checked(text).root.right

    assert right("sentence >= 12 months").value == 365.25
    assert right("served >= 2 years") == Constant(Fraction(24), "number", "month", 10)
    assert right("served >= 6 months").value == 6.0
    assert right("score > 30 %").value == Fraction(3, 10)
    assert right("risk > 29 %").value == 29.0
    assert right("arrests > 1 arrest").value == 1.0
    assert right("entered + 1 week > 2025-02-04").value == date(2025, 2, 4)


def test_parameters_are_constants():
    threshold = Quantity(value=30, path="parameters.threshold")
    assert checked("arrests >= threshold", threshold=threshold).root.right.value == 30.0
    month = Quantity(value=30, unit="day")
    assert checked("sentence >= month", month=month).root.right.type == "duration"
    unsure = Quantity(value=30, low=10, high=40, shape="uniform")
    assert "uncertain" in refusal("arrests >= unsure", unsure=unsure)
    assert "outside the range" in refusal("arrests >= many", many=Quantity(value=1000))


def test_terms_are_written_out():
    terms = {"own": "citizenship = 'SV'", "wanted": "own or repeat", "repeat": "arrests > 3"}
    assert facts_of(checked("wanted and not convicted", terms)) == (
        "citizenship", "arrests", "convicted",
    )  # fmt: skip
    assert checked("known(wanted)", terms)


def test_an_error_in_a_term_is_told_at_the_term():
    with pytest.raises(RuleError) as caught:
        check(parse("own"), FACTS, {"own": parse("citizenship = 'XX'", file="terms.yaml", line=7)})
    assert str(caught.value).startswith("terms.yaml:7")


def test_terms_in_a_circle_are_refused():
    terms = {"a": "b or convicted", "b": "c", "c": "not a"}
    assert "a → b → c → a" in refusal("a", terms)
    assert "a → a" in refusal("convicted or a", {"a": "a"})


def test_terms_that_blow_up_are_refused_quickly():
    doubling = {"t0": "convicted"} | {f"t{i}": f"t{i - 1} or t{i - 1}" for i in range(1, 60)}
    chain = {"t0": "convicted"} | {f"t{i}": f"not t{i - 1}" for i in range(1, 3000)}
    began = time.process_time()
    assert "more than 20,000 parts" in refusal("t59", doubling)
    assert "nested more than" in refusal("t2999", chain)
    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("years(entered, 2025-02-04) >= 18 months", "age(birth, today) >= 18"),
        ("18 months <= years(entered, 2025-02-04)", "full years are compared with months"),
        ("years(entered, 2025-02-04) in (1, 400 days)", "full years are compared with days"),
        ("2025-02-04 - entered >= 18 years", "count full years, as: years(first, last) >= 18"),
        ("2025-02-04 - entered >= 216 months", "as: first + 18 years <= last"),
        ("2025-02-04 - entered >= 18 months", "count full months, as: months(first, last) >= 18"),
        ("18 years <= 2025-02-04 - entered", "counted by the calendar"),
        ("(2025-02-04 - entered) in (30 days, 1 year)", "counted by the calendar"),
        ("(2025-02-04 - entered) + 1 month > sentence", "counted by the calendar"),
        ("2025-02-04 - entered >= 3 * 6 months", "counted by the calendar"),
        ("2 * (2025-02-04 - entered) >= -(-6 months)", "counted by the calendar"),
        ("2025-02-04 - entered >= max(90 days, 6 months)", "counted by the calendar"),
        ("max(2025-02-04 - entered, 6 months) > 90 days", "counted by the calendar"),
        ("2025-02-04 - entered >= majority", "counted by the calendar"),
        ("entered + (6 months + 10 days) <= 2025-02-04", "they stand alone"),
        ("entered + arrests * 6 months <= 2025-02-04", "they stand alone"),
        ("entered + 1.5 months <= 2025-02-04", "a date is moved by 1.5 months"),
        ("months(entered, 2025-02-04) >= 180 days", "full months are compared with days"),
        ("months(entered, score) > 3", "`score` is a number; months are counted between two dates"),
        ("years(entered, score) > 3", "`score` is a number; years are counted between two dates"),
        ("entered <= today", "`today` has no value here"),
    ],
)
def test_months_and_years_hide_nothing(text, said):
    assert said in refusal(text, majority=MAJORITY)


@pytest.mark.parametrize(
    "text",
    [
        "years(entered, 2025-02-04) >= 18", "years(entered, 2025-02-04) >= 18 years",
        "sentence >= 2 years", "served >= 1 year", "months(entered, 2025-02-04) >= 2 years",
        "entered + 18 months <= 2025-02-04", "entered + majority <= 2025-02-04",
        "entered + 180 days <= 2025-02-04", "score * 1 year > sentence",
    ],
)  # fmt: skip
def test_years_stand_where_they_mean_one_thing(text):
    assert checked(text, majority=MAJORITY)


def test_what_is_wrong_with_a_term_is_told_once_for_all_that_rest_on_it():
    terms = {"one": "scor > 1", "two": "one and convicted", "three": "two or convicted"}
    with pytest.raises(RuleError) as caught:
        checked("three and two", terms)
    (problem,) = caught.value.problems
    assert "did you mean `score`?" in problem.fix


@pytest.mark.parametrize("first", ["a", "b", "c"])
def test_a_circle_of_terms_is_the_same_from_wherever_it_is_met(first):
    terms = {"a": "b", "b": "c and convicted", "c": "a"}
    assert "a → b → c → a" in refusal(first, terms)
