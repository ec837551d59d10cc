"""Scratch: directories for half-made files, inside the state. Those that a killed run left go with the next lock."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tasks.project.paths import Paths

_SCRATCH, _TOOLS = "scratch-", "tools"


@contextmanager
def scratch(paths: Paths) -> Iterator[Path]:
    """An empty directory that is removed at the end. Only a run that holds the project's lock may have one.

    Args:
        paths: the project.
    """
    paths.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.cache, prefix=_SCRATCH) as directory:
        yield Path(directory)


def tool_scratch(paths: Paths) -> Path:
    """The directory for the temporary files of tools, which remove them themselves unless they are killed.

    Args:
        paths: the project.
    """
    directory = paths.cache / _TOOLS
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def sweep_scratch(paths: Paths) -> None:
    """Remove what killed runs left. Whoever calls it holds the project's lock, so nothing there is in use.

    Args:
        paths: the project.
    """
    for left in (*paths.cache.glob(f"{_SCRATCH}*"), *paths.cache.glob(_TOOLS)):
        if left.name != _TOOLS or any(left.iterdir()):
            shutil.rmtree(left, ignore_errors=True)
