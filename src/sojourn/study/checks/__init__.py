"""Checks of a whole study: names, reachability, gridlock, whole steps, dates, quotations."""
