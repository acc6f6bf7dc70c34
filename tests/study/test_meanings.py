"""What a study that is well means."""

from __future__ import annotations

from datetime import date

import pytest

from sojourn.study.load import load_study


def transition(scenario, name):
    return next(found for found in scenario.transitions if found.name == name)


def loaded(write_study, *changes, **files):
    return load_study(write_study(*changes, **files))


def test_a_value_that_changes_by_date(write_study):
    study = loaded(
        write_study,
        ("capacity: 400 people", "capacity: {2026-07-01: 300 people, 2026-01-01: 400 people}"),
    )
    capacity = study.scenarios["as agreed"].facilities["north"].capacity
    assert [(entry.start, entry.quantity.value) for entry in capacity] == [
        (date(2026, 1, 1), 400),
        (date(2026, 7, 1), 300),
    ]


def test_a_parameter_is_one_number_wherever_it_stands(write_study):
    study = loaded(
        write_study,
        ("suing -> prison: {after", "suing -> prison: {chance: {parameter: lawsuit_share}, after"),
    )
    scenario = study.scenarios["as agreed"]
    chances = [transition(scenario, name).chance for name in ("prison -> suing", "suing -> prison")]
    assert {chance.path for chance in chances} == {"parameters.lawsuit_share"}
    assert (chances[0].low, chances[0].value, chances[0].high) == (0.2, 0.4, 0.6)


def test_a_transition_of_several_sources(write_study):
    study = loaded(
        write_study,
        ("  suing -> released: {at: sentence_end}\n  held -> released: {at: sentence_end}\n",
         "  suing, held -> released: {at: sentence_end}\n"),
    )  # fmt: skip
    scenario = study.scenarios["as agreed"]
    assert transition(scenario, "suing -> released").state == "suing"
    assert transition(scenario, "held -> released").state == "held"


def test_branches_and_the_one_that_takes_the_rest(write_study):
    study = loaded(
        write_study,
        ("suing -> prison: {after: {gamma: {mean: 60 days, sd: 30 days}}}",
         "suing -> decided: {after: 9 days, to: {prison: 40 %, released: {after: 5 days}}}"),
    )  # fmt: skip
    branches = transition(study.scenarios["as agreed"], "suing -> decided").branches
    assert [branch.to for branch in branches] == ["prison", "released"]
    assert branches[0].share.value == 0.4
    assert branches[1].share is None
    days = [branch.after.parameters["value"].value for branch in branches]
    assert days == [9, 5]


def test_changes_build_on_each_other_in_order_of_date(write_study):
    study = loaded(
        write_study,
        ("suing -> prison: {after: {gamma: {mean: 60 days, sd: 30 days}}}",
         "suing -> decided: {after: 9 days, chance: 50 %, to: {prison: 40 %, "
         "released: {after: 5 days}}, changes: {2026-05-01: {chance: 75 %, for: "
         "everyone by pace}, "
         "2026-03-01: {after: 20 days, to: {prison: 60 %}, note: a reform}}}"),
    )  # fmt: skip
    found = transition(study.scenarios["as agreed"], "suing -> decided")
    assert [
        (
            change.start,
            change.everyone,
            change.chance.value,
            [(b.to, b.share and b.share.value, b.after.parameters["value"].value)
             for b in change.branches],
            change.note,
        )
        for change in found.changes
    ] == [
        (date(2026, 3, 1), "no", 0.5, [("prison", 0.6, 20), ("released", None, 5)], "a reform"),
        (date(2026, 5, 1), "pace", 0.75, [("prison", 0.6, 20), ("released", None, 5)], None),
    ]  # fmt: skip
    paths = [change.branches[0].after.parameters["value"].path for change in found.changes]
    assert paths == ["transitions.suing -> decided.changes.2026-03-01.after"] * 2


def test_a_clock_that_is_set_otherwise_from_a_date_on(write_study):
    study = loaded(
        write_study,
        ("sentence_end: {lognormal: {mean: 300 days, sd: 200 days}}",
         "sentence_end: {2026-03-01: 9 days, 2026-01-01: {mean: 2 years}}"),
    )  # fmt: skip
    rules = [
        p.clocks.get("sentence_end") for p in study.scenarios["as agreed"].populations.values()
    ]
    rule = next(rule for rule in rules if rule and rule.later)
    assert rule.stay.family == "exponential"
    assert [(day, each.stay.parameters["value"].value) for day, each in rule.later] == [
        (date(2026, 3, 1), 9)
    ]


def test_a_quota_that_transitions_share(write_study):
    study = loaded(
        write_study,
        ("at most: 5 people per week", "quota: flights"),
        ("gates:", "quotas: {flights: 5 people per week}\ngates:"),
        ("suing -> released: {at", "suing -> released: {quota: flights, at"),
    )
    scenario = study.scenarios["as agreed"]
    assert scenario.quotas["flights"].per == "week"
    for name in ("prison -> held", "suing -> released"):
        assert transition(scenario, name).quota == "flights"


def test_a_word_stays_a_word(write_study):
    study = loaded(
        write_study,
        ("{values: [home, other]}", "{values: [home, other, NO]}"),
        ("{bar: citizenship = 'home'", "{bar: citizenship = 'NO'"),
        cells="citizenship,offence,convicted,share\nNO,theft,yes,1\n",
    )
    scenario = study.scenarios["as agreed"]
    assert scenario.facts["citizenship"].values == ("home", "other", "NO")
    assert scenario.populations["prisoners"].rows[0][0]["citizenship"] == "NO"


@pytest.mark.parametrize("arrow", ["->", "→", " →  "])
def test_arrows_are_alike_in_overrides(arrow, write_study):
    study = loaded(
        write_study,
        ("transitions.prison -> held: off", f"transitions.prison {arrow} held: off"),
    )
    assert "prison -> held" not in {t.name for t in study.scenarios["no agreement"].transitions}
    assert "prison -> held" in {t.name for t in study.scenarios["as agreed"].transitions}


def test_a_transition_written_with_the_other_arrow(write_study):
    study = loaded(write_study, ("prison -> held: {when", "prison → held: {when"))
    assert transition(study.scenarios["as agreed"], "prison -> held").gates == ("in_force",)
    assert "prison -> held" not in {t.name for t in study.scenarios["no agreement"].transitions}


def test_scenarios_build_on_each_other(write_study):
    study = loaded(
        write_study,
        ("  as agreed: {}",
         "  as agreed: {facilities.abroad.capacity: 60 people}\n"
         "  more: {based on: as agreed, facilities.north.capacity: 500 people}"),
    )  # fmt: skip
    places = {
        name: facility.capacity[0].quantity.value
        for name, facility in study.scenarios["more"].facilities.items()
    }
    assert places == {"north": 500, "abroad": 60}


def test_units_are_settled_at_the_door(write_study):
    study = loaded(
        write_study,
        ("after: 20 days", "after: 2 months"),
        ("amount: 100 USD", "amount: 0.1 thousand USD"),
    )
    scenario = study.scenarios["as agreed"]
    stay = transition(scenario, "prison -> held").branches[0].after
    assert stay.parameters["value"].value == 60.875
    assert scenario.money.payments["home"].amount.value == 100


def test_an_undocumented_fact_is_none(write_study):
    rows = loaded(write_study).scenarios["as agreed"].populations["prisoners"].rows
    assert [row["convicted"] for row, _ in rows] == [True, True, None]
