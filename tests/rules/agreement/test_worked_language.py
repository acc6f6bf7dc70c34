"""What each word of the language means: agreements of a few lines, with cases worked out by hand.

Every case also goes through DuckDB.
"""

from __future__ import annotations

from datetime import date

import pytest

from sojourn.errors import SojournError
from sojourn.library.worked_cases import run_cases
from sojourn.rules.agreement.file import read_agreement
from sojourn.rules.prove.witness import confirm

HEAD = "title: t\nsending: A\nreceiving: B\n"


def passes(tmp_path, text):
    """Read an agreement, and hold its worked cases by every evaluator of single cases."""
    file = tmp_path / "agreement.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    agreement = read_agreement(file)
    results = run_cases(agreement)
    assert [(each.name, each.found) for each in results if not each.passed] == []
    assert results
    confirm(
        [case.facts for case in agreement.cases.values()],
        [rule.met for rule in agreement.rules],
        agreement.facts,
    )
    return agreement


def refused(tmp_path, text):
    file = tmp_path / "agreement.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(SojournError) as caught:
        read_agreement(file)
    return "\n".join(str(problem) for problem in caught.value.problems)


LENGTHS = """\
facts:
  sentence: {type: duration, range: [0 days, 20000 days]}
  served: {type: duration, range: [0 days, 20000 days]}
"""


def test_fifty_five_per_cent_of_a_hundred_days_are_fifty_five(tmp_path):
    passes(tmp_path, LENGTHS + """\
rules: {part served: {require: served >= 0.55 * sentence, cite: a}}
cases:
  exactly: {says: so, facts: {sentence: 100 days, served: 55 days}, outcome: eligible}
  twice: {says: so, facts: {sentence: 200 days, served: 110 days}, outcome: eligible}
  one day short: {says: so, facts: {sentence: 100 days, served: 54 days}, outcome: barred,
                  because: part served}
""")  # fmt: skip


def test_sixty_three_of_ninety_are_not_more_than_seventy_per_cent(tmp_path):
    passes(tmp_path, LENGTHS + """\
rules: {part served: {require: served > 0.7 * sentence, cite: a}}
cases:
  exactly: {says: so, facts: {sentence: 90 days, served: 63 days},
            outcome: barred, because: part served}
  more: {says: so, facts: {sentence: 90 days, served: 64 days}, outcome: eligible}
""")  # fmt: skip


def test_a_third_is_exact(tmp_path):
    passes(tmp_path, LENGTHS + """\
rules: {third: {require: served >= sentence / 3, cite: a}}
cases:
  exactly: {says: so, facts: {sentence: 90 days, served: 30 days}, outcome: eligible}
  not quite: {says: so, facts: {sentence: 91 days, served: 30.333333 days},
              outcome: barred, because: third}
""")  # fmt: skip


def test_decimals_add_up(tmp_path):
    passes(tmp_path, """\
facts: {fine: {type: number, unit: EUR}, costs: {type: number, unit: EUR}}
rules: {small: {require: fine + costs = 0.3 EUR, cite: a}}
cases: {cents: {says: so, facts: {fine: 0.1 EUR, costs: 0.2}, outcome: eligible}}
""")  # fmt: skip


def test_six_calendar_months_keep_the_end_of_the_month(tmp_path):
    passes(tmp_path, """\
facts: {filed: {type: date}, asked: {type: date}}
rules:
  moved: {require: filed + 6 months <= asked, cite: a}
  counted: {require: "months(filed, asked) >= 6", cite: a}
  back: {require: filed <= asked - 5 months - 1 day, cite: a}
cases:
  on the day: {says: so, facts: {filed: 2025-01-01, asked: 2025-07-01}, outcome: eligible}
  a day short: {says: so, facts: {filed: 2025-03-01, asked: 2025-08-31}, outcome: barred,
                because: [moved, counted]}
  end of a long month: {says: so, facts: {filed: 2025-08-31, asked: 2026-02-28}, outcome: eligible}
  a leap year: {says: so, facts: {filed: 2023-08-31, asked: 2024-02-28}, outcome: barred,
                because: [moved, counted]}
""")  # fmt: skip


def test_a_person_is_of_age_on_the_birthday(tmp_path):
    passes(tmp_path, """\
facts: {birth: {type: date}, asked: {type: date}}
values: {majority: 18 years}
rules:
  by value: {require: birth + majority <= asked, cite: a}
  by months: {require: birth + 216 months <= asked, cite: a}
  by age: {require: "age(birth, asked) >= 18", cite: a}
cases:
  the birthday: {says: so, facts: {birth: 2009-03-01, asked: 2027-03-01}, outcome: eligible}
  the day before: {says: so, facts: {birth: 2009-03-01, asked: 2027-02-28}, outcome: barred,
                   because: [by value, by months, by age]}
  a leap day: {says: "months end with February, an age on 1 March",
               facts: {birth: 2008-02-29, asked: 2026-02-28}, outcome: barred, because: by age}
""")  # fmt: skip


