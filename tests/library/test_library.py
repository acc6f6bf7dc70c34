"""Every agreement that ships: its worked cases, its sources, and what it does not know."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from library.reading import LIBRARY, NAMES
from sojourn.library.worked_cases import run_cases
from sojourn.rules.agreement.file import read_agreement
from sojourn.study.files.joined_agreements import library_names

EXPECTED = {
    "us-el-salvador-offer", "us-el-salvador-grant", "norway-netherlands", "belgium-netherlands",
    "denmark-kosovo", "sweden-estonia", "uk-rwanda", "australia-nauru", "council-of-europe-112",
    "council-of-europe-167", "eu-2008-909", "us-18-usc-4100", "us-8-usc-1231", "us-tps",
    "us-citizens", "us-alien-enemies-act", "us-third-country-removals", "us-ice-contracts",
    "hawaii-saguaro", "vermont-mississippi", "vermont-pennsylvania", "california-out-of-state",
    "montana-corecivic", "italy-albania", "uk-france", "oas-a-57", "us-safe-third-country",
    "netherlands-uganda", "us-guantanamo", "israel-rwanda", "uk-prisons-abroad",
}  # fmt: skip
read = cache(read_agreement)
every = pytest.mark.parametrize("name", NAMES)


def test_the_library_is_complete():
    assert set(library_names()) == EXPECTED
    assert library_names() == NAMES


def test_a_name_and_a_path_are_the_same_agreement():
    path = read_agreement(LIBRARY / "sweden-estonia.yaml")
    assert path.title == read("sweden-estonia").title
    assert [rule.rule for rule in path.rules] == [
        rule.rule for rule in read("sweden-estonia").rules
    ]


@every
def test_worked_cases_come_out_as_the_file_says(name):
    failed = [result for result in run_cases(read(name)) if not result.passed]
    assert not failed


@every
def test_worked_cases_hold_every_outcome_and_every_rule(name):
    agreement = read(name)
    outcomes = {case.outcome for case in agreement.cases.values()}
    assert outcomes == {"eligible", "barred", "referred"}
    deciding = {rule for case in agreement.cases.values() for rule in case.because}
    assert {rule.name for rule in agreement.rules} == deciding


@every
def test_a_case_fails_if_a_rule_is_turned_round(name):
    """What the cases are for: a changed rule does not go unnoticed."""
    agreement = read(name)
    first = agreement.rules[-1]
    turned = replace(first.condition, root=negated(first.condition.root))
    flipped = replace(first, condition=turned)
    changed = replace(agreement, rules=(*agreement.rules[:-1], flipped))
    assert any(not result.passed for result in run_cases(changed))


def negated(root):
    from sojourn.rules.language.tree import Negation

    return Negation(root, 0)


@every
def test_every_rule_and_provision_has_citation_source_and_confidence(name):
    agreement = read(name)
    for checked in agreement.rules:
        rule = checked.rule
        assert rule.cite and rule.source in agreement.sources and rule.confidence, checked.name
    for title, provision in agreement.provisions.items():
        assert provision.source in agreement.sources and provision.confidence, title


@every
def test_what_is_remembered_rests_on_no_source_that_was_read(name):
    agreement = read(name)
    cited = [*(rule.rule for rule in agreement.rules), *agreement.provisions.values()]
    for one in cited:
        if agreement.sources[one.source].confidence == "remembered":
            assert one.confidence == "remembered", one
    assert agreement.not_established


@every
def test_every_source_is_used_and_has_an_address_or_says_what_it_is(name):
    agreement = read(name)
    payments = [
        payment
        for provision in agreement.provisions.values()
        if provision.price
        for payment in provision.price.payments.values()
    ]
    cited = [*(rule.rule for rule in agreement.rules), *agreement.provisions.values(), *payments]
    used = {one.source for one in cited}
    assert used == set(agreement.sources)
    for source in agreement.sources.values():
        assert source.confidence
        assert (
            source.url
            or source.file
            or source.date
            or source.confidence != "read"
            or ("Rev. Stat." in source.title or "USC" in source.title)
        ), source


@every
def test_each_says_what_eligible_means(name):
    assert read(name).eligible


@every
def test_facts_are_declared_for_rules_and_described(name):
    agreement = read(name)
    needed = {fact for rule in agreement.rules for fact in rule.facts}
    assert set(agreement.facts) - needed <= {"requested"}
    assert all(fact.about for fact in agreement.facts.values())


@every
def test_prices_hold_in_every_agreement(name):
    price = read(name).provisions["price"].price
    assert price is not None
    assert bool(price.payments) == (price.form not in ("none", "not stated"))
