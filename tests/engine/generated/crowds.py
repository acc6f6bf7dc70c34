"""Studies that Hypothesis makes up of people who come through lines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from sojourn.study.model.pathway import Branch, Facility, Gate, Quota, State, Transition
from sojourn.study.model.people import Admissions, Population, Stock
from sojourn.study.model.values import Quantity, Span

from engine.generated.chance import SMALL_STAYS, compiled
from engine.studies import START, dated, number, stay, to
from sojourn.engine.program import Program

WAITS = st.one_of(
    st.none(),
    st.integers(1, 9).map(lambda d: stay("fixed", d)),
    st.integers(1, 9).map(lambda d: stay("fixed", d)),
    st.floats(0.5, 9).map(lambda m: stay("exponential", m)),
    st.floats(1.2, 9).map(lambda d: stay("fixed", d)),
)
"""After how long those who stand in a line leave it, if they do."""


@st.composite
def crowd_specifications(draw: st.DrawFn, *, daily: float) -> dict[str, Any]:
    """A study whose people come through lines: arguments of scenario_program.

    Everybody comes to `first`, goes to `wait` or `other`, and stands there in one line or two, for
    places or a quota, with or without an end to their patience; then they stay in `held` or `next`.
    Nothing but stays and lines, for which the kernel has ways of its own. `daily` are admitted.
    """
    days = draw(st.integers(8, 40))
    few = st.integers(0, max(1, int(2 * daily)))
    many = st.integers(int(20 * daily), int(60 * daily))
    amounts = st.lists(st.one_of(few, few, few, many), min_size=1, max_size=3)
    facilities = {
        "f": Facility(capacity=dated(*draw(amounts)), limit="hard"),
        "g": Facility(capacity=dated(*draw(amounts)), limit="hard"),
    }
    quotas = {"q": Quota(count=dated(*draw(amounts)), per=draw(st.sampled_from(["day", "week"])))}
    span = Span(**{"from": START, "to": START + timedelta(days=draw(st.integers(1, 12)))})
    gates = {"door": Gate(closed=(span,))}
    states = {
        "first": State(),
        "wait": State(),
        "other": State(place=draw(st.sampled_from([None, "g"]))),
        "held": State(place=draw(st.sampled_from(["f", "f", None]))),
        "next": State(place=draw(st.sampled_from([None, "g"]))),
        "again": State(),
        "last": State(place=draw(st.sampled_from([None, "g", "g"]))),
        "end": State(end=True),
    }

    def way(name: str, source: str, *branches: Branch, **more: Any) -> Transition:
        return Transition(name=name, state=source, branches=branches, **more)

    zero = stay("fixed", 0)
    places = st.sampled_from(["held", "held", "next", "out"])
    needs = st.sampled_from(
        [
            {}, {}, {"quota": "q"}, {"gates": ("door",)}, {"priority": 1},
            {"otherwise": "out"}, {"otherwise": "end", "quota": "q"},
        ]
    )  # fmt: skip
    chance = st.sampled_from([None, None, None, 0.7])

    def odds() -> Quantity | None:
        value = draw(chance)
        return None if value is None else number(value)

    transitions = [
        way(
            "sorted", "first",
            to(draw(st.sampled_from(["wait", "wait", "other"])), draw(SMALL_STAYS), 0.8),
            to("other", draw(SMALL_STAYS), 0.2),
        ),
        way("called", "wait", to(draw(places), zero), chance=odds(), **draw(needs)),
        way("called from other", "other", to(draw(places), zero), chance=odds(), **draw(needs)),
    ]  # fmt: skip
    if draw(st.booleans()):
        transitions[0] = way("sorted", "first", to("wait", draw(SMALL_STAYS)))
        transitions.insert(1, way("turned", "first", to("other", draw(SMALL_STAYS)), chance=odds()))
    if draw(st.integers(0, 3)) == 0:
        transitions.append(way("called too", "wait", to("next", draw(SMALL_STAYS)), quota="q"))
    for source in ("wait", "other"):
        for j in range(draw(st.sampled_from([1, 1, 1, 2]))):
            after = draw(WAITS)
            if after is not None:
                target = draw(st.sampled_from(["out", "out", "end", "next"]))
                name = f"{source} gives up {j}"
                transitions.append(way(name, source, to(target, after), chance=odds()))
    ends = st.sampled_from(["out", "end"])
    for source in ("held", "next"):
        transitions.append(way(f"{source} leaves", source, to(draw(ends), draw(SMALL_STAYS))))
        if draw(st.booleans()):
            back = draw(st.sampled_from(["wait", "other"]))
            name = f"{source} comes back"
            transitions.append(
                way(name, source, to(back, stay("fixed", draw(st.integers(1, 5)))), chance=odds())
            )
    if draw(st.integers(0, 3)) == 0:
        transitions.append(way("on", "held", to("next", draw(SMALL_STAYS))))
    # Perhaps another line, to which they may come on the day of the first.
    if draw(st.booleans()):
        transitions.append(way("once more", "held", to("again", draw(SMALL_STAYS)), chance=odds()))
        transitions.append(way("called again", "again", to("last", zero), **draw(needs)))
        transitions.append(way("last leaves", "last", to(draw(ends), draw(SMALL_STAYS))))
    names = [t.name for t in transitions]
    swaps = tuple(draw(st.lists(st.sampled_from(names), max_size=2, unique=True)))
    transitions = [
        t.model_copy(update={"becomes": {"kind": "b"}}) if t.name in swaps else t
        for t in transitions
    ]
    when = {
        name: [draw(st.booleans()), True]
        for name in draw(st.lists(st.sampled_from(names), max_size=1))
    }
    inside = st.sampled_from(["wait", "held", "next", "other"])
    populations = {
        "p": Population(admissions=Admissions(rate=dated(daily), per="day", into="first")),
        "q": Population(
            stock=Stock(
                count=number(draw(st.integers(0, int(5 * daily) + 1))),
                state=draw(inside),
                served=draw(st.sampled_from(["new", stay("fixed", 4)])),
            ),
            admissions=Admissions(rate=dated(daily / 4), per="day", into=draw(inside)),
        ),
    }
    return {
        "days": days,
        "states": states,
        "transitions": transitions,
        "populations": populations,
        # Those who are of one kind cannot be told apart where they are counted.
        "split": draw(st.sampled_from([None, 0.3, 0.3])),
        "by_kind": draw(st.sampled_from([False, True, True])),
        "when": when,
        "swaps": swaps,
        "facilities": facilities,
        "gates": gates,
        "quotas": quotas,
    }


def crowds(*, daily: float) -> st.SearchStrategy[Program]:
    """A study whose people come through lines, compiled."""
    return crowd_specifications(daily=daily).map(compiled)
