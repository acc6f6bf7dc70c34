"""Summaries of a run over its histories: means, percentiles, and where the spread comes from.

Every answer has one row for each scenario and key, with the columns of `SPREAD`: `mean`, `p5`,
`p50`, `p95` over all histories (draws and replicates); `simulation` and `parameters`, the standard
deviations by chance, between replicates of one draw, and by uncertain inputs (the rest);
`error_simulation` and `error_parameters`, the standard errors of the mean for these two reasons;
and `determined`, the share of histories that have a value. Rows missing from a table count as zero.

The two are told apart by analysis of variance (`errors_of_means`), of replicates or of the draws
that were simulated a second time (`uncertainty.repeats`). Exact means have no simulation error, and
a study without uncertain inputs has no other. With neither replicates nor repeats, `simulation` is
empty, and `parameters` is both together.

A difference is taken between histories of the same draw and replicate. Its row also has `saved`:
how often greater its variance would be if the two shared nothing; empty if one does not vary.

Rows are in the order in which the study names scenarios, measures, states, transitions, facilities,
gates and payments.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import pyarrow as pa

from sojourn.errors import Problem, ResultsError
from sojourn.results.errors_of_means import squared_errors_sql
from sojourn.results.periods import check_years
from sojourn.results.run_folder.folder import STUDY, RunFolder, with_draws_repeated
from sojourn.results.views import listed, quoted
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model.study import Period

SPREAD = (
    "mean", "p5", "p50", "p95", "simulation", "parameters", "error_simulation", "error_parameters",
    "determined",
)  # fmt: skip

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
    year_starts: int | None = None,
    of: RunFolder | None = None,
) -> pa.Table:
    """The spread of a number of a table, for every combination of keys that occurs anywhere.

    Args:
        run: a finished run.
        table: a key of `SUMMED`.
        by: keys to keep besides the scenario; the number is summed over all others.
        value: which number, by default the first of the table.
        where: only rows with this value of a key, or one of a list of values.
        against: a scenario; the others' differences from it are then summarised.
        only: the only scenario wanted; needed with `of`.
        of: the run that has the scenario `against`, by default this one. Draws that only one of
            the two has are left out.
        year_starts: month on whose first day a year starts, if not as in the study.

    Raises ResultsError for an unknown table, key, value or scenario, and for sums without a
    meaning: people at the ends of several periods, or amounts in several currencies; for years
    that the run's reporting periods do not make up, or that no key asks for.
    """
    kind = SUMMED[_known("table", table, SUMMED)]
    value = _known("value", value or next(iter(kind.values)), kind.values)
    asked = [key for key in (kind.by if by is None else by) if key != "scenario"]
    kept = tuple(_known("key", key, kind.keys) for key in asked)
    for scenario, there in ((against, of or run), (only, run)):
        if scenario is not None:
            there.known(scenario)
    chosen = [
        f'"{_known("key", key, kind.keys)}" in {listed([str(each) for each in _several(wanted)])}'
        for key, wanted in (where or {}).items()
    ]
    mixed = [
        key for key in kind.values[value].apart
        if key not in kept
        and not (key in (where or {}) and len(_several((where or {})[key])) == 1)
        and not (key in _MONEY and _the_same(table, key, run, of))
    ]  # fmt: skip
    if mixed:
        names = " and ".join(f"`{key}`" for key in mixed)
        fix = f"group by {names} too (by {','.join([*kept, *mixed])})"
        if table == "census":
            fix += ", or ask for the value `average`"
        raise ResultsError(Problem(f"`{value}` cannot be added up over {names}", fix))
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
    keys = _keys(kept)
    values = (
        f"select {_HISTORY}, {keys}, ({number})::double as value from {table} "
        + ("" if table == "measures" else f"join ({_spans(year_starts)}) spans using (period) ")
        + ("" if kept else "cross join (select true as whole) ")
        + (f"where {' and '.join(chosen)} " if chosen else "")
        + "group by all"
    )
    question = _Question(values, kept, kind.absent, against, only)
    found = _spread(run, question, of)
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


def _the_same(table: str, key: str, *runs: RunFolder | None) -> bool:
    """Whether all rows of a table, in all of these runs, have one value of the key."""
    sql = f'select distinct "{key}"::varchar as one from {table}'
    found = [run.sql(sql)["one"].to_pylist() for run in runs if run is not None]
    return len(set(chain.from_iterable(found))) <= 1


def _several(wanted: object) -> list[object]:
    return list(wanted) if isinstance(wanted, list | tuple | set) else [wanted]


def _known(kind: str, name: str, names: Sequence[str] | Mapping[str, object]) -> str:
    if name not in names:
        raise ResultsError(Problem(f"there is no {kind} `{name}` here", did_you_mean(name, names)))
    return name


def _filled(keys: str, absent: str) -> str:
    """SQL of a value for every history and combination of keys."""
    return (
        f"select scenario, draw, replicate, {keys}, coalesce(value, {absent}) as value "
        f"from histories cross join (select distinct {keys} from given) "
        f"left join given using ({_HISTORY}, {keys})"
    )


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of every history."""

    values: str
    """SQL of `value` for each history and combination of keys that has rows."""
    kept: Sequence[str]
    absent: str
    against: str | None
    only: str | None

    @property
    def keys(self) -> str:
        """The key columns, as SQL."""
        return _keys(self.kept)


