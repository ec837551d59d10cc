"""Data tables: the files of the warehouse that a model was made from, as a catalogue describes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ColumnType(StrEnum):
    """What a column holds, in the least that every catalogue knows."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of a table.

    Attributes:
        path: from the project directory, with `/`.
        sha256: hexadecimal digest of its bytes, as it was admitted.
        rows: rows.
        size: bytes.
    """

    path: str
    sha256: str
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class DataTable:
    """One table.

    Attributes:
        name: the table.
        columns: name and type of each, in the order of the files.
        files: in order of time.
    """

    name: str
    columns: tuple[tuple[str, ColumnType], ...]
    files: tuple[DataFile, ...]

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(file.rows for file in self.files)
