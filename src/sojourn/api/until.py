"""Runs that go on until a mean is known well enough: `±2 % of MEASURE [against SCENARIO]`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sojourn.errors import Problem, SojournError
from sojourn.results.errors_of_means import block_count, half_width
from sojourn.results.run_folder.folder import RunFolder, read_run
from sojourn.results.summary import summary
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.units import WordsError, read_words, show

MOST_DOUBLINGS = 10
_GOAL = re.compile(
    r"\s*(?:±|\+-|\+/-)?\s*(?P<width>.+?)\s+of\s+(?P<measure>.+?)"
    r"(?:\s+against\s+(?P<against>.+?))?\s*"
)


@dataclass(frozen=True, slots=True)
class PrecisionGoal:
    """How well the mean of a measure is to be known, in every scenario."""

    measure: str
    width: float
    """Half the width of the mean's 95 % interval."""
    relative: bool
    """Whether the width is a share of the mean."""
    against: str | None = None
    """A scenario: the mean is that of the difference from it, in every other scenario."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How well a scenario's mean is known: half widths of 95 % intervals."""

    scenario: str
    mean: float
    inputs: float
    """By the uncertain inputs; by these and chance, if they cannot be told apart."""
    chance: float | None
    wanted: float

    @property
    def width(self) -> float:
        """Both together."""
        return math.hypot(self.inputs, self.chance or 0.0)

    @property
    def reached(self) -> bool:
        """Whether the mean is known as well as wanted."""
        return self.width <= self.wanted

    def told(self, draws: int) -> str:
        """A sentence; if the goal is not reached it says what is left to do."""
        known = f"{self.scenario}: {self.mean:.6g} ± {self.width:.3g} with {draws:,} draws"
        parts = f" (inputs ± {self.inputs:.3g}, chance ± {self.chance:.3g})" if self.chance else ""
        if self.reached:
            return known + parts
        need = math.ceil(draws * (self.width / self.wanted) ** 2) if self.wanted else 0
        more = (
            f"about {need:,} draws are needed"
            if need
            else "its mean is 0: give a width in its unit"
        )
        by_chance = self.chance is not None and self.chance > self.inputs
        what = "chance: more replicates do as well" if by_chance else "the inputs: more draws"
        return f"{known}{parts}, not ± {self.wanted:.3g}; {more}; what is left is {what}"


def read_goal(text: str) -> PrecisionGoal:
    """The goal in words, as `±2 % of held_at_end` or `±50 of held_at_end against as now`.

    Raises SojournError.
    """
    match = _GOAL.fullmatch(text)
    fix = (
        "write it as '±2 % of MEASURE', or '±50 of MEASURE' in the measure's own unit; "
        "'… of MEASURE against SCENARIO' for a difference"
    )
    if match is None:
        raise SojournError(Problem(f"--until: `{text}` is not a goal", fix))
    try:
        width, unit = read_words(match["width"])
    except WordsError as error:
        raise SojournError(Problem(f"--until: {error.what}", fix)) from error
    if width <= 0:
        raise SojournError(Problem(f"--until: ±{show(width)} is no width", "write one above 0"))
    against = match["against"]
    return PrecisionGoal(
        match["measure"].strip(), width, unit == "share", against and against.strip("\"“”'` ")
    )


def precision(run: RunFolder, goal: PrecisionGoal) -> list[Precision]:
    """How well each scenario's mean, or difference, is known.

    Raises SojournError if there is no such measure or scenario.
    """
    rows = summary(run, "measures", against=goal.against).to_pylist()
    names = sorted({row["measure"] for row in rows})
    if goal.measure not in names:
        fix = did_you_mean(goal.measure, names)
        raise SojournError(Problem(f"--until: there is no measure `{goal.measure}`", fix))
    many = len(run.draws) * int(run.record["replicates"])
    wide = half_width(block_count(run.draws) if run.record["uncertain"] else many)
    found = []
    for row in rows:
        if row["measure"] != goal.measure or row["error_parameters"] is None:
            continue
        chance = row["error_simulation"]
        found.append(
            Precision(
                row["scenario"] + (f" less {goal.against}" if goal.against else ""),
                row["mean"], wide * row["error_parameters"],
                None if chance is None else wide * chance,
                goal.width * abs(row["mean"]) if goal.relative else goal.width,
            )
        )  # fmt: skip
    return found


def run_until(
    goal: PrecisionGoal, draws: int, most: int, make: Callable[[int], Path]
) -> tuple[Path, tuple[str, ...]]:
    """Make runs of more and more draws, `most` at most, until the goal is reached.

    `make` makes the run of so many draws, and keeps those that are there. Returns the last run's
    folder, and a sentence for each scenario.
    """
    for doubling in range(MOST_DOUBLINGS + 1):
        place = make(draws)
        run = read_run(place)
        found = precision(run, goal)
        if (found and all(each.reached for each in found)) or doubling == MOST_DOUBLINGS:
            break
        hopeless = all(each.reached or not each.wanted for each in found)
        if len(run.draws) < draws or (found and hopeless) or 2 * draws > most:
            break
        draws *= 2
    return place, tuple(each.told(len(run.draws)) for each in found)
