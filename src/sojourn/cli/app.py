"""The command line: parse, call, print.

Exit status: 0 done, 1 internal error, 2 the input cannot be used, 3 an answer that `--check` or
`--cases` asked for is not yes, 129, 130 and 143 stopped by a signal (SIGHUP, Ctrl-C, SIGTERM).
Each command imports heavy modules itself, so that `--help` and `check` are quick.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import sojourn as sj
from sojourn.cli import arguments
from sojourn.cli.agreement import add_commands
from sojourn.cli.compare import add_commands as add_compare
from sojourn.cli.endings import (
    Commands,
    heed_signals,
    prepare_streams,
    resumable,
)
from sojourn.cli.fitting import add_commands as add_fitting
from sojourn.cli.forecasting import add_commands as add_forecasting
from sojourn.cli.importing import add_commands as add_importing
from sojourn.cli.library import add_commands as add_library
from sojourn.cli.matters import add_commands as add_matters
from sojourn.cli.output import (
    as_json,
    counted,
    listing,
    print_json,
    say,
    stderr,
)
from sojourn.cli.results import add_commands as add_results
from sojourn.cli.screen import add_commands as add_screen
from sojourn.cli.sweep import add_commands as add_sweep

if TYPE_CHECKING:
    from sojourn.api.run import Run
    from sojourn.api.study import Check

REPORT = "report.html"
"""Name of the report in the run folder, unless `--to` gives another file."""
EXAMPLE = "money.payments.fee.amount=25000 USD"


app = typer.Typer(
    name="sojourn",
    cls=Commands,
    help="Custody agreements as code that runs.\n\n"
    "Write down who a deal would move, by which legal path, into which places, at what price; "
    "get who would be held, where, for how long, at whose cost, what the law stops, and how sure "
    "one can be.",
    epilog="A first run:\n\n"
    "1. sojourn new trial\n2. sojourn check trial\n3. sojourn run trial\n"
    "4. sojourn report runs/trial\n\n"
    "Add --debug to any command to see where an internal error comes from.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SourceTexts = Annotated[
    Path | None,
    typer.Option(
        "--sources", metavar="DIR", help="Where the sources' texts are, if not beside the study."
    ),
]


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"sojourn {sj.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an internal error.")
    ] = False,
) -> None:
    context.obj = "debug" if debug else None


@app.command(epilog="Example: sojourn new trial --example minimal")
def new(
    name: Annotated[Path, typer.Argument(metavar="NAME", help="Folder to make.")],
    example: Annotated[
        str,
        typer.Option(
            help="Study to start from: minimal, federal-prisons, ice-detention, "
            "norway-netherlands, shorter-sentences, sweden-estonia, us-el-salvador."
        ),
    ] = "minimal",
) -> None:
    """Copy a shipped example study into a new folder."""
    folder = sj.new_study(name, example).folder
    say(f"{folder} holds a copy of the {example} study; study.yaml is where to begin.")
    say(f"Next: sojourn check {folder}")


@app.command(epilog="Example: sojourn check trial --sources texts")
def check(
    study: arguments.StudyFolder, sources: SourceTexts = None, json: arguments.AsJson = False
) -> None:
    """Check a study without running it: keys, units, facts, rules, states, quotations."""
    checked = sj.load(study).check(sources=sources)
    if json:
        problems = [as_json(item) for item in checked.problems]
        print_json({"ok": checked.ok, "problems": problems, **checked.summary})
        if not checked.ok:
            raise typer.Exit(2)
    elif checked.ok:
        _print_checked(checked)
    else:
        raise sj.SojournError(*checked.problems)


def _print_checked(checked: Check) -> None:
    listing((name, _words(value)) for name, value in checked.summary.items())
    for source, count in checked.unchecked.items():
        say(f"not checked: {counted(count, 'quotations')} of {source}")
    if checked.unchecked:
        say(
            "The texts of these sources are not in the study's folder: most belong to their "
            "publishers.\nTo check the quotations, save each text in a folder, under the `file:` "
            "of its\nsource (add one if it has none), and give the folder with --sources."
        )
    for note in checked.notes:
        say(f"note: {note}")
    say("The study can be run.")


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(counted(count, name) for name, count in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@app.command(
    epilog="Examples:\n\n"
    "sojourn run trial\n\n"
    "sojourn run trial --draws 400 --out runs/large --scenario 'as offered'\n\n"
    "sojourn run trial --until '±2 % of held_at_end'\n\n"
    "sojourn run trial --set 'money.payments.fee.amount=25000 USD' --out runs/dearer"
)
def run(
    study: arguments.StudyFolder,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the results. Default: runs/NAME-OF-STUDY."),
    ] = None,
    seed: arguments.Seed = None,
    draws: arguments.Draws = None,
    replicates: arguments.Replicates = None,
    threads: arguments.Threads = None,
    scenario: arguments.Scenarios = None,
    set: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=VALUE",
            help="Change the study for this run, by a path as scenarios write it; `off` removes. "
            "May be repeated.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="GOAL",
            help="Double the draws until a mean is known so well in every scenario, with 95 %: "
            "'±2 % of MEASURE', or '±50 of MEASURE' in its unit; of a difference with "
            "'… against SCENARIO'.",
        ),
    ] = None,
    events: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE",
            help="Also keep every event of this share of the simulated people, as `1%`.",
        ),
    ] = None,
    expected: Annotated[
        bool,
        typer.Option(
            "--expected",
            help="Compute exact means instead of simulating; not possible with queues or random "
            "gates. One draw is enough if no number is uncertain.",
        ),
    ] = False,
    parameters: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV or Parquet of draws, as `sojourn fit` writes it."),
    ] = None,
    sources: SourceTexts = None,
    progress: arguments.ShowProgress = None,
    json: arguments.AsJson = False,
) -> None:
    """Run every scenario of a study and write its result tables.

    Finished draws are kept: a stopped run is resumed, and if study, options and version are
    unchanged, nothing is computed again.
    """
    with resumable("finished draws", json=json):
        read = sj.load(study)
        done = (read.change(arguments.by_path(set, "--set", EXAMPLE)) if set else read).run(
            seed=seed,
            draws=draws,
            replicates=replicates,
            threads=threads,
            until=until,
            events=events or 0.0,
            scenarios=scenario or (),
            expected=expected,
            parameters=parameters,
            out=out or arguments.default_out("runs", study),
            sources=sources,
            progress=progress,
        )
    if done.replaced:
        _tell_replaced(done)
    for file, what in done.mended.items():
        stderr.print(f"computed again: {file}: {what}", markup=False)
    if json:
        told = {"precision": done.precision} if until else {}
        print_json({"ok": True, "run": str(done.folder), **told, **done.record})
    else:
        if expected and not done.record["uncertain"]:
            say("one draw: no number of the study is uncertain, and all draws would be the same")
        for text in done.nobody_eligible:
            say(f"note: {text}")
        if done.outcomes:
            say("Compared with what has happened:")
        for text in (*done.outcomes, *done.precision):
            say(f"· {text}")
        say(f"results: {done.folder}")
        say(f"next:    sojourn report {done.folder}")


def _tell_replaced(run: Run) -> None:
    """Say which run is replaced, and remove its report, which shows the old numbers."""
    before, folder = run.replaced, run.folder
    size = f"{counted(before['draws'], 'draws')}, {counted(before['replicates'], 'replicates')}"
    started = str(before["started"])[:16].replace("T", " ")
    stderr.print(
        f"replaces the run of {started} ({before['title']}: {size}, seed {before['seed']})",
        markup=False,
    )
    page = folder / REPORT
    if page.is_file():
        page.unlink()
        stderr.print(
            f"removed its {REPORT}; `sojourn report {folder}` writes it anew", markup=False
        )


add_results(app)


@app.command(epilog="Example: sojourn schema > study.schema.json")
def schema() -> None:
    """Print the JSON Schema of study.yaml, with which editors complete and check."""
    print_json(sj.schema())


@app.command(epilog="Example: sojourn verify runs/trial")
def verify(run: arguments.RunArgument, json: arguments.AsJson = False) -> None:
    """Read every file of a run, and compare it with its digest.

    Other commands notice a file that is missing, cut or changed; this one also finds bits that
    went wrong on the disk. `sojourn run` with the same study and options mends what is damaged.
    """
    files = sj.verify(run).to_dicts()
    wrong = [one for one in files if one["problem"]]
    if json:
        print_json({"ok": not wrong, "files": files})
        if wrong:
            raise typer.Exit(2)
        return
    if wrong:
        fix = "`sojourn run` with the same study and options computes it again"
        raise sj.SojournError(
            *(sj.Problem(one["problem"], fix, str(run / one["file"])) for one in wrong)
        )
    size = sum(one["bytes"] for one in files)
    say(f"{counted(len(files), 'files')}, {size:,} bytes: all as they were written")


add_matters(app)
add_sweep(app)
add_compare(app)
add_screen(app)
add_forecasting(app)
add_fitting(app)
add_importing(app)
add_commands(app)
add_library(app)


def arranged(words: list[str]) -> list[str]:
    """The words of a command line with `--debug`, which may stand anywhere, in front."""
    return sorted(words, key=lambda word: word != "--debug")


def main() -> None:
    """Run the command line."""
    prepare_streams()
    heed_signals()
    app(args=arranged(sys.argv[1:]))
