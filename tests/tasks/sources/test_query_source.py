"""One raw table, read from every kind of source: each must give the same delivery."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tasks.adapters.duckdb_query import DuckdbQuery
from tasks.project.calendar import Span
from tasks.project.database_url import read_url
from tasks.project.errors import ConfigurationError, CouldNotRun, DataUnfit
from tasks.project.settings import ColumnsSection
from tasks.sources.delivery import Delivery
from tasks.sources.query_engine import QueryEngine
from tasks.sources.query_source import QuerySource
from tasks.sources.sql_query import SqlQuery

COLUMNS = ColumnsSection(
    row_key="id",
    entities=("person", "id"),
    event_timestamp="happened",
    arrived_timestamp="came",
    label="bad",
    outcome_timestamp="known",
    protected=("sex", "age"),
    context=("why",),
)
QUERY = "SELECT id, person, happened, came, bad, known, sex, age, why, income, own, job FROM {table} -- all of it;\n;"


def _times(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts), format="ISO8601")).astype("datetime64[us]")


#: Out of order of time on purpose; with an arrival after the event, an unknown label, and nulls.
RAW = pd.DataFrame(
    {
        "id": [3, 1, 2, 4, 5],
        "person": ["c", "a", "b", "d", "e"],
        "happened": _times(
            "2024-01-02 23:59:59.999999", "2024-01-01", "2024-01-01 12:00", "2024-01-03", "2024-01-01 12:00"
        ),
        "came": _times(
            "2024-01-02 23:59:59.999999", "2024-01-01", "2024-01-01 12:00", "2024-01-03", "2024-01-03 08:00"
        ),
        "bad": pd.array([1, 0, None, 1, 0], dtype="Int64"),
        "known": _times("2024-02-02", "2024-02-01", None, "2024-02-02 23:59:59.999999", "2024-02-03"),
        "sex": ["F", None, "M", "F", "M"],
        "age": pd.array([30, None, 40, 50, 60], dtype="Int64"),
        "why": [0.5, 1.0, None, 0.25, 1.0],
        "income": pd.array([10, 20, None, 40, 50], dtype="Int64"),
        "own": pd.array([1, 0, 0, None, 1], dtype="Int64"),
        "job": ["clerk", "cook", None, "clerk", "50% :x ''"],
    }
)


@dataclass(frozen=True)
class Opened:
    """A kind of source: opens a table under a query in which `{table}` stands for it."""

    put: Callable[[pd.DataFrame], None]
    open: Callable[[str], QueryEngine]
    has_dates: bool = True


def _as_text(raw: pd.DataFrame) -> pd.DataFrame:
    """Timestamps as the texts that a file or SQLite holds."""
    dates = {name: raw[name].astype(str).where(raw[name].notna(), None) for name in raw if raw[name].dtype.kind == "M"}
    return raw.assign(**dates)


def _files(root: Path, kind: str) -> Opened:
    def put(raw: pd.DataFrame) -> None:
        for number, part in enumerate((raw.iloc[:2], raw.iloc[2:])):
            if kind == "csv":
                part.to_csv(root / f"part{number}.csv", index=False)
            else:
                part.to_parquet(root / f"part{number}.parquet")

    def engine(query: str) -> QueryEngine:
        return DuckdbQuery.over_files(root, kind, f"part*.{kind}", query.format(table="raw"))  # type: ignore[arg-type]

    return Opened(put, engine)


def _duckdb(root: Path) -> Opened:
    def put(raw: pd.DataFrame) -> None:
        import duckdb

        with duckdb.connect(str(root / "raw.duckdb")) as connection:
            connection.register("frame", raw)
            connection.execute("CREATE OR REPLACE TABLE credits AS SELECT * FROM frame")

    return Opened(put, lambda q: DuckdbQuery.over_database(root, root / "raw.duckdb", q.format(table="credits")))


def _sqlite(root: Path) -> Opened:
    def put(raw: pd.DataFrame) -> None:
        with sqlite3.connect(root / "raw.db") as connection:
            _as_text(raw).to_sql("credits", connection, index=False, if_exists="replace")
        connection.close()

    def engine(query: str) -> QueryEngine:
        return SqlQuery(read_url("sqlite:///raw.db", root, {}), query.format(table="credits"))

    return Opened(put, engine, has_dates=False)


def _postgresql(url: str) -> Opened:
    def put(raw: pd.DataFrame) -> None:
        from sqlalchemy import create_engine

        engine = create_engine(url)
        raw.to_sql("credits", engine, index=False, if_exists="replace")
        engine.dispose()

    def opened(query: str) -> QueryEngine:
        return SqlQuery(read_url(url, Path("/"), {}), query.format(table="credits"))

    return Opened(put, opened)


@pytest.fixture(params=["parquet", "csv", "duckdb", "sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    match request.param:
        case "duckdb":
            return _duckdb(tmp_path)
        case "sqlite":
            return _sqlite(tmp_path)
        case "postgresql":
            return _postgresql(request.getfixturevalue("postgresql"))
        case kind:
            return _files(tmp_path, kind)


def _source(opened: Opened, raw: pd.DataFrame = RAW, query: str = QUERY, inputs: tuple[str, ...] = ()) -> QuerySource:
    opened.put(raw)
    return QuerySource(opened.open(query), COLUMNS, inputs)


def _utc(*texts: str) -> pd.Series:
    return _times(*texts).dt.tz_localize("UTC")


def test_every_kind_gives_the_same_rows(opened: Opened) -> None:
    """In order of event and key, by arrival, to the microsecond; the row of the third day is left for its night."""
    rows = _source(opened).deliver(Span(date(2024, 1, 1), date(2024, 1, 2))).table("rows")
    expected = pd.DataFrame(
        {
            "row_key": ["1", "2", "3"],
            "person": ["a", "b", "c"],
            "id": pd.array([1, 2, 3], dtype="int64"),
            "event_timestamp": _utc("2024-01-01", "2024-01-01 12:00", "2024-01-02 23:59:59.999999"),
            "arrived_timestamp": _utc("2024-01-01", "2024-01-01 12:00", "2024-01-02 23:59:59.999999"),
            "sex": [None, "M", "F"],
            "age": [None, "40", "30"],
            "why": [1.0, None, 0.5],
        }
    ).astype({"why": "float64"})
    pd.testing.assert_frame_equal(rows[expected.columns], expected)
    assert set(rows.columns) == set(expected.columns)


def test_every_kind_gives_the_same_labels(opened: Opened) -> None:
    """By outcome time, not by arrival; an unknown label is no label."""
    labels = _source(opened).deliver(Span(date(2024, 2, 1), date(2024, 2, 2))).table("labels")
    expected = pd.DataFrame(
        {
            "row_key": ["1", "3", "4"],
            "label": pd.array([0, 1, 1], dtype="int8").to_numpy(),
            "outcome_timestamp": _utc("2024-02-01", "2024-02-02", "2024-02-02 23:59:59.999999"),
        }
    )
    pd.testing.assert_frame_equal(labels, expected)


def test_every_kind_gives_the_same_features(opened: Opened) -> None:
    """A late row's features are those of its event; a protected input is a feature as well."""
    delivered = _source(opened, inputs=("sex",)).deliver(Span(date(2024, 1, 3), date(2024, 1, 3)))
    expected = pd.DataFrame(
        {
            "person": ["e", "d"],
            "id": pd.array([5, 4], dtype="int64"),
            "event_timestamp": _utc("2024-01-01 12:00", "2024-01-03"),
            "created_timestamp": _utc("2024-01-01 12:00", "2024-01-03"),
            "sex": ["M", "F"],
            "income": [50.0, 40.0],
            "own": [1.0, None],
            "job": ["50% :x ''", "clerk"],
        }
    )
    pd.testing.assert_frame_equal(delivered.table("features"), expected)


