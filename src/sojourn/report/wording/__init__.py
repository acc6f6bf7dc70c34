"""Numbers, ranges and names of a study as the report writes them."""
