"""Parquet files as one table: what is read, and what is refused."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.adapters.asof_join import MISSING
from tasks.adapters.feature_files import FeatureFiles, microseconds
from tests.tasks.adapters.feast_project import instants


def _write(path: Path, **columns: list) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def test_reads_only_finished_parquet_files_in_order_of_name(tmp_path: Path) -> None:
    """A file under a temporary name may be half written; a directory of a night is looked into."""
    _write(tmp_path / "night=2" / "part.parquet", x=[3])
    _write(tmp_path / "night=1" / "part.parquet", x=[1, 2])
    _write(tmp_path / "night=1" / ".part.parquet", x=[99])
    _write(tmp_path / "_pending.parquet", x=[99])
    (tmp_path / "notes.txt").write_text("no")
    table = FeatureFiles.at(tmp_path).read({"y": "x"}, None)
    assert table.to_pydict() == {"y": [1, 2, 3]}


def test_files_of_one_table_may_differ_where_no_value_is_lost(tmp_path: Path) -> None:
    """A night without any value writes a column of nulls or integers; categories are plain strings when read."""
    _write(tmp_path / "1.parquet", x=pa.nulls(1), c=pa.array(["a"]))
    _write(tmp_path / "2.parquet", x=[1], c=pa.array(["b"]))
    _write(tmp_path / "3.parquet", x=[0.5], c=pa.array(["c"]))
    assert FeatureFiles.at(tmp_path).read({"x": "x", "c": "c"}, None).to_pydict() == {
        "x": [None, 1.0, 0.5],
        "c": ["a", "b", "c"],
    }
    pq.write_table(pa.table({"c": pa.array(["d", "d"]).dictionary_encode()}), tmp_path / "categories.parquet")
    assert FeatureFiles.at(tmp_path / "categories.parquet").read({"c": "c"}, None)["c"].type == pa.string()


@pytest.mark.parametrize("place", ["nowhere", "empty"])
def test_no_file_is_an_error_and_not_an_empty_table(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="expected Parquet files at .*ingest"):
        FeatureFiles.at(tmp_path / place)


def test_files_that_disagree_are_refused(tmp_path: Path) -> None:
    _write(tmp_path / "1.parquet", x=["a"])
    _write(tmp_path / "2.parquet", x=[1])
    with pytest.raises(ValueError, match="expected Parquet files of one form"):
        FeatureFiles.at(tmp_path)


def test_a_missing_column_and_a_column_that_is_no_time_are_named(tmp_path: Path) -> None:
    _write(tmp_path / "x.parquet", x=[1])
    files = FeatureFiles.at(tmp_path / "x.parquet")
    with pytest.raises(ValueError, match="expected a column 'score' .* has \\['x'\\]"):
        files.read({"score": "score"}, None)
    with pytest.raises(ValueError, match="expected timestamps in 'x' .* found int64"):
        files.between("x", None, 1)


def test_between_includes_both_ends_and_leaves_out_nulls(tmp_path: Path) -> None:
    pd.DataFrame({"at": instants([0, 1, 2, 3, None])}).to_parquet(tmp_path / "x.parquet")
    files = FeatureFiles.at(tmp_path / "x.parquet")
    low, high = instants([1, 2]).astype("int64")
    assert len(files.read({"at": "at"}, files.between("at", low, high))) == 2
    assert len(files.read({"at": "at"}, files.between("at", None, None))) == 4


def test_keys_take_the_type_of_the_files_or_are_refused(tmp_path: Path) -> None:
    _write(tmp_path / "x.parquet", whole=pa.array([1], pa.int32()), text=["007"])
    files = FeatureFiles.at(tmp_path / "x.parquet")
    assert files.like("whole", pa.chunked_array([[1.0, None]])).to_pylist() == [1, None]
    assert files.like("text", pa.chunked_array([pa.array(["7"], pa.large_string())])).to_pylist() == ["7"]
    with pytest.raises(ValueError, match="expected keys of type int32 for 'whole'"):
        files.like("whole", pa.chunked_array([[1.5]]))
    with pytest.raises(ValueError, match="expected keys of type string for 'text' .* received int64"):
        files.like("text", pa.chunked_array([[7]]))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Paris"])
def test_microseconds_are_utc_whatever_the_unit_and_zone(unit: str, zone: str | None) -> None:
    second = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[unit]
    column = pa.chunked_array([pa.array([second, None, -second], pa.int64()).cast(pa.timestamp(unit, zone))])
    assert microseconds(column).tolist() == [1_000_000, MISSING, -1_000_000]


def test_nanoseconds_are_rounded_up_so_that_nothing_is_known_too_early() -> None:
    column = pa.chunked_array([pa.array([1, 1_000, 1_001, -1], pa.timestamp("ns"))])
    assert microseconds(column).tolist() == [1, 1, 2, 0]