def test_first_and_last_day_are_of_arrival(opened: Opened) -> None:
    source = _source(opened)
    assert (source.first(), source.last()) == (date(2024, 1, 1), date(2024, 1, 3))


def test_an_empty_span_has_every_column_and_dtype(opened: Opened) -> None:
    source = _source(opened)
    empty = source.deliver(Span(date(2023, 1, 1), date(2023, 1, 1)))
    full = source.deliver(Span(date(2024, 1, 1), date(2024, 2, 2)))
    assert [table.name for table in empty.tables] == ["rows", "labels", "features"]
    for table in empty.tables:
        assert len(table.frame) == 0
        pd.testing.assert_series_equal(table.frame.dtypes, full.table(table.name).dtypes)


def test_a_span_is_its_days_together(opened: Opened) -> None:
    """Nothing falls between two nights, whatever the fraction of a second."""
    source = _source(opened)
    days = [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)]
    whole = source.deliver(Span(days[0], days[-1])).table("rows")
    apart = [source.deliver(Span(day, day)).table("rows") for day in days]
    together = pd.concat(apart, ignore_index=True).sort_values(["event_timestamp", "row_key"], ignore_index=True)
    pd.testing.assert_frame_equal(whole, together)


def test_no_row_at_all_has_no_days(opened: Opened) -> None:
    with pytest.raises(DataUnfit, match="'came', received none"):
        _source(opened, query="SELECT * FROM {table} WHERE person = 'nobody'").first()


