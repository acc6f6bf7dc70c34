"""The keys of a study as a whole: its sections, period, run, sources and outcomes."""

from __future__ import annotations

from sojourn.study.uncertain_shapes import MOST_TOGETHER
from sojourn.study.units import MONTHS
from sojourn.study.words.keys.key import CITED, Key

STUDY: dict[str, tuple[Key, ...]] = {
    "study": (
        Key("study", "words", "The title", "A and B", True),
        Key("about", "words", "What the study asks, in a paragraph", "who would be held"),
        Key("language", "one of: en, es", "Language of its texts and reports; default: en", "es"),
        Key(
            "translations",
            "map of map of text",
            "Language -> a name or text of the study -> what it is in this language",
            "{es: {fee: tarifa}}",
        ),
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
        Key(
            "decisions",
            "map of decision",
            "Choices between scenarios, for which the value of information is computed",
            "decisions.yaml",
        ),
        Key(
            "history",
            "map of account",
            "What was counted in the past, to be listed, checked and fitted",
            "history.yaml",
        ),
        Key("parameters", "map of quantity", "Numbers with a name", "{share: 50 %}"),
        Key("correlated", "map of correlation", "Uncertain numbers that go together", "{}"),
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
        Key(
            "lead",
            "text",
            "The scenario with which the report begins; default: the second",
            "as offered",
        ),
        Key(
            "held in",
            "names",
            "The facilities whose people the report counts; default: those of the receiving state, "
            "or else abroad, or else all",
            "[prisons, places abroad]",
        ),
        Key("assumptions", "list of words", "What is assumed", "[nobody escapes]"),
        Key("limits", "list of words", "What is left out", "[families]"),
    ),
    "period": (
        Key("from", "date", "Day 0", "2025-02-04", True),
        Key("to", "date", "The first day after the last one", "2030-02-04", True),
        Key("step", "one of: day, month, year", "Unit of time; default: day", "month"),
        Key("report", "one of: month, year", "The reporting period", "month"),
        Key(
            "year starts",
            "one of: " + ", ".join(f"1 {month.capitalize()}" for month in MONTHS),
            "First day of a reporting year; default: 1 January",
            "1 July",
        ),
        Key("by", "names", "Facts by which results are grouped", "[citizenship]"),
    ),
    "run": (
        Key("seed", "whole", "Seed of all randomness", "20250204"),
        Key("draws", "whole", "How many values of each uncertain number", "100"),
        Key("replicates", "whole", "How many random histories per draw", "1"),
        Key(
            "spread together",
            "names",
            f"Addresses of up to {MOST_TOGETHER} uncertain numbers that matter most: their draws "
            "are spread evenly over all their combinations",
            "[parameters.fee, parameters.share]",
        ),
    ),
    "source": (
        Key("title", "words", "Title", "Annual report", True),
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
        Key("note", "words", "A remark", "second edition"),
    ),
    "statement": (
        *CITED,
        Key("says", "words", "Our own paraphrase", "all nationalities are accepted"),
        Key("models", "names", "Paths in the study where it is modelled", "[agreement.rules.x]"),
    ),
    "outcome": (
        *CITED,
        Key("measure", "text", "The measure that was observed", "held_at_end", True),
        Key("value", "quantity", "Its observed value, in the measure's unit", "238 people", True),
        Key("on", "date", "The last day that the measure looks at", "2025-03-31", True),
        Key("says", "words", "What happened, in a sentence", "238 people were sent"),
    ),
    "decision": (
        *CITED,
        Key("who", "words", "Who decides", "the sending state", True),
        Key(
            "options",
            "names",
            "The scenarios and settings to choose from",
            "[no agreement, as offered]",
            True,
        ),
        Key(
            "settings",
            "map of scenario",
            "Options that are no scenarios of the study, but changes of one",
            "{half the fee: {based on: as offered, money.payments.fee.amount: 10000 USD}}",
        ),
        Key("least", "text", "The measure whose mean is to be least", "total_cost"),
        Key("greatest", "text", "The measure whose mean is to be greatest", "gain"),
        Key(
            "turns at",
            "names",
            "Prices, for the report to say at which value another option is as good",
            "money.payments.fee.amount",
        ),
        Key(
            "groups",
            "map of names",
            "Uncertain numbers that could be found out together, by their paths",
            "{courts: [parameters.stay_share]}",
        ),
        Key(
            "samples",
            "map of sample",
            "What could be observed before",
            "{two hundred petitions: {of: parameters.stay_share, people: 200}}",
        ),
    ),
    "sample": (
        *CITED,
        Key("of", "text", "Path of the uncertain number", "parameters.stay_share", True),
        Key("people", "whole", "Of a share: how many people are looked at", "200"),
        Key("observations", "whole", "How often the number itself is observed", "50"),
        Key(
            "deviation",
            "quantity",
            "Standard deviation of one observation about the number",
            "30 days",
        ),
    ),
    "account": (
        *CITED,
        Key(
            "file",
            "text",
            "A .csv, .parquet or .xlsx file, a row for each period",
            "prisons.csv",
        ),
        Key(
            "stays",
            "history of stays",
            "Instead of `file`: a file of stays, which is counted by period",
            "{file: stays.csv, entered: booked, left: released, from: 2020-01-01, to: 2025-01-01}",
        ),
        Key(
            "date",
            "text",
            "With `file`: column of the period, as 1990, 1990-Q3, 1990-09 or 1990-09-30; FY 1990 "
            "and 1989/90 are years as `year starts` of the period begins them",
            "year",
        ),
        Key("where", "map of value", "Only rows with these words in these columns", "{state: FE}"),
        Key("groups", "names", "Columns that tell groups apart; facts, if it is fitted", "[sex]"),
        Key("states", "names", "States of the model whose people are counted", "[prison]"),
        *(
            Key(kind, "text or counted column", f"Column of {about}", example)
            for kind, about, example in (
                ("stock", "the people at the end of the period", "prisoners"),
                ("admissions", "the people who came in the period", "{column: came, error: 2 %}"),
                ("releases", "the people who left in the period", "released"),
                ("average", "the average number of people over the period", "adp"),
                (
                    "time served",
                    "the mean time served of those released",
                    "{column: served, in: months}",
                ),
            )
        ),
        Key(
            "breaks",
            "map of text",
            "Period -> what is counted otherwise from it on",
            "{2017: private prisons are counted}",
        ),
    ),
    "history of stays": (
        Key(
            "file", "text", "A .csv, .parquet or .xlsx file, a row for each stay", "stays.csv", True
        ),
        Key("entered", "text", "Column of the day of entering", "booked", True),
        Key("left", "text", "Column of the day of leaving; empty: still there", "released", True),
        Key("step", "one of: year, quarter, month", "What is counted by; default: month", "year"),
        Key("from", "date", "First day of the first period that is counted", "2020-01-01", True),
        Key("to", "date", "The day after the last period", "2025-01-01", True),
    ),
    "counted column": (
        Key("column", "text", "The column; of a file of stays, nothing", "prisoners"),
        Key(
            "error",
            "share or people or duration",
            "Standard deviation of its measurement (a duration: of time served): it is a target of "
            "`sojourn fit`",
            "1 %",
        ),
        Key("in", "one of: days, months, years", "Unit of time served; default: days", "months"),
    ),
}
