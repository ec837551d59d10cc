"""Roots: after every entry the Merkle root over all entries so far, signed where there is a key.

The newest root of a day is that day's root. One signed root covers every entry before it; an entry that names a signer
has its root signed by that key, and the name is sealed with the entry.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.evidence.record import Record
from tasks.governance.entry import Sealed
from tasks.governance.merkle import GrowingTree
from tasks.governance.signing import Signer, signature_holds

_ROOT_BYTES = 32


@dataclass(frozen=True, slots=True)
class StoredRoot:
    """One root as the file has it; SQLite stores any type in any column.

    Attributes:
        size: how many entries are under it.
        root: hexadecimal.
        signature: hexadecimal; empty when it is unsigned.
    """

    size: int
    root: object
    signature: object


class Checkpoint(Record):
    """What is signed, and what is kept elsewhere: which ledger, how many entries, which root.

    Attributes:
        project: project name.
        size: entries under the root.
        root: hexadecimal.
    """

    project: str
    size: int
    root: str

    @property
    def content(self) -> bytes:
        """Three lines: the origin, the size, the root in base64 (the form of transparency logs' checkpoints)."""
        root = base64.b64encode(bytes.fromhex(self.root)).decode()
        return f"assay/{self.project}\n{self.size}\n{root}\n".encode()

    @classmethod
    def parse(cls, content: bytes) -> Checkpoint:
        """The checkpoint of such lines.

        Raises:
            ValueError: they are none.
        """
        try:
            origin, size, root = content.decode().splitlines()
            raw = base64.b64decode(root, validate=True)
            made = cls(project=origin.removeprefix("assay/"), size=int(size), root=raw.hex())
        except (ValueError, binascii.Error) as error:
            raise ValueError("expected a checkpoint: three lines with origin, size and root") from error
        if made.content != content or len(raw) != _ROOT_BYTES:
            raise ValueError("expected a checkpoint in the form in which it was written")
        return made


def checkpoints(chain: Sequence[Sealed]) -> tuple[Checkpoint, ...]:
    """The checkpoint after each entry.

    Args:
        chain: all entries, in order.
    """
    tree = GrowingTree()
    return tuple(
        Checkpoint(project=one.entry.project, size=one.sequence, root=tree.add(one.leaf).hex()) for one in chain
    )


def new_roots(chain: Sequence[Sealed], kept: int, signer: Signer | None) -> tuple[StoredRoot, ...]:
    """The roots that are still to be kept.

    Args:
        chain: all entries, new ones included.
        kept: roots that are kept already; entries of a ledger from before there were roots have none.
        signer: the key; an entry that names another signer than this one stays unsigned.
    """
    fresh = zip(chain[kept:], checkpoints(chain)[kept:], strict=True)
    return tuple(
        StoredRoot(
            made.size, made.root, signer.sign(made.content) if signer and one.entry.signer == signer.public else ""
        )
        for one, made in fresh
    )


def root_faults(chain: Sequence[Sealed], roots: Sequence[StoredRoot], *, every: bool = True) -> tuple[str, ...]:
    """Everything that is wrong with the roots of a whole chain, in words.

    Args:
        chain: all entries; their chain is whole.
        roots: the stored roots, in the order of their sizes.
        every: check every root and signature; or only the newest, which covers all entries.
    """
    signed = any(sealed.entry.signer for sealed in chain)
    if not roots and not signed:
        return ()  # A ledger from before there were roots; its next entry adds them.
    sizes = [root.size for root in roots]
    if sizes != [sealed.sequence for sealed in chain]:
        odd = sorted(set(sizes) ^ {sealed.sequence for sealed in chain})
        return tuple(f"root {size} is missing, moved, or of no entry" for size in odd)
    expected = checkpoints(chain)
    places = range(len(roots)) if every else range(len(roots) - 1, len(roots))
    found = (_fault(chain[place], expected[place], roots[place]) for place in places)
    return tuple(fault for fault in found if fault)


def _fault(sealed: Sealed, expected: Checkpoint, stored: StoredRoot) -> str | None:
    signer = sealed.entry.signer
    if stored.root != expected.root:
        return f"root {stored.size} is not the root over the first {stored.size} entries: it was changed"
    if not signer:
        return None if stored.signature == "" else f"root {stored.size} has a signature, and its entry names no signer"
    if not isinstance(stored.signature, str) or not signature_holds(signer, expected.content, stored.signature):
        return f"root {stored.size} is not signed by {signer[:16]}…, as its entry says"
    return None
