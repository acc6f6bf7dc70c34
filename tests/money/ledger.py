"""A ledger by the day in exact fractions, written from the rules of `docs/money.md` alone."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from fractions import Fraction


def by_day(contract, day_0, held, leaving, moves):
    """What each day costs, as date -> fraction.

    `contract` is a dictionary of the words of a payment with numbers as fractions; `held`,
    `leaving` and `moves` are people on each day of the study.
    """
    dates = [day_0 + dt.timedelta(days=n) for n in range(len(held))]
    first, end = contract.get("from") or day_0, contract.get("to") or dt.date.max
    inside = [n for n, day in enumerate(dates) if first <= day < end]
    groups = defaultdict(list)
    for n in inside:
        groups[settlement(contract, dates[n])].append(n)
    costs = {}
    history = []
    for days in groups.values():
        if contract["basis"] == "move":
            costs |= of_moves(contract, days, moves)
        elif contract["basis"] == "wing-time":
            costs |= of_wings(contract, days, dates, held, history)
        else:
            paid_days = [held[n] + (leaving[n] if contract.get("both ends") else 0) for n in days]
            costs |= of_people(contract, days, dates, paid_days)
    return {dates[n]: cost * factor(contract, day_0, dates[n]) for n, cost in costs.items()}


def settlement(contract, day):
    usual = {"day": "day", "month": "month", "year": "year", "person": "whole term"}
    if contract["basis"] == "wing-time":
        usual = dict.fromkeys(usual, "month")
    period = contract.get("settled") or usual[contract["per"]]
    return {
        "day": day,
        "month": (day.year, day.month),
        "quarter": (day.year, (day.month + 2) // 3),
        "year": day.year,
        "whole term": "all",
    }[period]


def unit(contract, day):
    """The share of the unit of time that a day is."""
    if contract["per"] == "month":
        return Fraction(1, calendar.monthrange(day.year, day.month)[1])
    if contract["per"] == "year":
        return Fraction(1, 366 if calendar.isleap(day.year) else 365)
    return Fraction(1)


def tiered(contract, number):
    """The price of a number of places or moves, each in its tier."""
    edges = [(Fraction(0), contract["amount"]), *contract.get("tiers", [])]
    total = Fraction(0)
    for place, (above, price) in enumerate(edges):
        top = edges[place + 1][0] if place + 1 < len(edges) else number
        total += max(min(number, top) - above, 0) * price
    return total


def of_people(contract, days, dates, paid_days):
    if not contract.get("minimum") and not contract.get("tiers"):
        return {
            n: people * contract["amount"] * unit(contract, dates[n])
            for n, people in zip(days, paid_days, strict=True)
        }
    average = Fraction(sum(paid_days)) / len(days)
    price = tiered(contract, max(average, contract.get("minimum") or 0))
    return {n: price * unit(contract, dates[n]) for n in days}


def of_moves(contract, days, moves):
    found, so_far = {}, Fraction(0)
    for n in days:
        found[n] = tiered(contract, so_far + moves[n]) - tiered(contract, so_far)
        so_far += moves[n]
    return found


def of_wings(contract, days, dates, held, history):
    """`history` holds the wings needed and open in the settlements before, the last last."""
    average = sum((Fraction(held[n]) for n in days), Fraction(0)) / len(days)
    needed = -((max(average - contract["above"], 0) / contract["places"]) // -1)
    kept = [need for need, _ in history[-contract["kept"] :]] if contract["kept"] else []
    number = max([needed, *kept])
    opened = max(number - (history[-1][1] if history else 0), 0)
    history.append((needed, number))
    found = {n: number * contract["amount"] * unit(contract, dates[n]) for n in days}
    found[days[0]] += opened * contract["opening"]
    return found


def years_since(anchor, day):
    """Birthdays of the anchor up to the day; that of 29 February is 1 March in common years."""
    years = 0
    step = 1 if day >= anchor else -1
    while True:
        later = birthday(anchor, years + (step if step > 0 else 0))
        if step > 0 and later > day:
            return years
        if step < 0 and birthday(anchor, years) <= day:
            return years
        years += step


def birthday(anchor, years):
    try:
        return anchor.replace(year=anchor.year + years)
    except ValueError:
        return dt.date(anchor.year + years, 3, 1)


def level(contract, day):
    """The price index on a day."""
    last_day, last = contract["index"][-1]
    if day >= last_day:
        return last * (1 + contract["then"]) ** years_since(last_day, day)
    return next(value for start, value in reversed(contract["index"]) if start <= day)


def level_of_year(contract, year):
    """Computed once for each contract and year."""
    known = contract.setdefault("levels of years", {})
    if year not in known:
        known[year] = mean_level(contract, year)
    return known[year]


def mean_level(contract, year):
    days = [dt.date(year, 1, 1) + dt.timedelta(days=n) for n in range(366)]
    days = [day for day in days if day.year == year]
    return sum(level(contract, day) for day in days) / len(days)


def factor(contract, day_0, day):
    """What a price is multiplied by on a day: its escalator, or else the price index."""
    year = contract.get("price year")
    if contract.get("escalator") is not None:
        anchor = contract.get("from") or day_0
        if year:
            anchor = birthday(anchor, year - anchor.year)
        return (1 + contract["escalator"]) ** years_since(anchor, day)
    if year and contract.get("index"):
        return level(contract, day) / level_of_year(contract, year)
    return Fraction(1)


def real(contract, costs):
    """The same costs in the prices of the index's year."""
    base = level_of_year(contract, contract["base"])
    return {day: cost * base / level(contract, day) for day, cost in costs.items()}
