"""Each type of fact: how its values are read, told and stored, and what it refuses."""

import pytest
from sojourn.study.model.facts import Fact

from sojourn.study.fact_numbers import exact, nearest
from sojourn.study.fact_types import FACT_TYPES, fact_text, mask, members, read_fact
from sojourn.study.units import WordsError

FACTS = {
    "text": Fact(values=("theft", "yes", "3")),
    "number": Fact(type="number", unit="arrests", least=0, most=200),
    "yes-no": Fact(type="yes-no"),
    "date": Fact(type="date"),
    "duration": Fact(type="duration"),
    "set": Fact(type="set", values=("SV", "US", "MX")),
}


def test_every_type_has_a_record_and_its_example_reads():
    assert list(FACT_TYPES) == list(FACTS)
    for name, record in FACT_TYPES.items():
        words = record.written_as.strip("[]").split(", ") if name == "set" else record.written_as
        found = read_fact(words, "x", FACTS[name])
        assert found is not None
        # What it is spelt as reads as itself.
        assert read_fact(fact_text(found), "x", FACTS[name]) == found
        assert read_fact("unknown", "x", FACTS[name]) is None
        assert set(record.sql_types) == {"DuckDB", "Spark"}


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("text", True, "yes"), ("text", 3, "3"), ("yes-no", "No", False), ("yes-no", True, True),
        ("number", "30 arrests", 30.0), ("number", "1 arrest", 1.0), ("number", 0.1 + 0.2, 0.3),
        ("number", "0.12345678", 0.123457), ("duration", "2 weeks", 14.0), ("duration", "1.5", 1.5),
        ("duration", "1 month", 30.4375), ("date", "2025-02-04", "2025-02-04"),
        ("set", ["US", "SV"], "SV; US"), ("set", "US,SV", "SV; US"), ("set", [], "none"),
        ("set", "none", "none"), ("set", {"MX"}, "MX"),
    ],
)  # fmt: skip
def test_values_have_one_spelling(kind, value, found):
    assert read_fact(value, "x", FACTS[kind]) == found


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("text", "murder", "is not a value"), ("number", "201", "outside the range 0 to 200"),
        ("number", "3 people", "is not a value"), ("number", True, "is not a value"),
        ("duration", "10.000 days", "may separate thousands"), ("yes-no", "maybe", "neither yes"),
        ("date", "4 February", "is not a date"), ("set", "SV; XX", "`XX` is not among"),
        ("set", ["SV", "SV"], "written twice"), ("number", float("nan"), "is not a value"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(kind, value, said):
    with pytest.raises(WordsError) as caught:
        read_fact(value, "x", FACTS[kind])
    assert said in f"{caught.value.what} {caught.value.fix}"


def test_numbers_name_decimals():
    assert exact(0.1) * 3 == exact(0.3)
    assert nearest(0.1 + 0.2) == 0.3
    assert exact(999_999_999.999999).denominator == 10**6
    assert exact(1234567890.4) == 1234567890


def test_a_set_is_bits_in_the_order_of_the_declaration():
    values = FACTS["set"].values
    assert [mask(members(text), values) for text in ("none", "SV", "US; MX")] == [0, 1, 6]
