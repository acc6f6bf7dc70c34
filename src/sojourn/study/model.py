"""The study as typed, frozen values, on which all other rooms rely.

Nothing here reads files or parses words; `sojourn.study.load` does, and hands over these.
All durations are days, shares are fractions, money is in whole units of its currency.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sojourn.stays.families import PARAMETRIC
from sojourn.study.fact_types import FactTypeName
from sojourn.study.payment_bases import BY_NAME, BasisName, Settled
from sojourn.study.time_steps import Steps, anniversary

Confidence = Literal["read", "secondary", "computed", "remembered", "assumed"]
FactValue = str | float | bool | None
"""A documented attribute; None means undocumented."""

PeriodUnit = Literal["day", "week", "month", "year"]


class Model(BaseModel):
    """A frozen value that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Cited(Model):
    """Where a value comes from; every part is optional."""

    source: str | None = None
    quote: str | None = None
    by: str | None = None
    """Who said it."""
    confidence: Confidence | None = None
    note: str | None = None
    cite: str | None = None
    """A legal citation."""


class Quantity(Cited):
    """A number in a canonical unit, certain or uncertain.

    `path` is its address in the study; it names the random quantile of an uncertain quantity,
    so that scenarios share the draw and a new quantity moves no other.
    """

    value: float
    """The central value: what a certain quantity is, the best guess of an uncertain one."""
    low: float | None = None
    high: float | None = None
    shape: Literal["certain", "uniform", "triangular", "pert", "loguniform", "given"] = "certain"
    """`given`: the caller of the run has a value for each draw; `low` and `high` mean nothing."""
    unit: str = ""
    """Canonical: 'day', 'share', 'people', 'USD', or '' for a bare number."""
    months: float | None = None
    """The calendar months of a certain duration that was written in months or years."""
    path: str = ""

    @property
    def uncertain(self) -> bool:
        """Whether the value differs from draw to draw."""
        return self.shape != "certain"


_BY_POINTS_OR_PARTS = (
    "table", "quantiles", "survival", "hazard", "mixture", "by fact", "by facts",
)  # fmt: skip


def _family(name: str) -> str:
    if name not in (*PARAMETRIC, *_BY_POINTS_OR_PARTS):
        msg = f"there is no family of stays `{name}`"
        raise ValueError(msg)
    return name


class Stay(Cited):
    """A distribution of a duration.

    `parameters` by name, as its family in `sojourn.stays.families` has them; durations in days.
    A fixed stay, and a `table` (whole days and weights), are used as they are; all others are
    made into whole days by counting midnights. A hazard is constant from each of its days on, a
    survival function straight between its points.
    """

    family: Annotated[str, AfterValidator(_family)]
    parameters: dict[str, Quantity] = Field(default_factory=dict)
    points: tuple[tuple[float, float], ...] = ()
    """table: (days, weight); quantiles: (share, days); survival: (days, share that is left)."""
    never: float = 0.0
    """table: the share of all that never leaves; the weights are of the others."""
    rates: tuple[tuple[float, Quantity], ...] = ()
    """hazard: (from day, rate of leaving in its own unit, such as 'share per month')."""
    parts: tuple[tuple[Quantity, Stay], ...] = ()
    """mixture: (share, stay)."""
    fact: str | None = None
    """by fact: the fact that chooses among `cases`."""
    facts: tuple[str, ...] = ()
    """by facts: those that choose among `cases`; a case's name joins their values by ' & ', with
    '*' for any value (`sojourn.study.stays.by_fact`)."""
    cases: dict[str, Stay] = Field(default_factory=dict)
    otherwise: Stay | None = None


class ClockRule(Model):
    """How a clock is set: a stay from the day it is set, or a calendar date."""

    stay: Stay | None = None
    on: date | None = None
    later: tuple[tuple[date, ClockRule], ...] = ()
    """What replaces it for those who set the clock from a date on; in order, all after day 0."""


class Source(Model):
    """A text or table that the study rests on."""

    title: str
    publisher: str | None = None
    date: str | None = None
    url: str | None = None
    file: str | None = None
    """Path of the text, relative to the study or to `--sources DIR`."""
    confidence: Confidence | None = None
    note: str | None = None


class Statement(Cited):
    """Something a source says, and the places of the study that hold it."""

    says: str | None = None
    """Our own paraphrase."""
    models: tuple[str, ...] = ()
    """Paths of the study that this statement gave rise to."""


class Period(Model):
    """The days that are simulated and how they are reported."""

    start: date = Field(alias="from")
    end: date = Field(alias="to")
    """The first day after the last one."""
    step: Literal["day", "month", "year"] = "day"
    """What time goes by; by months or years, both dates are first days of one."""
    report: Literal["month", "year"] = "month"
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


