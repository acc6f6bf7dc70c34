"""Wrong arguments of public functions raise SojournError, with what to give instead."""

from __future__ import annotations

import errno
from inspect import isclass, isfunction

import numpy as np
import pytest

import sojourn as sj

STUDY = {
    "study": "One prison",
    "period": {"from": "2026-01-01", "to": "2026-03-01"},
    "states": {"prison": {}, "free": {"end": True}},
    "transitions": {"prison -> free": {"after": {"exponential": {"mean": "30 days"}}}},
    "populations": {"all": {"stock": {"count": "10 people", "state": "prison"}}},
}


@pytest.fixture(scope="module")
def study():
    return sj.load(STUDY)


@pytest.mark.parametrize(
    ("wrong", "fix"),
    [
        ({"draws": "ten"}, "give a whole number, or None"),
        ({"draws": True}, "give a whole number, or None"),
        ({"draws": 2.5}, "give a whole number, or None"),
        ({"draws": 0}, "give 1 or more"),
        ({"draws": np.int64(-1)}, "give 1 or more"),
        ({"replicates": 0}, "give 1 or more"),
        ({"seed": -1}, "give 0 or more"),
        ({"first_draw": -1}, "give 0 or more"),
        ({"expected": "no"}, "give True or False"),
        ({"scenarios": "base"}, "give a list, each of which is a text"),
        ({"scenarios": ["base", 3]}, "give a list, each of which is a text"),
        ({"threads": 0}, "one for each core is enough: leave out --threads"),
        ({"out": 3}, "give a text, or a path, or None"),
        ({"parameters": {"a": 1}}, "write `{'a': [1]}`"),
    ],
)
def test_a_run_refuses_an_argument_of_the_wrong_kind(study, wrong, fix):
    with pytest.raises(sj.SojournError) as refused:
        study.run(**wrong)
    assert [problem.fix for problem in refused.value.problems] == [fix]


def test_others_refuse_it_too(study):
    law = sj.agreement("norway-netherlands")
    for call in (
        lambda: sj.load(3),
        lambda: sj.open(None),
        lambda: sj.agreement("norway-netherlands", today=3),
        lambda: sj.merge([3]),
        lambda: sj.compare_agreements([law, "another"]),
        lambda: study.change([("period.to", "2027-01-01")]),
        lambda: study.change({3: "x"}),
        lambda: law.prove(never=3),
        lambda: law.screen("people.csv", undocumented="sex"),
        lambda: law.screen("people.csv", by=3),
    ):
        with pytest.raises(sj.SojournError, match=r"^\w+= cannot be .*\n    give a"):
            call()


def test_what_the_machine_refuses_is_told_as_in_a_shell(study):
    law = sj.agreement("norway-netherlands")
    with pytest.raises(sj.SojournError, match="no file's name can hold"):
        study.run(parameters="a\0b.csv")
    with pytest.raises(sj.SojournError, match="give a shorter name") as refused:
        law.screen("x" * 5_000, smallest=0)
    assert refused.value.__cause__.errno == errno.ENAMETOOLONG


def test_a_missing_or_unknown_argument_stays_a_type_error(study):
    with pytest.raises(TypeError, match="unexpected keyword argument 'drows'"):
        study.run(drows=3)


def test_every_public_function_looks_at_its_arguments():
    bare = []
    for name in set(sj.__all__) - {"__version__", "SojournError", "Problem", "speaking"}:
        made = getattr(sj, name)
        for part in vars(made).values() if isclass(made) else [made]:
            if isfunction(part) and not part.__name__.startswith("_"):
                bare += [part.__qualname__] * (not hasattr(part, "__wrapped__"))
    assert not bare
