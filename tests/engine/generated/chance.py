"""Studies that Hypothesis makes up: any features together, as chance has it.

Chance alone reaches few of the features' combinations: see `corpus`, which goes to look for them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st
from sojourn.study.model.pathway import (
    Branch,
    Change,
    ClockReference,
    Facility,
    Gate,
    Quota,
    State,
    Transition,
)
from sojourn.study.model.people import Admissions, Arrivals, Held, Population, Stock
from sojourn.study.model.stays import ClockRule, Stay
from sojourn.study.model.values import Span

from engine.studies import KINDS, START, dated, hazard, mixture, number, scenario_program, stay, to
from sojourn.engine.program import Program
from sojourn.errors import StudyError

PLAIN_STAYS = st.one_of(
    st.integers(0, 6).map(lambda d: stay("fixed", d)),
    st.floats(0.5, 12).map(lambda d: stay("fixed", d)),
    st.floats(0.2, 15).map(lambda m: stay("exponential", m)),
    st.tuples(st.floats(1, 15), st.floats(0.5, 20)).map(lambda p: stay("lognormal", *p)),
    st.tuples(st.floats(1, 15), st.floats(0.5, 20)).map(lambda p: stay("gamma", *p)),
    st.tuples(st.floats(0, 5), st.floats(0, 9)).map(lambda p: stay("uniform", p[0], p[0] + p[1])),
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), min_size=1, max_size=4).map(
        lambda points: Stay(
            family="table", points=tuple((float(d), float(w)) for d, w in dict(points).items())
        )
    ),
)


POINT_STAYS = st.one_of(
    st.tuples(st.floats(1, 15), st.floats(0.6, 4)).map(lambda p: stay("weibull", *p)),
    st.tuples(st.floats(1, 15), st.floats(1.2, 4)).map(lambda p: stay("log-logistic", *p)),
    st.tuples(st.floats(0, 4), st.floats(4, 15)).map(
        lambda p: Stay(family="quantiles", points=((0.0, p[0]), (0.5, p[1]), (1.0, 2 * p[1])))
    ),
    # Some never leave by these two.
    st.tuples(st.floats(0.1, 0.9), st.floats(0.0, 0.1)).map(
        lambda p: Stay(family="survival", points=((0.0, 1.0), (3.0, p[0]), (12.0, p[1])))
    ),
    st.tuples(st.floats(0, 0.5), st.floats(0.01, 0.4), st.sampled_from([0.0, 0.2])).map(
        lambda p: hazard((0.0, p[0]), (4.0, p[1]), (15.0, p[2]))
    ),
    st.tuples(st.floats(0.1, 0.9), PLAIN_STAYS, PLAIN_STAYS).map(
        lambda p: mixture((p[0], p[1]), (1.0 - p[0], p[2]))
    ),
)
SMALL_STAYS = st.one_of(PLAIN_STAYS, PLAIN_STAYS, POINT_STAYS)


PROCESSES = st.one_of(
    st.sampled_from([{"process": "poisson"}, {"process": "fixed"}]),
    st.floats(1.0, 6.0).map(
        lambda ratio: {"process": "over-dispersed", "variance_ratio": number(ratio)}
    ),
)


SERVED = st.sampled_from(
    [
        "new",
        "equilibrium",
        stay("fixed", 4),
        stay("fixed", 30),
        Stay(family="table", points=((1, 1), (9, 2))),
    ]
)


AMOUNTS = st.one_of(st.integers(0, 6), st.integers(0, 6), st.integers(7, 80))
"""Places or moves: too few, or enough for all."""


@st.composite
def stocks(draw: st.DrawFn, names: list[str], split: float | None) -> Stock:
    """A count with days served, or the people of a file, known one by one."""
    state = draw(st.sampled_from(names))
    if draw(st.integers(0, 2)):
        return Stock(count=number(draw(st.integers(0, 8))), state=state, served=draw(SERVED))
    few = st.dictionaries(st.integers(0, 40), st.integers(1, 3), min_size=1, max_size=3)
    held = [
        Held(facts={"kind": kind}, served=tuple(sorted(each)), people=tuple(each.values()))
        for kind, each in (
            (kind, draw(few)) for kind in (KINDS if split else KINDS[:1]) if draw(st.booleans())
        )
    ]
    return Stock(count=number(sum(sum(h.people) for h in held)), state=state, held=tuple(held))


@st.composite
def admissions(draw: st.DrawFn, names: list[str], days: int, split: float | None) -> Admissions:
    """A rate with its process, or the dates of a file, with or without facts."""
    into = draw(st.sampled_from(names))
    if draw(st.integers(0, 2)):
        return Admissions(
            rate=dated(draw(st.floats(0, 1.5)), draw(st.floats(0, 1.5)), step=15),
            per="day",
            into=into,
            trend=draw(st.sampled_from([None, number(-0.5), number(2.0)])),
            season={"february": number(draw(st.floats(0, 3)))} if draw(st.booleans()) else {},
            weekdays={"sunday": number(draw(st.floats(0, 3)))} if draw(st.booleans()) else {},
            **draw(PROCESSES),
        )
    few = st.dictionaries(st.integers(0, days - 1), st.integers(1, 4), min_size=1, max_size=4)
    told = draw(st.booleans())
    groups: list[dict[str, str]] = (
        [{"kind": kind} for kind in (KINDS if split else KINDS[:1])] if told else [{}]
    )
    arrivals = [
        Arrivals(
            facts=facts,
            dates=tuple(START + timedelta(days=day) for day in sorted(each)),
            people=tuple(each[day] for day in sorted(each)),
        )
        for facts, each in ((facts, draw(few)) for facts in groups)
    ]
    return Admissions(arrivals=tuple(arrivals), into=into)


@st.composite
def changes(
    draw: st.DrawFn, branches: tuple[Branch, ...], source: str, names: list[str]
) -> tuple[Change, ...]:
    """Up to three later policies of a transition with these branches."""
    made = []
    day = 0
    for _ in range(draw(st.integers(1, 3))):
        day += draw(st.integers(1, 12))
        weights = [draw(st.integers(0, 4)) for _ in branches]
        weights[-1] += not sum(weights)
        later = []
        for branch, weight in zip(branches, weights, strict=True):
            after = branch.after
            if after is not None and draw(st.booleans()):
                # A way back takes time for sure, as in `specifications`.
                back = branch.to in names and names.index(branch.to) <= names.index(source)
                after = stay("fixed", draw(st.integers(1, 5))) if back else draw(SMALL_STAYS)
            later.append(to(branch.to, after, weight / sum(weights)))
        made.append(
            Change(
                start=START + timedelta(days=day),
                everyone=draw(st.sampled_from(["no", "own stay", "pace"])),
                chance=number(draw(st.sampled_from([0.0, 0.3, 0.8, 1.0])))
                if draw(st.booleans())
                else None,
                branches=tuple(later),
            )
        )
    return tuple(made)


@st.composite
def specifications(draw: st.DrawFn, *, lines: bool = True) -> dict[str, Any]:
    """A study of a few people with every feature of the engine: arguments of scenario_program.

    Without `lines` nobody ever waits for a place, a gate or a quota.
    """
    days = draw(st.integers(5, 45))
    n_states = draw(st.integers(2, 5))
    names = [f"s{i}" for i in range(n_states)]
    n_facilities = draw(st.integers(0, 2))
    facilities = {
        f"f{i}": Facility(
            capacity=dated(*draw(st.lists(AMOUNTS, min_size=1, max_size=3))),
            already_held=dated(draw(st.integers(0, 2))) if draw(st.booleans()) else (),
            limit=draw(st.sampled_from(["hard", "hard", "soft"])) if lines else "soft",
        )
        for i in range(n_facilities)
    }
    # Some studies have nothing but stays and lines: the kernel has ways of its own for these.
    simple = draw(st.integers(0, 2)) == 0
    clocks = {f"c{i}": "a clock" for i in range(0 if simple else draw(st.integers(0, 3)))}
    places = st.sampled_from([None, *facilities])
    rule = st.one_of(
        SMALL_STAYS.map(lambda s: ClockRule(stay=s)),
        st.integers(-3, 40).map(lambda d: ClockRule(on=START + timedelta(days=d))),
    )
    rule = st.one_of(
        rule,
        st.tuples(rule, st.lists(st.tuples(st.integers(1, 30), rule), min_size=1, max_size=2)).map(
            lambda rules: rules[0].model_copy(
                update={
                    "later": tuple(
                        (START + timedelta(days=day), later)
                        for day, later in sorted(dict(rules[1]).items())
                    )
                }
            )
        ),
    )
    settings_of = (
        st.dictionaries(st.sampled_from(list(clocks)), rule, max_size=2) if clocks else st.just({})
    )
    states = {name: State(place=draw(places), sets=draw(settings_of), end=False) for name in names}
    if draw(st.booleans()):
        states["end"] = State(end=True, place=draw(places))
    gates: dict[str, Gate] = {}
    for i in range(draw(st.integers(0, 2)) if lines else 0):
        first = START + timedelta(days=draw(st.integers(0, 20)))
        span = Span(**{"from": first, "to": first + timedelta(days=draw(st.integers(0, 15)))})
        gates[f"g{i}"] = draw(
            st.sampled_from(
                [
                    Gate(open=(span,)),
                    Gate(closed=(span,)),
                    Gate(opens_after=stay("exponential", 8), chance=number(0.7)),
                    Gate(closes_after=stay("exponential", 6)),
                    Gate(opens_after=stay("fixed", 3), closes_after=stay("exponential", 9)),
                    Gate(
                        closes_after=stay("exponential", 3),
                        closed_for=stay("fixed", 2),
                        again=True,
                        chance=number(0.8),
                        closed=(span,),
                    ),
                    Gate(
                        closes_after=stay("exponential", 4),
                        closed_for=stay("exponential", 3),
                        again=True,
                        start=first,
                    ),
                ]
            )
        )
    quotas = {
        f"q{i}": Quota(
            count=dated(*draw(st.lists(AMOUNTS, min_size=1, max_size=2)), step=10),
            per=draw(st.sampled_from(["day", "week", "month", "year"])),
        )
        for i in range(draw(st.integers(0, 2)) if lines else 0)
    }
    targets = [*states, "out"]
    transitions: list[Transition] = []
    when: dict[str, list[bool]] = {}
    swaps: list[str] = []
    for position, source in enumerate(names):
        for j in range(draw(st.integers(1, 3))):
            name = f"{source} way {j}"
            n_branches = draw(st.sampled_from([1, 1, 1, 2, 3]))
            weights = [draw(st.integers(1, 5)) for _ in range(n_branches)]
            at = None
            if clocks and draw(st.integers(0, 3)) == 0:
                at = ClockReference(
                    clock=draw(st.sampled_from(list(clocks))), offset=draw(st.integers(-3, 3))
                )
            branches = []
            for w in weights:
                target = draw(st.sampled_from(targets))
                after = None if at else draw(SMALL_STAYS)
                later = target in names and names.index(target) > position
                if not later and target in names:
                    # A way back takes time for sure, so that nobody goes round within a day.
                    after = stay("fixed", draw(st.integers(1, 5)))
                    if at is not None:
                        target = "out"
                        after = None
                branches.append(to(target, after, w / sum(weights)))
            transitions.append(
                Transition(
                    name=name,
                    state=source,
                    branches=tuple(branches),
                    at=at,
                    chance=number(draw(st.floats(0, 1))) if draw(st.booleans()) else None,
                    gates=tuple(
                        draw(st.lists(st.sampled_from(list(gates)), max_size=2, unique=True))
                    )
                    if gates
                    else (),
                    quota=draw(st.sampled_from([None, *quotas])),
                    priority=draw(st.integers(0, 1)),
                    otherwise=draw(st.sampled_from([None, None, None, "out"])),
                    becomes={"kind": "b"} if draw(st.integers(0, 3)) == 0 else {},
                    starts=START + timedelta(days=draw(st.integers(-2, 15)))
                    if not simple and draw(st.integers(0, 3)) == 0
                    else None,
                    changes=draw(changes(tuple(branches), source, names))
                    if not simple and draw(st.integers(0, 2)) == 0
                    else (),
                )
            )
            if transitions[-1].becomes:
                swaps.append(name)
            if draw(st.integers(0, 3)) == 0:
                when[name] = [draw(st.booleans()), draw(st.booleans())]
    split = draw(st.sampled_from([None, 0.3]))
    populations = {
        f"p{i}": Population(
            stock=draw(stocks(names, split)) if draw(st.booleans()) else None,
            admissions=draw(admissions(names, days, split)) if draw(st.booleans()) else None,
            clocks=draw(settings_of),
        )
        for i in range(draw(st.integers(1, 2)))
    }
    return {
        "days": days,
        "states": states,
        "transitions": transitions,
        "populations": populations,
        "split": split,
        "by_kind": draw(st.booleans()),
        "when": when,
        "swaps": tuple(swaps),
        "facilities": facilities,
        "clocks": clocks,
        "gates": gates,
        "quotas": quotas,
    }


def compiled(specification: dict[str, Any]) -> Program:
    """Its program; one that is refused for what is tested apart is no example."""
    try:
        return scenario_program(**specification)
    except StudyError as error:
        # Days served and a clock that ends the stay only with a chance; a stay without an
        # equilibrium.
        known = ("the days served cannot be known", "no equilibrium")
        assert any(words in str(error) for words in known), error
        reject()


def programs(*, lines: bool = True) -> st.SearchStrategy[Program]:
    """A study of a few people with every feature of the engine, compiled."""
    return specifications(lines=lines).map(compiled)
