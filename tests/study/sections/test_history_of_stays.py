"""`history: stays`: an account counted from a file of stays, with late entries and open ends."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from fitting.prison import prison
from sojourn.errors import StudyError

DAY = timedelta(days=1)
START, END = date(2010, 1, 1), date(2011, 1, 1)
STAYS = """\
    stays: {file: prisons.csv, entered: booked, left: freed, step: quarter, from: 2010-01-01,
      to: 2011-01-01}
    states: [prison]
    stock: {error: 20 people}
"""
ACCOUNT = """\
    file: prisons.csv
    date: year
    states: [prison]
    stock: {column: held, error: 20 people}
    admissions: came
    releases: left
"""


def study(folder, table: str, *replacements: tuple[str, str]):
    stays = STAYS
    for old, new in replacements:
        assert old in stays
        stays = stays.replace(old, new)
    return prison(folder, (ACCOUNT, stays), table=table)


def drawn(count: int = 400) -> list[tuple[date, date | None]]:
    random = np.random.default_rng(8)
    rows = []
    for since, days in zip(
        random.integers(-400, 500, count), random.integers(0, 300, count), strict=True
    ):
        entered = START + int(since) * DAY
        left = entered + int(days) * DAY
        rows.append((entered, left if left < date(2010, 11, 15) else None))
    return rows


def test_counts_are_those_of_every_day(tmp_path):
    rows = drawn()
    table = "booked,freed,note\n" + "".join(f"{a},{b or ''},x\n" for a, b in rows)
    counted = study(tmp_path, table)._loaded[0].history["prisons"].counted
    firsts = [date(2010, month, 1) for month in (1, 4, 7, 10)] + [END]
    for place, (first, after) in enumerate(pairwise(firsts)):
        days = [first + n * DAY for n in range((after - first).days)]
        there = [sum(a <= day and (b is None or day < b) for a, b in rows) for day in days]
        gone = [(b - a).days for a, b in rows if b is not None and first <= b < after]
        exact = {
            "stock": there[-1],
            "admissions": sum(first <= a < after for a, _ in rows),
            "releases": len(gone),
            "average": np.mean(there),
            "time served": np.mean(gone),
        }
        found = {kind: each.values[0][place] for kind, each in counted.items()}
        assert found == pytest.approx(exact)
    assert counted["stock"].error.value == 20


def test_such_an_account_adds_up_and_is_listed_by_group(tmp_path):
    table = "booked,freed,sex\n" + "".join(
        f"{a},{b or ''},{'men' if n % 3 else 'women'}\n" for n, (a, b) in enumerate(drawn())
    )
    groups = ("    states:", "    groups: [sex]\n    where: {sex: men}\n    states:")
    found = study(tmp_path, table, groups, ("    stock: {error: 20 people}\n", ""))
    rows = found.history.counts.to_dicts()
    assert {row["group"] for row in rows} == {"men"}
    assert [row["period"] for row in rows] == [f"2010-Q{quarter}" for quarter in (1, 2, 3, 4)]
    assert all(row["unaccounted"] in (None, 0.0) for row in rows)


GOOD = "booked,freed\n2010-02-01,2010-03-01\n"
REFUSED = [
    (GOOD, ("entered: booked", "entered: bookd"), "there is no column `bookd`"),
    (GOOD, ("from: 2010-01-01", "from: 2010-01-02"), "not the first day of a quarter"),
    (GOOD, ("{error: 20 people}", "held"), "has no column of counts"),
    (GOOD, ("error: 20 people", "column: held"), "has no column of counts"),
    (GOOD, ("    states:", "    date: booked\n    states:"), "both `stays` and `date`"),
    (GOOD + "2010-05-01,2010-04-01\n", ("", ""), "leaves before they enter"),
    (GOOD + ",2010-04-01\n", ("", ""), "is not a date"),
    ("booked,freed,passport\n2010-02-01,,7\n", ("", ""), "would identify people"),
    ("booked,freed\n", ("", ""), "no row is left"),
]


@pytest.mark.parametrize(("table", "change", "what"), REFUSED)
def test_what_cannot_be_counted_is_refused(tmp_path, table, change, what):
    with pytest.raises(StudyError, match=what):
        _ = study(tmp_path, table, change)._loaded
