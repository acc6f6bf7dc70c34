"""Numbers that would mislead: what is said of peaks, dates, ranges, waits and claims."""

from __future__ import annotations

import pytest

from report.reader import Page
from sojourn.report.page import write_report
from sojourn.report.summary_json import summary_dict
from sojourn.results.run_folder.query import query
from sojourn.run.run import Options, run_study

VISIT = """\
study: Ten come on the fifth and are gone on the fifteenth
period: {from: 2026-01-01, to: 2026-07-01}
facilities: {camp: {capacity: 20 people, limit: soft}}
states: {first: {place: camp}, second: {place: camp}, gone: {end: yes}}
transitions:
  first -> second: {after: 3 days}
  second -> gone: {after: 7 days}
populations:
  p: {admissions: {file: arrivals.csv, into: first}}
measures:
  most: {peak: [first, second]}
claims:
  small: {says: Never more than eleven., holds if: most < 11 people, scenario: base}
  large: {says: More than eleven., holds if: most > 11 people, scenario: base}
scenarios: {base: {}}
"""

ONE_PLACE = """\
study: One place, ten who want it
period: {from: 2026-01-01, to: 2027-01-01}
facilities: {unit: {capacity: 1 people}}
states: {waiting: {}, held: {place: unit}, gone: {end: yes}}
transitions:
  waiting -> held: {}
  held -> gone: {after: 3 years}
populations: {p: {admissions: {file: arrivals.csv, into: waiting}}}
measures:
  w: {wait: waiting -> held}
  served: {share served: waiting -> held}
  limit: {value: 10 days}
claims: {quick: {says: Nobody waits ten days., holds if: w < limit, scenario: base}}
scenarios: {base: {}}
"""

FILLING = """\
study: Five places, and four people or so
period: {from: 2026-01-01, to: 2026-04-01}
facilities: {camp: {capacity: 5 people}}
states: {held: {place: camp}, gone: {end: yes}}
transitions: {held -> gone: {after: 30 days}}
populations: {p: {admissions: {per day: 0.1 people, into: held}}}
measures: {full: {first full: camp}}
claims: {soon: {says: Full within a year., holds if: full < 365 days, scenario: base}}
scenarios: {base: {}}
"""


def run(folder, study, arrivals="", **options):
    folder.mkdir(exist_ok=True)
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    (folder / "arrivals.csv").write_text(arrivals, encoding="utf-8")
    return run_study(folder, out=folder / "out", options=Options(**options))


def page(out) -> str:
    return Page(write_report(out).read_text(encoding="utf-8")).text


def claims(out):
    return {row["claim"]: row for row in query(out, "from claims").to_pylist()}


@pytest.mark.parametrize("expected", [False, True])
def test_a_peak_is_that_of_a_day(expected, tmp_path):
    """At no end of a month is anybody there."""
    out = run(tmp_path / "visit", VISIT, "date,people\n2026-03-05,10\n", draws=1, expected=expected)
    [scenario] = summary_dict(out)["scenarios"]
    assert scenario["headline"]["at_end"]["mean"] == 0
    assert scenario["headline"]["peak"]["mean"] == 10
    assert scenario["headline"]["peak_day"] == "2026-03-31"
    [most] = query(out, "select value from measures where measure = 'most'").to_pylist()
    assert most["value"] == 10
    assert "the peak, 10, falls in March 2026" in page(out).replace(" ,", ",")


def test_one_history_decides_nothing_but_exact_means_do(tmp_path):
    arrivals = "date,people\n2026-03-05,10\n"
    found = claims(run(tmp_path / "one", VISIT, arrivals, draws=1))
    assert {row["verdict"] for row in found.values()} == {"cannot be determined"}
    assert "one history decides nothing: at least 72" in found["small"]["reason"]
    found = claims(run(tmp_path / "exact", VISIT, arrivals, draws=1, expected=True))
    assert found["small"]["verdict"] == "holds"
    assert found["large"]["verdict"] == "does not hold"
    found = claims(run(tmp_path / "many", VISIT, arrivals, draws=18, replicates=4))
    assert found["small"]["verdict"] == "holds"  # nothing uncertain: 72 histories


def test_the_mean_wait_of_one_says_nothing_of_nine(tmp_path):
    out = run(tmp_path / "place", ONE_PLACE, "date,people\n2026-01-01,10\n", draws=72)
    rows = query(out, "from measures where draw = 0").to_pylist()
    found = {row["measure"]: row for row in rows}
    assert found["w"]["value"] == 0 and found["w"]["still_waiting"] == pytest.approx(0.9)
    assert found["served"]["value"] == pytest.approx(0.1)
    quick = claims(out)["quick"]
    assert quick["verdict"] == "cannot be determined"
    assert "leaves out people still waiting" in quick["reason"]
    text = page(out)
    assert "of people served; 90\u202f% of all who joined still wait at the end" in text
    assert "Share served" in text and "Median wait of all, days" in text


def test_a_date_of_filling_says_of_how_many_histories(tmp_path):
    out = run(tmp_path / "filling", FILLING, draws=25, replicates=4)
    [full] = query(out, "select count(first_full) as n from firsts").to_pylist()
    assert 0 < full["n"] < 100
    text = page(out)
    assert f"fills in {full['n']} of 100 histories, first on" in text
    assert f"over the {full['n']} of 100 histories in which it is determined" in text
    [row] = summary_dict(out)["scenarios"][0]["facilities"]
    assert row["full_runs"] == full["n"]
    # What is not full by April may be so within a year, or not.
    assert claims(out)["soon"]["determined"] == pytest.approx(full["n"] / 100)


def test_ranges_are_of_histories(tmp_path):
    out = run(tmp_path / "ranges", FILLING, draws=6, replicates=3)
    assert "18 histories, 3 for each of 6 draws of the inputs" in page(out)
