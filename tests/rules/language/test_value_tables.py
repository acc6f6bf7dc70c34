"""Tables: a value that a fact of the case chooses."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings

from rules.generated import FACTS, VALUES, checked, row
from sojourn.errors import RuleError, SojournError
from sojourn.rules.agreement.file import read_agreement
from sojourn.rules.language.parse import parse
from sojourn.rules.language.type_check import check
from sojourn.rules.meaning.reference import evaluate
from sojourn.study.model.agreement import DatedValue
from sojourn.study.model.facts import Fact

SOURCES = (
    "entered >= since", "since + 6 months <= due", "term > grace", "term - grace < 2 * grace",
    "months(since, due) >= 6", "max(entered, since) = due", "due in (since, entered)",
    "(flag = (entered >= since)) or term > grace", "since >= 2001-01-01", "not (entered < since)",
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(row=row)
def test_a_table_means_the_value_that_the_fact_chooses(row):
    """Held against the same condition with that value in place of the table's name."""
    for source in SOURCES:
        found = evaluate(checked(source), row)
        plain = {}
        for land in FACTS["land"].values:
            put = source
            for name in ("since", "grace"):
                amount = dict(VALUES[name].table)[land]
                words = amount.isoformat() if isinstance(amount, date) else f"{amount.value} days"
                put = put.replace(name, f"({words})" if name == "grace" else words)
            plain[land] = evaluate(checked(put), row)
        if row["land"] is not None:
            assert found is plain[row["land"]], source
        else:
            # Missing: unknown, unless no value would make it true, or, turned round, false.
            assert found is None or set(plain.values()) == {found}, source


def test_every_evaluator_knows_tables():
    pytest.importorskip("z3")
    from rules.meaning.test_meaning import by_arrays
    from rules.meaning.test_z3_terms import by_z3
    from sojourn.rules.prove.witness import confirm

    days = (date(1999, 1, 1), date(2000, 2, 29), date(2000, 8, 29), date(2001, 6, 24), None)
    lengths, flags = (30.0, 31.0, 2.5, 60.0, None), (True, False, None, True, False)
    cases = list(zip(days, days[1:] + days[:1], lengths, flags, strict=True))
    rows = [
        dict.fromkeys(FACTS)
        | {"land": land, "entered": entered, "due": due, "term": term, "flag": flag}
        for land in (*FACTS["land"].values, None)
        for entered, due, term, flag in cases
    ]
    for source in SOURCES:
        expression = checked(source)
        plain = [evaluate(expression, row) for row in rows]
        assert by_arrays(expression, rows) == plain, source
        assert by_z3(expression, rows[::3], hidden=rows[0]) == plain[::3], source
        confirm(rows, [expression], FACTS)  # and DuckDB


def refused(source, values, facts=FACTS):
    with pytest.raises(RuleError) as caught:
        check(parse(source), facts, dated=values)
    return str(caught.value)


def test_a_table_has_a_value_for_each_of_the_fact_s():
    part = DatedValue(chosen_by="land", table=(("US", date(2001, 6, 24)),))
    assert "the table `since` has no value for SV, MX" in refused(
        "entered >= since", {"since": part}
    )
    by_word = DatedValue(chosen_by="word", table=(("US", date(2001, 6, 24)),))
    assert "which is no text with declared values" in refused(
        "entered >= since", {"since": by_word}
    )
    assert "compare it with something, as: today >= since" in refused("since", VALUES)


LAW = """\
title: A convention
sending: US
receiving: a party
today: requested
facts:
  requested: {type: date}
  receiver: {values: [SV, MX, XX]}
values:
  party_since: {chosen by: receiver, table: {SV: 2008-01-17, MX: 1997-07-02, XX: never}, cite: list}
rules:
  party: {require: today >= party_since, cite: art. 2}
cases:
  before: {says: a, today: 2008-01-16, facts: {receiver: SV}, outcome: barred, because: party}
  on the day: {says: a, today: 2008-01-17, facts: {receiver: SV}, outcome: eligible}
  never: {says: a, today: 2026-01-01, facts: {receiver: XX}, outcome: barred, because: party}
  not said: {says: a, today: 2026-01-01, facts: {}, outcome: referred, because: party}
  before all: {says: a, today: 1990-01-01, facts: {}, outcome: barred, because: party}
"""


def test_a_file_has_tables(tmp_path):
    import sojourn as sj

    file = tmp_path / "law.yaml"
    file.write_text(LAW)
    law = sj.agreement(file)
    assert all(row["passed"] for row in law.cases)
    assert "by receiver: SV 17 January 2008, MX 2 July 1997, XX never [list]" in str(law)
    told = str(law.explain({"requested": "2008-01-16", "receiver": "SV"}))
    assert "2008-01-17" in told


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("{chosen by: receiver}", "a table names a value for each value of the fact"),
        ("{chosen by: receiver, table: {SV: 2008-01-17, MX: 3 days}}", "of several kinds"),
        ("{table: {SV: 2008-01-17}}", "no fact is named that chooses from the table"),
        ("{chosen by: receiver, table: {SV: 2008-01-17}}", "has no value for MX, XX"),
        ("{chosen by: requested, table: {SV: 2008-01-17}}", "no text with declared values"),
        ("{chosen by: receiver, table: {SV: 2008-01-17}, dated: 3 days}", "dated or a table"),
    ],
)
def test_tables_that_cannot_be_meant_are_refused(tmp_path, table, said):
    file = tmp_path / "law.yaml"
    start = LAW.index("  party_since: ") + len("  party_since: ")
    file.write_text(LAW[:start] + table + LAW[LAW.index("\nrules:") :])
    with pytest.raises(SojournError) as caught:
        read_agreement(file)
    assert said in str(caught.value)


def test_a_fact_goes_before_a_table_of_its_name():
    facts = {**FACTS, "since": Fact(type="date")}
    assert evaluate(check(parse("since = 2020-01-01"), facts, dated=VALUES),
                    {"since": date(2020, 1, 1)})  # fmt: skip
