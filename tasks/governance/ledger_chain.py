"""The chain of a ledger, checked as it is stored: what was changed, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from tasks.governance.entry import GENESIS, Entry, Sealed, seal


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One row as the file has it. SQLite stores any type in any column, so nothing about the values is certain.

    Attributes:
        sequence: number of the row, from 1.
        entry: canonical JSON of the entry.
        previous: seal of the row before.
        hash: seal of this row.
    """

    sequence: int
    entry: object
    previous: object
    hash: object

    def sealed(self) -> Sealed:
        """The row as a sealed entry.

        Raises:
            ValidationError: it is not one.
        """
        return Sealed(
            sequence=self.sequence,
            entry=Entry.model_validate_json(self.entry if isinstance(self.entry, str) else b""),
            previous=str(self.previous),
            hash=str(self.hash),
        )


def chain_faults(rows: Sequence[StoredRow]) -> tuple[str, ...]:
    """Every break of a chain, in words.

    Args:
        rows: the stored rows, in the order of their numbers.

    Returns:
        One sentence a break; empty when the chain is whole.
    """
    faults: list[str] = []
    expected, previous = 1, GENESIS
    for row in rows:
        if row.sequence != expected:
            faults.append(
                f"entry {expected} should follow, but entry {row.sequence} does: entries are missing or moved"
            )
        if row.previous != previous:
            faults.append(f"entry {row.sequence} does not name the seal of the entry before it")
        faults += _row_faults(row)
        expected, previous = row.sequence + 1, str(row.hash)
    return tuple(faults)


def _row_faults(row: StoredRow) -> list[str]:
    try:
        stored = row.sealed()
    except ValidationError:
        return [f"entry {row.sequence} is not a readable entry"]
    if stored.entry.canonical != row.entry:
        return [f"entry {row.sequence} is not in the form in which it was sealed"]
    if seal(stored.entry, row.sequence, stored.previous).hash != row.hash:
        return [f"entry {row.sequence} does not match its seal: it was changed"]
    return []
