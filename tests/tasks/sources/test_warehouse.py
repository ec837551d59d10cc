from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from tasks.evidence.data_table import ColumnType
from tasks.project.errors import CouldNotRun, DataUnfit, TamperedArtifact
from tasks.project.paths import Paths
from tasks.sources.delivery import Delivery, Table
from tasks.sources.warehouse import AdmittedTable, Warehouse
from tests.tasks.sources.examples import all_valid, day, delivery, span


class Killed(BaseException):
    """A kill: no handler of ours may catch it."""


@contextmanager
def killed_at(step: int) -> Iterator[list[int]]:
    """Die before the step-th change of the file system, so after the one before it. Yields the count of changes."""
    count = [0]

    def dying(change: Callable[..., None]) -> Callable[..., None]:
        def run(*arguments: object, **named: object) -> None:
            count[0] += 1
            if count[0] == step:
                raise Killed
            change(*arguments, **named)

        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", dying(os.replace))
        patch.setattr(os, "fsync", dying(os.fsync))
        patch.setattr(Path, "unlink", dying(Path.unlink))
        patch.setattr(Path, "mkdir", dying(Path.mkdir))
        with suppress(Killed):
            yield count


def _files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def _split(delivered: Delivery) -> tuple[AdmittedTable, ...]:
    """The first row of every table set aside."""
    return tuple(
        AdmittedTable(t.name, t.frame.iloc[1:], t.frame.iloc[:1].assign(reason="not between 0 and 1"))
        for t in delivered.tables
    )


def _night(warehouse: Warehouse) -> None:
    """What a night does, in the order it does it; a run after a kill does the same."""
    for left in warehouse.unadmitted(span(0, 9)):
        warehouse.discard(left)
    for gap in warehouse.missing(span(0, 3)):
        warehouse.land(delivery(gap))
    for landed in warehouse.unadmitted(span(0, 9)):
        warehouse.admit(landed, _split(warehouse.delivery(landed)))
    warehouse.write_predictions(day(3), 1, delivery(span(3)).table("rows"))
    warehouse.write_profile(day(3), "abcdef0123", b"profile")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(Paths(tmp_path))


