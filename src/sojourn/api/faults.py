"""Errors of the machine that a user can mend, in words."""

from sojourn.disk.faults import problem_behind

__all__ = ["problem_behind"]
