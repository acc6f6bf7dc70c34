"""How long the expected solver takes: 64 kinds of people in ten states, years of days.

`python benchmarks/expected.py` prints seconds by horizon, and beside them the same work done by
direct sums over all pairs of days. Every kind has stays of its own (up to 40 years), people come
back to prison from parole, and the stock of prison is in equilibrium.
"""

from __future__ import annotations

import platform
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sojourn.engine.compile.scenario import compile_program
from sojourn.engine.expected.solver import expected
from sojourn.engine.program import Program
from sojourn.study.model.facts import Fact
from sojourn.study.model.pathway import Branch, State, Transition
from sojourn.study.model.people import Admissions, Population, Stock
from sojourn.study.model.stays import Stay
from sojourn.study.model.study import Period, Scenario, StudyModel
from sojourn.study.model.values import Dated, Quantity

KINDS = 64
START = date(2025, 1, 1)
# (from, mean days, [(to, share)]): the way of a person through ten states.
PATHS = (
    ("arrest", 2, [("remand", 0.6), ("bail", 0.4)]),
    ("remand", 90, [("trial", 0.8), ("out", 0.2)]),
    ("bail", 150, [("trial", 0.7), ("out", 0.3)]),
    ("trial", 30, [("prison", 0.5), ("probation", 0.4), ("out", 0.1)]),
    ("prison", 900, [("parole", 0.6), ("halfway", 0.3), ("out", 0.1)]),
    ("halfway", 120, [("parole", 0.9), ("revoked", 0.1)]),
    ("parole", 500, [("out", 0.6), ("revoked", 0.4)]),
    ("revoked", 20, [("prison", 0.8), ("treatment", 0.2)]),
    ("treatment", 180, [("parole", 1.0)]),
    ("probation", 700, [("out", 0.7), ("revoked", 0.3)]),
)


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


def stays(mean: float, family: str) -> Stay:
    """A law for each kind: the mean from half to one and a half times what is given."""
    cases = {}
    for i in range(KINDS):
        own = mean * (0.5 + i / (KINDS - 1))
        if family == "uniform":
            # Long sentences for some: up to 40 years.
            parameters = {"from": number(own / 2), "to": number(min(14_610, 12 * own))}
        else:
            parameters = {"mean": number(own), "sd": number(own)}
        cases[f"k{i}"] = Stay(family=family, parameters=parameters)
    return Stay(family="by fact", fact="kind", cases=cases)


def program_of(days: int) -> Program:
    transitions = tuple(
        Transition(
            name=f"{source} on",
            state=source,
            branches=tuple(
                Branch(
                    to=target,
                    share=number(share),
                    after=stays(mean, "uniform" if source == "prison" else "lognormal"),
                )
                for target, share in ways
            ),
        )
        for source, mean, ways in PATHS
    )
    kinds = tuple(f"k{i}" for i in range(KINDS))
    scenario = Scenario(
        name="all",
        facts={"kind": Fact(values=kinds)},
        states={source: State() for source, _, _ in PATHS},
        transitions=transitions,
        populations={
            "people": Population(
                stock=Stock(count=number(50_000), state="prison", served="equilibrium"),
                admissions=Admissions(
                    rate=(Dated(start=START, quantity=number(200)),), per="day", into="arrest"
                ),
            )
        },
    )
    study = StudyModel(
        title="benchmark",
        path=".",
        period=Period(**{"from": START, "to": START + timedelta(days=days), "report": "month"}),
        scenarios={"all": scenario},
    )
    cells = Cells(
        ("kind",),
        tuple((kind,) for kind in kinds),
        tuple(Stream("people", f"people|{kind}", i, 1 / KINDS) for i, kind in enumerate(kinds)),
        {},
        ("everyone",),
        np.zeros(KINDS, np.int64),
    )
    return compile_program(study, scenario, cells, Outcomes({}), lambda q: q.value)


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 3652
    print(f"Python {platform.python_version()}, {platform.machine()}")
    print(f"{KINDS} kinds, {len(PATHS)} states; seconds, the best of three")
    expected(program_of(40))  # compiles what is compiled
    print(f"{'days':>6}{'compile':>10}{'expected':>10}{'a day squared':>16}")
    days = most // 8
    while days <= most:
        start = time.perf_counter()
        program = program_of(days)
        compiling = time.perf_counter() - start
        times = []
        for _ in range(3):
            start = time.perf_counter()
            expected(program)
            times.append(time.perf_counter() - start)
        best = min(times)
        print(f"{days:6}{compiling:10.2f}{best:10.2f}{best / days**2 * 1e9:13.0f} ns")
        days *= 2


if __name__ == "__main__":
    main()
