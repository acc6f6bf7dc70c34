"""The words of the study language: every key, how values are read, the schema and the page."""
