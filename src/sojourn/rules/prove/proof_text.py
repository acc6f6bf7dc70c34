"""A proof, or a comparison of two drafts, as lines of text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.explain.case_words import (
    DeclaredFacts,
    case_json,
    case_words,
    cited,
    listed,
    plain,
    wrapped,
)
from sojourn.rules.prove.compare_drafts import DraftDifference, Only, RuleChange
from sojourn.rules.prove.prove import AgreementProof, AnsweredQuestion
from sojourn.rules.prove.witness import Witness

_FINDINGS = {
    "redundant": "never decides a case: everybody it stops is also stopped by {others}",
    "redundant if documented": (
        "never decides a case whose facts are documented: everybody it stops is also stopped by "
        "{others}; where a fact is missing it still refers or excludes"
    ),
    "never applies": "never applies: it is never in force with its `when` true",
    "never excludes": "never excludes anybody whose facts are documented",
    "always excludes": "excludes everybody whose facts are documented",
}


def proof_lines(
    proof: AgreementProof,
    rules: Sequence[CheckedRule],
    facts: DeclaredFacts,
    day: date | None = None,
) -> Iterator[str]:
    """The answers in order: can anybody be eligible, the rules, the questions.

    `day` is the day of decision, if it is the same for all cases.
    """
    yield from _possible_lines(proof, rules, facts)
    by_day = {rule.name for rule in rules if day is not None and not rule.facts}
    for finding in proof.findings:
        yield ""
        what = _FINDINGS[finding.what].format(others=listed(finding.because, "or"))
        if finding.what == "always excludes" and finding.rule in by_day:
            what = f"excludes everybody on {day}"
        yield from wrapped(f"{finding.rule}: {what}", 0)
    if proof.unexamined:
        yield ""
        yield from wrapped(
            f"Not examined beside it, as none decides: {listed(proof.unexamined)}", 0
        )
    yield from _missing_lines(proof, facts)
    reasons = {why: [name for name, each in proof.open if each == why] for _, why in proof.open}
    for why, names in reasons.items():
        yield ""
        yield from wrapped(f"Not proven whether they are needed ({why}): {listed(names)}", 0)
    for asked in proof.asked:
        yield ""
        yield from _asked_lines(asked, facts)


def _possible_lines(
    proof: AgreementProof, rules: Sequence[CheckedRule], facts: DeclaredFacts
) -> Iterator[str]:
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


def _missing_lines(proof: AgreementProof, facts: DeclaredFacts) -> Iterator[str]:
    for missing in proof.missing:
        yield ""
        yield (
            f"{missing.fact}: a case that lacks it is eligible, and {missing.status} with one of "
            "its values:"
        )
        row = [
            (name, None if name == missing.fact else value) for name, value in missing.witness.facts
        ]
        yield from wrapped(f"{case_words(row, facts)} → eligible", 2)
        value = [(missing.fact, missing.witness.row[missing.fact])]
        yield from wrapped(f"with {case_words(value, facts)} → {missing.status}", 2)
    if not proof.missing or not proof.missing_settled:
        yield ""
        other = "other " if proof.missing else ""
        answer = "proven" if proof.missing_settled else "not proven"
        yield (
            f"No {other}missing fact makes a case eligible that one of its values would not: "
            f"{answer}."
        )


def _rule_lines(rule: CheckedRule) -> Iterator[str]:
    yield from wrapped(f"{rule.name}: {rule.rule.kind} {rule.rule.condition}{rule.rule.scope}", 2)
    yield from wrapped(cited(rule), 4)


def _asked_lines(asked: AnsweredQuestion, facts: DeclaredFacts) -> Iterator[str]:
    head = f"{asked.kind} {asked.condition}"
    if asked.answer == "yes":
        yield f"{head}: proven"
    elif asked.answer == "not proven":
        yield f"{head}: not proven ({asked.why})"
    else:
        shows = "may show, since a fact is missing" if asked.unknown else "shows"
        yield f"{head}: no, as this case {shows}:"
        assert asked.witness is not None
        yield from _case(asked.witness, facts)


def _case(witness: Witness, facts: DeclaredFacts) -> Iterator[str]:
    yield from wrapped(case_words(witness.facts, facts), 2)


def _shown(witness: Witness | None) -> object:
    return None if witness is None else case_json(witness.facts)


def proof_json(proof: AgreementProof) -> dict[str, object]:
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
        "not examined": list(proof.unexamined),
        "missing facts that make eligible": [
            {
                "fact": each.fact,
                "case": {**case_json(each.witness.facts), each.fact: None},
                "value": plain(each.witness.row[each.fact]),
                "outcome with the value": each.status,
            }
            for each in proof.missing
        ],
        "missing facts settled": proof.missing_settled,
        "not proven": [{"rule": name, "why": why} for name, why in proof.open],
        "asked": [
            {
                "question": each.kind,
                "condition": each.condition,
                "holds": each.answer,
                "case": _shown(each.witness),
                "unknown for the case": each.unknown if each.witness else None,
                "why": each.why or None,
            }
            for each in proof.asked
        ],
        "seconds": round(proof.seconds, 3),
    }


def difference_lines(found: DraftDifference, facts: DeclaredFacts) -> Iterator[str]:
    """Whom the new draft takes and no longer takes, by which rules; and the declared facts."""
    if found.same_outcomes:
        but = "" if found.equal else " But one file allows cases that the other refuses; see below."
        yield f"The two agreements give every case the same outcome: proven.{but}"
    else:
        yield from _only_lines("The new draft takes", "the old one", found.only_new, facts)
        yield from _only_lines(
            "The new draft no longer takes", "the new one", found.only_old, facts
        )
    if found.same_outcomes is None:
        yield "Whether the two agreements give every case the same outcome is not proven."
    if found.other is not None:
        yield "They differ if facts are missing, for example on this case:"
        yield from _case(found.other, facts)
    for change in found.rules:
        yield ""
        yield from _change_lines(change, facts)
    if found.declarations:
        yield ""
        yield "Facts are declared differently; every case that either file can state is compared:"
        for line in found.declarations:
            yield from wrapped(line, 2)


def _only_lines(takes: str, other: str, only: Only, facts: DeclaredFacts) -> Iterator[str]:
    """A case that one draft takes and the `other` does not."""
    if only.answer == "none":
        yield f"{takes}: nobody else whose facts are documented (proven)."
    elif only.answer == "not proven":
        yield f"{takes}: not proven ({only.why})."
    else:
        assert only.witness is not None
        yield f"{takes}, for example, this case, which {listed(only.rules)} in {other} stops:"
        yield from _case(only.witness, facts)
        if not only.stated:
            yield "  Only one of the two files can state this case; see the declared facts below."


def _change_lines(change: RuleChange, facts: DeclaredFacts) -> Iterator[str]:
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


def difference_json(found: DraftDifference) -> dict[str, object]:
    """The comparison as plain values."""

    def only(each: Only) -> dict[str, object]:
        return {
            "answer": each.answer,
            "case": _shown(each.witness),
            "stopped by": list(each.rules),
            "both files can state it": each.stated if each.witness else None,
            "why": each.why or None,
        }

    return {
        "equal": found.equal,
        "same outcomes": found.same_outcomes,
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
