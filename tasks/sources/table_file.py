"""Frames as Parquet bytes, in one stable schema, with a digest; and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.evidence.data_table import ColumnType
from tasks.evidence.frame import Frame
from tasks.project.errors import CouldNotRun, TamperedArtifact
from tasks.sources.delivery import LABELS, ROWS

#: A pyarrow Schema; pyarrow is not typed.
Schema = Any

#: Rows a row group: small enough that a reader may skip some of a year, large enough to compress.
_ROW_GROUP = 131_072

_INSTANT = pa.timestamp("us", tz="UTC")
_CANONICAL = {
    ROWS: pa.schema([("row_key", pa.string()), ("event_timestamp", _INSTANT), ("arrived_timestamp", _INSTANT)]),
    LABELS: pa.schema([("row_key", pa.string()), ("label", pa.int8()), ("outcome_timestamp", _INSTANT)]),
}


def schema_of(frame: Frame) -> Schema:
    """The frame's schema by dtype alone, so that a column that is null throughout has the type it always has.

    Objects, strings and categories are text; numbers keep their width; timestamps are UTC to the microsecond.

    Raises:
        CouldNotRun: a column has a dtype that the warehouse does not keep.
    """
    return pa.schema([(str(name), _type(str(name), dtype)) for name, dtype in frame.dtypes.items()])


def to_bytes(frame: Frame, schema: Schema) -> bytes:
    """Parquet bytes of a frame; the same frame and schema give the same bytes.

    Args:
        frame: columns as in the schema, in any order; the index is not kept.
        schema: what to write it as.

    Raises:
        CouldNotRun: a value does not fit the schema (a number among texts, say).
    """
    if set(frame.columns) != set(schema.names) or len(frame.columns) != len(schema.names):
        raise CouldNotRun(f"expected the columns {schema.names}, received {list(frame.columns)}; hand over all of them")
    try:
        table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        # `from None`: Arrow's own message repeats the value.
        raise CouldNotRun(
            f"expected a frame that fits its schema, but: {_misfits(frame, schema)}; convert it"
        ) from None
    sink = pa.BufferOutputStream()
    # Without pandas' own notes: they differ between its versions, and with them the digest. Dictionaries only for
    # texts that repeat: on numbers and keys they cost four times the rest of the writing and save nothing.
    pq.write_table(
        table.replace_schema_metadata(None),
        sink,
        compression="snappy",
        use_dictionary=[name for name in table.column_names if _repeats(table.column(name))],
        row_group_size=_ROW_GROUP,
    )
    return bytes(sink.getvalue())


def to_frame(contents: Sequence[bytes], columns: tuple[str, ...] | None = None) -> Frame:
    """The frame that `to_bytes` was given, or several of one schema, one below the other.

    Args:
        contents: Parquet bytes, at least one.
        columns: the columns to read; None reads all.

    Returns:
        DataFrame; texts as objects with None, timestamps as `datetime64[us, UTC]`, index 0..n-1.
    """
    wanted = list(columns) if columns is not None else None
    table = pa.concat_tables([pq.read_table(pa.BufferReader(content), columns=wanted) for content in contents])
    # One object for equal texts saves memory where texts repeat, and costs ten times the reading where they are keys.
    series = (column.to_pandas(deduplicate_objects=_repeats(column)) for column in table.columns)
    return pd.DataFrame(dict(zip(table.column_names, series, strict=True)))


def empty_frame(schema: Schema) -> Frame:
    """A frame without rows, with the dtypes that `to_frame` gives."""
    return schema.empty_table().to_pandas()


def read_schema(path: Path) -> Schema:
    """Schema of a Parquet file; only its footer is read."""
    return pq.read_schema(path)


def canonical_schema(table: str) -> Schema:
    """The columns that a table has in every project, for when nothing of it was ever written."""
    return _CANONICAL.get(table, pa.schema([]))


def column_types(schema: Schema) -> tuple[tuple[str, ColumnType], ...]:
    """Names and types of the columns; what is none of the plain types is told as text."""
    return tuple((field.name, _column_type(field.type)) for field in schema)


def _column_type(kind: pa.DataType) -> ColumnType:
    if pa.types.is_boolean(kind):
        return ColumnType.BOOLEAN
    if pa.types.is_integer(kind):
        return ColumnType.INTEGER
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return ColumnType.NUMBER
    return ColumnType.INSTANT if pa.types.is_temporal(kind) else ColumnType.TEXT


def with_text(schema: Schema, name: str) -> Schema:
    """The schema with one more column of text."""
    return schema.append(pa.field(name, pa.string()))


def changes(before: Schema, now: Schema) -> Iterator[str]:
    """What differs between two schemas, a column each; the order of columns is no difference."""
    old, new = (dict(zip(schema.names, schema.types, strict=True)) for schema in (before, now))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"{name}: {old.get(name, 'absent')} before, {new.get(name, 'absent')} now"


def digest(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_verified(path: Path, sha256: str) -> bytes:
    """A file's bytes, if they are the recorded ones.

    Raises:
        TamperedArtifact: the file is missing, or it is another one.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise TamperedArtifact(
            f"expected {path}, which was recorded with the digest {sha256[:12]}…, found none; "
            "restore it, or remove the warehouse and let the source deliver again"
        ) from None
    received = digest(content)
    if received != sha256:
        raise TamperedArtifact(
            f"expected {path} with the recorded digest {sha256[:12]}…, received {received[:12]}…; it was not read. "
            "Restore the file, or remove the warehouse and let the source deliver again"
        )
    return content


def _misfits(frame: Frame, schema: Schema) -> str:
    """Columns that do not fit, with the types that they should have."""
    misfits = []
    for field in schema:
        try:
            pa.Array.from_pandas(frame[field.name], type=field.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            misfits.append(f"'{field.name}' is not all {field.type}")
    return ", ".join(misfits)


def _repeats(column: Any) -> bool:  # noqa: ANN401  a pyarrow ChunkedArray, not typed
    """Whether a column is text of few levels, judged by its first thousand values."""
    head = column.slice(0, 1000)
    return bool(pa.types.is_string(column.type)) and len(head.unique()) <= len(head) // 2


def _type(name: str, dtype: Any) -> Any:  # noqa: ANN401  a pandas dtype in, an Arrow type out; neither is typed
    if isinstance(dtype, pd.CategoricalDtype) or dtype.kind == "O":
        return pa.string()
    if isinstance(dtype, pd.DatetimeTZDtype):
        return _INSTANT
    if dtype.kind in "biuf":
        return pa.from_numpy_dtype(getattr(dtype, "numpy_dtype", dtype))
    raise CouldNotRun(
        f"expected numbers, text, flags or UTC timestamps in the column '{name}', received {dtype}; convert it first"
    )
