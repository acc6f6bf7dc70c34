"""What each party pays and receives over the whole period."""

from __future__ import annotations

from sojourn.report.context import Context
from sojourn.report.sections.money.costings import costings, part_of
from sojourn.report.wording.ranges import Row, Spread


def balances(context: Context, costing: str | None = None) -> list[Row]:
    """For each scenario, currency and party: paid, received and net, with the change.

    In one costing: the first, if none is named.
    """
    data = context.data
    own = part_of(costing or costings(context)[0])
    both = (
        "SELECT scenario, currency, payer AS party, draw, replicate, amount AS paid, 0.0 AS got, "
        f"discounted AS later {own} UNION ALL SELECT scenario, currency, payee, draw, "
        f"replicate, 0.0, amount, -discounted {own}"
    )
    keys = ["scenario", "currency", "party"]
    domain = (
        "SELECT s.scenario, p.currency, p.party FROM scenario_list s CROSS JOIN "
        f"(SELECT DISTINCT currency, party FROM ({both})) p"
    )
    base = data.baseline.replace("'", "''")
    merged: dict[tuple[str, str, str], Row] = {}
    for column, value in {
        "paid": "sum(paid)",
        "received": "sum(got)",
        "net": "sum(paid) - sum(got)",
        "net_discounted": "sum(later)",
    }.items():
        query = (
            f"SELECT scenario, currency, party, draw, replicate, {value} AS value "
            f"FROM ({both}) GROUP BY ALL"
        )
        for row in data.spreads(query, keys, domain):
            key = (row["scenario"], row["currency"], row["party"])
            merged.setdefault(key, dict(zip(keys, key, strict=True)))[column] = Spread.of(row)
    net = (
        f"SELECT scenario, currency, party, draw, replicate, sum(paid) - sum(got) AS value "
        f"FROM ({both}) GROUP BY ALL"
    )
    change = (
        f"WITH net AS ({net}), f AS (SELECT d.*, r.*, coalesce(net.value, 0) AS value "
        f"FROM ({domain}) d CROSS JOIN runs r LEFT JOIN net USING "
        "(scenario, currency, party, draw, replicate)) "
        "SELECT f.scenario, f.currency, f.party, f.draw, f.replicate, f.value - b.value AS value "
        f"FROM f JOIN f b USING (currency, party, draw, replicate) WHERE b.scenario = '{base}'"
    )
    for row in data.spreads(change, keys, domain):
        key = (row["scenario"], row["currency"], row["party"])
        merged[key]["change"] = Spread.of(row)
    order = {name: place for place, name in enumerate(data.scenarios)}
    return sorted(merged.values(), key=lambda row: order[row["scenario"]])
