"""The commands that forecast series, backtest forecasters, and score sealed forecasts.

Each command imports heavy modules itself, as in `app`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import sojourn as sj
from sojourn.cli.arguments import AsJson
from sojourn.cli.output import print_json, print_rows, say, stderr

if TYPE_CHECKING:
    from sojourn.api.history.forecasting import Backtest, Forecast
    from sojourn.api.tables import Table

_HISTORY = typer.Option(
    metavar="FILE", help="CSV, Parquet or XLSX, a row for each series and period."
)
_DATE = typer.Option(metavar="COLUMN", help="Period: 1990, 1990-Q3, 1990-09 or 1990-09-30.")
_VALUE = typer.Option(metavar="COLUMN", help="Number of people to forecast.")
HISTORY = Annotated[Path, _HISTORY]
DATE = Annotated[str, _DATE]
VALUE = Annotated[str, _VALUE]
SERIES = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMNS", help="What tells series apart, separated by commas. Default: one series."
    ),
]
FLOWS = Annotated[
    str | None,
    typer.Option(
        "--with",
        metavar="COLUMNS",
        help="People entering or leaving, such as admissions,releases, to learn from.",
    ),
]
HORIZONS = Annotated[str, typer.Option(metavar="STEPS", help="Steps ahead, as 1-5,10.")]
FORECASTERS = Annotated[
    str | None,
    typer.Option(metavar="NAMES", help="Separated by commas. Default: all that are installed."),
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    columns = "--series state --date year --value prisoners --with admissions,releases"
    app.command(
        epilog="Examples:\n\n"
        f"sojourn backtest --history prisoners.csv {columns} --origins 1990-2018 --horizons 1-5 "
        "--out scores\n\n"
        "sojourn backtest --history monthly.csv --date month --value held "
        "--origins 2019-01..2024-12 --horizons 1-12\n\n"
        "sojourn backtest federal-prisons --origins 2014-2021 --out scores"
    )(backtest)
    app.command(
        epilog=f"Example: sojourn forecast --history prisoners.csv {columns} --seal record"
    )(forecast)
    app.command(epilog="Example: sojourn score record --history prisoners-of-2027.csv")(score)


def backtest(
    origins: Annotated[
        str, typer.Option(metavar="PERIODS", help="As 1990-2018 or 2010-Q1..2018-Q4.")
    ],
    study: Annotated[
        Path | None,
        typer.Argument(metavar="STUDY", help="A study with a history; or give --history."),
    ] = None,
    history: Annotated[Path | None, _HISTORY] = None,
    date: Annotated[str | None, _DATE] = None,
    value: Annotated[str | None, _VALUE] = None,
    series: SERIES = None,
    flows: FLOWS = None,
    horizons: HORIZONS = "1-5",
    forecasters: FORECASTERS = None,
    without: Annotated[
        str | None,
        typer.Option(metavar="PERIODS", help="Targets that are not scored, as 2020-2021."),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of the study, in the past. Default: the baseline."),
    ] = None,
    evaluations: Annotated[
        int, typer.Option(min=200, help="Of the study's model in each fit, about.")
    ] = 400,
    draws: Annotated[
        int, typer.Option(min=1, help="Joint draws that make the study's quantiles.")
    ] = 200,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for scores, forecasts, and the same as a hub."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Forecast the past of a study, or of every series of a table, and score every forecaster.

    Each forecast is made from what was known at its origin and nothing later. A study is fitted
    anew at each origin, and projected; of a table, name --history, --date and --value. Forecasters
    are compared with *no change* on the targets that both forecast.
    """
    of_table = {"--history": history, "--date": date, "--value": value}
    if study is None and None in of_table.values():
        missing = ", ".join(name for name, given in of_table.items() if given is None)
        raise typer.BadParameter(f"name a study, or a table: {missing} missing")
    beside = {**of_table, "--series": series, "--with": flows}
    if study is not None and any(beside.values()):
        names = ", ".join(name for name, given in beside.items() if given)
        raise typer.BadParameter(f"the study has its own history: leave out {names}")
    with _status() as told:
        if study is not None:
            done = sj.load(study).backtest(
                origins=origins,
                horizons=horizons,
                scenario=scenario,
                forecasters=_names(forecasters) or None,
                without=without,
                evaluations=evaluations,
                draws=draws,
                out=out,
                progress=told,
            )
        else:
            assert history is not None and date is not None and value is not None
            done = sj.backtest(
                history,
                date=date,
                value=value,
                series=_names(series),
                flows=_names(flows),
                origins=origins,
                horizons=horizons,
                forecasters=_names(forecasters) or None,
                without=without,
                out=out,
                progress=told,
            )
    left_out = done.record.get("accounts left out")
    if left_out:
        what = f"not scored, for their periods are others: {', '.join(left_out)}"
        stderr.print(what, markup=False)
    _print_scores(done, json)
    if study is not None and not json:
        say("Mean absolute error, percent, by series")
        _print(done.by_series(), digits=1)
        say()
    if out is not None and not json:
        say(f"tables: {out}")


