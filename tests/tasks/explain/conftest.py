"""One thread: small models gain nothing from more, and waiting threads take the processor from each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    """Bound the thread pools of numpy and scikit-learn."""
    with threadpool_limits(1):
        yield
