"""Asks Z3 whether there is a case, within the remaining time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import z3

from sojourn.rules.meaning.z3_logic import Bit, term
from sojourn.rules.meaning.z3_terms import Symbols


class NotProven(Exception):  # noqa: N818  (an answer, not an error)
    """Neither proven nor refuted; the text says why."""


class TimeIsOver(NotProven):
    """Nor can anything more be asked."""


class Solver:
    """Looks for cases of one problem; `seconds` is the time for all its questions together."""

    def __init__(self, symbols: Symbols, seconds: float) -> None:
        self.symbols = symbols
        self._until = time.monotonic() + seconds
        self._seconds = seconds
        self._solver = z3.Solver()
        self._domain = 0

    @contextmanager
    def given(self, *bits: Bit) -> Iterator[None]:
        """Within, only cases for which these hold."""
        # Constraints on facts are added outside this context, so that they stay afterwards.
        self._tell()
        self._solver.push()
        domain = self._domain
        try:
            self._solver.add(*map(term, bits))
            yield
        finally:
            self._solver.pop()
            self._domain = min(self._domain, domain)

    def add(self, *bits: Bit) -> None:
        """From now on, only cases for which these hold."""
        self._tell()
        self._solver.add(*map(term, bits))

    def case(self, assumed: Iterable[z3.BoolRef] = ()) -> z3.ModelRef | None:
        """A case for which these literals hold too, or None if there is none.

        Raises `NotProven` if Z3 gives up or the time is over.
        """
        self._tell()
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeIsOver(f"the time of {self._seconds:g} s is over")
        self._solver.set("timeout", max(1, int(left * 1000)))
        found = self._solver.check(*assumed)
        if found == z3.sat:
            return self._solver.model()
        if found == z3.unsat:
            return None
        if time.monotonic() >= self._until:
            raise TimeIsOver(f"the time of {self._seconds:g} s is over")
        why = self._solver.reason_unknown()
        if "interrupt" in why:  # Z3 takes Ctrl-C for itself while it works
            raise KeyboardInterrupt
        raise NotProven(f"Z3 gave up: {why}")

    def core(self) -> list[z3.BoolRef]:
        """Some of the last assumed literals that no case meets."""
        return list(self._solver.unsat_core())

    def _tell(self) -> None:
        """Add the constraints on facts that came into use since."""
        self._solver.add(*self.symbols.domain[self._domain :])
        self._domain = len(self.symbols.domain)
