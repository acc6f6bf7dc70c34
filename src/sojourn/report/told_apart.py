"""SQL of means, ranges and both errors of a mean, from a value in each history.

With *D* draws of *R* replicates, and *w* the variance between histories of one draw, the squared
standard error of the mean is *w / (D R)* by chance; what is left of the whole (`errors_of_means`)
is by the inputs. *w* is the mean variance within draws; with one replicate, half of the
mean squared difference between the two histories of a draw that was simulated twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sojourn.results.errors_of_means import squared_errors_sql

Doubt = Literal["chance alone", "inputs alone", "replicates", "repeats", "not told"]
"""What makes the histories of a run differ, and by what the two kinds are told apart."""

_IN_ORDER = "ORDER BY draw, replicate"
"""Sums are taken in one order, or their last digits would differ from call to call."""
_WITHIN: Mapping[Doubt, str] = {
    "chance alone": f"var_samp(COLUMN {_IN_ORDER})",
    "inputs alone": "0.0",
    "replicates": "any_value(within_COLUMN)",
    # Both are estimates: chance is no more than all.
    "repeats": f"if(any_value(twice_COLUMN) > var_samp(COLUMN {_IN_ORDER}), "
    f"var_samp(COLUMN {_IN_ORDER}), any_value(twice_COLUMN))",
    "not told": "NULL",
}
"""SQL of the variance by chance, over all histories of a combination of keys."""
_ROUNDING = 1e-12


def spread_sql(
    rows: str, keys: str, columns: Mapping[str, str], doubt: Doubt, absent: str, draws: int
) -> str:
    """SQL with a row for each combination of keys.

    Args:
        rows: SQL giving the keys, draw, replicate and each column.
        keys: names of columns, as SQL.
        columns: a number of each history, and what the names of its answers begin with: mean,
            low, median, high (5th, 50th and 95th percentile), error_parameters and
            error_simulation (standard errors of the mean; the first holds both if they are not
            told apart), deviation (of a history by chance) and variance (of all histories).
        doubt: with "repeats", the connection has `again`, of the same columns but for replicate.
        absent: what an absent row of `again` counts as.
        draws: how many draws there are.
    """

    def of_each(text: str) -> str:
        return ", ".join(text.replace("COLUMN", column) for column in columns)

    twice = of_each(
        f"avg((r.COLUMN - coalesce(a.COLUMN, {absent}))::DOUBLE ** 2 ORDER BY draw) / 2 "
        "AS twice_COLUMN"
    )
    repeated = (
        f"repeated AS (SELECT {keys}, {twice} FROM "
        "(FROM each_history WHERE draw IN (SELECT draw FROM again)) r "
        f"LEFT JOIN again a USING ({keys}, draw) GROUP BY ALL), "
    )
    answers = ", ".join(
        _answers(column, start, _WITHIN[doubt].replace("COLUMN", column), doubt)
        for column, start in columns.items()
    )
    with_repeats = doubt == "repeats"
    return (
        f"WITH each_history AS ({rows}), "
        f"by_draw AS (SELECT {keys}, draw, "
        + of_each(
            "avg(COLUMN ORDER BY replicate) AS middle_COLUMN, "
            "var_samp(COLUMN ORDER BY replicate) AS within_COLUMN"
        )
        + f" FROM each_history GROUP BY ALL), inside AS (SELECT {keys}, "
        + of_each("avg(within_COLUMN ORDER BY draw) AS within_COLUMN")
        + f" FROM by_draw GROUP BY ALL), {squared_errors_sql(keys, columns, draws)}, "
        + (repeated if with_repeats else "")
        + f"answers AS (SELECT {keys}, {answers} FROM each_history JOIN inside USING ({keys}) "
        f"JOIN squared_errors USING ({keys}) "
        + (f"LEFT JOIN repeated USING ({keys}) " if with_repeats else "")
        + f"GROUP BY ALL) SELECT * FROM answers ORDER BY {keys}"
    )


def _answers(column: str, start: str, within: str, doubt: Doubt) -> str:
    """SQL of all that is said of a column."""
    chance = f"({within}) / nullif(count({column}), 0)"
    whole = f"coalesce(any_value(squared_{column}), {chance})"
    if doubt == "chance alone":
        whole = chance
    left = f"({whole} - coalesce({chance}, 0))"
    return (
        f"avg({column} {_IN_ORDER}) AS {start}mean, quantile_cont({column}, 0.05) AS {start}low, "
        f"quantile_cont({column}, 0.5) AS {start}median, "
        f"quantile_cont({column}, 0.95) AS {start}high, "
        f"if({left} <= {_ROUNDING} * {whole}, 0.0, sqrt({left})) AS {start}error_parameters, "
        f"sqrt({chance}) AS {start}error_simulation, sqrt({within}) AS {start}deviation, "
        f"var_samp({column} {_IN_ORDER}) AS {start}variance"
    )
