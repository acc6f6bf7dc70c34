"""Accounts of a study's history as rows, and the periods in which people are unaccounted for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sojourn.study.model.history import Account, CountKind
from sojourn.study.words.periods import calendar_ending

TOLERANCE = 0.01
"""Share of the stock: more people unaccounted for are told."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One period of one group of an account."""

    account: str
    group: str
    """Values of the columns that tell groups apart; empty if there are none."""
    period: str
    """In words: 1990, 1990-Q3 or 1990-09."""
    end: date
    """Its last day."""
    counts: dict[CountKind, float | None]
    unaccounted: float | None
    """N₋₁ + A − R − N: the stock before, with those who came and left, less the stock after.

    None where one of these is unknown, and at a break."""
    note: str
    """What is counted otherwise from this period on."""

    @property
    def share(self) -> float | None:
        """People unaccounted for, as a share of the stock."""
        stock = self.counts.get("stock")
        return None if self.unaccounted is None or not stock else self.unaccounted / stock

    @property
    def adds_up(self) -> bool:
        """Whether what is unaccounted for is small, or unknown."""
        return self.share is None or abs(self.share) <= TOLERANCE


def rows_of(history: dict[str, Account]) -> list[AccountRow]:
    """Every period of every account, by account, group and period."""
    return [row for name, account in history.items() for row in _rows(name, account)]


def period_words(account: Account, end: date) -> str:
    """The period that ends on this day, as the account's file would write it."""
    calendar = calendar_ending(end, account.months)
    return calendar.show(calendar.holding(end))


def _rows(name: str, account: Account) -> list[AccountRow]:
    found: list[AccountRow] = []
    for number, group in enumerate(account.groups):
        before: float | None = None
        for place, end in enumerate(account.ends):
            counts = {kind: each.values[number][place] for kind, each in account.counted.items()}
            stock, came, left = (counts.get(k) for k in ("stock", "admissions", "releases"))
            unaccounted = None
            if None not in (before, came, left, stock) and end not in account.breaks:
                assert before is not None and came is not None and left is not None
                assert stock is not None
                unaccounted = before + came - left - stock
            note, words = account.breaks.get(end, ""), period_words(account, end)
            found.append(AccountRow(name, ", ".join(group), words, end, counts, unaccounted, note))
            before = stock
    return found
