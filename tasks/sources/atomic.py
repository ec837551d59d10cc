"""Whole files or none: every file of the warehouse is written here, so that a kill leaves no half of one."""

from __future__ import annotations

import os
from pathlib import Path

from tasks.project.errors import CouldNotRun

#: End of a half-written file's name. Nothing that reads the warehouse looks at it: it is hidden and no `.parquet`.
PARTIAL = ".partial"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name in its own directory, then rename it.

    Args:
        path: the file; its directory is made. A file of that name is replaced.
        content: all of it.

    Raises:
        CouldNotRun: the disk is full or the directory cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            # Else a power cut after the rename may leave the name with nothing in it.
            os.fsync(file.fileno())
        os.replace(partial, path)  # noqa: PTH105  the one rename that replaces on every system, under its own name
    except OSError as error:
        raise CouldNotRun(
            f"expected to write {path}, but: {error.strerror}; make room or make it writable, and run again"
        ) from error


def remove(path: Path) -> None:
    """Remove a file; one that is already gone is no fault.

    Raises:
        CouldNotRun: the directory cannot be written.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise CouldNotRun(
            f"expected to remove {path}, but: {error.strerror}; make it writable, and run again"
        ) from error


def sweep(directory: Path, keep: frozenset[str] | None = None) -> None:
    """Remove what killed runs left in a directory: half-written files, and files whose marker was never written.

    Args:
        directory: where to look; it need not exist.
        keep: stems of the files that stay; None keeps every whole file.
    """
    if not directory.is_dir():
        return
    for path in sorted(directory.iterdir()):
        orphan = keep is not None and path.stem not in keep
        if path.is_file() and (orphan or path.name.endswith(PARTIAL)):
            remove(path)
