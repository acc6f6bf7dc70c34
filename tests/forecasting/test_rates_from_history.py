"""`as counted`: admissions and paces of leaving from the history, and from then on a forecast."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

import sojourn as sj
from sojourn.errors import SojournError
from sojourn.forecasting.joint_rows import PRIOR, ROWS, SPAN, joint_rows, togetherness
from sojourn.forecasting.quantiles import LEVELS
from sojourn.uncertainty.draws import Draw
from sojourn.uncertainty.uncertain_quantities import uncertain_quantities

STUDY = """\
study: One prison
period: {from: 2011-01-01, to: 2020-01-01, step: month, report: year}
run: {seed: 3, draws: 4}
history:
  prisons:
    file: prisons.csv
    date: year
    states: [prison]
    stock: held
    admissions: came
    releases: left
states: {prison: {}, out_again: {end: yes}}
transitions: {prison -> out_again: {after: {as counted: prisons}}}
populations:
  sentenced:
    stock: {count: 1000 people, state: prison, served: equilibrium}
    admissions: {as counted: prisons, into: prison}
measures: {held: {people: prison, at: end}}
scenarios:
  as it is: {}
  more:
    populations.sentenced.admissions.times: {2017-01-01: 120 %}
  longer:
    transitions.prison -> out_again.after.times: {2017-01-01: 120 %}