def forecast(
    history: HISTORY,
    date: DATE,
    value: VALUE,
    series: SERIES = None,
    flows: FLOWS = None,
    horizons: HORIZONS = "1-5",
    forecasters: FORECASTERS = None,
    seal: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder in which the forecasts are sealed, with date."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Forecast every series from its last period, with ranges from 2.5 to 97.5 %."""
    with _status() as told:
        done = sj.forecast(
            history,
            date=date,
            value=value,
            series=_names(series),
            flows=_names(flows),
            horizons=horizons,
            forecasters=_names(forecasters) or None,
            progress=told,
        )
    place = done.seal(seal) if seal is not None else None
    if json:
        print_json({"seal": place and str(place), "forecasts": done.forecasts.to_dicts()})
        return
    _tell_missing(done)
    if done.record["no forecast"]:
        stderr.print(
            f"no forecast from {done.record['origin']}, because too little is known: "
            f"{', '.join(done.record['no forecast'])}",
            markup=False,
        )
    first, *others = done.forecasters
    say(f"forecaster: {first}")
    _print(done.quantiles(first), digits=0)
    if others:
        say(f"others: {', '.join(others)}: ask for one alone, or for --json")
    if place is not None:
        say(f"sealed: {place}")


def score(
    sealed: Annotated[
        Path, typer.Argument(metavar="SEALED", help="Folder that `sojourn forecast --seal` wrote.")
    ],
    history: HISTORY,
    json: AsJson = False,
) -> None:
    """Score sealed forecasts by what came; files that were changed since are refused."""
    _print_scores(sj.score(sealed, history), json)


def _names(words: str | None) -> Sequence[str]:
    return [name.strip() for name in (words or "").split(",") if name.strip()]


@contextmanager
def _status() -> Iterator[Callable[[str, float], None] | None]:
    """Show on a terminal which forecaster is at work."""
    if not stderr.is_terminal:
        yield None
        return
    with stderr.status("history") as status:
        yield lambda name, share: status.update(f"{name} {share:.0%}")


def _print_scores(done: Backtest, json: bool) -> None:
    if json:
        print_json({**done.record, "scores": done.scores.to_dicts()})
        return
    _tell_missing(done)
    for score, head in (
        ("mape", "Mean absolute error, percent, by horizon"),
        ("relative_wis_log", "Weighted interval score of logarithms; no change is 1"),
        ("coverage_80", "Percent of actual values inside the 80 % range"),
        ("coverage_95", "Percent of actual values inside the 95 % range"),
    ):
        say(head)
        _print(done.by_horizon(score), digits=3 if score.startswith("relative") else 1)
        say()


def _tell_missing(done: Backtest | Forecast) -> None:
    if done.to_install:
        names = ", ".join(done.record["not installed"])
        stderr.print(f"not installed: {names}\n    {done.to_install}", markup=False)


def _print(table: Table, digits: int) -> None:
    rows = [
        [f"{cell:,.{digits}f}" if isinstance(cell, float) else cell for cell in row.values()]
        for row in table
    ]
    print_rows(table.columns, rows)
