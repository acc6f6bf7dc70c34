"""A cohort's counts and rows are those of the plain meaning, case by case."""

from __future__ import annotations

import math
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.generated import FACTS, checked, condition, row
from screening.cohorts import outcome, rule_of, status_of, totals, write_parquet
from sojourn.rules.language.tree import births_of
from sojourn.screening.cohort import CohortError, DuckCohort
from sojourn.screening.cohort_columns import Choices
from sojourn.screening.scan_cohort import screen, write_rows
from sojourn.study.model.facts import Fact

PARTS = (
    "fails", "unknown", "remaining", "only_this", "undetermined_only", "passes_unknown",
    "fails_unknown",
)  # fmt: skip


@st.composite
def agreements(draw, conditions=condition):
    rules = []
    for place, source in enumerate(draw(st.lists(conditions, min_size=1, max_size=5))):
        kind, unknown = draw(
            st.sampled_from(
                [("require", "refer"), ("require", "fail"), ("require", "pass"), ("bar", "refer")]
            )
        )
        rules.append(rule_of(f"rule '{place}'", checked(source), kind, unknown))
    return rules


def counts_of(screened, rules):
    found = {"people": screened.people, "eligible": screened.eligible, "barred": screened.barred,
             "referred": screened.referred}  # fmt: skip
    for place, tally in enumerate(screened.rules):
        found.update({(part, place): getattr(tally, part) for part in PARTS})
    for fact in screened.facts:
        found["wanted", fact.fact], found["fact only", fact.fact] = fact.wanted, fact.only_this
    return found


def same(found, expected):
    """Counts that are not named are none."""
    return {key: value for key, value in found.items() if value} == {
        key: value for key, value in expected.items() if value
    }


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rules=agreements(), rows=st.lists(row, min_size=1, max_size=12), data=st.data())
def test_counts_and_rows_are_those_of_the_plain_meaning(tmp_path, rules, rows, data):
    weights = data.draw(st.lists(st.integers(0, 9), min_size=len(rows), max_size=len(rows)))
    # A date whose age is asked for is a birth, of which a cohort shows the month alone.
    born = {fact for checked in rules for fact in births_of(checked.met)}
    rows = [
        {name: value.replace(day=1) if name in born and isinstance(value, date) else value
         for name, value in one.items()}
        for one in rows
    ]  # fmt: skip
    cases = [{**one, "word": None if one["word"] == "" else one["word"],
              "other": None if one["other"] == "" else one["other"]} for one in rows]  # fmt: skip
    path = write_parquet(
        rows, tmp_path / "cohort.parquet", case=[f"c{n}" for n in range(len(rows))], n=weights
    )
    out = tmp_path / "out.parquet"
    plain = Choices(drop=("n",), identifier="case")
    with DuckCohort(str(path), threads=2, writes=out) as engine:
        found = screen(engine, rules, FACTS, plain)
        weighted = screen(engine, rules, FACTS, Choices(drop=("case",), weights="n"))
        write_rows(engine, rules, FACTS, plain, str(out))
    assert same(counts_of(found, rules), totals(rules, cases))
    assert same(counts_of(weighted, rules), totals(rules, cases, weights))
    assert (found.rows, weighted.rows) == (len(rows), len(rows))
    told = pq.read_table(out).to_pylist()
    for place, (one, case) in enumerate(zip(told, cases, strict=True)):
        failed, unknown = outcome(rules, case)
        assert one == {
            "file": "cohort.parquet",
            "row": place + 1,
            "case": f"c{place}",
            "failed": sum(1 << at for at in failed),
            "unknown": sum(1 << at for at in unknown),
            "status": status_of(failed, unknown),
            "first_failing": rules[failed[0]].name if failed else None,
        }
    assert [file.name for file in tmp_path.iterdir() if "unfinished" in file.name] == []