@pytest.mark.parametrize(
    "condition",
    ["asked - birth >= majority", "asked - birth >= 216 months", "asked - birth >= grown",
     "asked - birth >= 2 * nine", "asked - birth in (30 days, nine)"],
)  # fmt: skip
def test_months_and_years_are_not_compared_with_days_between_dates(tmp_path, condition):
    found = refused(tmp_path, f"""\
facts: {{birth: {{type: date}}, asked: {{type: date}}}}
values:
  majority: 18 years
  nine: {{value: 9 years, cite: a}}
  grown: {{dated: {{2000-01-01: 18 years}}, cite: a}}
today: asked
rules: {{adult: {{require: "{condition}", cite: a}}}}
""")  # fmt: skip
    assert "counted by the calendar" in found


@pytest.mark.parametrize("where", ["fact", "value", "rule", "thousands"])
def test_ten_thousand_euro_are_not_ten(tmp_path, where):
    texts = {
        "fact": ("20 EUR", "30 EUR", "10.000 EUR"), "value": ("10.000 EUR", "30 EUR", "5 EUR"),
        "rule": ("20 EUR", "10.000 EUR", "5 EUR"), "thousands": ("20 EUR", "30 EUR", "1.250 EUR"),
    }  # fmt: skip
    value, rule, fact = texts[where]
    found = refused(tmp_path, f"""\
facts: {{fine: {{type: number, unit: EUR}}}}
values: {{most: {value}}}
rules: {{small: {{require: fine <= {rule} and fine <= most, cite: a}}}}
cases: {{one: {{says: so, facts: {{fine: {fact}}}, outcome: eligible}}}}
""")  # fmt: skip
    assert "the point may separate thousands" in found


SETS = "facts: {nationalities: {type: set, values: [SV, US, MX]}, flag: {type: yes-no}}\n"


def test_a_dual_national_is_both(tmp_path):
    agreement = passes(tmp_path, SETS + """\
rules:
  ours: {require: "'SV' in nationalities", cite: a}
  not theirs: {bar: "any(nationalities) in ('US')", cite: a}
cases:
  one: {says: so, facts: {nationalities: [SV]}, outcome: eligible}
  dual: {says: so, facts: {nationalities: [US, SV]}, outcome: barred, because: not theirs}
  by text: {says: so, facts: {nationalities: SV; MX}, outcome: eligible}
  stateless: {says: so, facts: {nationalities: none}, outcome: barred, because: ours}
  not known: {says: so, facts: {nationalities: unknown},
              outcome: referred, because: [ours, not theirs]}
""")  # fmt: skip
    assert agreement.cases["dual"].facts["nationalities"] == "SV; US"


def test_all_and_count_of_members(tmp_path):
    passes(tmp_path, SETS + """\
rules:
  only: {require: "all(nationalities) in ('SV', 'MX')", cite: a}
  some: {require: count(nationalities) >= 1, cite: a}
  another: {require: "any(nationalities) != 'SV'", cite: a}
cases:
  two: {says: so, facts: {nationalities: [SV, MX]}, outcome: eligible}
  one of them other: {says: so, facts: {nationalities: [SV, US]}, outcome: barred, because: only}
  none: {says: so, facts: {nationalities: []}, outcome: barred, because: [some, another]}
  one: {says: so, facts: {nationalities: [SV]}, outcome: barred, because: another}
""")  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("nationalities = 'SV'", "is a set, which has any number of values"),
        ("nationalities in ('SV')", "is a set, which has any number of values"),
        ("'XX' in nationalities", "'XX' is not among the values"),
        ("any(flag) = 'SV'", "`flag` is a yes-no, not a set"),
        ("any(nationalities) > 'SV'", "has no meaning for members"),
        ("any(nationalities)", "is a set, which has any number of values"),
        ("any(nationalities) in (flag)", "compared with a text"),
    ],
)
def test_what_a_set_is_not(tmp_path, condition, said):
    assert said in refused(tmp_path, SETS + f'rules: {{one: {{require: "{condition}", cite: a}}}}')


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("{type: set}", "a set needs 1 to 62 values"),
        ("{type: set, values: ['a; b']}", "cannot be a member of a set"),
        ("{type: set, values: [none]}", "cannot be a member of a set"),
        ("{type: set, values: [a], unit: people}", "`unit` has no meaning for type `set`"),
        ("{type: number, values: [a]}", "`values` has no meaning for type `number`"),
    ],
)
def test_declarations_that_mean_nothing(tmp_path, declared, said):
    assert said in refused(tmp_path, f"facts: {{x: {declared}}}\nrules: {{}}\n")


