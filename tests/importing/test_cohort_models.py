"""A cohort model's tables become a study that gives, to a millionth of a person, what they mean.

`convolved` is the model's own meaning: cohorts in a loop, with shares that leave by age.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import sojourn as sj
from sojourn.cli.app import app
from sojourn.errors import SojournError

STEPS = 40
HEAD = "compartment,outflow_to,compartment_duration,total_population,group,to_group,from_step"
HEAD += ",applies_to"


class Law:
    """Who leaves: {(to, group): {steps: weight}}, from a step on, for new people or all."""

    def __init__(self, ways, since=0, scope="new"):
        self.ways, self.since, self.scope = ways, since, scope

    def leaving(self, age):
        """Of those who are there at this age: the share that takes each way."""
        left = sum(w for ways in self.ways.values() for after, w in ways.items() if after >= age)
        if not left:  # the law allows no stay that long: by the last way of the longest stays
            longest = max(after for ways in self.ways.values() for after in ways)
            return {[way for way, steps in self.ways.items() if longest in steps][-1]: 1.0}
        return {way: steps.get(age, 0.0) / left for way, steps in self.ways.items()}


def convolved(laws, admissions, steps, *, policies):
    """People of each compartment and group at the end of each step."""
    there = defaultdict(lambda: np.zeros(steps))  # [entered]
    census = defaultdict(lambda: np.zeros(steps))
    for step in range(steps):
        came = defaultdict(float)
        for (name, group), people in admissions.items():
            came[name, group] += people[step] if step < len(people) else 0.0
        for place, own in laws.items():
            for entered in range(step):
                law = own[0]
                for other in own[1:] if policies else ():
                    seen = entered if other.scope == "new" else step
                    law = other if seen >= other.since else law
                people = there[place][entered]
                for way, share in law.leaving(step - entered).items():
                    came[way] += people * share
                    there[place][entered] -= people * share
        for place, people in came.items():
            there[place][step] += people
        for place, people in there.items():
            census[place][step] = people.sum()
    return census


def table_of(laws):
    lines = [HEAD]
    for (name, group), own in laws.items():
        for law in own:
            policy = f"{law.since},{law.scope}" if law.since else ","
            for (to, new), steps in law.ways.items():
                moved = "" if new == group else new
                lines += [
                    f"{name},{to},{n},{w!r},{group},{moved},{policy}" for n, w in steps.items()
                ]
    return "\n".join(lines) + "\n"


def entries_of(admissions):
    lines = ["compartment,time_step,cohort_population,group"]
    for (name, group), people in admissions.items():
        lines += [f"{name},{step},{n!r},{group}" for step, n in enumerate(people)]
    return "\n".join(lines) + "\n"


def imported(folder: Path, laws, admissions, *, unit="month", steps=STEPS) -> sj.Study:
    (folder / "transitions.csv").write_text(table_of(laws), encoding="utf-8")
    (folder / "admissions.csv").write_text(entries_of(admissions), encoding="utf-8")
    return sj.import_cohorts(
        folder / "transitions.csv", folder / "admissions.csv", out=folder / "study",
        start=date(2026, 1, 1), step=unit, steps=steps,
    )  # fmt: skip


def same(study: sj.Study, laws, admissions, *, steps=STEPS):
    run = study.run(expected=True, draws=1)
    scenarios = study.scenario_names
    for scenario in scenarios:
        exact = convolved(laws, admissions, steps, policies=scenario != "as it is")
        got = defaultdict(lambda: np.zeros(steps))  # the table leaves out what is zero
        starts = {row["period"]: number for number, row in enumerate(run.periods)}
        for row in run.census:
            if row["scenario"] == scenario:
                got[row["state"], row["group"]][starts[row["period"]]] = row["people"]
        for place, people in exact.items():
            assert got[place] == pytest.approx(people, abs=1e-6), (scenario, place)
    return scenarios


MEN = {
    ("prison", "men"): [Law({("parole", "men"): {3: 40.0, 6: 30.0}, ("free", "men"): {5: 17.5}})],
    ("parole", "men"): [Law({("prison", "men"): {2: 1.0, 9: 2.0}, ("free", "men"): {12: 7.0}})],
}
COMING = {("prison", "men"): [100.25, 0.0, 37.5, 12.0, 80.0, 44.0], ("parole", "men"): [7.0]}


def test_durations_shares_and_ways_back(tmp_path):
    assert same(imported(tmp_path, MEN, COMING), MEN, COMING) == ("as it is",)


def test_years_are_steps_too(tmp_path):
    study = imported(tmp_path, MEN, COMING, unit="year", steps=12)
    same(study, MEN, COMING, steps=12)


def test_groups_and_transfers_by_age(tmp_path):
    laws = {
        **MEN,
        ("prison", "old"): [Law({("free", "old"): {1: 0.25, 4: 0.5, 20: 0.25}})],
        ("parole", "old"): [Law({("free", "old"): {6: 1.0}, ("parole", "old"): {3: 1.0}})],
    }
    laws["prison", "men"] = [
        Law({**laws["prison", "men"][0].ways, ("prison", "old"): {4: 12.5, 30: 5.0}})
    ]
    coming = {**COMING, ("prison", "old"): [5.0] * STEPS}
    same(imported(tmp_path, laws, coming), laws, coming)


@pytest.mark.parametrize("scope", ["new", "all"])
def test_a_policy_from_a_step_on(tmp_path, scope):
    later = Law(
        {("parole", "men"): {2: 60.0, 8: 5.0}, ("free", "men"): {4: 20.0, 7: 9.0}}, 7, scope
    )
    laws = {**MEN, ("prison", "men"): [*MEN["prison", "men"], later]}
    coming = {("prison", "men"): [50.0 + 3 * (step % 5) for step in range(STEPS)]}
    assert len(same(imported(tmp_path, laws, coming), laws, coming)) == 2


def test_random_models(tmp_path):
    random = np.random.default_rng(20260102)
    for trial in range(6):
        names = ["a", "b", "c", "d"]
        laws = {
            (name, "all"): [
                Law(
                    {
                        (to, "all"): {
                            int(n): float(random.uniform(0.1, 9))
                            for n in random.choice(np.arange(1, 30), 4, replace=False)
                        }
                        for to in random.choice([*names, "away"], 3, replace=False)
                    }
                )
            ]
            for name in names
        }
        coming = {(name, "all"): random.uniform(0, 1e4, STEPS).tolist() for name in names[:2]}
        (tmp_path / str(trial)).mkdir()
        same(imported(tmp_path / str(trial), laws, coming), laws, coming)


ROW = "prison,free,3,1,men,,,\n"
REFUSED = [
    (HEAD.replace("outflow_to", "outflow") + "\n", None, "no column `outflow_to`"),
    (f"{HEAD}\nprison,free,three,1,men,,,\n", None, "`three` is not a number of steps"),
    (f"{HEAD}\nprison,free,3,-1,men,,,\n", None, "`-1` is below 0"),
    (f"{HEAD}\nprison,fr'ee,3,1,men,,,\n", None, "cannot be a name"),
    (f"{HEAD}\nprison,free,3,0,men,,,\n", None, "nobody leaves `prison` men"),
    (f"{HEAD}\nprison,free,3,1,men,,4,new\n", None, "before step 4"),
    (f"{HEAD}\n{ROW}prison,free,3,1,men,,4,some\n", None, "`some` is not known"),
    (f"{HEAD}\n{ROW}prison,prison,3,1,men,old,,\n", None, "nothing is said of people of `old`"),
    (f"{HEAD}\n{ROW}", "prison,0,5,women\n", "nothing is said of people of `women`"),
    (f"{HEAD}\n{ROW}", "prison,0,many,men\n", "`many` is not a number"),
]


@pytest.mark.parametrize(("table", "coming", "what"), REFUSED)
def test_what_cannot_be_used_is_refused_and_nothing_written(tmp_path, table, coming, what):
    entries = "compartment,time_step,cohort_population,group\n" + (coming or "prison,0,5,men\n")
    (tmp_path / "transitions.csv").write_text(table, encoding="utf-8")
    (tmp_path / "admissions.csv").write_text(entries, encoding="utf-8")
    with pytest.raises(SojournError, match=what):
        sj.import_cohorts(
            tmp_path / "transitions.csv", tmp_path / "admissions.csv", out=tmp_path / "study"
        )
    assert not (tmp_path / "study").exists()


def test_the_command_writes_a_study_that_runs(tmp_path):
    (tmp_path / "transitions.csv").write_text(table_of(MEN), encoding="utf-8")
    (tmp_path / "admissions.csv").write_text(entries_of(COMING), encoding="utf-8")
    words = ["import", str(tmp_path / "transitions.csv"), "--admissions",
             str(tmp_path / "admissions.csv"), "--out", str(tmp_path / "study"),
             "--steps", "24"]  # fmt: skip
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "3 compartments" in done.stdout
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 2 or isinstance(again.exception, SojournError)
    assert sj.load(tmp_path / "study").check().ok
