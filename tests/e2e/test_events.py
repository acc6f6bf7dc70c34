"""The log of events: all of them rebuild the census and the flows; a sample is of whole people."""

from __future__ import annotations

import pytest

from sojourn.results.run_folder.query import query
from sojourn.run.run import Options, run_study


@pytest.fixture(scope="module")
def logged(tmp_path_factory, whole_study):
    out = tmp_path_factory.mktemp("runs") / "logged"
    return run_study(whole_study, out=out, options=Options(events=1.0, draws=2))


def test_all_events_are_the_flows(logged):
    """Each move and admission of the flows once, by period, group before and branch."""
    rows = query(
        logged,
        """
        with ordered as (
            select *, lag("group") over (
                partition by scenario, draw, replicate, person order by visit, date
            ) as before
            from events
        ), counted as (
            select scenario, draw, replicate, date_trunc('month', date) as month, transition,
                source, target, coalesce(before, "group") as "group", count(*) as people
            from ordered where transition <> 'stock' group by all
        )
        select * from (
            select scenario, draw, replicate, month, transition, source, target, "group", people
            from counted
            except
            select scenario, draw, replicate, date_trunc('month', period), transition, source,
                target, "group", people from flows
        )
        """,
    ).to_pylist()
    assert rows == []
    moves, people = query(
        logged,
        "select (select count(*) from events where transition <> 'stock') as moves, "
        "(select sum(people) from flows) as people",
    ).to_pylist()[0].values()  # fmt: skip
    assert moves == people > 100


def test_all_events_are_the_census(logged):
    """Who last entered a state by the end of a period is counted there."""
    rows = query(
        logged,
        """
        with ends as (
            select period, coalesce(lead(period) over (order by period), date '9999-01-01') as next
            from periods
        ), last as (
            select scenario, draw, replicate, ends.period, person,
                arg_max(target, visit) as state, arg_max("group", visit) as "group"
            from events join ends on events.date < ends.next group by all
        ), counted as (
            select scenario, draw, replicate, period, state, "group", count(*) as people
            from last where state <> 'out' group by all
        )
        select * from counted
        full join (select * from census where people > 0 and state <> 'waiting outside') as c
            using (scenario, draw, replicate, period, state, "group")
        where counted.people is distinct from c.people
        """,
    ).to_pylist()
    assert rows == []


def test_a_sample_is_of_whole_people(logged, whole_study, tmp_path):
    part = run_study(whole_study, out=tmp_path / "part", options=Options(events=0.2, draws=2))
    every, some = (
        {tuple(row.values()) for row in query(folder, "select * from events").to_pylist()}
        for folder in (logged, part)
    )
    assert some < every
    people = {(row[0], row[1], row[4]) for row in some}
    assert some == {row for row in every if (row[0], row[1], row[4]) in people}
    everybody = len({(row[0], row[1], row[4]) for row in every})
    # One in five, within four standard errors.
    assert abs(len(people) - 0.2 * everybody) < 4 * (0.16 * everybody) ** 0.5


def test_nothing_is_kept_unless_asked_for(whole_study, tmp_path):
    plain = run_study(whole_study, out=tmp_path / "plain", options=Options(draws=1))
    assert query(plain, "select count(*) as n from events").to_pylist() == [{"n": 0}]
