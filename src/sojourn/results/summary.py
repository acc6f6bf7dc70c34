"""Summaries of a run over its histories: means, percentiles, and where the spread comes from.

Every answer has one row for each scenario and key, with the columns of `SPREAD`: `mean`, `p5`,
`p50`, `p95` over all histories (draws and replicates), `simulation` (standard deviation between
replicates of one draw; empty with one replicate), `parameters` (standard deviation that is left)
and `determined`, the share of histories that have a value. What a table leaves out is zero.
A difference is taken from the baseline's history of the same draw and replicate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pyarrow as pa

from sojourn.results.folder import RunFolder
from sojourn.results.source import quoted

SPREAD = ("mean", "p5", "p50", "p95", "simulation", "parameters", "determined")

_HISTORY = "scenario, draw, replicate"

CENSUS = {
    "people": "sum(people)",
    "person_days": "sum(person_days)",
    "average": "sum(person_days) / any_value(days)",
}
"""SQL of what can be asked of the census; `average` is the mean daily census."""


def census(
    run: RunFolder,
    value: Literal["people", "person_days", "average"] = "people",
    *,
    by: Sequence[str] = ("period", "state"),
    difference: bool = False,
) -> pa.Table:
    """People, person-days or average census by period and state (and group, if in `by`)."""
    values = (
        f"select {_HISTORY}, {_names(by)}, ({CENSUS[value]})::double as value "
        "from census join periods using (period) group by all"
    )
    return _spread(run, values, by, difference=difference)


def flows_by_year(run: RunFolder, *, difference: bool = False) -> pa.Table:
    """Moves in each calendar year, by transition, source and target."""
    by = ("year", "transition", "source", "target")
    values = (
        f"select {_HISTORY}, {_names(by)}, sum(people)::double as value "
        "from flows join periods using (period) group by all"
    )
    return _spread(run, values, by, difference=difference)


def money_by_year(
    run: RunFolder,
    *,
    by: Sequence[str] = ("year", "payer", "payee", "category", "costing", "currency"),
    discounted: bool = False,
    difference: bool = False,
) -> pa.Table:
    """Amounts in each calendar year, nominal or discounted.

    They are never added across currencies or costings.
    """
    for kept in ("currency", "costing"):
        if kept not in by:
            raise ValueError(f"amounts of different {kept} have no sum: keep `{kept}` in `by`")
    amount = "discounted" if discounted else "amount"
    values = (
        f"select {_HISTORY}, {_names(by)}, sum({amount}) as value "
        "from money join periods using (period) group by all"
    )
    return _spread(run, values, by, difference=difference)


def facilities(
    run: RunFolder, value: Literal["occupied", "peak", "days_full", "capacity"] = "occupied"
) -> pa.Table:
    """Places taken, their peak, days full or capacity, by facility and period."""
    by = ("period", "facility")
    values = f"select {_HISTORY}, period, facility, {value}::double as value from facilities"
    return _spread(run, values, by)


def waits_by_year(run: RunFolder) -> pa.Table:
    """Mean days in the line of those served in each calendar year, where anybody was."""
    by = ("year", "transition")
    values = (
        f"select {_HISTORY}, {_names(by)}, "
        "sum(days_served)::double / nullif(sum(served), 0) as value "
        "from waits join periods using (period) group by all"
    )
    return _spread(run, values, by, absent="null")


def measures(run: RunFolder, *, difference: bool = False) -> pa.Table:
    """The study's measures; where one is not determined, it counts for nothing."""
    values = f"select {_HISTORY}, measure, value from measures"
    return _spread(run, values, ("measure",), difference=difference, absent="null")


def first_full(run: RunFolder) -> pa.Table:
    """When each facility is first full.

    Columns: scenario, facility, `probability` of being full at all, `p5`, `p50` and `p95` of the
    date (over all histories: empty where fewer are ever full than the percentile asks for) and
    the `earliest` date.
    """

    def date_by(share: float) -> str:
        # "Never" sorts last, so that a percentile beyond the probability has no date.
        never = "coalesce(first_full, date '9999-12-31')"
        return f"nullif(quantile_disc({never}, {share}), date '9999-12-31')::date"

    return run.sql(
        "with found as (select scenario, facility, count(first_full) / count(*) as probability, "
        f"{date_by(0.05)} as p5, {date_by(0.5)} as p50, {date_by(0.95)} as p95, "
        "min(first_full) as earliest from firsts group by all) "
        f"select * from found order by {_order(run)}, facility"
    )


def _spread(
    run: RunFolder,
    values: str,
    by: Sequence[str],
    *,
    difference: bool = False,
    absent: Literal["0", "null"] = "0",
) -> pa.Table:
    """Spread of `value` over histories, for every combination of keys that occurs anywhere."""
    keys = _names(by)
    filled = (
        f"select scenario, draw, replicate, {keys}, coalesce(value, {absent}) as value "
        f"from histories cross join (select distinct {keys} from given) "
        f"left join given using ({_HISTORY}, {keys})"
    )
    compared = "select * from filled"
    if difference:
        compared = (
            f"select f.scenario, f.draw, f.replicate, {_names(by, 'f')}, "
            "f.value - b.value as value from filled f join filled b "
            f"using (draw, replicate, {keys}) "
            f"where b.scenario = {quoted(run.baseline)} and f.scenario <> b.scenario"
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
        f"from whole join inside using (scenario, {keys}) order by {_order(run)}, {keys}"
    )


def _order(run: RunFolder) -> str:
    """SQL that sorts scenarios as the study has them."""
    names = ", ".join(quoted(name) for name in run.scenarios)
    return f"list_position([{names}], scenario::varchar)"


def _names(columns: Sequence[str], table: str = "") -> str:
    prefix = f"{table}." if table else ""
    return ", ".join(f'{prefix}"{column}"' for column in columns)