def _compared(run: RunFolder, question: _Question, of: RunFolder | None) -> str:
    """SQL that defines `compared`: `value`, or its difference, for each history and key.

    Differences have `own` and `other` too. If the other scenario is of the run `of`, its values
    are registered with the connection of `run`.
    """
    keys, absent, only = question.keys, question.absent, question.only
    given = f"with given as ({question.values}), filled as ({_filled(keys, absent)})"
    against = None if question.against is None else quoted(question.against)
    compared = "select * from filled"
    if of is not None and against is not None:
        own = f"select * exclude (scenario) from filled where scenario = {against}"
        run.connection.register("other_run", of.sql(f"{given} {own}"))
        pairs = "select distinct draw, replicate from"
        compared = (
            f"select {quoted(only or '')} as scenario, draw, replicate, {keys}, "
            f"coalesce(f.value, {absent}) as own, coalesce(b.value, {absent}) as other, "
            "own - other as value "
            f"from (from filled where scenario = {quoted(only or '')}) f full join other_run b "
            f"using (draw, replicate, {keys}) where (draw, replicate) in ({pairs} histories) "
            f"and (draw, replicate) in ({pairs} other_run)"
        )
    elif against is not None:
        compared = (
            f"select f.scenario, draw, replicate, {keys}, "
            "f.value - b.value as value, f.value as own, b.value as other "
            "from filled f join filled b "
            f"using (draw, replicate, {keys}) "
            f"where b.scenario = {against} and f.scenario <> b.scenario"
        )
    return f"{given}, compared as ({compared})"


def _repeated(run: RunFolder, question: _Question, of: RunFolder | None) -> pa.Table | None:
    """The values of the draws that were simulated a second time; None if no draw was.

    Two runs have such draws in common if both have them, with the same random numbers.
    """
    again, other = run.repeats, None
    if of is not None and question.against is not None:
        other = of.repeats
        if other is None or of.record["seed"] != run.record["seed"]:
            return None
    if again is None:
        return None
    found = again.sql(
        f"{_compared(again, question, other)} "
        f"select scenario::varchar as scenario, draw, {question.keys}, value from compared"
    )
    return with_draws_repeated(found)


