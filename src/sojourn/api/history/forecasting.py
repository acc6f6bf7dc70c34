"""Forecasts of series, their backtest, and the scores of sealed ones, in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from sojourn import __version__
from sojourn.api.public import public
from sojourn.api.tables import Table, columns_of
from sojourn.errors import Problem, SojournError
from sojourn.forecasting.forecasters import REMEDY, chosen, not_installed
from sojourn.forecasting.history import Columns, SeriesHistory, history_of, read_history
from sojourn.forecasting.rolling import Rolled, roll, untold, without_forecast
from sojourn.forecasting.scorecard import ALL, FORECASTS, SCORES, forecasts_table, scores_table
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.words.file_tables import sheet_of
from sojourn.study.words.periods import read_horizons, read_periods

if TYPE_CHECKING:
    from sojourn.forecasting.rolling import Told


@public
def backtest(
    history: object,
    *,
    date: str,
    value: str,
    series: str | Sequence[str] = (),
    flows: str | Sequence[str] = (),
    origins: str,
    horizons: str = "1-5",
    forecasters: Iterable[str] | None = None,
    without: str | None = None,
    out: str | Path | None = None,
    progress: Told | None = None,
) -> Backtest:
    """Forecast every series from every origin of its past, and score the forecasts.

    Each forecast is made from what was known at its origin. Values are numbers of people.

    Args:
        history: a CSV or Parquet file, a data frame, or a mapping of columns; one row for each
            series and period, with an empty cell where a number is unknown.
        date: column of the period: 1990, 1990-Q3, 1990-09 or 1990-09-30.
        value: column that is forecast.
        series: column or columns that tell the series apart; none if there is only one.
        flows: columns of people entering or leaving, from which `sojourn` learns too.
        origins: the first and the last period to forecast from, as 1990-2018 or
            2010-Q1..2018-Q4; every period between is one too.
        horizons: steps to forecast, as 1-5,10.
        forecasters: their names; by default all that are installed.
        without: target periods that are not scored, written as origins are.
        out: folder for `scores.parquet`, `forecasts.parquet`, `backtest.json`, and the forecasts as
            a hub; an earlier backtest in it is replaced.
        progress: called with the forecaster at work and the share that is done.

    Raises SojournError for a table, a column, a period or a forecaster that cannot be used.
    """
    from sojourn.forecasting.folders import BACKTEST

    columns = _columns(date, value, series, flows)
    wanted, steps = chosen(forecasters), read_horizons(horizons)
    if out is not None:
        BACKTEST.refuse_other(Path(out))
    began = perf_counter()
    known = _history(history, columns)
    periods = read_periods(origins, known.calendar, "--origins")
    _refuse_outside(known, periods)
    left_out = read_periods(without, known.calendar, "--without") if without else range(0)
    rolled = roll(known, wanted, periods, steps, progress or untold)
    record = {
        **asked_of(rolled, left_out),
        "forecasters": [each.name for each in wanted],
        "not installed": list(not_installed(forecasters)),
    }
    done = Backtest(rolled, columns, left_out, {**record, "seconds": perf_counter() - began})
    if out is not None:
        done.write(out)
    return done


def asked_of(rolled: Rolled, left_out: Sequence[int]) -> dict[str, Any]:
    """What every backtest records."""
    calendar = rolled.history.calendar
    return {
        "version": __version__,
        "origins": [calendar.show(rolled.origins[end]) for end in (0, -1)],
        "horizons": list(rolled.horizons),
        "step": calendar.step,
        "series": len(rolled.history.names),
        "without": [calendar.show(period) for period in left_out],
    }


@public
def forecast(
    history: object,
    *,
    date: str,
    value: str,
    series: str | Sequence[str] = (),
    flows: str | Sequence[str] = (),
    horizons: str = "1-5",
    forecasters: Iterable[str] | None = None,
    seal: str | Path | None = None,
    progress: Told | None = None,
) -> Forecast:
    """Forecast every series from the last period of a history.

    Args:
        history: as in `backtest`.
        date: column of the period.
        value: column that is forecast.
        series: column or columns that tell the series apart.
        flows: columns of people entering or leaving.
        horizons: steps to forecast, as 1-5,10.
        forecasters: their names; by default all that are installed.
        seal: folder in which the forecasts are sealed, with date and digest; see `score`.
        progress: as in `backtest`.

    Raises SojournError for input that cannot be used, and if the folder holds forecasts from this
    period already.
    """
    columns = _columns(date, value, series, flows)
    wanted, steps = chosen(forecasters), read_horizons(horizons)
    known = _history(history, columns)
    rolled = roll(known, wanted, [known.last], steps, progress or untold)
    record = {
        "origin": known.calendar.show(known.last),
        "not installed": list(not_installed(forecasters)),
        "no forecast": without_forecast(rolled),
    }
    done = Forecast(rolled, columns, record)
    if seal is not None:
        done.seal(seal)
    return done


@public
def score(sealed: str | Path, history: object) -> Backtest:
    """Score sealed forecasts by what came, as far as the history tells.

    Args:
        sealed: the folder in which `forecast` sealed them, any number of times.
        history: a newer table with the columns of the sealed one.

    Raises SojournError if a sealed file was changed or is missing, or for a history that lacks a
    series.
    """
    from sojourn.forecasting.sealed import open_sealed, sealed_columns

    columns = sealed_columns(Path(sealed))
    rolled = open_sealed(Path(sealed), _history(history, columns))
    calendar = rolled.history.calendar
    record = {
        "sealed": [calendar.show(origin) for origin in rolled.origins],
        "forecasters": list(rolled.quantiles),
    }
    return Backtest(rolled, columns, (), record)


class _Made:
    """Forecasts that were made, and how."""

    def __init__(self, rolled: Rolled, columns: Columns, record: Mapping[str, Any]) -> None:
        self._rolled, self._columns = rolled, columns
        self.record = record

    @property
    def to_install(self) -> str:
        """The command that installs what forecasters lacked; empty if they lacked nothing."""
        return REMEDY if self.record.get("not installed") else ""


@public
class Forecast(_Made):
    """Forecasts from the last period of a history."""

    record: Mapping[str, Any]
    """The origin; forecasters that were left out because a package is `not installed`; and series
    with `no forecast`: too short, or unknown at the origin."""

    @property
    def forecasters(self) -> tuple[str, ...]:
        """Names of the forecasters that were asked."""
        return tuple(self._rolled.quantiles)

    @property
    def forecasts(self) -> Table:
        """One row for each quantile of each forecast."""
        about = "One row for each quantile of each forecast."
        return Table(forecasts_table(self._rolled), "forecasts", about)

    def seal(self, folder: str | Path) -> Path:
        """Seal the forecasts in a folder, and return the seal's file.

        Raises SojournError if this period is sealed there already, or if `folder` cannot be
        written.
        """
        from sojourn.forecasting.sealed import seal

        return seal(Path(folder), self._rolled, self._columns)

    def quantiles(self, forecaster: str = "sojourn") -> Table:
        """Median and ranges of 80 and 95 % of one `forecaster`, a row for each series and target.

        Raises SojournError if that forecaster was not asked.
        """
        _known(forecaster, self._rolled.quantiles)
        rows = self.forecasts.to_arrow()
        rows = rows.filter(pc.equal(rows["forecaster"], forecaster))
        keys = ("series", "target")
        names = {0.025: "p2.5", 0.1: "p10", 0.5: "median", 0.9: "p90", 0.975: "p97.5"}
        found: dict[tuple[str, ...], dict[str, Any]] = {}
        for row in rows.to_pylist():
            if row["quantile"] in names:
                at = tuple(row[key] for key in keys)
                found.setdefault(at, dict(zip(keys, at, strict=True)))[names[row["quantile"]]] = (
                    row["value"]
                )
        kinds = {**dict.fromkeys(keys, pa.string()), **dict.fromkeys(names.values(), pa.float64())}
        return Table(pa.Table.from_pylist(list(found.values()), pa.schema(list(kinds.items()))))


@public
class Backtest(_Made):
    """Forecasts of the past and their scores."""

    record: Mapping[str, Any]
    """What was asked, of which version, and the seconds it took."""

    def __init__(
        self,
        rolled: Rolled,
        columns: Columns,
        left_out: Sequence[int],
        record: Mapping[str, Any],
    ) -> None:
        super().__init__(rolled, columns, record)
        self._scores = scores_table(rolled, left_out)

    @property
    def scores(self) -> Table:
        """One row for each forecaster, each of its horizons, and each of its series."""
        about = "One row for each forecaster, each of its horizons, and each of its series."
        return Table(self._scores, "scores", about)

    @property
    def forecasts(self) -> Table:
        """One row for each quantile of each forecast, with what came."""
        about = "One row for each quantile of each forecast, with what came."
        return Table(forecasts_table(self._rolled), "forecasts", about)

    @property
    def columns(self) -> Mapping[str, Mapping[str, str]]:
        """What each column of `scores` and `forecasts` means."""
        return {
            name: {column: about for column, (_, about) in table.items()}
            for name, table in (("scores", SCORES), ("forecasts", FORECASTS))
        }

    def by_horizon(self, score: str = "mape") -> Table:
        """One `score` of every forecaster: a column for each horizon, and one for all.

        Raises SojournError for the name of no score.
        """
        _known(score, [name for name, (kind, _) in SCORES.items() if kind == pa.float64()])
        rows = [row for row in self.scores if row["series"] == ALL]
        names = [str(horizon) for horizon in self._rolled.horizons]
        found: dict[str, dict[str, Any]] = {}
        for row in rows:
            column = ALL if row["horizon"] is None else str(row["horizon"])
            found.setdefault(row["forecaster"], {})[column] = row[score]
        kinds = [("forecaster", pa.string()), *((name, pa.float64()) for name in (*names, ALL))]
        arrow = pa.Table.from_pylist(
            [{"forecaster": name, **values} for name, values in found.items()], pa.schema(kinds)
        )
        return Table(arrow, score, SCORES[score][1])

    def by_series(self, score: str = "mape") -> Table:
        """One `score` of every forecaster over all horizons: a column for each series.

        Of a study's backtest, a series is a component: stock, admissions or releases of a group.
        Raises SojournError for the name of no score.
        """
        _known(score, [name for name, (kind, _) in SCORES.items() if kind == pa.float64()])
        names = self._rolled.history.names
        found: dict[str, dict[str, Any]] = {}
        for row in self.scores:
            alone = len(names) == 1 and row["series"] == ALL
            if row["horizon"] is None and (row["series"] != ALL or alone):
                series = names[0] if alone else row["series"]
                found.setdefault(row["forecaster"], {})[series] = row[score]
        kinds = [("forecaster", pa.string()), *((name, pa.float64()) for name in names)]
        rows = [{"forecaster": name, **values} for name, values in found.items()]
        return Table(pa.Table.from_pylist(rows, pa.schema(kinds)), score, SCORES[score][1])

    def rescored(self, *, origins: str | None = None, without: str | None = None) -> Backtest:
        """The same forecasts, of fewer origins or without some targets.

        Args:
            origins: the first and the last origin to keep, as in `backtest`; by default all.
            without: target periods that are not scored.

        Raises SojournError for words that are no periods, or if no origin is left.
        """
        rolled, calendar = self._rolled, self._rolled.history.calendar
        left_out = read_periods(without, calendar, "without") if without else range(0)
        if origins is not None:
            kept = read_periods(origins, calendar, "origins")
            places = [n for n, origin in enumerate(rolled.origins) if origin in kept]
            if not places:
                first, last = (calendar.show(rolled.origins[end]) for end in (0, -1))
                raise SojournError(
                    Problem(f"there is no origin in {origins}", f"they run from {first} to {last}")
                )
            rolled = Rolled(
                rolled.history,
                tuple(rolled.origins[place] for place in places),
                rolled.horizons,
                {name: quantiles[places] for name, quantiles in rolled.quantiles.items()},
            )
        return Backtest(rolled, self._columns, left_out, self.record)

    def write(self, folder: str | Path) -> Path:
        """Write tables, record and hub into `folder`, replacing an earlier backtest in it.

        Raises SojournError if it holds anything else, or cannot be written.
        """
        from sojourn.forecasting.folders import write_backtest
        from sojourn.forecasting.hub import hub_files

        tables = {"scores": self._scores, "forecasts": self.forecasts.to_arrow()}
        hub = hub_files(self._rolled, self._columns.value)
        write_backtest(Path(folder), tables, self.record, hub)
        return Path(folder)


def _columns(
    date: str, value: str, series: str | Sequence[str], flows: str | Sequence[str]
) -> Columns:
    def listed(names: str | Sequence[str]) -> tuple[str, ...]:
        return (names,) if isinstance(names, str) else tuple(names)

    return Columns(date, value, listed(series), listed(flows))


def _history(history: object, columns: Columns) -> SeriesHistory:
    if isinstance(history, str | Path):
        return read_history(Path(history), columns)
    return history_of(sheet_of(columns_of(history), "the history"), columns)


def _refuse_outside(history: SeriesHistory, origins: range) -> None:
    outside = [
        each for each in (origins[0], origins[-1]) if not history.first <= each < history.last
    ]
    if outside:
        show = history.calendar.show
        raise SojournError(
            Problem(
                f"--origins: nothing can be scored from {show(outside[0])}",
                f"the history runs from {show(history.first)} to {show(history.last)}; "
                "the last origin is before its end",
            )
        )


def _known(name: str, names: Iterable[str]) -> None:
    if name not in names:
        raise SojournError(Problem(f"`{name}` is not here", did_you_mean(name, names)))
