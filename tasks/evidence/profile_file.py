"""Profiles as bytes: one Arrow file with the edges and a schema version. What is read back equals what was written."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.ipc
from numpy.typing import DTypeLike, NDArray

from tasks.evidence.binning import Binning
from tasks.evidence.profile import Profile
from tasks.project.errors import CouldNotRun

#: Raise this when a field of `Profile` changes; a reader refuses what it does not know.
SCHEMA_VERSION = 2

_VERSION_KEY = b"assay.profile.version"
_BINNING_KEY = b"assay.profile.binning"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_NUMBERS = ("rows", "attributed", "matured", "explored")
_REALS = ("awaited",)
_MOMENTS = ("first_event", "last_event")
_RAGGED = ("histograms", "attribution_histograms")
_COUNTS = ("nulls", "scored", "positives", "negatives", "served")


def to_bytes(*profiles: Profile) -> bytes:
    """Write one or more profiles of one model, in order; their edges are stored once.

    Raises:
        ValueError: no profile, or profiles on different edges.
    """
    if not profiles:
        raise ValueError("expected at least one profile to write, got none")
    digest = profiles[0].binning.digest
    if any(one.binning is not profiles[0].binning and one.binning.digest != digest for one in profiles):
        raise ValueError("expected profiles on the same edges; write those of each model to a file of its own")
    schema = pa.schema(
        [(name, kind) for name, kind in _kinds().items()],
        metadata={_VERSION_KEY: str(SCHEMA_VERSION), _BINNING_KEY: profiles[0].binning.model_dump_json()},
    )
    table = pa.Table.from_pylist([_row(one) for one in profiles], schema=schema)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def from_bytes(data: bytes) -> tuple[Profile, ...]:
    """Read what `to_bytes` wrote, in the same order.

    Raises:
        CouldNotRun: not a profile file, or one of another version.
    """
    try:
        table = pa.ipc.open_file(pa.BufferReader(data)).read_all()
        # Offsets that point outside of a buffer would be followed: Arrow itself does not look at them.
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CouldNotRun(
            f"expected a profile file (Arrow), received {len(data)} bytes that are not one ({type(error).__name__}); "
            "remove the file and run its night again"
        ) from error
    metadata = table.schema.metadata or {}
    version = metadata.get(_VERSION_KEY, b"none").decode()
    if version != str(SCHEMA_VERSION):
        raise CouldNotRun(
            f"expected a profile file of version {SCHEMA_VERSION}, received version {version}; "
            "run its night again with this Assay, or read it with the one that wrote it"
        )
    empty = _empty(metadata[_BINNING_KEY])
    columns = {name: table.column(name) for name in table.column_names}
    return tuple(_profile(empty, columns, row) for row in range(table.num_rows))


@lru_cache(maxsize=8)
def _empty(binning: bytes) -> Profile:
    """The empty profile: a model's edges are in each of its nights, and reading them takes longer than the rest."""
    return Profile.empty(Binning.model_validate_json(binning))


def _kinds() -> dict[str, pa.DataType]:
    kinds = {}
    for field in fields(Profile):
        if field.name == "binning":
            continue
        if field.name in _NUMBERS:
            kinds[field.name] = pa.int64()
        elif field.name in _REALS:
            kinds[field.name] = pa.float64()
        elif field.name in _MOMENTS:
            kinds[field.name] = pa.timestamp("us", tz="UTC")
        elif field.name in _RAGGED:
            kinds[field.name] = pa.list_(pa.list_(pa.int64()))
        else:
            kinds[field.name] = pa.list_(pa.int64() if field.name in _COUNTS else pa.float64())
    return kinds


def _row(profile: Profile) -> dict[str, object]:
    row: dict[str, object] = {}
    for name in _kinds():
        value = getattr(profile, name)
        if name in _MOMENTS:
            # Whole microseconds: an instant that is stored must come back the same, whatever the platform's clock.
            row[name] = None if value is None else (value - _EPOCH) // timedelta(microseconds=1)
        elif name in _RAGGED:
            row[name] = [histogram.tolist() for histogram in value]
        else:
            row[name] = value.ravel().tolist() if isinstance(value, np.ndarray) else value
    return row


def _profile(empty: Profile, columns: dict[str, pa.ChunkedArray], row: int) -> Profile:
    """One row back to a profile; the empty profile on the same edges gives every shape."""
    values: dict[str, object] = {}
    for name, column in columns.items():
        like, stored = getattr(empty, name), column[row]
        if isinstance(like, np.ndarray):
            values[name] = _array(stored.values, like.dtype).reshape(like.shape)
        elif isinstance(like, tuple):
            lengths = stored.values.value_lengths().to_numpy(zero_copy_only=False)
            values[name] = tuple(np.split(_array(stored.values.flatten(), np.int64), np.cumsum(lengths)[:-1]))
        else:
            value = stored.as_py()
            values[name] = value.astimezone(UTC) if isinstance(value, datetime) else value
    return Profile(binning=empty.binning, **values)  # type: ignore[arg-type]  # each field by its own kind, above


def _array(stored: pa.Array, kind: DTypeLike) -> NDArray[np.generic]:
    # A copy: Arrow's own memory would keep the whole file alive.
    return np.array(stored.to_numpy(zero_copy_only=False), dtype=kind)
