"""Section: assumptions, limits, sources, and how to get these numbers again."""

from __future__ import annotations

import json
import shlex
from itertools import chain
from typing import Any

from sojourn.report.context import Context
from sojourn.report.figures.blocks import Block, Column, Heading, Points, Prose, Section, Table
from sojourn.report.wording import numbers, study_words

MARKS = {
    "read": "read in the source itself",
    "secondary": "read in a report of it",
    "computed": "computed from data",
    "remembered": "remembered, not read",
    "assumed": "assumed",
}


_DRAWN = (
    "each stay, branch and date of a gate is drawn at random from the study’s distributions, or "
    "fixed where it fixes them."
)
_LUCK = (
    "The same person meets the same luck in every scenario, so a difference between "
    "scenarios is the effect of what differs between them and is taken history by history."
)
_MEANS = (
    "numbers of people are exact means over all that the study’s distributions may bring, computed "
    "by renewal equations and not by drawing."
)
_PEAKS = "Peaks and dates of filling are those of the means: single histories go above and below."


def methods(context: Context) -> Section:
    """What the model assumes and leaves out."""
    study = context.data.study
    blocks: list[Block] = [
        *_asked(context),
        Heading("Assumptions"),
        Points(study.assumptions) if study.assumptions else Prose("The study lists none."),
        Heading("Limits"),
        Points(study.limits) if study.limits else Prose("The study lists none."),
        Heading("How the numbers are made"),
        Points(
            (
                f"People move between states in {_steps(study.period.step)}; "
                + (_MEANS if context.data.expected else _DRAWN),
                _PEAKS if context.data.expected else _LUCK,
                _ranges(context),
            )
        ),
    ]
    return Section("methods", "Assumptions and limits", tuple(blocks))


def _ranges(context: Context) -> str:
    """What a draw is, and what a range covers if there is one."""
    told = "Each draw takes one value of every uncertain input."
    if context.data.histories == 1:
        return f"{told} This run has one draw, and no ranges."
    return (
        f"{told} A range is from the 5th to the 95th percentile of {context.data.of_histories}; "
        "it covers the uncertainty the study names"
        + ("." if context.data.expected else ", and chance.")
    )


def _asked(context: Context) -> list[Block]:
    """What whoever ran the study changed in it, and which numbers they gave."""
    changes, given = _changes(context), _given(context)
    blocks: list[Block] = []
    if changes:
        told = (study_words.override(path, value) for path, value in changes.items())
        blocks += [Heading("Changed in the study for this run"), Points(tuple(told))]
    if given:
        text = "These numbers were not drawn: whoever ran the study gave a value for each draw."
        blocks += [Heading("Given for this run"), Prose(text), Points(tuple(given))]
    return blocks


def _changes(context: Context) -> dict[str, Any]:
    """By path, what was changed in the study for this run."""
    return dict(context.data.run.get("options", {}).get("changes", {}))


def _given(context: Context) -> list[str]:
    """Paths of the numbers that were given."""
    return list(context.data.run.get("given", {}).get("paths", ()))


def _steps(step: str) -> str:
    """What time goes by, in words."""
    return "whole days" if step == "day" else f"steps of a {step}, each with its calendar days"


def sources(context: Context) -> Section:
    """The sources, with how far each was read."""
    study = context.data.study
    if not study.sources:
        return Section("sources", "Sources", (Prose("The study names no sources."),))
    rows = [
        {
            "id": f"source-{place}",
            "key": name,
            "title": source.title,
            "publisher": source.publisher or "",
            "date": source.date or "",
            "confidence": MARKS.get(source.confidence or "", "not marked"),
            "note": source.note or "",
            "url": source.url or "",
        }
        for place, (name, source) in enumerate(study.sources.items())
    ]
    table = Table(
        "Sources",
        (
            Column("Key", lambda row: row["key"]),
            Column("Title", lambda row: row["title"], link=lambda row: row["url"]),
            Column("Publisher", lambda row: row["publisher"]),
            Column("Date", lambda row: row["date"]),
            Column("Confidence", lambda row: row["confidence"]),
            Column("Note", lambda row: row["note"]),
        ),
        rows,
        "sources",
        anchor=lambda row: str(row["id"]),
        data=[{key: value for key, value in row.items() if key != "id"} for row in rows],
    )
    return Section("sources", "Sources", (table,))


def reproduction(context: Context) -> Section:
    """Seed, draws, versions, digest and command."""
    run = context.data.run
    packages = run.get("packages")
    versions = (
        ", ".join(f"{name} {version}" for name, version in packages.items() if version)
        if isinstance(packages, dict)
        else ""
    )
    seconds = run.get("seconds")
    facts = [
        ("Study", run.get("study") or run.get("title")),
        ("Digest of everything that determines the run", run.get("digest")),
        ("Seed", run.get("seed")),
        ("Draws", run.get("draws")),
        ("First draw", run.get("first_draw") or None),
        ("Given for each draw (table draws)", ", ".join(_given(context))),
        ("Replicates a draw", run.get("replicates")),
        ("Scenarios", ", ".join(context.data.scenarios)),
        ("Days", f"{numbers.day(context.data.study.period.start)} to "
                 f"{numbers.day(context.data.last_day)}"),
        ("Sojourn", run.get("version")),
        ("Python", run.get("python")),
        ("Platform", run.get("platform")),
        ("Packages", versions),
        ("Started", run.get("started")),
        ("Seconds", ", ".join(f"{k} {v}" for k, v in seconds.items())
         if isinstance(seconds, dict) else seconds),
        *_commands(context),
    ]  # fmt: skip
    rows = [{"what": what, "value": str(value)} for what, value in facts if value not in (None, "")]
    table = Table(
        "This run",
        (Column("What", lambda row: row["what"]), Column("Value", lambda row: row["value"])),
        rows,
        "run",
    )
    return Section(
        "reproduction",
        "Getting these numbers again",
        (table,),
        f"The same study, seed, draws and version give the same numbers to the digit, on any "
        f"number of threads. {_where_from(context)} Every number here is in the run folder’s "
        "tables; `sojourn query` asks them.",
    )


def _where_from(context: Context) -> str:
    """How a reader comes by the study."""
    run = context.data.run
    if run.get("example"):
        return "The study ships with Sojourn; the first command copies it into a folder."
    if not run.get("study"):
        return "The study was written in Python, and comes from whoever made the report."
    return (
        f"The command runs beside the study’s folder, “{run.get('study')}”, which is not in this "
        "file: it comes from whoever made the report."
    )


def _commands(context: Context) -> list[tuple[str, str]]:
    """What to type for this run again, step by step; nothing for what only Python does."""
    run = context.data.run
    if _given(context) or run.get("first_draw") or not run.get("study"):
        return []
    study, example = str(run["study"]), run.get("example")
    settled = ("seed", "draws") if context.data.expected else ("seed", "draws", "replicates")
    options = [(f"--{name}", str(run[name])) for name in settled if run.get(name) is not None]
    chosen = run.get("options") or {}
    options += [("--scenario", name) for name in chosen.get("scenarios", ())]
    if chosen.get("events"):
        options.append(("--events", f"{100 * chosen['events']:g}%"))
    for path, value in _changes(context).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        options.append(("--set", f"{path}={text}"))
    command = ["sojourn", "run", study, *chain(*options), *["--expected"] * context.data.expected]
    steps = [("Command", shlex.join(command))]
    if example:
        copy = shlex.join(["sojourn", "new", study, "--example", example])
        steps.insert(0, ("To have the study", copy))
    return steps
