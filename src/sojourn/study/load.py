"""From a study's folder to the Study; every file is read once, every problem reported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sojourn.disk.faults import is_file
from sojourn.errors import Problem, StudyError
from sojourn.study.checks.causes import causes_first
from sojourn.study.checks.measure_units import with_units
from sojourn.study.checks.names import check_paths, check_references, names_anywhere
from sojourn.study.checks.reachability import check_pathway, check_reach
from sojourn.study.files.joined_agreements import with_agreements
from sojourn.study.files.shipped import ENTRY, example_names
from sojourn.study.files.study_positions import Positions
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.yaml import Node, read_yaml
from sojourn.study.model.facts import Fact
from sojourn.study.model.history import Account
from sojourn.study.model.sources import Quoted
from sojourn.study.model.study import RunDefaults, Scenario, StudyModel
from sojourn.study.scenarios.overrides import Variant, attribute, build_settings, build_variants
from sojourn.study.scenarios.read_scenario import VariantReader
from sojourn.study.sections.correlated import check_addresses
from sojourn.study.sections.decisions import check_decisions, named_paths, read_decision
from sojourn.study.sections.facts import read_fact_declaration
from sojourn.study.sections.history import check_history, read_account
from sojourn.study.sections.outcomes import check_outcomes, read_outcome
from sojourn.study.sections.period_and_sources import (
    read_map,
    read_period,
    read_run,
    read_source,
    read_statement,
)
from sojourn.study.words.file_tables import inside
from sojourn.study.words.keys.shapes import SECTIONS
from sojourn.study.words.languages import spoken
from sojourn.study.words.reader import Fields, Reader, Shared


def load_study(folder: Path | str) -> StudyModel:
    """The study in a folder, or whose study.yaml is given. Raises StudyError with all problems."""
    return load_located(folder)[0]


def load_located(folder: Path | str) -> tuple[StudyModel, Positions]:
    """The same as `load_study`, with the places of all values in the files."""
    entry = entry_of(Path(folder))
    return load_tree(*read_tree(entry), entry.parent)


def load_tree(tree: Node, problems: list[Problem], folder: Path) -> tuple[StudyModel, Positions]:
    """As `load_located`, from what `read_tree` gave; files are looked for in the folder."""
    return _StudyLoader(folder, tree, problems).load()


def entry_of(given: Path) -> Path:
    """The study.yaml of a folder, or that file itself. Raises StudyError if there is none."""
    if given.is_file():
        return given
    if not given.exists():
        near = sorted(path.parent.name for path in given.parent.glob(f"*/{ENTRY}"))
        fix = did_you_mean(given.name, near) or f"`sojourn new {given}` copies the smallest study"
        if given.name in example_names():
            fix = f"`sojourn new {given} --example {given.name}` copies the study that ships"
        raise StudyError(Problem("there is no such folder", fix, str(given)))
    if not (given / ENTRY).is_file():
        found = sorted(path.name for path in given.glob("*.yaml"))
        fix = f"rename `{found[0]}`" if len(found) == 1 else "`sojourn new` writes one"
        raise StudyError(Problem(f"the folder has no {ENTRY}", fix, str(given)))
    return given / ENTRY


def read_tree(entry: Path) -> tuple[Node, list[Problem]]:
    """The raw tree with sections of other files in place, and the problems of those files.

    Raises StudyError if the entry itself is not a YAML mapping.
    """
    return whole_tree(read_yaml(entry, str(entry)), entry)


def whole_tree(root: Node, entry: Path) -> tuple[Node, list[Problem]]:
    """As `read_tree`, of a root that has been read; `entry` is the file that it would stand in."""
    if root.items is None:
        raise StudyError(
            Problem(
                f"a mapping is needed here, not {root.kind}",
                "begin with `study: title` and go on with `period:`, `states:` …",
                *root.position,
            )
        )
    items = dict(root.items)
    problems: list[Problem] = []
    for key, node in root.items.items():
        if key in SECTIONS and _is_file(node):
            items[key] = _section(entry, key, node, problems)
    scenarios = items.get("scenarios")
    if scenarios is not None and scenarios.items is not None:
        kept = dict(scenarios.items)
        for name, scenario in scenarios.items.items():
            node = (scenario.items or {}).get("agreement", scenario)
            if scenario.items is not None and _is_file(node):
                read = _section(entry, "agreement", node, problems)
                kept[name] = replace(scenario, items={**scenario.items, "agreement": read})
        items["scenarios"] = replace(scenarios, items=kept)
    joined, found = with_agreements(replace(root, items=items))
    return joined, [*problems, *found]


def _is_file(node: Node) -> bool:
    return (node.text or "").endswith((".yaml", ".yml"))


def _section(entry: Path, key: str, node: Node, problems: list[Problem]) -> Node:
    """The section in a file of the study's folder; an empty one, and a problem, if none is."""
    name = node.text or ""
    path = inside(entry.parent, name)
    empty = Node(node.position, items={})
    if path is None:
        what = f"`{name}` leaves the study folder"
        problems.append(Problem(what, "move the file into it", *node.position, path=key))
        return empty
    if not is_file(path):
        near = [found.name for found in entry.parent.glob("*.y*ml") if found.name != entry.name]
        fix = did_you_mean(name, near) or f"write the file, or the section `{key}` here"
        what = f"the file `{name}` does not exist"
        problems.append(Problem(what, fix, *node.position, path=key))
        return empty
    try:
        return read_yaml(path, str(entry.parent / name))
    except StudyError as error:
        problems += [replace(problem, path=key) for problem in error.problems]
        return empty


