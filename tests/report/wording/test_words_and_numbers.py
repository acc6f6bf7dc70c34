from __future__ import annotations

from datetime import date

import pytest

from report.made_run import study_dict
from sojourn.languages import dates
from sojourn.report.figures.blocks import Column, ReportTable
from sojourn.report.sections.people.groups import HELD_BACK, HIDDEN, hold_back
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import Spread
from sojourn.study.model.study import StudyModel

STUDY = StudyModel.model_validate(study_dict())


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234.5, "1,230"), (999.6, "1,000"), (0.01234, "0.0123"), (-1234, "−1,230"),
     (2.5, "2.5"), (98765432, "98,800,000"), (None, "–"), (float("nan"), "–")],
)  # fmt: skip
def test_rounded(value, text):
    assert numbers.rounded(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.04, "−0.04"), (12.34, "12.3"), (1234567.8, "1,234,568"), (12.0, "12"),
     (0.00012, "0.00012"), (99.96, "100.0")],
)  # fmt: skip
def test_exact(value, text):
    assert numbers.exact(value) == text


def test_percent_never_rounds_to_certainty():
    assert numbers.percent(0.001) == "<\u202f1\u202f%"
    assert numbers.percent(0.999) == ">\u202f99\u202f%"
    assert numbers.percent(1) == "100\u202f%"
    assert numbers.percent(0) == "0\u202f%"


@pytest.mark.parametrize(
    ("ends", "text"),
    [((0.0062, 0.0852), "0.6 to 8.6"), ((0, 0.204), "0 to 20.4"), ((0.964, 1), "96.4 to 100"),
     ((0.257, 0.304), "25 to 31"), ((0.3, 0.57), "30 to 57")],
)  # fmt: skip
def test_an_interval_is_rounded_outwards(ends, text):
    low, high = numbers.percents_around(*ends)
    assert f"{low} to {high}".replace("\u202f%", "") == text


def test_money_and_dates():
    assert numbers.money(4_760_000, "USD") == "USD\u00a04.76\u00a0million"
    assert numbers.money(900, "USD") == "USD\u00a0900"
    assert dates.day(date(2025, 2, 4)) == "4 February 2025"
    assert dates.month(date(2025, 2, 4)) == "February 2025"


@pytest.mark.parametrize(
    ("mean", "low", "median", "high", "told"),
    [
        (8700, 5000, 7600, 15000, "8,700 (5–95%: 5,000 to 15,000; "
                                  "half of all histories lie below 7,600)"),
        (8700, 5000, 7800, 15000, "8,700 (5–95%: 5,000 to 15,000)"),  # 0.09 of the range
        (120, 0, 0, 900, "120 (5–95%: 0 to 900; median 0)"),
        (-40, -100, -15, -10, "−40 (5–95%: −100 to −10; half of all histories lie below −15)"),
    ],
)  # fmt: skip
def test_the_median_is_told_where_it_is_far_from_the_mean(mean, low, median, high, told):
    text = Spread(mean, low, median, high).sentence(numbers.exact)
    assert text.replace("\u202f", "") == told


def test_spread_shows_a_range_only_where_there_is_one():
    assert Spread(1230.4, 800, 1200, 1700).table() == "1,230 (800 to 1,700)"
    assert Spread(-5, -10, -5, 3).table() == "−5 (−10 to 3)"
    assert Spread(7, 7, 7, 7).sentence() == "7"
    assert str(Spread(7, 6, 7, 8).cell()) == "7<small>6–8</small>"


def test_conditions_in_words():
    names = {"fee": "fee per person-year", "home_cost": "domestic cost"}
    assert (
        study_words.condition("fee < home_cost", names)
        == "fee per person-year is below domestic cost"
    )
    text = study_words.condition("not (offence in ('homicide', 'robbery')) and arrests >= 30")
    assert text == "not (offence is one of (“homicide”, “robbery”)) and arrests is at least 30"
    assert study_words.condition("known(citizenship)") == "citizenship is known"