def test_a_night_killed_anywhere_is_completed_by_running_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte what a night without a kill leaves, with nothing of the killed run beside it."""
    monkeypatch.setattr(
        os, "fsync", lambda _: None
    )  # a kill loses nothing that the system holds; only a power cut does
    whole = Warehouse(Paths(tmp_path / "whole"))
    whole.land(delivery(span(0)))
    with killed_at(0) as steps:
        _night(whole)
    expected = _files(tmp_path / "whole")
    assert steps[0] > 20
    for step in range(1, steps[0] + 1):
        root = tmp_path / f"step{step}"
        Warehouse(Paths(root)).land(delivery(span(0)))
        with killed_at(step):
            _night(Warehouse(Paths(root)))
        survivor = Warehouse(Paths(root))
        for landed in survivor.landed():
            survivor.delivery(landed)
        survivor.digests(span(0, 9))
        _night(survivor)
        assert _files(root) == expected, f"killed at step {step}"


def test_a_second_night_changes_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    _night(warehouse)
    before = _files(tmp_path)
    _night(warehouse)
    assert _files(tmp_path) == before


def test_rows_are_those_that_arrived_in_order(warehouse: Warehouse) -> None:
    """By event timestamp then key, though the delivery was not; only the days asked for."""
    for of in (span(0, 1), span(2)):
        warehouse.land(delivery(of))
        warehouse.admit(of, all_valid(delivery(of)))
    rows = warehouse.rows(span(1, 2))
    assert rows["row_key"].tolist() == ["010201", "010202", "010301", "010302"]
    assert rows.index.tolist() == [0, 1, 2, 3]
    assert str(rows["event_timestamp"].dtype) == "datetime64[us, UTC]"
    assert rows["sex"].tolist().count(None) == 1


def test_rows_opens_no_file_outside_the_span(warehouse: Warehouse, tmp_path: Path) -> None:
    for number in range(4):
        warehouse.land(delivery(span(number)))
        warehouse.admit(span(number), all_valid(delivery(span(number))))
    for number in (0, 1, 3):
        for path in (tmp_path / ".assay/warehouse").rglob(f"*{day(number)}*"):
            path.write_bytes(b"no Parquet, no JSON")
    assert len(warehouse.rows(span(2))) == 2
    assert len(warehouse.labels(span(2).end, span(2))) == 2


def test_what_is_landed_but_not_admitted_is_not_read(warehouse: Warehouse) -> None:
    warehouse.land(delivery(span(0)))
    warehouse.admit(span(0), all_valid(delivery(span(0))))
    warehouse.land(delivery(span(1)))
    assert warehouse.unadmitted(span(0, 1)) == (span(1),)
    assert warehouse.unadmitted(span(0)) == ()
    assert len(warehouse.rows(span(0, 1))) == 2
    assert len(warehouse.labels(span(0, 1).end)) == 2


def test_no_row_has_the_columns_and_dtypes_of_rows(warehouse: Warehouse) -> None:
    """In a span without files as the files say; in a new warehouse the columns that every project has."""
    assert warehouse.rows(span(0)).columns.tolist() == ["row_key", "event_timestamp", "arrived_timestamp"]
    assert str(warehouse.labels(span(0).end)["label"].dtype) == "int8"
    assert len(warehouse.quarantined("features", span(0))) == 0
    warehouse.land(delivery(span(0)))
    warehouse.admit(span(0), all_valid(delivery(span(0))))
    pd.testing.assert_series_equal(warehouse.rows(span(5)).dtypes, warehouse.rows(span(0)).dtypes)


def test_labels_known_at_the_moment_are_not_read(warehouse: Warehouse) -> None:
    """Until is exclusive: the label of one o'clock is not known before one o'clock."""
    warehouse.land(delivery(span(0, 1)))
    warehouse.admit(span(0, 1), all_valid(delivery(span(0, 1))))
    at_one = datetime(2024, 1, 1, 1, tzinfo=UTC)
    assert warehouse.labels(at_one)["row_key"].tolist() == []
    assert warehouse.labels(at_one + timedelta(microseconds=1))["row_key"].tolist() == ["010101"]
    assert warehouse.labels(span(0, 1).end)["row_key"].tolist() == ["010101", "010102", "010201", "010202"]
    assert warehouse.labels(span(0, 1).end, span(1))["row_key"].tolist() == ["010201", "010202"]


def test_what_is_set_aside_is_kept_with_its_reason(warehouse: Warehouse) -> None:
    warehouse.land(delivery(span(0)))
    warehouse.admit(span(0), _split(delivery(span(0))))
    aside = warehouse.quarantined("rows", span(0))
    assert aside[["row_key", "reason"]].to_numpy().tolist() == [["010102", "not between 0 and 1"]]
    assert warehouse.rows(span(0))["row_key"].tolist() == ["010101"]


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_an_admission_that_loses_a_row_is_refused(warehouse: Warehouse, lost: int) -> None:
    """Rows in = valid + quarantined, in every table."""
    warehouse.land(delivery(span(0)))
    tables = list(all_valid(delivery(span(0))))
    tables[lost] = AdmittedTable(tables[lost].name, tables[lost].valid.iloc[1:], tables[lost].quarantined)
    with pytest.raises(CouldNotRun, match="add up to the landed"):
        warehouse.admit(span(0), tables)
    assert warehouse.admitted() == ()


def test_an_admission_without_a_table_or_a_landing_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(CouldNotRun, match="found none"):
        warehouse.admit(span(0), all_valid(delivery(span(0))))
    warehouse.land(delivery(span(0)))
    with pytest.raises(CouldNotRun, match="add up"):
        warehouse.admit(span(0), all_valid(delivery(span(0)))[:2])


def test_an_admitted_span_stays_as_it_is(warehouse: Warehouse) -> None:
    warehouse.land(delivery(span(0)))
    warehouse.admit(span(0), all_valid(delivery(span(0))))
    with pytest.raises(CouldNotRun, match="stays as it is"):
        warehouse.admit(span(0), _split(delivery(span(0))))
    with pytest.raises(CouldNotRun, match="decisions may rest on it"):
        warehouse.discard(span(0))
    assert len(warehouse.rows(span(0))) == 2


def test_a_table_has_one_schema_for_ever(warehouse: Warehouse, tmp_path: Path) -> None:
    """A column that is null throughout one span, columns in another order, and a float label change nothing."""
    warehouse.land(delivery(span(0)))
    warehouse.admit(span(0), all_valid(delivery(span(0))))
    other = delivery(span(1))
    features = other.table("features").assign(income=np.nan, job=["cook", "clerk"])
    turned = Delivery(other.span, (*other.tables[:2], Table("features", features[list(features.columns[::-1])])))
    warehouse.land(turned)
    admitted = list(all_valid(turned))
    admitted[1] = AdmittedTable("labels", other.table("labels").astype({"label": "float64"}), admitted[1].quarantined)
    warehouse.admit(span(1), admitted)
    for table in ("rows", "labels", "features"):
        files = sorted((tmp_path / ".assay/warehouse" / table).glob("*.parquet"))
        assert len({pq.read_schema(file).to_string() for file in files}) == 1
        assert len(files) == 2


def test_changed_columns_are_unfit_and_named(warehouse: Warehouse) -> None:
    warehouse.land(delivery(span(0)))
    warehouse.admit(span(0), all_valid(delivery(span(0))))
    other = delivery(span(1))
    features = other.table("features").drop(columns="job").assign(income="much", car=1.0)
    changed = Delivery(other.span, (*other.tables[:2], Table("features", features)))
    warehouse.land(changed)
    with pytest.raises(DataUnfit) as fault:
        warehouse.admit(span(1), all_valid(changed))
    assert "car: absent before, double now" in str(fault.value)
    assert "income: double before, string now" in str(fault.value)
    assert "job: string before, absent now" in str(fault.value)


def test_a_feature_table_is_a_directory_that_can_be_read_whole(warehouse: Warehouse, tmp_path: Path) -> None:
    """As Feast does; a half-written file of a killed run is none of it."""
    for of in (span(0), span(1, 3)):
        warehouse.land(delivery(of))
        warehouse.admit(of, all_valid(delivery(of)))
    with killed_at(3):
        warehouse.write_predictions(day(0), 1, delivery(span(0)).table("rows"))
    directory = tmp_path / ".assay/warehouse/features"
    (directory / ".2024-01-05.parquet.99.partial").write_bytes(b"half")
    files = sorted(str(path) for path in directory.glob("*.parquet"))
    assert ds.dataset(files).count_rows() == 8


def test_digests_are_those_of_the_files_and_of_several_together(warehouse: Warehouse) -> None:
    for of in (span(0), span(1, 3)):
        warehouse.land(delivery(of))
        warehouse.admit(of, all_valid(delivery(of)))
    one = {digest.what: digest for digest in warehouse.digests(span(0))}
    assert list(one) == ["rows, 2024-01-01", "labels, 2024-01-01", "features, 2024-01-01"]
    assert one["rows, 2024-01-01"].rows == 2
    both = warehouse.digests(span(0, 1))
    assert both[0].what == "rows, 2024-01-01 to 2024-01-04"
    assert both[0].rows == 8
    assert len({digest.sha256 for digest in (*both, *one.values())}) == 6
    assert warehouse.digests(span(8)) == ()


def test_tables_are_described_by_their_admitted_files(warehouse: Warehouse, tmp_path: Path) -> None:
    _night(warehouse)
    nothing, tables = warehouse.tables(span(-900)), warehouse.tables(warehouse.admitted()[0])
    assert nothing == ()
    rows = next(table for table in tables if table.name == "rows")
    assert ("row_key", ColumnType.TEXT) in rows.columns
    assert ("event_timestamp", ColumnType.INSTANT) in rows.columns
    for file in (file for table in tables for file in table.files):
        content = (tmp_path / file.path).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.size)
    (tmp_path / rows.files[0].path).unlink()
    with pytest.raises(CouldNotRun, match="put back a copy"):
        warehouse.tables(warehouse.admitted()[0])


@pytest.mark.parametrize("table", ["rows", "labels", "features"])
def test_a_tampered_admitted_file_is_found(warehouse: Warehouse, tmp_path: Path, table: str) -> None:
    warehouse.land(delivery(span(0)))
    warehouse.admit(span(0), all_valid(delivery(span(0))))
    path = tmp_path / ".assay/warehouse" / table / "2024-01-01.parquet"
    content = bytearray(path.read_bytes())
    content[10] ^= 1
    path.write_bytes(content)
    with pytest.raises(TamperedArtifact, match="it was not read"):
        warehouse.digests(span(0))
    if table == "rows":
        with pytest.raises(TamperedArtifact):
            warehouse.rows(span(0))
    path.unlink()
    with pytest.raises(TamperedArtifact, match="found none"):
        warehouse.digests(span(0))


def test_a_mended_source_is_landed_anew(warehouse: Warehouse) -> None:
    """The halted delivery is discarded; what the killed admission had written of it goes as well."""
    warehouse.land(delivery(span(0)))
    with killed_at(5):
        warehouse.admit(span(0), _split(delivery(span(0))))
    warehouse.discard(span(0))
    assert warehouse.missing(span(0)) == (span(0),)
    warehouse.land(delivery(span(0), rows_a_day=3))
    warehouse.admit(span(0), all_valid(delivery(span(0), rows_a_day=3)))
    assert len(warehouse.rows(span(0))) == 3
    assert len(warehouse.quarantined("rows", span(0))) == 0


def test_a_year_and_a_half_in_one_span_is_quick(warehouse: Warehouse) -> None:
    """500 nights of 600 rows: seconds of CPU, so that neighbours on the machine do not decide the test."""
    import time

    days, rows_a_day = 500, 600
    of = span(0, days - 1)
    rng = np.random.default_rng(0)
    n = days * rows_a_day
    start = np.datetime64(day(0), "us")
    at = pd.Series(start + np.sort(rng.integers(0, days * 86_400_000_000, n)).astype("timedelta64[us]"))
    at = at.dt.tz_localize("UTC")
    keys = pd.Series([f"A{i:07d}" for i in range(n)], dtype=object)
    rows = pd.DataFrame({"row_key": keys, "person": keys, "event_timestamp": at, "arrived_timestamp": at})
    labels = pd.DataFrame({"row_key": keys, "label": np.zeros(n, dtype="int8"), "outcome_timestamp": at})
    features = pd.DataFrame(
        {"person": keys, "event_timestamp": at, "created_timestamp": at}
        | {f"x{i}": rng.normal(size=n) for i in range(10)}
    )
    delivered = Delivery(of, (Table("rows", rows), Table("labels", labels), Table("features", features)))
    began = time.process_time()
    warehouse.land(delivered)
    assert time.process_time() - began < 2
