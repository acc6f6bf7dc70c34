"""The keys of facilities, states, transitions, quotas and gates."""

from __future__ import annotations

from sojourn.study.words.keys.key import CITED, Key

PATHWAY: dict[str, tuple[Key, ...]] = {
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
        Key("label", "words", "Name for people", "Federal prisons"),
        Key("country", "text", "Country", "SV"),
    ),
    "state": (
        *CITED,
        Key("place", "text", "Facility whose places the people here occupy", "federal_prisons"),
        Key("end", "flag", "Nobody leaves it", "yes"),
        Key("sets", "map of clock", "Clocks set on entering", "{term_end: 1 year}"),
        Key("label", "words", "Name for people", "Released"),
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
        Key("label", "words", "Name for people", "Transfer"),
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
        Key("label", "words", "Name for people", "Injunction"),
    ),
    "span": (
        Key("from", "date", "First day", "2025-03-15"),
        Key("to", "date", "The first day after the last one", "2026-03-15"),
    ),
}
