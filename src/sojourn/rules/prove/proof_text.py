"""A proof, or a comparison of two drafts, as lines of text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.explain.case_words import Facts, case_json, case_words, cited, listed, wrapped
from sojourn.rules.prove.compare_drafts import Difference, Only, RuleChange
from sojourn.rules.prove.prove import Asked, Finding, Proof
from sojourn.rules.prove.witness import Witness

_FINDINGS = {
    "redundant": "redundant: without it every case has the same outcome",
    "redundant if documented": (
        "redundant where everything is documented; where a fact is missing it still refers or "
        "excludes"
    ),
    "never applies": "never applies: it is never in force with its `when` true",
    "never excludes": "never excludes anybody whose facts are documented",
    "always excludes": "excludes everybody whose facts are documented",
}


def proof_lines(proof: Proof, rules: Sequence[CheckedRule], facts: Facts) -> Iterator[str]:
    """The answers in order: can anybody be eligible, the rules, the questions."""
    yield from _possible_lines(proof, rules, facts)
    for finding in proof.findings:
        yield ""
        yield from _finding_lines(finding)
    reasons = {why: [name for name, each in proof.open if each == why] for _, why in proof.open}
    for why, names in reasons.items():
        yield ""
        yield from wrapped(f"Not proven whether they are needed ({why}): {listed(names)}", 0)
    for asked in proof.asked:
        yield ""
        yield from _asked_lines(asked, facts)


def _possible_lines(proof: Proof, rules: Sequence[CheckedRule], facts: Facts) -> Iterator[str]:
    possible = proof.possible
    if possible.answer == "not proven":
        yield f"Whether anybody can be eligible: not proven ({possible.why})"
    elif not rules:
        yield "The agreement has no rules, so everybody is eligible."
    elif possible.witness is not None:
        yield "Somebody can be eligible, for example this case:"
        yield from _case(possible.witness, facts)
    else:
        yield "Nobody whose facts are documented can be eligible: proven."
        least = (
            "The smallest set of rules that nobody can meet together:"
            if possible.smallest
            else "Rules that nobody can meet together; a smaller set may exist:"
        )
        yield least
        by_name = {rule.name: rule for rule in rules}
        for name in possible.conflict:
            yield from _rule_lines(by_name[name])
        if possible.undocumented is not None:
            yield "A case with a missing fact can still be eligible:"
            yield from _case(possible.undocumented, facts)


def _rule_lines(rule: CheckedRule) -> Iterator[str]:
    yield from wrapped(f"{rule.name}: {rule.rule.kind} {rule.rule.condition}{rule.rule.scope}", 2)
    yield from wrapped(cited(rule), 4)


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield from wrapped(f"{finding.rule}: {_FINDINGS[finding.what]}", 0)
    if finding.because:
        yield from wrapped(f"implied by {listed(finding.because)}", 2)


def _asked_lines(asked: Asked, facts: Facts) -> Iterator[str]:
    head = f"{asked.kind} {asked.condition}"
    if asked.answer == "yes":
        yield f"{head}: proven"
    elif asked.answer == "not proven":
        yield f"{head}: not proven ({asked.why})"
    else:
        yield f"{head}: no, as this case shows:"
        assert asked.witness is not None
        yield from _case(asked.witness, facts)


def _case(witness: Witness, facts: Facts) -> Iterator[str]:
    yield from wrapped(case_words(witness.facts, facts), 2)


def _shown(witness: Witness | None) -> object:
    return None if witness is None else case_json(witness.facts)


def proof_json(proof: Proof) -> dict[str, object]:
    """The answers as plain values."""
    possible = proof.possible
    return {
        "anybody eligible": {
            "answer": possible.answer,
            "case": _shown(possible.witness),
            "conflict": list(possible.conflict),
            "smallest": possible.smallest if possible.conflict else None,
            "case with missing facts": _shown(possible.undocumented),
            "why": possible.why or None,
        },
        "rules": [
            {"rule": each.rule, "finding": each.what, "implied by": list(each.because)}
            for each in proof.findings
        ],
        "not proven": [{"rule": name, "why": why} for name, why in proof.open],
        "asked": [
            {
                "question": each.kind,
                "condition": each.condition,
                "holds": each.answer,
                "case": _shown(each.witness),
                "why": each.why or None,
            }
            for each in proof.asked
        ],
        "seconds": round(proof.seconds, 3),
    }


def difference_lines(found: Difference, facts: Facts) -> Iterator[str]:
    """Whether the drafts differ, on which cases, by which rules, and in their declared facts."""
    if found.equal:
        yield "The two agreements give every case the same outcome: proven."
    elif found.equal is None:
        yield "Whether the two agreements give every case the same outcome is not proven."
    else:
        yield "The two agreements differ."
    if not found.equal:
        yield from _only_lines("old", "new", found.only_old, facts)
        yield from _only_lines("new", "old", found.only_new, facts)
    if found.other is not None:
        yield "They differ if facts are missing, for example on this case:"
        yield from _case(found.other, facts)
    for change in found.rules:
        yield ""
        yield from _change_lines(change, facts)
    if found.declarations:
        yield ""
        yield "Declared facts, compared as far as both can document them:"
        for line in found.declarations:
            yield from wrapped(line, 2)


def _only_lines(mine: str, other: str, only: Only, facts: Facts) -> Iterator[str]:
    if only.answer == "none":
        yield f"Eligible only under the {mine} one: nobody whose facts are documented (proven)."
    elif only.answer == "not proven":
        yield f"Eligible only under the {mine} one: not proven ({only.why})."
    else:
        assert only.witness is not None
        yield (
            f"Eligible only under the {mine} one, because of {listed(only.rules)} in the "
            f"{other} one:"
        )
        yield from _case(only.witness, facts)


def _change_lines(change: RuleChange, facts: Facts) -> Iterator[str]:
    if change.means_same:
        yield f"{change.rule}: written differently, same meaning (proven)"
        return
    yield f"{change.rule}: {change.reads}"
    for witness, alone, what in (
        (
            change.stops,
            change.stops_alone,
            "in the new agreement, stops a case that the old accepts",
        ),
        (
            change.lets,
            change.lets_alone,
            "in the old agreement, stopped a case that the new accepts",
        ),
    ):
        if witness is not None:
            yield f"  {what}{', as the only rule' if alone else ', but never as the only rule'}:"
            yield from wrapped(case_words(witness.facts, facts), 4)
    if change.why:
        yield f"  not proven: {change.why}"
    elif change.stops is None and change.lets is None:
        yield "  changes no outcome of a case whose facts are documented (proven)"


def difference_json(found: Difference) -> dict[str, object]:
    """The comparison as plain values."""

    def only(each: Only) -> dict[str, object]:
        return {
            "answer": each.answer,
            "case": _shown(each.witness),
            "stopped by": list(each.rules),
            "why": each.why or None,
        }

    return {
        "equal": found.equal,
        "case with missing facts": _shown(found.other),
        "eligible under old alone": only(found.only_old),
        "eligible under new alone": only(found.only_new),
        "rules": [
            {
                "rule": each.rule,
                "written": each.reads,
                "means the same": each.means_same,
                "stops in new": _shown(each.stops),
                "alone in new": each.stops_alone,
                "stopped in old": _shown(each.lets),
                "alone in old": each.lets_alone,
                "not proven": each.why or None,
            }
            for each in found.rules
        ],
        "declarations": list(found.declarations),
        "seconds": round(found.seconds, 3),
    }
