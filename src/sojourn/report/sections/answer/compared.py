"""Section: the scenarios, what each changes, and from when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase
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
from sojourn.report.sections.answer.caveats import baseline_note
from sojourn.report.wording import study_words
from sojourn.report.wording.changes import change, labelled
from sojourn.study.model.agreement import Rule
from sojourn.study.model.pathway import Gate
from sojourn.study.model.study import Scenario, StudyModel

RULES = "agreement.rules."


def compared(context: Context) -> Section:
    """The baseline, the agreement, each scenario's overrides in words, and effective dates."""
    data, study = context.data, context.data.study
    baseline = data.scenario(data.baseline)
    days = phrase(
        "{start} to {last_day}",
        start=dates.day(study.period.start),
        last_day=dates.day(data.last_day),
    )
    first = phrase(
        "The baseline, “{baseline}”, keeps law and practice constant over the period, "
        "{days}. {about}",
        baseline=data.baseline,
        days=days,
        about=baseline.about or "",
    )
    note = baseline_note(context)
    if note:
        first = phrase(
            "{note} Law and practice are held constant over the period, {days}.",
            note=note,
            days=days,
        )
    blocks: list[Block] = [Prose(first)]
    agreement = next((s.agreement for s in study.scenarios.values() if s.agreement), None)
    if agreement is None:
        blocks.append(Prose(phrase("No scenario of this study has an agreement.")))
    else:
        text = phrase(
            "Agreement: {title}. Sending state: {sending}; receiving state: {receiving}.",
            title=agreement.title,
            sending=agreement.sending,
            receiving=agreement.receiving,
        )
        blocks.append(Prose(f"{text} {agreement.about or ''}"))
        without = [n for n in data.scenarios if data.scenario(n).agreement is None]
        if without:
            blocks.append(
                Prose(phrase("Without the agreement: {without}.", without=", ".join(without)))
            )
    for name in data.variants:
        scenario = data.scenario(name)
        blocks.append(Heading(name))
        if scenario.about:
            blocks.append(Prose(scenario.about))
        blocks.append(BulletList(changes_told(context, name)))
    if baseline.overrides:
        blocks += [
            Heading(phrase("{name} (baseline)", name=data.baseline)),
            BulletList(override_texts(context, baseline.overrides)),
        ]
    blocks += [table for table in (_rules(context), _dates(context)) if table]
    return Section("compared", phrase("What is compared"), tuple(blocks))


def override_texts(context: Context, overrides: Mapping[str, object]) -> tuple[str, ...]:
    """Each override as a sentence, with labels for names."""
    return tuple(labelled(context.data.study, p, study_words.override(p, v))
                 for p, v in overrides.items())  # fmt: skip


def changes_told(context: Context, name: str) -> tuple[str, ...]:
    """What a scenario changes, compared with the earlier scenario that it extends."""
    own = context.data.scenario(name).overrides
    if not own:
        return (phrase("Changes nothing in the study as written."),)
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
    told = []
    if before:
        start = phrase("As “{scenario}”, and:", scenario=before)
        told = [start if rest else phrase("As “{scenario}”.", scenario=before)]
    if len(rules) > 1:
        told.append(
            phrase(
                "Without the rules {rules} and {last}.",
                rules=", ".join(rules[:-1]),
                last=rules[-1],
            )
        )
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
                    "kind": phrase("requires") if rule.kind == "require" else phrase("bars"),
                    "condition": study_words.condition(rule.condition),
                    "citation": rule.cite or "",
                    "without": _those(without, data.scenarios),
                }
            )
    if not rows:
        return None
    return ReportTable(
        phrase("Rules that some scenarios lack"),
        (
            Column(phrase("Rule"), lambda row: row["rule"]),
            Column(phrase("Condition"), lambda row: f"{row['kind']}: {row['condition']}"),
            Column(phrase("Citation"), lambda row: row["citation"]),
            Column(phrase("Scenarios without it"), lambda row: row["without"]),
        ),
        rows,
        "rules",
    )


def _those(names: list[str], every: tuple[str, ...]) -> str:
    """Names of scenarios; if only a few are missing, “all but” these."""
    others = [name for name in every if name not in names]
    if not others:
        return phrase("all")
    if len(names) > 2 and len(others) < len(names):
        *first, last = (f"“{name}”" for name in others)
        if not first:
            return phrase("all but {name}", name=last)
        return phrase("all but {names} and {last}", names=", ".join(first), last=last)
    return "; ".join(names)


def _dates(context: Context) -> ReportTable | None:
    """The dates on which something begins or ends, and in which scenarios."""
    seen: dict[tuple[date, str], list[str]] = {}
    for name in context.data.scenarios:
        for when, what in effective(context.data.study, context.data.scenario(name)):
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
        phrase("Effective dates"),
        (
            Column(phrase("Date"), lambda row: dates.day(row["date"])),
            Column(phrase("What"), lambda row: row["what"]),
            Column(phrase("Scenarios"), lambda row: row["scenarios"]),
        ),
        rows,
        "dates",
    )


def effective(study: StudyModel, scenario: Scenario) -> Iterator[tuple[date, str]]:
    """The dates on which something of a scenario begins, changes or ends, and what it is."""
    if scenario.agreement:
        for name, rule in scenario.agreement.rules.items():
            for span in rule.spans:
                yield from _span(
                    phrase("Rule “{name}”", name=study_words.plain(name)), span.start, span.end
                )
    for transition in scenario.transitions:
        name = study_words.transition_name(study, transition.name)
        yield from _span(phrase("Transition “{name}”", name=name), transition.starts, None)
        for changed in transition.changes:
            yield changed.start, phrase("Transition “{name}” changes", name=name)
    for name, gate in scenario.gates.items():
        yield from _calendar(
            phrase("Gate “{gate}”", gate=gate.label or study_words.plain(name)), gate
        )
    for name, facility in scenario.facilities.items():
        for dated in facility.capacity[1:]:
            label = facility.label or study_words.plain(name)
            yield (
                dated.start,
                phrase(
                    "Capacity of {label}: {quantity}",
                    label=label,
                    quantity=study_words.quantity(dated.quantity),
                ),
            )
    for name, payment in scenario.money.payments.items():
        yield from _span(
            phrase("Payment “{payment}”", payment=payment.label or study_words.plain(name)),
            payment.start,
            payment.end,
        )


def _calendar(what: str, gate: Gate) -> Iterator[tuple[date, str]]:
    opens, closes = later("{what} opens"), later("{what} closes")
    for spans, first, then in ((gate.open, opens, closes), (gate.closed, closes, opens)):
        for span in spans:
            if span.start:
                yield span.start, phrase(first, what=what)
            if span.end:
                yield span.end, phrase(then, what=what)
    if gate.start:
        yield gate.start, phrase("{what} begins", what=what)


def _span(what: str, start: date | None, end: date | None) -> Iterator[tuple[date, str]]:
    if start:
        yield start, phrase("{what} begins", what=what)
    if end:
        yield end, phrase("{what} ends", what=what)
