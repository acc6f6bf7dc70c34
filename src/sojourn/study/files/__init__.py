"""Files of a study as trees of values, each with its position and address."""
