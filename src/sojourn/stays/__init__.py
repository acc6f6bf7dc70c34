"""Distributions of lengths of stay: families, exact daily tables, continuous curves, fitting."""
