"""The version of what a study means: raised when the same study and seed give other histories."""

from __future__ import annotations

SEMANTICS = 1
"""Kept histories are used again as long as this is the same. `tests/run/test_semantics.py` notices
a change of what histories hold, and says what to do."""
