"""Verdicts on claims, and the interval that they rest on, against binomial sums."""

from math import comb

import pytest
from sojourn.study.model.measures import Claim, Measure
from sojourn.study.model.values import Quantity

from results.made import make_study, measured
from sojourn.results.claims import FEWEST, SURE, claims_table, interval
from sojourn.results.tables import from_rows
from sojourn.rules.agreement.study_conditions import check_conditions

VALUE = Measure(kind="value", quantity=Quantity(value=1))
UNCERTAIN = Measure(kind="value", quantity=Quantity(value=1, low=0, high=2, shape="uniform"))


def at_least(true, trials, share):
    """P(at least so many of the trials are true)."""
    terms = (comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(true, trials))
    return sum(terms) + share**trials


@pytest.mark.parametrize(("true", "trials"), [(1, 1), (3, 10), (18, 20), (99, 100), (50, 72)])
def test_the_ends_are_where_what_was_seen_has_a_fortieth(true, trials):
    low, high = interval(true / trials, trials)
    assert at_least(true, trials, low) == pytest.approx(0.025, rel=1e-9)
    if true < trials:
        assert 1 - at_least(true + 1, trials, high) == pytest.approx(0.025, rel=1e-9)
    else:
        assert high == 1.0


def test_the_ends_of_nothing_and_of_everything():
    assert interval(0.0, 100) == (0.0, pytest.approx(1 - 0.025 ** (1 / 100)))
    assert interval(1.0, 100) == (pytest.approx(0.025 ** (1 / 100)), 1.0)


def test_the_fewest_trials_that_can_be_enough():
    assert FEWEST == 72
    assert 0.025 ** (1 / 72) > SURE > 0.025 ** (1 / 71)


def table(study, measures, *, means=False):
    conditions, problems = check_conditions(study)
    assert not problems
    claims = {name: found.claims for name, found in conditions.items()}
    return claims_table(study, measures, claims, means=means).to_pylist()


def judged(fee, condition="fee < 50", claims=None, scenario="offer", *, means=False, fees=VALUE):
    measures = {"fee": fees, "other": VALUE}
    claims = claims or {"c": Claim(says="it is low", holds_if=condition)}
    study = make_study(measures=measures, claims=claims)
    given = measured({scenario: {"fee": fee, "other": [60.0] * len(fee)}})
    return table(study, given, means=means)


@pytest.mark.parametrize(
    ("low", "high", "unknown", "verdict"),
    [
        (100, 0, 0, "holds"),
        (72, 0, 0, "holds"),
        (0, 72, 0, "does not hold"),
        (71, 0, 0, "cannot be determined"),
        (0, 71, 0, "cannot be determined"),
        (1, 0, 0, "cannot be determined"),
        (99, 1, 0, "depends"),  # 94.6 % to 99.97 %
        (990, 10, 0, "holds"),  # 98.2 % to 99.5 %
        (10, 990, 0, "does not hold"),
        (96, 0, 4, "depends"),  # the four may be either
        (990, 0, 10, "holds"),
        (5, 5, 0, "depends"),  # 18.7 % to 81.3 %: surely neither
        (9, 1, 0, "cannot be determined"),
        (40, 0, 60, "cannot be determined"),
        (0, 0, 4, "cannot be determined"),
    ],
)
def test_verdicts(low, high, unknown, verdict):
    [row] = judged([10.0] * low + [90.0] * high + [None] * unknown)
    count, known = low + high + unknown, low + high
    assert row["scenario"] == "offer"
    assert row["verdict"] == verdict
    assert row["determined"] == pytest.approx(known / count)
    assert row["reason"]
    if known >= count / 2:
        assert row["share_holds"] == pytest.approx(low / known)
        assert row["share_low"] == pytest.approx(interval(low / count, count)[0])
        assert row["share_high"] == pytest.approx(interval((low + unknown) / count, count)[1])
    else:
        assert row["share_holds"] is row["share_low"] is row["share_high"] is None


def test_the_reason_says_how_many_are_needed():
    assert "one history decides nothing: at least 72" in judged([10.0])[0]["reason"]
    assert "20 histories decide nothing: at least 72" in judged([10.0] * 20)[0]["reason"]
    assert "more histories may decide" in judged([10.0] * 99 + [90.0])[0]["reason"]


