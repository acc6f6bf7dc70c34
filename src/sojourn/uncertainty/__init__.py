"""Uncertain quantities of a study, and draws of their values."""
