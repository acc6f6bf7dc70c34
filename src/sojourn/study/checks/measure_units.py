"""Units of measures made of other measures: what is added must be of one kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sojourn.study.files.addresses import find, nearest, written
from sojourn.study.model.measures import Measure
from sojourn.study.model.money import Payment
from sojourn.study.model.study import Scenario
from sojourn.study.scenarios.read_scenario import VariantReader
from sojourn.study.units import is_currency, one_unit

_PURE = ("share", "%", "ratio")
Factors = Counter[str]
"""Powers of units: of `USD per person-year`, USD 1, people -1 and year -1; of a share, none."""


@dataclass(frozen=True, slots=True)
class _MeasureUnit:
    """What a measure is a number of: its unit as written, and the costings within it."""

    unit: str
    factors: Factors | None
    """None: not known, as of a bare number, which may be of any unit."""
    costings: frozenset[str] = frozenset()

    @property
    def told(self) -> str:
        """The unit for a message."""
        return self.unit or _told(self.factors or Factors())

    @property
    def currencies(self) -> dict[str, int]:
        return {unit: n for unit, n in (self.factors or {}).items() if is_currency(unit) and n}


def with_units(reading: VariantReader, scenarios: Mapping[str, Scenario]) -> Scenario:
    """The scenario of a reading; measures without a unit have that of what they are made of.

    Sums, differences and products of measures that do not go together are refused at their place.
    """
    scenario = scenarios[reading.variant.name]
    units = _MeasureUnits(reading, scenario, scenarios)
    measures = {
        name: measure.model_copy(update={"unit": units.of(name).unit})
        for name, measure in scenario.measures.items()
    }
    return scenario.model_copy(update={"measures": measures})


class _MeasureUnits:
    """The measures of one scenario as numbers of a unit, each worked out once."""

    def __init__(
        self, reading: VariantReader, scenario: Scenario, scenarios: Mapping[str, Scenario]
    ) -> None:
        self.reading, self.scenario, self.scenarios = reading, scenario, scenarios
        self._known: dict[str, _MeasureUnit] = {}

    def of(self, name: str) -> _MeasureUnit:
        """What a measure is a number of."""
        if name not in self._known:
            measure = self.scenario.measures[name]
            if measure.kind == "money":
                self._known[name] = self._money(name, measure)
            elif measure.measures:
                self._known[name] = self._made(name, measure)
            else:
                self._known[name] = _MeasureUnit(measure.unit, _factors(measure.unit))
        return self._known[name]

    def _money(self, name: str, measure: Measure) -> _MeasureUnit:
        """Money is in the currency of the payments that it adds up, which is one."""
        target = self.scenarios.get(measure.scenario or "", self.scenario)
        paid = _paid(measure, target)
        currencies = {each.currency: payment for payment, each in paid.items()}
        unit = measure.unit
        if len(currencies) > 1:
            names = " and ".join(f"`{payment}` ({each})" for each, payment in currencies.items())
            self._refuse(
                f"measures.{name}.money",
                f"currencies are not added together: {names}",
                "measure each apart, as `money: PAYMENT`",
            )
        elif self._stated(name) and currencies.keys() - {unit}:
            ((currency, payment),) = currencies.items()
            what = f"`{payment}` is paid in {currency}"
            self._refuse(
                f"measures.{name}.unit", what, f"write `unit: {currency}`, or leave it out"
            )
        elif not self._stated(name):
            # Payments that only other scenarios have cost nothing here, in their currency.
            others = [_paid(measure, each) for each in self.scenarios.values()]
            there = {each.currency for payments in others for each in payments.values()}
            [unit] = currencies or (there if len(there) == 1 else [unit])
        costings = frozenset(each.costing for each in paid.values() if each.costing)
        return _MeasureUnit(unit, _factors(unit), costings)

    def _made(self, name: str, measure: Measure) -> _MeasureUnit:
        parts = {part: self.of(part) for part in measure.measures}
        if measure.kind in ("sum", "difference"):
            return self._sum(name, measure, parts)
        if measure.kind == "ratio":
            return _ratio(measure, [self.of(part) for part in measure.measures])
        return self._product(name, measure, parts)

    def _sum(self, name: str, measure: Measure, parts: Mapping[str, _MeasureUnit]) -> _MeasureUnit:
        path = f"measures.{name}.{measure.kind}"
        word = "added together" if measure.kind == "sum" else "subtracted"
        known = [part for part, kind in parts.items() if kind.factors is not None]
        first = known[0] if known else ""
        for part in known[1:]:
            one, other = parts[first], parts[part]
            if one.factors != other.factors:
                self._refuse(
                    f"{path}.{measure.measures.index(part) + 1}",
                    f"unlike measures are not {word}: `{first}` ({one.told}) and `{part}` "
                    f"({other.told})",
                    _remedy(one, other, part),
                )
                break
        else:
            self._one_costing(path, word, parts)
            if known and measure.unit and _factors(measure.unit) != parts[first].factors:
                self._refuse(
                    f"measures.{name}.unit",
                    f"`{first}` is in {parts[first].told}",
                    f"write `unit: {parts[first].told}`, or leave it out",
                )
        unit = measure.unit or next((parts[part].unit for part in known if parts[part].unit), "")
        factors = parts[first].factors if known else _factors(unit)
        return _MeasureUnit(unit, factors, _costings(parts.values()))

    def _product(
        self, name: str, measure: Measure, parts: Mapping[str, _MeasureUnit]
    ) -> _MeasureUnit:
        path = f"measures.{name}.product"
        kinds = [self.of(part) for part in measure.measures]
        powers = _times(kind.factors or Factors() for kind in kinds)
        if sum(n for unit, n in powers.items() if is_currency(unit)) > 1:
            amounts = [f"`{part}` ({kind.told})" for part, kind in parts.items() if kind.currencies]
            self._refuse(
                path,
                f"amounts of money are multiplied: {' and '.join(amounts)}",
                "multiply one by a number without money, as by people, a share or a rate",
            )
        else:
            self._one_costing(path, "multiplied", parts)
        unit, factors = measure.unit, _factors(measure.unit)
        if not unit and all(kind.factors is not None for kind in kinds):
            unit, factors = _name_of(powers, kinds), powers
        return _MeasureUnit(unit, factors, _costings(kinds))

    def _one_costing(self, path: str, word: str, parts: Mapping[str, _MeasureUnit]) -> None:
        """Refuse an average and a marginal cost of the same custody in one number."""
        if len(_costings(parts.values())) > 1:
            names = " and ".join(
                f"`{part}` ({', '.join(sorted(kind.costings))})"
                for part, kind in parts.items()
                if kind.costings
            )
            self._refuse(
                path,
                f"costings are not {word}: {names}",
                "measure each costing apart, or compare them by a `ratio`",
            )

    def _stated(self, name: str) -> bool:
        return find(self.reading.variant.tree, f"measures.{name}.unit") is not None

    def _refuse(self, path: str, what: str, fix: str) -> None:
        tree = self.reading.variant.tree
        self.reading.reader.refuse(nearest(tree, path)[0], written(tree, path), what, fix)


def _paid(measure: Measure, scenario: Scenario) -> dict[str, Payment]:
    """The payments of a scenario that a measure adds up."""
    payments = scenario.money.payments.items()
    return {name: each for name, each in payments if measure.bill.adds(name, each)}


def _factors(unit: str) -> Factors | None:
    """The powers of a unit; None if there is none."""
    if not unit:
        return None
    above, _, below = unit.partition(" per ")
    found = Factors(_simple(above))
    found.subtract(_simple(below))
    return Factors({part: n for part, n in found.items() if n})


def _simple(unit: str) -> list[str]:
    """The units of a product: people and days in `person-days`; none in a share."""
    head, _, time = unit.strip().partition("-")
    product = time and one_unit(head) == "people"
    parts = [one_unit(part) for part in ((head, time) if product else (unit,))]
    return [part for part in parts if part and part not in _PURE]


def _told(powers: Factors) -> str:
    """Powers as a unit is written: `USD per person-year`."""
    order = sorted(powers, key=lambda unit: (unit != "people", unit))
    above, below = (
        "-".join(unit for unit in order if powers[unit] * sign > 0).replace("people-", "person-")
        for sign in (1, -1)
    )
    if not below:
        return above or "a plain number"
    return f"{above or 'number'} per {'person' if below == 'people' else below}"


def _times(parts: Iterable[Factors]) -> Factors:
    found = Factors()
    for part in parts:
        found.update(part)
    return Factors({unit: n for unit, n in found.items() if n})


def _name_of(powers: Factors, kinds: list[_MeasureUnit]) -> str:
    """The unit with these powers: that of a factor, or a currency; '' if it has no name."""
    same = [kind.unit for kind in kinds if kind.factors == powers]
    return same[0] if same else next(iter(powers)) if _is_money(powers) else ""


def _is_money(powers: Factors) -> bool:
    return list(powers.values()) == [1] and is_currency(next(iter(powers)))


def _ratio(measure: Measure, kinds: list[_MeasureUnit]) -> _MeasureUnit:
    """Ratios of unlike measures are allowed; two amounts of money make a plain number."""
    above, below = kinds
    money = above.currencies and below.currencies
    factors = _factors(measure.unit)
    if factors is None and above.factors is not None and below.factors is not None:
        factors = _times([above.factors, Factors({u: -n for u, n in below.factors.items()})])
    return _MeasureUnit(measure.unit, factors, frozenset() if money else _costings(kinds))


def _costings(kinds: Iterable[_MeasureUnit]) -> frozenset[str]:
    return frozenset().union(*(kind.costings for kind in kinds))


def _remedy(one: _MeasureUnit, other: _MeasureUnit, name: str) -> str:
    own, others = one.currencies, other.currencies
    if own and others and own.keys() != others.keys():
        return (
            f"measure each apart, or bring `{name}` into {next(iter(own))} first: "
            f"`{{product: [{name}, RATE], unit: {one.told}}}`"
        )
    return "measure each apart, divide one by the other (`ratio`), or mend a `unit`"