def test_histories_of_one_draw_are_one_trial_where_inputs_are_uncertain():
    """50 draws of 4 histories: 50 trials that share their inputs, or 200 that share nothing."""
    rows = [
        {"scenario": "offer", "draw": draw, "replicate": replicate, "measure": "fee", "value": 10.0}
        for draw in range(50)
        for replicate in range(4)
    ]
    claims = {"c": Claim(says="it is low", holds_if="fee < 50")}
    for fees, trials, verdict in ((VALUE, 200, "holds"), (UNCERTAIN, 50, "cannot be determined")):
        study = make_study(measures={"fee": fees}, claims=claims)
        [row] = table(study, from_rows("measures", rows))
        assert row["share_low"] == pytest.approx(0.025 ** (1 / trials))
        assert row["verdict"] == verdict


def test_exact_means_of_certain_inputs_need_no_other():
    [holds] = judged([10.0], means=True)
    [fails] = judged([90.0], means=True)
    assert (holds["verdict"], holds["share_low"], holds["share_high"]) == ("holds", 1.0, 1.0)
    assert (fails["verdict"], fails["share_low"], fails["share_high"]) == (
        "does not hold",
        0.0,
        0.0,
    )
    assert "exact means" in holds["reason"]
    [drawn] = judged([10.0], means=True, fees=UNCERTAIN)
    assert drawn["verdict"] == "cannot be determined"
    assert "one draw decides nothing" in drawn["reason"]


def cut_off(condition, at_least):
    """The verdict where a facility is full on day 100 in 74 histories, and not yet in 26."""
    measures = {"full": Measure(kind="first full", facility="f")}
    claims = {"soon": Claim(says="full soon", holds_if=condition, scenario="offer")}
    head = {"scenario": "offer", "replicate": 0, "measure": "full"}
    rows = [
        head | {"draw": draw} | ({"value": 100.0} if draw < 74 else {"at_least": at_least})
        for draw in range(100)
    ]
    study = make_study(measures=measures, claims=claims)
    [row] = table(study, from_rows("measures", rows))
    return row["verdict"], row["share_holds"], row["determined"]


def test_a_facility_that_is_not_yet_full_is_full_later():
    assert cut_off("full < 365", 730.0) == ("depends", 0.74, 1.0)
    assert cut_off("full > 50", 730.0) == ("holds", 1.0, 1.0)
    # Whether it would have been by the thousandth day is not known.
    assert cut_off("full < 1000", 730.0) == ("depends", 1.0, 0.74)


@pytest.mark.parametrize(
    ("still", "verdict"), [(0.9, "cannot be determined"), (0.11, "cannot be determined"),
                           (0.1, "holds"), (None, "holds")],
)  # fmt: skip
def test_no_claim_on_a_mean_wait_where_many_still_wait(still, verdict):
    measures = {"w": Measure(kind="wait", transitions=("a -> b",))}
    claims = {"quick": Claim(says="nobody waits long", holds_if="w < 10", scenario="offer")}
    head = {"scenario": "offer", "replicate": 0, "measure": "w", "value": 0.0}
    rows = [head | {"draw": draw, "still_waiting": still} for draw in range(100)]
    study = make_study(measures=measures, claims=claims)
    [row] = table(study, from_rows("measures", rows))
    assert row["verdict"] == verdict
    assert ("leaves out people still waiting" in row["reason"]) == (verdict != "holds")


def test_conditions_over_several_measures():
    given = judged([10.0] * 50 + [70.0] * 50, "fee < other or fee > 2 * other")
    assert given[0]["verdict"] == "depends"


def test_claims_that_cannot_be_determined():
    claims = {
        "safe": Claim(says="safer", cannot="no measure of safety is in the model"),
        "gone": Claim(says="elsewhere", holds_if="fee < 1", scenario="elsewhere"),
    }
    safe, gone = judged([1.0], claims=claims)
    assert (safe["verdict"], gone["verdict"]) == ("cannot be determined",) * 2
    assert safe["reason"] == "no measure of safety is in the model"
    assert "was not run" in gone["reason"]


@pytest.mark.parametrize(
    ("fees", "verdict", "told"),
    [
        ([10.0] * 100, "follows from an assumption", "it holds, and the study says that `"),
        ([90.0] * 100, "follows from an assumption", "it does not hold, and the study says that `"),
        ([10.0, 90.0] * 50, "depends", "which this run does not show"),
        ([10.0] * 20, "cannot be determined", "which this run does not show"),
    ],
)
def test_what_a_claim_is_said_to_follow_from_is_borne_out_or_not(fees, verdict, told):
    paths = ("parameters.fee", "money.payments.fee")
    claim = Claim(says="it is low", holds_if="fee < 50", follows_from=paths)
    [row] = judged(fees, claims={"c": claim})
    assert row["verdict"] == verdict
    assert told in row["reason"]
    assert "`parameters.fee`, `money.payments.fee`" in row["reason"]
    [plain] = judged(fees)
    assert (row["share_low"], row["share_high"]) == (plain["share_low"], plain["share_high"])
