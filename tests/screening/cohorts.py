"""Cohorts written for tests, and what they must come to, said anew in plain Python."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
from sojourn.study.model.agreement import Rule

from rules.generated import FACTS
from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.language.tree import Expression, Negation
from sojourn.rules.meaning.reference import evaluate
from sojourn.study.fact_types import mask, members

ARROW = {
    "text": pa.string(), "number": pa.float64(), "duration": pa.float64(), "yes-no": pa.bool_(),
    "date": pa.date32(), "set": pa.list_(pa.string()),
}  # fmt: skip


def rule_of(name, expression, kind="require", if_unknown="refer"):
    """A rule that is met where the expression is true."""
    made = Rule(kind=kind, condition="-", if_unknown=if_unknown, cite="Treaty 1")
    root = Negation(expression.root, 0) if kind == "bar" else expression.root
    return CheckedRule(name, made, Expression(root, ""))


def _held(value, fact, masks):
    """A documented value as Arrow takes it; a set as a list of its members, or as their mask."""
    if fact.type != "set" or value is None:
        return value
    return mask(members(value), fact.values) if masks else list(members(value))


def write_parquet(rows, path, facts=FACTS, masks=False, **more):
    """The rows as a Parquet file in several row groups; `more` are further columns, as lists."""
    columns = {
        name: pa.array(
            [_held(row[name], fact, masks) for row in rows],
            pa.int64() if masks and fact.type == "set" else ARROW[fact.type],
        )
        for name, fact in facts.items()
    }
    pq.write_table(pa.table({**columns, **more}), path, row_group_size=3)
    return path


def outcome(rules, row):
    """Of one case: the rules that fail, and those that are open, by their places."""
    failed, unknown = [], []
    for place, rule in enumerate(rules):
        met = evaluate(rule.met, row)
        if met is False or (met is None and rule.rule.if_unknown == "fail"):
            failed.append(place)
        elif met is None and (rule.rule.if_unknown == "refer" or rule.rule.kind == "bar"):
            unknown.append(place)
    return failed, unknown


def status_of(failed, unknown):
    return "barred" if failed else "referred" if unknown else "eligible"


def totals(rules, rows, weights=None):
    """Every count of a screening, case by case."""
    found = Counter()
    for row, weight in zip(rows, weights or [1] * len(rows), strict=True):
        failed, unknown = outcome(rules, row)
        status = status_of(failed, unknown)
        found["people"] += weight
        found[status] += weight
        for place in range(len(rules)):
            found["fails", place] += weight * (place in failed)
            found["unknown", place] += weight * (place in unknown)
            found["remaining", place] += weight * (not any(other <= place for other in failed))
            found["only_this", place] += weight * (failed == [place])
            found["undetermined_only", place] += weight * (not failed and unknown == [place])
            rule = rules[place]
            without = weight * (evaluate(rule.met, row) is None)
            found["passes_unknown", place] += without * (
                not rule.refers and rule.rule.if_unknown == "pass"
            )
            found["fails_unknown", place] += without * (rule.rule.if_unknown == "fail")
        if status == "referred":
            wanted = {fact for place in unknown for fact in rules[place].facts if row[fact] is None}
            for fact in wanted:
                found["wanted", fact] += weight
                found["fact only", fact] += weight * (len(wanted) == 1)
    return found
