"""Agreement files written to break the reader: refused, in bounded time and memory, in words."""

from __future__ import annotations

import itertools
import time
import tracemalloc
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sojourn.errors import SojournError
from sojourn.rules.agreement.file import read_agreement

HEAD = """\
title: T
sending: A
receiving: B
facts:
  n: {type: number}
  ok: {type: yes-no}
"""
MOST_SECONDS = 20.0
"""Of the processor; the slowest takes a tenth of it."""
MOST_BYTES = 300_000_000


def rules(condition):
    return f"{HEAD}rules:\n  r:\n    cite: a\n    require: {condition}\n"


def doubling(count):
    lines = [f"  t{i}: t{i - 1} and t{i - 1}\n" for i in range(1, count)]
    return f"{HEAD}terms:\n  t0: ok and n > 3\n{''.join(lines)}"


def laughs(levels):
    names = "abcdefghijklmnopqrstuvwxyz"[:levels]
    rest = "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in itertools.pairwise(names)
    )
    return f"a: &a [x, x, x, x, x, x, x, x, x]\n{rest}"


HOSTILE = {
    "brackets": ("title: " + "[" * 200_000, "brackets are nested more than"),
    "braces": ("title: " + "{a: " * 100_000, "brackets are nested more than"),
    "many under many": ("[" * 49 + "a, " * 3000, "not YAML"),
    "levels of a block": ("".join(" " * i + "a:\n" for i in range(1500)), "more than 50 deep"),
    "levels of groups": (rules("{any of: [" * 23 + "ok" + "]}" * 23), "nested more than 20 deep"),
    "a billion laughs": (laughs(12), "aliases expand"),
    "laughing groups": (
        f"{HEAD}rules:\n  r:\n    cite: a\n    require:\n      any of:\n"
        "        - &a0 {any of: [ok, ok]}\n"
        + "".join(
            f"        - &a{i} {{any of: [{', '.join([f'*a{i - 1}'] * 3)}]}}\n" for i in range(1, 18)
        ),
        "aliases expand",
    ),
    "a group within itself": (rules("&a {any of: [ok, *a]}"), "refers to itself"),
    "terms that double": (
        doubling(60) + "rules: {r: {require: t59, cite: a}}\n", "terms.t12: written out"
    ),
    "rules of one large term": (
        doubling(11) + "rules:\n"
        + "".join(f"  r{i}: {{require: t10, cite: a}}\n" for i in range(200)),
        "more than 200,000 parts in all",
    ),
    "a long chain the other way round": (
        HEAD + "terms:\n" + "".join(f"  t{i}: t{i + 1} and ok\n" for i in range(2_000))
        + "  t2000: ok\n",
        "nested more than",
    ),
    "a long condition": (rules("'" + "ok and " * 2000 + "ok'"), "characters; 8,000 is the most"),
    "a long number": (rules(f"'n > {'9' * 7000}'"), "more than 15 digits"),
    "brackets in a condition": (rules("'" + "(" * 3000 + "ok" + ")" * 3000 + "'"), "deep"),
    "a circle of terms": (
        HEAD + "terms:\n" + "".join(f"  t{i}: t{(i + 1) % 500}\n" for i in range(500)),
        "use each other in a circle",
    ),
    "a tag": (rules("!!python/object/apply:os.system [ls]"), "has no meaning here"),
    "a key twice": (HEAD + "facts: {}\n", "written twice"),
    "a merge": (rules("{<<: {any of: [ok]}}"), "merge keys"),
    "two documents": (HEAD + "---\n" + HEAD, "a second document"),
    "a name of quotes": (
        HEAD.replace("  n:", """  "a\\"b'; DROP TABLE x":""")
        + "rules: {r: {require: ok, cite: a}}\n",
        "is not a name",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_within_bounds(name, tmp_path):
    text, said = HOSTILE[name]
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    began = time.process_time()
    with pytest.raises(SojournError) as caught:
        read_agreement(path)
    assert time.process_time() - began < MOST_SECONDS
    assert said in str(caught.value)
    assert len(str(caught.value)) < 20_000


def test_terms_of_too_many_parts_are_refused_before_all_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("sojourn.rules.agreement.conditions.MOST_IN_ALL", 30)
    path = tmp_path / "a.yaml"
    path.write_text(HEAD + "terms:\n" + "".join(f"  t{i}: n = {i}\n" for i in range(20)))
    with pytest.raises(SojournError, match="the terms have more than 30 parts in all") as caught:
        read_agreement(path)
    assert caught.value.problems[0].line == len(HEAD.splitlines()) + 12


def test_memory_stays_within_bounds(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(laughs(20), encoding="utf-8")
    tracemalloc.start()
    try:
        with pytest.raises(SojournError):
            read_agreement(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_BYTES


def test_a_file_too_large_is_not_even_read(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"#" * 5_000_000)
    with pytest.raises(SojournError, match="larger than 4 MB"):
        read_agreement(path)


def test_long_lists_take_time_in_proportion(tmp_path):
    path = tmp_path / "a.yaml"
    taken = []
    for count in (500, 2000):
        listed = ", ".join(f"n > {i}" for i in range(count))
        path.write_text(rules(f"{{any of: [{listed}]}}"), encoding="utf-8")
        times = []
        for _ in range(3):  # the least: others may be those of the garbage collector
            began = time.process_time()
            read_agreement(path)
            times.append(time.process_time() - began)
        taken.append(min(times))
    assert taken[1] < 10 * taken[0]


SHIPPED = (files("sojourn") / "library" / "agreements" / "norway-netherlands.yaml").read_text(
    encoding="utf-8"
)
PIECES = [
    "\n", "  ", "\t", ":", ": ", "- ", "[", "]", "{", "}", "&a ", "*a", "'", '"', "|\n", ">-\n",
    "#", "\u0085", "\u2028", "\x00", "é", "null", "~", "yes", "!!str ", "%", "@", "`", "---\n",
    "...\n", "<<: ", "any of: ", "all of: ", "require: ", "bar: ", "when: ", "if unknown: pass",
    "today: ", "values: ", "2015-02-30", "2015-09-01: ", "{library: x}", "terms: ", "cases: ",
    "age(", "known(", "-1",
]  # fmt: skip


@st.composite
def mangled(draw):
    """A file that ships, after a few slips of the hand."""
    text = SHIPPED
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 20, 200])))
        text = (
            text[:start]
            + draw(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)))
            + text[end:]
        )
    return text


def read_or_refused(text, path):
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    began = time.process_time()
    try:
        read_agreement(path)
    except SojournError as error:
        for problem in error.problems:
            assert problem.what
            assert problem.file
            assert 1 <= problem.line <= text.count("\n") + 2
    assert time.process_time() - began < MOST_SECONDS


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=mangled())
def test_a_mangled_file_is_read_or_refused_at_a_place(text, tmp_path):
    read_or_refused(text, tmp_path / "a.yaml")


@pytest.mark.slow
@settings(
    max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=mangled())
def test_thousands_of_mangled_files_are_read_or_refused(text, tmp_path):
    read_or_refused(text, tmp_path / "a.yaml")
