"""A ledger in a PostgreSQL database: for projects that run on more than one machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tasks.governance.ledger_store import BUSY_SECONDS, TABLES, Session, Table
from tasks.project.database_url import DatabaseUrl
from tasks.project.errors import CouldNotRun, TamperedArtifact
from tasks.project.secrets import redacted

if TYPE_CHECKING:
    from psycopg import Connection

#: Number of the lock that a writer holds: any, as long as it is always the same and nobody else's.
_LOCK = 0x41737361790001

_CONNECT_SECONDS = 10

#: What is refused, by the word in the guard's name.
_REFUSED = {"changed": "UPDATE", "deleted": "DELETE", "emptied": "TRUNCATE"}


class PostgresqlStore:
    """A ledger in a database of its own.

    Writers wait for each other at an advisory lock of the database, which the server frees when a writer's connection
    ends, however it ends. The tables and their guards are made by the first writer that may; from then on a role that
    may only SELECT and INSERT is enough, and the better choice: who owns the tables could take the guards away.
    """

    def __init__(self, url: DatabaseUrl) -> None:
        """Name the database; nothing is connected yet."""
        self._url = url

    @property
    def name(self) -> str:
        """The database, without user and password."""
        return self._url.shown

    def exists(self) -> bool:
        """True: whether the database has a ledger is seen when it is read."""
        return True

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """See `LedgerStore.reading`; all that is read is of one moment."""
        with self._connection() as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield _PostgresqlSession(connection)
            connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """See `LedgerStore.writing`."""
        with self._connection() as connection:
            connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            # An entry that was told as recorded survives a power cut, whatever the server's own default.
            connection.execute("SET LOCAL synchronous_commit = on")
            connection.execute(f"SET LOCAL lock_timeout = '{BUSY_SECONDS:.0f}s'")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            session = _PostgresqlSession(connection)
            session.make()
            # An error ends the connection, and the server takes back what was not committed.
            yield session
            connection.execute("COMMIT")

    @contextmanager
    def _connection(self) -> Iterator[Connection[tuple[Any, ...]]]:
        import psycopg

        plain = self._url.full.replace("postgresql+psycopg://", "postgresql://", 1)
        try:
            with psycopg.connect(plain, connect_timeout=_CONNECT_SECONDS, client_encoding="utf8") as connection:
                connection.autocommit = True
                yield connection
        except psycopg.ProgrammingError as error:
            raise TamperedArtifact(
                f"expected a ledger in {self.name}, but: {_said(error)}; put back a copy that is whole, or give the "
                "user the rights to SELECT and INSERT"
            ) from error
        except psycopg.Error as error:
            raise CouldNotRun(
                f"expected to use the ledger {self.name}, but: {_said(error)}; see that the server runs and that "
                "[ledger] url of assay.toml is right, let other runs end, and run again"
            ) from error


class _PostgresqlSession:
    def __init__(self, connection: Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    def make(self) -> None:
        """Make what is missing; a role that may not make anything is refused only where something is."""
        refuse = "BEGIN RAISE EXCEPTION 'the ledger is append-only'; END"
        for table in TABLES:
            if self._has(table):
                continue
            texts = ", ".join(f"{text} TEXT NOT NULL" for text in table.texts)
            self._order(f"CREATE TABLE {table.name} ({table.number} BIGINT PRIMARY KEY, {texts})")
            function = f"{table.name}_are_append_only"
            self._order(f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $${refuse}$$")
            for guard, how in zip(table.guards(*_REFUSED), _REFUSED.values(), strict=True):
                self._order(
                    f"CREATE TRIGGER {guard} BEFORE {how} ON {table.name} FOR EACH STATEMENT EXECUTE FUNCTION "
                    f"{function}()"
                )

    def rows(self, table: Table) -> Sequence[tuple[Any, ...]]:
        if not self._has(table):
            return ()
        return list(self._order(f"SELECT {table.columns} FROM {table.name} ORDER BY {table.number}"))  # noqa: S608

    def insert(self, table: Table, values: Sequence[object]) -> None:
        places = ", ".join("%s" for _ in values)
        self._order(f"INSERT INTO {table.name} ({table.columns}) VALUES ({places})", values)  # noqa: S608

    def missing_guards(self) -> tuple[str, ...]:
        present = {
            name
            for table in TABLES
            if self._has(table)
            for (name,) in self._order(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgenabled <> 'D'", (table.name,)
            )
        }
        expected = {name for table in TABLES if self._has(table) for name in table.guards(*_REFUSED)}
        return tuple(sorted(expected - present))

    def _has(self, table: Table) -> bool:
        found = self._order("SELECT to_regclass(%s) IS NOT NULL", (table.name,)).fetchone()
        return bool(found and found[0])

    def _order(self, statement: str, values: Sequence[object] = ()) -> Any:  # noqa: ANN401  psycopg's cursor
        # Statements are put together from our own names only; values go beside them.
        return self._connection.execute(statement.encode(), values)


def _said(error: Exception) -> str:
    return redacted(str(error) or type(error).__name__).splitlines()[0]
