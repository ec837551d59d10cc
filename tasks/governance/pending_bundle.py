"""The pending bundle: named before it is written, forgotten once the ledger names it.

A bundle without an entry is what a cut ledger leaves behind, and what a run leaves that was killed between the two. The
mark tells them apart, so that the second is taken away by the next run and the first stays a fault. Who could put the
mark there to hide the first could as well take the bundle away.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tasks.governance.ledger import Ledger
from tasks.project.paths import BUNDLE_NAME, Paths
from tasks.sources.atomic import remove, sweep, write_whole


@contextmanager
def pending(paths: Paths, bundle: Path) -> Iterator[None]:
    """Keep the mark while a bundle is written and recorded.

    A run that fails in between leaves it, as one that is killed does.

    Args:
        paths: the project.
        bundle: where the bundle goes.

    Raises:
        CouldNotRun: the mark cannot be written.
    """
    write_whole(_mark(paths), bundle.name.encode())
    yield
    remove(_mark(paths))


def pending_bundle(paths: Paths) -> str | None:
    """Name of the bundle that a run was about to record when it was killed; None where there is none."""
    try:
        name = _mark(paths).read_bytes().decode("ascii", "replace")
    except FileNotFoundError:
        return None
    # Of a damaged mark nothing is believed: it could name what is no bundle.
    return name if BUNDLE_NAME.fullmatch(name) else None


def sweep_pending(paths: Paths, ledger: Ledger) -> None:
    """Remove a pending bundle that the ledger does not name, whole or half-written, and the mark.

    The caller holds the project's lock.

    Args:
        paths: the project.
        ledger: what was decided.
    """
    name = pending_bundle(paths)
    if name is not None and name not in {Path(sealed.entry.bundle).name for sealed in ledger.entries()}:
        for left in (paths.bundles / name, *paths.bundles.glob(f".{name}.*")):
            shutil.rmtree(left, ignore_errors=True)
    sweep(paths.bundles)
    remove(_mark(paths))


def _mark(paths: Paths) -> Path:
    return paths.bundles / ".pending"
