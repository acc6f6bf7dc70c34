"""The queries of a screening: one counts all rows in groups, one gives the outcome of each row.

An engine sees SQL only: the query types the columns, evaluates each rule once, and packs the
results of the rules into whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol, Self

from sojourn.rules.agreement.conditions import CheckedRule, places
from sojourn.rules.meaning.sql import to_sql
from sojourn.screening.cohort import CohortColumn
from sojourn.screening.cohort_columns import Choices, Door
from sojourn.study.sql_dialects import Dialect

if TYPE_CHECKING:
    from numpy.typing import NDArray

RULES_IN_WORD = 15
"""Rules in one 32-bit word: 15 bits for failed, 15 for undetermined; short words combine fast."""
FACTS_IN_WORD = 62
"""Facts in one word; in the first word, the next higher bit marks refused rows."""

ELIGIBLE, BARRED, REFERRED = "eligible", "barred", "referred"


class Engine(Protocol):
    """The engine that reads the rows."""

    dialect: Dialect
    place: str
    columns: tuple[CohortColumn, ...]
    file: str
    """SQL of a row's file, over `numbered`."""
    row: str | None
    """SQL of a row's number in its file, from 1, over `numbered`; None if rows have none."""

    def __enter__(self) -> Self:
        """Keep it open."""

    def __exit__(self, *_: object) -> None:
        """Close it."""

    @property
    def progress(self) -> float | None:
        """Progress of the running query, from 0 to 1; None if unknown."""

    @property
    def source(self) -> str:
        """The rows, to be read from."""

    @property
    def numbered(self) -> str:
        """The rows with their places."""

    def fingerprint(self) -> str:
        """A digest of all that the cohort holds: another if anything in it is."""

    def fetch(self, query: str) -> Mapping[str, NDArray[Any]]:
        """The columns of an answer."""

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """The rows of a short answer."""

    def line(self, file: str, row: int) -> int | None:
        """The line on which a row stands in its file, if that is known."""

    def write(self, query: str, target: str) -> None:
        """Stream an answer into Parquet, which appears complete or not at all."""


def _whole(number: int, kind: str = "INTEGER") -> str:
    # With a type that both engines know and that sums of bits do not change.
    return f"CAST({number} AS {kind})"


def _either(parts: Sequence[str]) -> str:
    return " | ".join(parts) if parts else _whole(0)


