"""The section `history`: files read by a short mapping, and what is refused, with its place."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest

import sojourn as sj
from fitting.prison import TABLE, prison
from sojourn.errors import StudyError
from sojourn.study.files.addresses import PathError, change
from sojourn.study.files.yaml import parse_yaml, walk
from sojourn.study.load import ENTRY, load_tree, read_tree
from study.test_any_value_anywhere import UGLY


def account(study: sj.Study):
    return study._loaded[0].history["prisons"]


def test_columns_gaps_and_periods_are_read(tmp_path):
    found = account(prison(tmp_path))
    assert found.months == 12
    assert found.ends == tuple(date(year, 12, 31) for year in range(2010, 2015))
    assert found.counted["stock"].values == ((610.0, 1190.0, 1215.0, None, 1180.0),)
    assert found.counted["stock"].error.value == 20
    assert found.counted["admissions"].error is None


def test_a_missing_year_is_a_gap(tmp_path):
    found = account(prison(tmp_path, table=TABLE.replace("2012,1215,600,600\n", "")))
    assert found.counted["stock"].values == ((610.0, 1190.0, None, None, 1180.0),)


def test_rows_are_chosen_and_groups_told_apart(tmp_path):
    table = "month;region;sex;held\n" + "".join(
        f"2012-0{month};{region};{sex};{month}00,5\n"
        for month in (1, 2)
        for region in ("north", "south")
        for sex in ("men", "women")
    )
    study = prison(
        tmp_path,
        ("date: year", "date: month\n    where: {region: north}\n    groups: [sex]"),
        ("stock: {column: held, error: 20 people}\n    admissions: came\n    releases: left",
         "stock: held"),
        table=table,
    )  # fmt: skip
    found = account(study)
    assert found.groups == (("men",), ("women",))
    assert found.counted["stock"].values == ((100.5, 200.5), (100.5, 200.5))
    assert found.ends == (date(2012, 1, 31), date(2012, 2, 29))


def test_time_served_is_kept_in_days(tmp_path):
    study = prison(tmp_path, ("releases: left", "time served: {column: left, in: months}"))
    assert account(study).counted["time served"].values[0][2] == pytest.approx(600 * 30.4375)


def test_parquet_is_read_as_csv_is(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    import pyarrow as pa

    columns = {"year": [2010, 2011], "held": [610.0, None], "came": [600, 600], "left": [0, 0]}
    pq.write_table(pa.table(columns), tmp_path / "prisons.parquet")
    study = prison(tmp_path, ("prisons.csv", "prisons.parquet"))
    assert account(study).counted["stock"].values == ((610.0, None),)


def test_a_workbook_is_read_as_csv_is(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    rows = [["year", "held", "came", "left", None], [date(2010, 12, 31), 610.5, 600, 0],
            [None] * 4, [2011, None, "600", 0, "checked"]]  # fmt: skip
    for row in rows:
        book.worksheets[0].append(row)
    book.create_sheet("notes").append(["not read"])
    book.save(tmp_path / "prisons.xlsx")
    study = prison(tmp_path, ("prisons.csv", "prisons.xlsx"))
    assert account(study).counted["stock"].values == ((610.5, None),)
    (tmp_path / "prisons.xlsx").write_text(TABLE)
    with pytest.raises(StudyError, match="not a workbook of Excel"):
        sj.load(tmp_path).run()


REFUSED = [
    (("held, error", "hold, error"), TABLE, "there is no column `hold`", "did you mean `held`?"),
    (("states: [prison]", "states: [prisn]"), TABLE, "the state `prisn` is not declared", "prison"),
    (("    states: [prison]\n", ""), TABLE, "does not say who is counted", "add `states"),
    (("date: year", "date: year\n    groups: [came]"), TABLE, "not a fact by which", "period.by"),
    (("error: 20 people", "error: 20 days"), TABLE, "is not a measurement error", "1 %"),
    (("error: 20 people", "error: 0 people"), TABLE, "must be above 0", "1 %"),
    (
        ("releases: left", "time served: {column: left, error: 2 people}"),
        TABLE,
        "measurement error",
        "2 %",
    ),
    (("releases: left", "breaks: {soon: rule}"), TABLE, "`soon` is not a period", "1990-Q3"),
    (("file: prisons.csv", "file: prison.csv"), TABLE, "does not exist", "prisons.csv"),
    (("study: One", "study: One"), TABLE + "2014,1,1,1\n", "a second row for 2014", "`where`"),
    (("study: One", "study: One"), TABLE.replace("1215", "many"), "`many` cannot be counted", "0"),
    (("study: One", "study: One"), TABLE.replace("2012,", "later,"), "not a period", "1990-09"),
    (("date: year", "date: year\n    where: {came: none}"), TABLE, "no row is left", "`where`"),
]


@pytest.mark.parametrize(("change", "table", "what", "fix"), REFUSED)
def test_what_cannot_be_used_is_refused_with_its_remedy(tmp_path, change, table, what, fix):
    problem = prison(tmp_path, change, table=table).check().problems[0]
    assert what in problem.what
    assert fix in problem.fix
    assert problem.path.startswith("history.prisons")
    assert problem.line


BY_SEX = "year,sex,held,came,left\n2010,men,600,1,1\n2010,women,10,1,1\n2011,{},600,1,1\n"
FACT = ("parameters:", "facts: {sex: {values: [men, women]}}\nparameters:")
ALONE = ("stock: {column: held, error: 20 people}", "stock: held")
MISSPELT = [
    ((FACT, "groups: [sex]"), "Men", "`Men` is not a value of the fact `sex`", "mean `men`?"),
    ((FACT, "groups: [sex]"), "mne", "`mne` is not a value of the fact `sex`", "`men`?"),
    ((("study: One", "study: One"), "groups: [sex]"), "Men", "`Men` is `men` in line 2", "alike"),
    ((FACT, "where: {sex: men}"), "Men", "`Men` is `men` in `where`", "alike"),
]


@pytest.mark.parametrize(("change", "word", "what", "fix"), MISSPELT)
def test_a_group_spelt_otherwise_is_refused_at_its_cell(tmp_path, change, word, what, fix):
    changes = (change[0], ("date: year", f"date: year\n    {change[1]}"), ALONE)
    problems = prison(tmp_path, *changes, table=BY_SEX.format(word)).check().problems
    assert [(each.line, each.column) for each in problems] == [(4, 6)]
    assert what in problems[0].what
    assert fix in problems[0].fix


def test_a_fact_is_known_by_capitals_in_a_header_but_not_in_groups(tmp_path):
    table = BY_SEX.format("men").replace("sex", "Sex")
    by = ("date: year", "date: year\n    groups: [sex]")
    assert account(prison(tmp_path, FACT, by, ALONE, table=table)).groups == (("men",), ("women",))
    by = ("date: year", "date: year\n    groups: [Sex]")
    assert (
        "did you mean `sex`?"
        in prison(tmp_path, FACT, by, ALONE, table=table).check().problems[0].fix
    )


def test_a_yes_or_no_of_a_file_is_that_of_the_population(tmp_path):
    fact = (FACT[0], "facts: {sex: {type: yes-no}}\nparameters:")
    table = BY_SEX.format("TRUE").replace("women", "0").replace("men", "1")
    by = ("date: year", "date: year\n    groups: [sex]")
    assert account(prison(tmp_path, fact, by, ALONE, table=table)).groups == (("yes",), ("no",))


def test_what_is_certain_cannot_be_fitted(tmp_path):
    study = prison(tmp_path, ("{between: [300 people, 900 people], fit: yes}",
                              "{value: 600 people, fit: yes}"))  # fmt: skip
    assert "`fit` belongs to `between`" in study.check().problems[0].what


def test_a_parameter_times_a_factor_shares_its_draw(tmp_path):
    study = prison(tmp_path)
    run = study.run(draws=3, seed=1, expected=True)
    drawn = [row["value"] for row in run.draws if row["path"] == "parameters.a_year"]
    held = {(row["scenario"], row["draw"]): row["value"] for row in run.measures}
    for draw, value in enumerate(drawn):
        assert held["as it is", draw] == pytest.approx(2 * value)
        assert held["more", draw] == pytest.approx(2.2 * value)


READ = [
    (
        "Prisons of the state\n\n" + TABLE,
        "holds no names of columns: `Prisons of the state`",
        "in row 1",
    ),
    (
        TABLE.replace("2011,", ",").replace("2012,", ","),
        "no period is written here, nor in 1 more",
        "merged",
    ),
    (TABLE.replace("1215", '"1,215"'), "`1,215` has a sign between its thousands", "write `1215`"),
    (TABLE.replace("1215", "−1215"), "`−1215` is below 0", "from 0"),
    (TABLE.replace("2012,", "FY 2012,"), "`FY 2012` is not a period", "year starts: 1 July"),
    (TABLE.replace("2012,", "2010/12,"), "`2010/12` is not a period", "as 2015/16"),
]


@pytest.mark.parametrize(("table", "what", "fix"), READ)
def test_what_a_table_of_a_spreadsheet_has_is_refused_once_with_its_reason(
    tmp_path, table, what, fix
):
    (problem,) = prison(tmp_path, table=table).check().problems
    assert what in problem.what
    assert fix in problem.fix


def test_a_fiscal_year_is_read_as_the_study_says(tmp_path):
    fiscal = ("to: 2020-01-01, step: year", "to: 2020-01-01, report: year, year starts: 1 July")
    table = "year,held,came,left\nFY 2010,610,600,0\n2010/11,1190,600,0\n2011/2012,1215,600,600\n"
    found = account(prison(tmp_path, fiscal, table=table))
    assert found.ends == tuple(date(year, 6, 30) for year in (2010, 2011, 2012))


def test_what_is_no_text_is_said_to_be_a_workbook(tmp_path):
    study = prison(tmp_path)
    for begin, fix in (
        (b"PK\x03\x04", ".xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1", "save it as .xlsx or CSV"),
    ):
        (tmp_path / "prisons.csv").write_bytes(begin)
        (problem,) = sj.load(study.folder).check().problems
        assert "this is a workbook" in problem.what
        assert fix in problem.fix


def test_a_formula_without_a_stored_result_is_refused(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["year", "held", "came", "left"], [2010, "=600+10", 600, None], [2011, 1, 2, 3]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "prisons.xlsx")
    (problem,) = prison(tmp_path, ("prisons.csv", "prisons.xlsx")).check().problems
    assert "formula in this cell has no stored result" in problem.what
    assert (problem.line, problem.column) == (2, 2)


def test_the_first_change_of_a_date_may_be_written_by_its_address(tmp_path):
    whole = "    transitions.prison -> out_again.changes{} {}\n"
    changes = (whole.format(":", "{2015-01-01: {after: 1 year}}"),
               whole.format(".2015-01-01:", "{after: 1 year}"))  # fmt: skip
    found = [prison(tmp_path, ("  more:\n", f"  more:\n{each}")) for each in changes]
    one, other = (each._loaded[0].scenarios["more"].transitions for each in found)
    assert one == other
    assert one[0].changes[0].start == date(2015, 1, 1)
    wrong = (
        "  more:\n",
        "  more:\n" + whole.replace("changes", "chnges").format(".2015-01-01:", "{}"),
    )
    assert "did you mean `changes`" in prison(tmp_path, wrong).check().problems[0].fix


def test_a_multiple_is_no_number_of_its_own(tmp_path):
    rows = [row for row in prison(tmp_path).parameters if row["path"] == "parameters.a_year"]
    assert [row["value"] for row in rows] == [600]


def test_whatever_stands_in_a_history_is_taken_or_refused(tmp_path):
    prison(tmp_path)
    tree, _ = read_tree(tmp_path / ENTRY)
    paths = [path for path, _ in walk(tree) if path.startswith("history")]
    assert len(paths) > 8
    for ugly in UGLY:
        value = parse_yaml(ugly, "ugly.yaml")
        for path in paths:
            try:
                changed = change(tree, path, value, value.position, lambda *_: False)
            except PathError:
                continue
            with suppress(StudyError):
                load_tree(changed, [], tmp_path)
