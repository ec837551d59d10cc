"""Verification: is the ledger's chain whole, and is every bundle and every promoted model the one that it recorded?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tasks.adapters.tracking import Tracking, open_tracking
from tasks.governance.bundle import verify_bundle
from tasks.governance.entry import ChampionEntry, EntryKind, Sealed
from tasks.governance.ledger_opening import read_ledger
from tasks.governance.model_signature import SIGNATURE_FILE, model_signature_fault
from tasks.governance.root_anchors import RootAnchor, anchor_faults, kept_faults
from tasks.governance.signatures import Keys, signed_by
from tasks.models.persistence import digest
from tasks.project.errors import CouldNotRun, TamperedArtifact
from tasks.project.paths import Paths
from tasks.project.settings import AssaySettings


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification saw.

    Attributes:
        entries: ledger entries read.
        bundles: bundles compared with their digests.
        models: promoted versions whose files were compared with their digests.
        faults: every fault, in words; empty when all is whole.
        notes: what a reader must know beside: who signed what, and what nobody signed.
    """

    entries: int
    bundles: int
    models: int
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Against:
    """What a ledger is held against.

    Attributes:
        anchors: roots that were kept elsewhere.
        keys: public keys that are trusted.
    """

    anchors: tuple[RootAnchor, ...] = ()
    keys: Keys = field(default_factory=Keys)


def verify_project(paths: Paths, settings: AssaySettings, against: Against = Against()) -> Verified:
    """Check the chain, then each bundle and promoted model that it names, and that no bundle lacks its entry.

    A broken chain names nothing that could be believed. A bundle without an entry is what a lost ledger, or one whose
    newest entries were cut off, leaves behind. The caller holds the project's lock.

    Args:
        paths: the project.
        settings: `assay.toml`: where the model files are.
        against: roots that were kept elsewhere, and trusted keys.
    """
    ledger = read_ledger(paths, settings)
    faults = ledger.verify()
    if faults:
        return Verified(0, 0, 0, faults)
    entries = ledger.entries()
    # Pairs: a bundle that two entries recorded with different digests must not pass by the later one alone.
    recorded = dict.fromkeys((sealed.entry.bundle, sealed.entry.bundle_digest) for sealed in entries)
    bundles = {bundle for bundle, _ in recorded}
    promoted = tuple(
        dict.fromkeys((champion.version, champion.digest) for champion in map(ChampionEntry.of, _promotions(entries)))
    )
    found = [f"{bundle}: {fault}" for bundle, digest in recorded for fault in _bundle_faults(paths, bundle, digest)]
    found += _orphan_faults(paths, settings, bundles)
    found += _model_faults(paths, settings, promoted)
    found += [*anchor_faults(entries, against.anchors), *kept_faults(paths, entries)]
    signed = signed_by(entries, against.keys)
    return Verified(len(entries), len(bundles), len(promoted), (*found, *signed.faults), signed.notes)


def _bundle_faults(paths: Paths, bundle: str, digest: str) -> tuple[str, ...]:
    try:
        return verify_bundle(paths.evidence(bundle), digest)
    except TamperedArtifact as error:
        return (str(error),)


def _promotions(entries: Sequence[Sealed]) -> list[Sealed]:
    return [sealed for sealed in entries if sealed.entry.kind is EntryKind.PROMOTION]


def _orphan_faults(paths: Paths, settings: AssaySettings, recorded: set[str]) -> Iterator[str]:
    # Names that start with a dot are a killed run's half-written bundles, which the next one removes.
    # Archives are copies that were made of bundles.
    present = [path for path in sorted(paths.bundles.glob("*")) if path.name[0] != "." and path.suffix != ".zip"]
    orphans = [path.name for path in present if str(path.relative_to(paths.root)) not in recorded]
    if orphans and not settings.ledger.url and not paths.ledger.exists():
        yield (
            f"expected the ledger {paths.ledger} beside {len(orphans)} bundles, found none; put back a copy: "
            "without it nothing that was decided can be believed"
        )
        return
    for name in orphans:
        yield (
            f"{name}: no entry of the ledger names this bundle. Either entries were cut off: put back a copy of the "
            "ledger. Or a run was killed before its entry, and its night was run again in another way: remove the "
            "bundle"
        )


def _model_faults(paths: Paths, settings: AssaySettings, promoted: Sequence[tuple[int, str]]) -> Iterator[str]:
    if not promoted:
        return
    if not settings.tracking.uri and not paths.mlflow_database.is_file():
        # Opening it would make a new one, and every version would seem never to have been.
        yield f"expected MLflow's database {paths.mlflow_database}, found none; put back a copy"
        return
    try:
        tracking = open_tracking(paths, settings)
    except CouldNotRun as error:
        yield f"the promoted models cannot be read: {error}"
        return
    for version, recorded in promoted:
        yield from _version_faults(tracking, version, recorded)


def _version_faults(tracking: Tracking, version: int, recorded: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as scratch:
        try:
            directory = tracking.fetch(version, Path(scratch))
            received = digest(directory)
        except CouldNotRun as error:
            yield f"version {version}: {error}"
            return
        signature = directory / SIGNATURE_FILE
        fault = model_signature_fault(signature.read_bytes(), received) if signature.is_file() else None
        if fault:
            yield f"version {version}: {fault}"
    if received != recorded:
        yield (
            f"version {version}: expected model files with the digest {recorded}, received {received}; they were "
            "changed after the promotion and will not be loaded; put back a copy"
        )