class Run(Model):
    """Defaults of a run."""

    seed: int = 1
    draws: int = 100
    replicates: int = 1
    """Histories under each draw."""


class Fact(Model):
    """A declared attribute of a case."""

    type: FactTypeName = "text"
    values: tuple[str, ...] = ()
    """Allowed values of a text, or possible members of a set."""
    unit: str | None = None
    least: float | None = None
    most: float | None = None
    open: str | None = None
    """Of a text without `values`: why any text may stand there, and identifies nobody."""
    fixed: bool = False
    """Nothing a person or an office does changes it, such as a birth: `explain` leaves it as it
    is."""
    about: str | None = None


class DatedValue(Cited):
    """A certain number or date that conditions name, and that may change on dates."""

    steps: tuple[tuple[date | None, Quantity | date], ...] = ()
    """In order of date; a single one without a date always holds. Empty for a table."""
    chosen_by: str | None = None
    """The fact whose value chooses from the table."""
    table: tuple[tuple[str, Quantity | date], ...] = ()


class Group(Model):
    """Conditions of which any, all or some number hold; each is a text or such a group."""

    operator: Literal["and", "or", "at least"]
    parts: tuple[str | Group, ...]
    count: int = 1
    """How many hold, of `at least`."""

    @property
    def word(self) -> str:
        """The key under which they are written."""
        words = {"and": "all of", "or": "any of"}
        return words.get(self.operator, f"at least {self.count} of")

    def text(self) -> str:
        """As one condition, with brackets."""
        parts = [part if isinstance(part, str) else part.text() for part in self.parts]
        if self.operator == "at least":
            return f"{self.word} ({', '.join(parts)})"
        # A single word needs no brackets.
        return f" {self.operator} ".join(f"({part})" if " " in part else part for part in parts)


class Span(Model):
    """Days from one up to, not including, another."""

    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")

    def words(self) -> str:
        """As `from 2025-01-01 to 2026-01-01`."""
        return " ".join(
            f"{word} {day}" for word, day in (("from", self.start), ("to", self.end)) if day
        )


class Rule(Cited):
    """One condition of the agreement, in the rule language: required, or a bar."""

    kind: Literal["require", "bar"]
    condition: str
    when: str | None = None
    """The rule applies only to cases for which this is true."""
    condition_group: Group | None = None
    """The condition as it is written, if it is not one text."""
    unless: str | None = None
    """The rule does not apply to cases for which this is true."""
    when_group: Group | None = None
    unless_group: Group | None = None
    if_unknown: Literal["refer", "fail", "pass"] = "refer"
    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")
    in_force: tuple[Span, ...] | None = Field(default=None, alias="in force")
    """The spans in which it is in force, if there are several; they rise, with days between."""
    about: str | None = None

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans in which it is in force; none if it always is."""
        if self.start is None and self.end is None:
            return self.in_force or ()
        return (Span(start=self.start, end=self.end),)

    @property
    def scope(self) -> str:
        """To whom it applies, as ` when convicted unless appealed`; empty if to everybody."""
        said = (("when", self.when), ("unless", self.unless))
        return "".join(f" {word} {' '.join(text.split())}" for word, text in said if text)

    @property
    def span_words(self) -> str:
        """When it is in force, in words; empty if always."""
        return " and ".join(span.words() for span in self.spans)


class Agreement(Model):
    """The terms between a sending and a receiving state."""

    title: str
    sending: str
    receiving: str
    terms: dict[str, str] = Field(default_factory=dict)
    """Named conditions, usable in rules and in `when`."""
    term_groups: dict[str, Group] = Field(default_factory=dict)
    """Terms as they are written that are not one text."""
    rules: dict[str, Rule] = Field(default_factory=dict)
    values: dict[str, DatedValue] = Field(default_factory=dict)
    """Usable by name in conditions."""
    today: date | str | None = None
    """The date of which conditions speak: a fact of type date, or a fixed one. In a study without
    it, the first day of the period."""
    eligible: str | None = None
    """What it means to be eligible here: a statute bars, and admits nobody."""
    about: str | None = None


class Dated(Model):
    """A quantity that holds from a date on."""

    start: date
    quantity: Quantity


class Facility(Cited):
    """A named pool of places."""

    capacity: tuple[Dated, ...]
    """In order of date; the first holds from day 0."""
    already_held: tuple[Dated, ...] = ()
    """People outside the model who occupy places."""
    limit: Literal["hard", "soft"] = "hard"
    label: str | None = None
    country: str | None = None


class State(Cited):
    """Where a person is."""

    place: str | None = None
    """The facility whose places its people occupy."""
    end: bool = False
    """Nobody leaves it."""
    sets: dict[str, ClockRule] = Field(default_factory=dict)
    label: str | None = None


class Quota(Cited):
    """At most so many moves in a calendar period."""

    count: tuple[Dated, ...]
    per: PeriodUnit


class Band(Model):
    """A share of a length, for lengths up to some."""

    share: Quantity
    upto: float | None = None
    """Days; None: for all above."""


class ClockReference(Model):
    """A clock, or a share of its length, and an offset in days (negative: before it)."""

    clock: str
    offset: int = 0
    shares: tuple[Band, ...] = ()
    """By length, rising, the last for all above; none: the whole of it."""

    @property
    def whole(self) -> ClockReference:
        """The same without an offset."""
        return self.model_copy(update={"offset": 0})

    @property
    def told(self) -> str:
        """In words, without the offset."""
        if not self.shares:
            return self.clock
        told = " or ".join(f"{100 * band.share.value:g} %" for band in self.shares)
        return f"{told} of {self.clock}"


class Branch(Model):
    """One target of a transition."""

    to: str
    """A state, or 'out'."""
    share: Quantity | None = None
    after: Stay | None = None


Everyone = Literal["no", "own stay", "pace"]


class Change(Cited):
    """What a transition is from a date on, whole: what the change leaves as it was is in it too."""

    start: date
    everyone: Everyone = "no"
    """Its effect on people already in the state: none; each keeps their rank, so that
    their own stay becomes that of the new law; or they leave at the new law's pace from then on."""
    at: ClockReference | None = None
    """None: as it was."""
    chance: Quantity | None = None
    branches: tuple[Branch, ...]
    """The same targets, in the same order."""


