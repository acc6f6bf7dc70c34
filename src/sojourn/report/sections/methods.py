"""Section: assumptions, limits, sources, and how to reproduce these numbers."""

from __future__ import annotations

import json
import shlex
from itertools import chain
from typing import Any

from sojourn.report.context import Context
from sojourn.report.figures.blocks import (
    Block,
    BulletList,
    Column,
    Heading,
    Prose,
    ReportTable,
    Section,
)
from sojourn.report.wording import numbers, study_words

MARKS = {
    "read": "read in the source itself",
    "secondary": "read in a report of it",
    "computed": "computed from data",
    "remembered": "remembered, not read",
    "assumed": "assumed",
}


_DRAWN = (
    "each stay, branch and gate date is drawn at random from the study’s distributions, unless "
    "the study fixes it."
)
_SAME_DRAWS = (
    "Each person has the same random numbers in every scenario. So scenarios are subtracted "
    "history by history, and the difference is the effect of what the scenarios change."
)
_MEANS = (
    "numbers of people are exact means over all outcomes of the study’s distributions, computed "
    "by renewal equations, without simulation."
)
_PEAKS = "Peaks and filling dates are those of the means; single histories vary around them."


def methods(context: Context) -> Section:
    """What the model assumes and leaves out."""
    study = context.data.study
    blocks: list[Block] = [
        *_asked(context),
        Heading("Assumptions"),
        BulletList(study.assumptions) if study.assumptions else Prose("The study lists none."),
        Heading("Limits"),
        BulletList(study.limits) if study.limits else Prose("The study lists none."),
        Heading("How the numbers are made"),
        BulletList(methods_told(context)),
    ]
    return Section("methods", "Assumptions and limits", tuple(blocks))


def methods_told(context: Context) -> tuple[str, ...]:
    """How people move, how scenarios are compared, and what a range covers: a sentence each."""
    expected = context.data.expected
    step = _steps(context.data.study.period.step)
    return (
        f"People move between states in {step}; {_MEANS if expected else _DRAWN}",
        _PEAKS if expected else _SAME_DRAWS,
        _ranges(context),
    )


def _ranges(context: Context) -> str:
    """What a draw is, and what a range covers if there is one."""
    told = "Each draw takes one value of every uncertain input."
    if context.data.histories == 1:
        return f"{told} This run has one draw, and no ranges."
    return (
        f"{told} A range runs from the 5th to the 95th percentile of {context.data.of_histories}; "
        "it covers the uncertainty that the study states"
        + ("." if context.data.expected else ", and chance.")
    )


def _asked(context: Context) -> list[Block]:
    """The changes made to the study for this run, and the numbers given for it."""
    changes, given = _changes(context), _given(context)
    blocks: list[Block] = []
    if changes:
        told = (study_words.override(path, value) for path, value in changes.items())
        blocks += [Heading("Changed in the study for this run"), BulletList(tuple(told))]
    if given:
        text = "These numbers were not drawn at random: a value was given for each draw."
        blocks += [Heading("Given for this run"), Prose(text), BulletList(tuple(given))]
    return blocks


def _changes(context: Context) -> dict[str, Any]:
    """By path, what was changed in the study for this run."""
    return dict(context.data.run.get("options", {}).get("changes", {}))


def _given(context: Context) -> list[str]:
    """Paths of the numbers that were given."""
    return list(context.data.run.get("given", {}).get("paths", ()))


def _steps(step: str) -> str:
    """The time step, in words."""
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
    table = ReportTable(
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
        ("Cite as", citation(context)),
        ("Started", run.get("started")),
        ("Seconds", ", ".join(f"{k} {v}" for k, v in seconds.items())
         if isinstance(seconds, dict) else seconds),
        *_commands(context),
    ]  # fmt: skip
    rows = [{"what": what, "value": str(value)} for what, value in facts if value not in (None, "")]
    table = ReportTable(
        "This run",
        (Column("What", lambda row: row["what"]), Column("Value", lambda row: row["value"])),
        rows,
        "run",
    )
    return Section(
        "reproduction",
        "Reproducing these numbers",
        (table,),
        f"The same study, seed, draws and version give exactly the same numbers, on any "
        f"number of threads. {_where_from(context)} Every number here is in the run folder’s "
        "tables; `sojourn query` reads them.",
    )


def repeated(context: Context) -> str:
    """The version, seed, size and digest of the run, and the command that repeats it."""
    run, data = context.data.run, context.data
    many = f"{data.replicates:,} replicate{'s'[: data.replicates != 1]}"
    told = (
        f"Sojourn {run.get('version')}, seed {run.get('seed')}, {data.draws:,} draws with {many} "
        f"each, digest {str(run.get('digest', ''))[:12]}."
    )
    told += f" Cite as: {citation(context)}."
    steps = "; ".join(f"`{command}`" for _, command in _commands(context))
    return f"{told} {steps} gives the same numbers." if steps else f"{told} {_where_from(context)}"


def citation(context: Context) -> str:
    """How to cite the run: its title, what made it, which run, and when."""
    run = context.data.run
    return (
        f"“{context.data.study.title}”, projection by Sojourn {run.get('version')}, run "
        f"{str(run.get('digest', ''))[:12]}, {str(run.get('started', ''))[:10]}"
    )


def _where_from(context: Context) -> str:
    """How a reader gets the study."""
    run = context.data.run
    if run.get("example"):
        return "The study ships with Sojourn; the first command copies it into a folder."
    if not run.get("study"):
        return "The study was written in Python; ask the author of the report for it."
    return (
        f"Run the command in the folder that contains the study’s folder, “{run.get('study')}”. "
        "It is not in this file; ask the author of the report for it."
    )


def _commands(context: Context) -> list[tuple[str, str]]:
    """The commands that repeat this run, step by step; empty if only Python can."""
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
        steps.insert(0, ("To get the study", copy))
    return steps
