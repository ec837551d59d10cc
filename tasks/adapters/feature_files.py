"""Parquet files of a feature table: the columns and rows that are asked for, and no others, are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
from pyarrow.fs import LocalFileSystem

from tasks.adapters.asof_join import MISSING, Integers

#: pyarrow is not typed.
Column = Any
Table = Any
Filter = Any

_FORMAT = pads.ParquetFileFormat()
_DISK = LocalFileSystem()


class UnreadableFeatures(ValueError):
    """A feature table is not as its view says. The message names files, columns and types, and no value of a row."""


@dataclass(frozen=True, slots=True)
class FeatureFiles:
    """A Parquet file, or the Parquet files below a directory, as one table.

    Attributes:
        path: the file or directory.
        dataset: its pyarrow dataset.
    """

    path: Path
    dataset: Any

    @classmethod
    def at(cls, path: str | Path) -> FeatureFiles:
        """Open the files; those whose name starts with a dot or an underscore are not finished, and left out.

        Raises:
            UnreadableFeatures: there is no Parquet file there, or two files disagree on a column's type.
        """
        path = Path(path)
        files = [path] if path.is_file() else sorted(f for f in path.rglob("*.parquet") if f.name[0] not in "._")
        if not files:
            raise UnreadableFeatures(f"expected Parquet files at {path}, found none; ingest the feature table first")
        try:
            # The first file alone may have a column as null or as integers that another one has as numbers.
            fragments = [_FORMAT.make_fragment(str(file), _DISK) for file in files]
            schema = pa.unify_schemas([part.physical_schema for part in fragments], promote_options="permissive")
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise UnreadableFeatures(
                f"expected Parquet files of one form at {path}, but: {error}; write them again"
            ) from error
        plain = pa.schema([field.with_type(_plain_type(field.type)) for field in schema])
        # Made of the fragments whose footers were just read: each file is opened once more only if it has rows to give.
        return cls(path, pads.FileSystemDataset(fragments, plain, _FORMAT, _DISK))

    def read(self, columns: Mapping[str, str], rows: Filter) -> Table:
        """Read columns, given as new name to name in the files, of the rows that pass; in order of file and row.

        Raises:
            UnreadableFeatures: a column is not in the files.
        """
        for column in columns.values():
            self._type(column)
        return self.dataset.to_table({name: pads.field(column) for name, column in columns.items()}, filter=rows)

    def between(self, column: str, low: int | None, high: int | None) -> Filter:
        """Rows whose timestamp lies in [low, high], in microseconds UTC; None is open. Null never passes.

        Raises:
            UnreadableFeatures: the column is not in the files, or is not a timestamp.
        """
        kind = self._type(column)
        if not pa.types.is_timestamp(kind):
            raise UnreadableFeatures(
                f"expected timestamps in '{column}' of {self.path}, found {kind}; write datetime64[us, UTC]"
            )
        rows = pads.field(column).is_valid()
        if low is not None:
            rows &= pads.field(column) >= pa.scalar(low, pa.timestamp("us", tz=kind.tz))
        if high is not None:
            rows &= pads.field(column) <= pa.scalar(high, pa.timestamp("us", tz=kind.tz))
        return rows

    def among(self, column: str, values: Column) -> Filter:
        """Rows whose value is one of `values`, which have the type of the column; null never passes."""
        return pads.field(column).isin(pc.drop_null(pc.unique(values)))

    def like(self, column: str, values: Column) -> Column:
        """Key values in the type of a column of the files.

        Raises:
            UnreadableFeatures: the column is not in the files, or its type cannot hold keys of that kind.
        """
        kind = self._type(column)
        values = values.cast(_plain_type(values.type))
        try:
            if pa.types.is_null(values.type) or _family(values.type) == _family(kind):
                return values.cast(kind)
        except pa.ArrowInvalid:
            # `from None`: Arrow's own message repeats the key.
            raise UnreadableFeatures(
                f"expected keys of type {kind} for '{column}' of {self.path}, received {values.type} that do not fit; "
                "give both one type"
            ) from None
        raise UnreadableFeatures(
            f"expected keys of type {kind} for '{column}' of {self.path}, received {values.type}; give both one type"
        )

    def _type(self, column: str) -> Any:  # noqa: ANN401
        schema = self.dataset.schema
        if column not in schema.names:
            raise UnreadableFeatures(
                f"expected a column '{column}' in {self.path}, which has {schema.names}; correct the view"
            )
        return schema.field(column).type


def microseconds(column: Column) -> Integers:
    """Timestamps as microseconds since 1970 UTC, `MISSING` for null; without a zone they are taken as UTC.

    Finer units are rounded up, so that no row is known before it was.
    """
    fine = column.type.unit == "ns"
    counts = column if fine else column.cast(pa.timestamp("us", tz=column.type.tz))
    values = np.asarray(pc.fill_null(counts.cast(pa.int64()), MISSING).to_numpy(), dtype=np.int64)
    return np.where(values == MISSING, MISSING, -(-values // 1000)) if fine else values


def _plain_type(kind: Any) -> Any:  # noqa: ANN401
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _family(kind: Any) -> str:  # noqa: ANN401
    """Types whose equal values stay equal, and whose different values stay different, when they are cast."""
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "number"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "string"
    return str(kind)
