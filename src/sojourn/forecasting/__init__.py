"""Forecasts of series from their own past: rolled through history, scored, sealed."""
