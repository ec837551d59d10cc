"""Memory: a bound for what is read of files from strangers."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def bounded_memory(more: int) -> Iterator[None]:
    """While it is held, this process gets so much more memory and no more; what asks for more raises `MemoryError`.

    Where the system does not say how much there is (`/proc` of Linux does), or an outer limit is lower, nothing
    is changed.

    Args:
        more: bytes of address space beyond those of now.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = _address_space() + more
    lower = _lower(bound, soft) and _lower(bound, hard) and bound > more
    if lower:
        resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
    try:
        yield
    finally:
        if lower:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _lower(bound: int, limit: int) -> bool:
    return limit == resource.RLIM_INFINITY or bound < limit


def _address_space() -> int:
    """Bytes of address space that this process has; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0
