from __future__ import annotations

import tempfile
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.project.errors import CouldNotRun, TamperedArtifact
from tasks.project.paths import Paths
from tasks.sources.delivery import Delivery, Table
from tasks.sources.landing import LandingZone
from tests.tasks.sources.examples import day, delivery, span

SPANS = st.tuples(st.integers(0, 30), st.integers(0, 8)).map(lambda pair: span(pair[0], pair[0] + pair[1]))


@pytest.fixture
def zone(tmp_path: Path) -> LandingZone:
    return LandingZone(Paths(tmp_path))


def test_nothing_is_landed_in_a_new_project(zone: LandingZone) -> None:
    assert zone.landed() == ()
    assert zone.missing(span(0, 9)) == (span(0, 9),)


def test_what_comes_back_is_what_was_landed(zone: LandingZone) -> None:
    zone.land(delivery(span(0, 2)))
    back = zone.delivery(span(0, 2))
    for came, landed in zip(back.tables, delivery(span(0, 2)).tables, strict=True):
        assert came.name == landed.name
        pd.testing.assert_frame_equal(came.frame, landed.frame)


def test_an_empty_delivery_comes_back_with_its_dtypes(zone: LandingZone) -> None:
    empty = Delivery(span(0), tuple(Table(t.name, t.frame.iloc[:0]) for t in delivery(span(0)).tables))
    zone.land(empty)
    for came, landed in zip(zone.delivery(span(0)).tables, empty.tables, strict=True):
        pd.testing.assert_frame_equal(came.frame, landed.frame)


@settings(max_examples=25, deadline=None)
@given(wanted=st.lists(SPANS, max_size=6), asked=SPANS, discarded=st.integers(0, 5))
def test_landed_and_missing_cover_every_day_once(wanted: list, asked: object, discarded: int) -> None:
    """For any sequence of landings and a discard: each day of a span is either landed or missing, never both."""
    with tempfile.TemporaryDirectory() as directory:
        zone = LandingZone(Paths(Path(directory)))
        expected: set = set()
        for of in wanted:
            for gap in zone.missing(of):
                zone.land(delivery(gap, rows_a_day=1))
            expected |= _days(of)
        if discarded < len(zone.landed()):
            gone = zone.landed()[discarded]
            zone.discard(gone)
            expected -= _days(gone)
        landed = [d for of in zone.landed() for d in _days(of)]
        missing = [d for of in zone.missing(asked) for d in _days(of)]
        assert sorted(landed) == sorted(expected)
        assert sorted([*missing, *(_days(asked) & expected)]) == sorted(_days(asked))
        gaps = zone.missing(asked)
        assert all(a.last + timedelta(days=1) < b.first for a, b in pairwise(gaps))


def _days(of: object) -> set:
    return {of.first + timedelta(days=i) for i in range(of.days)}  # type: ignore[attr-defined]


def test_the_same_delivery_again_does_nothing(zone: LandingZone, tmp_path: Path) -> None:
    zone.land(delivery(span(0)))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    zone.land(delivery(span(0)))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")} == before


def test_the_same_rows_by_another_writer_are_the_same_delivery(zone: LandingZone, tmp_path: Path) -> None:
    """An upgrade of the Parquet library changes the bytes of a file, not what it says."""
    import hashlib

    import pyarrow.parquet as pq

    zone.land(delivery(span(0)))
    path = tmp_path / ".assay/warehouse/landing/rows/2024-01-01.parquet"
    before = path.read_bytes()
    pq.write_table(pq.read_table(path), path, compression="none")
    marker = tmp_path / ".assay/warehouse/landing/2024-01-01.json"
    old, new = (hashlib.sha256(content).hexdigest() for content in (before, path.read_bytes()))
    marker.write_text(marker.read_text().replace(old, new))
    zone.land(delivery(span(0)))
    assert zone.landed() == (span(0),)


