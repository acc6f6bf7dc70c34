"""Arrays by the names that every room uses for them, and their algebra on one thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@contextmanager
def algebra_on_one_thread() -> Iterator[None]:
    """Within it, products and solutions of matrices are computed on one thread; a decorator too.

    Ours are small: to start and await threads takes longer than the sums, on a busy machine fifty
    times as long. And one thread adds up in one order, so the last digits are the same everywhere.
    """
    with _algebra().limit(limits=1):
        yield


@cache
def _algebra() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415 -- most commands need no matrix

    return ThreadpoolController().select(user_api="blas")
