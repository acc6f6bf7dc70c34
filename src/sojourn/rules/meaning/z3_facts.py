"""The facts of a problem as free Z3 variables, each within its declaration:

- a text: one of its declared values; where none are declared, one of the texts that the conditions
  name, or another text (as many others as there are such facts, so that they may all differ);
- a number or duration: a real number within its range;
- a date: a day from `EARLIEST_CASE` to `LATEST_CASE`.

Numbers are exact, as in every evaluator. But a fact of a case is a whole number of millionths, so
that a number which Z3 finds may be none of a case; what it proves of all real numbers holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction

import z3

from sojourn.rules.language.tree import (
    EPOCH,
)
from sojourn.rules.meaning.reference import Documented, days_of
from sojourn.rules.meaning.turning_points import EARLIEST_CASE, LATEST_CASE
from sojourn.rules.meaning.z3_logic import (
    Bit,
    Grouped,
    Meaning,
    Truth,
    Valued,
    Worded,
    Z3Number,
    both,
    either,
    fraction,
    lifted,
    negated,
    term,
)
from sojourn.study.fact_numbers import exact
from sojourn.study.fact_types import NOTHING, limits, members, read_fact
from sojourn.study.model.facts import Fact


class FactVariables:
    """The facts of one problem as Z3 variables, made as conditions ask for them.

    `facts` are the declared facts by name; `texts` every text that conditions of the problem name,
    as `texts_of` finds them.
    """

    def __init__(self, facts: Mapping[str, Fact], texts: Iterable[str] = ()) -> None:
        self.facts = dict(facts)
        self.domain: list[z3.BoolRef] = []
        """Constraints on the variables in every case: declared values, ranges, the calendar."""
        declared = (value for fact in self.facts.values() for value in fact.values)
        self._texts = list(dict.fromkeys([*texts, *declared]))
        self._made: dict[str, Meaning] = {}
        self._known: dict[str, z3.BoolRef] = {}

    def of(self, name: str) -> Meaning:
        """The variable of a fact."""
        if name not in self._made:
            self._known[name] = z3.Bool(f"known {name}")
            self._made[name] = self._variable(name, self.facts[name])
        return self._made[name]

    def known(self, name: str) -> z3.BoolRef:
        """That a fact is documented."""
        self.of(name)
        return self._known[name]

    @property
    def used(self) -> tuple[str, ...]:
        """The facts that conditions have read so far."""
        return tuple(self._known)

    def documented(self) -> list[z3.BoolRef]:
        """That every fact read so far is documented."""
        return list(self._known.values())

    def _variable(self, name: str, fact: Fact) -> Meaning:
        known = self._known[name]
        if fact.type == "yes-no":
            value = z3.Bool(f"is {name}")
            return Truth(z3.And(known, value), z3.And(known, z3.Not(value)))
        if fact.type == "text":
            options = {text: z3.Bool(f"{name} is {text}") for text in self.options(name)}
            self.domain.append(z3.PbEq([(bit, 1) for bit in options.values()], 1))
            return Worded(known, options)
        if fact.type == "set":
            return Grouped(known, {each: z3.Bool(f"{name} has {each}") for each in fact.values})
        if fact.type == "date":
            number: Z3Number = z3.Int(f"day {name}")
            low, high = Fraction(days_of(EARLIEST_CASE)), Fraction(days_of(LATEST_CASE))
        else:
            number = z3.Real(f"value {name}")
            low, high = (Fraction(exact(limit)) for limit in limits(fact))
        self.domain += [lifted(low, number) <= number, number <= lifted(high, number)]
        return Valued(known, number)

    def options(self, name: str) -> tuple[str, ...]:
        """The texts that a text fact may have."""
        declared = self.facts[name].values
        if declared:
            return declared
        undeclared = sum(
            1 for fact in self.facts.values() if fact.type == "text" and not fact.values
        )
        return (*self._texts, *_others(self._texts, undeclared))

    def within(self, name: str, fact: Fact) -> Bit:
        """That the value of a fact, if known, is one that another declaration of it allows."""
        made = self.of(name)
        missing = negated(self._known[name])
        if isinstance(made, Worded):
            allowed = [bit for text, bit in made.options.items() if text in fact.values]
            return True if not fact.values else either(missing, *allowed)
        if isinstance(made, Grouped):
            others = [negated(bit) for text, bit in made.members.items() if text not in fact.values]
            return either(missing, both(*others))
        if isinstance(made, Valued) and fact.type != "date":
            low, high = (Fraction(exact(limit)) for limit in limits(fact))
            between = (
                lifted(low, made.value) <= made.value,
                made.value <= lifted(high, made.value),
            )
            return either(missing, both(*between))
        return True

    def during(self, name: str, first: date, last: date) -> Bit:
        """That a date, if known, is one of these days."""
        made = self.of(name)
        assert isinstance(made, Valued)
        low, high = (Fraction(days_of(day)) for day in (first, last))
        between = (lifted(low, made.value) <= made.value, made.value <= lifted(high, made.value))
        return either(negated(self._known[name]), both(*between))

    def whole(self) -> list[z3.BoolRef]:
        """That every number and duration read so far is whole."""
        values = (made.value for made in self._made.values() if isinstance(made, Valued))
        return [z3.IsInt(value) for value in values if z3.is_real(value)]

    def value(self, model: z3.ModelRef, name: str) -> Documented | Fraction:
        """The value of a fact in a model: None if it is undocumented; numbers are exact.

        An irrational number (a root) is approximated by a fraction.
        """
        made = self.of(name)
        if not z3.is_true(model.eval(self._known[name], model_completion=True)):
            return None
        if isinstance(made, Truth):
            return bool(z3.is_true(model.eval(made.true, model_completion=True)))
        if isinstance(made, Worded):
            for text, bit in made.options.items():
                if z3.is_true(model.eval(bit, model_completion=True)):
                    return text
            raise AssertionError(f"{name} has no value")
        if isinstance(made, Grouped):
            held = [text for text, bit in made.members.items()
                    if z3.is_true(model.eval(bit, model_completion=True))]  # fmt: skip
            return read_fact(held, name, self.facts[name]) if held else NOTHING
        number = fraction(model.eval(made.value, model_completion=True))
        if self.facts[name].type == "date":
            return date.fromordinal(int(number) + EPOCH)
        return number

    def given(self, name: str, value: Documented) -> list[z3.BoolRef]:
        """That a fact has this documented value, or is undocumented (None)."""
        made = self.of(name)
        known = self._known[name]
        if value is None:
            return [z3.Not(known)]
        if isinstance(made, Truth):
            return [term(made.true if value else made.false)]
        if isinstance(made, Worded):
            bit = made.options.get(str(value))
            return [known, term(False if bit is None else bit)]
        if isinstance(made, Grouped):
            chosen = members(str(value))
            return [known, *(term(bit if text in chosen else negated(bit))
                             for text, bit in made.members.items())]  # fmt: skip
        number = days_of(value) if isinstance(value, date | str) else exact(value)
        return [known, made.value == lifted(Fraction(number), made.value)]


def _others(taken: list[str], count: int) -> Iterator[str]:
    """Texts that no condition names."""
    number = 0
    while count:
        number += 1
        text = "another" if number == 1 else f"another {number}"
        if text not in taken:
            count -= 1
            yield text
