from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.project.errors import CouldNotRun, TamperedArtifact
from tasks.sources.table_file import (
    canonical_schema,
    changes,
    digest,
    empty_frame,
    read_verified,
    schema_of,
    to_bytes,
    to_frame,
)

TEXT = st.one_of(st.none(), st.text(max_size=5))
NUMBER = st.one_of(st.just(float("nan")), st.floats(allow_nan=False))
INSTANT = st.integers(-(10**15), 10**16)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TEXT, NUMBER, INSTANT, st.integers(0, 1)), max_size=8))
def test_a_frame_comes_back_as_it_was(rows: list[tuple[str | None, float, int, int]]) -> None:
    """Texts, numbers with NaN, instants to the microsecond and small integers, none or many of them."""
    frame = pd.DataFrame(
        {
            "text": pd.Series([row[0] for row in rows], dtype=object),
            "number": pd.Series([row[1] for row in rows], dtype="float64"),
            "at": pd.Series(np.array([row[2] for row in rows], dtype="datetime64[us]")).dt.tz_localize("UTC"),
            "label": pd.Series([row[3] for row in rows], dtype="int8"),
        }
    )
    content = to_bytes(frame, schema_of(frame))
    pd.testing.assert_frame_equal(to_frame([content]), frame)
    assert digest(content) == digest(to_bytes(frame.copy(), schema_of(frame)))
    pd.testing.assert_series_equal(empty_frame(schema_of(frame)).dtypes, frame.dtypes)


def test_the_schema_is_by_dtype_and_not_by_value() -> None:
    """A column that is null throughout has the type it has when it is not."""
    full = pd.DataFrame({"text": ["a"], "level": pd.Categorical(["x"]), "number": [1.0]}).astype({"text": object})
    none = pd.DataFrame({"text": [None], "level": pd.Categorical([None], categories=["x"]), "number": [np.nan]})
    assert schema_of(full).equals(schema_of(none.astype({"text": object})))


def test_other_time_zones_and_resolutions_become_utc_microseconds() -> None:
    at = pd.Series(pd.to_datetime(["2024-01-01 01:00"])).dt.tz_localize("Europe/Berlin")
    frame = pd.DataFrame({"at": at})
    back = to_frame([to_bytes(frame, schema_of(frame))])["at"]
    assert str(back.dtype) == "datetime64[us, UTC]"
    assert back[0] == pd.Timestamp("2024-01-01", tz="UTC")


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (pd.to_datetime(["2024-01-01"]), "received datetime64"),
        (pd.to_timedelta(["1 day"]), "received timedelta64"),
        (np.array([1j]), "received complex128"),
    ],
)
def test_a_dtype_that_is_not_kept_is_named(values: object, what: str) -> None:
    with pytest.raises(CouldNotRun, match=f"'odd', {what}"):
        schema_of(pd.DataFrame({"odd": values}))


def test_numbers_among_texts_are_refused() -> None:
    frame = pd.DataFrame({"mixed": pd.Series(["a", 1], dtype=object)})
    with pytest.raises(CouldNotRun, match="expected a frame that fits"):
        to_bytes(frame, schema_of(frame))


def test_columns_beside_the_schema_are_refused() -> None:
    frame = pd.DataFrame({"a": [1.0]})
    for other in (frame.assign(b=2.0), frame.drop(columns="a"), pd.concat([frame, frame], axis=1)):
        with pytest.raises(CouldNotRun, match="expected the columns"):
            to_bytes(other, schema_of(frame))


def test_several_files_are_one_frame_below_the_other() -> None:
    frames = [pd.DataFrame({"a": [float(i)], "b": ["x"]}) for i in range(3)]
    contents = [to_bytes(frame, schema_of(frame)) for frame in frames]
    assert to_frame(contents, ("a",))["a"].tolist() == [0.0, 1.0, 2.0]


def test_changes_name_each_column_and_not_the_order() -> None:
    before = pa.schema([("a", pa.string()), ("b", pa.float64())])
    assert list(changes(before, pa.schema([("b", pa.float64()), ("a", pa.string())]))) == []
    now = pa.schema([("a", pa.float64()), ("c", pa.string())])
    assert list(changes(before, now)) == [
        "a: string before, double now",
        "b: double before, absent now",
        "c: absent before, string now",
    ]


def test_tables_that_every_project_has_have_their_columns() -> None:
    assert canonical_schema("labels").names == ["row_key", "label", "outcome_timestamp"]
    assert canonical_schema("bureau").names == []


def test_a_file_is_read_only_with_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    assert read_verified(path, digest(b"content")) == b"content"
    with pytest.raises(TamperedArtifact, match="it was not read"):
        read_verified(path, digest(b"Content"))
    with pytest.raises(TamperedArtifact, match="found none"):
        read_verified(tmp_path / "never", digest(b""))
