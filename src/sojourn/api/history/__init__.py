"""Counts of the past in Python: fits of a study to them, forecasts, and scores."""
