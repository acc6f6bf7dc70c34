import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark.exceptions import UnexpectedInput

from rules.generated import condition
from rules.language.test_robust import mutated, texts
from sojourn.errors import RuleError
from sojourn.rules.language.parse import _descent, _parser, parse
from sojourn.rules.language.refusal import Refusal
from sojourn.rules.language.tree import Comparison, Constant, Junction, Membership, Name, Negation


def refusal(text):
    with pytest.raises(RuleError) as caught:
        parse(text, file="study.yaml", line=3, column=10)
    (problem,) = caught.value.problems
    return problem


def test_a_comparison_is_read_with_its_place():
    assert parse("arrests >= 30").root == Comparison(
        ">=", Name("arrests", 0), Constant(30.0, "number", "", 11), 8
    )


@pytest.mark.parametrize(
    ("spelt", "meant"),
    [
        ("a == 1", "a = 1"), ("a <> 1", "a != 1"), ("a ≠ 1", "a != 1"), ("a ≤ 1", "a <= 1"),
        ("a ≥ 1", "a >= 1"), ("a = 1 AND b", "a = 1 and b"), ("Not a", "not a"),
        ("a = “x y”", "a = 'x y'"), ("a = ‘x’", "a = 'x'"), ('a = "x"', "a = 'x'"),
        ("a = YES", "a = yes"), ("a = true", "a = yes"), ("a = False", "a = no"),
        ("a − 1 = 2 × b", "a - 1 = 2 * b"), ("a NOT IN (1, 2)", "not a in (1, 2)"),
    ],
)  # fmt: skip
def test_spellings_mean_the_same(spelt, meant):
    assert shape(parse(spelt).root) == shape(parse(meant).root)


def shape(node):
    """A tree without offsets."""
    if isinstance(node, tuple):
        return tuple(shape(part) for part in node)
    if hasattr(node, "__slots__"):
        fields = (name for name in node.__slots__ if name != "at")
        return (type(node).__name__, *(shape(getattr(node, name)) for name in fields))
    return node


def test_words_of_the_language_end_where_the_word_ends():
    assert parse("notable").root == Name("notable", 0)
    assert isinstance(parse("not order").root, Negation)
    assert parse("a and known_for").root.operands[1] == Name("known_for", 6)


def test_a_quote_inside_a_text_is_doubled():
    assert parse("a = 'it''s'").root.right.value == "it's"


def test_numbers_carry_units():
    assert parse("a > 90 days and b > 30 %").root.operands[0].right.unit == "days"
    assert parse("a < 20000 USD per person-year").root.right.unit == "USD per person-year"


def test_and_binds_a_list_of_conditions():
    root = parse("a and b and c in (1, 2)").root
    assert isinstance(root, Junction)
    assert len(root.operands) == 3
    assert isinstance(root.operands[2], Membership)


def test_mixing_and_with_or_shows_both_readings():
    problem = refusal("a and b or c")
    assert "mixed without brackets" in problem.what
    assert "(a and b) or c" in problem.fix
    assert "a and (b or c)" in problem.fix
    assert parse("(a and b) or c")
    assert parse("a and (b or c)")


def test_the_line_is_shown_with_a_caret():
    problem = refusal("arrests => 3")
    assert (problem.file, problem.line, problem.column) == ("study.yaml", 3, 18)
    assert problem.fix == "arrests => 3\n            ^\n    write >="


