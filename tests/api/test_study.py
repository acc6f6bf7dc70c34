"""Loading, checking and changing a study."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

import sojourn as sj
from sojourn.study.files.yaml import parse_yaml, plain


@pytest.fixture(scope="module")
def study(whole_study):
    return sj.load(whole_study)


def model(study):
    """What the study means, whatever it was read from."""
    return study._checked.study.model_copy(update={"path": "", "quotes": ()})


def test_a_folder_a_text_and_a_dictionary_are_the_same_study(study, whole_study):
    text = (whole_study / "study.yaml").read_text(encoding="utf-8")
    values = plain(parse_yaml(text, "study.yaml"))
    assert model(sj.load(whole_study / "study.yaml")) == model(study)
    assert model(sj.load(text, folder=whole_study)) == model(study)
    assert model(sj.load(values, folder=whole_study)) == model(study)


def test_quotations_of_a_dictionary_are_checked_one_by_one(whole_study):
    text = (whole_study / "study.yaml").read_text(encoding="utf-8")
    values = plain(parse_yaml(text, "study.yaml"))
    assert sj.load(values, folder=whole_study).check().summary["quotes"]["found"] == 2


def test_numbers_and_dates_of_python_stand_in_a_dictionary():
    study = sj.load(
        {
            "study": "One prison",
            "period": {"from": dt.date(2026, 1, 1), "to": "2026-03-01"},
            "run": {"draws": np.int64(3), "seed": 1},
            "facilities": {"north": {"capacity": "10 people"}},
            "states": {"prison": {"place": "north"}, "free": {"end": True}},
            "transitions": {"prison → free": {"after": "1 year"}},
            "populations": {
                "people": {"stock": {"count": "5 people", "state": "prison", "served": "0 days"}}
            },
        }
    )
    assert study.check().ok, study.check()
    assert repr(study) == "One prison, 2026-01-01 to 2026-03-01, scenarios: base"
    with pytest.raises(sj.SojournError, match="a study cannot hold a `set`"):
        sj.load({"study": {1}})


def test_what_cannot_be_read_is_refused_at_once(tmp_path):
    with pytest.raises(sj.SojournError, match="there is no such folder"):
        sj.load(tmp_path / "absent")
    with pytest.raises(sj.SojournError, match="the text:2:"):
        sj.load("study: [\n")
    with pytest.raises(sj.SojournError, match="there is no example 'x'"):
        sj.example("x")


def test_problems_are_data_and_have_the_text_of_the_command_line(write_study, sojourn):
    folder = write_study(("capacity: 400 people", "capacity: 400"))
    check = sj.load(folder).check()
    assert not check.ok
    [problem] = check.problems
    assert problem.path == "facilities.north.capacity"
    assert problem.file.endswith("study.yaml") and problem.line and problem.column
    assert problem.fix == "write `400 people`"
    assert sojourn("check", folder).stderr.split("error: ")[1].strip() == str(problem)
    assert repr(sj.load(folder)) == "Two places: 1 problem, see .check()"
    assert "400 people" in sj.load(folder)._repr_html_()
    with pytest.raises(sj.SojournError) as refused:
        sj.load(folder).run()
    assert refused.value.problems == check.problems


def test_a_check_tells_what_the_study_holds(study, tmp_path):
    check = study.check()
    assert check.summary["scenarios"] == ["no agreement", "as agreed"]
    assert repr(check) == "The study can be run."
    with pytest.raises(sj.SojournError, match="there is no folder"):
        study.check(sources=tmp_path / "absent")


def test_a_change_makes_another_study(study):
    changes = {"money.payments.fee.amount": "25000 USD", "agreement.rules.citizen": "off"}
    changed = study.change(changes)
    assert changed.changes == changes
    assert study.changes == {}
    [fee] = [r for r in changed.parameters if r["path"] == "money.payments.fee.amount"]
    assert (fee["value"], fee["unit"]) == (25000, "USD")
    assert changed.change({"period.to": "2026-06-01"}).changes == {
        **changes,
        "period.to": "2026-06-01",
    }


def test_a_change_reaches_scenarios_and_the_run(study):
    changed = study.change(
        {
            "scenarios.as agreed.facilities.abroad.capacity": "60 people",
            "scenarios.smaller": {"facilities.abroad.capacity": "20 people"},
            "run.draws": 2,
            "facilities.north.capacity": "{between: [300 people, 400 people]}",
        }
    )
    assert [row["scenario"] for row in changed.scenarios] == [
        "no agreement", "as agreed", "smaller",
    ]  # fmt: skip
    assert changed.scenarios.to_dicts()[1]["path"] == "facilities.abroad.capacity"
    ranges = {(r["path"], r["low"], r["high"]) for r in changed.parameters}
    assert ("facilities.north.capacity", 300, 400) in ranges


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"money.payments.fee.amuont": "1 USD"}, "did you mean `amount`"),
        ({"money.payments.fee.amount": "1"}, "has no unit"),
        ({"limits": "none"}, "is not a section that can be changed"),
        ({"transitions.prison -> held": "off"}, "did you|every scenario|no longer"),
        ({"scenarios.as agreed.money.payments.fie.amount": "1 USD"}, "did you mean `fee`"),
        ({"period.to": "2025-01-01"}, "is not after"),
        ({"facilities.north": "{capacity: ["}, "this is not YAML"),
    ],
)
def test_a_change_is_checked_at_once(study, changes, said):
    with pytest.raises(sj.SojournError, match=said):
        study.change(changes)


def test_a_change_that_no_scenario_would_feel_is_refused(study):
    each = {f"scenarios.{name}.facilities.north.capacity": "5 people"
            for name in study.scenario_names}  # fmt: skip
    with pytest.raises(sj.SojournError, match="every scenario sets it"):
        study.change(each).change({"facilities.north.capacity": "6 people"})


def test_parameters_have_unit_range_and_source(study):
    rows = {row["path"]: row for row in study.parameters}
    doubted = rows["parameters.lawsuit_share"]
    assert (doubted["low"], doubted["value"], doubted["high"]) == (0.2, 0.4, 0.6)
    told = (doubted["unit"], doubted["shape"], doubted["confidence"])
    assert told == ("share", "pert", "assumed")
    assert rows["facilities.abroad.capacity"]["source"] == "memo"
    assert study.parameters.to_dicts()[-1]["shape"] == "certain"


def test_a_study_that_ships_is_copied_and_loaded(tmp_path):
    study = sj.new_study(tmp_path / "trial")
    assert study.folder == tmp_path / "trial"
    assert study.title == sj.example("minimal").title
    assert "<table>" in study._repr_html_()
    assert sj.schema()["type"] == "object"


@pytest.mark.parametrize(("step", "told"), [("day", 0), ("month", 1)])
def test_a_stock_that_comes_within_a_first_month_is_told(step, told):
    study = sj.load(
        f"""
study: A stock
period: {{from: 2025-01-01, to: 2026-01-01, step: {step}}}
states: {{held: {{}}}}
transitions: {{held -> out: {{after: {{mean: 10 months}}}}}}
populations: {{p: {{stock: {{count: 100 people, state: held, served: new}}}}}}
"""
    )
    notes = [note for note in study.check().notes if "comes during the first month" in note]
    assert len(notes) == told


@pytest.mark.parametrize(
    ("name", "path", "unit"),
    [
        ("minimal", "populations.prisoners.admissions.per year", "people per year"),
        ("minimal", "populations.prisoners.stock.count", "people"),
        ("shorter-sentences", "parameters.short", "people per year"),
        ("federal-prisons", "populations.admitted from 2018.admissions.as counted.2027",
         "people per day"),
    ],
)  # fmt: skip
def test_a_rate_of_admissions_says_per_what(name, path, unit):
    assert unit == {row["path"]: row["unit"] for row in sj.example(name).parameters}[path]
