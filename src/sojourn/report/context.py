"""What every section of the page is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sojourn.languages import dates
from sojourn.languages.phrases import phrase
from sojourn.report.figures import charts
from sojourn.report.figures.blocks import Block, LegendKey, Prose, Tabs
from sojourn.report.figures.svg import Press
from sojourn.report.headline import Headline, Subject
from sojourn.report.moved import WhatMoves, money_moved, people_moved
from sojourn.report.run_data import RunData
from sojourn.report.study_inputs import InputOfStudy, quantities_of
from sojourn.report.wording.ranges import Spread


@dataclass(frozen=True)
class Context:
    """A run, its headline, and the press that draws its charts."""

    data: RunData
    subject: Subject
    answers: dict[str, Headline]
    press: Press
    years: int
    """Columns of the fiscal note."""
    first_year: int | None = None
    """Reporting year with which the fiscal note begins, if the caller says so."""

    @cached_property
    def quantities(self) -> list[InputOfStudy]:
        """Every quantity of the study, once."""
        return quantities_of(self.data.study)

    @property
    def uncertain(self) -> list[InputOfStudy]:
        """Of these the uncertain ones."""
        return [found for found in self.quantities if found.quantity.uncertain]

    @cached_property
    def people_moved(self) -> dict[str, WhatMoves | None]:
        """By scenario: what the inputs do to the headline."""
        return {name: people_moved(self.data, name) for name in self.data.scenarios}

    def people_moved_since(self, scenario: str, since: date) -> WhatMoves | None:
        """The same, for the average from this first day of a reporting period on."""
        if since <= self.data.periods[0].start:
            return self.people_moved[scenario]
        return people_moved(self.data, scenario, since)

    def average_since(self, scenario: str, since: date) -> Spread:
        """The average number of people of the headline from this first day of a period on.

        Its change against the baseline, if the study compares scenarios.
        """
        if since <= self.data.periods[0].start:
            answer = self.answers[scenario]
            return answer.average_change if self.data.variants else answer.average
        column = "change_days" if self.data.variants else "person_days"
        found = self.data.spreads_of(
            f"SELECT scenario, draw, replicate, sum({column}) / sum(days) AS value FROM headline "
            f"WHERE period >= DATE '{since}' GROUP BY ALL",
            ("scenario",),
        )
        return next(Spread.of(row) for row in found if row["scenario"] == scenario)

    def days_since(self, since: date) -> str:
        """The days from this one to the last of the run, in words."""
        return phrase(
            "{start} to {last_day}",
            start=dates.day(since),
            last_day=dates.day(self.data.last_day),
        )

    @cached_property
    def money_moved(self) -> dict[str, WhatMoves | None]:
        """By scenario: what the inputs do to what the sending state, or whoever pays most, pays."""
        return {name: money_moved(self.data, name) for name in self.data.scenarios}

    def position(self, scenario: str) -> int:
        """A scenario's place, which decides its colour."""
        return self.data.scenarios.index(scenario)

    def keys(self, *scenarios: str) -> tuple[LegendKey, ...]:
        """The legend for these scenarios."""
        return tuple(
            LegendKey(
                phrase("{name} (baseline)", name=name) if name == self.data.baseline else name,
                charts.color(self.position(name)),
                charts.dash_text(self.position(name)),
            )
            for name in dict.fromkeys(scenarios)
        )

    @property
    def ranges(self) -> str:
        """What lines and bands mean in this run."""
        if self.data.histories == 1:
            return phrase("{one}: lines without a range.", one=self._one)
        return phrase(
            "Line: mean of {of_histories}. Band: their 5th to 95th percentile.",
            of_histories=self.data.of_histories,
        )

    @property
    def spreads(self) -> str:
        """What a table's `mean (low–high)` means."""
        if self.data.histories == 1:
            return phrase("{one}: no range.", one=self._one)
        return phrase(
            "Mean (5th–95th percentile) of {of_histories}.", of_histories=self.data.of_histories
        )

    @property
    def _one(self) -> str:
        """What a run of one draw and one replicate shows for each scenario."""
        return (
            phrase("The exact mean of one draw")
            if self.data.expected
            else phrase("One history only")
        )


def tabs(panels: dict[str, list[Block]]) -> tuple[Block, ...]:
    """A panel for each scenario; for a single one its blocks as they are."""
    filled = {name: blocks for name, blocks in panels.items() if blocks}
    if not filled:
        return ()
    if len(filled) == 1:
        ((name, blocks),) = filled.items()
        return (Prose(phrase("Scenario: {name}.", name=name), small=True), *blocks)
    return (Tabs(tuple((name, tuple(blocks)) for name, blocks in filled.items())),)