class Transition(Cited):
    """A way out of a state (or of several, one transition each)."""

    name: str
    """`source -> target`, with a name in brackets if one is written; the key of its random draws.

    A transition of several sources makes one for each, with the names `a -> c` and `b -> c`.
    """
    state: str
    branches: tuple[Branch, ...]
    when: str | None = None
    at: ClockReference | None = None
    chance: Quantity | None = None
    gates: tuple[str, ...] = ()
    quota: str | None = None
    """Name in `Scenario.quotas`."""
    priority: int = 0
    """Lower is served first."""
    becomes: dict[str, FactValue] = Field(default_factory=dict)
    starts: date | None = None
    """Its delay runs from this date for those already in the state."""
    otherwise: str | None = None
    """The state, or 'out', of those whose move needs something that is not there on the day on
    which they join the line: they go there when that day's lines have been served."""
    label: str | None = None
    changes: tuple[Change, ...] = ()
    """In order of date, all after day 0."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Wherever it may lead."""
        more = () if self.otherwise is None else (self.otherwise,)
        return (*(branch.to for branch in self.branches), *more)

    @property
    def clocks(self) -> tuple[ClockReference, ...]:
        """What it waits for: at first, and from each change on."""
        found = (self.at, *(change.at for change in self.changes))
        return tuple(at for at in found if at is not None)

    @property
    def policies(self) -> tuple[tuple[Quantity | None, tuple[Branch, ...]], ...]:
        """Chance and branches: the first, and those of each change."""
        later = tuple((change.chance, change.branches) for change in self.changes)
        return ((self.chance, self.branches), *later)


class Gate(Cited):
    """An open/closed calendar.

    Fixed: `open` or `closed` spans. Random: begins on `start` (closed if `opens_after` is
    given, else open); opens after a delay with probability `chance`; closes after a delay,
    for a delay, and again if `again`.
    """

    open: tuple[Span, ...] = ()
    closed: tuple[Span, ...] = ()
    start: date | None = Field(default=None, alias="from")
    opens_after: Stay | None = None
    closes_after: Stay | None = None
    closed_for: Stay | None = None
    again: bool = False
    chance: Quantity | None = None
    """Of ever opening (with opens_after), or of each closing (with closes_after)."""
    label: str | None = None


class Held(Model):
    """People of a stock who are alike in the facts that a file names."""

    facts: dict[str, FactValue]
    served: tuple[int, ...] = ()
    """Days served, rising; empty if the file does not say."""
    people: tuple[int, ...]
    """As many have served each of these; or one number."""
    place: tuple[str, int] = Field(default=("", 0), exclude=True)
    """The file and the line of those who have served the most."""


class Arrivals(Model):
    """People entering on dates, who are alike in the facts that a file names."""

    facts: dict[str, FactValue]
    dates: tuple[date, ...]
    """Rising, within the study's period."""
    people: tuple[int, ...]
    """As many on each of these."""


