"""Section: the scenarios, what each changes, and from when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from sojourn.report.context import Context
from sojourn.report.figures.blocks import (
    Block,
    BulletList,
    Column,
    Heading,
    Prose,
    ReportTable,
    Section,
)
from sojourn.report.sections.caveats import baseline_note
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.changes import change, labelled
from sojourn.study.model.agreement import Rule
from sojourn.study.model.pathway import Gate
from sojourn.study.model.study import Scenario

RULES = "agreement.rules."


def compared(context: Context) -> Section:
    """The baseline, the agreement, each scenario's overrides in words, and effective dates."""
    data, study = context.data, context.data.study
    baseline = data.scenario(data.baseline)
    days = f"{numbers.day(study.period.start)} to {numbers.day(data.last_day)}"
    first = (
        f"The baseline, “{data.baseline}”, keeps law and practice constant over the period, "
        f"{days}. {baseline.about or ''}"
    )
    note = baseline_note(context)
    if note:
        first = f"{note} Law and practice are held constant over the period, {days}."
    blocks: list[Block] = [Prose(first)]
    agreement = next((s.agreement for s in study.scenarios.values() if s.agreement), None)
    if agreement is None:
        blocks.append(Prose("No scenario of this study has an agreement."))
    else:
        text = (
            f"Agreement: {agreement.title}. Sending state: {agreement.sending}; receiving state: "
            f"{agreement.receiving}."
        )
        blocks.append(Prose(f"{text} {agreement.about or ''}"))
        without = [n for n in data.scenarios if data.scenario(n).agreement is None]
        if without:
            blocks.append(Prose(f"Without the agreement: {', '.join(without)}."))
    for name in data.variants:
        scenario = data.scenario(name)
        blocks.append(Heading(name))
        if scenario.about:
            blocks.append(Prose(scenario.about))
        blocks.append(BulletList(changes_told(context, name)))
    if baseline.overrides:
        blocks += [
            Heading(f"{data.baseline} (baseline)"),
            BulletList(override_texts(context, baseline.overrides)),
        ]
    blocks += [table for table in (_rules(context), _dates(context)) if table]
    return Section("compared", "What is compared", tuple(blocks))


def override_texts(context: Context, overrides: Mapping[str, object]) -> tuple[str, ...]:
    """Each override as a sentence, with labels for names."""
    return tuple(labelled(context.data.study, p, study_words.override(p, v))
                 for p, v in overrides.items())  # fmt: skip


def changes_told(context: Context, name: str) -> tuple[str, ...]:
    """What a scenario changes, compared with the earlier scenario that it extends."""
    own = context.data.scenario(name).overrides
    if not own:
        return ("Changes nothing in the study as written.",)
    before, shared = "", 0
    for other in context.data.variants[: context.data.variants.index(name)]:
        theirs = context.data.scenario(other).overrides
        same = all(key in own and own[key] == value for key, value in theirs.items())
        if same and len(theirs) > max(shared, 1):
            before, shared = other, len(theirs)
    base = context.data.scenario(before).overrides if before else {}
    rest = {key: value for key, value in own.items() if key not in base}
    rules = [
        f"“{study_words.plain(key.removeprefix(RULES))}”"
        for key, value in rest.items()
        if key.startswith(RULES) and study_words.removed(value)
    ]
    told = [f"As “{before}”" + (", and:" if rest else ".")] if before else []
    if len(rules) > 1:
        told.append(f"Without the rules {', '.join(rules[:-1])} and {rules[-1]}.")
    data = context.data
    earlier = data.scenario(before or data.baseline)
    told += [
        change(data.study, earlier, data.scenario(name), key, value)
        for key, value in rest.items()
        if not (len(rules) > 1 and key.startswith(RULES) and study_words.removed(value))
    ]
    return tuple(told)


