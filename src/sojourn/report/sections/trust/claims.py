"""Sections: claims tested on the results, and what the sources say."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from sojourn.languages import dates
from sojourn.languages.phrases import has_own, later, own, phrase, plural
from sojourn.report.context import Context
from sojourn.report.figures.blocks import Block, Cards, Column, Prose, ReportTable, Section
from sojourn.report.sections.trust.measures import measure_rows, sides, told
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.changes import place_told
from sojourn.report.wording.ranges import Row
from sojourn.report.wording.reasons import reason
from sojourn.study.checks.quotes import NOT_CHECKED
from sojourn.study.model.sources import Statement
from sojourn.study.model.study import StudyModel

MARKS = {
    later("holds"): "✓",
    later("does not hold"): "✕",
    later("depends"): "≈",
    later("follows from an assumption"): "=",
    later("cannot be determined"): "?",
}
"""Shown with the verdict's words, never alone."""
TITLE = later("What the sources say")
STATUS = {
    "found": later("✓ found"),
    "not found": later("✕ not found"),
    "not checked, text not at hand": later("not checked, text not at hand"),
}
"""Marks of checked quotations; the others say so in words."""


def claims(context: Context) -> Section:
    """Each claim with its source, its condition in words and its verdict."""
    study = context.data.study
    names = {
        name: f"“{study_words.measure_name(study, name)}”"
        for scenario in study.scenarios.values()
        for name in scenario.measures
    }
    rows = [
        {**row, "reason": reason(row["reason"] or "")}
        for row in context.data.rows("SELECT * FROM claims")
    ]
    found = {(row["scenario"], row["measure"]): row for row in measure_rows(context)}
    if not rows:
        return Section("claims", phrase("Claims"), (Prose(phrase("The study tests no claims.")),))
    items = [
        {
            "title": row["says"] or study_words.plain(row["claim"]),
            "quote": row["quote"] if row["quote"] != row["says"] else None,
            "by": row["by"],
            **cited(context, row["source"]),
            "parts": [
                *_reading(study, row),
                (
                    phrase("Holds if"),
                    study_words.condition(row["condition"], names)
                    if row["condition"]
                    else phrase("no condition over the model's numbers is given"),
                ),
                *_numbers(study, row, found),
                (phrase("Reason"), _worded(study, row["reason"], names)),
            ],
            "verdict": phrase(row["verdict"]),
            "tone": row["verdict"].replace(" ", "-"),
            "mark": MARKS.get(row["verdict"], ""),
            "share": _share(row),
            "where": _where(row),
        }
        for row in rows
    ]
    table = ReportTable(
        phrase("Claims"),
        (
            Column(phrase("Claim"), lambda row: row["says"] or study_words.plain(row["claim"])),
            Column(phrase("Scenario"), lambda row: row["scenario"] or ""),
            Column(phrase("Verdict"), lambda row: phrase(row["verdict"])),
            Column(
                phrase("Holds in"), lambda row: numbers.percent(row["share_holds"]), number=True
            ),
            Column(phrase("95 % interval"), _interval, number=True),
            Column(
                phrase("Determined in"), lambda row: numbers.percent(row["determined"]), number=True
            ),
        ),
        rows,
        "claims",
        phrase(
            "Share among the histories in which the claim is determined, and a 95 % interval for "
            "the share among all possible histories. A claim holds if the interval lies above 95 "
            "%, and does not hold if it lies below 5 %. It follows from an assumption if it "
            "holds, or does not, because of what the study puts in."
        ),
        folded=phrase("As a table"),
    )
    return Section(
        "claims",
        phrase("Claims"),
        (Cards(items), table),
        phrase(
            "A claim is tested on this model's numbers only; whether the sentence is true "
            "otherwise is not decided here."
        ),
    )


_PATH = re.compile(r"`([^`]+)`")


def _worded(study: StudyModel, reason: str, names: Mapping[str, str]) -> str:
    """A reason with words in place of the study's paths and of its names of measures."""
    text = _PATH.sub(lambda match: place_told(study, match[1]), reason)
    return re.sub(
        r"\b\w+\b", lambda m: names[m[0]] if "_" in m[0] and m[0] in names else m[0], text
    )


def _reading(study: StudyModel, row: Row) -> list[tuple[str, str]]:
    """How the study reads the sentence's words: the claim's own note."""
    claim = study.scenarios[row["scenario"] or study.baseline].claims.get(row["claim"])
    return [(phrase("Our reading"), claim.note)] if claim is not None and claim.note else []


def _title(study: StudyModel, name: str, statement: Statement) -> str:
    """The statement's name without the key of its source, which means nothing to a reader."""
    if has_own(name):
        return own(name)
    key = statement.source
    if key and name.startswith(f"{key} "):
        name = name[len(key) + 1 :]
    elif name in study.sources or re.fullmatch(r"[a-z]+\d+", name):
        name = statement.says or statement.quote or name
    text = study_words.plain(name)
    return text[:1].upper() + text[1:]


def _numbers(
    study: StudyModel, row: Row, found: dict[tuple[str, str], Row]
) -> list[tuple[str, str]]:
    """Both sides of the condition as numbers, in the scenario in which it is tested."""
    scenario = study.scenarios.get(row["scenario"] or study.baseline)
    if scenario is None:
        return []
    return [
        (study_words.measure_name(study, name), told(found[scenario.name, name]))
        for name in sides(scenario, row["condition"])
        if (scenario.name, name) in found
    ]


