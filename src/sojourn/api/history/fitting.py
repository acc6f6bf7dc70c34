"""A study's history, and the fit of its numbers to it, in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import pyarrow as pa

from sojourn import __version__
from sojourn.api.public import public
from sojourn.api.tables import Table, from_rows
from sojourn.disk.folders import FolderKind, Write
from sojourn.errors import SojournError
from sojourn.fitting.accounts import AccountRow, rows_of

if TYPE_CHECKING:
    import altair as alt

    from sojourn.api.history.forecasting import Backtest
    from sojourn.fitting.fit import Fitted
    from sojourn.forecasting.rolling import Told
    from sojourn.run.check import Checked
    from sojourn.study.model.history import Account

_TEXT, _NUMBER = pa.string(), pa.float64()
_ROW = {"account": _TEXT, "group": _TEXT, "period": _TEXT, "end": pa.date32()}
_PARAMETERS = {
    "path": _TEXT, "unit": _TEXT, "written_in": _TEXT,
    "prior_p10": _NUMBER, "prior_p50": _NUMBER, "prior_p90": _NUMBER,
    "p10": _NUMBER, "p50": _NUMBER, "p90": _NUMBER, "prior_quantile": _NUMBER,
    "relative_width": _NUMBER, "r_hat": _NUMBER, "effective_size": _NUMBER,
}  # fmt: skip
_COUNTS = {
    **_ROW, "kind": _TEXT, "counted": _NUMBER, "error": _NUMBER, "p10": _NUMBER, "p50": _NUMBER,
    "p90": _NUMBER, "missed": _NUMBER,
}  # fmt: skip
_FILES: Final = ("draws", "parameters", "counts", "correlation")
_PICTURE: Final = "counts.svg"
FIT: Final = FolderKind(
    "fit.json", "sojourn-fit-1", frozenset({_PICTURE, *(f"{name}.csv" for name in _FILES)})
)
"""The folder that a fit writes."""
HISTORY: Final = FolderKind(
    "history.json", "sojourn-history-1", frozenset({"counts.csv", _PICTURE})
)
"""The folder that a history is written into."""


def backtest_study(
    checked: Checked,
    *,
    origins: str,
    horizons: str,
    scenario: str | None,
    forecasters: Iterable[str] | None,
    without: str | None,
    evaluations: int,
    draws: int | None,
    seed: int | None,
    out: str | Path | None,
    progress: Told | None,
) -> Backtest:
    """What `Study.backtest` does."""
    from sojourn.api.history.forecasting import Backtest, asked_of
    from sojourn.fitting.backtest import DRAWS, Rolling, beside_study, roll_study
    from sojourn.forecasting.folders import BACKTEST
    from sojourn.forecasting.forecasters import not_installed
    from sojourn.forecasting.history import Columns
    from sojourn.forecasting.rolling import untold

    if out is not None:
        BACKTEST.refuse_other(Path(out))
    began = perf_counter()
    how = Rolling(
        origins=origins,
        horizons=horizons,
        forecasters=beside_study(forecasters),
        scenario=scenario,
        without=without,
        evaluations=evaluations,
        draws=draws or DRAWS,
        seed=seed,
        told=progress or untold,
    )
    found = roll_study(checked, how)
    record = {
        **asked_of(found.rolled, found.without),
        "study": checked.study.title,
        "scenario": scenario or checked.study.baseline,
        "forecasters": list(found.rolled.quantiles),
        "not installed": list(not_installed(forecasters)),
        "fits": [dict(each) for each in found.fits],
        "accounts left out": list(found.left_out),
    }
    columns = Columns(date="target", value="people", series=("series",))
    record["seconds"] = perf_counter() - began
    done = Backtest(found.rolled, columns, found.without, record)
    if out is not None:
        done.write(out)
    return done


def _drawn(chart: alt.FacetChart) -> Write:
    """What writes a chart as SVG into a stream."""

    def write(stream: BinaryIO) -> None:
        import vl_convert

        stream.write(vl_convert.vegalite_to_svg(chart.to_dict()).encode())

    return write


@public
class StudyHistory:
    """What a study's `history` counted; `Study.history` gives it."""

    def __init__(self, history: Mapping[str, Account], title: str) -> None:
        self.title = title
        """The study's title."""
        self._rows: list[AccountRow] = rows_of(dict(history))
        kinds = (kind for account in history.values() for kind in account.counted)
        self._kinds = tuple(dict.fromkeys(kinds))

    @property
    def counts(self) -> Table:
        """One row for each period of each account and group.

        Columns: account, group, period (as the file writes it), end (its last day); those of
        `stock`, `admissions`, `releases`, `average` and `time_served` (in days) that an account
        has; unaccounted (the stock before, with admissions and without releases, less the stock;
        None where one is unknown, or what is counted has changed), share (of the stock),
        adds_up (no if that is more than 1 % of the stock), note.
        """
        columns = {kind.replace(" ", "_"): _NUMBER for kind in self._kinds}
        rows = [
            {
                "account": row.account, "group": row.group, "period": row.period, "end": row.end,
                **{kind.replace(" ", "_"): value for kind, value in row.counts.items()},
                "unaccounted": row.unaccounted, "share": row.share, "adds_up": row.adds_up,
                "note": row.note,
            }
            for row in self._rows
        ]  # fmt: skip
        more = {"unaccounted": _NUMBER, "share": _NUMBER, "adds_up": pa.bool_(), "note": _TEXT}
        return from_rows("history", rows, {**_ROW, **columns, **more})

    @property
    def problems(self) -> tuple[str, ...]:
        """Periods that do not add up, a sentence each."""
        return tuple(
            f"{', '.join(part for part in (row.account, row.group) if part)} {row.period} does not "
            f"add up: {abs(row.unaccounted or 0):,.0f} people too "
            f"{'few' if (row.unaccounted or 0) > 0 else 'many'} ({abs(row.share or 0):.1%} of the "
            "stock)"
            for row in self._rows
            if not row.adds_up
        )

    def plot(self) -> alt.FacetChart:
        """An Altair chart with a panel for each account and kind, and a line for each group.

        Raises SojournError if the study has no history.
        """
        import altair as alt

        rows = [
            {"panel": f"{row.account}: {kind}", "end": row.end.isoformat(), "value": value,
             "group": row.group or row.account}
            for row in self._rows
            for kind, value in row.counts.items()
            if value is not None
        ]  # fmt: skip
        if not rows:
            raise SojournError("there is nothing to draw: the study has no history")
        line = (
            alt.Chart(alt.InlineData(values=rows))
            .mark_line(point=True)
            .encode(
                x=alt.X("end:T", title=None),
                y=alt.Y("value:Q", title=None),
                color=alt.Color("group:N", title=None),
            )
        )
        chart: alt.FacetChart = (
            line.properties(width=300, height=160)
            .facet(facet=alt.Facet("panel:N", title=None, sort=None), columns=2)
            .resolve_scale(y="independent")
        )
        return chart

    def write(self, folder: str | Path) -> Path:
        """Write counts.csv, their picture counts.svg, and history.json into a folder.

        An earlier history in the folder is replaced. Raises SojournError if it holds anything
        else, if it cannot be written, or if the study has no history.
        """
        table: Write = partial(self.counts.write, form="csv")
        files = {"counts.csv": table, _PICTURE: _drawn(self.plot())}
        record = {"version": __version__, "study": self.title, "problems": list(self.problems)}
        HISTORY.write(Path(folder), files, record)
        return Path(folder)

    def __repr__(self) -> str:
        return f"{self.counts!r}\n" + "\n".join(self.problems)

    def _repr_html_(self) -> str:
        return self.counts._repr_html_() + "".join(f"<p>{text}</p>" for text in self.problems)


