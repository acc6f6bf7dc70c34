"""Decisions: what is chosen, by which measure, and what could be found out before."""

from __future__ import annotations

import pytest

import sojourn as sj

STUDY = """\
study: a prison
period: {from: 2025-01-01, to: 2026-01-01}
states: {prison: {}, gone: {end: yes}}
transitions:
  prison -> gone: {chance: {parameter: share}, after: {between: [50 days, 150 days]}}
parameters: {share: {between: [10 %, 90 %]}, sure: 3 people}
populations:
  people: {stock: {count: 100 people, state: prison}}
measures:
  held: {people: prison, at: end}
scenarios: {now: {}, then: {parameters.share: 50 %}}
decisions:
  which: DECISION
"""
GOOD = "{who: State, options: [now, then], least: held, GROUPS, SAMPLES}"
STAY = "transitions.prison -> gone.after"


def problems(decision="", groups="groups: {}", samples="samples: {}"):
    text = (decision or GOOD).replace("GROUPS", groups).replace("SAMPLES", samples)
    study = sj.load(STUDY.replace("DECISION", text))
    return study.check().problems


def test_a_decision_is_read_with_its_groups_and_samples():
    found = problems(
        groups=f"groups: {{both: [parameters.share, {STAY}]}}",
        samples="samples: {seen: {of: parameters.share, people: 200}, "
        f"timed: {{of: {STAY}, observations: 5, deviation: 30 days}}}}",
    )
    assert not found


@pytest.mark.parametrize(
    ("given", "what", "path"),
    [
        ({"decision": GOOD.replace("then", "than")}, "no scenario or setting `than`", "options"),
        ({"decision": GOOD.replace("[now, then]", "[now, now]")}, "nothing to choose", "options"),
        (
            {"decision": GOOD.replace("SAMPLES", "settings: {now: {parameters.share: 5 %}}")},
            "there is a scenario or another setting `now`",
            "settings.now",
        ),
        (
            {"decision": GOOD.replace("SAMPLES", "settings: {few: {parameters.share: 5 %}}")},
            "nobody can choose this setting",
            "settings.few",
        ),
        (
            {
                "decision": GOOD.replace("then]", "few]").replace(
                    "SAMPLES", "settings: {few: {parameters.shore: 5 %}}"
                )
            },
            "`parameters` has no `shore`",
            "few",
        ),
        ({"decision": GOOD.replace(": held", ": hold")}, "`hold` is not declared", "least"),
        ({"decision": GOOD.replace("least: held", "greatest: held, least: held")}, "both", "which"),
        ({"decision": GOOD.replace("least: held, ", "")}, "no measure is wanted", "which"),
        (
            {"decision": GOOD.replace("GROUPS", "turns at: parameters.share, GROUPS")},
            "decides who is where",
            "turns at",
        ),
        ({"decision": GOOD.replace("who: State, ", "")}, "`who` is missing", "which"),
        ({"groups": "groups: {a: [parameters.sure]}"}, "no uncertain number", "groups.a"),
        ({"groups": "groups: {a: [parameters.shore]}"}, "nothing at `parameters.sh", "groups.a"),
        ({"samples": "samples: {a: {of: parameters.share}}"}, "of people, or of", "samples.a"),
        ({"samples": "samples: {a: {of: parameters.share, people: 0}}"}, "tells nothing", "people"),
        ({"samples": f"samples: {{a: {{of: {STAY}, people: 9}}}}"}, "not a share", "people"),
        ({"samples": f"samples: {{a: {{of: {STAY}, observations: 9}}}}"}, "belong together", "a"),
        (
            {"samples": f"samples: {{a: {{of: {STAY}, observations: 9, deviation: 3 people}}}}"},
            "is in day",
            "deviation",
        ),
        (
            {"samples": f"samples: {{a: {{of: {STAY}, observations: 9, deviation: 0 days}}}}"},
            "above 0",
            "deviation",
        ),
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused_where_it_stands(given, what, path):
    found = problems(**given)
    assert found, "it was accepted"
    assert what in found[0].what
    assert found[0].line and path in found[0].path