def made(path, table):
    """A file of these columns: Parquet with their types, or CSV."""
    if path.suffix == ".parquet":
        pq.write_table(pa.table(table), path)
    else:
        lines = [",".join(table)] + [
            ",".join("" if value is None else str(value) for value in values)
            for values in zip(*table.values(), strict=True)
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def screened(path, sources, facts=FACTS, **choices):
    rules = [rule_of(f"r{place}", checked(source)) for place, source in enumerate(sources)]
    with DuckCohort(str(path), threads=1) as engine:
        return screen(engine, rules, facts, Choices(**choices))


def refusal(path, sources, **choices):
    with pytest.raises(CohortError) as caught:
        screened(path, sources, **choices)
    return "\n".join(map(str, caught.value.problems))


def test_many_rules_and_many_facts_take_several_words(tmp_path):
    from sojourn.rules.language.parse import parse
    from sojourn.rules.language.type_check import check
    from sojourn.study.model.facts import Fact

    facts = {f"f{n}": Fact(type="yes-no") for n in range(70)}
    rules = [rule_of(f"r{n}", check(parse(f"f{n}"), facts)) for n in range(70)]
    rows = [{f"f{n}": True for n in range(70)} for _ in range(8)]
    for place, (fact, value) in enumerate(
        [("f0", False), ("f30", None), ("f31", False), ("f61", None), ("f62", False), ("f62", None),
         ("f69", None)]
    ):  # fmt: skip
        rows[place][fact] = value
    rows[7].update(f5=None, f65=None, f69=False)
    path = write_parquet(rows, tmp_path / "many.parquet", facts)
    out = tmp_path / "rows.parquet"
    with DuckCohort(str(path), writes=out) as engine:
        found = screen(engine, rules, facts, Choices())
        assert same(counts_of(found, rules), totals(rules, rows))
        with pytest.raises(CohortError, match="70 rules do not fit into a mask"):
            write_rows(engine, rules, facts, Choices(), str(out))
        write_rows(engine, rules[:63], facts, Choices(), str(out))
    told = pq.read_table(out).to_pylist()
    assert [(one["failed"], one["unknown"]) for one in told[:6]] == [
        (1, 0), (0, 1 << 30), (1 << 31, 0), (0, 1 << 61), (1 << 62, 0), (0, 1 << 62),
    ]  # fmt: skip
    assert told[4]["first_failing"] == "r62"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_files_of_either_kind_come_to_the_same(tmp_path, form):
    table = {
        "age": [12, 40, None, 30.5],
        "flag": ["yes", "False", "", "TRUE"],
        "entered": ["2025-02-04", "2025-02-05", "unknown", None],
        "word": ["x", "unknown", " ", "y"],
        "term": ["30", "1e2", None, " 7.5 "],
    }
    path = made(tmp_path / f"cohort.{form}", table)
    found = screened(
        path, ["age >= 18", "flag", "entered <= 2025-02-04", "word = 'x'", "term >= 30 days"]
    )
    assert [(tally.fails, tally.unknown) for tally in found.rules] == [
        (1, 1), (1, 1), (1, 2), (1, 2), (1, 1),
    ]  # fmt: skip


def test_a_folder_is_one_cohort_and_its_rows_name_their_file(tmp_path):
    folder = tmp_path / "cohort"
    (folder / "later").mkdir(parents=True)
    for name, ages in (("a", [10, 20]), ("later/b", [30]), ("_c", [1])):
        made(folder / f"{name}.csv", {"age": ages})
    (folder / "_SUCCESS").write_text("")
    out = tmp_path / "rows.parquet"
    rules = [rule_of("adult", checked("age >= 18"))]
    with DuckCohort(str(folder), writes=out) as engine:
        assert screen(engine, rules, FACTS, Choices()).barred == 1
        write_rows(engine, rules, FACTS, Choices(), str(out))
    told = [(one["file"], one["row"], one["status"]) for one in pq.read_table(out).to_pylist()]
    assert told == [
        ("a.csv", 1, "barred"), ("a.csv", 2, "eligible"), ("later/b.csv", 1, "eligible"),
    ]  # fmt: skip
    assert screened(tmp_path / "cohort" / "**" / "[ab].csv", ["age >= 18"]).rows == 3


def test_groups_are_counted_apart(tmp_path):
    path = made(
        tmp_path / "c.parquet",
        {"word": ["x", "x", None, "y"], "age": [10, 20, 20, None], "flag": [True] * 4},
    )
    facts = {**FACTS, "word": Fact(values=("x", "y"))}
    found = screened(path, ["age >= 18"], facts, by="word")
    assert [(one.value, one.people, one.eligible, one.barred, one.referred)
            for one in found.groups] == [
        ("x", 2, 1, 1, 0), ("y", 1, 0, 0, 1), (None, 1, 1, 0, 0),
    ]  # fmt: skip
    assert found.unread == ("flag",)


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("age", [1.0, math.nan, math.nan], "`nan` is not a value of it, one of 2 rows: row 2"),
        ("age", [1.0, math.inf, 3.0], "`inf` is not a value of it, in one row: row 2"),
        ("age", [1e16, None, 3.0], "row 1"),
        ("size", [1.0, 2.0, 201.0], "write a number, 0 to 200"),
        ("size", [1.0, -1.0, 20.0], "row 2"),
        ("kind", ["a", None, "A"], "its values are `a`, `it's`, or leave the cell empty"),
        ("entered", [date(2025, 1, 1), None, None], None),
        ("flag", [1, 0, 1], "the column is BIGINT in the file, the fact is of type yes-no"),
        ("entered", [1, 2, 3], "write dates as 2025-02-04"),
        ("age", [True, False, True], "the column is BOOLEAN"),
        ("age", ["1", "1,5", "3"], "`1,5` is not a value of it, in one row: row 2"),
        ("age", ["1", "nan", "3"], "`nan` is not a value"),
        ("age", ["1", "0x10", "1_0"], "one of 2 rows: row 2"),
        ("flag", ["yes", "maybe", "no"], "`maybe` is not a value"),
        ("entered", ["2025-02-30", "2025-1-1", "2025-01-01"], "one of 2 rows: row 1"),
        ("word", ["x", "ask j.doe@mail.example.org", "y"], "could identify a person, in one row"),
        ("word", ["x", "078-05-1120", "y"], "de-identified"),
        ("word", ["x", "A012345678", "y"], "de-identified"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(tmp_path, column, values, said):
    from sojourn.rules.language.parse import parse
    from sojourn.rules.language.type_check import check
    from sojourn.study.model.facts import Fact

    facts = {**FACTS, "size": Fact(type="number", least=0, most=200),
             "kind": Fact(values=("a", "it's"))}  # fmt: skip
    path = made(tmp_path / "c.parquet", {column: values, "mark": [True] * 3})
    rules = [rule_of("r", check(parse(f"known({column}) or mark"), facts))]
    with DuckCohort(str(path)) as engine:
        if said is None:
            assert screen(engine, rules, facts, Choices()).eligible == 3
            return
        with pytest.raises(CohortError) as caught:
            screen(engine, rules, facts, Choices())
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    if "row" in said:
        assert f": {column}: " in str(caught.value)


def test_an_email_is_not_printed(tmp_path):
    path = made(tmp_path / "c.parquet", {"word": ["j.doe@mail.example.org"]})
    assert "j.doe" not in refusal(path, ["word = 'x'"])


def test_columns_are_named_as_the_facts(tmp_path):
    path = made(tmp_path / "c.csv", {"agee": [1], "remark": ["x"], "term": [3]})
    text = refusal(path, ["age >= 18 and flag"])
    assert (
        "agee: the column is not a fact of the agreement\n    did you mean the fact `age`?" in text
    )
    assert "remark: the column is not a fact of the agreement\n    rename it, or add --drop" in text
    assert "there is no column `age`" in text
    assert "give --undocumented flag if no case has it" in text
    found = screened(
        path, ["age >= 18 or flag"], drop=("agee", "remark"), undocumented=("flag", "age")
    )
    assert (found.referred, found.facts[0].wanted, found.facts[0].only_this) == (1, 1, 0)
    assert found.unread == ("term",)


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"drop": ("agge",)}, "--drop names `agge`, which is no column\n    did you mean `age`?"),
        ({"undocumented": ("agge",)}, "which is no fact"),
        ({"undocumented": ("age",)}, "but the cohort has it"),
        ({"by": "age"}, "group by a fact of type text or yes-no"),
        ({"by": "word"}, "--by names `word`, a text without declared values"),
        ({"weights": "n"}, "--weights names `n`"),
        ({"identifier": "n"}, "--id names `n`"),
    ],
)
def test_options_that_name_nothing_are_refused(tmp_path, choices, said):
    path = made(tmp_path / "c.csv", {"age": [1]})
    assert said in refusal(path, ["age >= 18"], **choices)


