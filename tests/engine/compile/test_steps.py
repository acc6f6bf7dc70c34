"""Studies by months and years: the same model in longer steps, against closed forms."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from engine.studies import Cells, Outcomes, Stream, number, stay, to
from sojourn.engine.compile.scenario import compile_program
from sojourn.engine.expected.solver import expected
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import Program
from sojourn.stays.law import Law
from sojourn.study.model.pathway import ClockReference, Facility, Gate, Quota, State, Transition
from sojourn.study.model.people import Admissions, Arrivals, Held, Population, Stock
from sojourn.study.model.stays import ClockRule, Stay
from sojourn.study.model.study import Period, Scenario, StudyModel
from sojourn.study.model.values import Dated, Span

MONTH, YEAR = 30.4375, 365.25
START, END = date(2023, 1, 1), date(2025, 1, 1)
Z = 4.0


def program(
    step: str,
    transitions: list[Transition],
    population: Population,
    states: dict[str, State] | None = None,
    **rest: object,
) -> Program:
    period = Period.model_validate({"from": START, "to": END, "step": step, "report": "year"})
    scenario = Scenario(
        name="test",
        facts={},
        states=states or {"s": State()},
        transitions=tuple(transitions),
        populations={"p": population},
        **rest,
    )
    study = StudyModel(title="test", path=".", period=period, scenarios={"test": scenario})
    cells = Cells(
        facts=(),
        rows=((),),
        streams=(Stream("p", "p", 0, 1.0),),
        becomes={},
        groups=("everyone",),
        group=np.zeros(1, dtype=np.int64),
    )
    holds = {t.name: np.array([True]) for t in transitions}
    return compile_program(study, scenario, cells, Outcomes(holds), lambda q: q.value)


def leaves(after: Stay | None = None, **rest: object) -> Transition:
    return Transition(name="s -> out", state="s", branches=(to("out", after),), **rest)


def dated(*values: tuple[date, float]) -> tuple[Dated, ...]:
    return tuple(Dated(start=day, quantity=number(value)) for day, value in values)


def rate(people: float, per: str, **rest: object) -> Population:
    return Population(admissions=Admissions(rate=dated((START, people)), per=per, into="s", **rest))


LAWS = [
    Law("exponential", (100.0,)),
    Law("gamma", (100.0, 70.0)),
    Law("lognormal", (100.0, 130.0)),
    Law("weibull", (100.0, 0.8)),
    Law("uniform", (10.0, 200.0)),
    Law("fixed", (45.0,)),
    Law("table", (), ((0.0, 1.0), (30.0, 2.0), (365.0, 4.0))),
    Law("quantiles", (), ((0.0, 3.0), (0.5, 40.0), (1.0, 400.0))),
    Law("survival", (), ((0.0, 1.0), (45.0, 0.6), (500.0, 0.0))),
    Law("hazard", (), ((0.0, 0.02), (40.0, 0.005))),
]


@pytest.mark.parametrize("length", [MONTH, YEAR])
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.family)
def test_a_stay_has_its_mean_in_any_steps(law: Law, length: float) -> None:
    steps = Law(law.family, law.parameters, law.points, step=length)
    tail = steps.survival(2048)
    assert tail.sum() * length == pytest.approx(law.mean, rel=1e-9)
    # The ends of steps crossed from a uniformly random time: the mean of P(T > x) over a step.
    if law.family not in {"table", "fixed"}:
        days = np.linspace(0.0, 3 * length, 3 * 4096 + 1)
        areas = -np.diff(law.excess(days)).reshape(3, -1).sum(axis=1) / length
        np.testing.assert_allclose(tail[:3], areas, rtol=1e-9)


@pytest.mark.parametrize(
    "law",
    [
        Law("table", (), ((30.0, 2.0), (80.0, 1.0)), (), 0.25),
        Law("survival", (), ((0.0, 1.0), (90.0, 0.25))),
        Law("hazard", (), ((0.0, -np.log(0.25) / 90), (90.0, 0.0))),
    ],
    ids=lambda law: law.family,
)
def test_those_who_never_leave_stay_in_any_steps(law: Law) -> None:
    steps = Law(law.family, law.parameters, law.points, law.parts, law.never, MONTH)
    assert steps.survival(100)[-1] == pytest.approx(0.25, rel=1e-12)
    days = law.survival(600) - 0.25
    assert (steps.survival(100) - 0.25).sum() * MONTH == pytest.approx(days.sum(), rel=1e-9)


def test_months_and_years_are_whole_steps() -> None:
    assert Law("fixed", (6 * MONTH,), step=MONTH).whole_steps() == 6
    assert Law("fixed", (3 * YEAR,), step=MONTH).whole_steps() == 36
    assert Law("fixed", (3 * YEAR,), step=YEAR).whole_steps() == 3
    assert Law("fixed", (45.0,), step=MONTH).whole_steps() is None
    np.testing.assert_allclose(
        Law("fixed", (45.0,), step=MONTH).survival(3), [1.0, 45 / MONTH - 1, 0.0], atol=1e-13
    )


def test_a_fixed_flow_by_months() -> None:
    made = program("month", [leaves(stay("fixed", 3 * MONTH))], rate(12, "month", process="fixed"))
    census = simulate(made, seed=1, replicate=0).census[:, 0, 0]
    assert len(census) == 24
    assert list(census[:4]) == [12, 24, 36, 36]
    assert set(census[4:]) == {36}


@pytest.mark.parametrize("per", ["day", "week", "month", "year"])
def test_a_step_has_the_people_of_its_days(per: str) -> None:
    season = {"season": {"july": number(2.0)}, "trend": number(0.1)}
    rates = {
        step: program(step, [leaves(stay("fixed", 10))], rate(30, per, **season)).admission_rate
        for step in ("day", "month")
    }
    months = np.datetime64(START) + np.arange(731)
    month = months.astype("datetime64[M]").astype(int)
    want = np.bincount(month - month[0], rates["day"][:, 0])
    np.testing.assert_allclose(rates["month"][:, 0], want, rtol=1e-12)
    yearly = program(
        "year", [leaves(stay("fixed", 10))], rate(30, per, trend=number(0.1))
    ).admission_rate
    daily = program(
        "day", [leaves(stay("fixed", 10))], rate(30, per, trend=number(0.1))
    ).admission_rate
    np.testing.assert_allclose(yearly[:, 0], [daily[:365].sum(), daily[365:].sum()], rtol=1e-12)


@pytest.mark.parametrize("ratio", [None, 3.0])
def test_the_census_by_months_has_its_exact_mean_and_variance(ratio: float | None) -> None:
    # Numbers of a month independent of each other, stays of K months: the mean is the sum over
    # months m of rate(m) P(K > age), and with a ratio of variance r to mean the variance is the
    # sum of rate(m) P (1 + (r - 1) P).
    process = {"process": "over-dispersed", "variance_ratio": number(ratio)} if ratio else {}
    made = program("month", [leaves(stay("exponential", 150))], rate(240, "year", **process))
    found = np.array([simulate(made, seed=4, replicate=r).census[:, 0, 0] for r in range(1500)])
    left = Law("exponential", (150.0,), step=MONTH).survival(24)
    exact = expected(made).census[:, 0, 0]
    np.testing.assert_allclose(exact, np.convolve(made.admission_rate[:, 0], left)[:24], rtol=1e-9)
    for month in (0, 5, 23):
        people, chance = made.admission_rate[: month + 1, 0], left[month::-1]
        mean = float(people @ chance)
        variance = float(people @ (chance * (1 + ((ratio or 1.0) - 1) * chance)))
        assert abs(found[:, month].mean() - mean) < Z * np.sqrt(variance / len(found))
        # The standard error of a variance is about variance sqrt((2 + kurtosis) / n); the excess
        # kurtosis of sums of such counts is below (3 r² - 1) / mean.
        error = variance * np.sqrt((2 + (3 * (ratio or 1.0) ** 2) / mean) / len(found))
        assert abs(found[:, month].var() - variance) < Z * error


def test_months_and_days_agree_on_person_years() -> None:
    # Person-years are rate x E[T] in both, but for the beginning and the end: with everybody gone
    # before the end, to the standard error.
    held = {}
    for step, lengths in (("day", np.ones(731)), ("month", None)):
        arrivals = Arrivals(facts={}, dates=(date(2023, 2, 1),), people=(20_000,))
        made = program(
            step,
            [leaves(stay("gamma", 60, 30))],
            Population(admissions=Admissions(arrivals=(arrivals,), into="s")),
        )
        census = simulate(made, seed=6, replicate=0).census[:, 0, 0]
        held[step] = float(census @ (lengths if lengths is not None else np.full(24, MONTH)))
        assert census[-1] == 0
    # Standard deviation of K in steps, at most that of T and half a step's uniform, in days.
    error = np.sqrt((30**2 + MONTH**2 / 6) / 20_000)
    assert abs(held["month"] / 20_000 - 60) < Z * error
    assert abs(held["day"] / 20_000 - 60) < Z * np.sqrt(30**2 / 20_000 + 1e-5)


def test_dates_ring_and_open_by_month() -> None:
    made = program(
        "month",
        [
            leaves(at=ClockReference(clock="end", offset=-61), gates=("open",), quota="most"),
        ],
        Population(
            stock=Stock(count=number(10), state="s"),
            clocks={"end": ClockRule(on=date(2023, 7, 20))},
        ),
        clocks={"end": "an end"},
        gates={
            "open": Gate.model_validate(
                {"open": (Span.model_validate({"from": date(2023, 8, 1), "to": None}),)}
            )
        },
        quotas={"most": Quota(count=dated((START, 4), (date(2023, 10, 1), 1)), per="month")},
    )
    # Two months before July 2023: due in May, open from August, four a month, then one.
    census = simulate(made, seed=1, replicate=0).census[:, 0, 0]
    assert list(census[:12]) == [10] * 7 + [6, 2, 1, 0, 0]


def test_a_quota_of_a_year_by_months() -> None:
    made = program(
        "month",
        [leaves(stay("fixed", 0), quota="most")],
        Population(stock=Stock(count=number(10), state="s")),
        quotas={"most": Quota(count=dated((START, 4)), per="year")},
    )
    census = simulate(made, seed=1, replicate=0).census[:, 0, 0]
    assert list(census[[0, 11, 12, 23]]) == [6, 6, 2, 2]


def test_a_facility_that_grows_by_month() -> None:
    made = program(
        "month",
        [leaves(stay("fixed", 10 * YEAR))],
        rate(5, "month", process="fixed"),
        states={"s": State(place="f")},
        facilities={"f": Facility(capacity=dated((START, 8), (date(2023, 4, 1), 12)))},
    )
    history = simulate(made, seed=1, replicate=0)
    assert list(history.census[:5, 0, 0]) == [5, 8, 8, 12, 12]
    assert list(history.census[:5, 1, 0]) == [0, 2, 7, 8, 13]


def test_a_stock_by_days_served_in_months() -> None:
    # 61 days served are 2.004 months: two ends of months, rarely three.
    held = Held(facts={}, served=(61,), people=(40_000,))
    law = Law("weibull", (100.0, 1.5), step=MONTH)
    made = program(
        "month",
        [leaves(stay("weibull", 100, 1.5))],
        Population(stock=Stock(count=number(40_000), state="s", held=(held,))),
    )
    census = simulate(made, seed=9, replicate=0).census[:, 0, 0]
    left, share = law.survival(40), 61 / MONTH - 2
    for month in (0, 1, 5):
        chance = (1 - share) * left[2 + month] / left[1] + share * left[3 + month] / left[2]
        error = np.sqrt(40_000 * chance * (1 - chance))
        assert abs(census[month] - 40_000 * chance) < Z * error


def test_a_stock_in_equilibrium_by_months_stays_in_it() -> None:
    # A rate of so many a step, and their mean stay in steps: as many at the end of every step.
    people = 3000 * 100 / MONTH
    made = program(
        "month",
        [leaves(stay("gamma", 100, 80))],
        Population(
            stock=Stock(count=number(people), state="s", served="equilibrium"),
            admissions=Admissions(
                rate=dated((START, 3000)), per="month", into="s", process="poisson"
            ),
        ),
    )
    census = simulate(made, seed=12, replicate=0).census[:, 0, 0]
    assert (np.abs(census - people) < Z * np.sqrt(people)).all()
