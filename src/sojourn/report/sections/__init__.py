"""The sections of the report, each room for one question; `series` draws months for several."""
