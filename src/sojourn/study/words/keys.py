"""Every key that an analyst may write, by shape: the loader and the JSON Schema both read this.

A key's `kind` says what its value is: a word of `sojourn.study.words.schema` (`text`, `date`,
`share`, `stay` …), the name of a shape, `map of KIND`, `list of KIND`, `dated KIND`
(the value, or date -> value), or `one of: a, b`.
"""

from __future__ import annotations

from typing import NamedTuple, get_args

from sojourn.stays.families import FAMILIES, FITTED
from sojourn.study.fact_types import FACT_TYPES
from sojourn.study.payment_bases import BASES, Settled, takers
from sojourn.study.provision_model import FORMS, PAID_FOR
from sojourn.study.units import MONTHS, WEEKDAYS


class Key(NamedTuple):
    """One key of a shape."""

    name: str
    kind: str
    about: str
    example: str
    required: bool = False


AT_LEAST = r"at least (\d{1,3}) of"
"""The key of a list of conditions of which so many hold."""

CITED: tuple[Key, ...] = (
    Key("source", "text", "Name of the source in which it was found", "r004"),
    Key("quote", "text", "The source's own words", '"capacity of 40,000 inmates"'),
    Key("by", "text", "Who said it", "the Department of Justice"),
    Key(
        "confidence",
        "one of: read, secondary, computed, remembered, assumed",
        "How we know it",
        "read",
    ),
    Key("note", "text", "A remark, for example why it is assumed", "no figure is published"),
    Key("cite", "text", "A legal citation", '"8 USC 1231"'),
)

_QUANTITY: tuple[Key, ...] = (
    Key("value", "quantity", "A certain value", "40000 people"),
    Key("between", "list of quantity", "Least and greatest value", "[30 %, 80 %]"),
    Key("best", "quantity", "The most likely value", "50 %"),
    Key(
        "as",
        "one of: uniform, triangular, pert, loguniform",
        "Its distribution; default: pert with `best`, uniform without",
        "pert",
    ),
)
_USUAL = ", ".join(
    f"{many}: the {period}" for many, period in
    (basis.usual for basis in BASES if basis.usual and "settled" in basis.takes)
)  # fmt: skip


def _with(key: str) -> str:
    return "with per: " + " or ".join(takers(key))


_PARAMETER = Key("parameter", "text", "Name of the parameter to use here", "fee")