class Stock(Cited):
    """People of a population on the evening before day 0."""

    count: Quantity
    """Of a file: its sum."""
    held: tuple[Held, ...] = ()
    """From a file: people of each cell."""
    state: str
    served: Literal["new", "equilibrium"] | Stay = "new"
    """Days already spent: none, in equilibrium, or from a distribution of whole days."""


class Admissions(Cited):
    """People entering from outside."""

    rate: tuple[Dated, ...] = ()
    """People per `per`, from a date on."""
    per: PeriodUnit = "day"
    arrivals: tuple[Arrivals, ...] = ()
    """From a file, instead of a rate."""
    into: str
    process: Literal["poisson", "fixed", "over-dispersed"] = "poisson"
    variance_ratio: Quantity | None = None
    """Over-dispersed: variance of the number of a day over its mean, at least 1."""
    trend: Quantity | None = None
    """Relative change per year, compounded daily from day 0."""
    season: dict[str, Quantity] = Field(default_factory=dict)
    """Month ('january' …) -> factor relative to the other months; 1 where none is given."""
    weekdays: dict[str, Quantity] = Field(default_factory=dict)
    """Day of the week ('monday' …) -> factor relative to the other days; 1 where none is given."""


class Population(Cited):
    """A stream of people; its cells are the products of `split`, or the rows of a table."""

    facts: dict[str, FactValue] = Field(default_factory=dict)
    split: dict[str, dict[str, Quantity]] = Field(default_factory=dict)
    """Fact -> value -> share, independent of each other; the value 'unknown' means undocumented."""
    rows: tuple[tuple[dict[str, FactValue], float], ...] = ()
    """From a CSV file: facts and share of the whole."""
    stock: Stock | None = None
    admissions: Admissions | None = None
    clocks: dict[str, ClockRule] = Field(default_factory=dict)
    label: str | None = None


class Tier(Model):
    """A price for places (or moves) above a number."""

    above: Quantity
    amount: Quantity


class Wing(Model):
    """Places that are opened and closed together."""

    places: Quantity
    above: Quantity | None = None
    """People for whom there is room without a wing."""
    opening: Quantity | None = None
    """What each opening costs."""
    kept: int = 0
    """Settlements for which a wing stays open after the last that needed it."""


Costing = Literal["average", "marginal"]


class Payment(Cited):
    """Who pays whom how much for what."""

    payer: str
    payee: str
    basis: BasisName
    """See `sojourn.study.payment_bases`."""
    per: Literal["day", "month", "year", "person", "once"]
    """The unit of time of `amount` (or per person moved, or once)."""
    amount: Quantity
    currency: str
    states: tuple[str, ...] = ()
    transitions: tuple[str, ...] = ()
    where: dict[str, str] = Field(default_factory=dict)
    """Only people with these values of reporting facts."""
    days: Literal["nights", "both ends"] = "nights"
    """Whether the day of departure is paid for too."""
    places: Quantity | None = None
    wing: Wing | None = None
    minimum: Quantity | None = None
    """Guaranteed minimum, in places, paid for if used or not."""
    tiers: tuple[Tier, ...] = ()
    """Amounts for the places, or moves, above the first `above`."""
    settled: Settled | None = None
    """What minimum, tiers and wings are applied to the average of; None: see `settlement`."""
    escalator: Quantity | None = None
    """Relative rise per year, on the anniversary of `start`, from the price year on."""
    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")
    price_year: int | None = None
    costing: Costing | None = None
    """Payments of two costings are never added together; None: part of either."""
    category: Literal["fee", "custody", "transfer", "legal", "other"] = "other"
    label: str | None = None

    @property
    def settlement(self) -> Settled:
        """The period by which it is settled: that of its price, unless said."""
        if self.settled is not None:
            return self.settled
        usual = BY_NAME[self.basis].usual
        if usual is not None:
            return usual[1]
        match self.per:
            case "person" | "once":
                return "whole term"
            case unit:
                return unit

    @property
    def by_average(self) -> bool:
        """Whether it depends on what a settlement holds on average, not just on its sum."""
        return self.minimum is not None or bool(self.tiers) or BY_NAME[self.basis].by_average

    @property
    def counts_moves(self) -> bool:
        """Whether moves are counted to bill it."""
        return BY_NAME[self.basis].names == "transitions" or self.days == "both ends"


