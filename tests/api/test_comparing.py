"""Two scenarios compared, of one run and of two: what differs, and how the answers differ."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import sojourn as sj
from sojourn.cli.app import app

DEARER = "money.payments.fee.amount"
DRAWS = 4


@pytest.fixture(scope="module")
def runs(whole_study, tmp_path_factory):
    """A run, and one with a higher fee, more draws, and lawsuits of another length."""
    folder, study = tmp_path_factory.mktemp("runs"), sj.load(whole_study)
    old = study.run(draws=DRAWS, seed=3, out=folder / "old")
    change = {DEARER: "25000 USD", "transitions.suing -> prison.after": "50 days"}
    new = study.change(change).run(draws=DRAWS + 2, seed=3, out=folder / "new")
    return old, new


def values(run, scenario, measure):
    rows = run.measures.to_dicts()
    found = [r for r in rows if (r["scenario"], r["measure"]) == (scenario, measure)]
    return np.array([r["value"] for r in sorted(found, key=lambda r: r["draw"])])


def row_of(table, **keys):
    [row] = [row for row in table if all(row[key] == value for key, value in keys.items())]
    return row


def test_two_runs_are_compared_over_the_draws_that_both_have(runs):
    old, new = runs
    mine, theirs = values(new, "as agreed", "fee_total"), values(old, "as agreed", "fee_total")
    difference = mine[:DRAWS] - theirs
    row = row_of(new.compare("as agreed", of=old), measure="fee_total")
    assert row["mean"] == pytest.approx(difference.mean())
    assert row["p95"] == pytest.approx(np.percentile(difference, 95))
    apart = mine[:DRAWS].var(ddof=1) + theirs.var(ddof=1)
    assert row["saved"] == pytest.approx(apart / difference.var(ddof=1))
    # DuckDB adds up in any order.
    again = row_of(new.compare("as agreed", of=old.folder), measure="fee_total")
    assert again == pytest.approx(row)


def test_a_run_differs_from_itself_in_nothing(runs):
    old, _ = runs
    assert len(old.differences("as agreed", of=old)) == 0
    assert all(not row["mean"] for row in old.compare("as agreed", of=old))


def test_states_and_groups_that_only_one_of_two_runs_has_count_as_none(runs, whole_study):
    old, _ = runs
    change = {"transitions.prison -> suing": "off", "transitions.suing -> released": "off"}
    other = sj.load(whole_study).change(
        {**change, "transitions.suing -> prison": "off", "states.suing": "off"}
    )
    without = other.run(draws=DRAWS, seed=3)
    asked = {"table": "census", "by": ["state"], "value": "average"}
    there = row_of(old.summary(**asked), scenario="as agreed", state="suing")["mean"]
    assert there > 0
    for run, of, sign in ((old, without, 1), (without, old, -1)):
        row = row_of(run.compare("as agreed", of=of, **asked), state="suing")
        assert row["mean"] == pytest.approx(sign * there)


def test_what_differs_is_said_with_its_address_and_both_values(runs):
    old, new = runs
    found = {
        row["path"]: (row["this"], row["other"]) for row in new.differences("as agreed", of=old)
    }
    assert found[DEARER] == ("USD 25,000", "USD 20,000")
    assert found["run.draws"] == ("6", "4")
    assert any(path.startswith("transitions.suing -> prison") for path in found)
    assert len(found) < 12
    scenarios = old.differences("as agreed", to="no agreement")
    assert [(row["path"], row["this"], row["other"]) for row in scenarios] == [
        ("transitions.prison -> held", "there", ""),
        ("quotas.prison -> held", "there", ""),  # its limit
    ]


def test_a_scenario_that_is_not_there_is_refused(runs):
    old, new = runs
    for asked in ({"scenario": "as agred"}, {"scenario": "as agreed", "to": "no agrement"}):
        with pytest.raises(sj.SojournError, match="did you mean"):
            new.differences(of=old, **asked)
        with pytest.raises(sj.SojournError, match="did you mean"):
            new.compare(of=old, **asked)


def printed(*arguments):
    made = CliRunner().invoke(app, ["compare", *map(str, arguments)])
    assert made.exit_code == 0, made.output
    return made.output


def test_the_command_says_first_what_differs_and_then_how_much(runs):
    old, new = runs
    text = printed(new.folder, "as agreed", "--in", old.folder)
    head, _, rest = text.partition("\nmeasures\n")
    assert head.startswith("as agreed less as agreed of old")
    assert "USD 25,000, in place of USD 20,000" in head
    assert "4 draws, 1 of each, paired by draw and replicate" in head
    assert "fee_total" in rest
    assert "money by year and payer" in rest


def test_the_command_as_json_and_csv(runs):
    old, _ = runs
    found = json.loads(printed(old.folder, "as agreed", "--format", "json"))
    table = old.compare("as agreed").to_dicts()
    assert [row["mean"] for row in found["measures"]] == [row["mean"] for row in table]
    assert found["differences"][0]["path"] == "transitions.prison -> held"
    text = printed(
        old.folder, "as agreed", "--table", "money", "--by", "payer,currency,costing", "-f", "csv"
    )
    assert text.splitlines()[0].startswith("payer,currency,costing,mean")


def test_the_command_refuses_what_has_no_meaning(runs):
    old, _ = runs
    for words, told in (
        (["--by", "year"], "--table"),
        (["--format", "csv"], "one table"),
        (["--table", "census", "--by", "sate"], "did you mean"),
    ):
        made = CliRunner().invoke(app, ["compare", str(old.folder), "as agreed", *words])
        assert made.exit_code == 2
        assert told in made.output + str(made.exception) + made.stderr
