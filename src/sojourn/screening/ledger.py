"""The ledger of a cohort: what was asked about it, and whether more may be.

Noise protects a person only as long as few questions are answered: the mean of many answers is
exact. So each new question takes something from what is allowed, and when that is used up, no
other question is answered.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import takewhile
from math import ceil, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

from sojourn.disk.faults import problem_of
from sojourn.disk.lock import HeldError, Lock, NoLocksError
from sojourn.disk.whole import put_file, staged, write_text
from sojourn.errors import Problem, SojournError

MOST_RIGHT = 0.75
"""How often an attacker is right about a person's facts who asks all that is allowed and knows
everybody else's facts; a guess is right half the time."""

ALLOWED = (2 * NormalDist().inv_cdf(MOST_RIGHT)) ** 2
"""The sum, over all answers, of (the most that a person changes them / their noise) squared.

The best test between two normal distributions of equal spread, whose means lie d spreads apart, is
right with probability Φ(d/2). Answers chosen by what earlier ones said are together no better than
one with the sum of the squares (Dong, Roth and Su 2022, corollary 2; for costs that are chosen on
the way too, Smith and Thakurta 2022).
"""

FORMAT = "sojourn ledger"
_ABOUT = (
    "What was asked about one cohort, and the secret of its noise. Keep it as the cohort is kept, "
    "and publish neither. Without it, the counts that were published protect less."
)
_WAIT = 10.0
"""Seconds to wait for another screening that writes into the ledger."""


@dataclass(frozen=True, slots=True)
class Charge:
    """An answer that may be given."""

    key: bytes
    """Of its noise: the same question and the same exact counts have the same."""
    used: float
    """Share of what is allowed that is used up now, from 0 to 1."""


def charge(place: Path, asked: str, exact: str, changed: int, base: int) -> Charge:
    """Enter a question into the ledger, which is made if there is none.

    `asked` is the question, `exact` its exact answer, `changed` the most that one person changes
    it (sum of squares), `base` the standard deviation of its noise. The same question with the same
    answer costs nothing. Raises `SojournError` if less is left than the question costs, or the
    ledger cannot be read or written.
    """
    cost = changed / base**2
    with _locked(place):
        ledger = _read(place)
        key = blake2b(
            f"{asked}\n{exact}".encode(), key=bytes.fromhex(ledger["secret"]), digest_size=32
        )
        # The key gives the noise away, so the ledger names the question by a digest of it.
        name = blake2b(key.digest(), digest_size=16).hexdigest()
        used = sum(float(one["cost"]) for one in ledger["asked"])
        if all(one["answer"] != name for one in ledger["asked"]):
            if used + cost > ALLOWED:
                raise SojournError(_used_up(place, used, changed))
            used += cost
            day = datetime.now(UTC).date().isoformat()
            # Not rounded: many answers with much noise are together as exact as a few with little.
            ledger["asked"].append({"answer": name, "on": day, "cost": cost})
            _write(place, ledger)
    return Charge(key.digest(), used / ALLOWED)


def _used_up(place: Path, used: float, changed: int) -> Problem:
    left = max(0.0, ALLOWED - used)
    larger = ceil(sqrt(changed / left)) * 2 if left > ALLOWED / 1000 else None
    again = f"ask with --smallest {larger} or more, " if larger and larger < 10_000 else ""
    return Problem(
        f"{used / ALLOWED:.0%} of what may be asked about this cohort is used, and this question "
        "would take more than the rest",
        f"{again}repeat what was asked before, which is free, or read exact counts yourself "
        "(--smallest 0) and publish none of them",
        str(place),
    )


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Hold the ledger alone."""
    file = place.with_name(f".{place.name}.lock")
    until = time.monotonic() + _WAIT
    while True:
        try:
            lock = Lock(file)
            break
        except HeldError as error:
            if time.monotonic() > until:
                raise SojournError(
                    Problem(f"the ledger is in use by {error}", "wait for it", str(place))
                ) from error
            time.sleep(0.05)
        except NoLocksError as error:
            raise SojournError(
                Problem("its file system has no locks", _ELSEWHERE, str(place))
            ) from error
        except OSError as error:
            what = "the ledger of the cohort cannot be written"
            raise SojournError(problem_of(error, what, place, _ELSEWHERE)) from error
    try:
        yield
    finally:
        with suppress(OSError):  # as where an open file cannot be removed
            file.unlink()
        lock.release()


_ELSEWHERE = "name a place that can be written with --ledger FILE"


def _read(place: Path) -> dict[str, Any]:
    try:
        text = place.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {"format": FORMAT, "about": _ABOUT, "secret": secrets.token_hex(32), "asked": []}
    except (OSError, UnicodeDecodeError) as error:
        reason = error if isinstance(error, OSError) else OSError(str(error))
        raise SojournError(problem_of(reason, "the ledger cannot be read", place)) from error
    try:
        found: dict[str, Any] = json.loads(text)
        ours = (
            found["format"] == FORMAT
            and len(bytes.fromhex(found["secret"])) == 32
            and all(float(one["cost"]) > 0 and str(one["answer"]) for one in found["asked"])
        )
    except (ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise SojournError(
            Problem("this is no ledger of a cohort", "name another with --ledger FILE", str(place))
        )
    return found


def _write(place: Path, ledger: dict[str, Any]) -> None:
    try:
        with staged(place) as stage:
            made = stage / "ledger"
            write_text(made, json.dumps(ledger, indent=2) + "\n")
            made.chmod(0o600)
            put_file(made, place)
    except OSError as error:
        what = "the ledger of the cohort cannot be written"
        raise SojournError(problem_of(error, what, place, _ELSEWHERE)) from error


def ledger_of(cohort: str) -> Path | None:
    """Where the ledger of a cohort lies unless it is named: beside its file or folder.

    For a pattern, beside the folder before the first sign of the pattern. None for an address that
    is no path.
    """
    if "://" in cohort:
        return None
    place = Path(cohort)
    if not place.exists():
        fixed = takewhile(lambda part: not set("*?[") & set(part), place.parts)
        place = Path(*fixed)
    whole = Path(os.path.realpath(place))
    return whole.with_name(f"{whole.name or 'cohort'}.ledger.json")
