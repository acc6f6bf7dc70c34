"""Summaries of a run over its histories: means, percentiles, and where the spread comes from.

Every answer has one row for each scenario and key, with the columns of `SPREAD`: `mean`, `p5`,
`p50`, `p95` over all histories (draws and replicates), `simulation` (standard deviation between
replicates of one draw; empty with one replicate), `parameters` (remaining standard deviation)
and `determined`, the share of histories that have a value. Rows missing from a table count as
zero. A difference is taken between histories of the same draw and replicate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from sojourn.errors import Problem, ResultsError
from sojourn.results.periods import check_years
from sojourn.results.run_folder.folder import RunFolder
from sojourn.results.views import listed, quoted
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model import Period

SPREAD = ("mean", "p5", "p50", "p95", "simulation", "parameters", "determined")

_HISTORY = "scenario, draw, replicate"


@dataclass(frozen=True, slots=True)
class Value:
    """A number of a history, as SQL over the rows of one combination of keys."""

    sql: str
    apart: tuple[str, ...] = ()
    """Keys over which it cannot be summed, so that they must be kept."""


@dataclass(frozen=True, slots=True)
class Summed:
    """What can be asked of one table."""

    values: Mapping[str, Value]
    """Numbers by name, the default first."""
    keys: tuple[str, ...]
    by: tuple[str, ...]
    """The usual keys."""
    absent: str = "0"
    """The value of a history without rows, as SQL."""


_AT_END, _EACH = ("period",), ("period", "facility")
_MONEY = ("currency", "costing")
SUMMED: Mapping[str, Summed] = {
    "measures": Summed({"value": Value("any_value(value)")}, ("measure",), ("measure",), "null"),
    "census": Summed(
        {
            "people": Value("sum(people)", _AT_END),
            "average": Value("sum(person_days) / any_value(DAYS)"),
            "person_days": Value("sum(person_days)"),
        },
        ("period", "year", "state", "group"),
        ("period", "state"),
    ),
    "flows": Summed(
        {"people": Value("sum(people)")},
        ("period", "year", "transition", "source", "target", "group"),
        ("year", "transition", "source", "target"),
    ),
    "money": Summed(
        {name: Value(f"sum({name})", _MONEY) for name in ("amount", "real", "discounted")},
        ("period", "year", "payment", "payer", "payee", "category", *_MONEY),
        ("year", "payer", "payee", "category", *_MONEY),
    ),
    "facilities": Summed(
        {
            "occupied": Value("sum(occupied)", _AT_END),
            "capacity": Value("sum(capacity)", _AT_END),
            "peak": Value("max(peak)", ("facility",)),
            "days_full": Value("sum(days_full)", ("facility",)),
        },
        ("period", "year", "facility"),
        _EACH,
    ),
    "waits": Summed(
        {
            "days": Value("sum(days_served)::double / nullif(sum(served), 0)"),
            "waiting": Value("sum(waiting)", _AT_END),
            "served": Value("sum(served)"),
        },
        ("period", "year", "transition"),
        ("year", "transition"),
        "null",
    ),
    "gates": Summed(
        {"open": Value("sum(days_open)::double / sum(gates.days)")},
        ("period", "year", "gate"),
        ("period", "gate"),
    ),
}
"""What can be summed up, by table. `DAYS` stands for the days that a combination of keys spans."""


def summary(
    run: RunFolder,
    table: str,
    *,
    by: Sequence[str] | None = None,
    value: str | None = None,
    where: Mapping[str, object] | None = None,
    against: str | None = None,
    only: str | None = None,
    year_starts: int | None = None,
) -> pa.Table:
    """The spread of a number of a table, for every combination of keys that occurs anywhere.

    Args:
        run: a finished run.
        table: a key of `SUMMED`.
        by: keys to keep besides the scenario; the number is summed over all others.
        value: which number, by default the first of the table.
        where: only rows with this value of a key, or one of a list of values.
        against: a scenario; the others' differences from it are then summarised.
        only: the only scenario wanted.
        year_starts: month on whose first day a year starts, if not as in the study.

    Raises ResultsError for an unknown table, key, value or scenario, and for sums without a
    meaning: people at the ends of several periods, or amounts in several currencies; for years
    that the run's reporting periods do not make up, or that no key asks for.
    """
    kind = SUMMED[_known("table", table, SUMMED)]
    value = _known("value", value or next(iter(kind.values)), kind.values)
    asked = [key for key in (kind.by if by is None else by) if key != "scenario"]
    kept = tuple(_known("key", key, kind.keys) for key in asked)
    for scenario in (against, only):
        if scenario is not None:
            _known("scenario", scenario, run.scenarios)
    chosen = [
        f'"{_known("key", key, kind.keys)}" in {listed([str(each) for each in _several(wanted)])}'
        for key, wanted in (where or {}).items()
    ]
    for key in kind.values[value].apart:
        if key not in kept and not (
            key in (where or {}) and len(_several((where or {})[key])) == 1
        ):
            fix = f"keep `{key}` in by={[*kept, key]}"
            if table == "census":
                fix += ", or ask for value='average'"
            raise ResultsError(Problem(f"`{value}` cannot be added up over `{key}`", fix))
    if year_starts is not None:
        if "year" not in kept:
            better = [key for key in (*kept, "year") if key != "period"]
            fix = f"group by year: by={better}" if "year" in kind.keys else "leave year_starts out"
            raise ResultsError(
                Problem("`year_starts` has no meaning where nothing is by year", fix)
            )
        check_years(Period.model_validate(run.record["period"]), year_starts)
    span = "days" if "period" in kept else "days_of_year" if "year" in kept else "days_of_all"
    number = kind.values[value].sql.replace("DAYS", f"spans.{span}")
    # Without a key there is one row per history; a constant stands in for the key column.
    keys = _names(kept) if kept else "whole"
    values = (
        f"select {_HISTORY}, {keys}, ({number})::double as value from {table} "
        + ("" if table == "measures" else f"join ({_spans(year_starts)}) spans using (period) ")
        + ("" if kept else "cross join (select true as whole) ")
        + (f"where {' and '.join(chosen)} " if chosen else "")
        + "group by all"
    )
    found = _spread(run, values, keys, kind.absent, against, only)
    return found if kept else found.drop_columns(["whole"])


def _spans(year_starts: int | None) -> str:
    """SQL for the reporting periods with their year, and the days of their year and of all."""
    named = "periods" if year_starts is None else (
        "(select * replace (year(period) + "
        f"if({year_starts} > 1 and month(period) >= {year_starts}, 1, 0) as year) from periods)"
    )  # fmt: skip
    return (
        "select *, sum(days) over (partition by year) as days_of_year, "
        f"sum(days) over () as days_of_all from {named}"
    )


def _several(wanted: object) -> list[object]:
    return list(wanted) if isinstance(wanted, list | tuple | set) else [wanted]


def _known(kind: str, name: str, names: Sequence[str] | Mapping[str, object]) -> str:
    if name not in names:
        raise ResultsError(Problem(f"there is no {kind} `{name}` here", did_you_mean(name, names)))
    return name


def _spread(
    run: RunFolder, values: str, keys: str, absent: str, against: str | None, only: str | None
) -> pa.Table:
    """Spread of `value` over histories, for every combination of keys that occurs anywhere."""
    filled = (
        f"select scenario, draw, replicate, {keys}, coalesce(value, {absent}) as value "
        f"from histories cross join (select distinct {keys} from given) "
        f"left join given using ({_HISTORY}, {keys})"
    )
    compared = "select * from filled"
    if against is not None:
        compared = (
            f"select f.scenario, draw, replicate, {keys}, "
            "f.value - b.value as value from filled f join filled b "
            f"using (draw, replicate, {keys}) "
            f"where b.scenario = {quoted(against)} and f.scenario <> b.scenario"
        )
    return run.sql(
        f"with given as ({values}), filled as ({filled}), compared as ({compared}), "
        f"by_draw as (select scenario, {keys}, draw, var_samp(value) as within "
        "from compared group by all), "
        f"inside as (select scenario, {keys}, avg(within) as within from by_draw group by all), "
        f"whole as (select scenario, {keys}, avg(value) as mean, "
        "quantile_cont(value, 0.05) as p5, quantile_cont(value, 0.5) as p50, "
        "quantile_cont(value, 0.95) as p95, var_samp(value) as variance, "
        "count(value) / count(*) as determined from compared group by all) "
        f"select scenario::varchar as scenario, {keys}, mean, p5, p50, p95, "
        "sqrt(within) as simulation, "
        "if(variance is null, null, sqrt(greatest(variance - coalesce(within, 0), 0))) "
        "as parameters, determined "
        f"from whole join inside using (scenario, {keys}) "
        + ("" if only is None else f"where scenario = {quoted(only)} ")
        + f"order by {_order(run)}, {keys}"
    )


def _order(run: RunFolder) -> str:
    """SQL that sorts scenarios as the study has them."""
    names = ", ".join(quoted(name) for name in run.scenarios)
    return f"list_position([{names}], scenario::varchar)"


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
