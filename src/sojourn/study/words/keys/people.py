"""The keys of populations: who is there at the start, and who is admitted."""

from __future__ import annotations

from sojourn.study.units import MONTHS, WEEKDAYS
from sojourn.study.words.keys.key import AS_COUNTED, CITED, Key

PEOPLE: dict[str, tuple[Key, ...]] = {
    "population": (
        *CITED,
        Key("facts", "map of value", "Facts that all its people share", "{custody: federal}"),
        Key(
            "split",
            "map of shares",
            "Facts that differ, with the share of each value",
            "{citizenship: {US: 85 %, SV: 15 %}}",
        ),
        Key("table", "text", "A .csv file of cells: facts, and share or count", "cells.csv"),
        Key("stock", "stock", "People on the evening before day 0", "{}"),
        Key("admissions", "admissions", "People entering from outside", "{}"),
        Key(
            "clocks",
            "map of clock",
            "Clocks that its people carry",
            "{sentence_end: {mean: 5 years}}",
        ),
        Key("label", "words", "Name for people", "Federal prisoners"),
    ),
    "stock": (
        *CITED,
        Key("count", "people", "How many", "159309 people"),
        Key(
            "file", "text", "Instead of `count`: a table of facts, `people`, `served`", "stock.csv"
        ),
        Key("state", "text", "Where they are", "us_prison", True),
        Key("served", "served", "`new`, `equilibrium`, or the days already served", "equilibrium"),
    ),
    "admissions": (
        *CITED,
        Key("per day", "dated people", "How many each day", "10 people"),
        Key("per week", "dated people", "How many each week", "70 people"),
        Key("per month", "dated people", "How many each month", "300 people"),
        Key("per year", "dated people", "How many each year", "45300 people"),
        Key(
            "file", "text", "Instead of a rate: a table of `date`, `people`, facts", "arrivals.csv"
        ),
        *AS_COUNTED,
        Key("from", "date", "With `as counted`: nobody before this day", "2018-01-01"),
        Key("to", "date", "With `as counted`: nobody from this day on", "2018-01-01"),
        Key(
            "outside",
            "one of: refuse, ignore",
            "What to do with dates outside the period",
            "ignore",
        ),
        Key("into", "text", "The state they enter", "us_prison", True),
        Key("process", "one of: poisson, fixed, over-dispersed", "How they arrive", "poisson"),
        Key(
            "variance ratio",
            "number",
            "With `process: over-dispersed`: variance over mean of the daily number, at least 1",
            "2.5",
        ),
        Key("trend", "rate", "Relative change per year", "-1 % per year"),
        Key(
            "season",
            "season",
            "Factors by month; the year's number stays the same",
            "{july: 120 %}",
        ),
        Key(
            "weekdays",
            "weekdays",
            "Factors by weekday; the week's number stays the same",
            "{sunday: 20 %}",
        ),
    ),
    "season": tuple(
        Key(month, "factor", f"{month.title()}, relative to 100 %", "120 %") for month in MONTHS
    ),
    "weekdays": tuple(
        Key(day, "factor", f"{day.title()}s, relative to 100 %", "20 %") for day in WEEKDAYS
    ),
}
