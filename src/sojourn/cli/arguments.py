"""Arguments that several commands take."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

import sojourn as sj

StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="Folder that holds study.yaml.")]
RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="Folder that `sojourn run` wrote.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed of all random numbers.")]
Draws = Annotated[
    int | None,
    typer.Option(
        min=1, help="How often each uncertain number is sampled. Default: as in the study."
    ),
]
Replicates = Annotated[
    int | None,
    typer.Option(min=1, help="Simulations for each sample. Default: as in the study."),
]
Threads = Annotated[
    int | None,
    typer.Option(min=1, max=1024, help="Default: one per core. Changes no result."),
]
Scenarios = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only this scenario and the baseline; may be repeated."),
]
Language = Annotated[
    str | None,
    typer.Option(metavar="CODE", help="Language of what is shown: en or es."),
]
ShowProgress = Annotated[
    bool | None,
    typer.Option(
        "--progress/--quiet",
        "-p/-q",
        show_default=False,
        help="Show progress on stderr, or not. Default: on a terminal.",
    ),
]


def default_out(folder: str, study: Path) -> Path:
    """Where a command writes by default: a folder named after the study's, below `folder`."""
    place = study.resolve()
    return Path(folder) / (place.parent.name if place.is_file() else place.name)


def by_path(texts: Iterable[str], option: str, example: str) -> dict[str, str]:
    """What is written as PATH=VALUE, by path. Raises SojournError for another form."""
    found = {}
    for text in texts:
        path, equals, value = text.partition("=")
        if not (path.strip() and equals and value.strip()):
            what = f"{option}: `{text}` is not PATH=VALUE"
            raise sj.SojournError(sj.Problem(what, f"write it as '{example}'"))
        found[path.strip()] = value.strip()
    return found