def _rules(context: Context) -> ReportTable | None:
    """The rules that some scenarios lack, with their text and the scenarios without them."""
    data = context.data
    seen: dict[str, Rule] = {}
    for name in data.scenarios:
        agreement = data.scenario(name).agreement
        for key, rule in (agreement.rules if agreement else {}).items():
            seen.setdefault(key, rule)
    rows = []
    for key, rule in seen.items():
        without = [
            name
            for name in data.scenarios
            if (agreement := data.scenario(name).agreement) and key not in agreement.rules
        ]
        if without:
            rows.append(
                {
                    "rule": study_words.plain(key),
                    "kind": "requires" if rule.kind == "require" else "bars",
                    "condition": study_words.condition(rule.condition),
                    "citation": rule.cite or "",
                    "without": _those(without, data.scenarios),
                }
            )
    if not rows:
        return None
    return ReportTable(
        "Rules that some scenarios lack",
        (
            Column("Rule", lambda row: row["rule"]),
            Column("Condition", lambda row: f"{row['kind']}: {row['condition']}"),
            Column("Citation", lambda row: row["citation"]),
            Column("Scenarios without it", lambda row: row["without"]),
        ),
        rows,
        "rules",
    )


def _those(names: list[str], every: tuple[str, ...]) -> str:
    """Names of scenarios; if only a few are missing, “all but” these."""
    others = [name for name in every if name not in names]
    if not others:
        return "all"
    if len(names) > 2 and len(others) < len(names):
        return "all but " + " and ".join(f"“{name}”" for name in others)
    return "; ".join(names)


def _dates(context: Context) -> ReportTable | None:
    """The dates on which something begins or ends, and in which scenarios."""
    seen: dict[tuple[date, str], list[str]] = {}
    for name in context.data.scenarios:
        for when, what in effective(context.data.scenario(name)):
            names = seen.setdefault((when, what), [])
            if name not in names:
                names.append(name)
    if not seen:
        return None
    rows = [
        {
            "date": when,
            "what": what,
            "scenarios": _those(names, context.data.scenarios),
        }
        for (when, what), names in sorted(seen.items(), key=lambda item: item[0])
    ]
    return ReportTable(
        "Effective dates",
        (
            Column("Date", lambda row: numbers.day(row["date"])),
            Column("What", lambda row: row["what"]),
            Column("Scenarios", lambda row: row["scenarios"]),
        ),
        rows,
        "dates",
    )


def effective(scenario: Scenario) -> Iterator[tuple[date, str]]:
    """The dates on which something of a scenario begins, changes or ends, and what it is."""
    if scenario.agreement:
        for name, rule in scenario.agreement.rules.items():
            for span in rule.spans:
                yield from _span(f"Rule “{study_words.plain(name)}”", span.start, span.end)
    for transition in scenario.transitions:
        name = transition.label or transition.name.replace("->", "→")
        yield from _span(f"Transition “{study_words.plain(name)}”", transition.starts, None)
        for changed in transition.changes:
            yield changed.start, f"Transition “{study_words.plain(name)}” changes"
    for name, gate in scenario.gates.items():
        yield from _calendar(f"Gate “{gate.label or study_words.plain(name)}”", gate)
    for name, facility in scenario.facilities.items():
        for dated in facility.capacity[1:]:
            label = facility.label or study_words.plain(name)
            yield dated.start, f"Capacity of {label}: {study_words.quantity(dated.quantity)}"
    for name, payment in scenario.money.payments.items():
        yield from _span(f"Payment “{payment.label or study_words.plain(name)}”", payment.start,
                         payment.end)  # fmt: skip


def _calendar(what: str, gate: Gate) -> Iterator[tuple[date, str]]:
    for spans, first, then in ((gate.open, "opens", "closes"), (gate.closed, "closes", "opens")):
        for span in spans:
            if span.start:
                yield span.start, f"{what} {first}"
            if span.end:
                yield span.end, f"{what} {then}"
    if gate.start:
        yield gate.start, f"{what} begins"


def _span(what: str, start: date | None, end: date | None) -> Iterator[tuple[date, str]]:
    if start:
        yield start, f"{what} begins"
    if end:
        yield end, f"{what} ends"
