"""What is DuckDB's own; that all sources agree is held in `tests/tasks/sources/test_query_source.py`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tasks.adapters.duckdb_query import DuckdbQuery
from tasks.project.errors import AssayError, ConfigurationError, CouldNotRun, DataUnfit
from tasks.sources.query_engine import ColumnKind, QueryColumn, Reading
from tests.tasks.sources.examples import span

AT = QueryColumn("at", ColumnKind.INSTANT, "timestamp")


def _csv(root: Path, text: str, name: str = "raw.csv") -> Path:
    (root / name).write_text(text)
    return root


def test_kinds_of_columns(tmp_path: Path) -> None:
    query = """SELECT 1 AS a, 1::HUGEINT AS b, 1.5::DECIMAL(5, 2) AS c, 'x'::ENUM('x', 'y') AS d, true AS e,
        DATE '2024-01-01' AS f, TIMESTAMPTZ '2024-01-01' AS g, NULL AS h, [1] AS i, TIME '01:00' AS j, uuid() AS k
        FROM raw"""
    kinds = {c.name: c.kind for c in DuckdbQuery.over_files(_csv(tmp_path, "a\n1\n"), "csv", "*.csv", query).columns()}
    assert kinds == {
        "a": ColumnKind.WHOLE,
        "b": ColumnKind.WHOLE,
        "c": ColumnKind.NUMBER,
        "d": ColumnKind.TEXT,
        "e": ColumnKind.FLAG,
        "f": ColumnKind.INSTANT,
        "g": ColumnKind.INSTANT,
        "h": ColumnKind.EMPTY,
        "i": ColumnKind.OTHER,
        "j": ColumnKind.OTHER,
        "k": ColumnKind.TEXT,
    }


def test_types_of_a_csv_are_those_of_every_line(tmp_path: Path) -> None:
    """A text after thirty thousand numbers makes the column text; a guess from the first lines would break there."""
    lines = "\n".join(f"{i},2024-01-01" for i in range(30_000))
    root = _csv(tmp_path, f"code,at\n{lines}\nA7,2024-01-01\n")
    query = DuckdbQuery.over_files(root, "csv", "raw.csv", "SELECT * FROM raw")
    assert [column.kind for column in query.columns()] == [ColumnKind.TEXT, ColumnKind.INSTANT]


def test_an_empty_field_of_a_csv_is_null(tmp_path: Path) -> None:
    root = _csv(tmp_path, 'code,at\n,2024-01-01\n"",2024-01-01\nNA,2024-01-01\n')
    query = DuckdbQuery.over_files(root, "csv", "raw.csv", "SELECT * FROM raw")
    assert query.fetch(Reading(("code",), AT, span(0)))["code"].tolist() == [None, None, "NA"]


def test_files_of_a_glob_are_joined_by_name(tmp_path: Path) -> None:
    """A column that a newer file adds is null in the older one."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    at = pd.to_datetime(["2024-01-01"]).astype("datetime64[us]")
    pd.DataFrame({"at": at, "a": [1]}).to_parquet(tmp_path / "deep" / "old.parquet")
    pd.DataFrame({"b": ["x"], "a": [2], "at": at}).to_parquet(tmp_path / "deep" / "er" / "new.parquet")
    query = DuckdbQuery.over_files(tmp_path, "parquet", "deep/**/*.parquet", "SELECT * FROM raw ORDER BY a")
    assert query.fetch(Reading(("a", "b"), AT, span(0))).to_numpy().tolist() == [[1, None], [2, "x"]]


def test_paths_with_quotes_and_brackets_are_paths(tmp_path: Path) -> None:
    root = tmp_path / "it's [here]"
    root.mkdir()
    query = DuckdbQuery.over_files(_csv(root, "a\n1\n"), "csv", "*.csv", "SELECT * FROM raw")
    assert [column.name for column in query.columns()] == ["a"]


@pytest.mark.parametrize("path", ["never.parquet", "never/*.parquet", "/never/*.parquet", ".", ""])
def test_no_file_is_a_fault_that_names_the_place(tmp_path: Path, path: str) -> None:
    with pytest.raises(ConfigurationError, match=r"source\.path: expected at least one file at .*, found none"):
        DuckdbQuery.over_files(tmp_path, "parquet", path, "SELECT * FROM raw")


def test_a_missing_database_is_a_fault_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"source\.url: expected a DuckDB file"):
        DuckdbQuery.over_database(tmp_path, tmp_path / "never.duckdb", "SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_could_not_run(tmp_path: Path) -> None:
    (tmp_path / "raw.duckdb").write_text("no database")
    with pytest.raises(CouldNotRun, match=r"raw\.duckdb"):
        DuckdbQuery.over_database(tmp_path, tmp_path / "raw.duckdb", "SELECT 1").columns()


def test_a_file_that_is_no_parquet_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "raw.parquet").write_text("no Parquet at all")
    with pytest.raises((DataUnfit, CouldNotRun), match=r"raw\.parquet|values that the source"):
        DuckdbQuery.over_files(tmp_path, "parquet", "raw.parquet", "SELECT * FROM raw").columns()


def test_nothing_is_fetched_from_a_network(tmp_path: Path) -> None:
    """An extension that DuckDB lacks is a fault; it is not downloaded."""
    root = _csv(tmp_path, "a\n1\n")
    query = DuckdbQuery.over_files(root, "csv", "raw.csv", "SELECT * FROM read_parquet('https://example.invalid/x')")
    with pytest.raises((ConfigurationError, CouldNotRun)):
        query.columns()


def test_the_database_is_only_read(tmp_path: Path) -> None:
    import duckdb

    with duckdb.connect(str(tmp_path / "raw.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
    query = DuckdbQuery.over_database(tmp_path, tmp_path / "raw.duckdb", "SELECT * FROM t")
    with pytest.raises(AssayError, match="read-only"), query._session() as session:
        session.execute("INSERT INTO t VALUES (2)")
    assert query.columns()[0].name == "a"


def test_a_value_that_cannot_be_cast_is_unfit_and_not_shown(tmp_path: Path) -> None:
    root = _csv(tmp_path, "name,at\nJane,2024-01-01\n")
    query = DuckdbQuery.over_files(root, "csv", "raw.csv", 'SELECT CAST(name AS INT) AS a, "at" FROM raw')
    with pytest.raises(DataUnfit, match="TRY_CAST") as fault:
        query.fetch(Reading(("a",), AT, span(0)))
    assert "Jane" not in str(fault.value)
    assert fault.value.__cause__ is None
