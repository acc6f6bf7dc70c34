"""Summaries of a run over its histories: means, percentiles, and where the spread comes from.

Every answer has one row for each scenario and key, with the columns of `SPREAD`: `mean`, `p5`,
`p50`, `p95` over all histories (draws and replicates), `simulation` (standard deviation between
replicates of one draw; empty with one replicate), `parameters` (remaining standard deviation)
and `determined`, the share of histories that have a value. Rows missing from a table count as
zero. A difference is taken between histories of the same draw and replicate. Rows are in the order
in which the study names scenarios, measures, states, transitions, facilities, gates and payments.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from sojourn.errors import Problem, ResultsError
from sojourn.results.run_folder.folder import STUDY, RunFolder
from sojourn.results.views import listed, quoted
from sojourn.study.files.suggest import did_you_mean

SPREAD = ("mean", "p5", "p50", "p95", "simulation", "parameters", "determined")

_HISTORY = "scenario, draw, replicate"


@dataclass(frozen=True, slots=True)
class SummedValue:
    """A number of a history, as SQL over the rows of one combination of keys."""

    sql: str
    apart: tuple[str, ...] = ()
    """Keys over which it cannot be summed, so that they must be kept."""


@dataclass(frozen=True, slots=True)
class Summed:
    """What can be asked of one table."""

    values: Mapping[str, SummedValue]
    """Numbers by name, the default first."""
    keys: tuple[str, ...]
    by: tuple[str, ...]
    """The usual keys."""
    absent: str = "0"
    """The value of a history without rows, as SQL."""


_AT_END, _EACH = ("period",), ("period", "facility")
_MONEY = ("currency", "costing")
SUMMED: Mapping[str, Summed] = {
    "measures": Summed(
        {"value": SummedValue("any_value(value)")}, ("measure",), ("measure",), "null"
    ),
    "census": Summed(
        {
            "people": SummedValue("sum(people)", _AT_END),
            "average": SummedValue("sum(person_days) / any_value(DAYS)"),
            "person_days": SummedValue("sum(person_days)"),
        },
        ("period", "year", "state", "group"),
        ("period", "state"),
    ),
    "flows": Summed(
        {"people": SummedValue("sum(people)")},
        ("period", "year", "transition", "source", "target", "group"),
        ("year", "transition", "source", "target"),
    ),
    "money": Summed(
        {name: SummedValue(f"sum({name})", _MONEY) for name in ("amount", "real", "discounted")},
        ("period", "year", "payment", "payer", "payee", "category", *_MONEY),
        ("year", "payer", "payee", "category", *_MONEY),
    ),
    "facilities": Summed(
        {
            "occupied": SummedValue("sum(occupied)", _AT_END),
            "capacity": SummedValue("sum(capacity)", _AT_END),
            "peak": SummedValue("max(peak)", ("facility",)),
            "days_full": SummedValue("sum(days_full)", ("facility",)),
        },
        ("period", "year", "facility"),
        _EACH,
    ),
    "waits": Summed(
        {
            "days": SummedValue("sum(days_served)::double / nullif(sum(served), 0)"),
            "waiting": SummedValue("sum(waiting)", _AT_END),
            "served": SummedValue("sum(served)"),
        },
        ("period", "year", "transition"),
        ("year", "transition"),
        "null",
    ),
    "gates": Summed(
        {"open": SummedValue("sum(days_open)::double / sum(gates.days)")},
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

    Raises ResultsError for an unknown table, key, value or scenario, and for sums without a
    meaning: people at the ends of several periods, or amounts in several currencies.
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
    span = "days" if "period" in kept else "days_of_year" if "year" in kept else "days_of_all"
    number = kind.values[value].sql.replace("DAYS", f"spans.{span}")
    keys = _keys(kept)
    values = (
        f"select {_HISTORY}, {keys}, ({number})::double as value from {table} "
        + ("" if table == "measures" else f"join ({_SPANS}) spans using (period) ")
        + ("" if kept else "cross join (select true as whole) ")
        + (f"where {' and '.join(chosen)} " if chosen else "")
        + "group by all"
    )
    found = _spread(run, values, kept, kind.absent, against, only)
    return found if kept else found.drop_columns(["whole"])


_SPANS = (
    "select *, sum(days) over (partition by year) as days_of_year, "
    "sum(days) over () as days_of_all from periods"
)


def _several(wanted: object) -> list[object]:
    return list(wanted) if isinstance(wanted, list | tuple | set) else [wanted]


def _known(kind: str, name: str, names: Sequence[str] | Mapping[str, object]) -> str:
    if name not in names:
        raise ResultsError(Problem(f"there is no {kind} `{name}` here", did_you_mean(name, names)))
    return name


def _spread(
    run: RunFolder,
    values: str,
    kept: Sequence[str],
    absent: str,
    against: str | None,
    only: str | None,
) -> pa.Table:
    """Spread of `value` over histories, for every combination of keys that occurs anywhere."""
    keys = _keys(kept)
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
        + f"order by {_order(run, kept)}"
    )


def _order(run: RunFolder, kept: Sequence[str]) -> str:
    """SQL that sorts rows as the study names things; what it does not name comes last, rising."""
    named = {"scenario": run.scenarios, **_named_in_study(run)}
    found = []
    for key in ("scenario", *kept):
        if key in named:
            names = ", ".join(map(quoted, named[key]))
            found.append(f'list_position([{names}], "{key}"::varchar) nulls last')
        found.append(f'"{key}"')
    return ", ".join(found)


def _named_in_study(run: RunFolder) -> Mapping[str, Iterable[str]]:
    """The names of the study by key, in its order: first all of the first scenario."""
    study = json.loads((run.path / STUDY).read_text(encoding="utf-8"))
    scenarios = study["scenarios"].values()
    found: dict[str, dict[str, None]] = {
        key: dict.fromkeys(name for scenario in scenarios for name in scenario[section])
        for key, section in _SECTIONS.items()
    }
    found["transition"] = dict.fromkeys(
        each["name"] for scenario in scenarios for each in scenario["transitions"]
    )
    found["payment"] = dict.fromkeys(
        name for scenario in scenarios for name in scenario["money"]["payments"]
    )
    return found


_SECTIONS = {"measure": "measures", "state": "states", "facility": "facilities", "gate": "gates"}
"""Section of the study whose names are the values of a key."""


def _keys(kept: Sequence[str]) -> str:
    """The key columns; without a key, a constant stands in for one: one row for each history."""
    return ", ".join(f'"{column}"' for column in kept) or "whole"