def test_another_delivery_of_the_same_days_is_refused(zone: LandingZone) -> None:
    zone.land(delivery(span(0)))
    with pytest.raises(CouldNotRun, match="discard the landed one first"):
        zone.land(delivery(span(0), rows_a_day=3))


def test_an_overlapping_delivery_is_refused(zone: LandingZone) -> None:
    zone.land(delivery(span(2, 4)))
    for of in (span(0, 2), span(4), span(3), span(0, 9)):
        with pytest.raises(CouldNotRun, match="overlaps the landed 2024-01-03_2024-01-05"):
            zone.land(delivery(of))


@pytest.mark.parametrize("table", ["rows", "labels", "features"])
def test_a_tampered_landing_is_found(zone: LandingZone, tmp_path: Path, table: str) -> None:
    zone.land(delivery(span(0)))
    path = tmp_path / f".assay/warehouse/landing/{table}/2024-01-01.parquet"
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)
    with pytest.raises(TamperedArtifact, match="it was not read"):
        zone.delivery(span(0))


def test_a_damaged_marker_is_found(zone: LandingZone, tmp_path: Path) -> None:
    zone.land(delivery(span(0)))
    (tmp_path / ".assay/warehouse/landing/2024-01-01.json").write_text('{"first": "2024-01-01"}')
    with pytest.raises(TamperedArtifact, match="expected .*2024-01-01.json as it was written"):
        zone.delivery(span(0))


def test_a_stranger_among_the_markers_is_named(zone: LandingZone, tmp_path: Path) -> None:
    zone.land(delivery(span(0)))
    (tmp_path / ".assay/warehouse/landing/notes.json").write_text("{}")
    with pytest.raises(CouldNotRun, match=r"found notes\.json"):
        zone.landed()


def test_what_was_never_landed_cannot_be_read_and_need_not_be_discarded(zone: LandingZone) -> None:
    with pytest.raises(CouldNotRun, match="was never written"):
        zone.delivery(span(0))
    zone.discard(span(0))


def test_a_row_outside_the_span_is_refused(zone: LandingZone) -> None:
    """It would be read on no night, or on two."""
    two = delivery(span(0, 1))
    with pytest.raises(CouldNotRun, match="arrived_timestamp of rows inside 2024-01-01, received 2 rows outside"):
        zone.land(Delivery(span(0), two.tables))
    known = delivery(span(0)).table("labels")
    unknown = known.assign(outcome_timestamp=known["outcome_timestamp"].where(known["label"] == 1))
    with pytest.raises(CouldNotRun, match="outcome_timestamp of labels"):
        zone.land(Delivery(span(0), (delivery(span(0)).tables[0], Table("labels", unknown))))


@pytest.mark.parametrize("name", ["Bureau", "landing", "predictions", "../up", "rows", ""])
def test_a_table_of_a_wrong_name_is_refused(zone: LandingZone, name: str) -> None:
    tables = delivery(span(0)).tables
    with pytest.raises(CouldNotRun, match="expected the tables rows, labels"):
        zone.land(Delivery(span(0), (*tables, Table(name, tables[2].frame))))


def test_keys_of_earlier_deliveries_are_seen(zone: LandingZone) -> None:
    """Of the days before, not of the batch itself; in the order they were asked."""
    zone.land(delivery(span(0, 3)))
    asked = ["010401", "020101", "010101", None, "010402"]
    assert zone.seen_keys(day(4), asked).tolist() == [True, False, True, False, True]
    assert zone.seen_keys(day(3), asked).tolist() == [False, False, True, False, False]
    assert zone.seen_keys(day(4), asked, days=1).tolist() == [True, False, False, False, True]
    assert zone.seen_keys(day(4), []).tolist() == []


def test_no_key_is_seen_before_the_first_delivery(zone: LandingZone) -> None:
    assert zone.seen_keys(day(0), ["010101"]).tolist() == [False]
