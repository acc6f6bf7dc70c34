"""Where those go who cannot move, and transitions that can never happen."""

from __future__ import annotations

from pathlib import Path

import pytest
from sojourn.study.model.study import Scenario

from sojourn.errors import StudyError
from sojourn.run.check import check_study
from sojourn.study.checks.locks import rings
from sojourn.study.checks.never import never_happen
from sojourn.study.checks.reachability import reachable
from sojourn.study.load import load_study
from study.test_refusals import line_of, refused

STUDY = """\
study: Go elsewhere if full
period: {{from: 2026-01-01, to: 2027-01-01}}
facilities: {{unit: 45 people, hall: {{capacity: 9 people, limit: soft}}}}
clocks: {{due: a day}}
gates: {{open_days: {{open: [{{from: 2026-02-01}}]}}}}
states:
  door: {{}}
  held: {{place: unit}}
  crowd: {{place: hall}}
  gone: {{end: yes}}
  elsewhere: {{end: yes}}
transitions:
{transitions}
  crowd -> gone: {{after: 3 days}}
  held -> gone: {{after: 30 days}}
populations:
  people: {{clocks: {{due: 2026-03-01}}, admissions: {{per day: 2.5 people, into: door}}}}
  crowd: {{stock: {{count: 3 people, state: crowd}}}}
  others: {{stock: {{count: 3 people, state: elsewhere}}}}
"""


def write(folder: Path, *transitions: str, text: str = STUDY, more: str = "") -> Path:
    lines = "\n".join(f"  {line}" for line in transitions)
    (folder / "study.yaml").write_text(text.format(transitions=lines) + more, encoding="utf-8")
    return folder


def loaded(folder: Path, *transitions: str) -> Scenario:
    study = load_study(write(folder, *transitions))
    return study.scenarios[study.baseline]


def test_who_cannot_move_goes_elsewhere(tmp_path):
    scenario = loaded(tmp_path, "door -> held: {otherwise: elsewhere}")
    assert scenario.transitions[0].otherwise == "elsewhere"
    assert scenario.transitions[0].targets == ("held", "elsewhere")
    assert {"door", "held", "elsewhere"} <= reachable(scenario)
    assert never_happen(scenario) == []


@pytest.mark.parametrize("needs", ["while: open_days", "at most: 3 people per week"])
def test_a_gate_or_a_limit_may_turn_away_too(needs, tmp_path):
    scenario = loaded(
        tmp_path, "door -> crowd: {otherwise: out, " + needs + "}", "door -> held: {after: 9 days}"
    )
    assert scenario.transitions[0].otherwise == "out"


@pytest.mark.parametrize(
    ("transition", "what", "fix"),
    [
        ("door -> held: {otherwise: elswhere}", "`elswhere` is not declared", "`elsewhere`"),
        ("door -> held: {otherwise: door}", "stay where they are", "who cannot move waits"),
        ("door -> held: {otherwise: held}", "the transition itself leads", "another state"),
        ("door -> crowd: {otherwise: held, while: open_days}", "may be full too", "limit: soft"),
        ("door -> crowd: {otherwise: elsewhere}", "waits for nothing", "`while`"),
    ],
)
def test_refusals(transition, what, fix, tmp_path):
    more = () if "held" in transition else ("door -> held: {after: 9 days}",)
    folder = write(tmp_path, transition, *more)
    [problem] = refused(folder)
    assert what in problem.what and fix in problem.fix
    assert problem.line == line_of(folder, "otherwise:")


def test_otherwise_does_not_say_whose_facts_change(tmp_path):
    text = STUDY.replace("states:", "facts: {{told: {{type: yes-no}}}}\nstates:", 1)
    folder = write(tmp_path, "door -> held: {otherwise: out, becomes: {told: yes}}", text=text)
    assert any("whose facts change" in problem.what for problem in refused(folder))


def test_an_otherwise_that_one_scenario_needs_is_enough(tmp_path):
    more = "scenarios: {base: {}, roomy: {facilities.unit: {capacity: 45 people, limit: soft}}}\n"
    study = load_study(write(tmp_path, "door -> held: {otherwise: elsewhere}", more=more))
    assert study.scenarios["roomy"].transitions[0].otherwise == "elsewhere"


def test_a_way_round_for_those_who_cannot_move_takes_time(tmp_path):
    """Full, they would go from door to hall and back within a day, for ever."""
    text = STUDY.replace("elsewhere: {{end: yes}}", "elsewhere: {{}}")
    there = "door -> held: {otherwise: elsewhere}"
    [problem] = refused(write(tmp_path, there, "elsewhere -> door: {}", text=text))
    assert "takes no time" in problem.what
    load_study(write(tmp_path, there, "elsewhere -> door: {after: 1 day}", text=text))


def test_a_ring_that_turns_away_cannot_lock(tmp_path):
    text = STUDY.replace(
        "crowd: {{place: hall}}", "crowd: {{place: hall}}\n  back: {{place: cell}}"
    )
    text = text.replace("hall: {{", "cell: 5 people, hall: {{").replace(
        "  held -> gone", "  x -> y"
    )
    text = text.replace("  x -> y: {{after: 30 days}}\n", "")
    loop = ("door -> held: {}", "held -> back: {after: 9 days}")
    for other, found in (("{after: 9 days}", 1), ("{after: 9 days, otherwise: out}", 0)):
        study = load_study(write(tmp_path, *loop, f"back -> held: {other}", text=text))
        assert len(rings(study.scenarios[study.baseline])) == found