def test_at_least_two_of_three(tmp_path):
    passes(tmp_path, """\
facts: {a: {type: yes-no}, b: {type: yes-no}, c: {type: yes-no}}
rules:
  inline: {require: "at least 2 of (a, b, not c)", cite: a}
  listed: {require: {at least 2 of: [a, any of: [b, b], not c]}, cite: a}
cases:
  two: {says: so, facts: {a: yes, b: yes, c: yes}, outcome: eligible}
  one: {says: so, facts: {a: yes, b: no, c: yes}, outcome: barred, because: [inline, listed]}
  two though one is missing: {says: so, facts: {a: yes, c: no}, outcome: eligible}
  the missing one decides: {says: so, facts: {a: yes, c: yes}, outcome: referred,
                            because: [inline, listed]}
  it cannot decide: {says: so, facts: {a: no, c: yes}, outcome: barred, because: [inline, listed]}
""")  # fmt: skip


def test_the_later_and_the_longer(tmp_path):
    passes(tmp_path, """\
facts: {heard: {type: date}, filed: {type: date}, served: {type: duration}}
rules:
  later: {require: "max(heard, filed) + 1 month <= 2026-01-31", cite: a}
  shorter: {require: "min(served, 90 days) >= 60 days", cite: a}
cases:
  in time: {says: so, facts: {heard: 2025-12-31, filed: 2025-06-01, served: 400 days},
            outcome: eligible}
  filed late: {says: so, facts: {heard: 2025-12-31, filed: 2026-01-01, served: 60 days},
               outcome: barred,
               because: later}
  one is missing: {says: so, facts: {heard: 2025-12-31, served: 59 days},
                   outcome: barred, because: shorter}
""")  # fmt: skip


def test_a_rule_applies_unless_it_does_not(tmp_path):
    passes(tmp_path, """\
facts: {minor: {type: yes-no}, parent: {type: yes-no}, consent: {type: yes-no}}
rules:
  asked: {require: consent, when: minor, unless: {any of: [parent, consent = parent]}, cite: a}
cases:
  asked: {says: so, facts: {minor: yes, parent: no, consent: yes}, outcome: eligible}
  not asked: {says: so, facts: {minor: yes, parent: yes, consent: no}, outcome: eligible}
  alone: {says: so, facts: {minor: yes, parent: no, consent: no}, outcome: eligible}
  of age: {says: so, facts: {minor: no}, outcome: eligible}
  nothing known: {says: so, facts: {minor: yes}, outcome: referred, because: asked}
""")  # fmt: skip


def test_an_order_comes_and_goes(tmp_path):
    agreement = passes(tmp_path, """\
today: asked
facts: {asked: {type: date}, listed: {type: yes-no}}
rules:
  ban:
    bar: listed
    in force: [{from: 2017-01-27, to: 2017-02-03}, {from: 2017-12-04, to: 2021-01-20},
               {from: 2025-06-09}]
    cite: a
cases:
  before: {says: so, facts: {asked: 2017-01-26, listed: yes}, outcome: eligible}
  first day: {says: so, facts: {asked: 2017-01-27, listed: yes}, outcome: barred, because: ban}
  stayed: {says: so, facts: {asked: 2017-02-03, listed: yes}, outcome: eligible}
  upheld: {says: so, facts: {asked: 2021-01-19, listed: yes}, outcome: barred, because: ban}
  revoked: {says: so, facts: {asked: 2021-01-20, listed: yes}, outcome: eligible}
  anew: {says: so, facts: {asked: 2030-01-01, listed: yes}, outcome: barred, because: ban}
  no day: {says: so, facts: {listed: yes}, outcome: referred, because: ban}
""")  # fmt: skip
    days = {date(2017, 2, 2): 1, date(2017, 2, 3): 0, date(2020, 1, 1): 1, date(2025, 6, 8): 0}
    for day, count in days.items():
        assert len(read_agreement(agreement.path, today=day).rules) == count


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        ("in force: [{from: 2020-01-01}, {from: 2021-01-01}]", "does not end before the next"),
        ("in force: [{to: 2021-01-01}, {from: 2021-01-01}]", "does not end before the next"),
        ("in force: [{to: 2020-01-01}], from: 2021-01-01", "is given beside `from` or `to`"),
        ("in force: [{from: 2021-01-01, to: 2020-01-01}]", "is not after `from`"),
    ],
)
def test_spans_that_are_none(tmp_path, spans, said):
    rule = f"{{bar: listed, {spans}, cite: a}}"
    facts = "facts: {asked: {type: date}, listed: {type: yes-no}}"
    text = f"today: asked\n{facts}\nrules: {{ban: {rule}}}\n"
    assert said in refused(tmp_path, text)