class Prices(Model):
    """A price index, and the year in whose prices real amounts are."""

    year: int
    index: tuple[tuple[date, float], ...]
    """What it is from each date on, in order; of a yearly table from 1 January."""
    then: Quantity | None = None
    """Relative change in each year after the last date's first year."""

    def days(self, end: date) -> tuple[date, ...]:
        """The days before `end` on which it changes."""
        last = self.index[-1][0]
        later = range(1, max(end.year - last.year, 0) + 1) if self.then is not None else ()
        return (*(day for day, _ in self.index), *(anniversary(last, n) for n in later))


class Money(Model):
    """The prices of a study."""

    currency: str = "USD"
    price_year: int | None = None
    prices: Prices | None = None
    discount_rate: Quantity | None = None
    payments: dict[str, Payment] = Field(default_factory=dict)


class Measure(Cited):
    """A number computed from result tables, for each draw and replicate.

    kind and what it uses: `people` (states; at: 'end' or a date), `average` and `peak` (states or
    facility), `person-days` (states), `moves` (transitions), `money` (payments, or payer /
    payee / category), `first full` (facility: days from day 0, unknown if never),
    `value` (quantity), `ratio` / `sum` / `difference` / `product` (of measures, in order), and of
    the lines of transitions `wait` (mean days of those served), `median wait` (over all who
    joined) and `share served` (of all who joined). `turned away` (transitions) are the moves to
    where they lead `otherwise`; `moves` are without these.
    """

    kind: Literal[
        "people", "average", "peak", "person-days", "person-years", "moves", "turned away", "money",
        "first full", "wait", "median wait", "share served", "value", "ratio", "sum", "difference",
        "product",
    ]  # fmt: skip
    states: tuple[str, ...] = ()
    transitions: tuple[str, ...] = ()
    facility: str | None = None
    payments: tuple[str, ...] = ()
    payer: str | None = None
    payee: str | None = None
    category: str | None = None
    costing: Costing | None = None
    prices: Literal["nominal", "real"] = "nominal"
    discounted: bool = False
    quantity: Quantity | None = None
    measures: tuple[str, ...] = ()
    where: dict[str, str] = Field(default_factory=dict)
    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")
    at: date | Literal["end"] | None = None
    scenario: str | None = None
    """Taken from this scenario whichever is being measured (same draw and replicate)."""
    happened: bool = False
    """Of a `value`: it is what came to pass, which claims may hold the model to."""
    unit: str = ""
    label: str | None = None

    def adds(self, name: str, payment: Payment) -> bool:
        """Whether a measure of money adds up this payment."""
        return (
            (not self.payments or name in self.payments)
            and self.payer in (None, payment.payer)
            and self.payee in (None, payment.payee)
            and self.category in (None, payment.category)
            and (self.costing is None or payment.costing in (None, self.costing))
        )


class Claim(Cited):
    """A sentence somebody said, and the condition over measures under which it holds."""

    says: str
    holds_if: str | None = None
    """Condition over measure names, in the rule language; absent: cannot be determined."""
    cannot: str | None = None
    """Why it cannot be determined, when `holds_if` is absent."""
    scenario: str | None = None
    """The scenario in which it is tested; None: the first that is not the baseline."""
    follows_from: tuple[str, ...] = ()
    """Paths of the study that by themselves make it true or false."""


class Outcome(Cited):
    """What has happened since: the observed value of a measure, which the run is held against."""

    measure: str
    value: Quantity
    on: date
    """The day of the value: the last one that the measure looks at."""
    says: str | None = None


class Scenario(Model):
    """One variant of the study, whole: the base with its overrides applied."""

    name: str
    about: str | None = None
    overrides: dict[str, object] = Field(default_factory=dict)
    """As written, for the report."""
    parameters: dict[str, Quantity] = Field(default_factory=dict)
    facts: dict[str, Fact]
    agreement: Agreement | None = None
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


class Quoted(Model):
    """Words of a source that the study quotes, and the place of the study that does."""

    path: str
    source: str
    quote: str
    by: str | None = None
    file: str = ""
    line: int = 0
    column: int = 0


class Study(Model):
    """Everything about one question."""

    title: str
    about: str | None = None
    path: str
    """The study's folder."""
    period: Period
    run: Run = Run()
    sources: dict[str, Source] = Field(default_factory=dict)
    statements: dict[str, Statement] = Field(default_factory=dict)
    outcomes: dict[str, Outcome] = Field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    """What the study leaves out."""
    quotes: tuple[Quoted, ...] = ()
    """Every quotation of the study once, whichever scenarios share it."""
    scenarios: dict[str, Scenario]
    """In the file's order; the first is the baseline."""

    @property
    def baseline(self) -> str:
        """Name of the first scenario."""
        return next(iter(self.scenarios))
