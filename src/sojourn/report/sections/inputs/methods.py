"""Section: assumptions, limits, sources, and how to reproduce these numbers."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from itertools import chain
from typing import Any

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase, plural
from sojourn.languages.signs import inner
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
    "read": later("read in the source itself"),
    "secondary": later("read in a report of it"),
    "computed": later("computed from data"),
    "remembered": later("remembered, not read"),
    "assumed": later("assumed"),
}


_DRAWN = later(
    "each stay, branch and gate date is drawn at random from the study’s distributions, unless "
    "the study fixes it."
)
_SAME_DRAWS = later(
    "Each person has the same random numbers in every scenario. So scenarios are subtracted "
    "history by history, and the difference is the effect of what the scenarios change."
)
_MEANS = later(
    "numbers of people are exact means over all outcomes of the study’s distributions, computed "
    "by renewal equations, without simulation."
)
_PEAKS = later("Peaks and filling dates are those of the means; single histories vary around them.")


def methods(context: Context) -> Section:
    """What the model assumes and leaves out."""
    study = context.data.study
    blocks: list[Block] = [
        *_asked(context),
        Heading(phrase("Assumptions")),
        BulletList(study.assumptions)
        if study.assumptions
        else Prose(phrase("The study lists none.")),
        Heading(phrase("Limits")),
        BulletList(study.limits) if study.limits else Prose(phrase("The study lists none.")),
        Heading(phrase("How the numbers are made")),
        BulletList(methods_told(context)),
    ]
    return Section("methods", phrase("Assumptions and limits"), tuple(blocks))


def methods_told(context: Context) -> tuple[str, ...]:
    """How people move, how scenarios are compared, and what a range covers: a sentence each."""
    expected = context.data.expected
    step = _steps(context.data.study.period.step)
    return (
        phrase(
            "People move between states in {step}; {how}",
            step=step,
            how=phrase(_MEANS if expected else _DRAWN),
        ),
        phrase(_PEAKS if expected else _SAME_DRAWS),
        _ranges(context),
    )


def _ranges(context: Context) -> str:
    """What a draw is, and what a range covers if there is one."""
    told = phrase("Each draw takes one value of every uncertain input.")
    if context.data.histories == 1:
        return phrase("{told} This run has one draw, and no ranges.", told=told)
    covers = (
        later(
            "{told} A range runs from the 5th to the 95th percentile of {of_histories}; it covers "
            "the uncertainty that the study states."
        )
        if context.data.expected
        else later(
            "{told} A range runs from the 5th to the 95th percentile of {of_histories}; it covers "
            "the uncertainty that the study states, and chance."
        )
    )
    return phrase(covers, told=told, of_histories=context.data.of_histories)


def _asked(context: Context) -> list[Block]:
    """The changes made to the study for this run, and the numbers given for it."""
    changes, given = _changes(context), _given(context)
    blocks: list[Block] = []
    if changes:
        told = (study_words.override(path, value) for path, value in changes.items())
        blocks += [Heading(phrase("Changed in the study for this run")), BulletList(tuple(told))]
    if given:
        text = phrase("These numbers were not drawn at random: a value was given for each draw.")
        text = " ".join((text, *_told_given(context)))
        blocks += [Heading(phrase("Given for this run")), Prose(text), BulletList(tuple(given))]
    return blocks


def _changes(context: Context) -> dict[str, Any]:
    """By path, what was changed in the study for this run."""
    return dict(context.data.run.get("options", {}).get("changes", {}))


def _given(context: Context) -> list[str]:
    """Paths of the numbers that were given."""
    return list(context.data.run.get("given", {}).get("paths", ()))


def _told_given(context: Context) -> Iterator[str]:
    """Which table the given numbers came from, and whether they were fitted; nothing if none."""
    paths, given = set(_given(context)), context.data.run.get("given", {})
    if not paths:
        return
    fitted = {f.quantity.path for f in context.quantities if f.quantity.fit}
    digest = str(given.get("digest", ""))[:12]
    if given.get("table"):
        yield plural(
            "The values of 1 number come from the table “{table}” (digest of the values {digest}).",
            "The values of {count} numbers come from the table “{table}” (digest of the values "
            "{digest}).",
            len(paths),
            count=len(paths),
            table=given["table"],
            digest=digest,
        )
    else:
        yield plural(
            "The values of 1 number were given for each draw (digest {digest}); the run’s table "
            "`draws` has them.",
            "The values of {count} numbers were given for each draw (digest {digest}); the run’s "
            "table `draws` has them.",
            len(paths),
            count=len(paths),
            digest=digest,
        )
    if fitted & paths:
        yield phrase("They are fitted to the study’s counts.")


def _steps(step: str) -> str:
    """The time step, in words."""
    if step == "day":
        return phrase("whole days")
    return phrase("steps of a {step}, each with its calendar days", step=phrase(step))


def sources(context: Context) -> Section:
    """The sources, with how far each was read."""
    study = context.data.study
    if not study.sources:
        return Section(
            "sources", phrase("Sources"), (Prose(phrase("The study names no sources.")),)
        )
    rows = [
        {
            "id": f"source-{place}",
            "key": name,
            "title": source.title,
            "publisher": source.publisher or "",
            "date": source.date or "",
            "confidence": phrase(MARKS.get(source.confidence or "", "not marked")),
            "note": source.note or "",
            "url": source.url or "",
        }
        for place, (name, source) in enumerate(study.sources.items())
    ]
    table = ReportTable(
        phrase("Sources"),
        (
            Column(phrase("Title"), lambda row: row["title"], link=lambda row: row["url"]),
            Column(phrase("Publisher"), lambda row: row["publisher"]),
            Column(phrase("Date"), lambda row: dates.of_file(row["date"])),
            Column(phrase("Confidence"), lambda row: row["confidence"]),
            Column(phrase("Note"), lambda row: row["note"]),
        ),
        rows,
        "sources",
        anchor=lambda row: str(row["id"]),
        data=[{key: value for key, value in row.items() if key != "id"} for row in rows],
    )
    return Section("sources", phrase("Sources"), (table,))


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
        (phrase("Study"), run.get("study") or run.get("title")),
        (phrase("Digest of everything that determines the run"), run.get("digest")),
        (phrase("Seed"), run.get("seed")),
        (phrase("Draws"), run.get("draws")),
        (phrase("First draw"), run.get("first_draw") or None),
        (phrase("Given for each draw (table draws)"), ", ".join(_given(context))),
        (phrase("Replicates a draw"), run.get("replicates")),
        (phrase("Scenarios"), ", ".join(context.data.scenarios)),
        (
            phrase("Days"),
            phrase(
                "{start} to {last_day}",
                start=dates.day(context.data.study.period.start),
                last_day=dates.day(context.data.last_day),
            ),
        ),
        ("Sojourn", run.get("version")),
        ("Python", run.get("python")),
        (phrase("Platform"), run.get("platform")),
        (phrase("Packages"), versions),
        (phrase("Cite as"), citation(context)),
        (phrase("Started"), run.get("started")),
        (
            phrase("Seconds"),
            ", ".join(f"{k} {v}" for k, v in seconds.items())
            if isinstance(seconds, dict)
            else seconds,
        ),
        *_commands(context),
    ]
    rows = [{"what": what, "value": str(value)} for what, value in facts if value not in (None, "")]
    table = ReportTable(
        phrase("This run"),
        (
            Column(phrase("What"), lambda row: row["what"]),
            Column(phrase("Value"), lambda row: row["value"]),
        ),
        rows,
        "run",
    )
    return Section(
        "reproduction",
        phrase("Reproducing these numbers"),
        (table,),
        phrase(
            "The same study, seed, draws and version give exactly the same numbers, on any "
            "number of threads. {where_from} Every number here is in the run folder’s "
            "tables; `sojourn query` reads them.",
            where_from=_where_from(context),
        ),
    )


def repeated(context: Context) -> str:
    """The version, seed, size and digest of the run, and the command that repeats it."""
    run, data = context.data.run, context.data
    many = plural(
        "{count} replicate",
        "{count} replicates",
        data.replicates,
        count=numbers.whole(data.replicates),
    )
    told = phrase(
        "Sojourn {version}, seed {seed}, {draws} draws with {many} each, digest {digest}.",
        version=run.get("version"),
        seed=run.get("seed"),
        draws=numbers.whole(data.draws),
        many=many,
        digest=str(run.get("digest", ""))[:12],
    )
    told = " ".join((told, *_told_given(context)))
    told += phrase(" Cite as: {citation}.", citation=citation(context))
    steps = "; ".join(f"`{command}`" for _, command in _commands(context))
    if steps:
        told = phrase("{told} {steps} gives the same numbers.", told=told, steps=steps)
    needs_more = not steps or context.data.run.get("given", {}).get("table")
    return f"{told} {_where_from(context)}" if needs_more else told


def citation(context: Context) -> str:
    """How to cite the run: its title, what made it, which run, and when."""
    run = context.data.run
    return phrase(
        "“{title}”, projection by Sojourn {version}, run {digest}, {day}",
        title=inner(context.data.study.title),
        version=run.get("version"),
        digest=str(run.get("digest", ""))[:12],
        day=dates.of_file(str(run.get("started", ""))[:10]),
    )


def _where_from(context: Context) -> str:
    """How a reader gets the study."""
    run = context.data.run
    if run.get("example"):
        return phrase("The study ships with Sojourn; the first command copies it into a folder.")
    if not run.get("study"):
        return phrase("The study was written in Python; ask the author of the report for it.")
    if not _commands(context):
        return phrase(
            "No command repeats this run, only Python: it needs the study’s folder, “{study}”, and "
            "what the run was given. Ask the author of the report for them.",
            study=run.get("study"),
        )
    if run.get("given", {}).get("table"):
        return phrase(
            "Run the command in the folder that contains the study’s folder, “{study}”, and the "
            "table “{table}”. They are not in this file; ask the author of the report for them.",
            study=run.get("study"),
            table=run["given"]["table"],
        )
    return phrase(
        "Run the command in the folder that contains the study’s folder, “{study}”. It "
        "is not in this file; ask the author of the report for it.",
        study=run.get("study"),
    )


def _commands(context: Context) -> list[tuple[str, str]]:
    """The commands that repeat this run, step by step; empty if only Python can."""
    run = context.data.run
    table = run.get("given", {}).get("table")
    if (_given(context) and not table) or run.get("first_draw") or not run.get("study"):
        return []
    study, example = str(run["study"]), run.get("example")
    settled: tuple[str, ...] = (
        ("seed", "draws") if context.data.expected else ("seed", "draws", "replicates")
    )
    if table:  # A row is a draw.
        settled = tuple(name for name in settled if name != "draws")
    options = [(f"--{name}", str(run[name])) for name in settled if run.get(name) is not None]
    chosen = run.get("options") or {}
    options += [("--scenario", name) for name in chosen.get("scenarios", ())]
    if chosen.get("events"):
        options.append(("--events", f"{100 * chosen['events']:g}%"))
    for path, value in _changes(context).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        options.append(("--set", f"{path}={text}"))
    if table:
        options.append(("--parameters", table))
    command = ["sojourn", "run", study, *chain(*options), *["--expected"] * context.data.expected]
    steps = [(phrase("Command"), shlex.join(command))]
    if example:
        copy = shlex.join(["sojourn", "new", study, "--example", example])
        steps.insert(0, (phrase("To get the study"), copy))
    return steps
