"""The smallest conflict, held against every subset."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.rules.prove.smallest_conflict import smallest_conflict, smallest_hitting

members = st.frozensets(st.integers(0, 6), min_size=1)


def by_size(count):
    for size in range(count + 1):
        yield from map(frozenset, combinations(range(count), size))


@settings(max_examples=300, deadline=None)
@given(st.lists(members, max_size=8))
def test_smallest_hitting_set(sets):
    found = smallest_hitting(sets)
    assert all(found & each for each in sets)
    assert len(found) == len(next(some for some in by_size(7) if all(some & each for each in sets)))


@settings(max_examples=300, deadline=None)
@given(cases=st.lists(st.frozensets(st.integers(0, 6)), max_size=8), generous=st.booleans())
def test_smallest_conflict(cases, generous):
    """`cases` are what each case there is meets, of seven conditions."""

    def meet(wanted):
        for case in cases:
            if wanted <= case:
                return case if generous else wanted
        return None

    found = smallest_conflict(7, meet)
    conflicts = [some for some in by_size(7) if meet(some) is None]
    assert (found is None) == (not conflicts)
    if found is not None:
        assert meet(found) is None
        assert len(found) == len(conflicts[0])


def test_giving_up_is_passed_on():
    def meet(_):
        raise TimeoutError

    with pytest.raises(TimeoutError):
        smallest_conflict(3, meet)
