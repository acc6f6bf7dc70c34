"""The terms of an agreement: its rules, the terms and values that they name."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from sojourn.study.model.values import Cited, Model, Quantity, Span


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


class AgreementModel(Model):
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
