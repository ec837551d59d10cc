"""Compiling: loops over many rows as machine code (numba), where there are rows enough for it to pay."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import TypeVar

Loop = TypeVar("Loop", bound=Callable[..., None])
Kernel = TypeVar("Kernel", bound=Callable[..., object])

#: Rows from which compiled loops are used. Compiling takes two seconds, once a project: the result is kept.
COMPILED_FROM = 200_000


def choose(rows: int, plain: Loop, loop: Loop) -> Loop:
    """What so many rows are worth: the plain numpy function, or the loop that does the same, compiled."""
    return compiled(loop) if rows >= COMPILED_FROM else plain


@cache
def compiled(loop: Loop) -> Loop:
    """The loop as machine code. Sums may be added up in another order, so that several are added at a time."""
    import numba

    # Without a directory that was set for it, numba would write beside the source.
    keep = "NUMBA_CACHE_DIR" in os.environ
    fast: Loop = numba.njit(loop, cache=keep, fastmath={"reassoc", "contract"})
    return fast


def kernel(function: Kernel) -> Kernel:
    """Decorate a function that is only ever run as machine code, without holding Python's lock.

    The kept code of a function is renewed when its own file changes: what it calls must be in the same file.
    """
    import numba

    keep = "NUMBA_CACHE_DIR" in os.environ
    fast: Kernel = numba.njit(function, cache=keep, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
    return fast


def inner(function: Kernel) -> Kernel:
    """Decorate what only kernels call. Python cannot: without a way in for it, compiling takes half as long."""
    import numba

    fast: Kernel = numba.njit(function, nogil=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True)
    return fast
