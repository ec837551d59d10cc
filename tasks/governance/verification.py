"""Verification: is the ledger's chain whole, and is every bundle and every promoted model the one that it recorded?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tasks.governance.bundle import verify_bundle
from tasks.governance.entry import ChampionEntry, EntryKind, Sealed
from tasks.governance.ledger_opening import read_ledger
from tasks.governance.model_verification import verify_models
from tasks.governance.pending_bundle import pending_bundle
from tasks.governance.root_anchors import RootAnchor, anchor_faults, kept_timestamps
from tasks.governance.signatures import Keys, signed_by
from tasks.governance.standalone.archive import LARGEST_BYTES, Fault, unpack
from tasks.governance.standalone.main import verify
from tasks.governance.standalone.sealing import MANIFEST, sha256
from tasks.project.errors import TamperedArtifact
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
    found += _archive_faults(paths, {digest for _, digest in recorded}, against.keys)
    models = verify_models(paths, settings, promoted, against.keys)
    found += models.faults
    stamped = kept_timestamps(paths, entries)
    found += [*anchor_faults(entries, against.anchors), *stamped.faults]
    signed = signed_by(entries, against.keys)
    notes = (*signed.notes, *stamped.notes, *models.notes)
    return Verified(len(entries), len(bundles), len(promoted), (*found, *signed.faults), notes)


def _bundle_faults(paths: Paths, bundle: str, digest: str) -> tuple[str, ...]:
    try:
        return verify_bundle(paths.evidence(bundle), digest)
    except TamperedArtifact as error:
        return (str(error),)


def _promotions(entries: Sequence[Sealed]) -> list[Sealed]:
    return [sealed for sealed in entries if sealed.entry.kind is EntryKind.PROMOTION]


def _archive_faults(paths: Paths, recorded: set[str], keys: Keys) -> Iterator[str]:
    """What is wrong with the archives that lie beside the bundles: a copy is what gets sent to somebody.

    One that is whole in itself may be another's, or made up: it must hold a bundle that the ledger recorded.
    """
    for path in sorted(paths.bundles.glob("*.zip")):
        try:
            with path.open("rb") as opened:
                files = unpack(opened.read(LARGEST_BYTES + 1))
            faults, _ = verify(files, list(keys.public))
            if not faults and sha256(files[MANIFEST]) not in recorded:
                faults = ["no entry of the ledger names the bundle in it; remove it, or see where it is from"]
        except (Fault, OSError) as error:
            faults = [str(error)]
        yield from (f"{path.relative_to(paths.root)}: {fault}" for fault in faults)


def _orphan_faults(paths: Paths, settings: AssaySettings, recorded: set[str]) -> Iterator[str]:
    # Names that start with a dot are a killed run's half-written bundles, which the next one removes, as it does the
    # pending one. Archives are copies that were made of bundles.
    present = [path for path in sorted(paths.bundles.glob("*")) if path.name[0] != "." and path.suffix != ".zip"]
    named = {*recorded, str((paths.bundles / (pending_bundle(paths) or "")).relative_to(paths.root))}
    orphans = [path.name for path in present if str(path.relative_to(paths.root)) not in named]
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