"""
CAME = (400, 420, 470, 450, 520, 500, 480)
LEFT = (0, 410, 430, 460, 450, 470, 500)


def table() -> str:
    held, rows = 1000, []
    for year, came, left in zip(range(2010, 2017), CAME, LEFT, strict=True):
        held += (came - left) if year > 2010 else 0
        rows.append(f"{year},{held},{came},{left}\n")
    return "year,held,came,left\n" + "".join(rows)


def prison(folder: Path, *replacements: tuple[str, str], counts: str | None = None) -> sj.Study:
    text = STUDY
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    (folder / "prisons.csv").write_text(counts or table(), encoding="utf-8")
    return sj.load(folder)


def by_year(rows, scenario: str, draw: int = 0) -> list[float]:
    return [r["people"] for r in rows if (r["scenario"], r["draw"]) == (scenario, draw)]


def test_people_come_and_leave_as_they_were_counted(tmp_path):
    run = prison(tmp_path).run(draws=1, expected=True, scenarios=["as it is"])
    came = by_year([r for r in run.flows if r["transition"] == "admission"], "as it is")
    assert came[:6] == pytest.approx(CAME[1:], rel=1e-9)
    left = by_year([r for r in run.flows if r["transition"] == "prison -> out_again"], "as it is")
    # Releases over the mean of both ends is the pace to second order in the year.
    assert left[:6] == pytest.approx(LEFT[1:], rel=5e-3)
    held = by_year([r for r in run.census if r["state"] == "prison"], "as it is")
    counted = [float(row.split(",")[1]) for row in table().splitlines()[2:]]
    assert held[:6] == pytest.approx(counted, rel=3e-3)


def test_a_forecast_has_one_row_of_the_table_in_each_draw(tmp_path):
    numbers = {row["path"]: row for row in prison(tmp_path).parameters if row["shape"] == "draws"}
    paths = [f"populations.sentenced.admissions.as counted.{year}" for year in (2017, 2018, 2019)]
    assert [path for path in numbers if path.startswith("populations")] == paths
    widths = [numbers[path]["high"] - numbers[path]["low"] for path in paths]
    assert widths == sorted(widths)
    assert all(numbers[path]["low"] > 0 for path in paths)
    run = prison(tmp_path).run(draws=3, expected=True, scenarios=["more"])
    came = [r for r in run.flows if r["transition"] == "admission"]
    ends = {by_year(came, "as it is", draw)[-1] for draw in range(3)}
    assert len(ends) == 3
    # Scenarios share the draw, and a factor multiplies it from its date on.
    for draw in range(3):
        plain, more = (by_year(came, name, draw) for name in ("as it is", "more"))
        factors = np.array(more) / np.array(plain)
        assert factors == pytest.approx([1.0] * 6 + [1.2] * 3)


def test_a_factor_on_the_stay_holds_people_longer(tmp_path):
    run = prison(tmp_path).run(draws=1, expected=True, scenarios=["longer"])
    held = {
        name: by_year([r for r in run.census if r["state"] == "prison"], name)
        for name in ("as it is", "longer")
    }
    assert held["longer"][:6] == held["as it is"][:6]
    assert held["longer"][-1] > 1.1 * held["as it is"][-1]


def test_a_factor_may_be_uncertain_and_is_one_number_for_all_periods(tmp_path):
    """What a fit finds: by how much stays differ from those that counted releases give."""
    changes = (
        ("as counted: prisons}}", "as counted: prisons, times: {2012-01-01: {parameter: leak}}}}"),
        ("states: {prison", "parameters: {leak: {between: [90 %, 110 %]}}\nstates: {prison"),
    )
    draw, means = Draw(1, 3), []
    for each in ((), changes):
        study = prison(tmp_path, *each)._checked.study
        (transition,) = study.scenarios["as it is"].transitions
        stays = [change.branches[0].after for change in transition.changes]
        means.append([draw.value(stay.parameters["mean"]) for stay in stays])
    leak = uncertain_quantities(study)["parameters.leak"]
    assert np.array(means[1]) / means[0] == pytest.approx([draw.value(leak)] * len(stays))
    assert abs(draw.value(leak) - 1.0) > 1e-3


def test_a_check_tells_what_a_policy_changes_and_not_that_counts_differ(tmp_path):
    (told,) = prison(tmp_path)._checked.reforms.items()
    assert told[0].startswith("on 2017-01-01 `prison -> out_again` changes for everyone by pace")
    assert told[1] == ["longer"]


def test_joint_rows_have_the_quantiles_and_go_together_as_a_random_walk():
    spread = np.array([0.05, 0.1, 0.2, 0.2])
    normal = np.quantile(np.random.default_rng(1).standard_normal(200_000), LEVELS)
    quantiles = 500 * np.exp(spread[:, None] * normal)
    rows = joint_rows(quantiles)
    assert rows.shape == (ROWS, 4)
    # A row is half a percent: quantiles between rows differ by what lies between two of them.
    found = np.quantile(rows, LEVELS, axis=0).T
    assert found == pytest.approx(quantiles, rel=0.02)
    ranks = spearmanr(rows).statistic
    for one in range(4):
        for other in range(one + 1, 4):
            walk = np.sqrt((one + 1) / (other + 1))
            exact = 6 / np.pi * np.arcsin(walk / 2)
            # Standard error of a rank correlation of 200 rows.
            assert ranks[one, other] == pytest.approx(exact, abs=4 * (1 - exact**2) / np.sqrt(ROWS))


@pytest.mark.parametrize("together", [-0.6, 0.0, 0.8])
def test_tables_that_go_together_have_their_own_quantiles(together):
    spread = np.array([0.1, 0.2, 0.3])
    normal = np.quantile(np.random.default_rng(1).standard_normal(200_000), LEVELS)
    quantiles = np.exp(spread[:, None] * normal)
    one, other = joint_rows(quantiles), joint_rows(quantiles, together)
    np.testing.assert_allclose(np.sort(one, axis=0), np.sort(other, axis=0))
    exact = 6 / np.pi * np.arcsin(together / 2)
    for horizon in range(3):
        found = spearmanr(one[:, horizon], other[:, horizon]).statistic
        assert found == pytest.approx(exact, abs=4 * (1 - exact**2) / np.sqrt(ROWS))
    walk = spearmanr(other[:, 0], other[:, 2]).statistic
    assert walk == pytest.approx(6 / np.pi * np.arcsin(3**-0.5 / 2), abs=0.2)


def test_two_tables_share_no_more_than_what_each_shares_with_the_first():
    quantiles = np.exp(np.quantile(np.random.default_rng(1).standard_normal(200_000), LEVELS))
    one, other = (joint_rows(quantiles[None], 0.8, stream)[:, 0] for stream in (1, 2))
    exact = 6 / np.pi * np.arcsin(0.64 / 2)
    found = spearmanr(one, other).statistic
    assert found == pytest.approx(exact, abs=4 * (1 - exact**2) / np.sqrt(ROWS))


def test_series_go_together_as_their_changes_did():
    steps = np.random.default_rng(4).standard_normal((2, 4000))
    steps[1] = 0.6 * steps[0] + 0.8 * steps[1]
    one, other = 500 * np.exp(0.05 * np.cumsum(steps, axis=1))
    # Of changes over three periods every third is independent of the others.
    assert togetherness(one, other) == pytest.approx(0.6, abs=4 * 0.64 / np.sqrt(4000 / SPAN))
    first = one[: SPAN + 6]
    assert togetherness(first, first) == pytest.approx(6 / (6 + PRIOR))
    unknown = np.concatenate([first[:-1], [np.nan]])
    assert togetherness(first, unknown) == pytest.approx(5 / (5 + PRIOR))
    assert togetherness(np.full(9, 5.0), other[:9]) == 0.0
    assert togetherness(first[:5], first[:5]) == 0.0


def test_admissions_and_pace_of_an_account_share_the_rows_of_their_tables(tmp_path):
    scenario = prison(tmp_path)._checked.study.scenarios["as it is"]
    (population,), (transition,) = scenario.populations.values(), scenario.transitions
    stay = transition.changes[-1].branches[0].after
    came, pace = population.admissions.rate[-1].quantity, stay.parameters["mean"]
    assert came.addresses == pace.addresses
    assert spearmanr(came.numbers, pace.numbers).statistic != pytest.approx(0.0, abs=0.1)


def test_a_population_takes_its_own_group_and_any_other_the_total(tmp_path):
    """Groups are forecast together, and learned from: their paths differ from those alone."""
    random = np.random.default_rng(2)
    rows = [
        f"{year},{sex},{1000 + 10 * size},{size + int(random.integers(0, 40))},{size}\n"
        for year in range(1995, 2017)
        for sex, size in (("men", 400), ("women", 80))
    ]
    grouped = (
        ("    date: year\n", "    date: year\n    groups: [sex]\n"),
        ("states: {prison", "facts: {sex: {values: [men, women]}}\nstates: {prison"),
        ("{after: {as counted: prisons}}", "{after: 2 years}"),
        ("  longer:\n    transitions.prison -> out_again.after.times: {2017-01-01: 120 %}\n", ""),
        ("    stock: {count: 1000 people, state: prison, served: equilibrium}\n", ""),
    )
    counts = "year,sex,held,came,left\n" + "".join(rows)
    own = ("  sentenced:\n", "  sentenced:\n    facts: {sex: women}\n")
    rates = {}
    for name, changes in (("total", grouped), ("women", (*grouped, own))):
        study = prison(tmp_path, *changes, counts=counts)._checked.study
        rates[name] = study.scenarios["as it is"].populations["sentenced"].admissions.rate
    of_2016 = {name: rate[5].quantity.value * 366 for name, rate in rates.items()}
    men, women = (float(row.split(",")[3]) for row in rows[-2:])
    assert of_2016 == pytest.approx({"total": men + women, "women": women})
    assert rates["women"][-1].quantity.low > 0
    total, own = (rates[name][-1].quantity for name in ("total", "women"))
    assert total.addresses == own.addresses
    assert spearmanr(total.numbers, own.numbers).statistic < 0.9  # chance alone moved both
    assert rates["total"][-1].quantity.value > 3 * rates["women"][-1].quantity.value


def test_counts_before_a_break_are_no_part_of_the_forecast(tmp_path):
    other = table().replace("2012,1020,470,430", "2012,1020,4700,430")
    breaks = ("    releases: left\n", "    releases: left\n    breaks: {2013: a new register}\n")
    numbers = []
    for changes, counts in (((breaks,), None), ((breaks,), other), ((), other)):
        study = prison(tmp_path, *changes, counts=counts)._checked.study
        rate = study.scenarios["as it is"].populations["sentenced"].admissions.rate
        numbers.append(rate[-1].quantity.numbers)
    assert numbers[0] == numbers[1]
    assert numbers[0] != numbers[2]


def cut(*lines: int) -> str:
    rows = table().splitlines(keepends=True)
    return "".join(row for number, row in enumerate(rows) if number not in lines)


REFUSED = [
    (("as counted: prisons, into", "as counted: jails, into"), None, "no account `jails`"),
    (("    admissions: came\n", ""), None, "has no admissions"),
    (("from: 2011-01-01", "from: 2010-01-01"), None, "does not tell the pace of the period"),
    (("from: 2011-01-01", "from: 2008-01-01"), None, "begins after 2008-01-01"),
    (("\n", "\n"), cut(4), "that ends on 2013-12-31"),
    (("\n", "\n"), cut(4, 5, 6, 7), "of too few periods to forecast"),
    (("served: equilibrium", "served: {as counted: prisons}"), None, "does not belong here"),
    (("into: prison}", "into: prison, from: 2019-01-01, to: 2018-01-01}"), None, "is not after"),
    (("admissions: {as counted: prisons", "admissions: {per year: 5 people, times: 110 %"), None,
     "belongs to `as counted`"),
    (("{after: {as counted: prisons}}", "{after: {as counted: prisons}, chance: 50 %}"), None,
     "not by which way"),
    (("{after: {as counted: prisons}}", "{after: {as counted: prisons}, changes: {2015-01-01: "
      "{after: 1 year}}}"), None, "changes with every period"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "counts", "what"), REFUSED)
def test_what_an_account_cannot_give_is_refused(tmp_path, change, counts, what):
    with pytest.raises(SojournError, match=what):
        prison(tmp_path, change, counts=counts).run(draws=1, expected=True)


def test_people_come_only_within_their_dates(tmp_path):
    dates = ("into: prison}", "into: prison, from: 2013-01-01, to: 2015-07-01}")
    run = prison(tmp_path, dates).run(draws=1, expected=True, scenarios=["as it is"])
    came = by_year([r for r in run.flows if r["transition"] == "admission"], "as it is")
    half = 181 / 365 * CAME[5]
    assert came == pytest.approx([CAME[3], CAME[4], half], rel=1e-9)
