"""Errors of the machine that a user can mend, in words."""

from __future__ import annotations

from sojourn.disk.faults import is_loop, problem_of
from sojourn.errors import Problem


def problem_behind(error: Exception) -> Problem | None:
    """What the machine or its user has to mend; None if the fault is ours."""
    if isinstance(error, OSError):
        return problem_of(error, "a file cannot be used")
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":
        fix = "use fewer threads, a smaller study, or a machine with more memory"
        return Problem("there is not enough memory", fix)
    if isinstance(error, RecursionError):
        return Problem("the input is nested too deeply", "nest it less deeply")
    if is_loop(error):
        return Problem("links go round in a circle", "name the file itself", str(error)[18:-1])
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return Problem("the system allows no more threads", "use fewer threads")
    return None
