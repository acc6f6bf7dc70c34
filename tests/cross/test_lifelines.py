"""What is read from observed stays against lifelines, on the data sets that come with it."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter, datasets
from lifelines.exceptions import StatError

from sojourn.stays.incidence import LASTING, Observed, cumulative_incidence, unseen_day

ENDED = {
    "waltons": ("T", "E"),
    "rossi": ("week", "arrest"),
    "lung": ("time", "status"),
    "gbsg2": ("time", "cens"),
    "kidney_transplant": ("time", "death"),
    "leukemia": ("t", "status"),
}


def stays(days, ways, entered=None) -> Observed:
    days = np.asarray(days, dtype=np.int64)
    entered = np.zeros_like(days) if entered is None else np.asarray(entered, dtype=np.int64)
    return Observed(days, np.asarray(ways, dtype=np.int64), np.ones(len(days)), entered)


def left_after(points, days):
    """The share that is left after each of the days."""
    at, shares = np.array(points).T
    return 1.0 - np.array([shares[at <= day].sum() for day in days])


def theirs(days, ended, entered=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return KaplanMeierFitter().fit(days, ended, entry=entered)


@pytest.mark.parametrize("name", ENDED)
def test_the_product_limit_is_theirs(name):
    time, status = ENDED[name]
    data = getattr(datasets, f"load_{name}")()
    days = data[time].round().astype(int)
    ended = data[status] == data[status].max()
    (points,), left = cumulative_incidence(stays(days, np.where(ended, 0, LASTING)))
    km = theirs(days, ended)
    there = np.unique(days)
    np.testing.assert_allclose(left_after(points, there), km.predict(there), atol=1e-12)
    assert left == pytest.approx(float(km.survival_function_.iloc[-1, 0]), abs=1e-12)


def late_entries():
    aids = datasets.load_multicenter_aids_cohort_study()
    # In days: the years are given with two digits or so.
    whole = (aids[["W", "T"]] * 365.25).round().astype(int)
    yield whole["T"].to_numpy(), aids["D"].to_numpy() == 1, whole["W"].to_numpy()
    old = datasets.load_psychiatric_patients()
    # Nobody is seen below the age of the youngest, so count from there.
    age = (old["Age"] - old["Age"].min()).to_numpy()
    yield age + old["T"].to_numpy(), old["C"].to_numpy() == 1, age
    hearts = datasets.load_stanford_heart_transplants()
    whole = hearts[["start", "stop"]].round().astype(int)
    yield whole["stop"].to_numpy(), hearts["event"].to_numpy() == 1, whole["start"].to_numpy()
    # Many who enter on the day on which others leave.
    random = np.random.default_rng(5)
    days = random.integers(0, 30, 500)
    entered = np.minimum(random.integers(0, 12, 500), np.maximum(days - 1, 0))
    entered *= random.random(500) < 0.6
    yield days, random.random(500) < 0.7, entered


@pytest.mark.parametrize("number", range(4))
def test_late_entry_is_theirs(number):
    days, ended, entered = list(late_entries())[number]
    seen = stays(days, np.where(ended, 0, LASTING), entered)
    km = theirs(days, ended, entered)
    assert np.any(entered > 0)
    assert unseen_day(seen) is None
    (points,), _ = cumulative_incidence(seen)
    there = np.unique(days)
    np.testing.assert_allclose(left_after(points, there), km.predict(there), atol=1e-12)


def senators():
    """Days in office, and by which way senators left: of each length one."""
    data = datasets.load_canadian_senators()
    data = data[data["diff_days"] >= 0].drop_duplicates("diff_days")
    reason = data["reason"].fillna("").str.lower()
    ways = np.select(
        [reason.str.contains(word) for word in ("death", "retire", "resign")],
        [0, 1, 2], LASTING,
    )  # fmt: skip
    return data["diff_days"].astype(int).to_numpy(), ways


@pytest.mark.parametrize("late", [False, True])
def test_the_incidence_by_way_out_is_theirs(late):
    days, ways = senators()
    assert all(np.count_nonzero(ways == way) > 50 for way in (0, 1, 2))
    entered = np.zeros_like(days)
    if late:
        # On days on which nobody leaves: theirs counts those who enter on a day as at risk by then
        # in one of its two factors, and not in the other.
        free = np.setdiff1d(np.arange(1, 900), days)
        entered = np.random.default_rng(2).choice(free, len(days)) * (np.arange(len(days)) % 3 == 0)
        entered = np.where(entered < days, entered, 0)
    seen = stays(days, ways, entered)
    assert unseen_day(seen) is None
    found, left = cumulative_incidence(seen, 3)
    assert sum(share for way in found for _, share in way) + left == pytest.approx(1.0, abs=1e-12)
    for way, points in enumerate(found):
        aj = AalenJohansenFitter(calculate_variance=False).fit(
            days, ways + 1, event_of_interest=way + 1, entry=entered if late else None
        )
        assert not aj.event_table.index.duplicated().any()
        at, shares = np.array(points).T
        theirs = aj.cumulative_density_.iloc[:, 0]
        np.testing.assert_allclose(np.cumsum(shares), theirs[at], atol=1e-9)


def test_where_theirs_gives_up_ours_is_refused():
    # The two seen from the beginning leave on day 3, before any of the others is seen.
    days, entered = np.array([3, 3, 20, 30, 40]), np.array([0, 0, 10, 10, 15])
    assert unseen_day(stays(days, np.zeros(5), entered)) == (4, 20)
    with pytest.raises(StatError, match="too few early truncation times"):
        theirs(days, np.ones(5), entered)


def test_ties_are_what_their_jitter_comes_near():
    random = np.random.default_rng(3)
    days, ways = random.integers(1, 12, 4000), random.integers(-1, 2, 4000)
    found, _ = cumulative_incidence(stays(days, ways), 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitter = AalenJohansenFitter(calculate_variance=False, jitter_level=1e-4, seed=1)
        aj = fitter.fit(days, ways + 1, event_of_interest=1)
    ours = sum(share for _, share in found[0])
    # A stay not ended on a day leaves before some of those that end on it, by half of them.
    assert ours == pytest.approx(float(aj.cumulative_density_.iloc[-1, 0]), abs=0.02)
