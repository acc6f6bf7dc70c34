"""Random numbers of people: threads, order, other populations and other scenarios change none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from scipy import stats
from sojourn.study.model.pathway import Facility, State, Transition
from sojourn.study.model.people import Admissions, Population, Stock

from engine.studies import dated, number, scenario_program, stay, to
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import History, Program
from sojourn.engine.random import (
    bits,
    bits_int,
    mix,
    mix_int,
    person_key,
    person_key_int,
    uniform,
    uniform_int,
)


def program(*, extra: bool = False, places: int = 1000, late: bool = False) -> Program:
    transitions = [
        Transition(name="s -> t", state="s", branches=(to("t", stay("exponential", 20)),)),
        Transition(name="t -> out", state="t", branches=(to("out", stay("gamma", 30, 20)),)),
        Transition(name="t -> s", state="t", branches=(to("s", stay("exponential", 40)),)),
    ]
    if late:
        transitions.insert(
            0, Transition(name="u -> out", state="u", branches=(to("out", stay("fixed", 1)),))
        )
    populations = {
        "p": Population(
            stock=Stock(count=number(60), state="s"),
            admissions=Admissions(rate=dated(1.5), per="day", into="s"),
        )
    }
    if extra:
        other = Population(stock=Stock(count=number(40), state="t"), admissions=None)
        populations = {"a new one": other, **populations}
    return scenario_program(
        90,
        states={"u": State(), "s": State(), "t": State(place="f")}
        if late
        else {"s": State(), "t": State(place="f")},
        facilities={"f": Facility(capacity=dated(places), limit="soft")},
        transitions=transitions,
        populations=populations,
    )


def lives(history: History) -> dict[int, list[tuple[int, int]]]:
    """Person -> (day, visit) of their moves."""
    found: dict[int, list[tuple[int, int]]] = {}
    for day, key, visit, *_ in sorted(map(tuple, history.events)):
        found.setdefault(int(key), []).append((int(day), int(visit)))
    return found


def test_integers_and_compiled_code_hash_alike() -> None:
    rng = np.random.default_rng(0)
    for a, b in rng.integers(0, 2**64, (200, 2), dtype=np.uint64):
        n = int(b >> np.uint64(44))
        assert int(mix(a)) == mix_int(int(a))
        assert int(person_key(a, n)) == person_key_int(int(a), n)
        assert int(bits(a, n, b)) == bits_int(int(a), n, int(b))
        assert uniform(a, n, b) == uniform_int(int(a), n, int(b))


def test_draws_are_uniform_and_independent_across_people_visits_and_purposes() -> None:
    n = 20_000
    people = np.array([uniform_int(person_key_int(77, i), 0, 5) for i in range(n)])
    visits = np.array([uniform_int(person_key_int(77, 3), v, 5) for v in range(n)])
    salts = np.array([uniform_int(person_key_int(77, 3), 0, mix_int(s)) for s in range(n)])
    for sample in (people, visits, salts):
        assert stats.kstest(sample, "uniform").pvalue > 1e-4
        # Serial correlation has standard error 1/sqrt(n).
        assert abs(np.corrcoef(sample[:-1], sample[1:])[0, 1]) < 4 / np.sqrt(n)


def test_a_history_does_not_depend_on_threads() -> None:
    p = program()
    alone = [simulate(p, seed=9, replicate=r, log=True) for r in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(
            pool.map(lambda r: simulate(p, seed=9, replicate=r, log=True), reversed(range(8)))
        )[::-1]
    for a, b in zip(alone, together, strict=True):
        np.testing.assert_array_equal(a.census, b.census)
        assert lives(a) == lives(b)


def test_another_population_moves_nobody_else() -> None:
    before = lives(simulate(program(), seed=9, replicate=3, log=True))
    after = lives(simulate(program(extra=True), seed=9, replicate=3, log=True))
    assert len(after) == len(before) + 40
    assert all(after[key] == moves for key, moves in before.items())


def test_another_state_and_transition_earlier_in_the_file_move_nobody() -> None:
    before = lives(simulate(program(), seed=9, replicate=3, log=True))
    assert lives(simulate(program(late=True), seed=9, replicate=3, log=True)) == before


def test_a_change_that_does_not_touch_a_person_leaves_their_history() -> None:
    base = program()
    # The same study in which only the moves of kind b are allowed: nobody here is of kind b.
    when = base.transition_when.copy()
    when[:, 1] = 0
    assert lives(
        simulate(replace(base, transition_when=when), seed=4, replicate=0, log=True)
    ) == lives(simulate(base, seed=4, replicate=0, log=True))


def test_a_sampled_log_keeps_whole_people() -> None:
    p = program()
    everyone = lives(simulate(p, seed=9, replicate=0, log=True))
    some = lives(simulate(p, seed=9, replicate=0, log=True, log_share=0.3))
    assert 0 < len(some) < len(everyone)
    assert all(everyone[key] == moves for key, moves in some.items())
