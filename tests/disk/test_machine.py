"""Commands under faults and kills: `machine` says what always holds."""

from __future__ import annotations

import pytest

from disk.machine import explored


def test_no_fault_leaves_a_folder_that_is_neither_old_nor_new():
    assert explored(examples=48, steps=50) > 1_000


@pytest.mark.slow
def test_nor_do_a_hundred_thousand_commands():
    """Some three hours."""
    given = seed = 0
    while given < 100_000:
        seed += 1
        print(f"seed {seed}, after {given} commands")
        given += explored(examples=200, steps=50, seed=seed)
