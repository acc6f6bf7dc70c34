"""No small count can be had from what is shown: held to exact elimination, done anew here."""

from __future__ import annotations

import time
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from rules.cohorts import outcome, rule_of
from rules.generated import FACTS, checked, row
from rules.test_screen import agreements
from sojourn.rules.funnel import Tally
from sojourn.rules.published import _cells, publish
from sojourn.rules.screened import FactCount, GroupCount, Screened
from sojourn.rules.smallcells import held_back


def following(counts, sums, shown):
    """The cells that follow from the shown ones by sums and differences: exact elimination."""
    unknown = [cell for cell in counts if cell not in shown]
    rows = []
    for total, parts in sums:
        line = {cell: Fraction(0) for cell in unknown}
        for cell, sign in [(total, 1), *((part, -1) for part in parts)]:
            if cell in line:
                line[cell] += sign
        rows.append([line[cell] for cell in unknown])
    pivots = []
    for column in range(len(unknown)):
        at = next((r for r in range(len(pivots), len(rows)) if rows[r][column]), None)
        if at is None:
            continue
        place = len(pivots)
        rows[place], rows[at] = rows[at], rows[place]
        rows[place] = [value / rows[place][column] for value in rows[place]]
        for other in range(len(rows)):
            if other != place and rows[other][column]:
                factor = rows[other][column]
                rows[other] = [
                    a - factor * b for a, b in zip(rows[other], rows[place], strict=True)
                ]
        pivots.append(column)
    return {
        unknown[column]
        for place, column in enumerate(pivots)
        if sum(value != 0 for value in rows[place]) == 1
    }


def between(counts, sums, shown, cell):
    """The least and greatest value of a cell that the shown ones leave open."""
    names = list(counts)
    lines, targets = [], []
    for total, parts in sums:
        line = [0] * len(names)
        line[names.index(total)] += 1
        for part in parts:
            line[names.index(part)] -= 1
        lines.append(line)
        targets.append(0)
    limits = [(counts[name], counts[name]) if name in shown else (0, None) for name in names]
    wanted = [float(name == cell) for name in names]
    low = linprog(wanted, A_eq=lines, b_eq=targets, bounds=limits)
    high = linprog([-value for value in wanted], A_eq=lines, b_eq=targets, bounds=limits)
    return low.fun, float("inf") if high.status == 3 else -high.fun


def test_one_small_part_takes_the_next_smallest_with_it():
    counts = {"all": 100, "a": 3, "b": 40, "c": 57}
    assert held_back(counts, [("all", ["a", "b", "c"])], list(counts), 10) == {"a", "b"}
    assert held_back({**counts, "a": 5, "b": 5, "c": 90}, [("all", ["a", "b", "c"])],
                     list(counts), 10) == {"a", "b"}  # fmt: skip
    assert held_back({**counts, "a": 0}, [("all", ["a", "b", "c"])], list(counts), 10) == set()
    assert held_back(counts, [("all", ["a", "b", "c"])], list(counts), 0) == set()


def test_what_a_total_leaves_over_is_protected_too():
    counts = {"all": 100, "told": 97, "rest": 3}
    assert held_back(counts, [("all", ["told", "rest"])], ["all", "told"], 10) == {"told"}


def test_a_count_that_only_zeros_betray_is_protected_too():
    # a = 5 + b and a = 5 − c follow from what is shown: no count is below zero, so a is 5.
    counts = {"s": 5, "t": 5, "a": 5, "b": 0, "c": 0}
    sums = [("a", ["s", "b"]), ("t", ["a", "c"])]
    counts.update(s=50, t=50, a=50)
    assert held_back(counts, sums, ["s", "t"], 10) == set()
    counts = {"s": 20, "u": 12, "x": 12, "a": 8, "b": 0, "c": 0}
    sums = [("s", ["x", "a", "b"]), ("u", ["x", "c"])]
    shown = ["s", "u"]
    # a + b = 20 − x and x = 12 − c: a is at most 20 and at least 0, so nothing has to go.
    low, high = between(counts, sums, shown, "a")
    assert low < 8 < high
    assert held_back(counts, sums, shown, 10) == set()
    # With x = 12 + d as well, x is 12, and a + b = 8 leaves a open still; b = 0 shown tells it.
    counts["d"] = 0
    sums.append(("x", ["u", "d"]))
    assert held_back(counts, sums, [*shown, "b"], 10) != set()


