"""Verification: is the ledger's chain whole, and is every bundle the one that the ledger recorded?"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.governance.bundle import verify_bundle
from tasks.governance.ledger import Ledger
from tasks.project.paths import Paths


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification saw.

    Attributes:
        entries: ledger entries read.
        bundles: bundles compared with their digests.
        faults: every fault, in words; empty when all is whole.
    """

    entries: int
    bundles: int
    faults: tuple[str, ...]


def verify_project(paths: Paths) -> Verified:
    """Check the chain, then each bundle that it names. A broken chain names no bundle that could be believed."""
    ledger = Ledger(paths.ledger)
    faults = ledger.verify()
    if faults:
        return Verified(0, 0, faults)
    entries = ledger.entries()
    # Pairs: a bundle that two entries recorded with different digests must not pass by the later one alone.
    recorded = dict.fromkeys((sealed.entry.bundle, sealed.entry.bundle_digest) for sealed in entries)
    found = [
        f"{bundle}: {fault}" for bundle, digest in recorded for fault in verify_bundle(paths.root / bundle, digest)
    ]
    return Verified(len(entries), len({bundle for bundle, _ in recorded}), tuple(found))
