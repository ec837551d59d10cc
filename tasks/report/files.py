"""Writing a page so that a reader finds the old one or the new one, never half of one."""

from __future__ import annotations

import os
import tempfile
from glob import escape
from pathlib import Path

_TEMPORARY = ".tmp"


def write_text_atomic(path: Path, text: str) -> Path:
    """Write a text file (UTF-8) under a temporary name beside it, then rename it. What a killed run left of it goes.

    Args:
        path: where it goes; its directory is made.
        text: the content.

    Returns:
        The path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{escape(path.name)}.*{_TEMPORARY}"):
        left.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_TEMPORARY)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # A temporary file is born private; a page is for whoever may read the directory.
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path
