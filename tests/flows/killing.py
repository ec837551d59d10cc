"""Killing a run at its n-th write, whatever wrote it: the code under test knows nothing of it.

A write is what changes the project's directory: a file opened to be written, a rename, a removal, a new directory, a
commit of a SQLite database, and a statement outside of a transaction. Python's audit hooks tell of the first four,
SQLite's trace of the others. A run dies by SIGKILL just before the write; at a file that is opened, just after it: the
file is there, and empty. What a process left just after any other write is what it left just before the next. The end
of a step is told and died at like a write.

Not counted: times and rights of files, directories that were there already, and caches (Prefect's, numba's,
matplotlib's), which hold nothing of ours.

Killed is not at every single write, but at the first and the last of those that follow each other in one *place*: in a
private directory, whose content counts for nothing before it is renamed or told of, and in one database. Each commit of
the ledger is a place of its own, and each that touches the registry of models.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.flows.running import Returned, call

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

#: Directories in which the tools keep what may be deleted at any time.
_CACHES = (".assay/prefect/", ".assay/cache/numba", ".assay/cache/matplotlib", ".assay/cache/tmp/")

#: What differs from run to run in a path, and what stands for it.
_DRAWN = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<digest>"),
    (re.compile(r"\b(m-)?[0-9a-f]{32}\b"), "<id>"),
    (re.compile(r"\b(scratch-|tmp)[a-z0-9_]{8}"), r"\1*"),
    (re.compile(r"(\d{4}-\d\d-\d\d)-[0-9a-f]{8}"), r"\1-<run>"),
    (re.compile(r"(<run>(?:\.html)?)\.[a-z0-9_]{8}\b"), r"\1.*"),
    (re.compile(r"\.\d+\.partial"), ".*.partial"),
    (re.compile(r"uploading\.\w+"), "uploading.*"),
)

_PRIVATE = re.compile(
    r"\.assay/(cache/(scratch-\*|tools/tmp\*)|bundles/\.[^/ ]+|artifacts/(models/)?<id>|mlflow\.new|feast/online\.db)"
)
_REGISTRY = re.compile(r"registered_model|model_versions")


@dataclass(frozen=True)
class Write:
    """One write of a run.

    Attributes:
        number: its number among the writes of the run, from 1.
        kind: open, rename, remove, mkdir, rmdir, commit, statement; or step.
        path: what is written, relative to the project, without what is drawn anew in each run; of a commit, the tables
            too; the name of a step.
    """

    number: int
    kind: str
    path: str

    @property
    def place(self) -> str:
        """See the module."""
        private = _PRIVATE.match(self.path)
        if private and self.kind != "rename":
            return private[0]
        if self.kind == "commit" and "ledger" not in self.path and not _REGISTRY.search(self.path):
            return self.path.partition(" ")[0]
        return f"{self.kind} {self.path}"

    def __str__(self) -> str:
        """What it does to what."""
        return f"{self.kind} {self.path}"


def drawn_apart(path: str) -> str:
    """A path without ids, digests and random letters."""
    for pattern, sign in _DRAWN:
        path = pattern.sub(sign, path)
    return path


def points(listed: Sequence[Write]) -> tuple[Write, ...]:
    """The writes of a run at which it is killed; see the module."""
    last = len(listed) - 1
    return tuple(
        one
        for number, one in enumerate(listed)
        if number in (0, last)
        or not (listed[number - 1].place == one.place == listed[number + 1].place)
        or one.place == str(one)
    )


def struck(
    project: Path,
    log: Path,
    call_of: tuple[Any, ...],
    *,
    at: int = 0,
    survived: Collection[str] | None = None,
) -> tuple[tuple[Write, ...], Returned]:
    """Call a function in a process that is killed at a write.

    Args:
        project: the project directory.
        log: where the writes are told, outside of the project.
        call_of: the function's dotted name, then its arguments.
        at: number of the write; 0 kills at none.
        survived: places; the run is killed at the first write that is in none of them. None kills at none.

    Returns:
        Its writes; the last is the one at which it was killed, if it was. And how it ended.
    """
    log.unlink(missing_ok=True)
    ended = call(project, "tests.flows.killing.watched", project, log, at, survived, *call_of)
    told = [line.split("\t") for line in log.read_text().splitlines()]
    return tuple(Write(number, kind, path) for number, (kind, path) in enumerate(told, 1)), ended


def watched(project: Path, log: Path, at: int, survived: Collection[str] | None, function: str, *arguments: Any) -> Any:
    """In the process that is to be killed: watch, then call."""
    import importlib

    def dies(write: Write) -> bool:
        return write.number == at or (survived is not None and write.place not in survived)

    watch(project.resolve(), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), dies)
    module, _, name = function.rpartition(".")
    return getattr(importlib.import_module(module), name)(*arguments)


def watch(root: Path, log: int, dies: Callable[[Write], bool]) -> None:
    """Tell every write of this process from now on, and die at one of them.

    Args:
        root: the project directory.
        log: descriptor of the file in which they are told.
        dies: whether it dies at a write.
    """
    told = 0

    def tell(kind: str, path: str, begin: Callable[[], object] = lambda: None) -> None:
        nonlocal told
        if path.startswith(_CACHES) or "__pycache__" in path:
            return
        told += 1
        write = Write(told, kind, drawn_apart(path))
        os.write(log, f"{write.kind}\t{write.path}\n".encode())
        if dies(write):
            begin()
            os.kill(os.getpid(), signal.SIGKILL)

    _hear_files(root, tell)
    _hear_databases(root, tell)
    _hear_steps(tell)


def _hear_files(root: Path, tell: Callable[..., None]) -> None:
    dying = False

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal dying
        found = None if dying else _written(root, event, arguments)
        if found is None:
            return
        begin: Callable[[], object] = lambda: None  # noqa: E731
        if event == "open":
            begin = lambda: os.open(arguments[0], arguments[2] & ~os.O_EXCL, 0o600)  # noqa: E731
        dying = True  # What is done to die is no write of the run.
        tell(*found, begin)
        dying = False

    sys.addaudithook(hear)


def _written(root: Path, event: str, arguments: tuple[Any, ...]) -> tuple[str, str] | None:
    """Kind and path of the write that an audit event tells of; None where it tells of none."""
    kind = event.removeprefix("os.")
    if kind == "open":
        path, _, flags = arguments
        own = _inside(root, path) if not isinstance(path, int) and flags & _WRITING else None
    elif kind in ("rename", "link", "symlink"):
        ends = [_inside(root, end) for end in arguments[:2]]
        own = " -> ".join(map(str, ends)) if any(ends) else None
    elif kind in ("remove", "rmdir", "mkdir"):
        own = _inside(root, arguments[0], arguments[-1])
        # A directory that is there is not made, and a file that is gone is not removed.
        own = None if own is None or os.path.lexists(root / own) == (kind == "mkdir") else own
    else:
        own = None
    return (kind, own) if own else None


def _inside(root: Path, path: Any, directory: int = -1) -> str | None:
    """A path relative to the project; None where it is elsewhere. Trees are removed relative to a descriptor."""
    try:
        named = os.fsdecode(path)
    except TypeError:
        return None
    if directory >= 0:
        named = str(Path(f"/proc/self/fd/{directory}").readlink() / named)
    named = os.path.abspath(named)  # noqa: PTH100  a link is renamed and removed, not what it points at
    return named.removeprefix(f"{root}/") if named.startswith(f"{root}/") else None


def _hear_databases(root: Path, tell: Callable[..., None]) -> None:
    connect = sqlite3.connect

    def connected(database: Any, *arguments: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(database, *arguments, **named)
        own = _inside(root, str(database).removeprefix("file:").partition("?")[0])
        if own:
            connection.set_trace_callback(_heard(connection, own, tell))
        return connection

    # SQLAlchemy takes it by its second name.
    sqlite3.connect = sqlite3.dbapi2.connect = connected  # type: ignore[misc, assignment]


def _heard(connection: sqlite3.Connection, path: str, tell: Callable[..., None]) -> Callable[[str], None]:
    changed: list[str] = []

    def hear(statement: str) -> None:
        words = statement.upper().split()
        if words[0] in ("COMMIT", "END"):
            tell("commit", f"{path} ({', '.join(dict.fromkeys(changed))})")
            changed.clear()
        elif words[0] in ("INSERT", "UPDATE", "DELETE", "REPLACE"):
            changed.append(words[1 if words[0] == "UPDATE" else 2].strip('"').lower())
        elif words[0] in ("CREATE", "DROP", "ALTER") and not connection.in_transaction:
            tell("statement", f"{path} ({' '.join(words[:2]).lower()})")

    return hear


def _hear_steps(tell: Callable[..., None]) -> None:
    from tasks.report.progress import Progress

    step = Progress.step

    @contextmanager
    def told(progress: Progress, name: str) -> Iterator[Any]:
        with step(progress, name) as said:
            yield said
        tell("step", name)

    Progress.step = told  # type: ignore[method-assign, assignment]
