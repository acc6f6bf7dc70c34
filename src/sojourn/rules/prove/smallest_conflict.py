"""The smallest set of conditions that no case meets together.

Least in number, not only such that none can be left out. A set conflicts exactly if it shares a
member with the complement of every set that some case meets; so the smallest that shares one with
each complement found so far is a lower bound, and as soon as it conflicts itself it is an answer
(Ignatiev, Previti, Liffiton and Marques-Silva, "Smallest MUS extraction with minimal hitting set
dualization", 2015).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Meet = Callable[[frozenset[int]], frozenset[int] | None]
"""Given a set, returns all members met by one case that meets the set (the more the better), or
None if no case meets it. May raise to give up."""


def smallest_conflict(count: int, meet: Meet) -> frozenset[int] | None:
    """A smallest set of the conditions 0 … count − 1 that no case meets; None if one meets all.

    Raises what `meet` raises.
    """
    everything = frozenset(range(count))
    missed: list[frozenset[int]] = []
    while True:
        tried = smallest_hitting(missed)
        met = meet(tried)
        if met is None:
            return tried
        if met == everything:
            return None
        # The case should meet as many as possible: the fewer it misses, the stronger the bound.
        grown = met
        for each in sorted(everything - met):
            if each in grown:
                continue
            more = meet(grown | {each})
            if more is not None:
                grown = grown | more
        if grown == everything:
            return None
        missed.append(everything - grown)


def smallest_hitting(sets: Iterable[frozenset[int]]) -> frozenset[int]:
    """A smallest set that shares a member with each of these; the empty set for none.

    Depth first, with the number of disjoint sets left as a bound.
    """
    wanted = sorted(set(sets), key=lambda each: (len(each), sorted(each)))
    best = _greedy(wanted)

    def search(chosen: frozenset[int], left: list[frozenset[int]]) -> None:
        nonlocal best
        if not left:
            best = chosen
            return
        if len(chosen) + _disjoint(left) >= len(best):
            return
        barred: set[int] = set()
        for member in sorted(left[0]):
            # A member tried before need not be tried again beside this one.
            rest = [each - barred for each in left if member not in each]
            if all(rest):
                search(chosen | {member}, sorted(rest, key=len))
            barred.add(member)

    search(frozenset(), wanted)
    return best


def _greedy(sets: list[frozenset[int]]) -> frozenset[int]:
    chosen: frozenset[int] = frozenset()
    left = sets
    while left:
        members = sorted(frozenset().union(*left))
        most = max(members, key=lambda member: sum(member in each for each in left))
        chosen |= {most}
        left = [each for each in left if most not in each]
    return chosen


def _disjoint(sets: list[frozenset[int]]) -> int:
    """How many of the sets, taken in order, share no member with one taken before."""
    taken: frozenset[int] = frozenset()
    count = 0
    for each in sets:
        if not each & taken:
            taken |= each
            count += 1
    return count
