"""The bill: every payment of a scenario in every history, settled as its contract says.

The rules are in `docs/money.md`. Everything is computed over spans (see `spans`) within which no
price changes, and summed to reporting periods at the end, so reporting periods never affect a bill.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sojourn.arrays import Floats
from sojourn.errors import Problem, ResultsError
from sojourn.money.fees import at_least, priced, tier_prices, wings_open
from sojourn.money.prices import factors_of
from sojourn.money.spans import Spans, spans_of
from sojourn.money.uncertain_values import values
from sojourn.money.usage import Usage
from sojourn.results.periods import ReportingPeriods, reporting_periods
from sojourn.results.tables import Coded, build, constant, empty
from sojourn.results.totals import histories_of
from sojourn.results.views import Tables, connect
from sojourn.study.model.money import Money, Payment
from sojourn.study.model.study import StudyModel
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


def bill(study: StudyModel, scenario_name: str, draws: Draws, tables: Tables) -> pa.Table:
    """The table `money` of one scenario.

    `draws` gives the value of each uncertain quantity, by number of the draw; `tables` are result
    tables in memory or a folder of them, of which those of `READ` are used. Raises ResultsError if
    a payment needs a number that no table holds.
    """
    money = study.scenarios[scenario_name].money
    periods = reporting_periods(study.period)
    with connect(tables, READ) as connection:
        histories = histories_of(connection, scenario_name)
        usage = Usage(study.scenarios[scenario_name], connection, histories, study.period, draws)
        rows = [
            _rows(usage, periods, name, payment, money) for name, payment in money.payments.items()
        ]
    return pa.concat_tables([empty("money"), *rows]).unify_dictionaries().combine_chunks()


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


def _spans(payment: Payment, money: Money, usage: Usage) -> Spans:
    """The spans of a payment; a sum that is paid once has its day, if the study has it."""
    period = usage.period
    if BY_NAME[payment.basis].on_one_day:
        day = payment.start or period.start
        once = payment.model_copy(update={"start": day, "end": None})
        whole = spans_of(once, money, period)
        kept = slice(0, 1 if period.start <= day < period.end else 0)
        return Spans(
            whole.first[kept], whole.first[kept] + 1, whole.day[kept],
            whole.settlement[kept], whole.units[kept], whole.rises[kept],
        )  # fmt: skip
    return spans_of(payment, money, period)


def _rows(
    usage: Usage, periods: ReportingPeriods, name: str, payment: Payment, money: Money
) -> pa.Table:
    """A payment's rows of the table: one for each history and each period in which it runs."""
    check_payment(name, payment)
    spans = _spans(payment, money, usage)
    used = USED[payment.basis](usage, payment, spans, f"money.payments.{name}")
    factors = factors_of(payment, money, usage.draws, spans)
    nominal = used.amount * factors.nominal[usage.draw]
    real = nominal * factors.real[usage.draw]
    discounted = real * factors.discount[usage.draw]
    if used.first_day is not None:
        real_price = (factors.nominal * factors.real)[usage.draw]
        later = (factors.first_day - factors.discount)[usage.draw]
        discounted += used.first_day * real_price * later
    place = periods.index[spans.first]
    starts = np.flatnonzero(np.diff(place, prepend=-1))

    def by_period(amounts: Floats) -> Floats:
        if not len(starts):
            return np.zeros(0)
        return np.asarray(np.add.reduceat(amounts, starts, axis=1).ravel())

    histories, each = usage.histories, len(starts)
    rows = len(histories.draw) * each
    dates = np.asarray(periods.starts, dtype="datetime64[D]")
    return build(
        "money",
        {
            "scenario": constant(histories.scenario, rows),
            "draw": np.repeat(histories.draw, each),
            "replicate": np.repeat(histories.replicate, each),
            "period": Coded(np.tile(place[starts], len(histories.draw)), dates),
            "payment": constant(name, rows),
            "payer": constant(payment.payer, rows),
            "payee": constant(payment.payee, rows),
            "category": constant(payment.category, rows),
            "costing": constant(payment.costing or ANY, rows),
            "currency": constant(payment.currency, rows),
            "quantity": by_period(used.quantity),
            "unit": constant(BY_NAME[payment.basis].unit(payment.per), rows),
            "amount": by_period(nominal),
            "real": by_period(real),
            "discounted": by_period(discounted),
        },
    )
