"""The bill: every payment of a scenario in every history, period by period.

Conventions: people and days are billed on the reporting period's average where a contract begins
or ends within it; a guaranteed minimum and tiers of places are settled by reporting period, tiers
of moves over the payment's whole life; discounting is from the middle of the billed days.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sojourn.errors import Problem, ResultsError
from sojourn.money.fees import at_least, priced, tier_prices
from sojourn.money.prices import Draws, discounts, rise, spans_of, sum_by_period, values
from sojourn.results.periods import ReportingPeriods, reporting_periods
from sojourn.results.quantities import Histories, groups_where, histories_of, used
from sojourn.results.source import Tables, connect, listed
from sojourn.results.tables import Coded, build, constant, empty
from sojourn.study.model import Money, Payment, Study

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """One payment: quantity and amount [history, billed period], `period` and `day` [period]."""

    quantity: Floats
    amount: Floats
    period: npt.NDArray[np.int64]
    day: Floats
    """From day 0, for discounting."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What every payment of a scenario is computed from."""

    connection: duckdb.DuckDBPyConnection
    histories: Histories
    periods: ReportingPeriods
    draws: Draws

    @property
    def draw(self) -> npt.NDArray[np.int64]:
        """Place in `draws` of each history's draw."""
        place = {number: at for at, number in enumerate(self.draws)}
        return np.asarray([place[number] for number in self.histories.draw.tolist()], np.int64)


def bill(study: Study, scenario_name: str, draws: Draws, tables: Tables) -> pa.Table:
    """The table `money` of one scenario.

    `draws` gives the value of each uncertain quantity, by number of the draw; `tables` are result
    tables in memory or a folder of them, of which `histories`, `census`, `flows` and `groups` are
    read. Raises ResultsError if a payment asks for what the tables do not tell.
    """
    money = study.scenarios[scenario_name].money
    with connect(tables) as connection:
        ledger = Ledger(
            connection,
            histories_of(connection, scenario_name),
            reporting_periods(study.period),
            draws,
        )
        lines = []
        for name, payment in money.payments.items():
            check_payment(name, payment)
            lines.append(_rows(ledger, name, payment, _line(ledger, payment), money))
    return pa.concat_tables([empty("money"), *lines]).unify_dictionaries().combine_chunks()


def check_payment(name: str, payment: Payment) -> None:
    """Refuse what has no meaning: a minimum or tiers where nothing is counted."""
    path = f"money.payments.{name}"
    if payment.minimum is not None and payment.basis not in ("person-time", "place-time"):
        raise ResultsError(
            Problem(
                "a guaranteed minimum is in places",
                "Bill by `person-year in STATE`, or by month or day.",
                path=path,
            )
        )
    if payment.tiers and payment.basis in ("time", "once"):
        raise ResultsError(Problem("tiers need people or places to count", path=path))
    if payment.basis == "place-time" and payment.places is None:
        raise ResultsError(Problem("`places` is missing", "Write `places: 300 places`.", path=path))


def _line(ledger: Ledger, payment: Payment) -> Line:
    if payment.basis == "once":
        return _once(ledger, payment)
    if payment.basis == "move":
        return _moves(ledger, payment)
    return _time(ledger, payment)


def _time(ledger: Ledger, payment: Payment) -> Line:
    """People, contracted places, or the calendar alone (one of it), for a time."""
    spans = spans_of(payment, ledger.periods)
    count = len(ledger.periods.starts)
    places = _places(ledger, payment)
    places = at_least(places, values(payment.minimum, ledger.draws, 0.0)[ledger.draw])
    bounds, prices = tier_prices(payment, ledger.draws)
    per_place = priced(places, bounds[:, ledger.draw], prices[:, ledger.draw])
    units = sum_by_period(spans, spans.units, count)
    risen = rise(payment, ledger.draws, spans.rises) * spans.units
    amount = per_place * sum_by_period(spans, risen, count)[ledger.draw]
    return _billed(ledger, payment, places * units, amount)


