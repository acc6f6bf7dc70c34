"""The agreement of a study: from a file, from the library, another one in a scenario; its day."""

from __future__ import annotations

from datetime import date

import pytest

import sojourn as sj
from sojourn.errors import SojournError
from sojourn.report.wording.changes import change
from sojourn.run.check import check_study
from sojourn.study.files.joined_agreements import library_names
from sojourn.study.load import load_study

STUDY = """\
study: T
period: {from: 2025-01-01, to: 2026-01-01}
agreement: deal.yaml
facts:
  nat: {values: [A, B]}
states:
  held: {}
  gone: {end: yes}
transitions:
  held -> gone: {when: eligible, after: 30 days}
populations:
  all:
    facts: {nat: B, left: 150 days}
    stock: {count: 10 people, state: held}
scenarios:
  base: {}
"""
DEAL = """\
title: First draft
sending: A
receiving: B
today: asked
sources:
  text: {title: The deal}
facts:
  asked: {type: date}
  nat: {values: [A, B], about: as documented}
  left: {type: duration}
values:
  notice: {1985-01-01: 180 days, 2025-01-01: 120 days}
rules:
  time_left: {require: left >= notice, source: text}
cases:
  one: {says: a man of B, facts: {nat: B}, outcome: referred, because: time_left}
"""


@pytest.fixture
def write(tmp_path):
    def of(*changes, scenarios=""):
        study, deal = STUDY + scenarios, DEAL
        for old, new in changes:
            assert old in study + deal
            study, deal = study.replace(old, new), deal.replace(old, new)
        (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
        (tmp_path / "deal.yaml").write_text(deal, encoding="utf-8")
        second = deal.replace("First", "Second").replace("120 days", "160 days")
        (tmp_path / "second.yaml").write_text(second, encoding="utf-8")
        return tmp_path

    return of


def outcomes(folder):
    inputs = check_study(folder, None).inputs
    return {name: given.outcomes.texts[0] for name, given in inputs.items()}


def refused(folder):
    with pytest.raises(SojournError) as caught:
        check_study(folder, None)
    return caught.value.problems


def test_facts_and_sources_of_the_agreement_are_the_studys(write):
    study = check_study(write(), None).study
    scenario = study.scenarios["base"]
    assert list(scenario.facts) == ["nat", "asked", "left"]
    assert list(study.sources) == ["text"]


def test_everyone_is_decided_on_the_first_day(write):
    assert outcomes(write()) == {"base": "eligible"}
    assert outcomes(write(("from: 2025-01-01", "from: 2024-12-31"), ("to: 2026", "to: 2025"))) == {
        "base": "barred"
    }


def test_a_scenario_may_change_any_of_it(write):
    folder = write(
        scenarios="""\
  another day: {agreement.today: 2024-06-01}
  another value: {agreement.values.notice: 151 days}
  a group: {agreement.rules.time_left.require: {any of: [left >= notice + 60 days, nat = 'A']}}
  a new value: {agreement.values.least: 200 days, agreement.rules.time_left.require: left > least}
  another draft: {agreement: second.yaml}
  of the library: {agreement: {library: norway-netherlands}}
  none: {agreement.rules: off}
"""
    )
    assert outcomes(folder) == {
        "base": "eligible",
        "another day": "barred",
        "another value": "barred",
        "a group": "barred",
        "a new value": "barred",
        "another draft": "barred",
        "of the library": "barred",  # its term is over in 2025
        "none": "eligible",
    }
    study = check_study(folder, None).study
    assert {"text"} < set(study.sources)
    told = {
        name: change(
            study, study.scenarios["base"], scenario, "agreement", scenario.overrides["agreement"]
        )
        for name, scenario in study.scenarios.items()
        if "agreement" in scenario.overrides
    }
    assert told["another draft"] == "The agreement: from “First draft” to “Second draft”."
    assert "Norgerhaven" in told["of the library"]


@pytest.mark.parametrize(
    ("old", "new", "path", "what", "fix"),
    [
        (
            "source: text}", "source: text, to: 2025-06-01}", "agreement.rules.time_left.to",
            "the rule `time_left` ends on 2025-06-01, within", "agreement.rules.time_left: off",
        ),
        (
            "source: text}", "source: text, from: 2025-06-01}", "agreement.rules.time_left.from",
            "the rule `time_left` begins on 2025-06-01, within", "as of its first day, 2025-01-01",
        ),
        (
            "2025-01-01: 120 days", "2025-01-02: 120 days", "agreement.values.notice",
            "the value `notice` changes on 2025-01-02, within", "the later one as a scenario",
        ),
        (
            "left: 150 days}", "left: 150 days, asked: 2024-01-01}", "populations.all",
            "the population gives `asked`, by which the agreement decides", "agreement.today:",
        ),
    ],
)  # fmt: skip
def test_what_a_study_cannot_follow_is_refused_with_what_to_do(old, new, path, what, fix, write):
    (problem,) = refused(write((old, new)))
    assert problem.path == path
    assert what in problem.what
    assert fix in problem.fix
    assert problem.line


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("source: text}", "source: text, to: 2025-06-01}"),
        ("2025-01-01: 120 days", "2025-01-02: 120 days"),
        ("left: 150 days}", "left: 150 days, asked: 2024-01-01}"),
    ],
)
def test_with_a_day_of_the_agreement_nothing_is_left_open(old, new, write):
    assert outcomes(write((old, new), ("today: asked", "today: 2025-03-01"))) == {
        "base": "eligible"
    }