def words(count: int, size: int) -> range:
    """Indices of the words that this many items of this size need."""
    return range(max(1, -(-count // size)))


def _masked(
    engine: Engine,
    rules: Sequence[CheckedRule],
    needed: Sequence[str],
    door: Door,
    source: str,
    kept: Sequence[str],
    every: bool = False,
) -> str:
    """The query whose rows have `word 0`… beside the facts and the columns `kept` (SQL).

    The upper bits of a word mark the undetermined rules that refer, or `every` undetermined rule.

    Three steps, each named once: the facts as typed, the rules, and the words.
    """
    dialect = engine.dialect
    name = dialect.identifier
    values = [f"{door.facts[fact].value} AS {name(fact)}" for fact in needed]
    step = f"SELECT {', '.join([*values, *kept])} FROM {source}"
    truths = [
        f"{to_sql(checked.met, dialect)} AS {name(f'met {at}')}" for at, checked in enumerate(rules)
    ]
    step = f"SELECT {', '.join(['*', *truths])} FROM ({step}) AS cohort"
    packed = []
    for word in words(len(rules), RULES_IN_WORD):
        here = list(enumerate(rules))[word * RULES_IN_WORD : (word + 1) * RULES_IN_WORD]
        parts = [
            f"CASE {name(f'met {at}')} WHEN TRUE THEN {_whole(0)} "
            f"WHEN FALSE THEN {_whole(1 << at % RULES_IN_WORD)} "
            f"ELSE {_if_unknown(checked, at % RULES_IN_WORD, every)} END"
            for at, checked in here
        ]
        packed.append(f"{_either(parts)} AS {name(f'word {word}')}")
    return f"SELECT *, {', '.join(packed)} FROM ({step}) AS judged"


def _if_unknown(checked: CheckedRule, place: int, every: bool) -> str:
    failed = 1 << place if checked.rule.if_unknown == "fail" else 0
    undetermined = 1 << place + RULES_IN_WORD if every or checked.refers else 0
    return _whole(failed | undetermined)


def grouped(
    engine: Engine,
    rules: Sequence[CheckedRule],
    needed: Sequence[str],
    door: Door,
    choices: Choices,
) -> str:
    """The counting query: rows grouped by the results of the rules and by missing facts."""
    name = engine.dialect.identifier
    readings = [reading for reading in (*door.facts.values(), *door.others) if reading.wrong]
    # One choice for all: what the first tests refuse, the others need not look at.
    refused = " OR ".join(f"({reading.wrong})" for reading in readings) or "FALSE"
    kept = [f"CASE WHEN {refused} THEN TRUE ELSE FALSE END AS {name('values refused')}"]
    kept += [f"{day} AS {name(f'day {at}')}" for at, day in enumerate(door.births.values())]
    kept += [f"{door.weight} AS {name('row weight')}"] if door.weight else []
    if choices.by:
        text = engine.dialect.text
        kept.append(f"CAST({door.facts[choices.by].value} AS {text}) AS {name('group value')}")
    step = _masked(engine, rules, needed, door, engine.source, kept, every=True)
    keys = [f"word {word}" for word in words(len(rules), RULES_IN_WORD)]
    wanting = _wanting(engine, rules, needed)
    keys += [f"wanting {word}" for word in range(len(wanting))]
    step = f"SELECT *, {', '.join(wanting)} FROM ({step}) AS masked"
    keys += ["group value"] if choices.by else []
    sums = [f"count(*) AS {name('row count')}"]
    if door.weight:
        sums.append(f"CAST(sum({name('row weight')}) AS BIGINT) AS {name('people count')}")
    for at in range(len(door.births)):
        day = name(f"day {at}")
        sums.append(f"min({day}) AS {name(f'first {at}')}, max({day}) AS {name(f'last {at}')}")
    listed = ", ".join(map(name, keys))
    return f"SELECT {listed}, {', '.join(sums)} FROM ({step}) AS counted GROUP BY {listed}"


def _wanting(engine: Engine, rules: Sequence[CheckedRule], needed: Sequence[str]) -> list[str]:
    """The undocumented facts that the undetermined rules of a referred case read, as words."""
    name = engine.dialect.identifier
    held = [name(f"word {word}") for word in words(len(rules), RULES_IN_WORD)]
    lowest = _whole((1 << RULES_IN_WORD) - 1)
    referred = " AND ".join(f"({word} & {lowest}) = 0" for word in held)
    refers = [0] * len(held)
    for place, checked in enumerate(rules):
        if checked.refers:
            refers[place // RULES_IN_WORD] |= 1 << (place % RULES_IN_WORD + RULES_IN_WORD)
    asks = (f"({word} & {_whole(bits)}) <> 0" for word, bits in zip(held, refers, strict=True))
    referred += f" AND ({' OR '.join(asks)})"
    nothing = _whole(0, "BIGINT")
    found = []
    for part in words(len(needed), FACTS_IN_WORD):
        bits = []
        for at, fact in list(enumerate(needed))[part * FACTS_IN_WORD : (part + 1) * FACTS_IN_WORD]:
            readers = [0] * len(held)
            for place, checked in enumerate(rules):
                if fact in checked.facts and checked.refers:
                    readers[place // RULES_IN_WORD] |= 1 << (place % RULES_IN_WORD + RULES_IN_WORD)
            asked = " OR ".join(
                f"({word} & {_whole(mask)}) <> 0"
                for word, mask in zip(held, readers, strict=True)
                if mask
            )
            if asked:
                bits.append(
                    f"CASE WHEN {name(fact)} IS NULL AND ({asked}) "
                    f"THEN {_whole(1 << at % FACTS_IN_WORD, 'BIGINT')} ELSE {nothing} END"
                )
        # Few keys are quick to group by, so refused values use a free bit.
        refused = f"WHEN {name('values refused')} THEN {_whole(1 << FACTS_IN_WORD, 'BIGINT')} "
        found.append(
            f"CASE {'' if part else refused}WHEN {referred} THEN {_either(bits)} "
            f"ELSE {nothing} END "
            f"AS {name(f'wanting {part}')}"
        )
    return found


def by_row(
    engine: Engine,
    rules: Sequence[CheckedRule],
    needed: Sequence[str],
    door: Door,
    choices: Choices,
) -> str:
    """The query whose rows are the outcomes of the cohort's rows."""
    name, literal = engine.dialect.identifier, engine.dialect.literal
    stands = [f"{engine.file} AS {name('at file')}", f"{engine.row} AS {name('at row')}"]
    shown = [f"{name('at file')} AS file", f"{name('at row')} AS {name('row')}"]
    if choices.identifier:
        stands.append(f"{name(choices.identifier)} AS {name('at identifier')}")
        shown.append(f"{name('at identifier')} AS {name(choices.identifier)}")
    step = _masked(engine, rules, needed, door, engine.numbered, stands)
    failed, unknown = [], []
    # Rules that stand side by side in a word and in the file move to their bits together.
    beside = list(enumerate(places(rules))) or [(0, 0)]
    for (word, moved), run in groupby(beside, lambda at: (at[0] // RULES_IN_WORD, at[1] - at[0])):
        held, shift = name(f"word {word}"), _whole(1 << (word * RULES_IN_WORD + moved), "BIGINT")
        bits = _whole(sum(1 << at % RULES_IN_WORD for at, _ in run))
        failed.append(f"(({held} & {bits}) * {shift})")
        unknown.append(f"(({engine.dialect.shifted(held, RULES_IN_WORD)} & {bits}) * {shift})")
    step = (
        f"SELECT *, {' + '.join(failed)} AS {name('all failed')}, "
        f"{' + '.join(unknown)} AS {name('all unknown')} FROM ({step}) AS masked"
    )
    bars, asks = name("all failed"), name("all unknown")
    firsts = " ".join(
        f"WHEN {1 << place} THEN {literal(checked.name)}"
        for place, checked in zip(places(rules), rules, strict=True)
    )
    first = (
        f"CASE {bars} & -{bars} {firsts} END" if rules else f"CAST(NULL AS {engine.dialect.text})"
    )
    mask = engine.dialect.mask
    return (
        f"SELECT {', '.join(shown)}, CAST({bars} AS {mask}) AS failed, "
        f"CAST({asks} AS {mask}) AS unknown, "
        f"CASE WHEN {bars} <> 0 THEN '{BARRED}' WHEN {asks} <> 0 THEN '{REFERRED}' "
        f"ELSE '{ELIGIBLE}' END AS status, {first} AS first_failing FROM ({step}) AS told"
    )