def screened_of(rules, rows, by):
    """Counts of a cohort in plain Python."""
    found = {"eligible": 0, "barred": 0, "referred": 0}
    told = [outcome(rules, one) for one in rows]
    status = ["barred" if f else "referred" if u else "eligible" for f, u in told]
    for one in status:
        found[one] += 1
    tallies = [
        Tally(
            sum(place in f for f, _ in told),
            sum(place in u for _, u in told),
            sum(not any(other <= place for other in f) for f, _ in told),
            sum(f == [place] for f, _ in told),
            sum(not f and u == [place] for f, u in told),
        )
        for place in range(len(rules))
    ]
    wants = [
        {fact for p in u for fact in rules[p].facts if one[fact] is None} if not f else set()
        for one, (f, u) in zip(rows, told, strict=True)
    ]
    facts = [
        FactCount(fact, sum(fact in want for want in wants), sum(want == {fact} for want in wants))
        for fact in dict.fromkeys(fact for rule in rules for fact in rule.facts)
    ]
    values = [one[by] for one in rows]
    groups = [
        GroupCount(
            value,
            values.count(value),
            *(
                sum(v == value and s == name for v, s in zip(values, status, strict=True))
                for name in ("eligible", "barred", "referred")
            ),
        )
        for value in dict.fromkeys(values)
    ]
    return Screened(len(rows), len(rows), *found.values(), tuple(tallies), tuple(facts),
                    tuple(groups), ())  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    rules=agreements(),
    rows=st.lists(st.tuples(row, st.sampled_from([1, 1, 2, 5, 9, 30])), min_size=1, max_size=10),
    smallest=st.sampled_from([3, 10]),
)
def test_no_small_count_follows_from_what_is_published(rules, rows, smallest):
    screened = screened_of(rules, [one for one, times in rows for _ in range(times)], "flag")
    published = publish(screened, rules, smallest)
    counts, sums = _cells(screened)
    for total, parts in sums:
        assert counts[total] == sum(counts[part] for part in parts)
    assert all(count >= 0 for count in counts.values())
    shown = {key for key, count in published.counts.items() if count is not None}
    assert all(published.counts[key] == counts[key] for key in shown)
    small = {cell for cell, count in counts.items() if 0 < count < smallest}
    assert not small & shown
    assert not small & following(counts, sums, shown)
    for cell in sorted(small)[:3]:
        low, high = between(counts, sums, shown, cell)
        assert high - low > 0.4, cell


def test_without_a_threshold_everything_is_shown():
    rules = [rule_of("adult", checked("age >= 18"))]
    rows = [dict.fromkeys(FACTS) | {"age": age} for age in (10.0, 20.0, None)]
    published = publish(screened_of(rules, rows, "flag"), rules, 0)
    assert published.held_back == 0
    assert published.funnel[0]["fails"] == published.funnel[0]["unknown"] == 1
    assert [one["people"] for one in published.statuses] == [3, 1, 1, 1]
    assert published.facts == [{"fact": "age", "wanted": 1, "only_this": 1}]
    assert published.groups == [
        {"value": None, "people": 3, "eligible": 1, "barred": 1, "referred": 1}
    ]
    hidden = publish(screened_of(rules, rows, "flag"), rules, 10)
    assert {one["people"] for one in hidden.statuses} == {None}


def test_an_agreement_of_many_rules_is_quick():
    rules = [rule_of(f"r{n}", checked("age >= 18 and (flag or mark)")) for n in range(30)]
    rows = [
        dict.fromkeys(FACTS) | {"age": age, "flag": flag, "mark": None, "word": word}
        for age in (10.0, None, 30.0)
        for flag in (True, None)
        for word in "abcdefghijkl"
        for _ in range(ord(word) % 7)
    ]
    began = time.perf_counter()
    published = publish(screened_of(rules, rows, "word"), rules, 10)
    assert time.perf_counter() - began < 20
    assert 0 < published.held_back < len(published.counts)
