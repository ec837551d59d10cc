"""The project lock: one run of a project at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from tasks.project.errors import CouldNotRun
from tasks.project.paths import Paths
from tasks.project.scratch import sweep_scratch


@contextmanager
def project_lock(paths: Paths, wait_seconds: float) -> Iterator[None]:
    """Hold the project's lock; the system frees it when the process ends, however it ends.

    The scratch directories that a killed run left are removed first.

    Args:
        paths: the project.
        wait_seconds: how long to wait for another run to end; 0 refuses at once.

    Raises:
        CouldNotRun: another run still holds the lock after the wait.
    """
    paths.lock.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(paths.lock)
    try:
        _acquire(lock, wait_seconds)
    except Timeout:
        raise CouldNotRun(
            f"expected to be the only run of {paths.root}, but another one holds {paths.lock} "
            f"(waited {wait_seconds:g} s); let it end and run again, or wait longer with --wait"
        ) from None
    try:
        sweep_scratch(paths)
        yield
    finally:
        lock.release()


def _acquire(lock: FileLock, wait_seconds: float) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if wait_seconds > 0:
            # Who waits in front of a terminal would think that it hangs.
            sys.stderr.write(f"Another run of this project is under way; waiting for it, {wait_seconds:g} s at most.\n")
            sys.stderr.flush()
        lock.acquire(timeout=wait_seconds)
