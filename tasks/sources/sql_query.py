"""SQLite and PostgreSQL under a query source, through SQLAlchemy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from tasks.evidence.frame import Frame
from tasks.project.database_url import Database, DatabaseUrl
from tasks.project.errors import ConfigurationError, CouldNotRun, DataUnfit
from tasks.sources.query_engine import (
    ColumnKind,
    Dialect,
    QueryColumn,
    Reading,
    day,
    inner,
    quoted,
    select,
    select_extent,
    without_values,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

#: Seconds to wait for a server that does not answer.
CONNECT_SECONDS = 10

#: PostgreSQL's fixed type numbers (pg_type.dat): what a query's columns hold, known without reading a row.
_POSTGRESQL_TYPES = {
    16: (ColumnKind.FLAG, "boolean"),
    20: (ColumnKind.WHOLE, "bigint"),
    21: (ColumnKind.WHOLE, "smallint"),
    23: (ColumnKind.WHOLE, "integer"),
    25: (ColumnKind.TEXT, "text"),
    700: (ColumnKind.NUMBER, "real"),
    701: (ColumnKind.NUMBER, "double precision"),
    1042: (ColumnKind.TEXT, "character"),
    1043: (ColumnKind.TEXT, "character varying"),
    1082: (ColumnKind.INSTANT, "date"),
    1114: (ColumnKind.INSTANT, "timestamp"),
    1184: (ColumnKind.INSTANT, "timestamp with time zone"),
    1700: (ColumnKind.NUMBER, "numeric"),
    2950: (ColumnKind.TEXT, "uuid"),
}

#: SQLite's storage classes that a column may mix, and what it then holds.
_SQLITE_KINDS = {
    frozenset[str](): ColumnKind.EMPTY,
    frozenset({"text"}): ColumnKind.TEXT,
    frozenset({"integer"}): ColumnKind.WHOLE,
    frozenset({"real"}): ColumnKind.NUMBER,
    frozenset({"integer", "real"}): ColumnKind.NUMBER,
}
_SQLITE_CLASSES = ("integer", "real", "text", "blob")


class SqliteDialect:
    """SQLite: instants are texts, and a column's type is what its values are."""

    def instant(self, column: QueryColumn) -> str:
        """See `query_engine.Dialect`. A number is no instant: SQLite would read it as a Julian day."""
        name = quoted(column.name)
        return f"CASE typeof({name}) WHEN 'text' THEN datetime({name}) END"

    def literal(self, moment: datetime) -> str:
        """See `query_engine.Dialect`."""
        return f"'{moment:%Y-%m-%d %H:%M:%S}'"

    def columns(self, connection: Connection, query: str) -> tuple[QueryColumn, ...]:
        """Names and kinds; the kinds by one pass over the values, for SQLite's expressions have no type."""
        names, _ = _described(connection, query)
        seen = ", ".join(f"max(typeof({quoted(name)}) = '{kind}')" for name in names for kind in _SQLITE_CLASSES)
        flags = iter(connection.exec_driver_sql(f"SELECT {seen} FROM {inner(query)}").one())  # noqa: S608
        columns = []
        for name in names:
            held = [kind for kind in _SQLITE_CLASSES if next(flags)]
            kind = _SQLITE_KINDS.get(frozenset(held), ColumnKind.OTHER)
            columns.append(QueryColumn(name, kind, " and ".join(held) or "null"))
        return tuple(columns)


class PostgresqlDialect:
    """PostgreSQL: every column has its type; the session's time zone is UTC."""

    def instant(self, column: QueryColumn) -> str:
        """See `query_engine.Dialect`. A timestamp is left as it is, so that its index serves."""
        name = quoted(column.name)
        return f"CAST({name} AS timestamptz)" if column.kind is ColumnKind.TEXT else name

    def literal(self, moment: datetime) -> str:
        """See `query_engine.Dialect`."""
        return f"TIMESTAMPTZ '{moment.isoformat(sep=' ')}'"

    def columns(self, connection: Connection, query: str) -> tuple[QueryColumn, ...]:
        """Names and kinds, from the description of an empty result."""
        names, numbers = _described(connection, query)
        return tuple(
            QueryColumn(name, *_POSTGRESQL_TYPES.get(number, (ColumnKind.OTHER, f"the type of oid {number}")))
            for name, number in zip(names, numbers, strict=True)
        )