NEVER = [
    # What needs nothing and is due at once goes before the line, wherever it stands.
    (["door -> held: {}", "door -> elsewhere: {after: 0 days}"], ["door -> held"]),
    (["door -> elsewhere: {after: 0 days}", "door -> held: {}"], ["door -> held"]),
    (["door -> elsewhere: {}", "door -> held: {}"], ["door -> held"]),
    # Neither waits: the later in the file.
    (["door -> elsewhere: {}", "door -> crowd: {}", "door -> held: {after: 9 days}"],
     ["door -> crowd", "door -> held"]),
    # A fixed delay that is shorter, or as long and earlier.
    (["door -> held: {after: 9 days}", "door -> elsewhere: {after: 8 days}"], ["door -> held"]),
    (["door -> elsewhere: {after: 9 days}", "door -> crowd: {after: 9 days}",
      "door -> held: {}"], ["door -> crowd"]),
    (["door -> elsewhere: {after: {uniform: {from: 1 day, to: 4 days}}}",
      "door -> held: {after: {uniform: {from: 4 days, to: 9 days}}}"], ["door -> held"]),
    (["door -> held: {after: {table: {5: 1, 9: 1}}}",
      "door -> elsewhere: {after: {table: {0: 1, 4: 1, 300: 0}}}"], ["door -> held"]),
    # An exponential stay is longer than nothing.
    (["door -> held: {after: {mean: 9 days}}", "door -> elsewhere: {}"], ["door -> held"]),
    (["door -> elsewhere: {after: {between: [1 day, 5 days]}}", "door -> held: {after: 6 days}"],
     ["door -> held"]),
    # Not so; a clock may be past.
    (["door -> elsewhere: {}", "door -> held: {at: due}"], []),
    (["door -> elsewhere: {after: {between: [1 day, 7 days]}}", "door -> held: {after: 6 days}"],
     []),
    (["door -> held: {}", "door -> elsewhere: {after: 1 day}"], []),
    (["door -> held: {}", "door -> elsewhere: {after: {mean: 5 days}}"], []),
    (["door -> held: {after: 9 days}", "door -> elsewhere: {after: 8 days, chance: 50 %}"], []),
    (["door -> held: {after: 9 days}", "door -> elsewhere: {after: 8 days, while: open_days}"], []),
    (["door -> held: {after: 9 days}", "door -> elsewhere: {after: 8 days, starts: 2026-03-01}"],
     []),
    (["door -> held: {after: 9 days, changes: {2026-06-01: {after: 7 days}}}",
      "door -> elsewhere: {after: 8 days}"], []),
    (["door -> held: {after: 9 days}",
      "door -> elsewhere: {after: 8 days, changes: {2026-06-01: {after: 10 days}}}"], []),
]  # fmt: skip


@pytest.mark.parametrize(("transitions", "names"), NEVER)
def test_what_never_happens(transitions, names, tmp_path):
    found = never_happen(loaded(tmp_path, *transitions))
    assert [text.split("`")[1] for text in found] == names


def test_only_for_those_whom_the_other_takes(tmp_path):
    text = STUDY.replace("states:", "facts: {{told: {{type: yes-no}}}}\nstates:", 1)
    text = text.replace("  people: {{", "  people: {{facts: {{told: yes}}, ")

    def found(*transitions):
        study = load_study(write(tmp_path, *transitions, text=text))
        return never_happen(study.scenarios[study.baseline])

    some = "door -> elsewhere: {when: told}"
    assert found(some, "door -> held: {}") == []
    assert len(found(some, "door -> crowd: {when: told}", "door -> held: {}")) == 1


def test_check_offers_the_word(tmp_path):
    folder = write(tmp_path, "door -> held: {}", "door -> elsewhere: {after: 0 days}")
    [what] = check_study(folder, None).never
    assert what.startswith("`door -> held` can never happen: `door -> elsewhere` takes everybody")
    assert what.endswith("write `otherwise: elsewhere` in `door -> held`")


def test_the_command_says_so(sojourn, tmp_path):
    folder = write(tmp_path, "door -> held: {}", "door -> elsewhere: {after: 0 days}")
    done = sojourn("check", folder)
    assert done.returncode == 0
    assert "`door -> held` can never happen" in done.stdout


@pytest.mark.parametrize("name", ["out", "outside", "admission", "waiting outside", "stock"])
def test_words_of_the_tables_are_no_states(name, tmp_path):
    text = STUDY.replace("elsewhere", name)
    folder = write(tmp_path, f"door -> held: {{otherwise: {name}}}", text=text)
    problems = refused(folder)
    assert any(f"`{name}` is a word of the result tables" in problem.what for problem in problems)
    assert all(problem.line for problem in problems)


def test_a_name_that_reads_as_two_states_together(tmp_path):
    text = STUDY.replace("elsewhere", "here + there")
    folder = write(tmp_path, "door -> held: {otherwise: here + there}", text=text)
    with pytest.raises(StudyError, match="in a joint peak"):
        load_study(folder)
