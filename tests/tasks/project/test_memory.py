"""A bound on memory holds while it is held, and is gone afterwards."""

from __future__ import annotations

import resource
import sys

import pytest

from tasks.project.memory import bounded_memory

GIB = 1 << 30


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not say how much there is")
def test_what_asks_for_more_is_refused_and_what_does_not_is_served():
    before = resource.getrlimit(resource.RLIMIT_AS)
    with bounded_memory(GIB), pytest.raises(MemoryError):
        bytearray(16 * GIB)
    with bounded_memory(GIB):
        assert len(bytearray(1 << 20)) == 1 << 20
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_an_error_inside_leaves_the_limit_as_it_was():
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(KeyError), bounded_memory(GIB):
        raise KeyError
    assert resource.getrlimit(resource.RLIMIT_AS) == before
