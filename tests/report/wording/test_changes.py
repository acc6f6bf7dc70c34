from __future__ import annotations

from report.made_run import NAMES, study_dict
from sojourn.report.wording import study_words
from sojourn.report.wording.changes import change
from sojourn.study.model.study import StudyModel


def sentence(path, value, alter):
    study = study_dict(names=NAMES[:2])
    alter(study["scenarios"][NAMES[1]])
    read = StudyModel.model_validate(study)
    before, after = (read.scenarios[name] for name in NAMES[:2])
    return change(read, before, after, path, value)


def test_a_value_goes_from_one_to_another_by_its_label():
    def alter(scenario):
        scenario["gates"]["no_injunction"]["chance"] = {"value": 0.0, "unit": "share"}

    assert sentence("gates.no_injunction.chance", "0 %", alter) == (
        "Chance of the gate “no injunction in force”: from 50\u202f% to 100\u202f% (remembered) "
        "to 0\u202f%."
    )


def test_an_amount_goes_from_one_to_another():
    def alter(scenario):
        scenario["money"]["payments"]["domestic"]["amount"] = {"value": 12e6, "unit": "USD"}

    assert sentence("money.payments.domestic.amount", "12000000 USD", alter) == (
        "Amount of “domestic”: from USD 47,162 to USD 12,000,000."
    )


def test_what_has_no_value_before_is_told_as_it_is():
    assert sentence("parameters.new", "5", lambda scenario: None).startswith("The parameter “new”")
    assert sentence("agreement.rules.citizen", "off", lambda scenario: None) == (
        "Without the rule “citizen”."
    )


def test_labels_stand_in_place_of_names():
    found = sentence("transitions.us_prison -> nominated", "off", lambda scenario: None)
    assert found == "Without the transition “In federal prison → nominated”."
    found = sentence("gates.in_force", {"open": {"from": "2025-02-14"}}, lambda scenario: None)
    assert found == "The gate “agreement in force”: open from 14 February 2025."


def test_a_dated_change_of_a_stay_is_told_in_words():
    stay = {"by": "offence", "of": {
        "violent": {"mean": {"parameter": "stay_violent"}},
        "other": {"mean": {"parameter": "stay_other", "times": "80 %"}},
    }}  # fmt: skip
    change = {"2026-10-01": {"for": "everyone by pace", "after": stay}}
    assert study_words.override("transitions.prison -> out.changes", change) == (
        "The transition “prison → out”, from 1 October 2026 for everyone by pace: stay by "
        "offence (violent: mean “stay violent”; other: mean 80\u202f% of “stay other”)."
    )
    factor = study_words.override("populations.x.admissions.times", {"2026-10-01": "110 %"})
    assert factor == "Admissions, times of the population “x”: from 1 October 2026 110\u202f%."
