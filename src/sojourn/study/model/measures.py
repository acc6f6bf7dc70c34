"""What is asked of the results: measures, claims about them, and outcomes that came to pass."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from sojourn.study.model.money import Costing, Payment
from sojourn.study.model.values import Cited, Model, Quantity


class BillAsked(Model):
    """Which payments a measure of money adds up; without any of these, all."""

    payments: tuple[str, ...] = ()
    payer: str | None = None
    payee: str | None = None
    category: str | None = None
    costing: Costing | None = None

    def adds(self, name: str, payment: Payment) -> bool:
        """Whether it adds up this payment."""
        return (
            (not self.payments or name in self.payments)
            and self.payer in (None, payment.payer)
            and self.payee in (None, payment.payee)
            and self.category in (None, payment.category)
            and (self.costing is None or payment.costing in (None, self.costing))
        )


class Measure(Cited):
    """A number computed from result tables, for each draw and replicate.

    kind and what it uses: `people` (states; at: 'end' or a date), `average` and `peak` (states or
    facility), `person-days` (states), `moves` (transitions), `money` (bill), `first full`
    (facility: days from day 0, unknown if never), `value` (quantity), `ratio` / `sum` /
    `difference` / `product` (of measures, in order), and of the lines of transitions `wait` (mean
    days of those served), `median wait` (over all who joined) and `share served` (of all who
    joined). `turned away` (transitions) are the moves to where they lead `otherwise`; `moves` are
    without these.
    """

    kind: Literal[
        "people", "average", "peak", "person-days", "person-years", "moves", "turned away", "money",
        "first full", "wait", "median wait", "share served", "value", "ratio", "sum", "difference",
        "product",
    ]  # fmt: skip
    states: tuple[str, ...] = ()
    transitions: tuple[str, ...] = ()
    facility: str | None = None
    bill: BillAsked = BillAsked()
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
    only_under: tuple[str, ...] = ()
    """The scenarios to which it belongs, if not to all; elsewhere it has no value."""
    happened: bool = False
    """Of a `value`: it is what came to pass, which claims may hold the model to."""
    unit: str = ""
    label: str | None = None

    def belongs_to(self, scenario: str) -> bool:
        """Whether it is a number of this scenario."""
        return not self.only_under or scenario in self.only_under


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
