"""Every value and every condition of a study has its place in the files."""

from __future__ import annotations

from sojourn.study.checks.names import conditions
from sojourn.study.load import load_located


def test_values_and_conditions_have_places(write_study):
    folder = write_study(
        ("  as agreed: {}", "  as agreed: {transitions.prison → suing.when: barred}")
    )
    lines = (folder / "study.yaml").read_text(encoding="utf-8").splitlines()
    study, positions = load_located(folder)
    file, line, column = positions.find("facilities.north.capacity")
    assert file.endswith("study.yaml")
    assert lines[line - 1][column - 1 :].startswith("400 people")
    # What is not written is where it would be.
    assert positions.find("facilities.north.label").line == line
    found = {(each.scenario, each.path): each for each in conditions(study, positions)}
    base = found["no agreement", "transitions.prison -> suing.when"]
    assert lines[base.line - 1][base.column - 1 :].startswith("eligible")
    other = found["as agreed", "transitions.prison -> suing.when"]
    assert lines[other.line - 1][other.column - 1 :].startswith("barred")
    assert {path for _, path in found} >= {
        "agreement.terms.violent",
        "agreement.rules.sentenced.require",
        "agreement.rules.citizen.bar",
        "claims.cheap.holds if",
    }


def test_one_source_of_a_transition_is_found_where_it_is_written(write_study):
    folder = write_study(
        (
            "  suing -> released: {at: sentence_end}\n  held -> released: {at: sentence_end}\n",
            "  suing, held -> released: {at: sentence_end}\n",
        )
    )
    lines = (folder / "study.yaml").read_text(encoding="utf-8").splitlines()
    _, positions = load_located(folder)
    line = positions.find("transitions.held -> released.at").line
    assert "suing, held" in lines[line - 1]
