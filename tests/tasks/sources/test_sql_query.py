"""What is SQLite's and PostgreSQL's own; that all sources agree is held in `test_query_source`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tasks.project.database_url import DatabaseUrl, read_url
from tasks.project.errors import ConfigurationError, CouldNotRun
from tasks.sources.query_engine import ColumnKind, QueryColumn, Reading
from tasks.sources.sql_query import SqlQuery
from tests.tasks.sources.examples import span


def _sqlite(root: Path, *statements: str) -> DatabaseUrl:
    connection = sqlite3.connect(root / "raw.db")
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return read_url("sqlite:///raw.db", root, {})


def test_sqlite_columns_hold_what_their_values_are(tmp_path: Path) -> None:
    """Whatever the table declares: SQLite does not hold anybody to it."""
    url = _sqlite(
        tmp_path,
        "CREATE TABLE t (whole TEXT, number, text INTEGER, none REAL, mixed, blob)",
        "INSERT INTO t VALUES (CAST(NULL AS TEXT), 1, 'a', NULL, 1, x'00'), (NULL, 1.5, NULL, NULL, 'b', NULL)",
    )
    query = SqlQuery(url, "SELECT 1 AS whole, number, text, none, mixed, blob FROM t")
    assert [(column.kind, column.declared) for column in query.columns()] == [
        (ColumnKind.WHOLE, "integer"),
        (ColumnKind.NUMBER, "integer and real"),
        (ColumnKind.TEXT, "text"),
        (ColumnKind.EMPTY, "null"),
        (ColumnKind.OTHER, "integer and text"),
        (ColumnKind.OTHER, "blob"),
    ]


def test_sqlite_numbers_are_no_instants(tmp_path: Path) -> None:
    """SQLite would read 2460310 as a Julian day; such rows are handed over to be reported."""
    url = _sqlite(
        tmp_path, "CREATE TABLE t (at)", "INSERT INTO t VALUES (2460310.5), ('2024-01-01 10:00'), ('2024-01-05')"
    )
    query = SqlQuery(url, "SELECT at FROM t")
    at = QueryColumn("at", ColumnKind.TEXT, "text")
    assert query.fetch(Reading(("at",), at, span(0)))["at"].tolist() == [2460310.5, "2024-01-01 10:00"]


def test_long_whole_numbers_beside_a_null_keep_their_digits(tmp_path: Path) -> None:
    url = _sqlite(
        tmp_path,
        "CREATE TABLE t (id, at)",
        "INSERT INTO t VALUES (4611686018427387905, '2024-01-01'), (NULL, '2024-01-01')",
    )
    at = QueryColumn("at", ColumnKind.TEXT, "text")
    ids = SqlQuery(url, "SELECT * FROM t").fetch(Reading(("id",), at, span(0)))["id"]
    assert ids.tolist() == [4611686018427387905, None]


def test_the_query_cannot_write(tmp_path: Path) -> None:
    url = _sqlite(tmp_path, "CREATE TABLE t (a)")
    with SqlQuery(url, "")._connection() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")


def test_a_file_that_is_no_database_could_not_run(tmp_path: Path) -> None:
    (tmp_path / "raw.db").write_text("no database at all, but long enough to be taken for one" * 20)
    with pytest.raises(CouldNotRun, match=r"raw\.db"):
        SqlQuery(read_url("sqlite:///raw.db", tmp_path, {}), "SELECT * FROM t").columns()


def test_a_url_of_another_form_is_a_fault_without_its_password() -> None:
    url = read_url("postgresql+psycopg://me:s3cret@host:port/db", Path("/"), {})
    with pytest.raises(ConfigurationError, match="received another form") as fault:
        SqlQuery(url, "SELECT 1").columns()
    assert "s3cret" not in str(fault.value)
    assert fault.value.__cause__ is None
