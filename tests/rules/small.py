"""Small agreements over few facts, whose cases can all be tried."""

from __future__ import annotations

from itertools import product

from hypothesis import strategies as st
from sojourn.study.model.agreement import Rule
from sojourn.study.model.facts import Fact

from sojourn.rules.agreement.conditions import checked_rule, nowhere
from sojourn.rules.language.type_check import Checker

FACTS = {
    "word": Fact(values=("a", "b", "c")),
    "flag": Fact(type="yes-no"),
    "mark": Fact(type="yes-no"),
    "count": Fact(type="number", least=0.0, most=3.0),
}
VALUES = {
    "word": ("a", "b", "c"),
    "flag": (True, False),
    "mark": (True, False),
    "count": (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
}
"""Every value that conditions of this page tell apart."""

DOCUMENTED = [dict(zip(VALUES, values, strict=True)) for values in product(*VALUES.values())]
CASES = [
    dict(zip(VALUES, values, strict=True))
    for values in product(*((None, *values) for values in VALUES.values()))
]
"""Every case, whatever is missing."""

simple = st.sampled_from(
    [
        "word = 'a'", "word != 'b'", "word in ('a', 'c')", "word not in ('b', 'c')", "flag", "mark",
        "not flag", "not mark", "flag = mark", "flag != mark", "count > 1", "count <= 2",
        "count = 1", "count in (0, 3)", "count >= 2", "known(flag)", "known(word)", "known(count)",
        "not known(mark)", "yes", "no",
    ]
)  # fmt: skip
condition = st.recursive(
    simple.map("({})".format),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' and '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' or '.join(parts)})"),
        inner.map("(not {})".format),
    ),
    max_leaves=4,
)


@st.composite
def written_rules(draw, most=5):
    """Rules as they would be written: kind, condition, `when`, `if unknown`."""
    rules = []
    for _ in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(["require", "bar"]))
        unknown = draw(st.sampled_from(["refer", "refer", "fail", "pass"]))
        if kind == "bar" and unknown == "pass":
            unknown = "refer"
        when = draw(st.one_of(st.none(), condition))
        rules.append((kind, draw(condition), when, unknown))
    return rules


def checked_rules(rules, facts=None):
    """What `written_rules` reads as."""
    checker = Checker(FACTS if facts is None else facts, {}, {})
    return tuple(
        checked_rule(
            f"r{place}",
            Rule(kind=kind, condition=text, when=when, if_unknown=unknown, cite="Article"),
            checker,
            nowhere,
        )
        for place, (kind, text, when, unknown) in enumerate(rules)
    )


agreements = written_rules().map(checked_rules)
