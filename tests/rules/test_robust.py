"""No text whatever does anything but parse, or be refused with a place and a fix."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.errors import RuleError
from sojourn.rules.check import check
from sojourn.rules.parse import parse
from sojourn.rules.sql import to_sql
from sojourn.study.model import Fact

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


@settings(max_examples=1500, deadline=None)
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
