"""Cross checks: every name that a study uses is declared, with its place if it is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sojourn.study.files.addresses import find, key_position, nearest, per_source, written
from sojourn.study.files.study_positions import Positions
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.yaml import Node
from sojourn.study.model.measures import Measure
from sojourn.study.model.pathway import ClockReference, Transition
from sojourn.study.model.study import Scenario, StudyModel
from sojourn.study.scenarios.read_scenario import VariantReader
from sojourn.study.sections.pathway.facilities_and_states import TABLE_WORDS, TOGETHER
from sojourn.study.sections.pathway.transitions import OUT
from sojourn.study.stays.bounds import needs_place
from sojourn.study.words.reader import Reader

USED_SECTIONS = ("facilities", "clocks", "quotas", "gates")
"""Names in these sections do something only if something else names them."""


def names_anywhere(trees: list[Node]) -> dict[str, tuple[str, ...]]:
    """Names in any scenario, by section ('payments', 'payers' … too).

    Measures and payments may use names that only some scenarios have; elsewhere they count zero.
    """
    found: dict[str, dict[str, None]] = {}
    for tree in trees:
        for section in ("states", "transitions", "facilities"):
            node = (tree.items or {}).get(section)
            names = (single for key in (node and node.items) or () for single in per_source(key))
            found.setdefault(section, {}).update(dict.fromkeys(names))
        payments = find(tree, "money.payments")
        for name, payment in ((payments and payments.items) or {}).items():
            found.setdefault("payments", {})[name] = None
            for key in ("payer", "payee", "category"):
                part = (payment.items or {}).get(key)
                if part is not None and part.text:
                    found.setdefault(key, {})[part.text] = None
    return {section: tuple(names) for section, names in found.items()}


class _UsedNames:
    """The names that one scenario uses."""

    def __init__(self, reading: VariantReader, scenario: Scenario) -> None:
        self.reader = reading.reader
        self.tree = reading.variant.tree
        self.variant = reading.variant
        self.scenario = scenario
        self.declared = {
            section: reading.names(section)
            for section in ("states", "facilities", "clocks", "quotas", "gates", "measures")
        }
        self.used: dict[str, set[str]] = {section: set() for section in USED_SECTIONS}

    def name(self, kind: str, name: str, path: str, choices: Iterable[str]) -> None:
        """Refuse a name that is not among the declared ones."""
        known = tuple(choices)
        if name not in known:
            fix = did_you_mean(name, known, kind)
            self.refuse(path, f"the {kind} `{name}` is not declared", fix)

    def refuse(self, path: str, what: str, fix: str) -> None:
        """Remember a problem at an address, named as the file writes it.

        Where a mapping stands there, its key is what is wrong: `prison -> freed: {…}`.
        """
        node = find(self.tree, path)
        at_key = node is not None and node.items is not None
        position = key_position(self.tree, path) if at_key else nearest(self.tree, path)[0]
        self.reader.refuse(position, written(self.tree, path), what, fix)

    def use(self, kind: str, section: str, name: str, path: str) -> None:
        """Refuse an undeclared name of a section, and remember the use."""
        if section in self.used:
            self.used[section].add(name)
        self.name(kind, name, path, self.declared[section])

    def states(self) -> None:
        for name, state in self.scenario.states.items():
            path = f"states.{name}"
            if name in TABLE_WORDS:
                what = f"`{name}` is a word of the result tables: {TABLE_WORDS[name]}"
                self.refuse(path, what, "rename the state")
            elif TOGETHER in name:
                what = f"`{TOGETHER}` is reserved for joining the names of states in a joint peak"
                self.refuse(path, what, "rename the state")
            if state.place is not None:
                self.use("facility", "facilities", state.place, f"{path}.place")
            for clock in state.sets:
                self.use("clock", "clocks", clock, f"{path}.sets.{clock}")

    def transitions(self) -> None:
        for transition in self.scenario.transitions:
            path = f"transitions.{transition.name}"
            self.name("state", transition.state, path, self.declared["states"])
            for branch in transition.branches:
                inner = f"{path}.to.{branch.to}"
                address = inner if find(self.tree, inner) is not None else path
                self.name("state", branch.to, address, (*self.declared["states"], OUT))
            if transition.otherwise is not None:
                self.otherwise(transition, transition.otherwise, f"{path}.otherwise")
            changes = ((c.at, f"{path}.changes.{c.start}.at") for c in transition.changes)
            for at, address in ((transition.at, f"{path}.at"), *changes):
                if at is not None:
                    self.use("clock", "clocks", at.clock, address)
                    self.clock_is_set(at, address)
            for gate in transition.gates:
                self.use("gate", "gates", gate, f"{path}.while")
            if transition.quota is not None and find(self.tree, f"{path}.at most") is None:
                self.use("quota", "quotas", transition.quota, f"{path}.quota")

    def otherwise(self, transition: Transition, target: str, path: str) -> None:
        """Refuse a target that is not declared, or that may be full as well."""
        self.name("state", target, path, (*self.declared["states"], OUT))
        if needs_place(self.scenario, transition.state, target):
            self.refuse(
                path,
                f"`{target}` has a place in a facility that may be full too",
                "name a state without a place, or one of a facility with `limit: soft`",
            )

    def clock_is_set(self, at: ClockReference, path: str) -> None:
        """Refuse a clock that nothing ever sets, and a share of one that is set to a date."""
        clock = at.clock
        holders = (
            *(population.clocks for population in self.scenario.populations.values()),
            *(state.sets for state in self.scenario.states.values()),
        )
        if clock in self.declared["clocks"] and not any(clock in held for held in holders):
            self.refuse(
                path,
                f"the clock `{clock}` is never set",
                "set it under `clocks` of a population or `sets` of a state",
            )
        rules = (held[clock] for held in holders if clock in held)
        if at.shares and any(
            each.on is not None for rule in rules for each in (rule, *(r for _, r in rule.later))
        ):
            what = f"the clock `{clock}` is set to a date, so it has no length and no share of it"
            self.refuse(path, what, "set it to a length, as `5 years`")

    def populations(self) -> None:
        for name, population in self.scenario.populations.items():
            path = f"populations.{name}"
            if population.stock is not None:
                self.use("state", "states", population.stock.state, f"{path}.stock.state")
            if population.admissions is not None:
                self.use("state", "states", population.admissions.into, f"{path}.admissions.into")
            for clock in population.clocks:
                self.use("clock", "clocks", clock, f"{path}.clocks.{clock}")

    def payments(self, anywhere: Mapping[str, tuple[str, ...]], by: tuple[str, ...]) -> None:
        for name, payment in self.scenario.money.payments.items():
            path = f"money.payments.{name}"
            for state in payment.states:
                self.name("state", state, f"{path}.per", anywhere["states"])
            for transition in payment.transitions:
                self.name("transition", transition, f"{path}.per", anywhere["transitions"])
            self.where(payment.where, f"{path}.where", by)

    def where(self, chosen: Mapping[str, str], path: str, by: tuple[str, ...]) -> None:
        """Refuse facts that results are not reported by."""
        for fact in chosen:
            if fact not in by:
                self.refuse(
                    f"{path}.{fact}",
                    f"results are not reported by `{fact}`",
                    f"add it to `period: {{by: [{', '.join((*by, fact))}]}}`",
                )

    def measures(
        self, anywhere: Mapping[str, tuple[str, ...]], by: tuple[str, ...], scenarios: list[str]
    ) -> None:
        for name, measure in self.scenario.measures.items():
            kind = "money" if measure.kind == "money" else measure.kind
            path = f"measures.{name}.{kind}"
            pool = measure.kind in ("average", "peak") and len(measure.states) == 1
            for state in measure.states:
                choices = anywhere.get("states", ())
                if pool:
                    choices = (*choices, *anywhere.get("facilities", ()))
                self.name("state or facility" if pool else "state", state, path, choices)
            for transition in measure.transitions:
                self.name("transition", transition, path, anywhere.get("transitions", ()))
            if measure.facility is not None:
                self.name("facility", measure.facility, path, anywhere.get("facilities", ()))
            for payment in measure.bill.payments:
                self.name("payment", payment, path, anywhere.get("payments", ()))
            for key in ("payer", "payee"):
                party = getattr(measure.bill, key)
                if party is not None:
                    self.name(key, party, f"{path}.{key}", anywhere.get(key, ()))
            self.one_costing(measure, path)
            for other in measure.measures:
                self.name("measure", other, path, self.declared["measures"])
            if measure.scenario is not None:
                self.name("scenario", measure.scenario, f"measures.{name}.scenario", scenarios)
            for owner in measure.only_under:
                self.name("scenario", owner, f"measures.{name}.only under", scenarios)
            self.where(measure.where, f"measures.{name}.where", by)
        self.measure_rings()

    def one_costing(self, measure: Measure, path: str) -> None:
        """Refuse to add an average and a marginal cost of the same custody."""
        if measure.kind != "money":
            return
        added = {
            payment.costing: name
            for name, payment in self.scenario.money.payments.items()
            if payment.costing is not None and measure.bill.adds(name, payment)
        }
        if len(added) > 1:
            names = " and ".join(f"`{name}` ({costing})" for costing, name in added.items())
            self.refuse(
                path,
                f"costings are not added together: {names}",
                "choose one, as `money: {payer: A, costing: average}`",
            )

    def measure_rings(self) -> None:
        """Refuse a measure that needs itself."""
        needs = {name: measure.measures for name, measure in self.scenario.measures.items()}
        for name, needed in needs.items():
            seen: set[str] = set()
            ahead = list(needed)
            while ahead:
                other = ahead.pop()
                if other in seen:
                    continue
                seen.add(other)
                ahead += needs.get(other, ())
            if name in seen:
                path = f"measures.{name}"
                self.refuse(path, f"the measure `{name}` needs itself", "break the ring")

    def additions(self) -> None:
        """Refuse a name that a scenario adds and nothing uses, because it is a misspelling."""
        for path, override in self.variant.added:
            section, _, name = path.partition(".")
            if section in self.used and name and name not in self.used[section]:
                others = [known for known in self.declared[section] if known != name]
                self.reader.refuse(
                    override.position,
                    f"scenarios.{override.scenario}.{path}",
                    f"the override adds `{path}`, which nothing uses",
                    did_you_mean(name, others),
                )


def check_references(
    reading: VariantReader,
    scenario: Scenario,
    by: tuple[str, ...],
    scenarios: list[str],
    anywhere: Mapping[str, tuple[str, ...]],
) -> None:
    """Refuse every name of a scenario that is not declared; problems go to the reader."""
    check = _UsedNames(reading, scenario)
    for fact in by:
        check.name("fact", fact, "period.by", reading.names("facts"))
    check.states()
    check.transitions()
    check.populations()
    check.payments(anywhere, by)
    check.measures(anywhere, by, scenarios)
    for name, claim in scenario.claims.items():
        if claim.scenario is not None:
            check.name("scenario", claim.scenario, f"claims.{name}.scenario", scenarios)
    check.additions()


def check_paths(
    reader: Reader, named: Mapping[str, tuple[str, ...]], tree: Node, trees: list[Node]
) -> None:
    """Refuse paths that the study does not have, named in the lists at these addresses."""
    for where, paths in named.items():
        for number, path in enumerate(paths, 1):
            if any(find(each, path) is not None for each in (tree, *trees)):
                continue
            head, _, _ = path.rpartition(".")
            parent = find(tree, head) if head else tree
            while parent is None and head:
                head = head.rpartition(".")[0]
                parent = find(tree, head) if head else tree
            choices = [f"{head}.{key}" if head else key for key in (parent and parent.items) or ()]
            address = f"{where}.{number}"
            position, _ = nearest(tree, address)
            reader.refuse(
                position,
                address,
                f"the study has nothing at `{path}`",
                did_you_mean(path, choices) or "name a path of the study",
            )


class Condition(NamedTuple):
    """A condition of the rule language with its place."""

    scenario: str
    path: str
    text: str
    file: str
    line: int
    column: int


def conditions(study: StudyModel, positions: Positions | None = None) -> list[Condition]:
    """Every condition of every scenario: terms, rules, `when` of transitions, claims."""
    found: list[Condition] = []
    for name, scenario in study.scenarios.items():
        texts: dict[str, str | None] = {}
        if scenario.agreement is not None:
            for term, text in scenario.agreement.terms.items():
                texts[f"agreement.terms.{term}"] = text
            for key, rule in scenario.agreement.rules.items():
                texts[f"agreement.rules.{key}.{rule.kind}"] = rule.condition
                texts[f"agreement.rules.{key}.when"] = rule.when
                texts[f"agreement.rules.{key}.unless"] = rule.unless
        for transition in scenario.transitions:
            texts[f"transitions.{transition.name}.when"] = transition.when
        for key, claim in scenario.claims.items():
            texts[f"claims.{key}.holds if"] = claim.holds_if
        for path, stated in texts.items():
            if stated is not None:
                place = positions.find(path, name) if positions is not None else ("", 0, 0)
                found.append(Condition(name, path, stated, *place))
    return found
