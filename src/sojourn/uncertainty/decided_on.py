"""Whether what a decision names can be found out: uncertain numbers, by samples of their unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sojourn.errors import Problem
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model.decisions import Decision, Sample
from sojourn.study.model.study import StudyModel
from sojourn.study.model.values import Quantity
from sojourn.study.units import one_unit
from sojourn.uncertainty.uncertain_quantities import uncertain_quantities, walk

MOVES_NOBODY = {"money", "measures", "claims", "parameters"}
"""Parts of a scenario that only read histories; a parameter counts where it is used."""


def decision_problems(study: StudyModel) -> list[Problem]:
    """What is wrong with the groups and samples of the study's decisions."""
    if not study.decisions:
        return []
    known = uncertain_quantities(study)
    moving = [
        Problem(
            f"`{path}` decides who is where, or is no number",
            "name a price; `sojourn matters RUN MEASURE --at PATH` runs the study for others",
            path=f"decisions.{name}.turns at",
        )
        for name, decision in study.decisions.items()
        for path in decision.turns_at
        if moves_people(study, decision.options, path) or path not in _numbers(study)
    ]
    return moving + [
        problem
        for name, decision in study.decisions.items()
        for problem in _problems(decision, known, f"decisions.{name}")
    ]


def moves_people(study: StudyModel, scenarios: Iterable[str], path: str) -> bool:
    """Whether a number can decide who is where in these scenarios, which must then run again."""
    return any(
        quantity.path == path
        for name in scenarios
        for key, part in study.option(name)
        if key not in MOVES_NOBODY
        for quantity in walk(part)
    )


def _numbers(study: StudyModel) -> set[str]:
    return {number.path for scenario in study.scenarios.values() for number in walk(scenario)}


def _problems(decision: Decision, known: Mapping[str, Quantity], head: str) -> Iterator[Problem]:
    named = {f"{head}.groups.{name}": paths for name, paths in decision.groups.items()}
    named |= {f"{head}.samples.{name}.of": (one.of,) for name, one in decision.samples.items()}
    for address, paths in named.items():
        for path in paths:
            if path not in known:
                what = f"`{path}` is no uncertain number: there is nothing to find out"
                fix = did_you_mean(path, list(known)) or "name one that `between` gives a range"
                yield Problem(what, fix, path=address)
    for name, sample in decision.samples.items():
        if sample.of in known:
            yield from _sample_problems(sample, known[sample.of].unit, f"{head}.samples.{name}")


def _sample_problems(sample: Sample, unit: str, address: str) -> Iterator[Problem]:
    if sample.people is not None and unit != "share":
        what = f"`{sample.of}` is in {unit or 'bare numbers'}, not a share of people"
        yield Problem(what, "write `observations` and `deviation`", path=f"{address}.people")
    if sample.deviation is not None and one_unit(sample.deviation.unit) != one_unit(unit):
        what = f"`{sample.of}` is in {unit or 'bare numbers'}"
        yield Problem(what, "write the deviation in that unit", path=f"{address}.deviation")