def load_history(tree: Node, problems: list[Problem], folder: Path) -> dict[str, Account]:
    """The accounts of a study whose other sections may hold mistakes.

    Raises StudyError with what is wrong with the accounts.
    """
    tree, _ = spoken(tree)
    reader, known = Reader(Shared(folder)), tree.items or {}
    reader.problems += [each for each in problems if each.path == "history"]
    period = known.get("period")
    found = None if period is None else read_period(Reader(Shared(folder)), period, "period")
    reader.shared.year_starts = 1 if found is None else found.year_starts
    reader.shared.sources = frozenset((known["sources"].items or {}) if "sources" in known else ())
    silent = Reader(Shared(folder))
    variants = [*build_variants(tree, silent), *build_settings(tree, silent)]
    reader.facts = _facts_of(variants)
    history = read_map(reader, known.get("history"), "history", read_account)
    if reader.problems:
        raise StudyError(*reader.problems)
    return history


def _facts_of(variants: list[Variant]) -> dict[str, Fact]:
    """Facts with the values of all scenarios; what is wrong with them, these tell."""
    nodes = [variant.tree.items["facts"] for variant in variants
             if variant.tree.items and "facts" in variant.tree.items]  # fmt: skip
    found: dict[str, Fact] = {}
    for node in {id(node): node for node in nodes}.values():
        read = read_map(Reader(Shared()), node, "facts", read_fact_declaration)
        for name, fact in read.items():
            values = dict.fromkeys((*found.get(name, fact).values, *fact.values))
            found[name] = fact.model_copy(update={"values": tuple(values)})
    return found


