"""The study as a whole: its period, its scenarios and what all of them share."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from sojourn.study.model.agreement import AgreementModel
from sojourn.study.model.decisions import Decision
from sojourn.study.model.facts import Fact
from sojourn.study.model.history import Account
from sojourn.study.model.measures import Claim, Measure, Outcome
from sojourn.study.model.money import Money
from sojourn.study.model.pathway import Facility, Gate, Quota, State, Transition
from sojourn.study.model.people import Population
from sojourn.study.model.sources import Quoted, Source, Statement
from sojourn.study.model.values import Model, Quantity
from sojourn.study.time_steps import Steps


class Period(Model):
    """The days that are simulated and how they are reported."""

    start: date = Field(alias="from")
    end: date = Field(alias="to")
    """The first day after the last one."""
    step: Literal["day", "month", "year"] = "day"
    """What time goes by; by months or years, both dates are first days of one."""
    report: Literal["month", "year"] = "month"
    year_starts: int = Field(default=1, ge=1, le=12)
    """Month on whose first day a reporting year starts; 7 for fiscal years from 1 July."""
    by: tuple[str, ...] = ()
    """Facts whose values make the reporting groups."""

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    @property
    def steps(self) -> Steps:
        """The steps that are simulated: days, months or years."""
        return Steps(self.start, self.end, self.step)


class RunDefaults(Model):
    """Defaults of a run."""

    seed: int = 1
    draws: int = 100
    replicates: int = 1
    """Histories under each draw."""
    spread_together: tuple[str, ...] = ()
    """Addresses of uncertain numbers whose draws are spread evenly over all their combinations."""


class Scenario(Model):
    """One variant of the study, whole: the base with its overrides applied."""

    name: str
    about: str | None = None
    overrides: dict[str, object] = Field(default_factory=dict)
    """As written, for the report."""
    parameters: dict[str, Quantity] = Field(default_factory=dict)
    facts: dict[str, Fact]
    agreement: AgreementModel | None = None
    facilities: dict[str, Facility] = Field(default_factory=dict)
    states: dict[str, State]
    clocks: dict[str, str] = Field(default_factory=dict)
    """Declared clocks and what they mean."""
    transitions: tuple[Transition, ...]
    quotas: dict[str, Quota] = Field(default_factory=dict)
    gates: dict[str, Gate] = Field(default_factory=dict)
    populations: dict[str, Population]
    money: Money = Money()
    measures: dict[str, Measure] = Field(default_factory=dict)
    claims: dict[str, Claim] = Field(default_factory=dict)


class StudyModel(Model):
    """Everything about one question."""

    title: str
    about: str | None = None
    language: str = "en"
    """Of its texts as written, and of its reports unless another is asked for."""
    translations: dict[str, dict[str, str]] = Field(default_factory=dict)
    """By language: the study's texts and names as written, and what they are in it."""
    path: str
    """The study's folder."""
    period: Period
    run: RunDefaults = RunDefaults()
    sources: dict[str, Source] = Field(default_factory=dict)
    statements: dict[str, Statement] = Field(default_factory=dict)
    outcomes: dict[str, Outcome] = Field(default_factory=dict)
    decisions: dict[str, Decision] = Field(default_factory=dict)
    settings: dict[str, Scenario] = Field(default_factory=dict)
    """Options of decisions that are changes of a scenario, whole; they are not run alone."""
    history: dict[str, Account] = Field(default_factory=dict)
    """What was counted in the past, by the name of the account."""
    assumptions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    """What the study leaves out."""
    quotes: tuple[Quoted, ...] = ()
    """Every quotation of the study once, whichever scenarios share it."""
    scenarios: dict[str, Scenario]
    """In the file's order; the first is the baseline."""
    lead: str | None = None
    """The scenario with which the report begins; None: the first after the baseline."""
    held_in: tuple[str, ...] = ()
    """Facilities whose people the report counts; empty: `headline_states` chooses."""

    @property
    def baseline(self) -> str:
        """Name of the first scenario."""
        return next(iter(self.scenarios))

    def option(self, name: str) -> Scenario:
        """The scenario or setting among which a decision chooses."""
        return self.scenarios[name] if name in self.scenarios else self.settings[name]