@public
class Fit:
    """Numbers of a study fitted to its history; `Study.fit` gives it."""

    def __init__(self, fitted: Fitted, title: str, written: Mapping[str, str | None]) -> None:
        self._fitted, self._written = fitted, written
        self.title = title
        """The study's title."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful: poor draws, numbers that move together, counts that are not met."""
        return self._fitted.warnings

    @property
    def method(self) -> str:
        """How the model was counted: by exact means, or by simulated histories, and why."""
        why = self._fitted.no_means
        return f"simulated histories (ABC-SMC): {why}" if why else "exact means"

    @property
    def record(self) -> Mapping[str, Any]:
        """Version, scenario, evaluations of the model, share of proposals accepted, warnings."""
        found = self._fitted
        return {
            "version": __version__,
            "study": self.title,
            "scenario": found.scenario,
            "draws": len(self.draws),
            "evaluations": found.evaluations,
            "method": self.method,
            "acceptance": found.acceptance,
            "warnings": list(found.warnings),
        }

    @cached_property
    def draws(self) -> Table:
        """Joint draws of the posterior: a column for each number by its path, in its unit.

        `Study.run(parameters=fit.draws)` runs under them.
        """
        return Table(pa.table({path: list(v) for path, v in self._fitted.draws.items()}), "draws")

    @property
    def parameters(self) -> Table:
        """One row for each number: prior and posterior, and how well it was drawn.

        Columns: path, unit, written_in (of a duration: the unit in which its prior is written);
        10th, 50th and 90th percentile of the prior (`prior_p10` …) and of the posterior (`p10` …);
        prior_quantile (of the posterior's median), relative_width (of the 80 % range, over the
        prior's), r_hat (1 if the walkers agree), effective_size (of independent draws).
        """
        rows = [
            {
                "path": number.prior.path, "unit": number.prior.unit,
                "written_in": self._written.get(number.prior.path),
                **{f"prior_p{u}": number.prior_at(u / 100) for u in (10, 50, 90)},
                "p10": number.low, "p50": number.median, "p90": number.high,
                "prior_quantile": number.at, "relative_width": number.width,
                "r_hat": number.r_hat, "effective_size": number.size,
            }
            for number in self._fitted.numbers
        ]  # fmt: skip
        return from_rows("parameters", rows, _PARAMETERS)

    @property
    def counts(self) -> Table:
        """One row for each target: what was counted, and what the fitted model would count.

        Columns: account, group, period, end, kind, counted, error (one standard deviation);
        10th and 90th percentile of what would be counted under the draws, errors included; p50 of
        the model; missed (counted less p50, in errors).
        """
        rows = [
            {
                "account": each.target.account, "group": ", ".join(each.target.group),
                "period": each.target.period, "end": each.target.end, "kind": each.target.kind,
                "counted": each.target.value, "error": each.target.sd,
                "p10": each.low, "p50": each.median, "p90": each.high, "missed": each.missed,
            }
            for each in self._fitted.counts
        ]  # fmt: skip
        return from_rows("counts", rows, _COUNTS)

    @property
    def correlation(self) -> Table:
        """Correlation of every two numbers in the posterior: first, second, correlation."""
        paths = [number.prior.path for number in self._fitted.numbers]
        rows = [
            {"first": paths[i], "second": paths[j],
             "correlation": float(self._fitted.correlation[i, j])}
            for i in range(len(paths))
            for j in range(i)
        ]  # fmt: skip
        kinds = {"first": _TEXT, "second": _TEXT, "correlation": _NUMBER}
        return from_rows("correlation", rows, kinds)

    def write(self, folder: str | Path) -> Path:
        """Write draws, parameters, counts and correlation as CSV, counts.svg and fit.json.

        `sojourn run STUDY --parameters FOLDER/draws.csv` runs under the draws. An earlier fit in
        the folder is replaced. Raises SojournError if it holds anything else, or cannot be
        written.
        """
        tables: Sequence[Table] = (self.draws, self.parameters, self.counts, self.correlation)
        files = {
            f"{name}.csv": partial(table.write, form="csv")
            for name, table in zip(_FILES, tables, strict=True)
        }
        FIT.write(Path(folder), {**files, _PICTURE: _drawn(self.plot())}, self.record)
        return Path(folder)

    def plot(self) -> alt.FacetChart:
        """An Altair chart of what was counted (points) and would be (line and 80 % range).

        A panel for each account, group and kind.
        """
        import altair as alt

        rows = [
            {**row, "end": row["end"].isoformat(),
             "panel": ", ".join(p for p in (row["account"], row["group"], row["kind"]) if p)}
            for row in self.counts
        ]  # fmt: skip
        base = alt.Chart(alt.InlineData(values=rows)).encode(x=alt.X("end:T", title=None))
        band = base.mark_area(opacity=0.2).encode(
            y=alt.Y("p10:Q", title=None).scale(zero=False), y2="p90:Q"
        )
        line = base.mark_line().encode(y="p50:Q")
        points = base.mark_point(filled=True, color="black").encode(y="counted:Q")
        chart: alt.FacetChart = (
            (band + line + points)
            .properties(width=300, height=160)
            .facet(facet=alt.Facet("panel:N", title=None, sort=None), columns=2)
            .resolve_scale(y="independent")
            .properties(title=f"{self.title}: counted, and fitted (80 %)")
        )
        return chart

    def __repr__(self) -> str:
        return "\n".join((str(self.parameters), *self.warnings))

    def _repr_html_(self) -> str:
        return self.parameters._repr_html_() + "".join(f"<p>{text}</p>" for text in self.warnings)
