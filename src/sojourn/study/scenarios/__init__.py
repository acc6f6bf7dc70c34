"""Scenarios: overrides of the base study, and each scenario read whole."""
