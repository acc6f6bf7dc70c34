"""No text whatever does anything but parse, or be refused with a place and a fix."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import generated
from sojourn.errors import RuleError
from sojourn.rules.language.parse import parse
from sojourn.rules.language.type_check import check
from sojourn.rules.meaning.sql import to_sql
from sojourn.study.model.facts import Fact

FACTS = {
    "word": Fact(values=("US", "it's")),
    "size": Fact(type="number", unit="months", least=0, most=99),
    "flag": Fact(type="yes-no"),
    "day": Fact(type="date"),
    "term": Fact(type="duration"),
}
PIECES = [
    "word", "size", "flag", "day", "term", "other", "US", "and", "or", "not", "in", "known", "yes",
    "no", "(", ")", ",", "=", "!=", "<>", "<", ">=", "≤", "+", "-", "*", "×", "%", "'", '"', "“",
    "‘", "'US'", "1", "30", "2.5", "90 days", "12 months", "5 %", "2025-02-04", "2025-99-01", ".",
    "/", ";", "\\", "\n", "\t", "é", "--", "/*", "known(size)", "is", "between", "per", "[", "@",
    "years(", "age(", "today", "age(day, day)",
]  # fmt: skip

texts = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)
)


@settings(max_examples=900, deadline=None)
@given(texts)
def test_any_text_parses_or_is_refused_with_a_place_and_a_fix(text):
    try:
        made = to_sql(check(parse(text, file="f.yaml", line=1, column=1), FACTS))
    except RuleError as error:
        for problem in error.problems:
            assert problem.what
            assert "^" in problem.fix
            assert problem.line >= 1
        return
    # Outside quoted texts and names there is nothing but operators, numbers and date casts.
    assert made.count("'") % 2 == 0
    assert ";" not in made


OTHERS = "()'\"=<>+-*.,%;\\/ \n\t\u00a0\u200b\x00\x1b“”’≥−éА0a_"
MOST_SECONDS = 2.0
"""Of the processor, for one condition; it takes milliseconds."""


@st.composite
def mutated(draw):
    """A condition that was valid until somebody's hand slipped."""
    text = list(draw(generated.condition))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 6)))
        put = draw(
            st.one_of(
                st.just(text[start:end] * 2),
                st.sampled_from(OTHERS).map(list),
                st.sampled_from(PIECES).map(list),
                st.just([]),
            )
        )
        text[start:end] = put
    return "".join(text)


def mends_or_refuses(source):
    """Success, or a refusal that shows the place, within bounds of time."""
    began = time.process_time()
    try:
        to_sql(generated.checked(source))
    except RuleError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.what
            assert "^" in problem.fix
            assert str(problem).isprintable() or "\n" in str(problem)
            assert "\x1b" not in problem.fix.splitlines()[0]
    assert time.process_time() - began < MOST_SECONDS


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_a_slip_of_the_hand_is_read_or_refused(source):
    mends_or_refuses(source)


@pytest.mark.slow
@settings(max_examples=15_000, deadline=None)
@given(mutated())
def test_thousands_of_slips_are_read_or_refused(source):
    mends_or_refuses(source)


@pytest.mark.parametrize(
    "text",
    [
        "open('/etc/passwd') = 1", "read_csv('x') = 1", "word = (select 1)", "word in (select 1)",
        "word = 'a'; drop table cells", "word = 'a' -- yes", "word = 'a' /* yes */",
        "word.__class__ = 'a'", "lambda = 1 : 2", "eval('1') = 1", "word = f'x'",
        "word || 'a' = 'b'",
        "age[0] = 1", "exists (flag)", "coalesce(age, 1) = 1", "cast(age as text) = 'a'",
        "age ** 2 = 1", "age % 2 = 1", "age::text = '1'", "$1 = 1", "? = 1", "@x = 1",
        "word = e'a'",
    ],
)  # fmt: skip
def test_nothing_of_other_languages_gets_through(text):
    with pytest.raises(RuleError):
        generated.checked(text)


@pytest.mark.parametrize("text", generated.WORDS)
def test_a_text_stays_a_text_whatever_it_holds(text):
    written = "word = '" + text.replace("'", "''") + "'"
    assert to_sql(generated.checked(written)) == ('("word" = \'' + text.replace("'", "''") + "')")
