"""Arrays by the names that every room uses for them, and their algebra on one thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class _OneThread:
    """The limit of the process: set as the first comes inside, taken back as the last leaves."""

    def __init__(self) -> None:
        self._changing, self._inside = Lock(), 0

    def enter(self) -> None:
        with self._changing:
            if not self._inside:
                self._limit = _algebra().limit(limits=1)
            self._inside += 1

    def leave(self) -> None:
        with self._changing:
            self._inside -= 1
            if not self._inside:
                self._limit.restore_original_limits()


_ONE_THREAD = _OneThread()


@contextmanager
def algebra_on_one_thread() -> Iterator[None]:
    """Within it, products and solutions of matrices are computed on one thread; a decorator too.

    Ours are small: to start and await threads takes longer than the sums, on a busy machine fifty
    times as long. And one thread adds up in one order, so the last digits are the same everywhere.
    """
    _ONE_THREAD.enter()
    try:
        yield
    finally:
        _ONE_THREAD.leave()


@cache
def _algebra() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415 -- most commands need no matrix

    return ThreadpoolController().select(user_api="blas")
