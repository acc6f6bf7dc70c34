"""People of a file: which streams they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sojourn.errors import Problem, StudyError
from sojourn.population.cells import Cells
from sojourn.population.fact_values import documented
from sojourn.study.model.people import Arrivals, Held
from sojourn.study.model.study import Scenario


@dataclass(frozen=True, slots=True)
class StreamShare:
    """A stream among those that people of a file may belong to."""

    stream: int
    start: float
    """Quantile from which on they belong to it; to `end`, which the next part begins with."""
    end: float


def parts_of(
    population: str, groups: Sequence[Arrivals | Held], scenario: Scenario, cells: Cells
) -> list[tuple[StreamShare, ...]]:
    """For each group of a file the streams whose people have its facts, by their shares.

    Raises `StudyError` if there is no such stream, or they all have a share of zero.
    """
    if not groups:
        return []
    columns = tuple(groups[0].facts)
    at = [cells.facts.index(fact) for fact in columns]
    alike: dict[tuple[object, ...], list[int]] = {}
    for number, stream in enumerate(cells.streams):
        if stream.population == population:
            row = cells.rows[stream.cell]
            alike.setdefault(tuple(row[column] for column in at), []).append(number)
    found = []
    for group in groups:
        path = f"populations.{population}"
        known = tuple(
            documented(fact, scenario.facts[fact], value, path)
            for fact, value in group.facts.items()
        )
        places = alike.get(known, [])
        total = sum(cells.streams[place].share for place in places)
        if total <= 0.0:
            words = ", ".join(f"{fact} {value}" for fact, value in group.facts.items())
            raise StudyError(
                Problem(
                    f"nobody of the population can be one of the file's people ({words})",
                    "raise the lower limits of the shares, or mend the file",
                    path=path,
                )
            )
        # Sorted by name, so that the order in which facts are written has no effect.
        places.sort(key=lambda place: cells.streams[place].key)
        parts, start = [], 0.0
        for place in places:
            end = start + cells.streams[place].share / total
            parts.append(StreamShare(place, start, 1.0 if place == places[-1] else end))
            start = end
        found.append(tuple(parts))
    return found
