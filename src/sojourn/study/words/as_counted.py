"""`as counted: ACCOUNT`: people come, or leave, as an account of the history counted it."""

from __future__ import annotations

from sojourn.study.model.values import AsCounted
from sojourn.study.words.quantities import TIMES, read_dated
from sojourn.study.words.reader import Fields


def read_as_counted(fields: Fields) -> AsCounted | None:
    """The account, its span if the shape has one, and the factors; None with a problem."""
    before = len(fields.reader.problems)
    account = fields.text("as counted")
    start = end = None
    if fields.shape == "admissions":
        start, end = fields.date("from"), fields.date("to")
        fields.dates_in_order()
    times = fields.get("times", lambda n, p: read_dated(fields.reader, n, p, TIMES, whole=False))
    if account is None or len(fields.reader.problems) != before:
        return None
    return AsCounted(account=account, start=start, end=end, times=times or ())
