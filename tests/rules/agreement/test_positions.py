"""What is wrong in a condition is shown where it stands, however its text is written in YAML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.errors import RuleError
from sojourn.rules.agreement.file import read_agreement
from sojourn.study.files.text_positions import breaks_of
from sojourn.study.files.yaml import parse_yaml

HEAD = """\
title: T
sending: A
receiving: B
facts:
  nat: {values: [A, B]}
  n: {type: number}
rules:
"""
WRITTEN = {
    "plain": ["  r: {cite: a, require: n > 1 and WRONG > 3}"],
    "quoted": ["  r: {cite: a, require: \"nat = 'A' and WRONG > 3\"}"],
    "quotes doubled": ["  r: {cite: a, require: 'nat = ''A'' and nat = ''B'' and WRONG > 3'}"],
    "escapes": ['  r: {cite: a, require: "nat = \\"A\\" and \\x6e > 1\\tand WRONG > 3"}'],
    "plain, folded": ["  r:", "    cite: a", "    require: n > 1", "      and WRONG > 3"],
    "quoted, folded": ["  r:", "    cite: a", '    require: "n > 1', '       and WRONG > 3"'],
    "line goes on": ["  r:", "    cite: a", '    require: "n \\', '       > 1 and WRONG > 3"'],
    "folded block": [
        "  r:",
        "    cite: a",
        "    require: >-  # why",
        "",
        "      n > 1",
        "      and",
        "        WRONG",
        "      > 3",
    ],
    "literal block": [
        "  r:",
        "    cite: a",
        "    require: |",
        "      n > 1",
        "      and WRONG > 3",
    ],
    "an anchor": ["  r: {cite: a, require: &x 'n > 1 and WRONG > 3'}"],
    "in a group": [
        "  r:",
        "    cite: a",
        "    require:",
        "      any of:",
        "        - n > 1",
        "        - all of:",
        "            - 'n > 3'",
        "            - >",
        "              n > 2 and",
        "              WRONG > 3",
    ],
    "when": [
        "  r:",
        "    cite: a",
        "    require: n > 1",
        "    when: 'n > 2",
        "      and WRONG > 3'",
    ],
    "after accents": ["  r: {cite: a, require: \"nat != 'A' and n ≥ 2 and WRONG > 3\", about: é𝒳}"],
}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("name", WRITTEN)
def test_the_place_is_that_of_the_word(name, ending, tmp_path):
    lines = HEAD.splitlines() + WRITTEN[name]
    path = tmp_path / "a.yaml"
    path.write_bytes(ending.join([*lines, ""]).encode())
    with pytest.raises(RuleError) as caught:
        read_agreement(path)
    (problem,) = caught.value.problems
    assert "`WRONG`" in problem.what
    line = next(number for number, text in enumerate(lines, 1) if "WRONG" in text)
    assert (problem.line, problem.column) == (line, lines[line - 1].index("WRONG") + 1)
    shown, caret = problem.fix.splitlines()[:2]
    assert shown[caret.strip(" ") and caret.index("^") - 4 :].startswith("WRONG")


def test_each_of_a_group_has_a_place_of_its_own(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        f"{HEAD}  r:\n    cite: a\n    bar:\n      any of:\n"
        "        - nn > 1\n        - nat = 'C'\n        - n > 'x'\n        - age(n) > 3\n",
        encoding="utf-8",
    )
    with pytest.raises(RuleError) as caught:
        read_agreement(path)
    places = [(problem.line, problem.column, problem.path) for problem in caught.value.problems]
    assert sorted(places) == [
        (12, 11, "rules.r.bar.any of.1"),
        (13, 17, "rules.r.bar.any of.2"),
        (14, 13, "rules.r.bar.any of.3"),
        (15, 11, "rules.r.bar.any of.4"),
    ]


def quoted(text, style):
    if style == "'":
        return "'" + text.replace("'", "''") + "'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(
    text=st.text("ab'\"\\ é", min_size=1).map(str.strip).filter(bool),
    style=st.sampled_from("'\""),
)
def test_every_character_is_found_in_its_quotes(text, style):
    source = f"a: {quoted(text, style)}\n"
    node = parse_yaml(source, "a.yaml").items["a"]
    assert node.text == text
    breaks = breaks_of(node.position)
    for offset, character in enumerate(text):
        if character.isspace():
            continue
        part = [each for each in breaks if each.offset <= offset][-1]
        at = part.column - 1 + offset - part.offset
        escaped = style == '"' and source[at] == "\\"
        written = source[at : at + 2] if escaped else source[at]
        assert written in (character, f"\\{character}")
