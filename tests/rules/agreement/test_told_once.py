"""What is wrong with an agreement file is told once, and what steers a terminal is refused."""

from __future__ import annotations

import pytest

from sojourn.errors import StudyError
from sojourn.rules.agreement.file import read_agreement

TEXT = """\
title: T
sending: A
receiving: B
facts:
  age: {type: number, range: [0, 120]}
terms: {adult: age >= 18}
rules:
  old: {require: age >= 18, cite: Article 1, from: 2020-01-01}
today: 2025-01-01
cases:
  one: {says: x, facts: {age: 30}, outcome: eligible}
"""


def problems(tmp_path, old, new):
    assert old in TEXT
    (tmp_path / "a.yaml").write_text(TEXT.replace(old, new, 1))
    with pytest.raises(StudyError) as caught:
        read_agreement(tmp_path / "a.yaml")
    return caught.value.problems


@pytest.mark.parametrize(
    ("old", "new"),
    [("age: 30", "age: 500"), ("2020-01-01", "2023-02-29"), ("outcome: eligible", "outcome: so")],
)
def test_a_problem_is_told_once(tmp_path, old, new):
    assert len(problems(tmp_path, old, new)) == 1


@pytest.mark.parametrize("sign", ["\\e", "\\0", "\\x9b", "\\a", "\\x7f"])
@pytest.mark.parametrize(
    ("name", "line"), [("age:", 5), ("adult:", 6), ("old:", 8), ("one:", 11), ("Article 1", 8)]
)
def test_a_control_character_is_refused_with_its_place(tmp_path, sign, name, line):
    bare = name.removesuffix(":")
    new = f'"{bare}{sign}"{":" if name != bare else ""}'
    first = problems(tmp_path, name, new)[0]
    assert "holds the control character U+00" in first.what
    assert (first.line, first.fix) == (line, "take it out")
    assert first.what.isprintable()
