"""The sections of the report, and what several of them share."""
