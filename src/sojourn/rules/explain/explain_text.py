"""An explanation as lines of text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from sojourn.rules.agreement.verdict import Verdict
from sojourn.rules.explain.case_words import (
    DeclaredFacts,
    case_json,
    case_words,
    cited,
    listed,
    plain,
    rule_json,
    told,
    wrapped,
)
from sojourn.rules.explain.explain import CaseExplanation, Document, ExplainedRule, JudgedCondition
from sojourn.rules.explain.nearest_changes import MOST_FACTS, Changes, NearestChange
from sojourn.rules.meaning.reference import Documented
from sojourn.study.model.facts import Fact

MARKS = {
    "met": "✓",
    "bar does not apply": "✓",
    "excludes": "✗",
    "undetermined": "?",
    "does not apply": "–",
    "not in force": "–",
}
_LISTED = {"text", "yes-no", "set"}
"""Types of facts whose values have no order."""
_VALUES = {True: "true", False: "false", None: "unknown"}


def explanation_lines(
    name: str,
    explanation: CaseExplanation,
    row: Mapping[str, Documented],
    facts: DeclaredFacts,
    everything: bool = False,
) -> Iterator[str]:
    """The outcome, each rule with the parts that decided it, and changes to another outcome.

    `everything` shows every part of every condition; `●` marks the parts that decided.
    """
    status = explanation.verdict.status
    because = _because(explanation, explanation.verdict)
    yield f"{name}: {status}" + (f", because of {listed(because)}" if because else "")
    yield ""
    width = max((len(each.rule.name) for each in explanation.rules), default=0)
    for each in explanation.rules:
        found = each.finding + (f" (if unknown: {each.follows})" if each.follows else "")
        yield f"{MARKS[each.finding]} {each.rule.name:<{width}}  {found}"
        yield from wrapped(cited(each.rule), 4)
        if everything:
            yield from _tree(each, facts)
        else:
            yield from _deciding(each, facts)
    yield from _documents(explanation, facts)
    for changes in explanation.changes:
        yield ""
        yield from _changes(changes, explanation, row, facts)


def _because(explanation: CaseExplanation, verdict: Verdict) -> list[str]:
    mask = verdict.failed or verdict.unknown
    return [each.rule.name for at, each in enumerate(explanation.rules) if mask >> at & 1]


def _deciding(each: ExplainedRule, facts: DeclaredFacts) -> Iterator[str]:
    words = {leaf: word for word, part in _parts(each) for leaf in part.leaves()}
    for leaf in each.deciding:
        yield from wrapped(f"{words[leaf]}: {_leaf(leaf, facts)}", 4)


def _parts(each: ExplainedRule) -> Iterator[tuple[str, JudgedCondition]]:
    """The parts of a rule with the words that go before them."""
    yield each.rule.rule.kind, each.condition
    if each.when is not None:
        yield "when", each.when
    yield from (("not in force", part) for part in each.outside)


def _leaf(part: JudgedCondition, facts: DeclaredFacts) -> str:
    term = f" ({part.term})" if part.term else ""
    read = f"   {case_words(part.facts, facts)}" if part.facts else ""
    return f"{part.text}{term} is {_VALUES[part.value]}{read}"


def _tree(each: ExplainedRule, facts: DeclaredFacts) -> Iterator[str]:
    for word, part in reversed(list(_parts(each))):
        yield from _branch(part, facts, 4, f"{word}: ")


def _branch(
    part: JudgedCondition, facts: DeclaredFacts, indent: int, word: str = ""
) -> Iterator[str]:
    mark = "●" if part.decides else "○"
    yield from wrapped(f"{mark} {word}{_leaf(part, facts)}", indent)
    for below in part.parts:
        yield from _branch(below, facts, indent + 2)


def _documents(explanation: CaseExplanation, facts: DeclaredFacts) -> Iterator[str]:
    if explanation.documents:
        yield ""
        yield "The outcome if one missing fact were documented:"
    for document in explanation.documents:
        words = "; ".join(
            f"{values} → {'still referred' if status == 'referred' else status}"
            for values, status in _outcomes(document, facts[document.fact])
        )
        yield from wrapped(f"{document.fact}: {words}", 2)


def _outcomes(document: Document, fact: Fact) -> list[tuple[str, str]]:
    """Values in words, and the status that each of them alone leads to."""
    pairs = [(change.facts[0][1], change.verdict.status) for change in document.outcomes]
    if len({status for _, status in pairs}) == 1:
        return [("any value", pairs[0][1])]
    if fact.type in _LISTED:
        by_status: dict[str, list[str]] = {}
        for value, status in pairs:
            by_status.setdefault(status, []).append(told(value, fact))
        return [(listed(values, "or"), status) for status, values in by_status.items()]
    # Between two values with the same outcome, no condition changes.
    pairs.sort(key=lambda pair: pair[0])  # type: ignore[arg-type, return-value]  # of one type
    runs = [list(run) for _, run in groupby(pairs, key=lambda pair: pair[1])]
    found: list[tuple[str, str]] = []
    for run in runs:
        first, last = told(run[0][0], fact), told(run[-1][0], fact)
        if run is runs[0]:
            words = f"up to {last}"
        elif run is runs[-1]:
            words = f"from {first}"
        else:
            words = first if first == last else f"{first} to {last}"
        found.append((words, run[0][1]))
    return found


def _changes(
    changes: Changes,
    explanation: CaseExplanation,
    row: Mapping[str, Documented],
    facts: DeclaredFacts,
) -> Iterator[str]:
    if not changes.found:
        what = "missing fact" if explanation.verdict.status == "referred" else "other fact"
        most = min(changes.searched, MOST_FACTS)
        end = "" if changes.whole else "; the search for more was stopped"
        read = {name for each in explanation.rules for name in each.rule.facts}
        if explanation.verdict.status == "referred":
            read = {name for name in read if row.get(name) is None}
        more = "; more together may" if len(read) > most else ""
        fixed = any(facts[name].fixed and row.get(name) is not None for name in read)
        but = " (facts that are fixed left out)" if fixed else ""
        yield (
            f"No {what} in the file would make it {changes.to}, with up to {most} at "
            f"once{but}{end}{more}."
        )
        return
    yield f"The outcome would differ, and be {changes.to}, if the file said:"
    for names, found in _grouped(changes.found).items():
        yield from wrapped(_way(names, found, row, facts), 2)
    if not changes.whole:
        yield "  and perhaps others: the search was stopped"


def _grouped(found: Sequence[NearestChange]) -> dict[tuple[str, ...], list[NearestChange]]:
    groups: dict[tuple[str, ...], list[NearestChange]] = {}
    for change in found:
        groups.setdefault(tuple(name for name, _ in change.facts), []).append(change)
    return groups


def _way(
    names: tuple[str, ...],
    found: list[NearestChange],
    row: Mapping[str, Documented],
    facts: DeclaredFacts,
) -> str:
    """One set of facts with their possible values, if these can be combined freely."""
    values = [
        list(dict.fromkeys(change.facts[at][1] for change in found)) for at in range(len(names))
    ]
    free = 1
    for each in values:
        free *= len(each)
    first = [[change] for _, change in found[0].facts]
    shown = values if free == len(found) else first
    words = ", ".join(
        f"{name}: {told(row.get(name), facts[name])} → {_or(options, facts, name, row)}"
        for name, options in zip(names, shown, strict=True)
    )
    others = len(found) - 1
    return words if shown is values else f"{words} (or {others} other values of these)"


def _or(
    values: Sequence[Documented], facts: DeclaredFacts, name: str, row: Mapping[str, Documented]
) -> str:
    if facts[name].type in _LISTED:
        return listed([told(value, facts[name]) for value in values], "or")
    # The nearest number or date stands for all values between two turning points.
    nearest = told(values[0], facts[name])
    return nearest if row.get(name) is not None else f"e.g. {nearest}"


def explanation_json(
    name: str, explanation: CaseExplanation, row: Mapping[str, Documented]
) -> dict[str, object]:
    """The whole explanation as plain values."""

    def outcome(verdict: Verdict) -> dict[str, object]:
        return {"outcome": verdict.status, "because": _because(explanation, verdict)}

    def change(each: NearestChange) -> dict[str, object]:
        return {"facts": case_json(each.facts), **outcome(each.verdict)}

    def document(each: Document) -> dict[str, object]:
        return {
            "fact": each.fact,
            "values": [
                {"value": plain(found.facts[0][1]), **outcome(found.verdict)}
                for found in each.outcomes
            ],
        }

    return {
        "case": name,
        "facts": case_json(row.items()),
        **outcome(explanation.verdict),
        "rules": [_rule_json(each) for each in explanation.rules],
        "documents": [document(each) for each in explanation.documents],
        "changes": [
            {
                "to": changes.to,
                "facts tried at once": changes.searched,
                "search finished": changes.whole,
                "found": [change(each) for each in changes.found],
            }
            for changes in explanation.changes
        ],
    }


def _rule_json(each: ExplainedRule) -> dict[str, object]:
    return {
        **rule_json(each.rule),
        "finding": each.finding,
        "follows": each.follows or None,
        "decided by": case_json(each.facts.items()),
        "condition": _part_json(each.condition),
        "applies": None if each.when is None else _part_json(each.when),
        "not in force": [_part_json(part) for part in each.outside],
    }


def _part_json(part: JudgedCondition) -> dict[str, object]:
    found: dict[str, object] = {
        "text": part.text,
        "value": part.value,
        "decides": part.decides,
    }
    if part.term:
        found["term"] = part.term
    if part.parts:
        found["parts"] = [_part_json(below) for below in part.parts]
    else:
        found["facts"] = case_json(part.facts)
    return found