SHAPES: dict[str, tuple[Key, ...]] = {
    "study": (
        Key("study", "text", "The title", "A and B", True),
        Key("about", "text", "What the study asks, in a paragraph", "who would be held"),
        Key("period", "period", "The days simulated", "{from: 2025-01-01, to: 2030-01-01}", True),
        Key("run", "run", "Default seed, draws and replicates", "{seed: 1, draws: 100}"),
        Key(
            "sources", "map of source", "Texts and tables on which the study rests", "sources.yaml"
        ),
        Key("statements", "map of statement", "What the sources say", "statements.yaml"),
        Key(
            "outcomes",
            "map of outcome",
            "What has happened since, which the answer is held against",
            "outcomes.yaml",
        ),
        Key("parameters", "map of quantity", "Numbers with a name", "{share: 50 %}"),
        Key("facts", "map of fact", "Documented attributes of people", "{citizenship: {}}"),
        Key("agreement", "agreement", "The terms between two states", "agreement.yaml"),
        Key("facilities", "map of facility", "Named pools of places", "{}"),
        Key(
            "clocks",
            "map of text",
            "Due dates that people carry with them",
            "{sentence_end: its end}",
        ),
        Key("states", "map of state", "Where a person can be", "{prison: {}}", True),
        Key("transitions", "map of transition", "Ways out of states", "{a -> b: {}}", True),
        Key("quotas", "map of quota", "Limits on moves that transitions share", "{}"),
        Key("gates", "map of gate", "Calendars of open and closed days", "{}"),
        Key("populations", "map of population", "Streams of people", "{prisoners: {}}", True),
        Key("money", "money", "Prices and payments", "money.yaml"),
        Key("measures", "map of measure", "Numbers computed from results", "{held: {}}"),
        Key("claims", "map of claim", "Sentences that somebody said, to be tested", "{}"),
        Key(
            "scenarios", "map of scenario", "Variants of the study; the first is the baseline", "{}"
        ),
        Key("assumptions", "list of text", "What is assumed", "[nobody escapes]"),
        Key("limits", "list of text", "What is left out", "[families]"),
    ),
    "period": (
        Key("from", "date", "Day 0", "2025-02-04", True),
        Key("to", "date", "The first day after the last one", "2030-02-04", True),
        Key("step", "one of: day, month, year", "Unit of time; default: day", "month"),
        Key("report", "one of: month, year", "The reporting period", "month"),
        Key("by", "names", "Facts by which results are grouped", "[citizenship]"),
    ),
    "run": (
        Key("seed", "whole", "Seed of all randomness", "20250204"),
        Key("draws", "whole", "How many values of each uncertain number", "100"),
        Key("replicates", "whole", "How many random histories per draw", "1"),
    ),
    "source": (
        Key("title", "text", "Title", "Annual report", True),
        Key("publisher", "text", "Publisher", "Bureau of Prisons"),
        Key("date", "text", "Date, as precise as known", "2025-02-04"),
        Key("url", "text", "Address", "https://example.org/report"),
        Key("file", "text", "File with its text, relative to the study", "sources/report.txt"),
        Key(
            "confidence",
            "one of: read, secondary, computed, remembered, assumed",
            "How we know it",
            "read",
        ),
        Key("note", "text", "A remark", "second edition"),
    ),
    "statement": (
        *CITED,
        Key("says", "text", "Our own paraphrase", "all nationalities are accepted"),
        Key("models", "names", "Paths in the study where it is modelled", "[agreement.rules.x]"),
    ),
    "outcome": (
        *CITED,
        Key("measure", "text", "The measure that was observed", "held_at_end", True),
        Key("value", "quantity", "Its observed value, in the measure's unit", "238 people", True),
        Key("on", "date", "The last day that the measure looks at", "2025-03-31", True),
        Key("says", "text", "What happened, in a sentence", "238 people were sent"),
    ),
    "quantity": (*_QUANTITY, *CITED),
    "parameter use": (_PARAMETER,),
    "fact": (
        Key("type", f"one of: {', '.join(FACT_TYPES)}", "Type", "number"),
        Key(
            "values",
            "list of text",
            "Values of a text, or members of a set",
            "[US, SV]",
        ),
        Key(
            "open",
            "text",
            "Of a text without `values`: why any text may stand there, and names nobody",
            "offence codes of the register",
        ),
        Key("unit", "text", "Unit of a number", "arrests"),
        Key("range", "list of number", "Least and greatest number", "[0, 200]"),
        Key("fixed", "flag", "Nobody can change it: `explain` proposes no other value", "yes"),
        Key("about", "text", "What it means", "as documented at intake"),
    ),
    "agreement": (
        Key("title", "text", "Title", "Custody agreement", True),
        Key("sending", "text", "The sending state", "US", True),
        Key("receiving", "text", "The receiving state", "SV", True),
        Key(
            "today",
            "text",
            "What `today` means in conditions: a date, or the name of a date fact; default in a "
            "study: its first day",
            "requested",
        ),
        Key("sources", "map of source", "Added to those of the study", "{}"),
        Key("facts", "map of fact", "Added to those of the study", "{}"),
        Key(
            "values",
            "map of agreed value",
            "Named values for use in conditions",
            "{notice: 180 days}",
        ),
        Key("terms", "map of conditions", "Named conditions", "{adult: age >= 18 years}"),
        Key("rules", "map of rule", "Requirements and bars", "{}"),
        Key("provisions", "map of provision", "What else the agreement says", "{}"),
        Key("not established", "list of text", "What is not known about it", "[the price]"),
        Key("cases", "map of worked case", "Invented people with the expected outcome", "{}"),
        Key(
            "eligible means",
            "text",
            "What its `eligible` says; a statute may only bar. Shown with every outcome",
            "not barred by this statute",
        ),
        Key("about", "text", "A remark", "as announced"),
    ),
    "agreed value": (
        *CITED,
        Key("dated", "dated quantity or date", "The value, or date -> value", "180 days"),
        Key("chosen by", "text", "The text fact whose value chooses from the table", "receiver"),
        Key(
            "table",
            "quantities or dates",
            "A number, duration or date for each declared value; `never` for no date",
            "{SV: 2007-12-18, US: 2001-06-24}",
        ),
    ),
    "rule": (
        *CITED,
        Key("require", "conditions", "Must be true", "citizenship = 'SV'"),
        Key("bar", "conditions", "Must be false", "citizenship = 'US'"),
        Key(
            "when",
            "conditions",
            "The rule applies only to cases for which this is true",
            "convicted",
        ),
        Key(
            "if unknown", "one of: refer, fail, pass", "What happens if a fact is missing", "refer"
        ),
        Key(
            "unless",
            "conditions",
            "The rule does not apply to cases for which this is true",
            "appealed",
        ),
        Key("from", "date", "In force from", "2025-02-04"),
        Key("to", "date", "In force until, not including", "2026-02-04"),
        Key(
            "in force",
            "list of span",
            "Several spans in which it is in force, instead of `from` and `to`",
            "[{to: 2017-03-06}, {from: 2025-01-20}]",
        ),
        Key("about", "text", "A remark", "as announced"),
    ),
    "provision": (
        *CITED,
        Key(
            "says", "text", "What the agreement says, in our own words", "at most 300 places", True
        ),
        Key("signed", "text", "Day, month or year of signature", "2015-03-02"),
        Key("from", "text", "Day, month or year from which it holds", "2015-09-01"),
        Key("to", "text", "The last day, month or year", "2018-08-31"),
        Key("status", "text", "Its status in words", "ended"),
        Key("form", f"one of: {', '.join(FORMS)}", "How the price is formed", "fixed per year"),
        Key("places", "people", "Places covered by a sum for a period", "242 places"),
        Key("payments", "map of agreed payment", "The prices", "{}"),
    ),
    "agreed payment": (
        *CITED,
        Key("per", f"one of: {', '.join(PAID_FOR)}", "What the amount buys", "place-day", True),
        Key("amount", "dated amount", "The amount", "8500 EUR", True),
        Key("minimum", "people", "Places paid for, used or not", "300 places"),
        Key("maximum", "people", "Most places available", "600 places"),
        Key("tiers", "list of tier", "Amounts above a number of places", "[{}]"),
        Key("escalator", "rate", "Relative increase per year", "2 % per year"),
        Key("from", "date", "First day", "2025-03-15"),
        Key("to", "date", "The first day after the last one", "2026-03-15"),
        Key("years", "number", "Number of years for which it is paid (with per: year)", "30"),
        Key("people", "people", "Number of people in the end (with per: once)", "238 people"),
        Key("days", "number", "Days for which each was held in the end", "125"),
    ),
    "worked case": (
        Key("says", "text", "A sentence about an invented person", "a man of 30", True),
        Key("facts", "map of value", "Their facts; a fact left out is not documented", "{}"),
        Key("today", "date", "The day on which the case is decided", "2026-09-01"),
        Key(
            "outcome", "one of: eligible, barred, referred", "The expected outcome", "barred", True
        ),
        Key("because", "names", "The rules that fail, or are undetermined", "[men]"),
    ),
    "facility": (
        *CITED,
        Key("capacity", "dated people", "Places", "40000 people", True),
        Key(
            "already held",
            "dated people",
            "Other people held there, outside the model",
            "14532 people",
        ),
        Key(
            "limit",
            "one of: hard, soft",
            "hard: nobody enters above the capacity; soft: people do",
            "hard",
        ),
        Key("label", "text", "Name for people", "Federal prisons"),
        Key("country", "text", "Country", "SV"),
    ),
    "state": (
        *CITED,
        Key("place", "text", "Facility whose places the people here occupy", "federal_prisons"),
        Key("end", "flag", "Nobody leaves it", "yes"),
        Key("sets", "map of clock", "Clocks set on entering", "{term_end: 1 year}"),
        Key("label", "text", "Name for people", "Released"),
    ),
    "transition": (
        *CITED,
        Key(
            "at",
            "text or share of a clock",
            "A clock, or a share of its length, with or without an offset",
            "50 % of sentence - 30 days",
        ),
        Key("when", "condition", "Who may take it", "eligible"),
        Key("after", "stay", "The delay from entering the state", "{mean: 60 days}"),
        Key("at most", "dated limit", "A limit on its moves", "250 people per week"),
        Key("quota", "text", "The name of a shared limit", "flights"),
        Key("chance", "share", "Probability that it ever happens", "50 %"),
        Key("while", "names", "Gates that must be open", "[in_force]"),
        Key("priority", "whole", "Lower is served first", "1"),
        Key(
            "otherwise",
            "text",
            "State for people who cannot move on the day they join the line",
            "elsewhere",
        ),
        Key("becomes", "map of value", "Facts that change", "{custody: abroad}"),
        Key(
            "starts",
            "date",
            "Date from which the delay runs for people already there",
            "2025-03-15",
        ),
        Key(
            "to",
            "branches",
            "Several targets with their shares, or without if a file of observed stays gives the "
            "shares; the target in the key is then only a name",
            "{a: {share: 40 %}}",
        ),
        Key(
            "changes",
            "map of change",
            "Date -> what changes on that date",
            "{2027-01-01: {after: 90 days}}",
        ),
        Key("label", "text", "Name for people", "Transfer"),
    ),
    "share of a clock": (
        Key(
            "share",
            "share or map of share",
            "Share of its length, or a share for each band of lengths",
            "{up to 12 months: 25 %, above: 40 %}",
        ),
        Key("of", "text", "The clock", "sentence", True),
        Key("credit", "duration", "Days of credit, taken off", "30 days"),
    ),
    "change": (
        *CITED,
        Key(
            "for",
            "one of: new entrants, everyone by own stay, everyone by pace, everyone",
            "Only people who enter the state from then on, or also people in it; `everyone` alone "
            "only for a way out `at` a clock",
            "everyone by own stay",
        ),
        Key("after", "stay", "The delay from entering the state", "{mean: 90 days}"),
        Key("at", "text or share of a clock", "A different share of the clock", "40 % of sentence"),
        Key("chance", "share", "Probability that it ever happens", "40 %"),
        Key("to", "branches", "The same targets with other shares or delays", "{a: {share: 60 %}}"),
    ),
    "branch": (
        Key("share", "share", "Share of the people who move (one branch may omit it)", "40 %"),
        Key("after", "stay", "The delay of this branch", "30 days"),
        Key(
            "way out",
            "names",
            "Its name or names in the file of observed stays, if different",
            "Bond posted",
        ),
    ),
    "quota": (*CITED, Key("at most", "dated limit", "The limit", "135 people per day", True)),
    "gate": (
        *CITED,
        Key(
            "open", "list of span", "Open in these spans, otherwise closed", "[{from: 2025-03-15}]"
        ),
        Key(
            "closed", "list of span", "Closed in these spans, otherwise open", "[{to: 2026-01-01}]"
        ),
        Key("from", "date", "When the random history begins", "2025-03-15"),
        Key("opens after", "stay", "Closed until then", "{mean: 200 days}"),
        Key("closes after", "stay", "Open until then", "{mean: 25 days}"),
        Key("for", "stay", "How long it stays closed", "120 days"),
        Key("again", "flag", "Whether it closes repeatedly", "yes"),
        Key("chance", "share", "Probability of ever opening, or of each closing", "80 %"),
        Key("label", "text", "Name for people", "Injunction"),
    ),
    "span": (
        Key("from", "date", "First day", "2025-03-15"),
        Key("to", "date", "The first day after the last one", "2026-03-15"),
    ),
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
        Key("label", "text", "Name for people", "Federal prisoners"),
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
    "money": (
        Key("currency", "text", "Currency code", "USD"),
        Key("price year", "whole", "Price year of payments that give none", "2025"),
        Key("prices", "prices", "A price index, and the year of real amounts", "{}"),
        Key("discount rate", "rate", "Rate at which real amounts are discounted", "3 % per year"),
        Key("payments", "map of payment", "Who pays whom how much for what", "{}"),
    ),
    "prices": (
        Key("year", "whole", "The year in whose prices real amounts are given", "2025", True),
        Key("index", "text", "A table, `year,index` or `date,index`", "prices.csv", True),
        Key("then", "rate", "How it changes in each year after the table", "2 % per year"),
    ),
    "payment": (
        *CITED,
        Key("payer", "text", "Who pays", "US", True),
        Key("payee", "text", "Who is paid", "SV", True),
        Key("per", "text", "What the amount buys", "person-year in held", True),
        Key("amount", "amount", "The amount", "20000 USD", True),
        Key("where", "map of value", "Only people with these facts", "{citizenship: US}"),
        Key("places", "people", f"Contracted places ({_with('places')})", "300 places"),
        Key("wing", "wing", f"Size of a wing ({_with('wing')})", "{}"),
        Key("minimum", "people", "Places paid for, used or not", "300 places"),
        Key("tiers", "list of tier", "Amounts above a number of places, or of moves", "[{}]"),
        Key(
            "settled",
            f"one of: {', '.join(get_args(Settled))}",
            "Period over whose average the minimum and tiers apply; default: the unit of `per` "
            f"({_USUAL})",
            "month",
        ),
        Key(
            "days",
            "one of: nights, both ends",
            "Whether the day of departure is paid for too",
            "both ends",
        ),
        Key("escalator", "rate", "Relative increase on each anniversary of `from`", "2 % per year"),
        Key("from", "date", "First day", "2025-03-15"),
        Key("to", "date", "The first day after the last one", "2026-03-15"),
        Key("on", "date", f"The day ({_with('on')})", "2025-03-15"),
        Key(
            "price year",
            "whole",
            "Year of the price, from which the escalator or the index runs",
            "2025",
        ),
        Key(
            "costing",
            "one of: average, marginal",
            "One of two ways to cost the same custody; never added together",
            "marginal",
        ),
        Key("category", "one of: fee, custody, transfer, legal, other", "Kind", "fee"),
        Key("label", "text", "Name for people", "Fee"),
    ),
    "tier": (
        Key("above", "people", "Places (or moves) above this", "300 places", True),
        Key("amount", "amount", "The amount for each of them", "5000 USD", True),
    ),
    "wing": (
        Key("places", "people", "Places of one wing", "500 places", True),
        Key("above", "people", "People for whom there is room without a wing", "1200 people"),
        Key("opening", "amount", "What each opening costs", "2000000 USD"),
        Key("kept", "duration", "How long it stays open after it was last needed", "6 months"),
    ),
    "measure": (
        *CITED,
        *_QUANTITY,
        Key("people", "names", "People in these states", "held"),
        Key("average", "names", "Mean census of these states (or of a facility)", "held"),
        Key("peak", "names", "Greatest daily census of these states (or of a facility)", "held"),
        Key("person-days", "names", "Days spent in these states", "held"),
        Key("person-years", "names", "Years spent in these states", "held"),
        Key("moves", "names", "Moves over these transitions", "nominated -> held"),
        Key(
            "turned away",
            "names",
            "People whom these transitions sent `otherwise`",
            "nominated -> held",
        ),
        Key("wait", "names", "Mean wait of the people served, in days", "nominated -> held"),
        Key(
            "median wait",
            "names",
            "Days within which half of the people who join the line are served",
            "nominated -> held",
        ),
        Key(
            "share served",
            "names",
            "Share of the people who join the line that is served by the end",
            "nominated -> held",
        ),
        Key("money", "bill", "Sum of payments", "fee"),
        Key(
            "prices",
            "one of: nominal, real",
            "Amounts as paid, or in prices of the index year",
            "real",
        ),
        Key("discounted", "flag", "Amounts discounted to day 0", "yes"),
        Key("first full", "text", "Days until the facility is first full", "cecot"),
        Key("ratio", "names", "The first measure divided by the second", "[fee_total, years]"),
        Key("sum", "names", "Sum of measures", "[a, b]"),
        Key("difference", "names", "The first measure minus the second", "[a, b]"),
        Key("product", "names", "Product of measures", "[a, b]"),
        Key("where", "map of value", "Only people with these facts", "{citizenship: US}"),
        Key("from", "date", "First day", "2025-03-15"),
        Key("to", "date", "The first day after the last one", "2026-03-15"),
        Key("at", "text", "`end` or a date", "end"),
        Key(
            "scenario",
            "text",
            "Scenario whose value it takes; default: its own",
            "law as it stands",
        ),
        Key(
            "happened",
            "flag",
            "The `value` is what came to pass: the report lists it, with the claims that use it",
            "yes",
        ),
        Key("unit", "text", "Unit", "USD per person-year"),
        Key("label", "text", "Name for people", "Held at the end"),
    ),
    "bill": (
        Key("payments", "names", "These payments", "[fee, transport]"),
        Key("payer", "text", "All that this party pays", "US"),
        Key("payee", "text", "All that this party receives", "SV"),
        Key("category", "one of: fee, custody, transfer, legal, other", "Kind", "fee"),
        Key(
            "costing",
            "one of: average, marginal",
            "This costing, and payments without one",
            "marginal",
        ),
    ),
    "claim": (
        *CITED,
        Key("says", "text", "The claim", "the fee is low", True),
        Key("holds if", "condition", "Condition over measures", "fee < home_cost"),
        Key(
            "cannot be determined",
            "text",
            "Why it cannot be tested",
            "no measure of safety is in the model",
        ),
        Key("scenario", "text", "The scenario in which it is tested", "as offered"),
        Key(
            "follows from",
            "names",
            "Paths of the study, such as an assumed number, that by themselves decide it",
            "[parameters.petitions]",
        ),
    ),
    "scenario": (
        Key("based on", "text", "Scenario whose changes are applied first", "as offered"),
        Key("about", "text", "What it is", "the offer as announced"),
    ),
    "stay": (
        *CITED,
        *_QUANTITY,
        Key("mean", "duration", "Mean of an exponential stay", "60 days"),
        *(
            Key(family.name, f"parameters of {family.name}", family.title, family.example)
            for family in FAMILIES.values()
        ),
        Key("table", "weights", "Whole days with weights", "{0: 10, 30: 90}"),
        Key(
            "quantiles",
            "quantiles",
            "Share of stays -> days not exceeded; linear in between",
            "{0 %: 1 day, 90 %: 30 days, 100 %: 1 year}",
        ),
        Key(
            "survival",
            "survival",
            "Time -> share still there; linear in between",
            "{0 days: 100 %, 30 days: 80 %, 1 year: 0 %}",
        ),
        Key(
            "hazard",
            "hazard",
            "Time -> rate of leaving from then on (not a probability); the last holds for ever",
            "{0 days: 0.2 % per day, 30 days: 5 % per month, 1 year: 0}",
        ),
        Key(
            "observed",
            "stays file",
            "Observed stays, some of them censored (Kaplan–Meier), with or without their way out "
            "(Aalen–Johansen)",
            "stays.csv",
        ),
        Key(
            "way out",
            "names",
            "With `observed`: the file's name or names for the way out that ends this stay",
            "bond",
        ),
        Key(
            "fit",
            f"one of: {', '.join(FITTED)}",
            "With `observed`: the family to fit by maximum likelihood, jointly with the other ways "
            "out of the file",
            "lognormal",
        ),
        Key(
            "rest",
            "one of: never, ends",
            "With `survival` or `observed`: people left at the end never leave, or leave then",
            "never",
        ),
        Key("mixture", "list of mixture part", "Several stays with shares", "[{}]"),
        Key("of", "map of stay", "With `by`: value of the fact -> its stay", "{violent: 10 days}"),
        Key("otherwise", "stay", "With `by`: the stay of all other values", "20 days"),
    ),
    "mixture part": (
        Key("share", "share", "Share", "30 %", True),
        Key("after", "stay", "The stay", "30 days", True),
    ),
    **{
        f"parameters of {family.name}": tuple(
            Key(each.name, each.kind, each.about, each.example, True) for each in family.parameters
        )
        for family in FAMILIES.values()
    },
}

NAMES: dict[str, tuple[str, ...]] = {
    shape: tuple(key.name for key in keys) for shape, keys in SHAPES.items()
}
REQUIRED: dict[str, tuple[Key, ...]] = {
    shape: tuple(key for key in keys if key.required) for shape, keys in SHAPES.items()
}
FILLED: dict[str, dict[str, str]] = {
    shape: {
        key.name: key.example
        for key in keys
        if not key.kind.startswith("map of ") and (shape != "study" or key.required)
    }
    for shape, keys in SHAPES.items()
}
"""Keys below which something must be written, with an example.

Not so for mappings with free names and the sections of a study, which may be empty.
"""
SECTIONS = tuple(key.name for key in SHAPES["study"] if key.name not in ("study", "about"))
"""Top-level keys whose value may be the name of a .yaml file."""
CITED_NAMES = tuple(key.name for key in CITED)