class SqlQuery:
    """A query over a SQLite file or a PostgreSQL server; it reads and never writes."""

    def __init__(self, url: DatabaseUrl, query: str) -> None:
        """Bind a query; nothing is opened yet.

        Args:
            url: the database, SQLite or PostgreSQL.
            query: the user's SELECT.
        """
        self._url = url
        self._query = query
        self._dialect = SqliteDialect() if url.database is Database.SQLITE else PostgresqlDialect()

    def columns(self) -> tuple[QueryColumn, ...]:
        """See `query_engine.QueryEngine`."""
        with self._connection() as connection:
            return self._dialect.columns(connection, self._query)

    def extent(self, instant: QueryColumn) -> tuple[date, date] | None:
        """See `query_engine.QueryEngine`."""
        dialect: Dialect = self._dialect
        with self._connection() as connection:
            first, last = connection.exec_driver_sql(select_extent(self._query, instant, dialect)).one()
        return None if first is None else (day(first), day(last))

    def fetch(self, reading: Reading) -> Frame:
        """See `query_engine.QueryEngine`."""
        with self._connection() as connection:
            rows = connection.exec_driver_sql(select(self._query, reading, self._dialect)).fetchall()
        # As objects: pandas would make floats of whole numbers beside a null, and lose the long ones.
        values: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(reading.columns)
        series = [pd.Series(column, dtype=object) for column in values]
        return pd.DataFrame(dict(zip(reading.columns, series, strict=True)))

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        from sqlalchemy import exc

        engine = self._engine()
        try:
            # no_parameters: a % or a : of the user's query is the user's, and no placeholder.
            with engine.connect().execution_options(no_parameters=True) as connection:
                if self._url.database is Database.POSTGRESQL:
                    connection.exec_driver_sql("SET TRANSACTION READ ONLY")
                    connection.exec_driver_sql("SET TIME ZONE 'UTC'")
                yield connection
        except exc.DataError as error:
            # `from None`: the database's own message repeats the value, and a traceback would log it.
            raise DataUnfit(
                f"expected values that the source's query can read, but {self._url.shown} says: "
                f"{without_values(str(error.orig))}; mend the source, or the casts in the query"
            ) from None
        except exc.DBAPIError as error:
            raise self._not_run(error) from error
        finally:
            engine.dispose()

    def _not_run(self, error: Any) -> ConfigurationError | CouldNotRun:  # noqa: ANN401  an exc.DBAPIError, untyped here
        """Whose fault a failed statement is: the query's, or the database's."""
        said = str(error.orig).strip()
        # SQLite calls a misspelt column an operational error; once the file is open, that is the query's fault.
        misspelt = isinstance(error.orig, sqlite3.OperationalError) and any(
            sign in said for sign in ("no such", "syntax error", "ambiguous", "incomplete input", "misuse")
        )
        if misspelt or type(error).__name__ in {"ProgrammingError", "NotSupportedError", "InternalError"}:
            fault = f"source.query: expected a SELECT that runs, but {self._url.shown} says: {said}; correct it"
            return ConfigurationError("assay.toml", [fault])
        return CouldNotRun(
            f"expected to read {self._url.shown}, but: {said}; see that it runs and lets this user in, and run again"
        )

    def _engine(self) -> Engine:
        from sqlalchemy import create_engine, exc
        from sqlalchemy.pool import NullPool

        file = self._url.file
        try:
            if file is not None:
                # Read only: a plain connect would make an empty database of a misspelt name.
                uri = f"{file.resolve().as_uri()}?mode=ro"
                return create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=NullPool)
            return create_engine(self._url.full, connect_args={"connect_timeout": CONNECT_SECONDS}, poolclass=NullPool)
        except (exc.ArgumentError, ValueError):
            # The library's own message repeats the URL, password and all.
            fault = (
                "source.url: expected postgresql+psycopg://USER:${PASSWORD}@HOST:PORT/DATABASE, received another form"
            )
            raise ConfigurationError("assay.toml", [f"{fault}; correct it"]) from None


def _described(connection: Connection, query: str) -> tuple[list[str], list[Any]]:
    """Names of the query's columns, and the driver's codes of their types."""
    cursor = connection.exec_driver_sql(f"SELECT * FROM {inner(query)} LIMIT 0").cursor  # noqa: S608
    description = (cursor.description if cursor is not None else None) or ()
    return [column[0] for column in description], [column[1] for column in description]
