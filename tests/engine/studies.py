"""Small studies built in code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sojourn.engine.compile.scenario import compile_program
from sojourn.engine.program import Program
from sojourn.stays.families import PARAMETRIC
from sojourn.study.model.facts import Fact
from sojourn.study.model.pathway import Branch, State, Transition
from sojourn.study.model.people import Population
from sojourn.study.model.stays import Stay
from sojourn.study.model.study import Period, Scenario, StudyModel
from sojourn.study.model.values import Dated, Quantity
from sojourn.study.time_steps import Step, Steps

START = date(2025, 1, 20)
"""First day of a study by days; …"""
YEAR_START = date(2025, 1, 1)
"""… and of one by months or years."""
KINDS = ("a", "b")


@dataclass(frozen=True)
class Stream:
    population: str
    key: str
    cell: int
    share: float


@dataclass(frozen=True)
class Cells:
    facts: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    streams: tuple[Stream, ...]
    becomes: dict[str, np.ndarray]
    groups: tuple[str, ...]
    group: np.ndarray


@dataclass(frozen=True)
class Outcomes:
    when: dict[str, np.ndarray]


def number(value: float) -> Quantity:
    return Quantity(value=value)


def first_day(unit: Step, step: int = 0) -> date:
    """Of a step of a study by days, months or years."""
    start = START if unit == "day" else YEAR_START
    return Steps(start, start, unit).first_day(step)


def dated(*values: float, start: date = START, step: int = 7) -> tuple[Dated, ...]:
    return tuple(
        Dated(start=start + timedelta(days=step * i), quantity=number(v))
        for i, v in enumerate(values)
    )


def stay(family: str, *values: float) -> Stay:
    pairs = zip((each.name for each in PARAMETRIC[family].parameters), values, strict=True)
    return Stay(family=family, parameters={n: number(v) for n, v in pairs})


def to(state: str, after: Stay | None = None, share: float | None = None) -> Branch:
    return Branch(to=state, after=after, share=None if share is None else number(share))


def scenario_program(
    days: int,
    *,
    states: dict[str, State],
    transitions: list[Transition],
    populations: dict[str, Population],
    split: float | None = None,
    by_kind: bool = False,
    when: dict[str, list[bool]] | None = None,
    swaps: tuple[str, ...] = (),
    step: Step = "day",
    **rest: object,
) -> Program:
    """Compile a study of so many `days`, or other steps.

    `when` says by transition if it holds for kinds a and b; `swaps` change kind.
    """
    scenario = Scenario(
        name="test",
        facts={"kind": Fact(values=KINDS)},
        states=states,
        transitions=tuple(
            t.model_copy(update={"when": "as told"}) if t.name in (when or {}) else t
            for t in transitions
        ),
        populations=populations,
        **rest,
    )
    study = StudyModel(
        title="test",
        path=".",
        period=Period(
            **{
                "from": first_day(step),
                "to": first_day(step, days),
                "step": step,
                "report": "year" if step == "year" else "month",
            }
        ),
        scenarios={"test": scenario},
    )
    shares = (1.0,) if split is None else (split, 1.0 - split)
    cells = Cells(
        facts=("kind",),
        rows=tuple((kind,) for kind in KINDS),
        streams=tuple(
            Stream(name, f"{name}|kind={KINDS[i]}", i, share)
            for name in populations
            for i, share in enumerate(shares)
        ),
        becomes={name: np.array([1, 0]) for name in swaps},
        groups=KINDS if by_kind else ("everyone",),
        group=np.array([0, 1] if by_kind else [0, 0]),
    )
    holds = {t.name: np.array([True, True]) for t in transitions}
    holds.update({name: np.array(value) for name, value in (when or {}).items()})
    return compile_program(study, scenario, cells, Outcomes(holds), lambda q: q.value)


def hazard(*pieces: tuple[float, float]) -> Stay:
    """Rates a day, each from a day on."""
    return Stay(
        family="hazard",
        rates=tuple((day, Quantity(value=rate, unit="share per day")) for day, rate in pieces),
    )


def mixture(*parts: tuple[float, Stay]) -> Stay:
    return Stay(family="mixture", parts=tuple((number(share), part) for share, part in parts))
