"""DuckDB under a query source: Parquet and CSV files as the relation `raw`, and DuckDB database files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from glob import glob
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from tasks.evidence.frame import Frame
from tasks.project.errors import ConfigurationError, CouldNotRun, DataUnfit
from tasks.project.paths import Paths
from tasks.sources.query_engine import (
    ColumnKind,
    QueryColumn,
    Reading,
    day,
    inner,
    quoted,
    select,
    select_extent,
    without_values,
)

_KINDS = (
    (pa.types.is_boolean, ColumnKind.FLAG),
    (pa.types.is_integer, ColumnKind.WHOLE),
    (pa.types.is_floating, ColumnKind.NUMBER),
    (pa.types.is_string, ColumnKind.TEXT),
    (pa.types.is_large_string, ColumnKind.TEXT),
    (pa.types.is_timestamp, ColumnKind.INSTANT),
    (pa.types.is_date, ColumnKind.INSTANT),
    (pa.types.is_null, ColumnKind.EMPTY),
)


class DuckdbQuery:
    """A query over Parquet files, CSV files or a DuckDB database; read only, and nothing is ever downloaded."""

    def __init__(self, root: Path, query: str, raw: str = "", database: Path | None = None) -> None:
        """Bind a query; `over_files` and `over_database` make one.

        Args:
            root: the project directory; relative paths inside the query start there.
            query: the user's SELECT.
            raw: expression of the relation `raw`; empty for none.
            database: a DuckDB file; None for one in memory.
        """
        self._root = root
        self._query = query
        self._raw = raw
        self._database = database

    @classmethod
    def over_files(cls, root: Path, kind: Literal["parquet", "csv"], path: str, query: str) -> DuckdbQuery:
        """A query over files.

        Args:
            root: the project directory.
            kind: what the files are.
            path: file or glob, relative to `root` or absolute.
            query: SELECT over `raw`.

        Raises:
            ConfigurationError: no file is there.
        """
        # glob and not Path.glob: that refuses absolute patterns, and reads a * in the project's own path as a pattern.
        found = glob(path, root_dir=root, recursive=True)  # noqa: PTH207
        files = sorted(root / name for name in found if (root / name).is_file())
        if not files:
            fault = (
                f"source.path: expected at least one file at {root / path}, found none; correct the path, "
                "which starts at the project directory and may hold * and **"
            )
            raise ConfigurationError("assay.toml", [fault])
        names = ", ".join(_text(str(file)) for file in files)
        # Types are guessed from every line, not from the first ones: a guess that later lines break is no schema.
        options = ", sample_size = -1, nullstr = ''" if kind == "csv" else ""
        return cls(root, query, raw=f"read_{kind}([{names}], union_by_name = true{options})")

    @classmethod
    def over_database(cls, root: Path, database: Path, query: str) -> DuckdbQuery:
        """A query over the tables of a DuckDB file.

        Raises:
            ConfigurationError: the file is missing.
        """
        if not database.is_file():
            fault = f"source.url: expected a DuckDB file at {database}, found none; correct the path"
            raise ConfigurationError("assay.toml", [fault])
        return cls(root, query, database=database)

    def instant(self, column: QueryColumn) -> str:
        """See `query_engine.Dialect`. The session's time zone is UTC, so a time without zone is read as UTC."""
        cast = "TRY_CAST" if column.kind is ColumnKind.TEXT else "CAST"
        return f"{cast}({quoted(column.name)} AS TIMESTAMPTZ)"

    def literal(self, moment: datetime) -> str:
        """See `query_engine.Dialect`."""
        return f"TIMESTAMPTZ '{moment.isoformat(sep=' ')}'"

    def columns(self) -> tuple[QueryColumn, ...]:
        """See `query_engine.QueryEngine`."""
        with self._session() as session:
            schema = session.sql(f"SELECT * FROM {inner(self._query)} LIMIT 0").to_arrow_table().schema  # noqa: S608
        return tuple(QueryColumn(field.name, _kind(field.type), str(field.type)) for field in schema)

    def extent(self, instant: QueryColumn) -> tuple[date, date] | None:
        """See `query_engine.QueryEngine`."""
        with self._session() as session:
            first, last = session.execute(select_extent(self._query, instant, self)).fetchone()
        return None if first is None else (day(first), day(last))

    def fetch(self, reading: Reading) -> Frame:
        """See `query_engine.QueryEngine`."""
        with self._session() as session:
            table = session.sql(select(self._query, reading, self)).to_arrow_table()
        plain = [c.cast(c.type.value_type) if pa.types.is_dictionary(c.type) else c for c in table.columns]
        table = pa.table(plain, names=table.column_names)
        return table.to_pandas(integer_object_nulls=True, date_as_object=False)

    @contextmanager
    def _session(self) -> Iterator[Any]:
        import duckdb

        try:
            session = duckdb.connect(
                str(self._database) if self._database else ":memory:",
                read_only=self._database is not None,
                config={
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                    "allow_persistent_secrets": "false",
                    "temp_directory": str(Paths(self._root).cache / "duckdb"),
                },
            )
        except duckdb.Error as error:
            raise CouldNotRun(
                f"expected to open {self._database or 'DuckDB'} to read it, but: {error}; "
                "end the program that has it open for writing, and run again"
            ) from error
        try:
            session.execute("SET TimeZone = 'UTC'")
            session.execute(f"SET file_search_path = {_text(str(self._root))}")
            if self._raw:
                session.execute(f"CREATE TEMP VIEW raw AS SELECT * FROM {self._raw}")  # noqa: S608
            yield session
        except (duckdb.DataError, duckdb.InvalidInputException) as error:
            # `from None`: the database's own message repeats the value, and a traceback would log it.
            raise DataUnfit(
                f"expected values that the source's query can read, but: {without_values(str(error))}; "
                "mend the source, or use TRY_CAST or a CASE in the query"
            ) from None
        except duckdb.ProgrammingError as error:
            fault = f"source.query: expected a SELECT that runs, but DuckDB says: {error}; correct it"
            raise ConfigurationError("assay.toml", [fault]) from error
        except duckdb.Error as error:
            raise CouldNotRun(
                f"expected DuckDB to read the source, but: {error}; make the files readable, and run again"
            ) from error
        finally:
            session.close()


def _kind(arrow: pa.DataType) -> ColumnKind:
    if pa.types.is_dictionary(arrow):
        return _kind(arrow.value_type)
    if pa.types.is_decimal(arrow):
        return ColumnKind.WHOLE if arrow.scale == 0 else ColumnKind.NUMBER
    return next((kind for holds, kind in _KINDS if holds(arrow)), ColumnKind.OTHER)


def _text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"