def test_a_row_that_never_arrived_is_a_fault_and_not_lost(opened: Opened) -> None:
    raw = RAW.assign(came=RAW["came"].where(RAW["id"] != 2))
    with pytest.raises(DataUnfit, match=r"'came': expected a timestamp in every row, received none .* in 1 rows"):
        _source(opened, raw).deliver(Span(date(2023, 1, 1), date(2023, 1, 1)))


def test_a_label_without_an_outcome_time_is_a_fault_and_not_lost(opened: Opened) -> None:
    with pytest.raises(DataUnfit, match="'known': expected a timestamp where the label is known in every row"):
        _source(opened, RAW.assign(known=RAW["known"].where(RAW["id"] != 1))).deliver(
            Span(date(2023, 1, 1), date(2023, 1, 1))
        )


def test_faults_of_the_data_are_told_together(opened: Opened) -> None:
    raw = RAW.assign(bad=pd.array([2, 0, None, 1, 0], dtype="Int64"), id=pd.array([None, 1, 2, 4, 5], dtype="Int64"))
    with pytest.raises(DataUnfit) as fault:
        _source(opened, raw).deliver(Span(date(2024, 1, 1), date(2024, 2, 28)))
    told = str(fault.value)
    assert "label 'bad': expected 0, 1 or null, received something else in 1 rows" in told
    assert "'id': expected a row key in every row, received none that can be read in 1 rows" in told
    assert "expected a join key" not in told  # the same column, the same fault


def test_missing_columns_are_named_at_once_with_what_is_there(opened: Opened) -> None:
    with pytest.raises(DataUnfit) as fault:
        _source(opened, query="SELECT id, person, happened, came, bad, why, income FROM {table}").deliver(
            Span(date(2024, 1, 1), date(2024, 1, 1))
        )
    assert "outcome_timestamp 'known', protected 'sex', protected 'age'" in str(fault.value)
    assert "received id, person, happened, came, bad, why, income" in str(fault.value)


def test_a_query_that_does_not_run_is_a_fault_of_the_configuration(opened: Opened) -> None:
    for query in ("SELECT nocolumn FROM {table}", "SELEC 1", "SELECT 1; DROP TABLE {table}", "DROP TABLE {table}"):
        with pytest.raises(ConfigurationError, match=r"source\.query: expected a SELECT that runs"):
            _source(opened, query=query).first()


