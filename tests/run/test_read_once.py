"""What the check has read, the run does not read again."""

from collections import Counter

import sojourn as sj
from sojourn.population import cells
from sojourn.rules.agreement import claims, conditions, outcomes_by_cell

STUDY = """
study: People due
period: {from: 2025-01-01, to: 2025-03-01}
facts: {due: {type: date}}
states: {held: {}}
agreement:
  title: Deal
  sending: US
  receiving: SV
  rules: {late: {require: due > today, cite: Article 1}}
transitions:
  held -> out: {after: {mean: 10 days}}
populations:
  p: {facts: {due: 2025-06-01}, stock: {count: 5 people, state: held}}
measures: {left: {people: held, at: end}}
claims: {few: {says: few are left, cite: Article 2, holds if: left < 3 people}}
scenarios:
  base: {}
  slower: {transitions.held -> out.after.mean: 20 days}
"""


def test_conditions_are_parsed_and_cells_formed_once(monkeypatch):
    study = sj.load(STUDY)
    assert study.check().ok, study.check()
    made = Counter()

    def counted(module, name):
        whole = getattr(module, name)

        def called(*args, **more):
            made[name] += 1
            return whole(*args, **more)

        monkeypatch.setattr(module, name, called)

    counted(conditions, "parse")
    counted(claims, "parse")
    counted(cells, "split_population")
    counted(outcomes_by_cell, "_query")
    study.run(draws=1, expected=True, progress=False)
    assert made == {"_query": 2}  # one for each scenario


def test_a_rule_that_says_today_has_its_place_in_the_funnel():
    [row] = sj.load(STUDY).run(draws=1, expected=True, progress=False).funnel.to_dicts()[:1]
    assert (row["condition"], row["people"], row["fails"]) == ("due > today", 5, 0)