@pytest.mark.parametrize("weight", [-1.0, 0.5, None, math.nan, math.inf])
def test_weights_are_whole_numbers(tmp_path, weight):
    path = made(tmp_path / "c.parquet", {"age": [1.0, 2.0], "n": [2.0, weight]})
    assert "in one row: row 2" in refusal(path, ["age >= 18"], weights="n")


def test_files_that_cannot_be_read_are_refused(tmp_path):
    for name, said in (
        ("none", "there is no such file"), ("bad.parquet", "this is no Parquet file"),
        ("x.xlsx", "neither .parquet nor .csv"),
    ):  # fmt: skip
        if "." in name:
            (tmp_path / name).write_text("no table")
        with pytest.raises(CohortError, match=said):
            DuckCohort(str(tmp_path / name))
    folder = tmp_path / "mixed"
    folder.mkdir()
    made(folder / "a.parquet", {"age": [1.0]})
    made(folder / "b.csv", {"age": [1.0]})
    with pytest.raises(CohortError, match="mixed"):
        DuckCohort(str(folder))
    (folder / "b.csv").unlink()
    made(folder / "b.parquet", {"age": [1.0], "ssn": ["x"]})
    with pytest.raises(CohortError, match=r"its columns are not those of .*: ssn"):
        DuckCohort(str(folder))


