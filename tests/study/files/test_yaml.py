"""Files of a study as trees: what is refused, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml.cyaml import CParser

from sojourn.errors import StudyError
from sojourn.study.files.yaml import GREATEST_TREE, Node, parse_yaml, plain, walk

LARGE = {
    "terms": lambda n: "".join(f"  t{i}: age >= {i} days\n" for i in range(n)),
    "terms in brackets": lambda n: "  {" + ", ".join(f"t{i}: '{i} days'" for i in range(n)) + "}",
    "a list": lambda n: "".join(f"  - {i}\n" for i in range(n)),
    "a list in brackets": lambda n: f"  [{', '.join(map(str, range(n)))}]\n",
}


def seconds(read: Callable[[str], object], text: str) -> float:
    """Of processor time; the least of some tries, since other programs use the machine too."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        read(text)
        taken.append(time.process_time() - began)
    return min(taken)


def events(text: str) -> None:
    """What libyaml does alone: a quarter of a second for a hundred thousand terms."""
    parser = CParser(text)
    while parser.check_event():
        parser.get_event()


@pytest.mark.parametrize("name", LARGE)
def test_time_is_in_proportion_to_the_number_of_terms(name):
    few, many = (f"terms:\n{LARGE[name](count)}" for count in (1_000, 10_000))
    terms = parse_yaml(many, "a.yaml").items["terms"]
    assert len(terms.items or terms.parts) == 10_000

    def read(text: str) -> Node:
        return parse_yaml(text, "a.yaml")

    taken = seconds(read, many)
    assert taken < 30 * seconds(read, few)
    # Six times, for a hundred thousand in 1.3 seconds, was measured on a busy machine.
    assert taken < 16 * seconds(events, many)


def refused(text: str) -> tuple[int, int, str]:
    with pytest.raises(StudyError) as caught:
        parse_yaml(text, "a.yaml")
    first = caught.value.problems[0]
    return first.line, first.column, first.what


REFUSED = {
    "a key twice": ("a: 1\nb → c: 2\nb->c: 3\n", (3, 1), "(first in line 2)"),
    "a tag": ("a: !!str x\n", (1, 4), "the tag `tag:yaml.org,2002:str`"),
    "a key that is a list": ("[a]: b\n", (1, 1), "a key must be a word"),
    "a key with an anchor": ("a: 1\n&x b: 2\n", (2, 1), "a key must be a word"),
    "a merge": ("a: &x {b: 1}\nc: {<<: *x}\n", (2, 5), "merge keys"),
    "an alias of nothing": ("a: *x\n", (1, 4), "`*x` is not defined before"),
    "an alias within itself": ("a: &x [*x]\n", (1, 8), "`*x` refers to itself"),
    "no number": ("a: 1\nb: [.inf]\n", (2, 5), "`.inf` is not a number"),
    "a second document": ("a: 1\n---\nb: 2\n", (2, 1), "a second document"),
    "a line separator": ("a: 1\nb: x\u2028y\n", (2, 5), "U+2028"),
    "half a character": ("a: \ud800\n", (1, 4), "U+D800"),
    "an escape": ('a:\n  - "x\\u2029"\n', (2, 5), "U+2029"),
    "nothing": ("# no key\n", (1, 1), "the file is empty"),
    "brackets": ("a: " + "[" * 51, (1, 53), "brackets are nested more than 50 deep"),
    "levels": ("".join(" " * i + "a:\n" for i in range(60)), (51, 51), "values are nested"),
    "levels of aliases": (
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 60)),
        (50, 12), "values are nested",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_meant_is_refused_at_its_place(name):
    text, place, words = REFUSED[name]
    *found, what = refused(text)
    assert (tuple(found), words in what) == (place, True), (found, what)


def test_an_alias_is_what_it_stands_for_at_its_own_place():
    tree = parse_yaml("a: &x {b: 1 day}\nc: [*x, *x]\n", "a.yaml")
    assert plain(tree) == {"a": {"b": "1 day"}, "c": [{"b": "1 day"}] * 2}
    assert {part.position for part in tree.items["c"].parts} == {("a.yaml", 1, 4)}


def test_words_are_those_that_are_written():
    text = "a: NO\nb: off\nc: 1_000\nd: 0o7\ne: 12:30\nf: yes\ng: 'true'\nh: true\ni: ~\n"
    assert plain(parse_yaml(text, "a.yaml")) == {
        "a": "NO", "b": "off", "c": "1_000", "d": "0o7", "e": "12:30", "f": "yes", "g": "true",
        "h": True, "i": None,
    }  # fmt: skip


WORDS = st.text(
    st.characters(
        codec="utf-8",
        exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"],
        exclude_characters="\ufeff",
    )
    | st.just("\n"),
    max_size=12,
)
TREES = st.recursive(
    WORDS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=20,
)


def written(tree: object) -> str:
    """The tree in double quotes, escaped as in JSON, which is YAML."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f'"{key}": {written(value)}' for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return f"[{', '.join(map(written, tree))}]"
    escaped = str(tree).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_what_is_written_is_read(tree):
    assert plain(parse_yaml(f"a: {written(tree)}\n", "a.yaml")) == {"a": tree}


PIECES = [*"a[]{}'\"\t%@\\é😀~\n", "b: ", ": ", "- ", "\n  ", ", ", "&x ", "*x", "|\n", ">-\n  ",
          "# c\n", "!t ", "---\n", "? ", "<<: ", "\r\n"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_text_is_a_tree_with_places_in_it_or_is_refused_at_a_place_in_it(text):
    lines = text.replace("\r\n", "\n").split("\n")
    try:
        tree = parse_yaml(text, "a.yaml")
    except StudyError as error:
        places = [(problem.line, problem.column) for problem in error.problems]
    else:
        assert isinstance(tree, Node)
        assert sum(1 for _ in walk(tree)) <= GREATEST_TREE
        places = [node.position[1:] for _, node in walk(tree)]
    for line, column in places:
        assert 1 <= line <= len(lines) + 1
        assert column >= 1 and (line > len(lines) or column <= len(lines[line - 1]) + 2)
