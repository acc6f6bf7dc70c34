"""Numbers as people read them: separators, three digits, true minus signs."""

from __future__ import annotations

import math

from sojourn.languages import signs
from sojourn.languages.phrases import language, phrase, plural
from sojourn.languages.signs import local

DASH = signs.DASH
NARROW = signs.NARROW
"""Between a number and a percent sign, so that they stay on one line."""


def rounded(value: float | None, digits: int = 3) -> str:
    """`value` to so many significant digits, with thousands separators; for sentences."""
    if value is None or not math.isfinite(value):
        return DASH
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    near = round(value, places)
    return _minus(f"{near:,.{max(places, 0)}f}", trim=places > 0)


def to_error(value: float, error: float, digits: int = 2) -> float:
    """`value` to so many digits of its error or half range: what lies below them says nothing."""
    if not error > 0 or not math.isfinite(error):
        return value
    places = digits - 1 - math.floor(math.log10(error))
    return round(value, places)


def people(value: float | None) -> str:
    """A number of people in a sentence: whole, three significant digits at most."""
    if value is None or not math.isfinite(value):
        return DASH
    if 0 < value < 0.5:
        return phrase("fewer than 1")
    return rounded(float(round(value)))


def exact(value: float | None) -> str:
    """`value` for a table: whole from 100 on, one decimal below, more only for fractions."""
    if value is None or not math.isfinite(value):
        return DASH
    if value == 0:
        return "0"
    if abs(value) >= 100 or value == int(value):
        return _minus(f"{value:,.0f}")
    if abs(value) >= 1:
        return _minus(f"{value:,.1f}")
    return _minus(f"{value:.2g}" if abs(value) < 0.01 else f"{value:.2f}", trim=True)


def millions(value: float | None) -> str:
    """`value` in millions, for a table whose heading says so."""
    return exact(None if value is None else value / 1e6)


def whole(value: int) -> str:
    """A whole number with its thousands apart."""
    return local(f"{value:,}")


def signed(text: str, value: float | None) -> str:
    """`text` with a plus sign if `value` is above zero."""
    return f"+{text}" if value is not None and value > 0 and text != "0" else text


def signed_people(value: float | None) -> str:
    """A change in people in a sentence: whole, with its sign."""
    if value is None or not math.isfinite(value):
        return DASH
    return signed(rounded(float(round(value))), value)


def signed_exact(value: float | None) -> str:
    """A change for a table, with its sign."""
    return signed(exact(value), value)


def money(value: float | None, currency: str) -> str:
    """An amount in a sentence: `USD 4.76 million`."""
    if value is None or not math.isfinite(value):
        return DASH
    size = next((size for size in signs.LARGE[language()] if abs(value) >= size), 1.0)
    number = rounded(value / size)
    count, values = 1 if number == "1" else 2, {"currency": currency, "number": number}
    if size == 1e12:
        return plural(
            "{currency}\u00a0{number}\u00a0trillion",
            "{currency}\u00a0{number}\u00a0trillion",
            count,
            **values,
        )
    if size == 1e9:
        return plural(
            "{currency}\u00a0{number}\u00a0billion",
            "{currency}\u00a0{number}\u00a0billion",
            count,
            **values,
        )
    if size == 1e6:
        return plural(
            "{currency}\u00a0{number}\u00a0million",
            "{currency}\u00a0{number}\u00a0million",
            count,
            **values,
        )
    return f"{currency}\u00a0{number}"


def signed_money(value: float | None, currency: str) -> str:
    """A change of an amount in a sentence: `USD +4.76 million`."""
    text = money(value, currency)
    start = f"{currency}\u00a0"
    return start + signed(text.removeprefix(start), value) if text.startswith(start) else text


def percent(share: float | None) -> str:
    """A share as a percentage; near 0 and 1 it says so rather than round to certainty."""
    if share is None or not math.isfinite(share):
        return DASH
    if 0 < share < 0.005:
        return f"<{NARROW}1{NARROW}%"
    if 0.995 < share < 1:
        return f">{NARROW}99{NARROW}%"
    return _minus(f"{share * 100:.0f}{NARROW}%")


def percents_around(low: float, high: float) -> tuple[str, str]:
    """The ends of an interval of a share, rounded outwards; near 0 and 1 to tenths of a percent."""
    near = low < 0.1 or high > 0.9
    steps = 1000 if near else 100
    ends = math.floor(low * steps + 1e-9) / steps, math.ceil(high * steps - 1e-9) / steps
    written = (_minus(f"{end * 100:.{1 if near else 0}f}", trim=True) for end in ends)
    first, last = (f"{text}{NARROW}%" for text in written)
    return first, last


def _minus(text: str, *, trim: bool = False) -> str:
    """A true minus sign; with `trim`, no zeros at the end of a fraction; never minus zero."""
    if trim and "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    if text.startswith("-"):
        text = text[1:] if not any(c in "123456789" for c in text) else "−" + text[1:]
    return local(text)
