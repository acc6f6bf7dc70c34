import numpy as np
import pytest
from sojourn.study.model.values import Quantity

from sojourn.errors import RuleError
from sojourn.rules.agreement.claims import claims_hold, parse_claim

UNITS = {"fee": "USD per person-year", "home": "USD per person-year", "held": "people", "full": ""}


def test_a_claim_compares_measures():
    claim = parse_claim("fee < home and held > 100 people", UNITS)
    fee, home, held = np.array([1.0, 3.0, 1.0]), np.full(3, 2.0), np.array([200.0, np.nan, np.nan])
    assert claims_hold(claim, {"fee": fee, "home": home, "held": held}).tolist() == [1, 0, -1]


def test_a_unit_may_leave_out_its_per():
    claim = parse_claim("fee < 20000 USD", UNITS)
    assert claims_hold(claim, {"fee": np.array([1.0])}).tolist() == [1]


def test_many_draws_are_judged_at_once():
    claim = parse_claim("fee * 2 < home or not known(full)", UNITS)
    fee, home = np.array([1.0, 1.0, np.nan, 1.0]), np.array([3.0, 1.0, 1.0, 1.0])
    full = np.array([1.0, 1.0, 1.0, np.nan])
    held = claims_hold(claim, {"fee": fee, "home": home, "full": full})
    assert held.tolist() == [1, 0, -1, 1]


def test_a_claim_about_nothing_is_judged_for_every_draw():
    assert claims_hold(parse_claim("yes", {}), {}, 3).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fee < hme", "did you mean `home`"),
        ("fee < held", "compared with"),
        ("fee / home < 1", "only a number without unit divides"),
        ("fee < 20000 USD per month", "compared with"),
        ("fee", "not a condition"),
        ("fee < 12000000", "write 12000000 USD per person-year"),
        ("fee - home > 500", "write 500 USD per person-year"),
        ("fee + 500 > home", "write 500 USD per person-year"),
        ("held >= 340000 and held <= 360000 people", "write 340000 people"),
        ("held in (1, 2 people)", "write 1 people"),
        ("fee < 12,000,000 USD", "write 12000000 USD"),
        ("fee < 12,000,000", "write 12000000"),
        ("fee < 12 million USD", "write 12000000 USD"),
        ("fee < 1.5 million USD per person-year", "write 1500000 USD per person-year"),
        ("held > 12 thousand and fee < home", "write 12000"),
    ],
)
def test_a_claim_without_meaning_is_refused(text, said):
    with pytest.raises(RuleError) as caught:
        parse_claim(text, UNITS, file="claims.yaml", line=2, column=3)
    assert said in str(caught.value)
    assert "claims.yaml:2" in str(caught.value)


@pytest.mark.parametrize("text", ["held > 0", "full < 3", "fee * 2 < home", "0 = held"])
def test_a_number_may_be_bare_where_it_can_mean_one_thing_only(text):
    parse_claim(text, UNITS)


def test_a_parameter_without_a_unit_is_told_as_such():
    few = Quantity(value=5.0, unit="", path="parameters.few")
    with pytest.raises(RuleError, match="give it the unit people"):
        parse_claim("held < few", UNITS, constants={"few": few})
