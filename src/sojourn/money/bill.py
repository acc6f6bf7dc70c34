"""The bill: every payment of a scenario in every history, settled as its contract says.

The rules are in `docs/money.md`. Everything is computed over spans (see `spans`) within which no
price changes, and summed to reporting periods at the end, so reporting periods never affect a bill.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sojourn.arrays import Floats, Ints, algebra_on_one_thread
from sojourn.errors import Problem, ResultsError
from sojourn.money.fees import at_least, priced, tier_prices, wings_open
from sojourn.money.prices import Factors, factors_of
from sojourn.money.spans import Spans, spans_of
from sojourn.money.uncertain_values import values
from sojourn.money.usage import Asked, Usage
from sojourn.results.periods import ReportingPeriods, reporting_periods
from sojourn.results.tables import Coded, build, constant, empty
from sojourn.results.totals import Histories, histories_of
from sojourn.results.views import Tables, connect
from sojourn.study.contract_days import anchor_of, billed_by_day
from sojourn.study.model.money import Money, Payment
from sojourn.study.model.study import Period, StudyModel
from sojourn.study.payment_bases import BY_NAME, BasisName, belongs_to
from sojourn.uncertainty.draws import Draws

ANY = "any"
"""The costing of a payment that is part of either."""


@dataclass(frozen=True, slots=True)
class Used:
    """Quantity, and its price before escalator and index, [history, span]."""

    quantity: Floats
    amount: Floats
    first_day: Floats | None = None
    """Of the amount, what is paid on the first day of its span."""


READ = ("histories", "custody", "custody_days", "moves", "groups")
"""The tables from which a bill is computed."""


@algebra_on_one_thread()
def bill(
    study: StudyModel, scenario_name: str, draws: Draws, tables: Tables, asked: Asked | None = None
) -> pa.Table:
    """The table `money` of one scenario.

    `draws` gives the value of each uncertain quantity, by number of the draw; `tables` are result
    tables in memory or a folder of them, of which those of `READ` are used; `asked` keeps their
    answers for the scenario's next bill. Raises ResultsError if a payment needs a number that no
    table holds.
    """
    scenario, periods = study.scenarios[scenario_name], reporting_periods(study.period)
    with connect(tables, READ) as connection:
        histories = histories_of(connection, scenario_name)
        usage = Usage(
            scenario, connection, histories, study.period, draws, {} if asked is None else asked
        )
        terms = _Terms(usage, scenario.money)
        bills = [
            _paid(usage, terms, periods, name, payment)
            for name, payment in scenario.money.payments.items()
        ]
    return _table(histories, periods, bills) if bills else empty("money")


def check_payment(name: str, payment: Payment) -> None:
    """Refuse what has no meaning: a minimum where nobody is counted, places that are missing."""
    path, basis = f"money.payments.{name}", BY_NAME[payment.basis]
    given = {"minimum": payment.minimum, "tiers": payment.tiers, "wing": payment.wing}
    for key, value in given.items():
        if value and key not in basis.takes:
            raise ResultsError(Problem(belongs_to(key), path=path))
    for key, example in basis.needs:
        if getattr(payment, key) is None:
            fix = f"Write `{key}: {example}`."
            raise ResultsError(Problem(f"`{key}` is missing", fix, path=path))


def _by_calendar(usage: Usage, payment: Payment, spans: Spans, _path: str) -> Used:
    """Places, or one, for the time of each span; a sum that is paid once, once."""
    count = values(payment.places, usage.draws, 1.0)[usage.draw]
    units = np.ones(1) if BY_NAME[payment.basis].on_one_day else spans.units
    quantity = count[:, None] * units
    return Used(quantity, quantity * values(payment.amount, usage.draws, 0.0)[usage.draw][:, None])


def _person_time(usage: Usage, payment: Payment, spans: Spans, path: str) -> Used:
    """Settled by day, unless a minimum or tiers apply to the average of a settlement."""
    bounds, prices = (each[:, usage.draw] for each in tier_prices(payment, usage.draws))
    held = usage.person_days(payment, spans, path)
    if not payment.by_average:
        quantity = held / spans.days * spans.units
        return Used(quantity, quantity * prices[0][:, None])
    minimum = values(payment.minimum, usage.draws, 0.0)[usage.draw]
    paid = at_least(_average(held, spans), minimum)
    a_unit = priced(paid, bounds, prices)
    return Used(paid[:, spans.settlement] * spans.units, a_unit[:, spans.settlement] * spans.units)


def _average(person_days: Floats, spans: Spans) -> Floats:
    """People held on average in each settlement [history, settlement]."""
    if not len(spans.first):
        return person_days
    starts = spans.settlement_starts
    days = np.add.reduceat(spans.days, starts)
    return np.asarray(np.add.reduceat(person_days, starts, axis=1) / days)


def _wings(usage: Usage, payment: Payment, spans: Spans, path: str) -> Used:
    """Wings by the time that they are open, and what their openings cost."""
    wing = payment.wing
    assert wing is not None
    draws, draw = usage.draws, usage.draw
    people = _average(usage.person_days(payment, spans, path), spans)
    above = values(wing.above, draws, 0.0)[draw]
    number = wings_open(people, values(wing.places, draws, 1.0)[draw], above, wing.kept)
    quantity = number[:, spans.settlement] * spans.units
    amount = quantity * values(payment.amount, draws, 0.0)[draw][:, None]
    opened = np.maximum(np.diff(number, axis=1, prepend=0.0), 0.0)
    opening = values(wing.opening, draws, 0.0)[draw]
    first_day = np.zeros_like(amount)
    first_day[:, spans.settlement_starts] = opened * opening[:, None]
    return Used(quantity, amount + first_day, first_day)


def _moves(usage: Usage, payment: Payment, spans: Spans, path: str) -> Used:
    """Moves; the number so far in a settlement decides the tier of the next."""
    bounds, prices = (each[:, usage.draw] for each in tier_prices(payment, usage.draws))
    people = usage.moves(payment, spans, path)
    amount = np.zeros_like(people)
    for number in range(len(spans.settlement_starts)):
        own = spans.settlement == number
        so_far = priced(np.cumsum(people[:, own], axis=1), bounds, prices)
        amount[:, own] = np.diff(so_far, axis=1, prepend=0.0)
    return Used(people, amount)


USED: dict[BasisName, Callable[[Usage, Payment, Spans, str], Used]] = {
    "person-time": _person_time,
    "wing-time": _wings,
    "move": _moves,
    "place-time": _by_calendar,
    "time": _by_calendar,
    "once": _by_calendar,
}
"""What is paid for in each span, and for how much, by what a payment is for."""


class _Terms:
    """Spans of payments and the factors of their amounts, made once for all that are alike."""

    def __init__(self, usage: Usage, money: Money) -> None:
        self._usage, self._money = usage, money
        self._spans: dict[Hashable, Spans] = {}
        self._factors: dict[Hashable, Factors] = {}

    def spans(self, payment: Payment) -> Spans:
        """The spans of a payment; a sum that is paid once has its day, if the study has it."""
        money, period = self._money, self._usage.period
        once = BY_NAME[payment.basis].on_one_day
        key = (
            once, payment.start, payment.end, payment.per, payment.settlement,
            billed_by_day(payment, period), anchor_of(payment, money, period.start),
        )  # fmt: skip
        if key not in self._spans:
            made = _one_day if once else spans_of
            self._spans[key] = made(payment, money, period)
        return self._spans[key]

    def factors(self, payment: Payment, spans: Spans) -> Factors:
        """The factors of its amounts, [history, span]."""
        key = (spans, payment.escalator, payment.price_year)
        if key not in self._factors:
            found = factors_of(payment, self._money, self._usage.draws, spans)
            self._factors[key] = Factors(*(each[self._usage.draw] for each in found))
        return self._factors[key]


def _one_day(payment: Payment, money: Money, period: Period) -> Spans:
    """The day on which a sum is paid once, if the study has it."""
    day = payment.start or period.start
    whole = spans_of(payment.model_copy(update={"start": day, "end": None}), money, period)
    kept = slice(0, 1 if period.start <= day < period.end else 0)
    return Spans(
        whole.first[kept], whole.first[kept] + 1, whole.day[kept],
        whole.settlement[kept], whole.units[kept], whole.rises[kept],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Paid:
    """What a payment comes to."""

    name: str
    payment: Payment
    place: Ints
    """The reporting periods in which it runs."""
    sums: Mapping[str, Floats]
    """Columns of the table [history, period]."""


def _paid(
    usage: Usage, terms: _Terms, periods: ReportingPeriods, name: str, payment: Payment
) -> _Paid:
    check_payment(name, payment)
    spans = terms.spans(payment)
    used = USED[payment.basis](usage, payment, spans, f"money.payments.{name}")
    factors = terms.factors(payment, spans)
    nominal = used.amount * factors.nominal
    real = nominal * factors.real
    discounted = real * factors.discount
    if used.first_day is not None:
        later = factors.first_day - factors.discount
        discounted += used.first_day * (factors.nominal * factors.real) * later
    place = periods.index[spans.first]
    starts = np.flatnonzero(np.diff(place, prepend=-1))

    def by_period(amounts: Floats) -> Floats:
        if not len(starts):
            return np.zeros((len(amounts), 0))
        return np.asarray(np.add.reduceat(amounts, starts, axis=1))

    sums = {"quantity": used.quantity, "amount": nominal, "real": real, "discounted": discounted}
    return _Paid(name, payment, place[starts], {column: by_period(sums[column]) for column in sums})


def _table(histories: Histories, periods: ReportingPeriods, bills: Sequence[_Paid]) -> pa.Table:
    """The rows of all payments: one for each history and each period in which it runs."""
    number, each = len(histories.draw), [len(bill.place) for bill in bills]
    rows = np.multiply(each, number)

    def text(label_of: Callable[[_Paid], str]) -> Coded:
        labels = [label_of(bill) for bill in bills]
        distinct = list(dict.fromkeys(labels))
        return Coded(np.repeat([distinct.index(label) for label in labels], rows), distinct)

    def of_history(numbers: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        return np.concatenate([np.repeat(numbers, count) for count in each])

    places = np.concatenate([np.tile(bill.place, number) for bill in bills])
    sums = {
        column: np.concatenate([bill.sums[column].ravel() for bill in bills])
        for column in bills[0].sums
    }
    return build(
        "money",
        {
            "scenario": constant(histories.scenario, int(rows.sum())),
            "draw": of_history(histories.draw),
            "replicate": of_history(histories.replicate),
            "period": Coded(places, np.asarray(periods.starts, dtype="datetime64[D]")),
            "payment": text(lambda bill: bill.name),
            "payer": text(lambda bill: bill.payment.payer),
            "payee": text(lambda bill: bill.payment.payee),
            "category": text(lambda bill: bill.payment.category),
            "costing": text(lambda bill: bill.payment.costing or ANY),
            "currency": text(lambda bill: bill.payment.currency),
            "unit": text(lambda bill: BY_NAME[bill.payment.basis].unit(bill.payment.per)),
            **sums,
        },
    )
