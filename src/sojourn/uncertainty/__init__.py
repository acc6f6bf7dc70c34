"""Uncertainty: one value of every uncertain quantity is a draw."""
