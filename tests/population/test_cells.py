from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.errors import StudyError
from sojourn.population.cells import build_cells
from sojourn.population.central_counts import admissions_per_cell, stock_per_cell
from sojourn.population.streams import drawn_shares
from sojourn.study.identifying_facts import identifying
from sojourn.study.model.facts import Fact
from sojourn.study.model.pathway import Branch, State, Transition
from sojourn.study.model.people import Admissions, Population, Stock
from sojourn.study.model.study import Period, Scenario, StudyModel
from sojourn.study.model.values import Dated, Quantity

DAY = date(2025, 2, 4)
FACTS = {
    "citizenship": Fact(values=("US", "SV", "other")),
    "custody": Fact(values=("federal", "abroad")),
    "arrests": Fact(type="number", least=0, most=200),
    "convicted": Fact(type="yes-no"),
    "entered": Fact(type="date"),
    "sentence": Fact(type="duration"),
}


def shares(**parts):
    return {value: Quantity(value=share, unit="share") for value, share in parts.items()}


def study_of(populations, facts=None, transitions=(), by=()):
    scenario = Scenario(
        name="base",
        facts=facts or FACTS,
        states={"held": State()},
        transitions=tuple(transitions),
        populations=populations,
    )
    period = Period(start=DAY, end=date(2026, 2, 4), by=by)
    return StudyModel(title="t", path=".", period=period, scenarios={"base": scenario}), scenario


def cells_of(populations, **more):
    return build_cells(*study_of(populations, **more))


def move(name, **becomes):
    return Transition(name=name, state="held", branches=(Branch(to="held"),), becomes=becomes)


def test_splits_multiply_and_shares_sum_to_one():
    split = {
        "citizenship": shares(US=0.8, SV=0.1, unknown=0.1),
        "arrests": {"3": Quantity(value=0.7), "15": Quantity(value=0.3)},
    }
    cells = cells_of({"prisoners": Population(facts={"custody": "federal"}, split=split)})
    assert cells.facts == tuple(FACTS)
    assert len(cells.streams) == len(cells) == 6
    assert sum(stream.share for stream in cells.streams) == pytest.approx(1)
    first, last = cells.streams[0], cells.streams[-1]
    assert cells.facts_of(first.cell)["arrests"] == 3.0
    assert first.share == pytest.approx(0.56)
    assert cells.facts_of(last.cell)["citizenship"] is None
    assert last.key == '["prisoners",{"arrests":15.0,"custody":"federal"}]'


def test_equal_facts_share_a_cell_across_populations():
    one = Population(facts={"citizenship": "US", "arrests": 3.0})
    two = Population(split={"citizenship": shares(US=1)}, facts={"arrests": "3"})
    cells = cells_of({"one": one, "two": two})
    assert len(cells) == 1
    assert [stream.cell for stream in cells.streams] == [0, 0]
    assert cells.streams[0].key != cells.streams[1].key


def test_keys_do_not_move_when_others_are_added():
    """Keys name the random draws: neither another population nor another fact may move them."""
    one = {"one": Population(split={"citizenship": shares(US=0.5, SV=0.5)})}
    before = {stream.key for stream in cells_of(one).streams}
    more = {"zero": Population(facts={"citizenship": "SV"}), **one}
    after = cells_of(more, facts={"extra": Fact(), **FACTS})
    assert before <= {stream.key for stream in after.streams}


def test_words_become_one_canonical_value():
    facts = {"convicted": "yes", "entered": "2025-02-04", "sentence": "12 months", "arrests": 3}
    cells = cells_of({"one": Population(facts=facts)})
    row = cells.facts_of(0)
    assert row["convicted"] is True
    assert row["entered"] == "2025-02-04"
    assert row["sentence"] == 365.25
    assert isinstance(row["arrests"], float)
    assert row["citizenship"] is None


def test_rows_of_a_table_combine_with_a_split():
    rows = (({"citizenship": "US", "convicted": "yes"}, 30.0), ({"citizenship": "SV"}, 10.0))
    population = Population(rows=rows, split={"arrests": shares(**{"1": 0.5, "2": 0.5})})
    cells = cells_of({"one": population})
    assert [stream.share for stream in cells.streams] == [0.375, 0.375, 0.125, 0.125]


def test_cells_are_closed_under_every_change_of_facts():
    transitions = [move("send", custody="abroad"), move("try", convicted=True), move("stay")]
    population = Population(facts={"custody": "federal"}, split={"citizenship": shares(US=1)})
    cells = cells_of({"one": population}, transitions=transitions)
    assert len(cells) == 4
    for name, change in (("send", ("custody", "abroad")), ("try", ("convicted", True))):
        for cell, turned in enumerate(cells.becomes[name]):
            assert cells.facts_of(turned) == cells.facts_of(cell) | dict([change])
    assert cells.becomes["stay"].tolist() == [0, 1, 2, 3]


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.booleans()), max_size=5))
def test_changes_compose(changes):
    facts = {name: Fact(type="yes-no") for name in "abc"}
    transitions = [move(f"t{place}", **change) for place, change in enumerate(changes)]
    cells = cells_of({"one": Population()}, facts=facts, transitions=transitions)
    assert len(set(cells.rows)) == len(cells)
    for place, change in enumerate(changes):
        turned = cells.becomes[f"t{place}"]
        assert (turned[turned] == turned).all()
        for cell, to in enumerate(turned):
            assert cells.facts_of(to) == cells.facts_of(cell) | change


