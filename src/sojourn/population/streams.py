"""The streams of a population: its people, split by their facts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from sojourn.errors import Problem, StudyError
from sojourn.population.fact_values import documented
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model.facts import Fact, FactValue
from sojourn.study.model.people import Population
from sojourn.study.model.study import Scenario
from sojourn.study.model.values import Quantity

CellFacts = tuple[FactValue, ...]

MOST_CELLS = 100_000
SHARES_WITHIN = 0.0015
"""Published percentages of one decimal rarely sum to one exactly."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The people of a population who are alike.

    `key` names the random draws of its people. It depends only on the population's name and the
    documented facts, so other populations and undocumented facts do not change it.
    """

    population: str
    key: str
    cell: int
    share: float
    """Share of the population, at the central values; the shares of a population sum to 1."""
    weight: float
    """Share of the population's table, before the splits."""
    factors: tuple[Quantity, ...]
    """One share from each split."""
    choices: tuple[str, ...]
    """The value taken from each split, as written."""


def split_population(
    name: str, population: Population, scenario: Scenario, facts: tuple[str, ...]
) -> list[tuple[CellFacts, Stream]]:
    """The fact rows and streams of one population (cells not yet numbered: −1).

    Raises `StudyError` for undeclared facts, impossible values, facts given twice, and shares
    that do not sum to one.
    """
    path = f"populations.{name}"
    _declared(population, scenario.facts, path)
    types = scenario.facts
    fixed = {
        fact: documented(fact, types[fact], value, f"{path}.facts.{fact}")
        for fact, value in population.facts.items()
    }
    tables = _table(population, types, path)
    combinations = _products(population, types, path, len(tables))
    total = sum(weight for _, weight in tables)
    central = {
        fact: settled(shares, lambda share: share.value, f"{path}.split.{fact}")
        for fact, shares in population.split.items()
    }
    made = []
    for table, weight in tables:
        for chosen, factors, choices in combinations:
            known = fixed | table | chosen
            share = weight / total
            for fact, choice in zip(population.split, choices, strict=True):
                share *= central[fact][choice]
            row = tuple(known.get(fact) for fact in facts)
            stream = Stream(name, stream_key(name, known), -1, share, weight / total, factors,
                            choices)  # fmt: skip
            made.append((row, stream))
    return made


def stream_key(population: str, known: dict[str, FactValue]) -> str:
    """A stable text: the population and its documented facts, sorted."""
    held = {fact: known[fact] for fact in sorted(known) if known[fact] is not None}
    return json.dumps([population, held], ensure_ascii=False, separators=(",", ":"))


def drawn_shares(
    streams: tuple[Stream, ...], scenario: Scenario, value: Callable[[Quantity], float]
) -> list[float]:
    """Shares of the streams with `value` giving each uncertain share its draw.

    Raises `StudyError` if a draw makes all shares of a split zero.
    """
    drawn = {
        (name, fact): settled(shares, value, f"populations.{name}.split.{fact}")
        for name, population in scenario.populations.items()
        for fact, shares in population.split.items()
    }
    found = []
    for stream in streams:
        share = stream.weight
        split = scenario.populations[stream.population].split
        for fact, choice in zip(split, stream.choices, strict=True):
            share *= drawn[stream.population, fact][choice]
        found.append(share)
    return found


def settled(
    shares: dict[str, Quantity], value: Callable[[Quantity], float], path: str
) -> dict[str, float]:
    """The shares of a split, summing to one.

    An uncertain share is what it is drawn to be, so that its stated range is the one that is
    used; the certain ones have what is left, in their proportions. Where all are uncertain, all
    are scaled.
    """
    drawn = {word: value(share) for word, share in shares.items()}
    doubted = sum(drawn[word] for word, share in shares.items() if share.uncertain)
    certain = sum(drawn.values()) - doubted
    if doubted + certain <= 0:
        raise StudyError(
            Problem("all shares are zero in a draw", "raise the lower limits", path=path)
        )
    if certain > 0:
        left = max(0.0, 1.0 - doubted)
        of_doubted, of_certain = 1.0 / max(1.0, doubted), left / certain
    else:
        of_doubted, of_certain = 1.0 / doubted, 0.0
    return {
        word: drawn[word] * (of_doubted if share.uncertain else of_certain)
        for word, share in shares.items()
    }


