"""What was only remembered is marked wherever it is shown."""

from __future__ import annotations

from sojourn.study.confidence import counted_by_confidence, mark, marked, weakest


def test_only_what_rests_on_no_text_is_marked():
    assert marked("a rule", "remembered") == "a rule (remembered, not read)"
    assert marked("a rule", "assumed") == "a rule (assumed)"
    for known in ("read", "secondary", "computed", None):
        assert marked("a rule", known) == "a rule"
        assert mark(known) == ""


def test_the_weakest_counts():
    assert weakest(["read", "secondary", None]) == "secondary"
    assert weakest(["read", "remembered", "computed"]) == "remembered"
    assert weakest(["remembered", "assumed"]) == "assumed"
    assert weakest([None]) is None


def test_counts_are_in_order_of_knowledge_and_leave_out_what_is_not_said():
    counts = counted_by_confidence(["remembered", "read", None, "read"])
    assert list(counts.items()) == [("read", 2), ("remembered", 1)]
