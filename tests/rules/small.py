"""Small agreements over few facts, whose cases can all be tried."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st

from sojourn.rules.agreement.conditions import checked_rule, nowhere
from sojourn.rules.language.type_check import Checker
from sojourn.rules.meaning.reference import evaluate
from sojourn.study.model.agreement import Rule
from sojourn.study.model.facts import Fact

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
SHAPE = tuple(len(values) + 1 for values in VALUES.values())
AXES = {name: axis for axis, name in enumerate(VALUES)}
"""Of an array over all cases, the axis of each fact; a missing one comes first on it."""
KNOWN = (slice(1, None),) * len(SHAPE)
"""Of an array over all cases, those of which everything is documented."""
STATUSES = ("barred", "referred", "eligible")
ELIGIBLE = 2
"""The place of a status stands for it in arrays."""


def over_all_cases(expression, rows=CASES):
    """The plain evaluator's value of a condition in each case: 1 true, 0 false, -1 unknown."""
    codes = {True: 1, False: 0, None: -1}
    return np.array([codes[evaluate(expression, row)] for row in rows], np.int8).reshape(SHAPE)


class Outcomes:
    """What the rules of an agreement come to in every case, as arrays over all cases."""

    def __init__(self, rules):
        self.rules = rules
        self.met = [over_all_cases(rule.met) for rule in rules]
        self.failed = [
            (met == 0) | ((met == -1) & (rule.rule.if_unknown == "fail"))
            for rule, met in zip(rules, self.met, strict=True)
        ]
        self.refers = [
            (met == -1) & (rule.rule.kind == "bar" or rule.rule.if_unknown == "refer") & ~failed
            for rule, met, failed in zip(rules, self.met, self.failed, strict=True)
        ]
        self.passes = [
            ~failed & ~refers for failed, refers in zip(self.failed, self.refers, strict=True)
        ]

    def status(self, without=None):
        """The places in `STATUSES`; if need be without the rule at a place."""
        kept = [at for at in range(len(self.rules)) if at != without]
        nobody = np.zeros(SHAPE, bool)
        barred = np.any([nobody, *(self.failed[at] for at in kept)], axis=0)
        open_question = np.any([nobody, *(self.refers[at] for at in kept)], axis=0)
        return np.where(barred, 0, np.where(open_question, 1, 2))

    def all_pass(self, places):
        """The cases that all rules at these places let through."""
        return np.all([np.ones(SHAPE, bool), *(self.passes[at] for at in places)], axis=0)


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
