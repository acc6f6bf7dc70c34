"""Sojourn: custody agreements as code that runs."""

__version__ = "0.1.0"