def _sum(shares: dict[str, Quantity]) -> float:
    return sum(share.value for share in shares.values())


def _declared(population: Population, types: dict[str, Fact], path: str) -> None:
    """Every fact is declared, and given once."""
    tabled = dict.fromkeys(fact for row, _ in population.rows for fact in row)
    given: dict[str, str] = {}
    for section, names in (
        ("facts", population.facts), ("split", population.split), ("table", tabled),
    ):  # fmt: skip
        for fact in names:
            if fact not in types:
                fix = did_you_mean(fact, types, "fact")
                raise StudyError(
                    Problem(f"the fact `{fact}` is not declared", fix, path=f"{path}.{section}")
                )
            if fact in given:
                raise StudyError(
                    Problem(
                        f"`{fact}` is given twice: under {given[fact]} and {section}",
                        "keep one of them",
                        path=f"{path}.{section}.{fact}",
                    )
                )
            given[fact] = section


def _table(
    population: Population, types: dict[str, Fact], path: str
) -> list[tuple[dict[str, FactValue], float]]:
    """The rows of the population's table; one row without facts if it has none."""
    if not population.rows:
        return [({}, 1.0)]
    made = []
    for number, (facts, share) in enumerate(population.rows, 1):
        place = f"{path}.table row {number}"
        if not 0 <= share < float("inf"):
            raise StudyError(Problem(f"a share of {share}", "write 0 or more", path=place))
        known = {fact: documented(fact, types[fact], value, place) for fact, value in facts.items()}
        made.append((known, float(share)))
    if sum(share for _, share in made) <= 0:
        raise StudyError(Problem("all shares are zero", "give a row a share", path=f"{path}.table"))
    return made


Combination = tuple[dict[str, FactValue], tuple[Quantity, ...], tuple[str, ...]]


def _products(
    population: Population, types: dict[str, Fact], path: str, tables: int
) -> list[Combination]:
    """Every combination of the splits, in the file's order."""
    combinations: list[Combination] = [({}, (), ())]
    count = tables
    for fact, shares in population.split.items():
        place = f"{path}.split.{fact}"
        _sums_to_one(shares, place)
        values: dict[str, FactValue] = {}
        for word in shares:
            value = documented(fact, types[fact], word, place)
            if value in values.values():
                raise StudyError(
                    Problem(f"'{word}' is the same value as another", "join them", path=place)
                )
            values[word] = value
        count *= len(shares)
        if count > MOST_CELLS:
            raise StudyError(
                Problem(
                    f"the splits make more than {MOST_CELLS:,} cells",
                    "split by fewer facts, or join values that the model treats alike",
                    path=path,
                )
            )
        combinations = [
            ({**chosen, fact: values[word]}, (*factors, share), (*choices, word))
            for chosen, factors, choices in combinations
            for word, share in shares.items()
        ]
    return combinations


def _sums_to_one(shares: dict[str, Quantity], path: str) -> None:
    total = _sum(shares)
    if any(share.value < 0 or (share.low or 0) < 0 for share in shares.values()):
        raise StudyError(Problem("a share below zero", "write 0 % or more", path=path))
    uncertain = any(share.uncertain for share in shares.values())
    # The certain shares make room for the uncertain ones, so the centres need not sum to one.
    if total <= 0 or (not uncertain and abs(total - 1) > SHARES_WITHIN):
        left = f"; `unknown: {(1 - total) * 100:.4g} %` would complete it" if total < 1 else ""
        raise StudyError(
            Problem(
                f"the shares sum to {total * 100:.4g} %, not 100 %", f"correct one{left}", path=path
            )
        )