def test_a_fact_that_differs_is_refused_but_not_how_it_is_described(write):
    (problem,) = refused(write(("nat: {values: [A, B], about", "nat: {values: [A], about")))
    assert "`nat` differs in the agreement's facts and here" in problem.what
    assert (problem.path, problem.line) == ("facts.nat", 5)


@pytest.mark.parametrize("scenario", ["", "  other: {agreement: {library: norway-netherland}}\n"])
def test_a_name_that_is_not_in_the_library(scenario, write):
    changes = (
        () if scenario else (("agreement: deal.yaml", "agreement: {library: norway-netherland}"),)
    )
    problem = refused(write(*changes, scenarios=scenario))[0]
    assert "no agreement `norway-netherland`" in problem.what
    assert "did you mean `norway-netherlands`" in problem.fix
    assert "norway-netherlands" in library_names()


def test_that_nobody_is_eligible_is_told_with_the_rule_and_the_day(write):
    dated = ("{require: left >= notice", '{require: "today >= 2025-06-01"')
    other = "  later: {agreement.today: 2025-07-01}\n  none: {agreement.rules: off}\n"
    study = sj.load(write(dated, scenarios=other))
    (note,) = study.check().notes
    assert "everybody fails the rule `time_left` (today >= 2025-06-01)" in note
    assert "as of 2025-01-01, the first day: write `agreement.today`" in note
    assert note.endswith("(scenarios: base)")
    assert study.run(draws=1).nobody_eligible == (
        "nobody is eligible: everybody fails the rule `time_left` (today >= 2025-06-01) "
        "(scenarios: base)",
    )
    assert not sj.load(write()).check().notes


def test_a_day_and_names_may_stand_beside_the_name_of_a_shipped_agreement(write):
    library = (
        "  other: {agreement: {library: norway-netherlands, today: 2016-03-01, sending: SE}}\n"
    )
    other = load_study(write(scenarios=library)).scenarios["other"].agreement
    assert (other.today, other.sending, other.receiving) == (date(2016, 3, 1), "SE", "NL")
    for key, remedy in (("rules: {}", "`agreement.rules.NAME: …`"), ("todya: 1", "mean `today`?")):
        wrong = library.replace("sending: SE", key)
        (problem,) = refused(write(scenarios=wrong))
        assert "beside `library`" in problem.what
        assert remedy in problem.fix


def test_facts_of_an_agreement_do_not_change_by_scenario(write):
    (problem,) = refused(write(scenarios="  other: {agreement.facts: {x: {}}}\n"))
    assert "facts of an agreement are the study's" in problem.what


def test_a_condition_of_a_scenario_is_shown_where_the_scenario_writes_it(write):
    folder = write(
        scenarios="""\
  one: {agreement.rules.time_left.require: "left >= notise"}
  two:
    transitions.held -> gone.when: eligible
      and nt = 'A'
"""
    )
    found = [(problem.file, problem.line, problem.column) for problem in refused(folder)]
    entry = str(folder / "study.yaml")
    assert found == [(entry, 17, 53), (entry, 20, 11)]


def test_a_file_that_is_missing_in_a_scenario(write):
    problem = refused(write(scenarios="  other: {agreement: secnd.yaml}\n"))[0]
    assert "`secnd.yaml` does not exist" in problem.what
    assert "`second.yaml`" in problem.fix
