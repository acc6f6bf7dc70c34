"""One scenario, read whole from its raw tree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sojourn.errors import Problem
from sojourn.study.files.yaml import Node
from sojourn.study.model.facts import Fact
from sojourn.study.model.money import Money
from sojourn.study.model.pathway import Quota, Transition
from sojourn.study.model.study import Scenario
from sojourn.study.model.values import Quantity
from sojourn.study.scenarios.overrides import Variant
from sojourn.study.sections.agreement import read_agreement
from sojourn.study.sections.facts import read_fact_declaration
from sojourn.study.sections.measures import read_claim, read_measure
from sojourn.study.sections.pathway.facilities_and_states import read_facility, read_state
from sojourn.study.sections.pathway.gates import read_gate
from sojourn.study.sections.pathway.transitions import read_quota, read_transition
from sojourn.study.sections.payments import read_money
from sojourn.study.sections.people.populations import read_population
from sojourn.study.stays.shared_days import share_days
from sojourn.study.units import ANYTHING
from sojourn.study.words.quantities import read_quantity
from sojourn.study.words.reader import Reader, Shared

T = TypeVar("T")


class VariantReader:
    """Reads one scenario; what it shares with another is taken from the cache."""

    def __init__(self, variant: Variant, shared: Shared, folder: Path) -> None:
        self.variant = variant
        self.folder = folder
        self.items = variant.tree.items or {}
        parameters = self.items.get("parameters")
        self.reader = Reader(shared, parameters)
        # The nodes on which the reading of everything else depends: their identity is the key.
        self.context: tuple[object, ...] = (id(parameters), id(self.items.get("facts")))

    def section(
        self, name: str, read: Callable[[Reader, Node, str, str], T | None], *extra: object
    ) -> dict[str, T]:
        """Every item of a section that reads well, by name."""
        node = self.items.get(name)
        found: dict[str, T] = {}
        if node is None:
            return found
        for key, part in self.reader.mapping(node, name, "{…}").items():
            item = self.cached(
                part,
                f"{name}.{key}",
                lambda n, p, k=key: read(self.reader, n, p, k),  # type: ignore[misc]  # mypy cannot type a bound default
                *extra,
            )
            if item is not None:
                found[key] = item
        return found

    def cached(
        self, node: Node, path: str, read: Callable[[Node, str], T | None], *extra: object
    ) -> T | None:
        """What `read` makes of the node, read once for all scenarios that share it."""
        key = (path, id(node), self.context, extra)
        cache = self.reader.shared.cache
        if key not in cache:
            before = len(self.reader.problems)
            cache[key] = read(node, path), self.reader.problems[before:]
            return cache[key][0]  # type: ignore[no-any-return]  # the cache holds all types
        item, problems = cache[key]
        self.reader.problems.extend(problems)
        return item  # type: ignore[no-any-return]  # the cache holds all types

    def one(self, name: str, read: Callable[[Reader, Node, str], T | None]) -> T | None:
        """A section that is one thing."""
        node = self.items.get(name)
        if node is None or node.empty:
            return None
        return self.cached(node, name, lambda n, p: read(self.reader, n, p))

    def read(self) -> Scenario:
        """The scenario, without what did not read; problems are in `reader.problems`."""
        facts: dict[str, Fact] = self.section("facts", read_fact_declaration)
        self.reader.facts = facts
        self.reader.units = frozenset(fact.unit for fact in facts.values() if fact.unit)
        money = self.one("money", read_money) or Money()
        facilities = self.section("facilities", read_facility)
        states = self.section("states", read_state)
        transitions, quotas = self.transitions()
        pools = frozenset(self.names("facilities")) - frozenset(self.names("states"))
        return Scenario(
            name=self.variant.name,
            about=self.variant.about,
            overrides=self.variant.written(),
            parameters=self.section("parameters", _read_parameter),
            facts=facts,
            agreement=self.one("agreement", read_agreement),
            facilities=facilities,
            states=states,
            clocks=self.section("clocks", _read_text),
            transitions=transitions,
            quotas=quotas,
            gates=self.section("gates", read_gate),
            populations=self.section(
                "populations",
                lambda r, n, p, k: read_population(r, n, p, k, self.folder),
            ),
            money=money,
            measures=self.section(
                "measures",
                lambda r, n, p, k: read_measure(r, n, p, k, pools, money.currency),
                pools,
                money.currency,
            ),
            claims=self.section("claims", read_claim),
        )

    def names(self, section: str) -> tuple[str, ...]:
        """Names written in a section, whether or not they read well."""
        node = self.items.get(section)
        return tuple(node.items or ()) if node is not None else ()

    def transitions(self) -> tuple[tuple[Transition, ...], dict[str, Quota]]:
        """All transitions in the file's order, and all quotas by name."""
        quotas = self.section("quotas", read_quota)
        found: list[Transition] = []
        for name, (made, quota) in self.section("transitions", read_transition).items():
            found.extend(made)
            if quota is not None:
                quotas[name] = quota
        return share_days(self.reader, self.variant.tree, tuple(found)), quotas

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the scenario."""
        return self.reader.problems


def _read_parameter(reader: Reader, node: Node, path: str, name: str) -> Quantity | None:
    if node.items is not None and "parameter" in node.items:
        reader.refuse(node, path, "a parameter stands for a parameter", "write its value")
        return None
    return read_quantity(reader, node, path, ANYTHING)


def _read_text(reader: Reader, node: Node, path: str, name: str) -> str | None:
    return name if node.empty else reader.text(node, path)