def test_units_and_large_numbers_in_words():
    assert study_words.condition("fee > 150 USD per person-day") == (
        "fee is above 150 USD per person-day"
    )
    assert study_words.condition("cost - fee > 12000000") == "cost − fee is above 12,000,000"
    assert study_words.condition("share >= 95 %") == "share is at least 95\u202f%"
    assert "12,000,000 USD" in study_words.override("parameters.grant", "12000000 USD")
    assert "from 14 February 2025" in study_words.override(
        "gates.a", {"open": {"from": "2025-02-14"}}
    )
    both = {"chance": {"value": "15 %", "confidence": "assumed"}, "confidence": "assumed"}
    assert study_words.override("gates.a", both).count("(assumed)") == 1


def test_people_are_whole_and_changes_signed():
    assert numbers.people(7.4) == "7" and numbers.people(0.2) == "fewer than 1"
    assert numbers.signed_people(17.6) == "+18" and numbers.signed_people(-32.7) == "−33"
    assert Spread(-6, -33, -6, 18).sentence(numbers.signed_people).endswith("−33 to +18)")
    assert Spread(3, 2, 3, 4).table(numbers.signed_exact) == "+3 (+2 to +4)"
    assert Spread(-6, -33, -6, 18).unclear and not Spread(3, 0, 3, 4).unclear


def test_amounts_and_addresses_in_words():
    assert study_words.amount(0.03, "share per year") == "3\u202f% per year"
    assert study_words.amount(1095, "day") == "1,095 days (3 years)"
    assert study_words.amount(20000, "USD") == "USD 20,000"
    assert study_words.address(STUDY, "parameters.stay_abroad") == "stay abroad"
    assert study_words.address(STUDY, "transitions.a -> b.chance") == "a → b › chance"
    assert study_words.address(STUDY, "gates.no_injunction.chance") == (
        "no injunction in force › chance"
    )


def test_overrides_in_words():
    assert study_words.override("agreement.rules.citizen", "off") == "Without the rule “citizen”."
    assert (
        study_words.override("gates.no_injunction.chance", "0 %")
        == "Chance of the gate “no injunction” is 0\u202f%."
    )
    assert (
        study_words.override("transitions.us_prison -> nominated", False)
        == "Without the transition “us_prison → nominated”."
    )
    assert (
        study_words.override("quotas.flights", {"at most": "10 people per day"})
        == "The quota “flights”: at most 10 people per day."
    )
    gate = {"label": "x", "open": {"from": "2025-02-14"}, "confidence": "assumed", "note": "n."}
    assert (
        study_words.override("gates.approval", gate) == "The gate “approval”: open from "
        "14 February 2025 (assumed)."
    )
    chance = {"between": ["5 %", "40 %"], "best": "15 %"}
    assert study_words.override("gates.a.chance", chance).endswith(
        "5\u202f% to 40\u202f%, best 15\u202f%."
    )


def test_csv_defuses_formulas_and_keeps_numbers():
    rows = [{"name": '=HYPERLINK("x")', "value": -1.5, "day": date(2025, 2, 4), "none": None}]
    table = ReportTable("t", (Column("name", lambda row: row["name"]),), rows, "t")
    assert table.csv() == 'name,value,day,none\n"\'=HYPERLINK(""x"")",-1.5,2025-02-04,\n'


def test_a_csv_has_a_column_for_each_number_of_a_range_and_nothing_for_a_year_without():
    rows = [{"what": "a", "2025": Spread(7.5, 5.0, 7.0, 9.0, 0.1, None)}, {"what": "b", "2026": 3}]
    told = ReportTable("t", (Column("what", lambda row: row["what"]),), rows, "t").csv()
    parts = ("mean", "p5", "p50", "p95", "error_parameters", "error_simulation")
    head = ",".join(["what", *(f"2025 {part}" for part in parts), "2026"])
    assert told == f"{head}\na,7.5,5,7,9,0.1,,\nb,,,,,,,3\n"


def test_small_numbers_are_held_back_with_a_second_where_one_is_alone():
    rows = [{"n": 4.0}, {"n": 30.0}, {"n": 500.0}, {"n": 0.0}]
    hold_back(rows, "n")
    assert [row["n"] for row in rows] == [HIDDEN, HELD_BACK, 500.0, 0.0]
    rows = [{"n": 4.0}, {"n": 9.9}, {"n": 500.0}]
    hold_back(rows, "n")
    assert [row["n"] for row in rows] == [HIDDEN, HIDDEN, 500.0]
    rows = [{"n": 0.0}, {"n": 10.0}]
    hold_back(rows, "n")
    assert [row["n"] for row in rows] == [0.0, 10.0]
