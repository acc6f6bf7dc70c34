"""People from files in the engine: exact dates, drawn cells, and time served person by person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from scipy import stats
from sojourn.study.model.pathway import Facility, Quota, State, Transition
from sojourn.study.model.people import Admissions, Arrivals, Held, Population, Stock
from sojourn.study.model.stays import Stay

from engine.studies import START, number, scenario_program, stay, to
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import Program
from sojourn.engine.reuse.shared_histories import simulate_in_parts
from sojourn.errors import StudyError
from sojourn.stays.law import Law

Z = 4.0
DAYS = (0, 3, 17)
CAME = (5, 40, 7)


def arrivals(people: tuple[int, ...] = CAME, **facts: str) -> Arrivals:
    dates = tuple(START + timedelta(days=day) for day in DAYS)
    return Arrivals(facts=facts, dates=dates, people=people)


def program(*came: Arrivals, split: float | None = 0.3, **rest: object) -> Program:
    """People of a file enter s, and stay for ever."""
    return scenario_program(
        30,
        states={"s": State(end=True)},
        transitions=[],
        populations={"p": Population(admissions=Admissions(arrivals=came, into="s"))},
        split=split,
        by_kind=True,
        **rest,
    )


def entered(program: Program, replicate: int = 0) -> np.ndarray:
    """People who enter on each day, by kind."""
    census = simulate(program, seed=3, replicate=replicate).census[:, 0]
    return np.diff(census, axis=0, prepend=0)


def test_people_come_on_their_dates_in_every_history() -> None:
    want = np.zeros(30, dtype=int)
    want[list(DAYS)] = CAME
    for replicate in range(5):
        np.testing.assert_array_equal(entered(program(arrivals()), replicate).sum(axis=1), want)


def test_people_with_facts_go_to_their_cell() -> None:
    got = entered(program(arrivals(kind="b"), arrivals((1, 0, 2), kind="a")))
    np.testing.assert_array_equal(got[list(DAYS), 1], CAME)
    np.testing.assert_array_equal(got[list(DAYS), 0], [1, 0, 2])


def test_cells_that_the_file_does_not_tell_are_drawn_by_their_shares() -> None:
    base = program(arrivals((1, 6, 1)))
    found = np.array([entered(base, r)[list(DAYS), 0] for r in range(4000)])
    for column, people in zip(found.T, (1, 6, 1), strict=True):
        counted = np.bincount(column, minlength=people + 1)
        expected = stats.binom(people, 0.3).pmf(np.arange(people + 1)) * len(found)
        small = expected < 8
        counted = np.append(counted[~small], counted[small].sum())
        expected = np.append(expected[~small], expected[small].sum())
        keep = expected > 0
        assert stats.chisquare(counted[keep], expected[keep]).pvalue > 1e-4
    # Days are drawn apart from each other: a correlation has standard error 1 / sqrt(n).
    assert abs(np.corrcoef(found[:, 0], found[:, 2])[0, 1]) < Z / np.sqrt(len(found))


def test_a_person_has_the_same_cell_in_every_scenario() -> None:
    # Where the share of kind a grows, nobody of kind a becomes b, and more of another day
    # move nobody of this one.
    small, large = program(arrivals()), program(arrivals(), split=0.5)
    longer = program(arrivals((5, 90, 7)))
    for replicate in range(20):
        few, many = entered(small, replicate)[:, 0], entered(large, replicate)[:, 0]
        assert (few <= many).all()
        more = entered(longer, replicate)
        np.testing.assert_array_equal(more[[0, 17]], entered(small, replicate)[[0, 17]])
        assert (more[3] >= entered(small, replicate)[3]).all()


def test_parts_draw_the_cells_of_their_own() -> None:
    # Kind b waits in a line, kind a can never reach one: they are simulated apart.
    whole = scenario_program(
        30,
        states={"s": State()},
        transitions=[
            Transition(
                name="s -> out",
                state="s",
                branches=(to("out", stay("fixed", 2)),),
                when="kind = 'b'",
                quota="q",
            ),
            Transition(
                name="s -> out (home)", state="s", branches=(to("out", stay("exponential", 9)),)
            ),
        ],
        populations={"p": Population(admissions=Admissions(arrivals=(arrivals(),), into="s"))},
        split=0.4,
        by_kind=True,
        when={"s -> out": [False, True]},
        quotas={"q": Quota(count=(), per="day")},
    )
    whole = replace(whole, quota_limit=np.ones_like(whole.quota_limit))
    for replicate in range(10):
        shared: dict[bytes, object] = {}
        one = simulate(whole, seed=8, replicate=replicate)
        added = simulate_in_parts(whole, seed=8, replicate=replicate, shared=shared)
        assert len(shared) == 1
        np.testing.assert_array_equal(one.census, added.census)
        np.testing.assert_array_equal(one.flows, added.flows)


def test_a_list_that_no_cell_can_have_is_refused() -> None:
    with pytest.raises(StudyError, match="nobody of the population can be"):
        program(arrivals(kind="b"), split=1.0)


def test_a_stock_of_a_file_has_served_what_it_says() -> None:
    # Remaining stays given s nights served: P(K > s + k) / P(K > s - 1) are still there at the
    # end of day k, cell by cell.
    law = Law("gamma", (40.0, 30.0))
    held = [
        Held(facts={"kind": "a"}, served=(1, 35), people=(30_000, 20_000)),
        Held(facts={"kind": "b"}, served=(35, 120), people=(10_000, 25_000)),
    ]
    made = scenario_program(
        90,
        states={"s": State()},
        transitions=[
            Transition(name="s -> out", state="s", branches=(to("out", stay("gamma", 40, 30)),))
        ],
        populations={
            "p": Population(stock=Stock(count=number(85_000), state="s", held=tuple(held)))
        },
        split=0.5,
        by_kind=True,
    )
    census = simulate(made, seed=11, replicate=0).census[:, 0]
    left = law.survival(300)
    for kind, group in enumerate(held):
        for day in (0, 1, 10, 89):
            # Index d of the survival function: longer than d days.
            chance = [left[s + day] / left[s - 1] for s in group.served]
            want = sum(n * p for n, p in zip(group.people, chance, strict=True))
            sd = np.sqrt(sum(n * p * (1 - p) for n, p in zip(group.people, chance, strict=True)))
            assert abs(census[day, kind] - want) < Z * sd, (kind, day)


def test_a_stock_with_other_stays_for_each_cell_is_conditioned_on_its_own() -> None:
    cases = {"a": stay("weibull", 30, 0.7), "b": stay("fixed", 100)}
    made = scenario_program(
        120,
        states={"s": State()},
        transitions=[
            Transition(
                name="s -> out",
                state="s",
                branches=(to("out", Stay(family="by fact", fact="kind", cases=cases)),),
            )
        ],
        populations={
            "p": Population(
                stock=Stock(
                    count=number(40_000),
                    state="s",
                    held=(
                        Held(facts={"kind": "a"}, served=(60,), people=(40_000,)),
                        Held(facts={"kind": "b"}, served=(20, 150), people=(7, 5)),
                    ),
                )
            )
        },
        split=0.5,
        by_kind=True,
    )
    census = simulate(made, seed=2, replicate=0).census[:, 0]
    left = Law("weibull", (30.0, 0.7)).survival(300)
    for day in (0, 5, 60):
        chance = left[60 + day] / left[59]
        sd = np.sqrt(40_000 * chance * (1 - chance))
        assert abs(census[day, 0] - 40_000 * chance) < Z * sd
    # Twenty of a hundred nights are over: the eightieth day is the last whose end they see.
    # Those who are overdue leave at once.
    assert list(census[[0, 79, 80], 1]) == [7, 7, 0]


def test_a_full_facility_counts_people_of_a_file_who_wait() -> None:
    made = scenario_program(
        30,
        states={"s": State(place="f", end=True)},
        transitions=[],
        populations={"p": Population(admissions=Admissions(arrivals=(arrivals(),), into="s"))},
        facilities={"f": Facility(capacity=({"start": START, "quantity": number(9)},))},
    )
    history = simulate(made, seed=1, replicate=0)
    assert history.census[:, 0].max() == 9
    assert history.census[29, 1].sum() == sum(CAME) - 9