def _places(ledger: Ledger, payment: Payment) -> Floats:
    """Average number of places [history, period]."""
    shape = (len(ledger.histories.draw), len(ledger.periods.starts))
    if payment.basis == "time":
        return np.ones(shape)
    if payment.basis == "place-time":
        places = values(payment.places, ledger.draws, 0.0)[ledger.draw]
        return np.broadcast_to(places[:, None], shape)
    condition = f"state in {listed(payment.states)}"
    return _used(ledger, payment, "census", "person_days", condition) / ledger.periods.days


def _moves(ledger: Ledger, payment: Payment) -> Line:
    spans = spans_of(payment, ledger.periods)
    count = len(ledger.periods.starts)
    days = sum_by_period(spans, spans.days, count)
    condition = f"transition in {listed(payment.transitions)}"
    people = _used(ledger, payment, "flows", "people", condition) * days / ledger.periods.days
    bounds, prices = tier_prices(payment, ledger.draws)
    so_far = priced(np.cumsum(people, axis=1), bounds[:, ledger.draw], prices[:, ledger.draw])
    amount = np.diff(so_far, axis=1, prepend=0.0)
    risen = rise(payment, ledger.draws, spans.rises) * spans.days
    average = sum_by_period(spans, risen, count) / np.maximum(days, 1.0)
    return _billed(ledger, payment, people, amount * average[ledger.draw])


def _once(ledger: Ledger, payment: Payment) -> Line:
    periods = ledger.periods
    day = ((payment.start or periods.starts[0]) - periods.starts[0]).days
    rows = len(ledger.histories.draw)
    if not 0 <= day < len(periods.index):  # paid before or after the days of the study
        return Line(np.zeros((rows, 0)), np.zeros((rows, 0)), np.zeros(0, np.int64), np.zeros(0))
    amount = values(payment.amount, ledger.draws, 0.0)[ledger.draw]
    return Line(np.ones((rows, 1)), amount[:, None], periods.index[[day]], np.asarray([float(day)]))


def _used(ledger: Ledger, payment: Payment, table: str, column: str, condition: str) -> Floats:
    where = groups_where(ledger.connection, payment.where)
    return used(
        ledger.connection,
        ledger.histories,
        ledger.periods,
        table=table,
        column=column,
        condition=f"{condition} and {where}",
    )


def _billed(ledger: Ledger, payment: Payment, quantity: Floats, amount: Floats) -> Line:
    """Keep the periods in which the payment runs, and find the middle of its days in each."""
    periods = ledger.periods
    start = payment.start or periods.starts[0]
    end = payment.end or periods.end
    first = np.maximum(periods.first, (start - periods.starts[0]).days)
    last = np.minimum(periods.first + periods.days, (end - periods.starts[0]).days)
    period = np.flatnonzero(last > first)
    return Line(quantity[:, period], amount[:, period], period, (first + last)[period] / 2.0)


def _rows(ledger: Ledger, name: str, payment: Payment, line: Line, money: Money) -> pa.Table:
    histories, rows = ledger.histories, line.amount.size
    factor = discounts(money.discount_rate, ledger.draws, line.day)[ledger.draw]
    dates = np.asarray(ledger.periods.starts, dtype="datetime64[D]")
    each = len(line.period)
    return build(
        "money",
        {
            "scenario": constant(histories.scenario, rows),
            "draw": np.repeat(histories.draw, each),
            "replicate": np.repeat(histories.replicate, each),
            "period": Coded(np.tile(line.period, len(histories.draw)), dates),
            "payment": constant(name, rows),
            "payer": constant(payment.payer, rows),
            "payee": constant(payment.payee, rows),
            "category": constant(payment.category, rows),
            "currency": constant(payment.currency, rows),
            "quantity": line.quantity.ravel(),
            "unit": constant(unit_of(payment), rows),
            "amount": line.amount.ravel(),
            "discounted": (line.amount * factor).ravel(),
        },
    )


def unit_of(payment: Payment) -> str:
    """Unit of the quantity: person-year, place-month, person, month, once."""
    if payment.basis == "person-time":
        return f"person-{payment.per}"
    if payment.basis == "place-time":
        return f"place-{payment.per}"
    return "person" if payment.basis == "move" else payment.per
