"""A study that ships is known as such, and is offered where a folder of its name is missing."""

from __future__ import annotations

import pytest

from sojourn.errors import StudyError
from sojourn.library.examples import new_study
from sojourn.study.files.shipped import example_names, example_of
from sojourn.study.load import load_study


@pytest.mark.parametrize("name", example_names())
def test_a_copy_is_known_until_it_is_changed(name, tmp_path):
    folder = new_study(tmp_path / "copy", name)
    (folder / "notes.txt").write_text("of my own", encoding="utf-8")
    assert example_of(folder) == name
    study = folder / "study.yaml"
    study.write_text(study.read_text(encoding="utf-8") + "\n# mine\n", encoding="utf-8")
    assert example_of(folder) is None


def test_another_study_is_none_that_ships(whole_study, tmp_path):
    assert example_of(whole_study) is None
    assert example_of(tmp_path / "absent") is None


def test_a_missing_folder_is_answered_with_the_study_of_its_name(tmp_path):
    with pytest.raises(StudyError, match=r"new .*us-el-salvador --example us-el-salvador"):
        load_study(tmp_path / "us-el-salvador")
    with pytest.raises(StudyError, match=r"new .*trial` copies the smallest study"):
        load_study(tmp_path / "trial")
