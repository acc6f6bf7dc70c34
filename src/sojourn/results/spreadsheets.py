"""Texts that no spreadsheet takes for a formula.

A spreadsheet runs a cell of a CSV file that begins with one of `= + - @`, a tab or a line break.
Such a text gets an apostrophe in front, and so does one that begins with an apostrophe. The way
back: take one apostrophe away from the front of each text that begins with one.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def neutral(text: str) -> str:
    """The text, with an apostrophe in front if a spreadsheet might run it."""
    return f"'{text}" if text.startswith(_STARTS) else text


def as_meant(text: str) -> str:
    """The way back from `neutral`."""
    return text.removeprefix("'")


def neutral_table(table: pa.Table) -> pa.Table:
    """The table with all its texts, and its columns' names, neutral and not dictionary-encoded."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pa.types.is_dictionary(field.type):
            column = column.cast(field.type.value_type)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            risky = pc.match_substring_regex(column, r"^[=+\-@\t\r\n']")
            marked = pc.binary_join_element_wise("'", column, "")
            column = pc.if_else(risky, marked, column)
        table = table.set_column(place, pa.field(neutral(field.name), column.type), column)
    return table
