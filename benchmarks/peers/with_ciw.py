"""The works in Ciw: a network of nodes, with reneging before the places."""

from __future__ import annotations

from typing import Any

import ciw
from daybook import Daybook, Stays, main


class Draws(ciw.dists.Distribution):
    """Whole-day stays of a node."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    def sample(self, t: Any = None, ind: Any = None) -> int:
        return self.draw(ind)


class Router(ciw.routing.NodeRouting):
    """Where a person goes after a node."""

    def __init__(self, choose: Any) -> None:
        self.choose = choose

    def next_node(self, ind: Any) -> Any:
        return self.simulation.nodes[self.choose(ind)]

    def next_node_for_jockeying(self, ind: Any) -> Any:
        return self.simulation.nodes[-1]


def _run(network: Any, days: int, seed: int) -> list[Any]:
    """Records of every visit to a node, those not yet over among them, person by person."""
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(days)
    return simulation.get_all_records(only=["service", "renege"], include_incomplete=True)


def _day(date: Any, days: int) -> int:
    """The day of a date; the first one after the end, if that is not reached."""
    return days if date is None else min(days, int(date))


def flow(daily: float, days: int, seed: int) -> Daybook:
    stays, book = Stays(seed), Daybook(days, ("held", "free"))
    held = stays.lognormal(180, 180)
    infinite = float("inf")
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(daily), None],
        service_distributions=[
            Draws(lambda _: held()),
            Draws(lambda _: stays.exponential(365)),
        ],
        number_of_servers=[infinite, infinite],
        routing=[[0.0, 0.35], [1.0, 0.0]],
    )
    last = -1
    for record in _run(network, days, seed):
        came, left = _day(record.arrival_date, days), _day(record.exit_date, days)
        if record.id_number != last and came < days:
            last = record.id_number
            book.move(came, "admitted", None, None)
        if record.node == 1:
            _spell(book, came, left, "held", "free" if record.destination == 2 else "out")
        else:
            _spell(book, came, left, "free", "held")
    return book


def capacity(daily: float, days: int, seed: int, places: int) -> Daybook:
    stays, book = Stays(seed), Daybook(days, ("review", "stayed", "waiting", "held"))
    stayed, held, uniform = stays.lognormal(60, 60), stays.lognormal(180, 180), stays.uniform
    infinite = float("inf")

    def review(person: Any) -> int:
        petition = stays.exponential(7) if uniform() < 0.2 else 15
        person.petitions = petition <= 14
        return min(14, petition)

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(daily), None, None],
        service_distributions=[
            Draws(review),
            Draws(lambda _: stayed()),
            Draws(lambda _: held()),
        ],
        number_of_servers=[infinite, infinite, places],
        routing=ciw.routing.NetworkRouting(
            routers=[
                Router(lambda person: 2 if person.petitions else 3),
                Router(lambda _: 3 if uniform() < 0.5 else -1),
                Router(lambda _: -1),
            ]
        ),
        reneging_time_distributions=[None, None, ciw.dists.Deterministic(180)],
    )
    last = -1
    for record in _run(network, days, seed):
        came, left = _day(record.arrival_date, days), _day(record.exit_date, days)
        if record.id_number != last and came < days:
            last = record.id_number
            book.move(came, "admitted", None, None)
        if record.node == 1:
            _spell(book, came, left, "review", "stayed" if record.destination == 2 else "waiting")
        elif record.node == 2:
            _spell(book, came, left, "stayed", "waiting" if record.destination == 3 else "out")
        elif record.record_type == "renege":
            _spell(book, came, left, "waiting", "out")
        else:
            served = _day(record.service_start_date, days)
            _spell(book, came, served, "waiting", "held")
            if served < days:
                _spell(book, served, left, "held", "out")
    return book


def _spell(book: Daybook, came: int, left: int, state: str, then: str) -> None:
    """Someone was in the state from one day to the other, and went on to the next."""
    if came >= book.days:
        return
    book.change[state][came] += 1
    if left < book.days:
        book.move(left, f"{state} > {then}", state, None)


if __name__ == "__main__":
    main(flow, capacity)