def _where(row: Row) -> str:
    return (
        phrase("under “{scenario}”", scenario=row["scenario"])
        if row["scenario"] and row["condition"]
        else ""
    )


def statements(context: Context) -> Section:
    """What each source says, where it is in the model, and whether its quotation was found."""
    study = context.data.study
    quotes = context.data.rows("SELECT * FROM quotes ORDER BY path")
    status = {row["path"]: row for row in quotes}
    # If none was checked, the sentence above them says so once.
    some_checked = any(row["status"] != NOT_CHECKED for row in quotes)
    blocks: list[Block] = []
    items: list[Row] = []
    for name, statement in study.statements.items():
        check = _check(status, f"statements.{name}")
        parts = [
            (phrase("In our words"), statement.says),
            (
                phrase("In the model"),
                ", ".join(place_told(study, path) for path in statement.models)
                or phrase("nowhere: kept for the record"),
            ),
            (phrase("Quotation"), phrase(STATUS[check]) if check and some_checked else None),
            (phrase("Note"), statement.note),
        ]
        items.append(
            {
                "title": _title(study, name, statement),
                "quote": statement.quote,
                "by": statement.by,
                **cited(context, statement.source),
                "parts": [(label, text) for label, text in parts if text],
            }
        )
    if not items and not quotes:
        return Section("statements", phrase(TITLE))
    blocks.append(Prose(quote_sentence(context)))
    blocks.append(Cards(items) if items else Prose(phrase("The study records no statements.")))
    if quotes:
        blocks.append(
            ReportTable(
                phrase("Every quotation, compared with the source's text"),
                (
                    Column(phrase("In the study"), lambda row: place_told(study, row["path"])),
                    Column(phrase("Source"), lambda row: cited(context, row["source"])["source"]),
                    Column(phrase("Quotation"), lambda row: f"“{row['quote']}”"),
                    Column(phrase("Who"), lambda row: row["by"] or ""),
                    Column(
                        phrase("Status"),
                        lambda row: phrase(STATUS[row["status"]]),
                    ),
                    Column(phrase("Note"), lambda row: row["note"] or ""),
                ),
                quotes,
                "quotes",
                folded=phrase("Every quotation"),
            )
        )
    return Section("statements", phrase(TITLE), tuple(blocks))


def quote_sentence(context: Context) -> str:
    """How many quotations were found word for word."""
    counts = {
        row["status"]: row["n"]
        for row in context.data.rows("SELECT status, count(*) AS n FROM quotes GROUP BY ALL")
    }
    total = sum(counts.values())
    if not total:
        return phrase("The study quotes no source, or its quotations were not checked.")
    found, missing = counts.get("found", 0), counts.get("not found", 0)
    rest = total - found - missing
    start = plural(
        "Of {total} quotations, {found} was found word for word",
        "Of {total} quotations, {found} were found word for word",
        found,
        total=total,
        found=found,
    )
    text = start + plural(
        ", {missing} was not found", ", {missing} were not found", missing, missing=missing
    )
    if not rest:
        return f"{text}."
    text += phrase(", and {rest} could not be checked", rest=rest) if rest < total else ""
    if rest == total:
        text = phrase("None of {total} quotations was checked", total=total)
    study = shlex.quote(str(context.data.run.get("study") or "STUDY"))
    return phrase(
        "{counts}, because the sources’ texts are not in the study’s folder. Most "
        "belong to their publishers, so studies are passed on without them. To check "
        "the quotations, save the text of each source in a folder, under the name that "
        "the study gives as its `file:` (the table of quotations says which file is "
        "missing, or that the study names none), and run `sojourn check {study} "
        "--sources FOLDER`.",
        counts=text,
        study=study,
    )


def cited(context: Context, name: str | None) -> Row:
    """A source's title, date and place in the list of sources."""
    source = study_words.source(context.data.study, name)
    return {
        "source": source.title if source else name,
        "date": dates.of_file(source.date) if source else None,
        "anchor": f"source-{list(context.data.study.sources).index(name)}"
        if source and name
        else None,
    }


def _share(row: Row) -> str:
    if row["share_holds"] is None:
        return ""
    text = phrase("holds in {told_share}", told_share=told_share(row))
    if row["determined"] is not None and row["determined"] < 1:
        text += phrase(
            " among those in which it is determined ({determined})",
            determined=numbers.percent(row["determined"]),
        )
    return text


def told_share(row: Row) -> str:
    """The share of histories in which a claim holds, with its interval."""
    text = phrase("{share_holds} of histories", share_holds=numbers.percent(row["share_holds"]))
    return phrase(
        "{share}; 95\u202f% interval: {interval}",
        share=text,
        interval=_interval(row),
    )


def _interval(row: Row) -> str:
    if row["share_low"] is None:
        return numbers.DASH
    low, high = numbers.percents_around(row["share_low"], row["share_high"])
    return phrase("{share_low} to {share_high}", share_low=low, share_high=high)


def _check(status: dict[str, Row], path: str) -> str | None:
    for key in (path, f"{path}.quote"):
        if key in status:
            return str(status[key]["status"])
    return None