def test_lines_below_the_first_are_counted():
    problem = refusal("a = 1\n and b >\n  c d")
    assert (problem.line, problem.column) == (5, 0)
    assert "  c d\n" in problem.fix


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("a =", "a value is missing"),
        ("a = 1 and", "a value is missing"),
        ("x > and y", "missing before `and`"),
        ("legal path = 'x'", "legal_path"),
        ("citizenship = US", "'US'"),
        ("1 < x < 5", "chained"),
        ("x in (1, 2", "add )"),
        ("x in ()", "the brackets are empty"),
        ("x in 'a'", "list in brackets"),
        ("x = 40,000", "comma"),
        ("a = 'b", "not closed"),
        ("a = 1)", "closes nothing"),
        ("open(a)", "function"),
        ("a && b", "`and`"),
        ("a | b", "`or`"),
        ("a ^ 2 > 1", "powers"),
        ("a is 1", "write ="),
        ("a between 1 and 2", "both limits"),
        ("a.b = 1", "single words"),
        ("a = 2025-13-01", "not a date"),
        ("known(a, b)", "one name"),
        ("a = not b", "brackets"),
        ("a @ 3", "not part of the language"),
        ("a = 'x\x00y'", "invisible"),
        ("__import__('os') = 1", "function"),
    ],
)
def test_errors_say_what_and_the_fix(text, said):
    problem = refusal(text)
    assert said in f"{problem.what}\n{problem.fix}"
    assert problem.fix


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000, "(" * 3900 + "a" + ")" * 3900, "not " * 1900 + "a", "-" * 5000 + "1 = a",
        "+".join("1" * 3000) + " = a", "a = " + "9" * 4000, "a = '" + "x" * 4000 + "'",
        "a" * 100_000, "a = 1 and " * 790 + "(", "'" * 7999, "x in (" + "1," * 3900,
        "a = 1 or b = 2 and " * 400, "\n" * 7999, "known(" * 1300, "é" * 8000,
    ],
)  # fmt: skip
def test_hostile_texts_are_refused_quickly(text):
    parse("a")
    began = time.process_time()
    refusal(text)
    assert time.process_time() - began < 1


NAMES = ("x", "age", "known", "andes", "not", "in", "yes", "No", "nought", "Left", "été", "_a1")
SIGNS = ("=", "==", "<=", "≥", "<>", "= =", "in", "")
VALUES = (
    "5", "5 days", "5days", "12.5 %", "7 person-days", "1 USD per person-day", "10.000 EUR", "5.",
    "5 and", "5 or y", "3 million EUR", "-4", "1" * 16, "2025-02-04", "2025-2-4", "2025-02-30",
    "2025-02-04x", "'a'", "'it''s'", '"b"', "“c”", "'d", "'e\nf'", f"'{'g' * 201}'", "'\u200b'",
    "yes", "y", "y + 1", "(5)", "",
)  # fmt: skip


WRITTEN = (
    "not not a", "a and (b or not c)", "(a or b) and c", "a in (1, 2 days, -3 %)", "a not in ('x')",
    "'US' in nats", "'US' not in nats", "any(nats) in ('US', 'SV')", "all(nats) not in ('US')",
    "count(nats) >= 2", "known(a) and known (b)", "at  least 2 of (a, b or c, not d)",
    "max(a, b - 2 days, 3 days) < min (c, d)", "age(born, today) >= 18 years",
    "months(a, b + 30 days) > 3", "years(a, b) = 2", "-a * -(b + 2) ÷ 3 <= 0.5 × c / 2",
    "a - b - c = 1.", "YES", "a = no and b = True .", "a≥2", "a=1and b=2", "known = max", "(((a)))",
    "a – b > 2025-02-04", "2 in (a)", "2 days in(a)", "a or b and (c)",
)  # fmt: skip


def by_grammar(text):
    try:
        return _parser().parse(text)
    except (Refusal, UnexpectedInput):
        return None


def test_what_descent_reads_the_grammar_reads_alike():
    """And what people write is not left to the grammar."""
    for text in WRITTEN[:-2]:
        assert _descent().tree(text) == by_grammar(text) is not None, text
    read = 0
    for name, sign, value, space in itertools.product(NAMES, SIGNS, VALUES, ("", " \n")):
        text = f"{space}{name}{space}{sign}{space}{value}{space}"
        found = _descent().tree(text)
        assert found is None or found == by_grammar(text), text
        read += found is not None
    assert read > 1_000


@settings(max_examples=150, deadline=None)
@given(st.one_of(texts, condition, mutated()))
def test_descent_reads_nothing_but_what_the_grammar_reads(text):
    found = _descent().tree(text)
    assert found is None or found == by_grammar(text)
