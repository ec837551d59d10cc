"""Where a ledger's rows are kept: what a ledger asks of a database, and the database in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tasks.project.errors import CouldNotRun, TamperedArtifact

#: How long an append waits for another one to commit, in seconds.
BUSY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Table:
    """A table to which rows are only ever added.

    Attributes:
        name: its name.
        number: its key, a whole number from 1.
        texts: its other columns, in order.
    """

    name: str
    number: str
    texts: tuple[str, ...]

    @property
    def columns(self) -> str:
        """All columns, as SQL lists them."""
        return ", ".join((self.number, *self.texts))

    def guards(self, *what: str) -> tuple[str, ...]:
        """Names of the triggers that refuse something ('changed', 'deleted')."""
        return tuple(f"{self.name}_are_never_{done}" for done in what)


ENTRIES = Table("entries", "sequence", ("entry", "previous", "hash"))
ROOTS = Table("roots", "size", ("root", "signature"))
#: A ledger from before there were roots has the first only.
TABLES = (ENTRIES, ROOTS)


class Session(Protocol):
    """An open connection to a ledger's rows."""

    def rows(self, table: Table) -> Sequence[tuple[Any, ...]]:
        """Every row in the order of its number; none where the table is missing."""

    def insert(self, table: Table, values: Sequence[object]) -> None:
        """Add a row: its number, then its texts."""

    def missing_guards(self) -> tuple[str, ...]:
        """Names of the guards that the existing tables should have and have not."""


class LedgerStore(Protocol):
    """A place for a ledger's rows."""

    @property
    def name(self) -> str:
        """What messages call it; no password."""

    def exists(self) -> bool:
        """False where surely nothing was ever written."""

    def reading(self) -> AbstractContextManager[Session]:
        """A connection to read with.

        Raises:
            CouldNotRun: the place cannot be reached or read.
            TamperedArtifact: what is there is no ledger.
        """

    def writing(self) -> AbstractContextManager[Session]:
        """The one connection that may write until it ends; the tables are made when they are missing.

        All of its rows are kept, or, after an error, none. It is entered before the tail is read, so that two writers
        never seal the same number.

        Raises:
            CouldNotRun: the place cannot be reached or written, or another writer does not end.
            TamperedArtifact: what is there is no ledger.
        """


class SqliteStore:
    """A ledger in one SQLite file."""

    def __init__(self, path: Path) -> None:
        """Name the file; the first writing makes it."""
        self._path = path

    @property
    def name(self) -> str:
        """The file."""
        return str(self._path)

    def exists(self) -> bool:
        """Whether the file is there."""
        return self._path.exists()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """See `LedgerStore.reading`."""
        with self._connection() as connection:
            # One transaction, so that entries and roots are of one moment: no writer commits between the two reads.
            connection.execute("BEGIN")
            try:
                yield _SqliteSession(connection)
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """See `LedgerStore.writing`."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as connection:
            # Immediate: the lock is taken before the tail is read.
            connection.execute("BEGIN IMMEDIATE")
            try:
                for statement in _SQLITE_SCHEMA:
                    connection.execute(statement)
                yield _SqliteSession(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = DELETE")
                # FULL, and the directory too: an entry that was told as recorded survives a power cut.
                connection.execute("PRAGMA synchronous = EXTRA")
                yield connection
        except sqlite3.OperationalError as error:
            raise CouldNotRun(
                f"expected to use the ledger {self.name}, but: {error}; "
                "let other runs end, or give the file back its rights, and run again"
            ) from error
        except sqlite3.DatabaseError as error:
            raise TamperedArtifact(
                f"expected a ledger in {self.name}, but: {error}; put back a copy that is whole"
            ) from error


class _SqliteSession:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, table: Table) -> Sequence[tuple[Any, ...]]:
        if not self._has(table):
            return ()
        order = f"SELECT {table.columns} FROM {table.name} ORDER BY {table.number}"  # noqa: S608  our own names
        return self._connection.execute(order).fetchall()

    def insert(self, table: Table, values: Sequence[object]) -> None:
        places = ", ".join("?" for _ in values)
        order = f"INSERT INTO {table.name} ({table.columns}) VALUES ({places})"  # noqa: S608  our own names
        self._connection.execute(order, tuple(values))

    def missing_guards(self) -> tuple[str, ...]:
        rows = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {name for (name,) in rows}
        expected = {name for table in TABLES if self._has(table) for name in table.guards("changed", "deleted")}
        return tuple(sorted(expected - present))

    def _has(self, table: Table) -> bool:
        order = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self._connection.execute(order, (table.name,)).fetchone() is not None


def _sqlite_table(table: Table) -> tuple[str, ...]:
    texts = ", ".join(f"{text} TEXT NOT NULL" for text in table.texts)
    refuse = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    changed, deleted = table.guards("changed", "deleted")
    return (
        f"CREATE TABLE IF NOT EXISTS {table.name} ({table.number} INTEGER PRIMARY KEY, {texts})",
        f"CREATE TRIGGER IF NOT EXISTS {changed} BEFORE UPDATE ON {table.name} {refuse}",
        f"CREATE TRIGGER IF NOT EXISTS {deleted} BEFORE DELETE ON {table.name} {refuse}",
    )


_SQLITE_SCHEMA = tuple(statement for table in TABLES for statement in _sqlite_table(table))