def _spread(run: RunFolder, question: _Question, of: RunFolder | None) -> pa.Table:
    """Spread of the value over histories, for every combination of keys that occurs anywhere."""
    keys, absent, saved = question.keys, question.absent, ""
    if question.against is not None:
        both = "var_samp(own) > 0 and var_samp(other) > 0"
        apart = "(var_samp(own) + var_samp(other)) / nullif(var_samp(value), 0)"
        saved = f", if({both}, {apart}, null) as saved"
    draws = min(len(each.draws) for each in (run, of or run))
    doubt, repeated = _doubt(run), ""
    by_inputs = _left("squared_value", "within / number")
    if doubt == "chance alone":
        by_inputs = "if(number > 0, 0.0::double, null)"
    within = {"chance alone": "variance", "inputs alone": "0.0::double"}.get(doubt, "within")
    if doubt == "both" and (again := _repeated(run, question, of)) is not None:
        run.connection.register("again", again)
        # Keys may occur in one of the two histories of a draw alone.
        twice = f"coalesce(c.value, {absent}) - coalesce(a.value, {absent})"
        repeated = (
            f"repeated as (select scenario, {keys}, avg(({twice}) ** 2) / 2 as twice from ("
            f"select scenario::varchar as scenario, draw, {keys}, value from compared "
            "where draw in (select draw from again)) c "
            f"full join again a using (scenario, draw, {keys}) group by all), "
        )
        within = "if(twice > variance, variance, twice)"  # both are estimates
    return run.sql(
        f"{_compared(run, question, of)}, {repeated}"
        f"by_draw as (select scenario, {keys}, draw, var_samp(value) as within, "
        "avg(value order by replicate) as middle_value from compared group by all), "
        f"inside as (select scenario, {keys}, avg(within) as within from by_draw group by all), "
        f"{squared_errors_sql(f'scenario, {keys}', ['value'], draws)}, "
        f"whole as (select scenario, {keys}, avg(value) as mean, "
        "quantile_cont(value, 0.05) as p5, quantile_cont(value, 0.5) as p50, "
        "quantile_cont(value, 0.95) as p95, var_samp(value) as variance, "
        f"count(value) as number, count(value) / count(*) as determined{saved} "
        "from compared group by all), "
        f"told as (select * replace ({within} as within) "
        f"from whole join inside using (scenario, {keys}) "
        f"join squared_errors using (scenario, {keys})"
        + (f" left join repeated using (scenario, {keys})" if repeated else "")
        + f") select scenario::varchar as scenario, {keys}, mean, p5, p50, p95, "
        "sqrt(within) as simulation, "
        f"{_left('variance', 'within')} as parameters, "
        "sqrt(within / nullif(number, 0)) as error_simulation, "
        f"{by_inputs} as error_parameters, determined"
        + (", saved " if saved else " ")
        + "from told "
        + ("" if question.only is None else f"where scenario = {quoted(question.only)} ")
        + f"order by {_order(run, question.kept)}"
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


def _left(variance: str, part: str) -> str:
    """SQL of the standard deviation that is left of a variance; none if only rounding is."""
    left = f"({variance} - coalesce({part}, 0))"
    rounding = f"greatest(1e-12 * {variance}, (1e-13 * mean) ** 2)"
    return f"if({left} <= {rounding}, 0.0, sqrt({left}))"


def _doubt(run: RunFolder) -> str:
    """What makes the histories of a run differ."""
    if not run.record["uncertain"]:
        return "chance alone"
    return "inputs alone" if run.record["solver"] == "expected" else "both"


def _named_in_study(run: RunFolder) -> Mapping[str, Iterable[str]]:
    """The names of the study by key, in its order: first all of the first scenario."""
    scenarios = json.loads((run.path / STUDY).read_text(encoding="utf-8"))["scenarios"].values()
    found = {
        key: dict.fromkeys(name for scenario in scenarios for name in scenario[section])
        for key, section in _SECTIONS.items()
    }
    transitions = (each["name"] for scenario in scenarios for each in scenario["transitions"])
    payments = (name for scenario in scenarios for name in scenario["money"]["payments"])
    return {**found, "transition": dict.fromkeys(transitions), "payment": dict.fromkeys(payments)}


_SECTIONS = {"measure": "measures", "state": "states", "facility": "facilities", "gate": "gates"}
"""Section of the study whose names are the values of a key."""


def _keys(kept: Sequence[str]) -> str:
    """The key columns; without a key, a constant stands in for one: one row for each history."""
    return ", ".join(f'"{column}"' for column in kept) or "whole"
