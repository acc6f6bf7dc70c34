"""Every input that makes no study is refused at its place, with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from sojourn.errors import Problem, StudyError
from sojourn.study.load import load_study

PLAIN = "  released: {end: yes}"
SUING = "gamma: {mean: 60 days, sd: 30 days}"
BASELINE = "  no agreement: {transitions.prison -> held: off}"


def refused(folder: Path) -> tuple[Problem, ...]:
    """The problems of a study that must have some."""
    with pytest.raises(StudyError) as caught:
        load_study(folder)
    return caught.value.problems


def line_of(folder: Path, words: str, file: str = "study.yaml") -> int:
    """The line of a file on which the words stand first."""
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


# case: (old, new, words on the line that is named, words of what is wrong, words of the remedy)
CASES: dict[str, tuple[str, str, str, str, str]] = {
    # Numbers and units
    "wrong unit": ("400 people", "400 days", "400 days", "not a number of people", "250 people"),
    "bare number": ("count: 200 people", "count: 200", "count: 200,", "no unit", "`200 people`"),
    "bare duration": ("after: 20 days", "after: 20", "after: 20,", "no unit", "`20 days`"),
    "bare amount": ("amount: 100 USD", "amount: 100", "amount: 100,", "no unit", "`100 USD`"),
    "bare share": ("chance: {parameter: lawsuit_share}", "chance: 0.4", "chance: 0.4", "no unit",
                   "`40 %`"),
    "an amount per something": (
        "amount: 100 USD", "amount: 100 USD per day", "100 USD per", "not an amount",
        "write `100 USD`; what it is paid for stands under `per`",
    ),
    "dollars": ("100 USD", "100 $", "100 $", "any dollar", "`USD`"),
    "low above high": (
        "[150 people, 250 people]", "[250 people, 150 people]", "250 people, 150",
        "above the second", "lower first",
    ),
    "best outside": ("best: 40 %", "best: 70 %", "best: 70 %", "outside", "within"),
    "infinite": ("amount: 100 USD", "amount: .inf", ".inf", "not a number", "finite"),
    "not a number": ("amount: 100 USD", "amount: .nan", ".nan", "not a number", "finite"),
    "too large": ("amount: 100 USD", "amount: 1e999 USD", "1e999", "too large", "finite"),
    "a price beyond all money": ("amount: 100 USD", "amount: 1e300 USD", "1e300", "too large",
                                 "at most 1,000,000"),
    "share above one": ("chance: {parameter: lawsuit_share}", "chance: 130 %", "130 %",
                        "at most 100 %", "30 %"),
    # Numbers that would not be counted rightly any more
    "more people than are counted": ("capacity: 400 people", "capacity: 1e13 people", "1e13",
                                     "at most 1,000,000,000,000", "250 people"),
    "a greater limit than is counted": ("5 people per week", "1e19 people per week", "1e19",
                                        "at most 1,000,000,000,000", "250 people per week"),
    "a limit below one": ("5 people per week", "0.5 people per day", "0.5 people",
                          "lets nobody through", "1 person per month"),
    "an uncertain limit below one": (
        "at most: 5 people per week", "at most: {between: [0.5 people per day, 3 people per day]}",
        "0.5 people", "lets nobody through", "1 person per month",
    ),
    "a stay that is too long": ("after: 20 days", "after: 2000000 years", "2000000 years",
                                "at most 1,000,000 years", "90 days"),
    "a mean that is too long": (SUING, "mean: 1e12 years", "1e12", "at most 1,000,000 years",
                                "90 days"),
    "a day that is too far": (SUING, "table: {1: 1, 1e12: 1}", "1e12", "a million years",
                              "shorter"),
    "a weight that is too heavy": (SUING, "table: {1: 1e300, 2: 1e308}", "1e300",
                                   "too large for a weight", "at most"),
    "a clock past the calendar": (
        "clocks: {sentence_end: {lognormal: {mean: 300 days, sd: 200 days}}}",
        "clocks: {sentence_end: 9000 years after 2026-01-01}", "9000 years", "after the year 9999",
        "shorter",
    ),
    "a period past the calendar": ("to: 2027-01-01, report", "to: 9999-12-31, report", "9999",
                                   "after 9998", "shorten"),
    "a trend that is too steep": (
        "people]}, into: prison}", "people]}, into: prison, trend: 1e9 % per year}", "1e9",
        "at most 10000 % per year", "2 % per year",
    ),
    "a priority of too many digits": (
        "at most: 5 people per week", "at most: 5 people per week, priority: 10000000000000000000",
        "10000000000000000000", "too large", "fewer digits",
    ),
    "too many draws": ("draws: 3", "draws: 1000000000000", "1000000000000", "too large",
                       "1,000,000"),
    # Names: unknown keys at each level, and what is not declared
    "unknown key, top": ("measures:", "measurs:", "measurs:", "`measurs`", "`measures`"),
    "unknown key, period": ("report: month", "reprot: month", "reprot", "`reprot`", "`report`"),
    "unknown key, run": ("draws: 3", "drawz: 3", "drawz", "`drawz`", "`draws`"),
    "unknown key, source": ("date: 2025-12-01", "dat: 2025", "dat:", "`dat`", "`date`"),
    "unknown key, fact": ("{type: yes-no}", "{typ: yes-no}", "typ:", "`typ`", "`type`"),
    "unknown key, parameter": ("best: 40 %", "bst: 40 %", "bst:", "`bst`", "`best`"),
    "unknown key, agreement": ("  sending: A", "  sendin: A", "sendin:", "`sendin`", "`sending`"),
    "unknown key, rule": ('cite: "Statute 1"', "cit: x", "cit:", "`cit`", "`cite`"),
    "unknown key, facility": ("limit: hard", "limt: hard", "limt", "`limt`", "`limit`"),
    "unknown key, state": ("{place: abroad}", "{plcae: abroad}", "plcae", "`plcae`", "`place`"),
    "unknown key, transition": ("while:", "whlie:", "whlie", "`whlie`", "`while`"),
    "unknown key, stay": ("gamma:", "gama:", "gama:", "`gama`", "`gamma`"),
    "unknown key, stay's parameters": ("sd: 30 days", "sdd: 30 days", "sdd", "`sdd`", "`sd`"),
    "unknown key, gate": ("{open: [", "{opne: [", "opne", "`opne`", "`open`"),
    "unknown key, span": ("to: 2026-11-01", "ot: 2026-11-01", "ot:", "`ot`", "`to`"),
    "unknown key, stock": ("served:", "servd:", "servd", "`servd`", "`served`"),
    "unknown key, payment": ("minimum:", "minimun:", "minimun", "`minimun`", "`minimum`"),
    "unknown key, measure": ("people: held, at:", "poeple: held, at:", "poeple", "`poeple`",
                             "`people`"),
    "unknown key, claim": ("holds if:", "hold if:", "hold if", "`hold if`", "`holds if`"),
    "unknown fact": ("by: [citizenship]", "by: [citizenshp]", "citizenshp", "`citizenshp`",
                     "`citizenship`"),
    "unknown state": ("into: prison", "into: prizon", "prizon", "state `prizon`", "`prison`"),
    "unknown target": ("suing -> released", "suing -> relesed", "relesed", "`relesed`",
                       "`released`"),
    "unknown gate": ("while: in_force", "while: in_farce", "in_farce", "gate `in_farce`",
                     "`in_force`"),
    "unknown clock": ("suing -> released: {at: sentence_end}", "suing -> released: {at: sentense}",
                      "sentense}", "clock `sentense`", "`sentence_end`"),
    "unknown quota": ("at most: 5 people per week", "quota: flights", "flights",
                      "quota `flights`", "declare"),
    "unknown parameter": ("parameter: lawsuit_share", "parameter: lawsuit_shre", "shre",
                          "parameter `lawsuit_shre`", "`lawsuit_share`"),
    "unknown facility": ("prison: {place: north}", "prison: {place: nroth}", "nroth",
                         "facility `nroth`", "`north`"),
    "unknown source": ("{says: cheaper than at home, source: memo", "{says: cheaper, source: mem",
                       "source: mem,", "source `mem`", "`memo`"),
    "unknown payment": ("{money: fee}", "{money: fe}", "{money: fe}", "payment `fe`", "`fee`"),
    "unknown measure": ("[fee_total, held_years]", "[fee_totl, held_years]", "fee_totl",
                        "measure `fee_totl`", "`fee_total`"),
    "unknown state or facility": (
        "held_years: {person-years: held}", "held_years: {peak: abrod}", "abrod",
        "state or facility `abrod`", "`abroad`",
    ),
    # Measures
    "unit of a peak": ("{person-years: held}", "{peak: abroad, unit: USD}", "unit: USD",
                       "not the unit of `peak`", "`unit: people`"),
    "unit of a stay": ("{value: 36525 USD,", "{value: 1 year, unit: years,", "unit: years",
                       "not the unit of `value`", "`unit: days`"),
    "unit of money": ("{money: fee}", "{money: fee, unit: people}", "unit: people",
                      "not the unit of `money`", "`unit: USD`"),
    "what happened, computed": ("{person-years: held}", "{person-years: held, happened: yes}",
                               "happened: yes", "`happened` belongs to", "remove it"),
    "measure before the period": ("{person-years: held}", "{person-years: held, from: 2025-01-01}",
                                  "from: 2025", "outside the period", "a day of it"),
    "measure after the period": ("{person-years: held}", "{person-years: held, to: 2028-01-01}",
                                 "to: 2028", "outside the period", "a day of it"),
    "people after the period": ("at: end}", "at: 2027-01-01}", "at: 2027", "outside the period",
                                "`at: end`"),
    # Pathways
    "unreachable state": (PLAIN, f"{PLAIN}\n  island: {{}}", "island", "nothing uses", "island"),
    "state without exit": ("  held -> released: {at: sentence_end}\n", "", "held: {place",
                           "nobody can leave", "held -> …"),
    # Distributions
    "negative spread": ("sd: 30 days", "sd: -30 days", "-30", "above 0", "90 days"),
    "no spread": ("sd: 30 days", "sd: 0 days", "sd: 0", "above 0", "90 days"),
    "uniform reversed": (SUING, "uniform: {from: 60 days, to: 30 days}", "uniform",
                         "`to` is not above `from`", "shorter"),
    "shape with a unit": (SUING, "weibull: {scale: 60 days, shape: 2 days}", "weibull",
                          "has a unit", "`2`"),
    "mixture": (SUING, "mixture: [{share: 30 %, after: 1 day}, {share: 50 %, after: 9 days}]",
                "mixture", "sum to 80 %", "mend"),
    "quantiles that fall": (SUING, "quantiles: {10 %: 90 days, 90 %: 30 days}", "quantiles",
                            "not above", "rise"),
    "table without weight": (SUING, "table: {0: 0, 5: 0}", "table: {0", "above zero", "weight"),
    "two distributions": (SUING, f"{SUING}, mean: 5 days", "mean: 5 days", "together", "write one"),
    # Dates
    "reversed period": ("to: 2027-01-01, report", "to: 2025-01-01, report", "period:",
                        "not after", "swap"),
    "no such day": ("to: 2026-11-01", "to: 2026-02-30", "2026-02-30", "not a date", "2025-02-04"),
    "capacity begins late": ("capacity: 400 people", "capacity: {2026-06-01: 400 people}", "north:",
                             "before 2026-06-01", "2026-01-01"),
    # Shapes
    "list instead of mapping": ("prison: {place: north}", "prison: [north]", "[north]",
                                "a list stands", "key: value"),
    "text instead of mapping": ("clocks: {sentence_end: end of the sentence}", "clocks: soon",
                                "clocks: soon", "mapping is needed", "one a line"),
    # Scenarios
    "override of nothing": (BASELINE, "  none: {transitions.prison -> hold: off}", "hold: off",
                            "`prison -> hold` to remove", "`prison -> held`"),
    "override within nothing": (BASELINE, "  none: {facilities.nrth.capacity: 4 people}",
                                "nrth", "`nrth.capacity`", "`north`"),
    "override of an unknown key": (BASELINE, "  none: {facilities.north.capcity: 4 people}",
                                   "capcity", "`capcity`", "`capacity`"),
    "override of a section unknown": (BASELINE, "  none: {facilites.north: off}", "facilites",
                                      "not a section", "`facilities`"),
    "based on itself": (BASELINE, "  none: {based on: none}", "based on", "based on itself",
                        "another"),
    "based on nothing": (BASELINE, "  none: {based on: as agred}", "as agred", "does not exist",
                         "`as agreed`"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_refused_at_its_place_with_a_remedy(case, write_study):
    old, new, place, what, fix = CASES[case]
    folder = write_study((old, new))
    problems = refused(folder)
    told = [problem for problem in problems if what in problem.what and fix in problem.fix]
    assert told, [str(problem) for problem in problems]
    assert told[0].file.endswith("study.yaml")
    assert told[0].fix
    lines = {problem.line for problem in told}
    assert line_of(folder, place) in lines, [str(problem) for problem in problems]


def test_a_missing_key_is_told_with_an_example(write_study):
    problems = refused(write_study(("state: prison, served", "served")))
    (problem,) = (problem for problem in problems if "`state` is missing" in problem.what)
    assert "state: us_prison" in problem.fix
    assert problem.line


def test_an_end_with_exits(write_study):
    folder = write_study((PLAIN, "  released: {end: yes}\n  back: {place: north}"), *BACK)
    (problem,) = refused(folder)
    assert "`released` is an end" in problem.what
    assert problem.line == line_of(folder, "released -> back")
    assert "`end: yes`" in problem.fix


BACK = (
    (
        "  held -> released: {at: sentence_end}",
        "  held -> released: {at: sentence_end}\n"
        "  released -> back: {after: 9 days}\n"
        "  back -> out: {after: 9 days}",
    ),
)


def test_a_state_that_is_named_but_not_reached(write_study):
    folder = write_study(
        (PLAIN, f"{PLAIN}\n  island: {{}}"),
        ("  held -> released", "  island -> released: {after: 9 days}\n  held -> released"),
    )
    (problem,) = refused(folder)
    assert "nobody can reach the state `island`" in problem.what
    assert problem.line == line_of(folder, "island: {}")
    assert "stock or admissions" in problem.fix


@pytest.mark.parametrize(
    "back",
    ["suing -> prison: {after: 0 days}", "suing -> prison: {at: sentence_end}"],
    ids=["by a stay of nothing", "by a clock"],
)
def test_a_loop_that_takes_no_time(back, write_study):
    folder = write_study(
        ("suing -> prison: {after: {gamma: {mean: 60 days, sd: 30 days}}}", back),
        (
            "  prison -> released: {at: sentence_end}",
            "  prison -> suing (at once): {after: 0 days}",
        ),
        ("  suing -> released: {at: sentence_end}\n", ""),
    )
    (problem,) = refused(folder)
    assert "takes no time" in problem.what
    assert "prison -> suing -> prison" in problem.what or "suing -> prison -> suing" in problem.what
    assert problem.line in {line_of(folder, "(at once)"), line_of(folder, back)}
    assert "`after` of a day" in problem.fix


@pytest.mark.parametrize(
    ("shares", "what"),
    [
        ("{prison: {share: 40 %}, released: {share: 50 %}}", "sum to 90 %"),
        ("{prison: {share: 70 %}, released: {share: 50 %}}", "sum to 120 %"),
        ("{prison: {}, released: {}}", "no share"),
        ("{prison: {share: {between: [20 %, 120 %]}}, released: {}}", "at most 100 %"),
    ],
)
def test_shares_of_branches_make_one(shares, what, write_study):
    folder = write_study(
        ("suing -> prison: {after: {gamma: {mean: 60 days, sd: 30 days}}}",
         f"suing -> decided: {{after: 30 days, to: {shares}}}"),
    )  # fmt: skip
    problems = refused(folder)
    told = [problem for problem in problems if what in problem.what]
    assert told, problems
    assert told[0].line == line_of(folder, "decided")
    assert told[0].fix


def test_shares_of_a_split_make_one(write_study):
    folder = write_study(
        ("    table: cells.csv", "    split: {citizenship: {home: 60 %, other: 30 %}}")
    )
    problems = refused(folder)
    told = [problem for problem in problems if "sum to 90 %" in problem.what]
    assert told[0].line == line_of(folder, "split")


# Files


def test_a_section_in_a_file_that_is_missing(write_study):
    folder = write_study(("clocks: {sentence_end: end of the sentence}", "clocks: clock.yaml"))
    (folder / "clocks.yaml").write_text("sentence_end: end of the sentence\n")
    problem = refused(folder)[0]
    assert "`clock.yaml` does not exist" in problem.what
    assert problem.line == line_of(folder, "clock.yaml")
    assert "`clocks.yaml`" in problem.fix


@pytest.mark.parametrize("name", ["../clocks.yaml", "/etc/clocks.yaml"])
def test_a_section_that_leaves_the_folder(name, write_study):
    folder = write_study(("clocks: {sentence_end: end of the sentence}", f"clocks: {name}"))
    (folder.parent / "clocks.yaml").write_text("sentence_end: end of the sentence\n")
    problem = refused(folder)[0]
    assert "leaves the study folder" in problem.what
    assert problem.line == line_of(folder, name)
    assert "move the file" in problem.fix


def test_a_section_file_has_its_own_lines(write_study):
    folder = write_study(
        ("gates:\n  in_force: {open: [{from: 2026-02-01, to: 2026-11-01}]}", "gates: gates.yaml")
    )
    (folder / "gates.yaml").write_text("# one\nin_force:\n  opne: [{from: 2026-02-01}]\n")
    problem = refused(folder)[0]
    assert problem.file.endswith("gates.yaml")
    assert problem.line == 3
    assert "`open`" in problem.fix


@pytest.mark.parametrize(
    ("data", "line", "what", "fix"),
    [
        (b"", 1, "empty", "keys"),
        (b"# nothing but words\n", 1, "empty", "keys"),
        (b"- a\n- b\n", 1, "a mapping is needed here, not a list", "study: title"),
        (b"study: caf\xe9\n", 1, "not UTF-8", "UTF-8"),
        (b"study: A\nperiod:\n\tfrom: 2026-01-01\n", 3, "a tab", "spaces"),
        (b"study: A\nabout: b\nstudy: C\n", 3, "written twice (first in line 1)", "keep one"),
        (b"study: [A\n", 1, "not YAML: the bracket `[`", "close it"),
        (b"study: !python/name:os.system A\n", 1, "tag", "remove the tag"),
        (b"study: &a [*a]\n", 1, "alias", "write the value out"),
        (b"a: &a {b: c}\nstudy:\n  <<: *a\n", 3, "merge keys", "write the keys out"),
    ],
)
def test_files_that_are_no_study(data, line, what, fix, tmp_path):
    (tmp_path / "study.yaml").write_bytes(data)
    problem = refused(tmp_path)[0]
    assert problem.file.endswith("study.yaml")
    assert problem.line == line
    assert what in problem.what
    assert fix in problem.fix


HEADER = "citizenship,offence,convicted,share\n"


@pytest.mark.parametrize(
    ("cells", "line", "what", "fix"),
    [
        (f"{HEADER}home,theft,yes,NaN\n", 2, "`NaN` in the column `share`", "fraction"),
        (f"{HEADER}home,theft,yes,inf\n", 2, "`inf` in the column `share`", "fraction"),
        (f"{HEADER}home,theft,yes,-1\n", 2, "`-1` in the column `share`", "fraction"),
        ("citizenshp,share\nhome,1\n", 1, "`citizenshp` is not a declared fact", "`citizenship`"),
        (f"{HEADER}home,theft,yes,1,5\n", 2, "5 cells, the header 4", "comma"),
        (f"{HEADER}home,theft\n", 2, "2 cells, the header 4", "comma"),
        (f"{HEADER}home,thft,yes,1\n", 2, "`thft` is not a value", "`theft`"),
        (f"{HEADER}home,theft,yes,.5\nhome,theft,yes,.5\n", 3, "repeats line 2", "together"),
        (f"{HEADER}home,theft,yes,.5\n", 1, "sums to 50 %", "`count`"),
        ("citizenship\nhome\n", 1, "no column `share` or `count`", "how many people"),
        ("share,count\n1,1\n", 1, "both columns", "one of the two"),
        ("", 1, "empty", "header"),
        (HEADER, 1, "no people", "add a row"),
    ],
)
def test_tables_that_are_refused(cells, line, what, fix, write_study):
    problems = refused(write_study(cells=cells))
    told = [problem for problem in problems if what in problem.what]
    assert told, problems
    assert told[0].file.endswith("cells.csv")
    assert told[0].line == line
    assert fix in told[0].fix


def test_a_table_that_is_not_utf_8(write_study):
    folder = write_study()
    (folder / "cells.csv").write_bytes(b"citizenship,share\ncaf\xe9,1\n")
    problem = refused(folder)[0]
    assert problem.file.endswith("cells.csv")
    assert "UTF-8" in problem.fix


def test_scenarios_based_on_each_other(write_study):
    folder = write_study((BASELINE, "  one: {based on: two}\n  two: {based on: one}"))
    problems = refused(folder)
    assert all("based on itself" in problem.what for problem in problems)
    lines = {line_of(folder, "based on: one"), line_of(folder, "based on: two")}
    assert {problem.line for problem in problems} <= lines


def test_all_problems_are_told_in_the_order_of_the_file(write_study):
    folder = write_study(
        ("amount: 100 USD", "amount: 100"),
        ("capacity: 400 people", "capacity: 400 days"),
        ("while: in_force", "while: in_farce"),
    )
    problems = refused(folder)
    assert len(problems) == 3
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        # The scenario has what the baseline removes: no override of it is at fault.
        ("while: in_force, ", "while: in_farce, ", "the gate `in_farce`"),
        ("  as agreed: {}",
         "  as agreed: {facilities.north.capacity: 9 people, transitions.prison -> held.while: x}",
         "in the scenario `as agreed` (`transitions.prison -> held.while` in"),
        ("  as agreed: {}",
         "  as agreed: {facilities.north.capacity: 9 people, gates.in_force: off}",
         "in the scenario `as agreed` (`gates.in_force` in"),
        ("  as agreed: {}",
         "  as agreed: {facilities.north.capacity: 9 people, transitions.held -> released: off}",
         "in the scenario `as agreed` (`transitions.held -> released` in"),
    ],
)  # fmt: skip
def test_an_override_is_named_only_if_it_is_at_fault(old, new, told, write_study):
    (problem,) = refused(write_study((old, new)))
    assert problem.what.startswith(told)


def test_an_override_beside_the_fault_is_not_named(write_study):
    folder = write_study(
        ("while: in_force, ", "while: in_farce, "),
        ("  as agreed: {}", "  as agreed: {facilities.north.capacity: 9 people}"),
    )
    (problem,) = refused(folder)
    assert problem.what.startswith("in the scenario `as agreed`: the gate `in_farce`")


def test_only_studies_are_suggested_for_a_wrong_path(write_study, tmp_path):
    write_study(name="trial")
    (tmp_path / "trials").mkdir()
    (problem,) = refused(tmp_path / "trail")
    assert "`trial`" in problem.fix
    assert "trials" not in problem.fix
    (problem,) = refused(tmp_path / "trials" / "trial")
    assert "sojourn new" in problem.fix