def test_groups_follow_the_declared_order_with_unknown_last():
    split = {
        "citizenship": shares(unknown=0.2, other=0.3, SV=0.1, US=0.4),
        "convicted": shares(yes=0.5, no=0.5),
    }
    cells = cells_of({"one": Population(split=split)}, by=("citizenship", "convicted"))
    assert cells.groups[:3] == ("US, no", "US, yes", "SV, no")
    assert cells.groups[-1] == "unknown, yes"
    assert cells.group_values[0] == ("US", "no")
    assert len(cells.group) == len(cells)
    for cell, group in enumerate(cells.group):
        citizenship = cells.facts_of(cell)["citizenship"] or "unknown"
        assert cells.groups[group].startswith(citizenship)


def test_without_reporting_facts_there_is_one_group():
    cells = cells_of({"one": Population(split={"citizenship": shares(US=0.5, SV=0.5)})})
    assert cells.groups == ("everyone",)
    assert cells.group.tolist() == [0, 0]


def test_people_per_cell():
    population = Population(
        split={"citizenship": shares(US=0.75, SV=0.25)},
        stock=Stock(count=Quantity(value=1000), state="held"),
        admissions=Admissions(
            rate=(Dated(start=DAY, quantity=Quantity(value=10)),), per="month", into="held"
        ),
    )
    study, scenario = study_of({"one": population, "two": population})
    cells = build_cells(study, scenario)
    assert stock_per_cell(scenario, cells).tolist() == [1500, 500]
    assert admissions_per_cell(scenario, cells, 365).tolist() == [180, 60]


def test_uncertain_shares_are_scaled_in_every_draw():
    unsure = {
        "US": Quantity(value=0.5, low=0.4, high=0.8, shape="uniform"),
        "SV": Quantity(value=0.5, low=0.2, high=0.6, shape="uniform"),
    }
    study, scenario = study_of({"one": Population(split={"citizenship": unsure})})
    cells = build_cells(study, scenario)
    found = drawn_shares(cells.streams, scenario, lambda quantity: quantity.high or 0)
    assert found == pytest.approx([8 / 14, 6 / 14])
    central = drawn_shares(cells.streams, scenario, lambda quantity: quantity.value)
    assert central == pytest.approx([stream.share for stream in cells.streams])


@pytest.mark.parametrize(
    ("population", "said"),
    [
        (Population(facts={"citizenshp": "US"}), "did you mean `citizenship`"),
        (Population(facts={"citizenship": "UK"}), "is not a value of the fact"),
        (Population(facts={"arrests": 500.0}), "0 to 200"),
        (Population(facts={"convicted": "maybe"}), "neither yes nor no"),
        (Population(facts={"entered": "4 February"}), "write year, month and day"),
        (Population(facts={"sentence": "5 arrests"}), "`arrests` in `5 arrests` is not a unit"),
        (Population(facts={"arrests": float("nan")}), "is not a value of the fact"),
        (Population(split={"citizenship": shares(US=0.5, SV=0.3)}), "unknown: 20 %"),
        (Population(split={"citizenship": shares(US=1.5, SV=-0.5)}), "below zero"),
        (
            Population(facts={"citizenship": "US"}, split={"citizenship": shares(US=1)}),
            "given twice",
        ),
        (Population(split={"arrests": shares(**{"3": 0.5, "3.0": 0.5})}), "same value"),
        (Population(rows=(({"citizenship": "US"}, 1.0),) * 2), "the same facts twice"),
    ],
)
def test_what_cannot_be_is_refused_with_a_fix(population, said):
    with pytest.raises(StudyError) as caught:
        cells_of({"one": population})
    assert said in str(caught.value)
    assert "populations.one" in str(caught.value)


def test_too_many_cells_are_refused_before_they_are_made():
    facts = {f"f{place}": Fact(type="number") for place in range(6)}
    split = {name: {str(value): Quantity(value=0.1) for value in range(10)} for name in facts}
    with pytest.raises(StudyError, match="more than 100,000 cells"):
        cells_of({"one": Population(split=split)}, facts=facts)


def test_too_many_reachable_cells_are_refused():
    facts = {f"f{place}": Fact(type="yes-no") for place in range(18)}
    transitions = [move(f"t{name}", **{name: True}) for name in facts]
    with pytest.raises(StudyError, match="more than 100,000 cells"):
        cells_of({"one": Population()}, facts=facts, transitions=transitions)


@pytest.mark.parametrize(
    "name",
    ["name", "full_name", "lastName", "passport", "passport_number", "ssn", "birth_date",
     "date_of_birth", "dob", "address", "home address", "a_number", "inmate_number", "email"],
)  # fmt: skip
def test_facts_that_identify_people_are_refused(name):
    with pytest.raises(StudyError, match="de-identified"):
        cells_of({"one": Population()}, facts={**FACTS, name: Fact()})


@pytest.mark.parametrize(
    "name",
    ["citizenship", "birth_country", "offence_name", "age", "arrests", "status", "security_level",
     "case_type", "number_of_arrests", "nationality", "addressed"],
)  # fmt: skip
def test_plain_attributes_are_not_identifying(name):
    assert not identifying(name)


def test_a_yes_no_fact_about_a_document_is_no_identity():
    cells = cells_of({"one": Population()}, facts={"has_passport": Fact(type="yes-no")})
    assert np.array_equal(cells.group, [0])
