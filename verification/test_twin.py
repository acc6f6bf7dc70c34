"""The kernel and its readable twin on thousands of generated studies, and what was in them."""

from __future__ import annotations

from collections import Counter

import altair as alt
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.generated.chance import programs
from engine.generated.crowds import crowds
from engine.test_twin import assert_same
from picture import COLOURS, keep
from sojourn.engine.kernel import layout
from sojourn.engine.kernel.prepared import prepared
from sojourn.engine.program import ALWAYS, OWN_STAY, PACE, History, Program

pytestmark = pytest.mark.slow

STUDIES = 3_000


def features(program: Program, history: History) -> dict[str, bool]:
    """What a study has, and what came of it in the history."""
    lines = len(program.line_names) > 0
    made = prepared(program)
    alone = made.line_alone == 1
    shapes = made.room_shape[: len(program.state_names)]
    return {
        "somebody moved": bool(history.flows.sum()),
        "a clock is set": bool(len(program.set_clock)),
        "a way out by a clock": bool((program.transition_clock >= 0).any()),
        "a condition that not everybody meets": not program.transition_when.all(),
        "facts that change": bool((program.transition_becomes >= 0).any()),
        "a chance below one": bool((program.policy_chance < 1).any()),
        "several branches": bool((program.branch_share < 1).any()),
        "a way out that starts later": bool((program.transition_start >= 0).any()),
        "a policy that changes on a date": bool((program.policy_day > ALWAYS).any()),
        "a policy that changes everybody's own stay": bool(
            (program.policy_everyone == OWN_STAY).any()
        ),
        "a policy that changes everybody's pace": bool((program.policy_everyone == PACE).any()),
        "time served before day 0": bool((program.entrant_age >= 0).any()),
        "a random gate": any(g.opens_after >= 0 or g.closes_after >= 0 for g in program.gates),
        "somebody waited for a place": bool(
            lines and history.line_waiting[:, program.line_facility >= 0].any()
        ),
        "somebody waited for a quota": bool(
            lines and history.line_waiting[:, program.line_quota >= 0].any()
        ),
        "somebody waited outside": bool(history.census[:, -1].any()),
        "somebody gave up waiting": bool(history.line_left.any()),
        "a line whose people stand in no other": bool(alone.any()),
        "a line whose people may stand in others": not alone.all(),
        "somebody's patience ended as everybody's": bool(
            history.line_left[:, made.line_patience > 0].any()
        ),
        "somebody was called where a line leads straight on": bool(
            history.line_served[:, made.line_straight > 0].any()
        ),
        "a state from which nothing is left to draw": bool((shapes == layout.SURE).any()),
        "a state with one way out, of several branches": bool((shapes == layout.ONE).any()),
        "a race that needs no line": bool((shapes == layout.RACE).any()),
        "somebody left who had no record": bool(history.flows[:, made.counted].any()),
    }


def test_kernel_equals_twin_on_thousands() -> None:
    seen: Counter[str] = Counter()
    every: set[str] = set()
    total = {"studies": 0, "events": 0}

    @settings(
        max_examples=STUDIES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # tests/engine/test_twin.py makes a failing study small
        derandomize=True,
    )
    @given(
        program=st.one_of(programs(), crowds(daily=2.0)),
        seed=st.integers(0, 2**63),
        replicate=st.integers(0, 2**31),
    )
    def same(program: Program, seed: int, replicate: int) -> None:
        history = assert_same(program, seed, replicate)
        total["studies"] += 1
        total["events"] += len(history.events)
        found = features(program, history)
        every.update(found)
        seen.update(name for name, there in found.items() if there)

    same()
    shares = {name: seen[name] / total["studies"] for name in seen}
    rows = [{"what": name, "share": share} for name, share in shares.items()]
    chart = (
        alt.Chart(alt.InlineData(rows))
        .mark_bar(color=COLOURS["Sojourn"])
        .encode(
            x=alt.X("share:Q", title="share of generated studies", axis=alt.Axis(format="%")),
            y=alt.Y("what:N", sort="-x", title=None, axis=alt.Axis(labelLimit=320)),
        )
        .properties(width=420, height=480)
    )
    keep(
        "twin",
        chart,
        f"{total['studies']:,} generated studies, {total['events']:,} events: kernel and readable "
        "twin agree in every one, event for event.",
    )
    rare = {name: shares.get(name, 0.0) for name in every if shares.get(name, 0.0) < 0.03}
    assert not rare  # a generator that misses a feature proves nothing
