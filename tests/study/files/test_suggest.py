"""Remedies list all that is known."""

from __future__ import annotations

import pytest
from sojourn.study.words.keys.shapes import NAMES

from sojourn.errors import StudyError
from sojourn.study.files.suggest import MOST_LISTED, did_you_mean, listed
from sojourn.study.load import load_study


def test_an_unknown_key_is_answered_with_every_key(write_study):
    folder = write_study(("about: A small", "zzzz: 1\nabout: A small"))
    with pytest.raises(StudyError) as caught:
        load_study(folder)
    (problem,) = caught.value.problems
    assert all(f"`{name}`" in problem.fix for name in NAMES["study"])


def test_no_part_of_the_language_has_more_keys_than_are_listed():
    assert max(map(len, NAMES.values())) <= MOST_LISTED


def test_very_many_names_are_counted():
    names = [f"fact {number}" for number in range(MOST_LISTED + 3)]
    assert listed(names).endswith(f"`{names[MOST_LISTED - 1]}` and 3 more")
    assert did_you_mean("zzzz", names) == f"use one of: {listed(names)}"