class _StudyLoader:
    """One study as it is read."""

    def __init__(self, folder: Path, tree: Node, problems: list[Problem]) -> None:
        self.folder = folder
        self.tree, self.spoken = spoken(tree)
        self.file_problems = [*problems, *self.spoken.problems]
        self.shared = Shared(folder)
        self.reader = Reader(self.shared)

    def load(self) -> tuple[StudyModel, Positions]:
        """The study; raises StudyError with everything that is wrong."""
        reader = self.reader
        fields = reader.fields(self.tree, "", "study")
        sources = read_map(reader, fields.node("sources"), "sources", read_source)
        if "sources" in fields.items:
            self.shared.sources = frozenset(fields.items["sources"].items or ())
        period = fields.get("period", lambda n, p: read_period(reader, n, p))
        if period is not None:
            self.shared.start, self.shared.end = period.start, period.end
            self.shared.year_starts = period.year_starts
        run = fields.get("run", lambda n, p: read_run(reader, n, p)) or RunDefaults()
        statements = read_map(reader, fields.node("statements"), "statements", read_statement)
        outcomes = read_map(reader, fields.node("outcomes"), "outcomes", read_outcome)
        decisions = read_map(reader, fields.node("decisions"), "decisions", read_decision)
        title, lead = fields.text("study"), fields.text("lead")
        variants = build_variants(self.tree, reader)
        settings = build_settings(self.tree, reader)
        reader.facts = _facts_of([*variants, *settings])
        history = read_map(reader, fields.node("history"), "history", read_account)
        scenarios, problems = self.read_variants(variants, settings, period.by if period else ())
        chosen = {setting.name: scenarios.pop(setting.name) for setting in settings}
        if lead is not None and lead not in scenarios:
            fix = did_you_mean(lead, scenarios) or "name one of `scenarios:`"
            fields.refuse("lead", f"there is no scenario `{lead}`", fix)
        held_in = fields.names("held in")
        if not problems:
            _refuse_places_without_states(fields, held_in, scenarios)
        named = {f"statements.{name}.models": said.models for name, said in statements.items()}
        for scenario in scenarios.values():
            for name, claim in scenario.claims.items():
                named.setdefault(f"claims.{name}.follows from", claim.follows_from)
        named |= named_paths(decisions)
        check_paths(reader, named, self.tree, [variant.tree for variant in variants])
        if not problems:
            check_outcomes(reader, outcomes, self.tree, scenarios)
            check_decisions(reader, decisions, self.tree, {**scenarios, **chosen})
            check_addresses(reader, [self.tree, *(variant.tree for variant in variants)])
        if not problems and period is not None:
            check_history(reader, history, self.tree, scenarios, period)
        about, assumptions, limits = (
            fields.text("about"), fields.texts("assumptions"), fields.texts("limits")
        )  # fmt: skip
        found = [*self.file_problems, *reader.problems, *problems]
        if found or period is None or title is None:
            raise StudyError(*causes_first(self.file_problems, found, self.tree))
        study = StudyModel(
            title=title,
            about=about,
            language=self.spoken.language,
            translations=self.spoken.translations,
            path=str(self.folder),
            period=period,
            run=run,
            sources=sources,
            statements=statements,
            outcomes=outcomes,
            decisions=decisions,
            settings=chosen,
            history=history,
            assumptions=assumptions,
            limits=limits,
            quotes=self.quotes(),
            scenarios=scenarios,
            lead=lead,
            held_in=held_in,
        )
        return study, Positions(self.tree, {variant.name: variant.tree for variant in variants})

    def quotes(self) -> tuple[Quoted, ...]:
        """All quotations in the order of the study."""
        return tuple(
            Quoted(
                path=place.path,
                source=place.source,
                quote=place.quote,
                by=place.by,
                **place.position._asdict(),
            )
            for place in self.shared.quotes.values()
        )

    def read_variants(
        self, variants: list[Variant], settings: list[Variant], by: tuple[str, ...]
    ) -> tuple[dict[str, Scenario], list[Problem]]:
        """Every scenario and setting, and their problems, each reported once."""
        names = [variant.name for variant in variants]
        variants = [*variants, *settings]
        anywhere = names_anywhere([variant.tree for variant in variants])
        scenarios: dict[str, Scenario] = {}
        readers: list[VariantReader] = []
        for variant in variants:
            reading = VariantReader(variant, self.shared, self.folder)
            scenarios[variant.name] = reading.read()
            readers.append(reading)
        whole = not self.file_problems and not any(r.problems for r in readers)
        for reading in readers:
            scenario = scenarios[reading.variant.name]
            check_references(reading, scenario, by, names, anywhere)
            # After other problems, these checks would report states that only seem unreachable.
            if whole and not reading.problems:
                check_pathway(reading.reader, reading.variant.tree, scenario)
        if not any(reading.problems for reading in readers):
            scenarios = {r.variant.name: with_units(r, scenarios) for r in readers}
        problems = _told_once([(r.variant, r.problems) for r in readers])
        if whole and not problems and not self.reader.problems:
            check_reach(self.reader, variants, list(scenarios.values()))
        return scenarios, problems


def _refuse_places_without_states(
    fields: Fields, names: tuple[str, ...], scenarios: dict[str, Scenario]
) -> None:
    places = {state.place for each in scenarios.values() for state in each.states.values()}
    for name in names:
        if name not in places:
            known = [place for place in places if place]
            fields.refuse(
                "held in", f"no state has the place `{name}`", did_you_mean(name, known, "facility")
            )


def _told_once(found: list[tuple[Variant, list[Problem]]]) -> list[Problem]:
    """Problems of all scenarios are the study's; the others name scenario and override."""
    places: dict[Problem, list[Variant]] = {}
    for variant, problems in found:
        for problem in dict.fromkeys(problems):
            places.setdefault(problem, []).append(variant)
    told: list[Problem] = []
    for problem, variants in places.items():
        if len(variants) == len(found) or not variants[0].overrides:
            told.append(problem)
            continue
        names = ", ".join(f"`{variant.name}`" for variant in variants)
        cause = attribute(problem, variants[0])
        where = f"in the scenario {names}" + (f" ({cause})" if cause is not None else "")
        told.append(replace(problem, what=f"{where}: {problem.what}"))
    return told
