"""Small matrices on one thread: what the caller's process had before is there again after."""

from __future__ import annotations

import numpy as np
from threadpoolctl import ThreadpoolController

from sojourn.arrays import algebra_on_one_thread


def threads() -> set[int]:
    return {
        each.num_threads for each in ThreadpoolController().select(user_api="blas").lib_controllers
    }


def test_overlapping_uses_leave_the_process_as_it_was():
    np.ones((2, 2)) @ np.ones((2, 2))
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        one, other = algebra_on_one_thread(), algebra_on_one_thread()
        one.__enter__()
        other.__enter__()
        assert threads() == {1}
        one.__exit__(None, None, None)
        assert threads() == {1}
        other.__exit__(None, None, None)
        assert threads() == {2}
