"""How uncertain numbers are written, what each means, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sojourn.errors import StudyError
from sojourn.study.load import load_study
from sojourn.study.model.values import Quantity
from sojourn.study.uncertain_shapes import TAIL, at_quantile, beta_by, beta_with_mean, middle_ninety
from sojourn.uncertainty.draws import Draw
from sojourn.uncertainty.uncertain_quantities import uncertain_quantities, walk

PARAMETER = "{between: [20 %, 60 %], best: 40 %, confidence: assumed, note: no record}"
PEOPLE = "{between: [150 people, 250 people]}"
LEVELS = np.linspace(0.001, 0.999, 97)
ROWS = "rate,other\n110,1\n150,2\n90,3\n160,4\n"


@pytest.fixture
def written(write_study):
    """A parameter, and the admissions per year, of the study in which they are written so."""

    def write(parameter=PARAMETER, people=PEOPLE, more="", table=ROWS):
        folder = write_study(
            (PARAMETER, parameter), (f"per year: {PEOPLE}", f"per year: {people}"),
            ("agreement:\n  title", f"{more}agreement:\n  title"),
        )  # fmt: skip
        (folder / "posterior.csv").write_text(table, encoding="utf-8")
        return folder

    return write


def parameter(folder, name="lawsuit_share") -> Quantity:
    return load_study(folder).scenarios["as agreed"].parameters[name]


def admissions(folder) -> Quantity:
    return (
        load_study(folder)
        .scenarios["as agreed"]
        .populations["prisoners"]
        .admissions.rate[0]
        .quantity
    )


def quantiles(number: Quantity) -> list[float]:
    return [at_quantile(number, float(u)) for u in LEVELS]


def test_a_normal_number_has_its_ninety_per_cent_between_the_two(written):
    number = admissions(written(people="{90 % between: [150 people, 250 people], as: normal}"))
    sd = 50 / stats.norm.ppf(0.95)
    far = stats.norm.isf(TAIL)
    exact = stats.truncnorm(-far, far, 200, sd)
    np.testing.assert_allclose(quantiles(number), exact.ppf(LEVELS), rtol=1e-9)
    assert middle_ninety(number) == pytest.approx((150, 250), rel=1e-5)
    assert (number.value, number.unit) == (200, "people")


def test_a_normal_number_is_cut_where_it_cannot_be(written):
    folder = written("{90 % between: [14 %, 42 %], as: normal}")
    number = parameter(folder)
    sd = 0.14 / stats.norm.ppf(0.95)
    assert number.low == 0
    exact = stats.truncnorm(-0.28 / sd, stats.norm.isf(TAIL), 0.28, sd)
    np.testing.assert_allclose(quantiles(number), exact.ppf(LEVELS), rtol=1e-9)
    assert stats.norm.cdf(0, 0.28, sd) > TAIL  # something is cut off


def test_a_lognormal_number_has_its_ninety_per_cent_between_the_two(written):
    number = admissions(written(people="{90 % between: [50 people, 450 people], as: lognormal}"))
    sd = math.log(9) / 2 / stats.norm.ppf(0.95)
    far = stats.norm.isf(TAIL)
    exact = np.exp(stats.truncnorm(-far, far, math.log(150), sd).ppf(LEVELS))
    np.testing.assert_allclose(quantiles(number), exact, rtol=1e-9)
    assert number.value == pytest.approx(150)


@pytest.mark.parametrize("low", [0.001, 0.02, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("width", [0.01, 0.2, 0.9])
def test_a_beta_number_has_its_ninety_per_cent_between_the_two(low, width):
    high = low + width * (0.999 - low)
    a, b = beta_by(low, high)
    np.testing.assert_allclose(stats.beta(a, b).ppf([0.05, 0.95]), [low, high], rtol=1e-5)


@pytest.mark.parametrize(
    ("low", "mean", "high"), [(0.1, 0.25, 0.5), (0.3, 0.4, 0.5), (0.01, 0.03, 0.08)]
)
def test_a_beta_number_with_its_mean_has_ninety_per_cent_between_the_two(low, mean, high):
    found = stats.beta(*beta_with_mean(low, high, mean))
    assert found.mean() == pytest.approx(mean, rel=1e-9)
    assert found.cdf(high) - found.cdf(low) == pytest.approx(0.9, rel=1e-9)


def test_a_beta_number_in_a_study(written):
    number = parameter(written("{90 % between: [20 %, 60 %], mean: 38 %, as: beta}"))
    exact = stats.beta(*beta_with_mean(0.2, 0.6, 0.38))
    np.testing.assert_allclose(quantiles(number), exact.ppf(LEVELS), rtol=1e-9)
    assert number.value == pytest.approx(0.38)


def test_a_share_by_a_count_is_beta(written):
    number = parameter(written("{counted: 12 of 40}"))
    np.testing.assert_allclose(quantiles(number), stats.beta(12.5, 28.5).ppf(LEVELS), rtol=1e-9)
    assert number.value == pytest.approx(0.3)


def test_shares_of_one_count_are_dirichlet_and_make_one(written):
    folder = written()
    text = (folder / "study.yaml").read_text().replace(
        "  suing -> released: {at: sentence_end}\n",
        "  suing -> away: {to: {released: {share: {counted: 5 of 20}}, prison: {share: "
        "{counted: 12 of 20}}, held: {share: {counted: 3 of 20}}}, after: 9 days}\n",
    )  # fmt: skip
    (folder / "study.yaml").write_text(text)
    transitions = load_study(folder).scenarios["as agreed"].transitions
    shares = [b.share for t in transitions if t.name == "suing -> away" for b in t.branches]
    assert [share.shape for share in shares] == ["counted together"] * 3
    drawn = np.array([[Draw(3, n).value(share) for share in shares] for n in range(1024)])
    np.testing.assert_allclose(drawn.sum(axis=1), 1, rtol=1e-12)
    alphas = np.array([5.5, 12.5, 3.5])
    exact = stats.dirichlet(alphas)
    # Evenly spread draws are nearer than independent ones would be.
    np.testing.assert_allclose(drawn.mean(axis=0), exact.mean(), atol=3 * 0.1 / 32)
    np.testing.assert_allclose(np.cov(drawn.T), exact.cov(), atol=0.15 * exact.var().max())
    for column, alpha in zip(drawn.T, alphas, strict=True):
        marginal = stats.beta(alpha, alphas.sum() - alpha)
        assert stats.kstest(column, marginal.cdf).statistic < 1.6 / 32
        assert 0 < column.min() <= column.max() < 1


def test_a_table_of_draws_gives_its_rows(written):
    table = "rate,share\n" + "".join(f"{100 + n},{n / 10}\n" for n in range(8))
    folder = written(
        "{draws: posterior.csv, column: share, unit: '%'}",
        "{draws: posterior.csv, column: rate, unit: people}", table=table,
    )  # fmt: skip
    share, rate = parameter(folder), admissions(folder)
    rows = [(Draw(1, n).value(share), Draw(1, n).value(rate)) for n in range(8)]
    # One row for each of 8 draws, and both numbers from the same row.
    assert sorted(rate for _, rate in rows) == [100 + n for n in range(8)]
    assert all(share == pytest.approx((rate - 100) / 1000) for share, rate in rows)
    assert (rate.value, rate.low, rate.high) == (103.5, 100, 107)


def test_one_of_these_by_weight(written):
    choices = "[20 %, {value: 40 %, source: memo}, {between: [70 %, 90 %]}]"
    number = parameter(written(f"{{one of: {choices}, weights: [1, 2, 1]}}"))
    drawn = np.array([Draw(2, n).value(number) for n in range(256)])
    # Evenly spread: a quarter, a half and a quarter of the draws, exactly.
    assert [(drawn == 0.2).sum(), (drawn == 0.4).sum(), (drawn >= 0.7).sum()] == [64, 128, 64]
    assert len(set(drawn[drawn >= 0.7])) == 64
    assert (number.value, number.low, number.high) == (0.4, 0.2, 0.9)
    assert number.parts[1][1].source == "memo"


FORMULAS = {
    "stock * lawsuit_share": (80, 30, 150),
    "(stock + 100 people) × 10 %": (30, 25, 35),
    "stock * 0.5 + 20 people": (120, 95, 145),
    "stock ÷ (1 + lawsuit_share)": (200 / 1.4, 150 / 1.6, 250 / 1.2),
    "1200 USD / 10 USD per person": (120, 120, 120),
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_derived_number_follows_from_others(written, formula):
    more = "  stock: {between: [150 people, 250 people]}\n"
    folder = written(f"{PARAMETER}\n{more}".rstrip(), f"{{derived: {formula}}}")
    number = admissions(folder)
    value, low, high = FORMULAS[formula]
    assert number.value == pytest.approx(value)
    if "USD" in formula:
        assert not number.uncertain
        return
    assert (number.low, number.high) == pytest.approx((low, high))
    study = load_study(folder)
    parts = study.scenarios["as agreed"].parameters
    for index in range(20):
        draw = Draw(1, index)
        stock, share = draw.value(parts["stock"]), draw.value(parts["lawsuit_share"])
        expected = {
            "stock * lawsuit_share": stock * share,
            "(stock + 100 people) × 10 %": (stock + 100) / 10,
            "stock * 0.5 + 20 people": stock / 2 + 20,
            "stock ÷ (1 + lawsuit_share)": stock / (1 + share),
        }[formula]
        assert draw.value(number) == pytest.approx(expected)
    # The unknown is the parameter: the derived number is none of its own.
    assert set(uncertain_quantities(study)) == {"parameters.stock", "parameters.lawsuit_share"}


def test_what_a_number_is_derived_from_is_found_where_it_is_used(written):
    folder = written(people="{derived: 400 people * lawsuit_share}")
    population = load_study(folder).scenarios["as agreed"].populations["prisoners"]
    assert "parameters.lawsuit_share" in {number.path for number in walk(population)}


def test_a_derived_number_may_have_another_unit_than_its_parts(written):
    more = (
        f"{PARAMETER}\n  stay: {{between: [1 year, 2 years]}}\n"
        "  in_per_year: {derived: 200 people / stay}"
    )
    number = parameter(written(more), "in_per_year")
    assert (number.unit, number.low, number.high) == (
        "people per year",
        pytest.approx(100),
        pytest.approx(200),
    )


CORRELATED = """\
correlated:
  both:
    of: [parameters.lawsuit_share, populations.prisoners.admissions.per year]
    rank correlation: {}
