"""How the kernel's functions are compiled, and the one instruction that Numba lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

compile_function: Any = njit

compiled: Callable[[Callable[..., Any]], Any] = compile_function(cache=True, nogil=True, _nrt=False)
"""Nothing is allocated, so that references to arrays need no counts: they took half the time, and
threads that share an array would wait for each other."""

compiled_within: Callable[[Callable[..., Any]], Any] = compile_function(
    cache=True, nogil=True, _nrt=False, forceinline=True
)
"""Becomes a part of its callers as they are compiled: an array handed over costs seven words."""

inlined: Callable[[Callable[..., Any]], Any] = compile_function(inline="always")
"""Becomes a part of its callers: it costs no call."""


def _prefetch(_typing_context: Any, array: Any, _index: Any) -> Any:  # noqa: ANN401 -- Numba's types
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = builder.gep(made.data, [arguments[1]])
        pointer = builder.bitcast(address, cgutils.voidptr_t)
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        insert: Any = cgutils.get_or_insert_function
        builder.call(
            insert(builder.module, kind, "llvm.prefetch.p0"),
            [pointer, number(0), number(3), number(1)],
        )
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


prefetch: Any = intrinsic(_prefetch)
"""prefetch(array, index): ask for the line of the cache at that word of the array's memory, which
will be read soon."""
