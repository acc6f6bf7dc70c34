"""How many people each stream of admissions has in each step, as arrays of the program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from sojourn.engine.compile.rates import daily_rate
from sojourn.engine.program import AdmissionProgram
from sojourn.population.listed_people import parts_of
from sojourn.population.streams import stream_key

if TYPE_CHECKING:
    from sojourn.population.cells import Cells
    from sojourn.study.model.study import Scenario
    from sojourn.study.model.values import Quantity
    from sojourn.study.time_steps import Steps


def admission_arrays(
    scenario: Scenario,
    cells: Cells,
    value: Callable[[Quantity], float],
    steps: Steps,
) -> AdmissionProgram:
    """When people come, for the streams that have admissions.

    Streams are in the order of `cells.streams`. Each stream of a population with a file has a list,
    or shares one if the file does not distinguish their people.
    """
    populations = scenario.populations
    given = {name: p.admissions for name, p in populations.items() if p.admissions is not None}
    places = [i for i, stream in enumerate(cells.streams) if stream.population in given]
    column = {place: number for number, place in enumerate(places)}
    count = len(steps)
    rate = np.zeros((count, len(places)))
    fixed = np.zeros(len(places), dtype=np.int64)
    ratio = np.ones(len(places))
    list_of = np.full(len(places), -1, dtype=np.int64)
    first, end = np.zeros(len(places)), np.zeros(len(places))
    names: list[str] = []
    people: list[np.ndarray] = []
    for name, admissions in given.items():
        parts = parts_of(name, admissions.arrivals, scenario, cells)
        for group, streams in zip(admissions.arrivals, parts, strict=True):
            for part in streams:
                at = column[part.stream]
                list_of[at], first[at], end[at] = len(names), part.start, part.end
            names.append(stream_key(name, group.facts))
            people.append(np.zeros(count, dtype=np.int64))
            np.add.at(people[-1], [steps.step_of(day) for day in group.dates], group.people)
        if admissions.arrivals:
            continue
        # A step has the people of its days; Poisson and negative binomial numbers add up alike.
        daily = daily_rate(admissions, value, steps.start, (steps.end - steps.start).days)
        expected = np.add.reduceat(daily, steps.edges()[:-1])
        variance = admissions.variance_ratio
        for at, place in enumerate(places):
            stream = cells.streams[place]
            if stream.population == name:
                rate[:, at] = stream.share * expected
                fixed[at] = admissions.process == "fixed"
                ratio[at] = 1.0 if variance is None else value(variance)
    return AdmissionProgram(
        admission_rate=rate,
        admission_fixed=fixed,
        admission_ratio=ratio,
        admission_list=list_of,
        admission_from=first,
        admission_to=end,
        list_names=tuple(names),
        list_people=(
            np.ascontiguousarray(np.stack(people, axis=1))
            if people
            else np.zeros((count, 0), dtype=np.int64)
        ),
    )