"""


@pytest.mark.parametrize("rank", [0.7, -0.4])
def test_correlated_numbers_have_their_rank_correlation_and_their_distributions(written, rank):
    folder = written(more=CORRELATED.format(rank))
    numbers = parameter(folder), admissions(folder)
    drawn = np.array([[Draw(4, n).value(each) for each in numbers] for n in range(2048)])
    assert stats.spearmanr(*drawn.T).statistic == pytest.approx(rank, abs=3.5 / 2048**0.5)
    for column, number in zip(drawn.T, numbers, strict=True):
        alone = number.model_copy(update={"addresses": (), "scores": ()})
        exact = [at_quantile(alone, u) for u in (0.1, 0.5, 0.9)]
        np.testing.assert_allclose(np.quantile(column, (0.1, 0.5, 0.9)), exact, rtol=0.03)
    # The first of a group is what it would be alone.
    plain = parameter(folder).model_copy(update={"addresses": (), "scores": ()})
    assert Draw(4, 7).value(numbers[0]) == pytest.approx(Draw(4, 7).value(plain))


def test_three_numbers_with_a_correlation_for_every_two(written):
    more = PARAMETER + "".join(f"\n  {name}: {{between: [1 %, 9 %]}}" for name in "abc")
    correlated = group("[parameters.a, parameters.b, parameters.c]", "[[0.8], [0.1, 0.5]]")
    scenario = load_study(written(more, more=correlated)).scenarios["as agreed"]
    numbers = [scenario.parameters[name] for name in "abc"]
    drawn = np.array([[Draw(4, n).value(each) for each in numbers] for n in range(2048)])
    found = stats.spearmanr(drawn).statistic
    np.testing.assert_allclose(found[[1, 2, 2], [0, 0, 1]], [0.8, 0.1, 0.5], atol=3.5 / 2048**0.5)


def group(of: str, rank: object) -> str:
    return f"correlated: {{a: {{of: {of}, rank correlation: {rank}}}}}\n"


LAWSUITS = "parameters.lawsuit_share"
TABLE = "draws: posterior.csv"
# case: (what is written, words of what is wrong, words of the remedy)
OF_SHARES = {
    "no distribution": ("90 % between: [1 %, 2 %]", "not named", "normal"),
    "another distribution": ("90 % between: [1 %, 2 %], as: pert", "`pert`", ""),
    "an interval of two units": ("90 % between: [1 %, 2 days], as: beta", "units", ""),
    "a lognormal from zero": ("90 % between: [0 %, 2 %], as: lognormal", "above zero", ""),
    "a mean outside": ("90 % between: [1 %, 2 %], as: beta, mean: 5 %", "outside", ""),
    "a mean of a normal": ("90 % between: [1 %, 2 %], as: normal, mean: 1 %", "already", ""),
    "a mean without an interval": ("between: [1 %, 2 %], mean: 1.5 %", "belongs to", ""),
    "a count that is none": ("counted: 12 %", "not a count", "12 of 40"),
    "more than all": ("counted: 41 of 40", "impossible", ""),
    "no such table": ("draws: none.csv, column: rate", "does not exist", "posterior.csv"),
    "no such column": (f"{TABLE}, column: rat", "no column `rat`", "`rate`"),
    "one choice": ("one of: [10 %]", "no choice", "two"),
    "choices of two units": ("one of: [10 %, 3 days]", "different units", ""),
    "too few weights": ("one of: [10 %, 30 %], weights: [1]", "1 weights", "each"),
    "a weight of nothing": ("one of: [10 %, 30 %], weights: [1, 0]", "not a weight", ""),
    "a circle": ("derived: 2 * lawsuit_share", "derived from itself", "circle"),
    "two ways": ("counted: 4 of 40, between: [1 %, 2 %]", "given together", ""),
}
OF_PEOPLE = {
    "a normal number that is often impossible": (
        "90 % between: [10 people, 250 people], as: normal",
        "3.7 % of this normal distribution lies below 0",
        "lognormal",
    ),
    "a beta of people": ("90 % between: [1 people, 2 people], as: beta", "of shares", ""),
    "a count of people": ("counted: 4 of 40", "not a number of people", ""),
    "a table without the unit": (f"{TABLE}, column: rate", "no unit", "110 people"),
    "an unknown name": ("derived: stok * 2", "`stok` is not declared", ""),
    "a formula of another unit": ("derived: lawsuit_share * 2", "unit needed", "gives `people`"),
    "a sum of two units": ("derived: lawsuit_share + 3 people", "added", ""),
    "a formula without an end": ("derived: 3 people * ", "not a unit", ""),
    "an open bracket": ("derived: (3 people * lawsuit_share", "not closed", "`)`"),
    "a square": ("derived: 9 people * lawsuit_share * lawsuit_share", "by itself", ""),
    "a division by zero": ("derived: 9 people / (lawsuit_share - 30 %)", "by zero", ""),
    "an impossible result": ("derived: 9 people * (lawsuit_share - 30 %)", "at least 0", ""),
}
OF_GROUPS = {
    "one correlated number": (group(LAWSUITS, 0.5), "one number", "two"),
    "a correlated certain number": (
        group(f"[{LAWSUITS}, facilities.north.capacity]", 0.5), "no uncertain number", ""),
    "a correlation of one": (CORRELATED.format(1), "not a correlation", "0.6"),
    "an unknown address": (
        CORRELATED.format(0.5).replace("lawsuit", "lawsut"), "no uncertain number", LAWSUITS),
    "too few correlations": (CORRELATED.format("[[0.5], [0.2]]"), "the rows have", "a row"),
}  # fmt: skip
REFUSED = {
    **{case: (PARAMETER, PEOPLE, words, *told) for case, (words, *told) in OF_GROUPS.items()},
    **{case: (f"{{{words}}}", PEOPLE, "", *told) for case, (words, *told) in OF_SHARES.items()},
    **{case: (PARAMETER, f"{{{words}}}", "", *told) for case, (words, *told) in OF_PEOPLE.items()},
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused_at_its_line(written, case):
    first, second, more, what, fix = REFUSED[case]
    with pytest.raises(StudyError) as caught:
        load_study(written(first, second, more))
    problem = next((p for p in caught.value.problems if what in p.what), None)
    assert problem is not None, [p.what for p in caught.value.problems]
    assert fix in problem.fix
    assert problem.line > 1


def test_a_wrong_cell_of_a_table_is_named(written):
    with pytest.raises(StudyError) as caught:
        load_study(written("{draws: posterior.csv, column: rate, unit: '%'}",
                           "{draws: posterior.csv, column: rate, unit: people}",
                           table="rate\n10\n-3\n"))  # fmt: skip
    problem = next(p for p in caught.value.problems if p.file.endswith("posterior.csv"))
    assert (problem.line, problem.column) == (3, 1)


def test_correlations_that_cannot_be(written):
    more = f"{PARAMETER}\n  a: {{between: [1 %, 9 %]}}\n  b: {{between: [1 %, 9 %]}}"
    impossible = group(f"[parameters.a, parameters.b, {LAWSUITS}]", "[[0.9], [0.9, -0.9]]")
    with pytest.raises(StudyError, match="cannot be correlated so"):
        load_study(written(more, more=impossible))
