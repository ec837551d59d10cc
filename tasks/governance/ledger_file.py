"""The whole ledger as one text file, to be kept elsewhere: an entry a line, with its seals, its root and signature."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.governance.entry import Sealed
from tasks.governance.ledger_chain import StoredRow, chain_faults
from tasks.governance.ledger_roots import StoredRoot, root_faults
from tasks.governance.root_anchors import RootAnchor, anchor_faults
from tasks.governance.signatures import Keys, signed_by
from tasks.governance.standalone.sealing import canonical

_FIELDS = {"entry", "hash", "previous", "root", "sequence", "signature"}


@dataclass(frozen=True, slots=True)
class ReadLedger:
    """A ledger as it was read from such a file.

    Attributes:
        chain: its entries; empty while there are faults.
        faults: everything that is wrong with it, in words.
    """

    chain: tuple[Sealed, ...]
    faults: tuple[str, ...]


def to_lines(chain: Sequence[Sealed], roots: Sequence[StoredRoot]) -> bytes:
    """Write a ledger; the same entries give the same bytes.

    Args:
        chain: all entries.
        roots: the root after each; a ledger from before there were roots cannot be written.
    """
    lines = [
        canonical(
            {
                "entry": one.entry.content,
                "hash": one.hash,
                "previous": one.previous,
                "root": root.root,
                "sequence": one.sequence,
                "signature": root.signature,
            }
        )
        for one, root in zip(chain, roots, strict=True)
    ]
    return b"".join(line + b"\n" for line in lines)


def verify_ledger_file(
    path: Path, anchors: Sequence[RootAnchor], keys: Keys
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Faults of an exported ledger, and what a reader must know beside, a sentence each.

    Args:
        path: the file.
        anchors: roots that were kept elsewhere.
        keys: public keys that are trusted.
    """
    try:
        read = read_lines(path.read_bytes())
    except OSError as error:
        return (f"{path}: {error.strerror}",), ()
    if read.faults:
        return read.faults, ()
    signed = signed_by(read.chain, keys)
    return (*anchor_faults(read.chain, anchors), *signed.faults), (f"{len(read.chain)} entries", *signed.notes)


def read_lines(content: bytes) -> ReadLedger:
    """Read and check such a file: its form byte for byte, the chain, the roots, the signatures."""
    rows, roots = [], []
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        read = _read(line)
        if read is None:
            return ReadLedger((), (f"line {number} is not in the form in which it was written",))
        rows.append(read[0])
        roots.append(read[1])
    if content and not content.endswith(b"\n"):
        return ReadLedger((), ("the last line is not whole",))
    faults = chain_faults(rows)
    if faults:
        return ReadLedger((), faults)
    chain = tuple(row.sealed() for row in rows)
    faults = root_faults(chain, roots)
    return ReadLedger(() if faults else chain, faults)


def _read(line: bytes) -> tuple[StoredRow, StoredRoot] | None:
    try:
        read = json.loads(line)
        if set(read) != _FIELDS or type(read["sequence"]) is not int or canonical(read) != line:
            return None
    except (ValueError, TypeError, RecursionError):
        return None
    row = StoredRow(read["sequence"], canonical(read["entry"]).decode(), read["previous"], read["hash"])
    return row, StoredRoot(read["sequence"], read["root"], read["signature"])
