"""A slip is reported at its line, first, and what follows from it is counted."""

from __future__ import annotations

import pytest

from sojourn.errors import StudyError
from sojourn.rules.agreement.file import read_agreement
from sojourn.study.files.yaml import parse_yaml
from sojourn.study.load import load_study

STUDY = """\
study: Small
sources: sources.yaml
period: {from: 2026-01-01, to: 2026-02-01}
facts: {sex: {values: [men, women]}}
states:
  held: {}
  ill: {}
  free: {end: yes}
transitions:
  held -> free: {after: {mean: {value: 30 days, source: a}}}
  held -> ill: {after: {mean: 90 days}}
  ill -> free: {after: {mean: 9 days}}
populations:
  men: {facts: {sex: men}, stock: {count: {value: 10 people, source: b}, state: held}}
  women: {facts: {sex: women}, stock: {count: {value: 10 people, source: c}, state: held}}
scenarios: {base: {}}
"""
SOURCES = "a: {title: A}\nb: {title: B}\nc: {title: C}\n"

# (the file, what is written, what instead, line, words of the first problem, how many problems)
SLIPS = {
    "a quote in another file": ("sources.yaml", "{title: A}", '{title: "A}', 1, "the quote", 1),
    "a colon of a section": ("study.yaml", "states:", "states", 5, "colon is missing", 1),
    "a section misspelt": ("study.yaml", "states:", "sttates:", 5, "`sttates`", 1),
    "a declared state": ("study.yaml", "  free: {end", "  frree: {end", 8, "used nowhere", 1),
    "a declared value misspelt": ("study.yaml", "[men, women]", "[men, womne]", 4, "`womne`", 1),
    "a space less": ("study.yaml", "  held: {}", " held: {}", 6, "indented by 1 space", 1),
    "a source misspelt": ("study.yaml", "source: b", "source: bb", 14, "`bb`", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_comes_first_at_its_line(tmp_path, name):
    file, old, new, line, words, count = SLIPS[name]
    for at, text in (("study.yaml", STUDY), ("sources.yaml", SOURCES)):
        assert at != file or text.count(old) == 1
        (tmp_path / at).write_text(text.replace(old, new) if at == file else text, "utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path)
    first = caught.value.problems[0]
    assert (first.file, first.line) == (str(tmp_path / file), line)
    assert words in first.what
    assert len(caught.value.problems) == count


def test_what_follows_is_counted(tmp_path):
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "sources.yaml").write_text("a: {title: [A}\n", encoding="utf-8")
    with pytest.raises(StudyError, match="and 3 more problems, most of which follow from this"):
        load_study(tmp_path)


def test_what_uses_a_declaration_that_is_refused_is_folded_into_it(tmp_path):
    used = STUDY.replace("[men, women]}", "[men, women], unit: people}")
    assert used != STUDY
    (tmp_path / "study.yaml").write_text(used, encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path)
    (problem,) = caught.value.problems
    assert problem.line == 4 and "and 2 more problems" in problem.fix


def test_names_that_miss_each_other_are_both_told(tmp_path):
    more = "parameters: {p: {derived: q * 2}, q: {derived: pp * 2}}\n"
    (tmp_path / "study.yaml").write_text(STUDY + more, encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    with pytest.raises(StudyError, match="`pp`"):
        load_study(tmp_path)


def test_so_it_is_in_an_agreement_file(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text(
        "title: T\nsending: A\nreceiving: B\nfacts:\n  day: {type: date, range: [0, 1]}\n"
        "rules:\n  r: {require: known(day), cite: a}\n"
        "cases:\n  c: {says: x, facts: {day: 2026-01-01}, outcome: eligible}\n",
        encoding="utf-8",
    )
    with pytest.raises(StudyError) as caught:
        read_agreement(file)
    (problem,) = caught.value.problems
    assert problem.line == 5 and "and 1 more problem" in problem.fix


PLACES = {
    "control": ("a: 1\nb: x\x01y\n", (2, 5), "U+0001"),
    "escaped control": ('a: "x\\x01"\n', (1, 4), "U+0001"),
    "quote to the end": ('a: 1\nb: "open\nc: 3\nd: 4\n', (2, 4), "the quote"),
    "quote to the next": ('a: 1\nb: "x\nc: "y"\n', (2, 4), "the quote"),
    "apostrophe in a word": ("a: it's\nb: {c: d\ne: f\n", (2, 4), "the bracket `{`"),
    "within brackets": ("a: {\n  b: 1\n  c: 2\n}\n", (3, 4), "expected"),
}


@pytest.mark.parametrize("name", PLACES)
def test_the_place_is_that_of_the_slip(name):
    text, place, words = PLACES[name]
    with pytest.raises(StudyError) as caught:
        parse_yaml(text, "f")
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == place
    assert words in problem.what