def test_a_row_outcome_is_never_half_written(tmp_path):
    path = made(tmp_path / "c.parquet", {"age": [1.0]})
    out = tmp_path / "rows.parquet"
    out.write_text("what stood here before")
    rules = [rule_of("adult", checked("age >= 18"))]
    with DuckCohort(str(path), writes=out) as engine:
        path.unlink()
        with pytest.raises(CohortError):
            write_rows(engine, rules, FACTS, Choices(), str(out))
    assert [file.name for file in tmp_path.iterdir()] == ["rows.parquet"]
    assert out.read_text() == "what stood here before"


def test_a_cohort_cannot_open_another_file(tmp_path):
    path = made(tmp_path / "c.parquet", {"age": [1.0]})
    other = made(tmp_path / "other.parquet", {"age": [1.0]})
    with DuckCohort(str(path)) as engine, pytest.raises(CohortError):
        engine.rows(f"SELECT * FROM read_parquet('{other}')")
    assert duckdb.sql(f"SELECT count(*) FROM read_parquet('{other}')").fetchall() == [(1,)]


def test_a_text_without_values_says_why_it_is_open(tmp_path):
    path = made(tmp_path / "c.parquet", {"word": ["a", "b"]})
    facts = {**FACTS, "word": Fact()}
    rules = [rule_of("r", checked("word = 'a'"))]
    with (
        DuckCohort(str(path)) as engine,
        pytest.raises(CohortError, match="any text may stand in it"),
    ):
        screen(engine, rules, facts, Choices())
    assert screened(path, ["word = 'a'"]).eligible == 1


def test_texts_of_which_each_has_one_of_its_own_are_refused(tmp_path):
    path = made(tmp_path / "c.parquet", {"word": [f"w{n}" for n in range(60)]})
    assert "about as many different texts as rows" in refusal(path, ["word = 'a'"])
    path = made(tmp_path / "d.parquet", {"word": [f"w{n % 20}" for n in range(60)]})
    assert screened(path, ["word = 'a'"]).barred == 60


def test_what_an_age_is_computed_from_is_a_birth_whatever_its_name(tmp_path):
    days = [date(1990, 1, 1 + n) for n in range(3)]
    path = made(tmp_path / "c.parquet", {"entered": days, "due": [date(2026, 1, 1)] * 3})
    assert "the dates of birth show the day: days of the month from 1 to 3" in refusal(
        path, ["age(entered, due) >= 18"]
    )
    assert screened(path, ["years(entered, due) >= 18"]).eligible == 3