def test_infinite_numbers_are_a_fault(tmp_path: Path) -> None:
    opened = _files(tmp_path, "parquet")
    with pytest.raises(DataUnfit, match="'income': expected finite numbers or null, received infinity in 1 rows"):
        _source(opened, RAW.assign(income=[float("inf"), 1.0, 2.0, 3.0, 4.0])).deliver(
            Span(date(2024, 1, 1), date(2024, 1, 3))
        )


def test_a_date_is_no_feature_until_it_is_cast(opened: Opened) -> None:
    query = QUERY.replace("income", "CAST('2024-01-01' AS date) AS income")
    if not opened.has_dates:
        pytest.skip("SQLite has no dates: a date is text or a number there")
    with pytest.raises(DataUnfit, match=r"feature 'income': expected .*numbers.*, received date.*cast it to a number"):
        _source(opened, query=query).deliver(Span(date(2024, 1, 1), date(2024, 1, 1)))


def test_text_timestamps_with_and_without_zone(opened: Opened) -> None:
    """ISO 8601 text is read wherever it stands; without a zone it is UTC."""
    raw = RAW.assign(
        happened=[
            "2024-01-02T23:59:59.999999Z",
            "2024-01-01",
            "2024-01-01 12:00",
            "2024-01-03T02:00:00+02:00",
            "2024-01-01",
        ]
    )
    rows = _source(opened, raw.assign(came=raw["happened"])).deliver(Span(date(2024, 1, 3), date(2024, 1, 3)))
    assert rows.table("rows")["row_key"].tolist() == ["4"]
    assert rows.table("rows")["event_timestamp"].tolist() == [pd.Timestamp("2024-01-03", tz="UTC")]


def test_an_unreadable_timestamp_is_a_fault_without_the_value(opened: Opened) -> None:
    raw = RAW.assign(came=["2024-01-02", "2024-01-01", "the day after", "2024-01-03", "2024-01-01"])
    with pytest.raises(DataUnfit) as fault:
        _source(opened, raw).deliver(Span(date(2024, 1, 1), date(2024, 1, 1)))
    assert "the day after" not in str(fault.value)
    assert fault.value.__cause__ is None


def test_no_arrival_and_no_outcome_time_mean_at_the_event(opened: Opened) -> None:
    opened.put(RAW)
    columns = COLUMNS.model_copy(update={"arrived_timestamp": "", "outcome_timestamp": ""})
    query = QUERY.replace(" came,", "").replace(" known,", "")
    delivered = QuerySource(opened.open(query), columns).deliver(Span(date(2024, 1, 1), date(2024, 1, 1)))
    assert delivered.table("rows")["row_key"].tolist() == ["1", "2", "5"]
    assert delivered.table("labels")["row_key"].tolist() == ["1", "5"]
    assert delivered.table("labels")["outcome_timestamp"].tolist() == [
        pd.Timestamp("2024-01-01", tz="UTC"),
        pd.Timestamp("2024-01-01 12:00", tz="UTC"),
    ]


def test_an_unreachable_server_could_not_run() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = read_url(f"postgresql+psycopg://me:s3cret@127.0.0.1:{port}/db", Path("/"), {})
    with pytest.raises(CouldNotRun, match=f"postgresql://127.0.0.1:{port}/db") as fault:
        QuerySource(SqlQuery(url, "SELECT 1"), COLUMNS).first()
    assert "s3cret" not in str(fault.value)


def test_the_delivery_repeats(opened: Opened) -> None:
    source = _source(opened)

    def once() -> Delivery:
        return source.deliver(Span(date(2024, 1, 1), date(2024, 2, 28)))

    for left, right in zip(once().tables, once().tables, strict=True):
        pd.testing.assert_frame_equal(left.frame, right.frame)
